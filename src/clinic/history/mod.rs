//! The history of a patient's record: who changed which field, from what to what, when and why.
//!
//! It is written by whoever changes a patient, in the same transaction (`patients::note_change`), and only read here.
//! Nobody changes it: the hospital's role may add to `patient_changes` and nothing else. A record that became part of
//! another one takes its history along to read; the rows stay where they are. It opens like the record itself. What a
//! merge wrote is read from `merges` while it stands: undone, nothing of the other person stays behind here.

mod api;
mod model;
mod pages;
mod store;
mod words;

pub use model::{ChangeId, Entry};

use crate::access::{Module, TenantTx};
use crate::clinic::patients::PatientId;
use crate::kernel::AppError;
use crate::kernel::paging::{Page, PageRequest};
use crate::web::layout::Icon;
use crate::web::nav::{Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. Who may see a patient may see what became of the record.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    docs: Some(Chapter::new(
        Part::Patients,
        "History of a record",
        "Every change of a patient: what it was, what it became, who did it, when and why.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    record: &[RecordLink {
        place: Place::Tab,
        order: 90,
        label: "History",
        icon: Icon("history"),
        path: "/history",
        permission: "patients:view",
        after_death: true,
    }],
    ..Module::named("history")
};

/// One page of a record's history, newest first. Open the record before (`patients::show`).
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn list(tx: &TenantTx, patient: PatientId, page: PageRequest) -> Result<Page<Entry>, AppError> {
    let (entries, total) = store::page(tx, patient, page).await?;
    Ok(page.envelope(entries, total))
}
