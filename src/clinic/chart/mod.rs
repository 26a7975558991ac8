//! A patient's chart: allergies and conditions as coded lists, each entry with who said it, when, and what it said before.
//!
//! Nothing is edited or deleted. A change is one more version; what is wrong is *entered in error*, with the reason and
//! perhaps a replacement, and stays readable: the role of requests may not update or delete a version. "None known" and
//! "not asked" are answers of their own (`Asked`), and differ from an empty list. Every change holds the patient's row
//! (`patients::lock`), so nobody marks "none known" beside an entry that somebody else is adding, and ends with writing
//! the patient's text anew (`patients::lists::render`), which is a view of the list: see `patients::texts`, where the
//! other direction is, a text that is written over a list.

mod api;
mod given;
mod model;
pub mod pages;
mod store;
mod views;

pub use given::{Moment, Told};
pub use model::{
    AllergyId, AllergyKind, Asked, Category, ChartError, ClinicalStatus, ConditionId, Criticality, Ended,
    Entry, Facts, ICD10, Onset, Recorded, Severity, Source, Verification,
};
pub use views::{AllergyView, AskedView, ConditionView};

use jiff::Timestamp;
use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::clinic::patients::texts::{Answer, EntryId, List, MAX_ENTRIES, key};
use crate::clinic::patients::{self, PatientId};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::web::layout::Icon;
use crate::web::nav::{Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. It asks for the rights to see and to change patients.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[ChartError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Allergies and conditions",
        "What a patient must not get and what the patient lives with, as lists: who said it, how sure it is, and what was entered in error.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    record: &[
        RecordLink {
            place: Place::Tab,
            order: 20,
            label: "Allergies",
            icon: Icon("alert-octagon"),
            path: "/allergies",
            permission: "patients:view",
            after_death: true,
        },
        RecordLink {
            place: Place::Tab,
            order: 21,
            label: "Conditions",
            icon: Icon("activity"),
            path: "/conditions",
            permission: "patients:view",
            after_death: true,
        },
    ],
    ..Module::named("chart")
};

/// Entries of one answer, ended ones included: bounds what a list can weigh.
const MAX_SHOWN: i64 = 1_000;
/// Versions on one page.
const MAX_VERSIONS: i64 = 3_000;

fn author(tx: &TenantTx) -> UserId {
    UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()))
}

/// When something is written down at this hospital.
#[must_use]
pub fn moment(tx: &TenantTx) -> Moment {
    Moment { now: tx.now(), today: patients::hospital_now(tx).date() }
}

/// One list as it is shown: active entries first, the most urgent of them at the top.
#[derive(Debug)]
pub struct Listed {
    pub entries: Vec<Entry>,
    /// How many there are, if more than were read.
    pub total: i64,
    pub asked: Option<Asked>,
}

/// What is on a list; `with_ended`: also what was entered in error.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    with_ended: bool,
) -> Result<Listed, AppError> {
    let entries = store::list(tx, patient, list, with_ended, MAX_SHOWN).await?;
    let total = store::count(tx, patient, list, with_ended).await?;
    let asked = find(store::asked(tx, patient).await?, list);
    Ok(Listed { entries, total, asked })
}

fn find(asked: Vec<(List, Asked)>, list: List) -> Option<Asked> {
    let found = asked.into_iter().find(|(of, _)| *of == list).map(|(_, asked)| asked);
    found.filter(|asked| asked.answer != Answer::NotAsked)
}

/// Both lists as they stand.
#[derive(Debug)]
pub struct Chart {
    pub allergies: Vec<Entry>,
    pub conditions: Vec<Entry>,
    pub allergies_asked: Option<Asked>,
    pub conditions_asked: Option<Asked>,
}

/// The active entries of both lists, and what was answered when somebody asked.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn standing(tx: &TenantTx, patient: PatientId) -> Result<Chart, AppError> {
    let entries = store::active(tx, patient).await?;
    let (allergies, conditions) = entries.into_iter().partition(|entry| entry.facts.list == List::Allergies);
    let asked = store::asked(tx, patient).await?;
    let allergies_asked = find(asked.clone(), List::Allergies);
    Ok(Chart { allergies, conditions, allergies_asked, conditions_asked: find(asked, List::Conditions) })
}

/// Every entry of a list with all its versions, the newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn history(tx: &TenantTx, patient: PatientId, list: List) -> Result<Vec<Vec<Entry>>, AppError> {
    let versions = store::versions(tx, patient, list, MAX_VERSIONS).await?;
    Ok(versions.chunk_by(|a, b| a.id == b.id).map(<[Entry]>::to_vec).collect())
}

/// The newest answer about a list.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn asked(tx: &TenantTx, patient: PatientId, list: List) -> Result<Option<Asked>, AppError> {
    Ok(find(store::asked(tx, patient).await?, list))
}

/// One entry with what it said before.
#[derive(Debug)]
pub struct Known {
    pub entry: Entry,
    /// Newest first, without the one that holds.
    pub earlier: Vec<Entry>,
}

/// One entry of a patient.
///
/// # Errors
/// 404 if this patient's list has none with this id.
pub async fn show(tx: &TenantTx, patient: PatientId, list: List, id: EntryId) -> Result<Known, AppError> {
    let mut versions = store::one(tx, patient, list, id).await?.into_iter();
    let what = if list == List::Allergies { "The allergy" } else { "The condition" };
    let entry = versions.next().ok_or_else(|| Problem::not_found(what))?;
    Ok(Known { entry, earlier: versions.collect() })
}

/// Add an entry. It ends "none known".
///
/// # Errors
/// 404, `patients.merged`, [`ChartError::AlreadyListed`], [`ChartError::Full`].
pub async fn add(tx: &TenantTx, patient: PatientId, facts: &Facts) -> Result<Entry, AppError> {
    patients::lock(tx, patient).await?;
    let entry = insert(tx, patient, facts).await?;
    finish(tx, patient, facts, true).await?;
    Ok(entry)
}

