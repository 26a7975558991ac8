//! Lists of patients as files: CSV, Excel and PDF.
//!
//! Invariants: a file holds what the list with the same filters holds, in its order; it is recorded durably who took
//! how many away; no cell can run as a formula; no transaction is open while a file is made or sent. There are bounds
//! (`Format::MOST`) instead of files that time out: narrow the filters, or take the data out by the API.

mod api;
mod csv_file;
mod download;
mod excel_file;
mod format;
mod lines;
mod model;
mod pages;
mod pdf_file;

pub use model::ExportError;

use axum::extract::State;
use uuid::Uuid;

use self::download::{Download, Recorded};
use self::format::{Csv, Format, Pdf, Xlsx};
use self::lines::{Line, Sheet};
use crate::access::{Audit, Authorized, Module};
use crate::app::App;
use crate::clinic::patients::{self, PatientFilter, View};
use crate::clinic::profile::Letterhead;
use crate::kernel::AppError;
use crate::paper;
use crate::web::openapi::{Chapter, Part};
use crate::web::words;

/// This capability, for the registry. Its permission is that of seeing patients.
pub const MODULE: Module = Module {
    problems: &[ExportError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Exports",
        "A list as a file, with the same filters and the same rights. Each file is recorded in the audit.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("exports")
};

/// Patients whose next appointments one statement reads.
const AT_ONCE: usize = 2_000;

/// The patients that a filter leaves, as a file.
///
/// # Errors
/// 429, 501 for a format that this HMS was built without, or [`ExportError::TooMany`].
async fn export<F: Format>(
    tx: Authorized<View>,
    State(app): State<App>,
    filter: PatientFilter,
) -> Result<Download<F>, AppError> {
    F::is_there()?;
    app.throttles.export(tx.actor().user)?;
    let found = patients::count(&tx, &filter).await?;
    if found > F::MOST {
        return Err(ExportError::TooMany { found: words::count(found), most: words::count(F::MOST) }.into());
    }
    let now = patients::hospital_now(&tx);
    let most = usize::try_from(F::MOST).map_err(AppError::internal)?;
    let mut lines = patients::read(&tx, &filter, most, |patient| Line::new(patient, &now)).await?;
    for some in lines.chunks_mut(AT_ONCE) {
        let ids: Vec<Uuid> = some.iter().map(|line| line.id.0).collect();
        let mut ahead = patients::ahead(&tx, &ids).await?;
        for line in some {
            line.with(ahead.remove(&line.id));
        }
    }
    let mut sheet = Sheet {
        head: Letterhead::read(&tx).await?,
        zone: tx.hospital().zone_name.clone(),
        logo: None,
        filters: lines::in_words(&filter, now.time_zone()),
        by: tx.actor().name(),
        lines,
    };
    let audit = Audit::exported("patient", F::ENDING, sheet.lines.len());
    tx.commit(audit, Recorded).await?;
    if F::ON_PAPER {
        sheet.logo = sheet.head.logo(&app).await;
    }
    let name = format!("patients_{}.{}", sheet.head.now.date(), F::ENDING);
    let bytes = paper::make(move || F::make(&sheet)).await?;
    Ok(Download::new(&name, bytes))
}
