//! Patients: who they are, how to reach them, and finding them again.
//!
//! Invariants: a code is given once and never changes (the row `counters('patient_code')`, never a scan); a hospital
//! has at most as many patients as its limit, whoever races (the row `counters('patients')`); two people who change
//! one patient cannot lose each other's text (`version`). An age is never kept as a birthday (`birth`).
//! A merged record is left out of every list, and its id and code lead to the one that stays. A practice patient is in no
//! list, count or report; a search that finds nobody else finds it. Merging, duplicates, practice and the portal's view
//! are deliberately elsewhere.

mod api;
mod birth;
mod birth_input;
mod changes;
mod fields;
mod filter;
mod input;
mod model;
mod naming;
pub mod pages;
mod parse;
mod rows;
mod store;
mod view;

pub use api::{ListQuery, audit_of_arrival, created, shown};
pub use birth::{Birth, Precision};
pub use changes::{ChangeAction, Row};
pub use filter::{PatientFilter, Period, Search};
pub use input::{Given, PatientFields};
pub use model::{
    BLOOD_GROUPS, Confidentiality, Details, Gender, Lack, Origin, Patient, PatientError, PatientId,
    RegisteredAs,
};
pub use naming::{LABEL_CHARS, letter, newborn_name};
pub use parse::{Here, Needs};
pub use store::STATEMENTS;
pub use store::history::{keep_change, row};
pub use view::PatientView;

use std::collections::BTreeMap;

use jiff::Zoned;
use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::app::{ChecklistLine, Done};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "patients:view" "See patients";
    Register = "patients:create" "Register patients";
    Update = "patients:update" "Change patients";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[STATEMENTS, store::history::STATEMENTS, store::search::STATEMENTS],
    problems: &[PatientError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Patients",
        "Register people, find them again by name in any script, phone, code or document, and keep their records right.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 20,
        group: "",
        label: "Patients",
        href: "/patients",
        icon: Icon("users"),
        key: "p",
        permission: "patients:view",
    }],
    record: &[
        RecordLink {
            place: Place::Tab,
            order: 10,
            label: "Summary",
            icon: Icon("user"),
            path: "",
            permission: "patients:view",
            after_death: true,
        },
        RecordLink {
            place: Place::Button,
            order: 10,
            label: "Edit details",
            icon: Icon("pencil"),
            path: "/edit",
            permission: "patients:update",
            after_death: true,
        },
    ],
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

/// Register a patient: takes a place within the hospital's limit and the next code.
///
/// # Errors
/// [`PatientError::LimitReached`].
pub async fn register(tx: &TenantTx, details: Details) -> Result<Patient, AppError> {
    insert(tx, details, Origin::default(), None).await
}

/// Register somebody who does not come to the desk in the usual way: never refused for the hospital's limit, an
/// overrun is kept with the record. A practice patient is not counted at all.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn register_as(tx: &TenantTx, details: Details, origin: Origin) -> Result<Patient, AppError> {
    insert(tx, details, origin, None).await
}

/// What became of a form that may have been sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    Now(PatientId),
    /// By the first of two equal forms.
    Before(PatientId),
}

/// Register the patient of a form that was given `key` when it was shown. Sent again, it finds the first one.
///
/// # Errors
/// [`PatientError::LimitReached`].
pub async fn register_once(tx: &TenantTx, details: Details, key: Uuid) -> Result<Registered, AppError> {
    register_as_once(tx, details, Origin::default(), key).await
}

/// The same for somebody who does not come to the desk in the usual way.
///
/// # Errors
/// [`PatientError::LimitReached`], for [`RegisteredAs::Desk`] only.
pub async fn register_as_once(
    tx: &TenantTx,
    details: Details,
    origin: Origin,
    key: Uuid,
) -> Result<Registered, AppError> {
    if let Some(id) = store::by_registration_key(tx, key).await? {
        return Ok(Registered::Before(id));
    }
    match tx.attempt(insert(tx, details, origin, Some(key))).await {
        Ok(patient) => Ok(Registered::Now(patient.id)),
        Err(error) if error.constraint() == Some("patients_registration_key_unique") => {
            let id = store::by_registration_key(tx, key).await?;
            id.map(Registered::Before).ok_or_else(|| AppError::internal("a registration key led nowhere"))
        }
        Err(error) => Err(error),
    }
}

