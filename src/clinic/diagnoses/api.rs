//! `/encounters/{id}/diagnoses`, `/diagnoses`, `/icd10`.

mod chart;
mod codes;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Certainty, Diagnosis, DiagnosisId, Status, TypedDiagnosis};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::encounters::{self, EncounterId, Record, View};
use crate::clinic::patients::{self, PatientId};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op, refuses_closed};
use crate::web::{Created, Json, Path, Query, Reply};

pub use chart::audit_of_chart;
pub(super) use codes::imported_audit;

use chart::ChangedDiagnosis;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/encounters/{encounter_id}/diagnoses", get_with(list, lists))
        .api_route("/encounters/{encounter_id}/diagnoses", post_with(add, adds))
        .api_route("/patients/{patient_id}/diagnoses", get_with(of_patient, lists_of_patient))
        .api_route(
            "/diagnoses/{diagnosis_id}",
            get_with(show, refuses_closed(op("diagnoses.show", "Show a diagnosis"), &[])),
        )
        .api_route("/diagnoses/{diagnosis_id}/revise", post_with(revise, revises))
        .api_route("/diagnoses/{diagnosis_id}/entered-in-error", post_with(end, ends))
        .merge(chart::router())
        .merge(codes::router())
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("diagnoses.list", "Diagnoses of an encounter, the main one first"), &[])(operation)
}

fn lists_of_patient(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("diagnoses.of_patient", "Diagnoses of a patient in all encounters, the latest first")(operation)
}

fn adds(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "diagnoses.already_listed",
        "diagnoses.unknown_code",
        "diagnoses.full",
        "diagnoses.deceased",
        "encounters.entered_in_error",
    ];
    refuses_closed(op("diagnoses.add", "Add a diagnosis to an encounter"), REFUSALS)(operation)
        .with(header(201, "Location", "The new diagnosis."))
        .description("In words, by a code that `GET /icd10` gives, or both.")
}

fn revises(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] =
        &["diagnoses.ended", "diagnoses.unchanged", "diagnoses.deceased", "encounters.entered_in_error"];
    refuses_closed(op("diagnoses.revise", "Say what a diagnosis turned out to be"), REFUSALS)(operation)
        .description(
            "Gives the row that holds from now on. The one before stays readable as `REVISED` and names it.",
        )
}

fn ends(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "diagnoses.ended",
        "diagnoses.already_listed",
        "diagnoses.unknown_code",
        "diagnoses.deceased",
        "encounters.entered_in_error",
    ];
    refuses_closed(op("diagnoses.end", "Mark a diagnosis as entered in error"), REFUSALS)(operation)
        .description(
            "It stays readable, with the reason. `replacement` is added in the same step. A condition of the chart that says \
             the same stays there, and is named.",
        )
}

/// What was found in an encounter.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Diagnosis")]
pub struct DiagnosisView {
    id: DiagnosisId,
    encounter_id: EncounterId,
    patient_id: PatientId,
    text: String,
    icd10_code: Option<String>,
    /// The edition that the code was taken from.
    icd10_edition: Option<String>,
    certainty: Certainty,
    /// 1 is the main one.
    rank: i16,
    status: Status,
    recorded_by_id: UserId,
    /// `null` for somebody who left.
    recorded_by_name: Option<String>,
    /// When the encounter began that it is of.
    event_at: Timestamp,
    recorded_at: Timestamp,
    /// Why it does not hold any more.
    ended_reason: Option<String>,
    ended_by_id: Option<UserId>,
    ended_at: Option<Timestamp>,
    /// What holds in its place.
    replaced_by_id: Option<DiagnosisId>,
}

impl From<Diagnosis> for DiagnosisView {
    fn from(d: Diagnosis) -> Self {
        let (icd10_code, icd10_edition) = d.code.unzip();
        Self {
            id: d.id,
            encounter_id: d.encounter,
            patient_id: d.patient,
            text: d.text,
            icd10_code,
            icd10_edition,
            certainty: d.certainty,
            rank: d.rank,
            status: d.status,
            recorded_by_id: d.recorded_by,
            recorded_by_name: d.recorded_by_name,
            event_at: d.about,
            recorded_at: d.recorded_at,
            ended_by_id: d.ended.as_ref().map(|ended| ended.by),
            ended_at: d.ended.as_ref().map(|ended| ended.at),
            replaced_by_id: d.ended.as_ref().and_then(|ended| ended.replaced_by),
            ended_reason: d.ended.and_then(|ended| ended.reason),
        }
    }
}

/// Diagnoses of an encounter.
#[derive(Serialize, JsonSchema)]
struct Diagnoses {
    encounter_id: EncounterId,
    /// The main one first.
    items: Vec<DiagnosisView>,
}

#[derive(Deserialize, JsonSchema)]
struct DiagnosesQuery {
    /// `ended` adds what was revised or entered in error.
    include: Option<String>,
}

fn with_ended(include: Option<&str>) -> bool {
    include.unwrap_or_default().split(',').any(|part| part.trim() == "ended")
}

