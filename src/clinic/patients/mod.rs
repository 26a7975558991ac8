//! Patients: who they are, how to reach them, and finding them again.
//!
//! Invariants: a code is given once and never changes (the row `counters('patient_code')`, never a scan); a hospital
//! has at most as many patients as its limit, whoever races (the row `counters('patients')`); two people who change
//! one patient cannot lose each other's text (`version`). An age is never kept as a birthday (`birth`).
//! A merged record is left out of every list, and its id and code lead to the one that stays. A practice patient is in no
//! list, count or report; a search that finds nobody else finds it. Who may know what of a confidential record, and whose
//! patients a doctor or nurse is shown, is decided here and nowhere else (`sight`): others reach a patient through
//! [`show`], [`lock`], the lists and [`look`]. Each change of a
//! patient's own fields is kept in the same transaction (`note_change`), and so is each answer about consents. What is
//! written about allergies and conditions is a view of two lists, and never apart from them (`texts`). Merging,
//! duplicates, practice and the portal's view are deliberately elsewhere.

mod api;
mod birth;
mod birth_input;
mod domain;
pub mod fields;
mod filter;
mod input;
mod model;
mod naming;
mod offers;
pub mod pages;
mod parse;
mod rows;
mod sight;
mod store;
pub mod texts;
mod view;
mod why;

pub use api::{ListQuery, audit_of_arrival, created, shown};
pub use birth::{Birth, Precision};
pub use domain::care::{acts_for, inherit_care, look, may_book, outlasts_a_reason};
pub use domain::family::raise_children;
pub use domain::kept::{Values, answer, answers, note_change};
pub use domain::lists::{
    Counts, ahead, children, count, counts, found, id_of_code, list, read, registered_last, viewed_last,
};
pub use domain::picture::set_picture;
pub use domain::registering::{
    Registered, is_sent_again, register, register_as, register_as_once, register_once, register_with,
};
pub use filter::{PatientFilter, Period, Search, Whose};
pub use input::{Given, PatientFields};
pub use model::{
    BLOOD_GROUPS, Confidentiality, Details, Gender, Lack, ONE_BIRTH, Origin, Patient, PatientError,
    PatientId, RegisteredAs, YOUNGEST_MOTHER_YEARS,
};
pub use naming::{LABEL_CHARS, letter, newborn_name};
pub use parse::{Here, Needs};
pub use rows::birth as birth_of;
pub use sight::{Closed, Look, NOT_YOURS, RESTRICTED, Rule, Sealed, Seen, Sight, Viewer};
pub use store::ahead::Ahead;
pub use store::{STATEMENTS, lists};
pub use view::PatientView;
pub use why::{Action, Answer, ConsentKind, ConsentState, KeptAnswer, Source, Why};

use std::collections::BTreeMap;

use jiff::{Timestamp, Zoned};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::access::{self, Module, Permission, TenantTx};
use crate::app::{ChecklistLine, Done};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "patients:view" "See patients";
    Register = "patients:create" "Register patients";
    /// Somebody who cannot wait: an emergency, a birth.
    RegisterInNeed = "patients:create" "Register patients" always;
    Update = "patients:update" "Change patients";
    Restrict = "patients:restrict" "Mark patients as confidential";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[
        STATEMENTS,
        store::ahead::STATEMENTS,
        store::care::STATEMENTS,
        store::care::children::STATEMENTS,
        store::care::others::STATEMENTS,
        store::care::visits::STATEMENTS,
        store::family::STATEMENTS,
        store::kept::STATEMENTS,
        store::search::STATEMENTS,
        store::viewed::STATEMENTS,
        lists::STATEMENTS,
    ],
    problems: &[PatientError::CODES, texts::ListError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Patients",
        "Register people, find them again by name in any script, phone, code or document, and keep their records right.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: offers::NAV,
    record: offers::RECORD,
    acts: offers::ACTS,
    checklist: &[ChecklistLine {
        key: "first_patient",
        order: 100,
        label: "Register the first patient",
        why: "Name, sex, birthday or age, phone and place: the short form takes a minute.",
        href: "/patients/new",
        permission: "patients:create",
        done: Done::Rows(&store::ANYBODY),
    }],
    ..Module::named("patients")
};