/// Did this form register somebody already?
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn is_sent_again(tx: &TenantTx, key: Option<Uuid>) -> Result<bool, AppError> {
    let Some(key) = key else { return Ok(false) };
    Ok(store::by_registration_key(tx, key).await?.is_some())
}

async fn insert(
    tx: &TenantTx,
    details: Details,
    mut origin: Origin,
    key: Option<Uuid>,
) -> Result<Patient, AppError> {
    let max = tx.hospital().max_patients.map(i64::from);
    let limit = max.filter(|_| !origin.registered_as.passes_limit());
    // One after the other: the second lock must not be taken before the first, or two racers could block each other.
    let total = match (origin.is_practice(), limit) {
        (true, _) => None,
        (false, limit) => match (store::take_place(tx, limit).await?, limit) {
            (Some(total), _) => Some(total),
            (None, Some(max)) => return Err(PatientError::LimitReached { max }.into()),
            (None, None) => return Err(AppError::internal("the hospital has no counter of patients")),
        },
    };
    origin.over_limit = total.zip(max).is_some_and(|(total, max)| total > max);
    let code = match origin.is_practice() {
        true => format!("PRACTICE-{}", store::next_practice_code(tx).await?),
        false => format!("P-{:05}", store::next_code(tx).await?),
    };
    let (id, by, at) = (PatientId::new(), author(tx), tx.now());
    store::insert(tx, &details, &store::NewRow { id, code: &code, by, at, key, origin: &origin }).await?;
    if let Some(total) = total {
        store::note_total(tx, total).await?;
    }
    Ok(Patient {
        id,
        code,
        details,
        origin,
        last_visited_at: None,
        created_by: by,
        updated_by: by,
        created_at: at,
        updated_at: at,
        version: 1,
    })
}

/// Whom people practise with now, if somebody made one.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn practice(tx: &TenantTx) -> Result<Option<Patient>, AppError> {
    Ok(store::practice(tx).await?)
}

/// Make room for a new practice patient: the one before stays as it is, and is found by its address only.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn retire_practice(tx: &TenantTx) -> Result<Option<PatientId>, AppError> {
    Ok(store::retire_practice(tx, author(tx)).await?)
}

/// The patient with this id, or the one that a merged record with this id became part of: look at `Patient::id`.
///
/// # Errors
/// 404 if this hospital has none.
pub async fn show(tx: &TenantTx, id: PatientId) -> Result<Patient, AppError> {
    store::show(tx, id).await?.ok_or_else(not_found)
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

/// Change some fields. `expected` holds the versions that the caller believes to be the newest; none: no check.
///
/// # Errors
/// 404, [`PatientError::VersionConflict`], or what is wrong with the fields.
pub async fn update(
    tx: &TenantTx,
    id: PatientId,
    fields: PatientFields,
    expected: &[i64],
) -> Result<Changed, AppError> {
    let mut patient = match store::lock(tx, id).await? {
        Some(patient) => patient,
        None => return Err(PatientError::Merged { code: show(tx, id).await?.code }.into()),
    };
    if expected.iter().any(|version| *version != i64::from(patient.version)) {
        return Err(PatientError::VersionConflict.into());
    }
    let details = patient.details.changed(fields, &here(tx))?;
    let fields = patient.details.differences(&details);
    let fields: Vec<_> = fields.into_iter().filter(|field| !DERIVED.contains(field)).collect();
    if !fields.is_empty() {
        let (by, at) = (author(tx), tx.now());
        store::update(tx, id, &details, by, at).await.map_err(|error| match error.constraint() {
            Some("patients_unidentified_name") => PatientError::NameInUse.into(),
            _ => AppError::from(error),
        })?;
        // A name that somebody was called by here is found for ever.
        let mut origin = patient.origin.clone();
        let (old, new) = (patient.name(), naming::name_of(&details, &origin));
        origin.former_names = naming::former_names(origin.former_names.as_deref(), &old, &new);
        if origin != patient.origin {
            store::renamed(tx, id, origin.former_names.as_deref()).await?;
        }
        let version = patient.version + 1;
        patient = Patient { details, origin, updated_by: by, updated_at: at, version, ..patient };
    }
    Ok(Changed { patient, fields })
}

/// Children who were registered from this patient's chart, the latest birth first, at most 50.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn children(tx: &TenantTx, mother: PatientId) -> Result<Vec<Patient>, AppError> {
    Ok(store::children(tx, mother).await?)
}

