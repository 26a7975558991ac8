//! `/patients/{id}/visits`: to read, and as a file.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::visits::{Visit, visits};
use super::{csv, summary};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::diagnoses::DiagnosisView;
use crate::clinic::encounters::{EncounterId, EncounterView, View};
use crate::clinic::notes::NoteView;
use crate::clinic::patients::{self, PatientId};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses, refuses_closed};
use crate::web::{CsvFile, Json, NoContent, Path, PdfFile, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/{patient_id}/visits", get_with(list, lists))
        .api_route("/patients/{patient_id}/visits/export/csv", get_with(export, exports))
        .api_route("/encounters/{encounter_id}/summary.pdf", get_with(paper, prints))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("visits.list", "List a patient's visits, the latest first")(operation).description(
        "Each with the diagnoses that hold and the notes that were signed. Drafts are not among them.",
    )
}

fn exports(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("visits.export_csv", "A patient's visits as CSV"), &["visits.too_many"])(operation)
        .with(header(200, "Content-Disposition", "`attachment`."))
        .description(
            "The whole treatment history: a line for each visit with diagnoses and signed notes, at most 2,000. Each file is \
             audited.",
        )
}

fn prints(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("visits.summary", "A visit on paper"), &[])(operation).description(
        "With the hospital's letterhead: who, when, with whom, the diagnoses that hold and the notes that were signed. Each \
         paper is audited.",
    )
}

#[derive(Deserialize, JsonSchema)]
struct VisitsQuery {
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 20 if left out.
    page_size: Option<i64>,
}

/// One visit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Visit")]
struct VisitView {
    encounter: EncounterView,
    /// What holds, the main one first.
    diagnoses: Vec<DiagnosisView>,
    /// What was signed.
    notes: Vec<NoteView>,
}

async fn list(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Query(query): Query<VisitsQuery>,
) -> Result<Json<Page<VisitView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 20, &mut errors);
    errors.finish()?;
    let patient = patients::show(&tx, id).await?.id;
    let found = visits(&tx, patient, page).await?;
    let audit = Audit::viewed(patient).with(json!({ "list": "visits", "count": found.page.items.len() }));
    let (reader, may_read) = (found.reader, found.may_read);
    let view = |Visit { encounter, diagnoses, notes }| VisitView {
        encounter: encounter.into(),
        diagnoses: diagnoses.into_iter().map(DiagnosisView::from).collect(),
        notes: notes.into_iter().map(|note| NoteView::of(note, reader, may_read)).collect(),
    };
    tx.commit(audit, Json(found.page.map(view))).await
}

async fn paper(
    tx: Authorized<View>,
    State(app): State<App>,
    Path(id): Path<EncounterId>,
) -> Result<PdfFile, AppError> {
    summary::pdf(tx, &app, id).await
}

async fn export(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<CsvFile, AppError> {
    let patient = patients::show(&tx, id).await?.id;
    let (file, count) = csv::of_patient(&tx, patient).await?;
    let audit = Audit::exported("encounter", "csv", count).with(json!({
        "patient_id": patient, "count": count, "format": "csv",
    }));
    tx.commit(audit, NoContent).await?;
    Ok(file)
}
