//! `/patients/{id}/clinical-snapshot`: what somebody needs to know before acting.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::http::header::CONTENT_LOCATION;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::chart::{self, AllergyView, AskedView, ConditionView};
use crate::clinic::patients::{self, PatientId, View};
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
    /// `null` as long as this hospital's HMS takes no vitals.
    latest_vital: (),
    /// `null` as long as this hospital's HMS has no admissions.
    active_admission: (),
    /// `null` as long as this hospital's HMS has no appointments.
    next_appointment: (),
    /// The active allergies, the most urgent first.
    allergy_list: Vec<AllergyView>,
    /// The active conditions.
    condition_list: Vec<ConditionView>,
    /// What was answered when somebody asked about allergies; `null`: nobody asked.
    allergies_asked: Option<AskedView>,
    /// What was answered when somebody asked about conditions; `null`: nobody asked.
    conditions_asked: Option<AskedView>,
}

async fn snapshot(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Reply<SnapshotView>, AppError> {
    let patient = patients::show(&tx, id).await?;
    let chart = chart::standing(&tx, patient.id).await?;
    let view = SnapshotView {
        patient_id: patient.id,
        allergies: patient.details.known_allergies,
        chronic_conditions: patient.details.chronic_conditions,
        latest_vital: (),
        active_admission: (),
        next_appointment: (),
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
