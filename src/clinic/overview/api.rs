//! `/patients/{id}/clinical-snapshot`: what somebody needs to know before acting.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::http::header::CONTENT_LOCATION;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::appointments::{self, Appointment, AppointmentId};
use crate::clinic::chart::{self, AllergyView, AskedView, ConditionView};
use crate::clinic::patients::{self, PatientId, View};
use crate::clinic::vitals::{self, LatestView};
use crate::kernel::AppError;
use crate::web::openapi::op;
use crate::web::{Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    const WHAT: &str = "Allergies and conditions, latest vitals, stay and next appointment";
    ApiRouter::new().api_route(
        "/patients/{patient_id}/clinical-snapshot",
        get_with(snapshot, op("patients.clinical_snapshot", WHAT)),
    )
}

/// What somebody needs to know before acting.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ClinicalSnapshot")]
struct SnapshotView {
    patient_id: PatientId,
    /// One a line, the most urgent first; `None known` if that was answered; `null`: not asked yet.
    allergies: Option<String>,
    /// One a line; `None known` if that was answered; `null`: not asked yet.
    chronic_conditions: Option<String>,
    /// The newest set that counts; `null` where there is none, and for who may not see vital signs.
    latest_vital: Option<LatestView>,
    /// `null` as long as this hospital's HMS has no admissions.
    active_admission: (),
    /// The next one that is booked.
    next_appointment: Option<NextAppointment>,
    /// The active allergies, the most urgent first.
    allergy_list: Vec<AllergyView>,
    /// The active conditions.
    condition_list: Vec<ConditionView>,
    /// What was answered when somebody asked about allergies; `null`: nobody asked.
    allergies_asked: Option<AskedView>,
    /// What was answered when somebody asked about conditions; `null`: nobody asked.
    conditions_asked: Option<AskedView>,
}

/// When a patient comes next, and to whom.
#[derive(Serialize, JsonSchema)]
struct NextAppointment {
    id: AppointmentId,
    scheduled_at: Timestamp,
    /// Name of the department.
    department: String,
    doctor_name: String,
}

impl From<Appointment> for NextAppointment {
    fn from(next: Appointment) -> Self {
        Self {
            id: next.id,
            scheduled_at: next.scheduled_at,
            department: next.names.department,
            doctor_name: next.names.doctor,
        }
    }
}

async fn snapshot(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Reply<SnapshotView>, AppError> {
    let patient = patients::show(&tx, id).await?;
    let chart = chart::standing(&tx, patient.id).await?;
    let latest_vital = match tx.actor().holds("vitals:view") {
        true => vitals::latest(&tx, patient.id).await?.as_ref().map(LatestView::from),
        false => None,
    };
    let next = appointments::next_of_patient(&tx, patient.id).await?;
    let view = SnapshotView {
        patient_id: patient.id,
        allergies: patient.details.known_allergies,
        chronic_conditions: patient.details.chronic_conditions,
        latest_vital,
        active_admission: (),
        next_appointment: next.map(NextAppointment::from),
        allergy_list: chart.allergies.into_iter().map(AllergyView::from).collect(),
        condition_list: chart.conditions.into_iter().map(ConditionView::from).collect(),
        allergies_asked: chart.allergies_asked.map(AskedView::from),
        conditions_asked: chart.conditions_asked.map(AskedView::from),
    };
    let reply = Reply::new(view);
    let location = format!("/api/v1/patients/{}/clinical-snapshot", patient.id);
    let reply = if patient.id == id { reply } else { reply.header(CONTENT_LOCATION, &location) };
    tx.commit(Audit::viewed(patient.id), reply).await
}