async fn list(
    tx: Authorized<View>,
    Path(id): Path<EncounterId>,
    Query(query): Query<DiagnosesQuery>,
) -> Result<Reply<Diagnoses>, AppError> {
    let (_, patient) = encounters::show(&tx, id).await?;
    let found = super::of_encounter(&tx, id, with_ended(query.include.as_deref())).await?;
    let audit = Audit::viewed(id)
        .with(json!({ "patient_id": patient.id, "list": "diagnoses", "count": found.len() }));
    let items = found.into_iter().map(DiagnosisView::from).collect();
    tx.commit(audit, Reply::new(Diagnoses { encounter_id: id, items })).await
}

#[derive(Deserialize, JsonSchema)]
struct PatientDiagnosesQuery {
    /// `ended` adds what was revised or entered in error.
    include: Option<String>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn of_patient(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Query(query): Query<PatientDiagnosesQuery>,
) -> Result<Json<Page<DiagnosisView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let patient = patients::show(&tx, id).await?.id;
    let found = super::of_patient(&tx, patient, with_ended(query.include.as_deref()), page).await?;
    let audit = Audit::viewed(patient).with(json!({ "list": "diagnoses", "count": found.items.len() }));
    tx.commit(audit, Json(found.map(DiagnosisView::from))).await
}

async fn show(tx: Authorized<View>, Path(id): Path<DiagnosisId>) -> Result<Reply<DiagnosisView>, AppError> {
    let found = super::show(&tx, id).await?;
    let audit = Audit::viewed(id).with(json!({ "patient_id": found.patient }));
    tx.commit(audit, Reply::new(found.into())).await
}

async fn add(
    tx: Authorized<Record>,
    Path(id): Path<EncounterId>,
    Json(body): Json<TypedDiagnosis>,
) -> Result<Created<DiagnosisView>, AppError> {
    let mut errors = FieldErrors::default();
    let new = body.parse(&mut errors);
    let new = errors.finish_with(new)?;
    let made = super::add(&tx, id, &new).await?;
    let location = format!("/api/v1/diagnoses/{}", made.id);
    let audit = audit_of_new(&made);
    tx.commit(audit, Created::new(made.into()).location(&location)).await
}

/// Ids, never what it says.
pub fn audit_of_new(made: &Diagnosis) -> Audit {
    Audit::created(made.id).with(json!({ "patient_id": made.patient, "encounter_id": made.encounter }))
}

/// Ids, never the reason.
pub fn audit_of_end(old: &Diagnosis) -> Audit {
    let replaced_by = old.ended.as_ref().and_then(|ended| ended.replaced_by);
    Audit::did("entered_in_error", old.id).with(json!({
        "patient_id": old.patient, "encounter_id": old.encounter, "replaced_by_id": replaced_by,
    }))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ReviseDiagnosis {
    #[schemars(with = "Option<Certainty>")]
    certainty: Option<String>,
    /// 1 is the main one.
    #[schemars(range(min = 1, max = 100))]
    rank: Option<i64>,
}

async fn revise(
    tx: Authorized<Record>,
    Path(id): Path<DiagnosisId>,
    Json(body): Json<ReviseDiagnosis>,
) -> Result<Reply<ChangedDiagnosis>, AppError> {
    let mut errors = FieldErrors::default();
    let certainty = body.certainty.as_deref().map(Certainty::from_code);
    if certainty == Some(None) {
        errors.add("certainty", "Use one of: PROVISIONAL, CONFIRMED, DIFFERENTIAL, REFUTED.");
    }
    let rank = body.rank.map(|rank| i16::try_from(rank).ok().filter(|rank| (1..=100).contains(rank)));
    if rank == Some(None) {
        errors.add("rank", "Use a number from 1 to 100.");
    }
    if body.certainty.is_none() && body.rank.is_none() {
        errors.add("certainty", "Say what changes: certainty or rank.");
    }
    errors.finish()?;
    let now = super::revise(&tx, id, certainty.flatten(), rank.flatten()).await?;
    let audit = Audit::did("revised", id)
        .with(json!({ "patient_id": now.patient, "encounter_id": now.encounter, "replaced_by_id": now.id }));
    let view = ChangedDiagnosis::of(&tx, now).await?;
    tx.commit(audit, Reply::new(view)).await
}

#[derive(Deserialize, JsonSchema)]
struct EndDiagnosis {
    /// Why it was wrong.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
    /// What is right instead.
    replacement: Option<TypedDiagnosis>,
}

async fn end(
    tx: Authorized<Record>,
    Path(id): Path<DiagnosisId>,
    Json(body): Json<EndDiagnosis>,
) -> Result<Reply<ChangedDiagnosis>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::required("reason", body.reason.as_deref(), 500, &mut errors);
    let replacement = body.replacement.and_then(|typed| typed.parse(&mut errors));
    let reason = errors.finish_with(reason)?;
    let old = super::end(&tx, id, &reason, replacement.as_ref()).await?;
    let audit = audit_of_end(&old);
    let view = ChangedDiagnosis::of(&tx, old).await?;
    tx.commit(audit, Reply::new(view)).await
}