/// Now on the hospital's clock: its date is "today".
#[must_use]
pub fn hospital_now(tx: &TenantTx) -> Zoned {
    tx.now().to_zoned(tx.hospital().zone.clone())
}

/// Where and when something is written down at this hospital.
#[must_use]
pub fn here(tx: &TenantTx) -> Here {
    Here { now: hospital_now(tx), country: tx.hospital().country }
}

/// Who acts. Every transaction of a handler has one; a task's has none and is written as nobody.
fn author(tx: &TenantTx) -> UserId {
    UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()))
}

/// Whom people practise with now, if somebody made one.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn practice(tx: &TenantTx) -> Result<Option<Patient>, AppError> {
    Ok(store::practice(tx).await?)
}

/// Make room for a new practice patient: the one before and its children stay as they are, and are found by their
/// addresses only.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn retire_practice(tx: &TenantTx) -> Result<Vec<PatientId>, AppError> {
    Ok(store::retire_practice(tx, author(tx)).await?)
}

/// The patient with this id, or the one that a merged record with this id became part of: look at `Patient::id`.
///
/// # Errors
/// 404 if this hospital has none; 403 `patients.confidential` or `patients.not_linked` for one that does not lie open to
/// whoever asks. The view of a confidential one, and of one that was opened with a reason, is audited durably.
pub async fn show(tx: &TenantTx, id: PatientId) -> Result<Patient, AppError> {
    opened(tx, store::show(tx, id, Viewer::of(tx)).await?.ok_or_else(not_found)?).await
}

/// The same patient, held against other changes until the transaction ends.
///
/// # Errors
/// As [`show`], and [`PatientError::Merged`].
pub async fn lock(tx: &TenantTx, id: PatientId) -> Result<Patient, AppError> {
    match store::lock(tx, id, Viewer::of(tx)).await? {
        Some(found) => opened(tx, found).await,
        None => Err(PatientError::Merged { code: show(tx, id).await?.code }.into()),
    }
}

/// The patient was here then: it is not a change of the record, whose version stays.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn visited(tx: &TenantTx, id: PatientId, at: Timestamp) -> Result<(), AppError> {
    Ok(store::visited(tx, id, at).await?)
}

/// What may be known of a record before it is opened, for the question why.
///
/// # Errors
/// 404 if this hospital has none.
pub async fn sealed(tx: &TenantTx, id: PatientId) -> Result<Sealed, AppError> {
    let found = store::show(tx, id, Viewer::of(tx)).await?.ok_or_else(not_found)?;
    let (why, until) = standing(tx, &found).await?;
    let patient = found.patient;
    let is_open = why.is_none() || until.is_some();
    Ok(Sealed { id: patient.id, code: patient.code, level: patient.details.confidentiality, why, is_open })
}

/// Why a record does not lie open by itself to whoever is behind this transaction, and until when it does for a reason.
async fn standing(
    tx: &TenantTx,
    found: &store::Found,
) -> Result<(Option<Closed>, Option<Timestamp>), AppError> {
    let patient = &found.patient;
    let look = look(tx, &[patient.id]).await?;
    Ok(match look.sight(patient.id, patient.details.confidentiality, patient.created_by) {
        Sight::Whole => (None, None),
        Sight::NotYours => (Some(Closed::NotYours), found.opened_until),
        // A reason for somebody else's patient is none for a secret.
        Sight::Withheld | Sight::Hidden => (Some(Closed::Confidential), found.secret_opened_until),
    })
}

/// The patient, if the record lies open to whoever is behind this transaction.
async fn opened(tx: &TenantTx, found: store::Found) -> Result<Patient, AppError> {
    let (why, until) = standing(tx, &found).await?;
    let mut patient = Viewer::of(tx).without_hidden_mother(found.patient);
    let level = patient.details.confidentiality;
    if why.is_none() && level == Confidentiality::Normal {
        return Ok(patient);
    }
    let mut said = Map::from_iter([("confidentiality".to_owned(), json!(level.code()))]);
    if let Some(why) = why {
        let until = until.ok_or_else(|| sight::closed(patient.id, why))?;
        patient.seen = Seen::Opened { until };
        said.insert("opened".to_owned(), json!("break_glass"));
    }
    tx.read_sensitive(said);
    Ok(patient)
}