/// Active entries of a list; whoever asks holds the patient.
async fn active(tx: &TenantTx, patient: PatientId, list: List) -> Result<Vec<Entry>, AppError> {
    let entries = store::active(tx, patient).await?;
    Ok(entries.into_iter().filter(|entry| entry.facts.list == list).collect())
}

async fn insert(tx: &TenantTx, patient: PatientId, facts: &Facts) -> Result<Entry, AppError> {
    let standing = active(tx, patient, facts.list).await?;
    check_text(&standing, facts, None)?;
    if facts.is_active() && standing.len() >= MAX_ENTRIES {
        return Err(ChartError::Full.into());
    }
    let id = EntryId::new();
    store::write(tx, store::Slot { id, patient, by: author(tx), is_new: true }, facts).await?;
    Ok(show(tx, patient, facts.list, id).await?.entry)
}

/// Two active entries that say the same are one too many.
fn check_text(standing: &[Entry], facts: &Facts, but: Option<EntryId>) -> Result<(), ChartError> {
    let text = key(&facts.text);
    let others = standing.iter().filter(|entry| Some(entry.id) != but);
    if facts.is_active() && others.into_iter().any(|entry| key(&entry.facts.text) == text) {
        return Err(ChartError::AlreadyListed);
    }
    Ok(())
}

/// After every change: the answer that goes with the list, and its text.
async fn finish(tx: &TenantTx, patient: PatientId, facts: &Facts, is_listed: bool) -> Result<(), AppError> {
    if is_listed && facts.is_active() {
        patients::lists::answered(tx, patient, facts.list, Answer::Reviewed, facts.told_at).await?;
    }
    patients::lists::render(tx, patient, facts.list).await
}

/// What became of an entry, and the names of the fields that changed (none: everything was already so).
#[derive(Debug)]
pub struct Changed {
    pub entry: Entry,
    pub fields: Vec<&'static str>,
}

/// Write the next version of an entry. `expected` holds the versions that the caller believes to be the newest.
///
/// # Errors
/// 404, `patients.merged`, [`ChartError`], or what is wrong with the fields.
pub async fn change(
    tx: &TenantTx,
    patient: PatientId,
    (list, id): (List, EntryId),
    told: Told,
    expected: &[i64],
) -> Result<Changed, AppError> {
    let is_retimed = !told.told_at.is_absent();
    let old = held(tx, patient, (list, id), expected).await?;
    let facts = old.facts.changed(told, moment(tx))?;
    let mut fields = old.facts.differences(&facts);
    if is_retimed && facts.told_at != old.facts.told_at {
        fields.push("told_at");
    }
    if fields.is_empty() {
        return Ok(Changed { entry: old, fields });
    }
    // Two records that were merged may say the same; each can still be changed, for example ended.
    if !old.is_active() || key(&old.facts.text) != key(&facts.text) {
        check_text(&active(tx, patient, list).await?, &facts, Some(id))?;
    }
    store::write(tx, store::Slot { id, patient, by: author(tx), is_new: false }, &facts).await?;
    finish(tx, patient, &facts, !old.is_active()).await?;
    Ok(Changed { entry: show(tx, patient, list, id).await?.entry, fields })
}

/// The entry, with the patient held, and checked to be one that may be changed.
async fn held(
    tx: &TenantTx,
    patient: PatientId,
    (list, id): (List, EntryId),
    expected: &[i64],
) -> Result<Entry, AppError> {
    patients::lock(tx, patient).await?;
    let entry = show(tx, patient, list, id).await?.entry;
    if expected.iter().any(|version| *version != i64::from(entry.version)) {
        return Err(ChartError::VersionConflict.into());
    }
    if entry.ended.is_some() {
        return Err(ChartError::Ended.into());
    }
    Ok(entry)
}

/// Mark an entry as entered in error; `replacement` is what is right instead.
///
/// # Errors
/// 404, `patients.merged`, [`ChartError`].
pub async fn end(
    tx: &TenantTx,
    patient: PatientId,
    of: (List, EntryId),
    reason: &str,
    replacement: Option<&Facts>,
    expected: &[i64],
) -> Result<Entry, AppError> {
    let (list, id) = of;
    let entry = held(tx, patient, of, expected).await?;
    let replaced_by = replacement.map(|_| EntryId::new());
    if let (Some(facts), Some(new)) = (replacement, replaced_by) {
        let standing = active(tx, patient, list).await?;
        check_text(&standing, facts, Some(id))?;
        if facts.is_active() && standing.iter().filter(|other| other.id != id).count() >= MAX_ENTRIES {
            return Err(ChartError::Full.into());
        }
        store::write(tx, store::Slot { id: new, patient, by: author(tx), is_new: true }, facts).await?;
    }
    patients::lists::end(tx, &[id], reason, replaced_by).await?;
    finish(tx, patient, replacement.unwrap_or(&entry.facts), replacement.is_some()).await?;
    Ok(show(tx, patient, list, id).await?.entry)
}

/// Note that somebody asked, and there is none.
///
/// # Errors
/// 404, `patients.merged`, [`ChartError::StillListed`].
pub async fn none_known(
    tx: &TenantTx,
    patient: PatientId,
    list: List,
    asked_at: Timestamp,
) -> Result<(), AppError> {
    patients::lock(tx, patient).await?;
    if !active(tx, patient, list).await?.is_empty() {
        return Err(ChartError::StillListed.into());
    }
    patients::lists::answered(tx, patient, list, Answer::NoneKnown, asked_at).await?;
    patients::lists::render(tx, patient, list).await
}
