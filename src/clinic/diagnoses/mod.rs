//! Diagnoses: what was found in a consultation, in words, with a code of ICD-10 where there is one.
//!
//! Nothing is edited or deleted. What turned out otherwise is *revised*: another row that holds from then on, the old one
//! names it. What was wrong is *entered in error*, with the reason and perhaps a replacement. The database lets the same
//! thing hold once in an encounter (`diagnoses_once`). Every change holds the patient, then the
//! encounter.
//!
//! **Codes**: a small set in the wording of the freely published US edition is there from the beginning; a hospital
//! imports its own edition over it (`domain::import`). A diagnosis keeps the edition that its code was taken from, so that
//! a later import changes nothing of what was said. A search is bounded and found by an index.
//!
//! **The chart**: what the patient lives with is written into it by one act more (`domain::chart`), never by itself.

mod api;
pub mod domain;
mod model;
mod pages;
mod store;

pub use api::{DiagnosisView, audit_of_chart, audit_of_end, audit_of_new};
pub use domain::{chart, codes};
pub use model::{
    Certainty, Diagnosis, DiagnosisError, DiagnosisId, Icd10, MAX_TEXT, NewDiagnosis, Status, TypedDiagnosis,
    code as icd10_code,
};

use crate::access::{Module, TenantTx};
use crate::clinic::encounters::{self, Encounter, EncounterId};
use crate::clinic::patients::{Patient, PatientId, Viewer};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::NavEntry;
use crate::web::openapi::{Chapter, Part};

permissions! {
    SeeCodes = "settings:view" "See settings";
    ImportCodes = "settings:update" "Change settings";
}

/// This capability, for the registry. It asks for the rights of consultations.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS, store::codes::STATEMENTS],
    problems: &[DiagnosisError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Diagnoses",
        "What was found, how sure it is, what it turned out to be; and the codes of ICD-10 that are offered.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 886,
        group: "Manage",
        label: "Diagnosis codes",
        href: "/icd10",
        icon: Icon("list-search"),
        key: "",
        permission: "settings:view",
    }],
    ..Module::named("diagnoses")
};

fn not_found() -> AppError {
    Problem::not_found("The diagnosis").into()
}

/// Diagnoses of an encounter that the caller has opened; with `with_ended` also what does not hold any more.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_encounter(
    tx: &TenantTx,
    id: EncounterId,
    with_ended: bool,
) -> Result<Vec<Diagnosis>, AppError> {
    Ok(store::of_encounter(tx, id, with_ended).await?)
}

/// What holds of these encounters of patients whose records the caller has opened.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_encounters(tx: &TenantTx, ids: &[EncounterId]) -> Result<Vec<Diagnosis>, AppError> {
    Ok(if ids.is_empty() { Vec::new() } else { store::of_encounters(tx, ids).await? })
}

/// Diagnoses of a patient whose record the caller has opened, the latest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    with_ended: bool,
    page: PageRequest,
) -> Result<Page<Diagnosis>, AppError> {
    let (found, total) = store::of_patient(tx, patient, with_ended, page).await?;
    Ok(page.envelope(found, total))
}

/// One diagnosis, with the patient's record open to whoever asks.
///
/// # Errors
/// 404, or as [`encounters::show`].
pub async fn show(tx: &TenantTx, id: DiagnosisId) -> Result<Diagnosis, AppError> {
    let found = store::one(tx, id).await?.ok_or_else(not_found)?;
    encounters::show(tx, found.encounter).await?;
    Ok(found)
}

/// The encounter that a diagnosis is written into, held.
async fn held(tx: &TenantTx, id: EncounterId) -> Result<(), AppError> {
    let (encounter, patient) = encounters::lock_to_write(tx, id).await?;
    check_death(tx, &encounter, &patient)
}

fn check_death(tx: &TenantTx, encounter: &Encounter, patient: &Patient) -> Result<(), AppError> {
    if patient.details.is_deceased && encounter.doctor != Viewer::of(tx).user {
        return Err(DiagnosisError::Deceased.into());
    }
    Ok(())
}

