//! The practice patient: somebody to try things out with, who is in no list, count, export, limit or report.
//!
//! Made when somebody asks for one, never by itself. Invariant: a hospital has one at a time, whoever races
//! (`patients_practice_once`). Starting over makes a new, blank one and retires the one before, whose record stays: what
//! was written into it may be looked at, and nothing leads there any more but its address. Its newborns are for practice
//! too. That they are left out is the business of each list and count (`not is_practice`); a merge with a real patient is
//! refused in `merges`.

mod api;
mod pages;
mod store;

use crate::access::{Audit, Module, TenantTx};
use crate::app::{ChecklistLine, Done};
use crate::clinic::patients::{
    self, Details, Given, Needs, Origin, Patient, PatientFields, PatientId, RegisteredAs,
};
use crate::kernel::AppError;

/// This capability, for the registry. Making one needs the right to register patients.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    docs: patients::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    checklist: &[ChecklistLine {
        key: "practice",
        order: 90,
        label: "Try it with a practice patient",
        why: "Open, change and search a patient who is in no count or report. Nothing you do there matters.",
        href: "/getting-started#practice",
        permission: "patients:create",
        done: Done::Rows(&store::MADE),
    }],
    ..Module::named("practice")
};

/// What was asked for, and what became of it.
#[derive(Debug)]
enum Made {
    Now {
        patient: Patient,
        retired: Vec<PatientId>,
    },
    /// By somebody before, perhaps a moment ago.
    Before(Patient),
}

impl Made {
    fn patient(&self) -> &Patient {
        match self {
            Self::Now { patient, .. } | Self::Before(patient) => patient,
        }
    }

    fn audit(&self) -> Audit {
        match self {
            Self::Now { patient, retired } if retired.is_empty() => Audit::created(patient.id),
            Self::Now { patient, retired } => {
                Audit::created(patient.id).with(serde_json::json!({ "retired": retired }))
            }
            Self::Before(patient) => Audit::viewed(patient.id),
        }
    }
}

/// The hospital's practice patient, made if there is none. `start_over`: a new one in any case.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn make(tx: &TenantTx, start_over: bool) -> Result<Made, AppError> {
    let retired = if start_over { patients::retire_practice(tx).await? } else { Vec::new() };
    if let Some(patient) = patients::practice(tx).await? {
        return Ok(Made::Before(patient));
    }
    let origin = Origin { registered_as: RegisteredAs::Practice, ..Origin::default() };
    match tx.attempt(patients::register_as(tx, details(tx)?, origin)).await {
        Ok(patient) => Ok(Made::Now { patient, retired }),
        // Somebody else asked at the same time: theirs is everybody's.
        Err(error) if error.constraint() == Some("patients_practice_once") => {
            let theirs = patients::practice(tx).await?;
            theirs.map(Made::Before).ok_or_else(|| AppError::internal("a practice patient led nowhere"))
        }
        Err(error) => Err(error),
    }
}

fn details(tx: &TenantTx) -> Result<Details, AppError> {
    let text = |text: &str| Given::Value(text.to_owned());
    let fields = PatientFields {
        first_name: text("Practice"),
        last_name: text("Patient"),
        dob_unknown: Given::Value(true),
        ..PatientFields::default()
    };
    Details::parse(fields, Needs::Name, &patients::here(tx))
}
