//! A kind of paper, filled with data.

use axum::http::StatusCode;
use serde::Serialize;

use crate::kernel::{AppError, Problem};

/// A kind of paper: a Typst source that begins with `#import "/paper.typ": sheet`, shows what it finds in `sys.inputs`,
/// and is kept in a `static`, because it is read only once.
pub struct Template {
    #[cfg(feature = "pdf")]
    engine: std::sync::OnceLock<super::engine::Engine>,
    #[cfg(feature = "pdf")]
    source: &'static str,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").finish_non_exhaustive()
    }
}

#[cfg(feature = "pdf")]
impl Template {
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self { engine: std::sync::OnceLock::new(), source }
    }

    /// The paper as a PDF file. Keeps a processor busy: call it within [`super::make`].
    ///
    /// `data` is a map; texts of people have gone through [`super::written`]. `logo`: the bytes of a PNG, made by us.
    ///
    /// # Errors
    /// An internal one, if template and data do not fit.
    pub fn pdf(&self, data: &impl Serialize, logo: Option<&[u8]>) -> Result<Vec<u8>, AppError> {
        self.engine.get_or_init(|| super::engine::Engine::new(self.source)).pdf(data, logo)
    }
}

#[cfg(not(feature = "pdf"))]
impl Template {
    #[must_use]
    pub const fn new(_: &'static str) -> Self {
        Self {}
    }

    /// # Errors
    /// Always: see [`pdf_is_there`].
    pub fn pdf(&self, _: &impl Serialize, _: Option<&[u8]>) -> Result<Vec<u8>, AppError> {
        pdf_is_there()?;
        Err(AppError::internal("there is no Typst"))
    }
}

/// Does this HMS make PDF files?
pub const PDF: bool = cfg!(feature = "pdf");

/// To be asked before anything is recorded that is not going to be made.
///
/// # Errors
/// 501 without the cargo feature `pdf`.
pub fn pdf_is_there() -> Result<(), AppError> {
    if PDF {
        return Ok(());
    }
    let detail = "This HMS was built without PDF files. Choose another format.";
    Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "pdf.absent", detail).into())
}
