//! A patient has died: when, who certified it, and what follows; also months afterwards, and undone by an
//! administrator if it was a mistake.
//!
//! The fact is part of the patient, so `patients` writes it and keeps it in the record's history. Here a time on the
//! hospital's wall clock becomes a moment: an hour that came twice, or never, is asked about and not guessed.

mod api;
mod model;
mod pages;

pub use model::{Death, DeathError, Told, moment};

use serde_json::json;

use crate::access::{Audit, Module, TenantTx};
use crate::clinic::appointments;
use crate::clinic::patients::{self, Changed, Given, PatientFields, PatientId, Why};
use crate::clinic::vitals;
use crate::kernel::AppError;
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    Undo = "settings:update" "Change settings";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    problems: &[DeathError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Deaths",
        "A patient has died: when, and who certified it; taken back by an administrator if it was a mistake.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    record: &[RecordLink {
        place: Place::Menu,
        order: 70,
        label: "Record death",
        icon: Icon("grave-2"),
        path: "/deceased",
        permission: "patients:update",
        after_death: false,
    }],
    ..Module::named("deceased")
};

/// A death that was written down.
#[derive(Debug)]
struct Recorded {
    changed: Changed,
    /// How many bookings were called off.
    called_off: usize,
}

impl Recorded {
    fn audit(&self, id: PatientId) -> Audit {
        Audit::did("deceased", id)
            .with(json!({ "fields": self.changed.fields, "appointments": self.called_off }))
    }
}

/// Write down that the patient has died, or correct what was written down. What was booked is called off, and nobody is
/// alarmed any more.
///
/// # Errors
/// 404, 409 for a merged record, 412, 422.
async fn record(
    tx: &TenantTx,
    id: PatientId,
    death: Death,
    expected: &[i64],
    why: &Why,
) -> Result<Recorded, AppError> {
    let clear_or = |text: Option<String>| text.map_or(Given::Null, Given::Value);
    let fields = PatientFields {
        is_deceased: Given::Value(true),
        date_of_death: Given::Value(death.on.to_string()),
        died_at: clear_or(death.at.map(|at| at.to_string())),
        death_certified_by: clear_or(death.certified_by),
        ..PatientFields::default()
    };
    let changed = patients::update_with(tx, id, fields, expected, why).await?;
    let called_off = appointments::cancel_for_death(tx, changed.patient.id).await?;
    vitals::close_alarms(tx, changed.patient.id).await?;
    Ok(Recorded { changed, called_off })
}

/// It was a mistake: the patient lives, and alarms that nobody had answered wait again.
///
/// # Errors
/// 404, [`DeathError::NotDeceased`], 409 for a merged record.
async fn undo(tx: &TenantTx, id: PatientId, reason: String) -> Result<Changed, AppError> {
    let why = Why { reason: Some(reason), ..Why::desk() };
    if !patients::lock(tx, id).await?.details.is_deceased {
        return Err(DeathError::NotDeceased.into());
    }
    let fields = PatientFields { is_deceased: Given::Value(false), ..PatientFields::default() };
    let changed = patients::update_with(tx, id, fields, &[], &why).await?;
    vitals::reopen_alarms(tx, changed.patient.id).await?;
    Ok(changed)
}