/// Add a diagnosis to an encounter.
///
/// # Errors
/// 404, 403, `encounters.entered_in_error`, [`DiagnosisError`].
pub async fn add(tx: &TenantTx, id: EncounterId, new: &NewDiagnosis) -> Result<Diagnosis, AppError> {
    held(tx, id).await?;
    if store::of_encounter(tx, id, false).await?.len() >= model::MOST {
        return Err(DiagnosisError::Full.into());
    }
    let made = insert(tx, id, new).await?;
    store::one(tx, made).await?.ok_or_else(not_found)
}

async fn insert(tx: &TenantTx, id: EncounterId, new: &NewDiagnosis) -> Result<DiagnosisId, AppError> {
    let code = match &new.code {
        Some(code) => Some(codes::find(tx, code).await?.ok_or(DiagnosisError::UnknownCode)?),
        None => None,
    };
    let title = code.as_ref().map(|code| code.title.as_str()).unwrap_or_default();
    let entry = store::Entry {
        id: DiagnosisId::new(),
        encounter: id,
        text: new.text.as_deref().unwrap_or(title),
        code: code.as_ref().map(|code| (code.code.as_str(), code.edition.as_str())),
        certainty: new.certainty,
        rank: new.rank,
        by: Viewer::of(tx).user,
    };
    store::insert(tx, &entry).await.map_err(|error| match error.constraint() {
        Some("diagnoses_once") => DiagnosisError::AlreadyListed.into(),
        _ => AppError::from(error),
    })?;
    Ok(entry.id)
}

/// A diagnosis that holds, with its encounter held.
async fn standing(tx: &TenantTx, id: DiagnosisId) -> Result<Diagnosis, AppError> {
    let found = show(tx, id).await?;
    held(tx, found.encounter).await?;
    let found = store::held(tx, id).await?.ok_or_else(not_found)?;
    if found.status != Status::Active {
        return Err(DiagnosisError::Ended.into());
    }
    Ok(found)
}

/// What it turned out to be: how sure it is now, or its place. The old row stays readable and names the new one.
///
/// # Errors
/// 404, 403, [`DiagnosisError`].
pub async fn revise(
    tx: &TenantTx,
    id: DiagnosisId,
    certainty: Option<Certainty>,
    rank: Option<i16>,
) -> Result<Diagnosis, AppError> {
    let old = standing(tx, id).await?;
    let now = (certainty.unwrap_or(old.certainty), rank.unwrap_or(old.rank));
    if now == (old.certainty, old.rank) {
        return Err(DiagnosisError::Unchanged.into());
    }
    let me = Viewer::of(tx).user;
    let new = DiagnosisId::new();
    // The code stays as it was taken, whatever was imported meanwhile.
    let entry = store::Entry {
        id: new,
        encounter: old.encounter,
        text: &old.text,
        code: old.code.as_ref().map(|(code, edition)| (code.as_str(), edition.as_str())),
        certainty: now.0,
        rank: Some(now.1),
        by: me,
    };
    // Two rows that say the same cannot both hold, so the old one ends first; what follows it is named afterwards.
    end_as(tx, id, "Revised", me).await?;
    store::insert(tx, &entry).await?;
    store::replace(tx, (id, new), Status::Revised, None, me).await?;
    store::one(tx, new).await?.ok_or_else(not_found)
}

async fn end_as(
    tx: &TenantTx,
    id: DiagnosisId,
    reason: &str,
    me: crate::kernel::ids::UserId,
) -> Result<(), AppError> {
    if store::end(tx, id, Status::EnteredInError, Some(reason), me).await? {
        Ok(())
    } else {
        Err(DiagnosisError::Ended.into())
    }
}

/// Mark a diagnosis as entered in error; `replacement` is what is right instead.
///
/// # Errors
/// 404, 403, [`DiagnosisError`].
pub async fn end(
    tx: &TenantTx,
    id: DiagnosisId,
    reason: &str,
    replacement: Option<&NewDiagnosis>,
) -> Result<Diagnosis, AppError> {
    let old = standing(tx, id).await?;
    let me = Viewer::of(tx).user;
    end_as(tx, id, reason, me).await?;
    if let Some(new) = replacement {
        let made = insert(tx, old.encounter, new).await?;
        store::replace(tx, (id, made), Status::EnteredInError, Some(reason), me).await?;
    }
    store::one(tx, id).await?.ok_or_else(not_found)
}
