//! Is this person registered already? Asked while typing, and once more before a registration is written.
//!
//! Advice only: nobody is ever blocked, nothing is ever merged by itself. Who registers although somebody looks alike
//! is kept with the candidates that were on the screen (`duplicate_decisions`); only a whole match needs a reason.
//! `POST /patients/new` is served from here, because a registration asks first: patients itself knows no duplicates.

mod api;
mod model;
mod pages;
mod store;

pub use model::{ASKED, Candidate, DuplicateError, Match, Probe, Reason, Traits, compare};
pub use pages::{Answer, Panel, Purpose, ask, keep_answer, typed};
pub use store::STATEMENTS;

use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::clinic::patients::PatientId;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. It has no permission of its own: candidates are patients, to be seen by who may
/// see patients.
pub const MODULE: Module = Module {
    statements: &[STATEMENTS],
    problems: &[DuplicateError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Duplicates and merging",
        "Who is registered already and looks alike; two records of one person become one, and can be taken apart again.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("duplicates")
};

/// Who looks like this person, the most alike first, at most 20.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn find(tx: &TenantTx, probe: &Probe) -> Result<Vec<Candidate>, AppError> {
    Ok(model::ranked(store::candidates(tx, probe).await?))
}

/// Must the desk look before this is registered?
#[must_use]
pub fn is_worth_asking(candidates: &[Candidate]) -> bool {
    candidates.iter().any(|candidate| candidate.found.exact || candidate.found.score >= ASKED)
}

/// Keep that `patient` was registered although these looked alike.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn keep_decision(
    tx: &TenantTx,
    patient: PatientId,
    candidates: &[PatientId],
    reason: Option<Reason>,
    note: Option<&str>,
) -> Result<(), AppError> {
    let by = UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()));
    let row = store::Decided { patient, candidates, reason, note, by, at: tx.now() };
    Ok(store::decided(tx, &row).await?)
}
