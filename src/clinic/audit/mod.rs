//! The audit trail, read: who did what to which record, when and from where.
//!
//! Invariants: reading is itself on the trail; nobody changes or removes a line (the hospital's role may add and read,
//! a test tries the rest); lines hold ids, names of fields and counts, never a value of a record; a file of lines is
//! bounded, on record, and read in pieces while it is sent. Lists that somebody saw are one line with a count, and not
//! part of what is told of one patient ("who looked").
//!
//! Failed sign-ins and denied attempts are written on the platform's side, where nobody's hospital is known before the
//! password is right. They are read there through `access::Bridge`, only those of accounts of the reader's own
//! hospital; failures of unknown accounts are nobody's, and the platform alone sees them (`platform::audit`).
//!
//! What somebody did about signing in (signed in, changed the password, switched a second step on), and what the platform
//! did with this hospital (restricted it, changed its limits), is in the platform's audit. It stands in the trail, in its
//! place by time, with the same filters: `public.audit_of_hospital` gives the lines about the hospital that asks and about
//! accounts of it, and of the platform's people no more than that they are the platform. "Who looked" has none of it.
//!
//! Lines are written by the gate (`access::Audit`) and nowhere else.

mod api;
mod domain;
mod input;
mod model;
mod pages;
mod store;

pub use model::{
    AuditError, DeniedAttempt, Event, EventId, FailedSignIn, MOST_IN_A_FILE, Wanted, WantedAttempts,
};

use serde_json::{Map, Value, json};

use crate::access::{Audit, Module, TenantTx};
use crate::clinic::patients::{self, Patient, PatientId, Sealed};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{LongPage, MOST_COUNTED, PageRequest};
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "audit:view" "Read the audit trail";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS, store::attempts::STATEMENTS],
    problems: &[AuditError::CODES],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Audit trail",
        "Who did what to which record, when and from where; who signed in; what the platform did with the hospital; who \
         looked at one patient; who gave a wrong password or tried what they may not do. Nobody can change it, and \
         reading it is on it.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 895,
        group: "Manage",
        label: "Audit trail",
        href: "/audit",
        icon: Icon("list-search"),
        key: "",
        permission: "audit:view",
    }],
    record: &[RecordLink {
        place: Place::Tab,
        order: 95,
        label: "Who looked",
        icon: Icon("eye"),
        path: "/audit",
        permission: "audit:view",
        after_death: true,
    }],
    ..Module::named("audit")
};

/// One page of the lines that are wanted, newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn list(tx: &TenantTx, wanted: &Wanted, page: PageRequest) -> Result<LongPage<Event>, AppError> {
    let records = records(tx, wanted).await?;
    let items = store::page(tx, wanted, records.as_deref(), page).await?;
    let counted = store::counted(tx, wanted, records.as_deref(), MOST_COUNTED + 1).await?;
    Ok(page.long(items, counted))
}

impl Wanted {
    /// On record: how many lines somebody saw or took away, and of whom, if they asked for somebody.
    fn noted(&self, audit: Audit, mut detail: Map<String, Value>) -> Audit {
        detail.extend(self.actor.map(|actor| ("actor_id".to_owned(), json!(actor))));
        detail.extend(self.patient.map(|patient| ("patient_id".to_owned(), json!(patient))));
        audit.with(Value::Object(detail))
    }

    /// Somebody saw `count` lines.
    fn seen(&self, count: usize) -> Audit {
        let detail = Map::from_iter([("count".to_owned(), json!(count))]);
        self.noted(Audit::listed("audit_event", count), detail)
    }

    /// Somebody took `count` lines away.
    fn taken(&self, format: &'static str, count: usize) -> Audit {
        let parts = [("count".to_owned(), json!(count)), ("format".to_owned(), json!(format))];
        self.noted(Audit::exported("audit_event", format, count), Map::from_iter(parts))
    }
}

/// The record that is wanted, with those that became part of it.
async fn records(tx: &TenantTx, wanted: &Wanted) -> Result<Option<Vec<PatientId>>, AppError> {
    match wanted.patient {
        Some(patient) => Ok(Some(store::records(tx, patient).await?)),
        None => Ok(None),
    }
}

/// One page of what was done with a patient's record, newest first: also with records that became part of it, and of a
/// record that was taken apart again also what was done while it was part of another one.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    page: PageRequest,
) -> Result<LongPage<Event>, AppError> {
    let items = store::of_patient(tx, patient, page).await?;
    let counted = store::counted_of_patient(tx, patient, MOST_COUNTED + 1).await?;
    Ok(page.long(items, counted))
}

/// What may be known of a record by whoever reads its audit: code and level, and the record itself if it lies open to
/// them. Who looked at a restricted record can be read without opening it.
///
/// # Errors
/// 404 if this hospital has none.
async fn record(tx: &TenantTx, id: PatientId) -> Result<(Sealed, Option<Patient>), AppError> {
    let sealed = patients::sealed(tx, id).await?;
    if !tx.person().is_some_and(|person| person.holds("patients:view")) {
        return Ok((sealed, None));
    }
    match patients::show(tx, sealed.id).await {
        Ok(patient) => Ok((sealed, Some(patient))),
        Err(AppError::Problem(_)) => Ok((sealed, None)),
        Err(other) => Err(other),
    }
}

/// Everybody on the staff by name, for the filter; the first thousand.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn people(tx: &TenantTx) -> Result<Vec<(UserId, String)>, AppError> {
    Ok(store::people(tx).await?)
}
