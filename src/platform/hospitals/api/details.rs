//! One hospital: what it uses, who administers it, what was done to it. Counts, never a patient.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::HospitalView;
use crate::access::{Audit, PlatformAuthorized};
use crate::kernel::AppError;
use crate::kernel::ids::{TenantId, UserId};
use crate::platform::hospitals::{self, Administrator, Event, Manage};
use crate::web::{Path, Reply};

/// How many acts are told.
const EVENTS: i64 = 50;

/// A hospital with its numbers.
#[derive(Serialize, JsonSchema)]
pub(super) struct HospitalDetails {
    tenant: HospitalView,
    metrics: HospitalMetrics,
    /// Who can sign in and holds the role HOSPITAL_ADMIN.
    administrators: Vec<AdministratorView>,
    /// What was done to it on the platform, newest first, at most 50.
    events: Vec<EventView>,
}

/// What a hospital uses.
#[derive(Serialize, JsonSchema)]
struct HospitalMetrics {
    /// Accounts that are not deleted.
    user_count: i64,
    total_patients: i64,
    /// Of every day and status.
    total_appointments: i64,
    /// Null: this version of HMS keeps no prescriptions.
    total_prescriptions: Option<i64>,
    /// Null: this version of HMS keeps no admissions.
    total_admissions: Option<i64>,
    /// Null: this version of HMS keeps no admissions.
    active_admissions: Option<i64>,
    /// People with a session that has not ended.
    signed_in_count: i64,
    /// Patients who are checked in or with a doctor at this moment: ask before suspending. Null if it cannot be told.
    patients_here_count: Option<i64>,
    /// Bytes of its tables; null until they were measured.
    data_bytes: Option<i64>,
    /// Bytes of its files; null until they were measured.
    file_bytes: Option<i64>,
}

/// Somebody who administers a hospital.
#[derive(Serialize, JsonSchema)]
struct AdministratorView {
    id: UserId,
    email: String,
}

/// Something that was done to a hospital.
#[derive(Serialize, JsonSchema)]
struct EventView {
    at: Timestamp,
    /// `suspended`
    kind: String,
    /// Address of the operator; null for a command or a job.
    by: Option<String>,
    reason: Option<String>,
}

impl From<Administrator> for AdministratorView {
    fn from(person: Administrator) -> Self {
        Self { id: person.id, email: person.email }
    }
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self { at: event.at, kind: event.kind, by: event.by, reason: event.reason }
    }
}

pub(super) async fn show(
    tx: PlatformAuthorized<Manage>,
    Path(id): Path<TenantId>,
) -> Result<Reply<HospitalDetails>, AppError> {
    let hospital = hospitals::find(&tx, id).await?;
    let version = hospital.version;
    let metrics = HospitalMetrics {
        user_count: hospital.users,
        total_patients: hospital.patients,
        total_appointments: hospital.appointments,
        total_prescriptions: None,
        total_admissions: None,
        active_admissions: None,
        signed_in_count: hospitals::signed_in(&tx, id).await?,
        patients_here_count: hospitals::patients_here(&tx, id).await?,
        data_bytes: hospital.storage.map(|storage| storage.data),
        file_bytes: hospital.storage.map(|storage| storage.files),
    };
    let details = HospitalDetails {
        tenant: hospital.into(),
        metrics,
        administrators: hospitals::administrators(&tx, id).await?.into_iter().map(Into::into).collect(),
        events: hospitals::events(&tx, id, EVENTS).await?.into_iter().map(Into::into).collect(),
    };
    tx.commit(Audit::viewed(id), Reply::new(details).etag(version)).await
}
