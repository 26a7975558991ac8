//! Files: work that keeps a processor busy, and paper.
//!
//! Nothing here is called while a transaction is open: rows are read and committed first, then made into a file. At
//! most [`AT_ONCE`] files are made at a time, off the threads that answer requests; others wait in line.
//!
//! PDF files are set by Typst. A capability keeps its [`Template`] beside itself and fills it with data; the template
//! takes letterhead and foot from `paper.typ`. Data is never read as markup. Without the cargo feature `pdf` there is
//! no Typst, and whoever asks for a PDF file is told so.

#[cfg(feature = "pdf")]
mod engine;
mod template;
mod written;

pub use template::{PDF, Template, pdf_is_there};
pub use written::written;

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::kernel::manner::Manner;
use crate::kernel::{AppError, Problem};

/// Files made at the same time.
const AT_ONCE: usize = 2;
/// How long one may wait in line.
const PATIENCE: Duration = Duration::from_secs(15);

static LINE: Semaphore = Semaphore::const_new(AT_ONCE);

/// Do work that keeps a processor busy, on a thread of its own.
///
/// # Errors
/// 503 if the line is too long, or what the work answers.
pub async fn make<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let place = tokio::time::timeout(PATIENCE, LINE.acquire()).await.map_err(|_| {
        Problem::unavailable("Many files are being made at the moment. Try again in half a minute.", 30)
    })?;
    let place = place.map_err(AppError::internal)?;
    // The work goes on if its client hangs up, and so must its place in line.
    let manner = Manner::of_reader();
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        manner.during(work)
    });
    done.await.map_err(|_| AppError::internal("making a file panicked"))?
}