/// A reason opens a record for hours; what becomes of it then must not be kept for ever.
///
/// # Errors
/// [`PatientError::MayNotRestrict`] or [`PatientError::OpenedWithReason`], for one that lies open for a reason alone.
pub fn not_for_a_reason_alone(patient: &Patient) -> Result<(), PatientError> {
    match (patient.seen, patient.details.confidentiality) {
        (Seen::Opened { .. }, Confidentiality::Normal) => Err(PatientError::OpenedWithReason),
        (Seen::Opened { .. }, _) => Err(PatientError::MayNotRestrict),
        _ => Ok(()),
    }
}

/// One more right than the one at the gate, as the gate asks for it: held, and not paused in a restricted hospital.
///
/// # Errors
/// 403 `auth.permission_missing`, `hospital_restricted`.
pub fn also<P: Permission>(tx: &TenantTx) -> Result<(), AppError> {
    tx.person().map_or(Ok(()), access::demand::<P>)
}

fn not_found() -> AppError {
    Problem::not_found("The patient").into()
}

/// A change that was written, and the names of the fields in it (none: everything was already so).
#[derive(Debug)]
pub struct Changed {
    pub patient: Patient,
    pub fields: Vec<&'static str>,
}

/// Follow from the phone number.
const DERIVED: [&str; 2] = ["phone_typed", "phone_e164"];

/// Who holds this may take back that somebody has died.
pub const MAY_UNDO_DEATH: &str = "settings:update";

/// Change some fields. `expected` holds the versions that the caller believes to be the newest; none: no check.
///
/// # Errors
/// 404, [`PatientError`], or what is wrong with the fields.
pub async fn update(
    tx: &TenantTx,
    id: PatientId,
    fields: PatientFields,
    expected: &[i64],
) -> Result<Changed, AppError> {
    update_with(tx, id, fields, expected, &Why::default()).await
}

/// The same, with what belongs to it beside the fields.
///
/// # Errors
/// As [`update`].
pub async fn update_with(
    tx: &TenantTx,
    id: PatientId,
    fields: PatientFields,
    expected: &[i64],
    why: &Why,
) -> Result<Changed, AppError> {
    let mut patient = lock(tx, id).await?;
    if expected.iter().any(|version| *version != i64::from(patient.version)) {
        return Err(PatientError::VersionConflict.into());
    }
    let undoes_death = patient.details.is_deceased && fields.is_deceased == Given::Value(false);
    if undoes_death && tx.person().is_some_and(|person| !person.holds(MAY_UNDO_DEATH)) {
        return Err(PatientError::MayNotUndoDeath.into());
    }
    let why = Why { reason: why.reason.clone().or_else(|| fields.reason()), ..why.clone() };
    let mut details = patient.details.changed(fields, &here(tx))?;
    if details.confidentiality != patient.details.confidentiality && !Viewer::of(tx).all {
        return Err(PatientError::MayNotRestrict.into());
    }
    lists::reconcile(tx, id, &patient.details, &mut details).await?;
    let fields = patient.details.differences(&details);
    let fields: Vec<_> = fields.into_iter().filter(|field| !DERIVED.contains(field)).collect();
    if !fields.is_empty() {
        let (by, at) = (author(tx), tx.now());
        store::update(tx, id, &details, by, at).await.map_err(|error| match error.constraint() {
            Some("patients_unidentified_name") => PatientError::NameInUse.into(),
            _ => AppError::from(error),
        })?;
        // A name that somebody was called by here is found for ever.
        let (old, new) = (patient.name(), naming::name_of(&details, &patient.origin));
        let former = naming::former_names(patient.origin.former_names.as_deref(), &old, &new);
        if former != patient.origin.former_names {
            store::renamed(tx, id, former.as_deref()).await?;
            patient.origin.former_names = former;
        }
        if details.confidentiality > patient.details.confidentiality {
            raise_children(tx, id, details.confidentiality).await?;
        }
        patient.updated_by = by;
        patient.updated_at = at;
        patient.version += 1;
    }
    domain::kept::note_updated(tx, id, &patient.details, &details, &fields, &why).await?;
    Ok(Changed { patient: Patient { details, ..patient }, fields })
}

/// Names of members of staff, for "registered by"; nobody for an id that is not on the staff any more.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn staff_names(tx: &TenantTx, ids: &[UserId]) -> Result<BTreeMap<UserId, String>, AppError> {
    Ok(store::staff_names(tx, ids).await?.into_iter().collect())
}