/// One page of the patients that the filter leaves; last visited first, then newest.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(
    tx: &TenantTx,
    filter: &PatientFilter,
    page: PageRequest,
) -> Result<Page<Patient>, AppError> {
    if filter.nobody {
        return Ok(page.envelope(Vec::new(), 0));
    }
    let (patients, total) = store::page(tx, filter, page).await?;
    if total == 0
        && let Some(search) = &filter.search
    {
        let found = match store::by_old_code(tx, &search.first).await? {
            Some(survivor) => Some(survivor),
            None => store::practice_found(tx, search).await?,
        };
        if let Some(patient) = found {
            return Ok(page.envelope(vec![patient], 1));
        }
    }
    Ok(page.envelope(patients, total))
}

/// Rows of one statement: bounds the memory of a reading.
const BATCH: i64 = 2_000;

/// How many patients the filter leaves.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn count(tx: &TenantTx, filter: &PatientFilter) -> Result<i64, AppError> {
    if filter.nobody { Ok(0) } else { Ok(store::matching(tx, filter).await?) }
}

/// What `take` makes of each patient that the filter leaves, at most `most`, in the order of the list.
///
/// Read by id, which never changes, and ordered here: a visit that begins meanwhile moves a patient to the top of the
/// list, and must not make her be read twice or be left out.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn read<T>(
    tx: &TenantTx,
    filter: &PatientFilter,
    most: usize,
    mut take: impl FnMut(Patient) -> T,
) -> Result<Vec<T>, AppError> {
    let mut found = Vec::new();
    let mut after = PatientId(Uuid::nil());
    while !filter.nobody && found.len() < most {
        let batch = store::batch(tx, filter, after, BATCH).await?;
        let is_last = i64::try_from(batch.len()).is_ok_and(|rows| rows < BATCH);
        for patient in batch {
            after = patient.id;
            found.push(((patient.last_visited_at, patient.created_at, patient.id), take(patient)));
        }
        if is_last {
            break;
        }
    }
    found.truncate(most);
    found.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
    Ok(found.into_iter().map(|(_, line)| line).collect())
}

/// Numbers for the head of a page, by the hospital's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub total: i64,
    pub today: i64,
    pub yesterday: i64,
}

/// How many patients there are and were registered lately.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn counts(tx: &TenantTx) -> Result<Counts, AppError> {
    let today = hospital_now(tx).start_of_day().map_err(AppError::internal)?;
    let yesterday = today.yesterday().and_then(|day| day.start_of_day()).map_err(AppError::internal)?;
    let tomorrow = today.tomorrow().and_then(|day| day.start_of_day()).map_err(AppError::internal)?;
    let (earlier, later) =
        store::registered(tx, yesterday.timestamp(), today.timestamp(), tomorrow.timestamp()).await?;
    Ok(Counts { total: store::total(tx).await?, today: later, yesterday: earlier })
}

/// The patients registered last, newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn registered_last(tx: &TenantTx, count: i64) -> Result<Vec<Patient>, AppError> {
    Ok(store::registered_last(tx, count).await?)
}

/// Names of members of staff, for "registered by"; nobody for an id that is not on the staff any more.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn staff_names(tx: &TenantTx, ids: &[UserId]) -> Result<BTreeMap<UserId, String>, AppError> {
    Ok(store::staff_names(tx, ids).await?.into_iter().collect())
}
