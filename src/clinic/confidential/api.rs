//! `/patients/{id}/break-glass` and `/patients/opened`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Glass, GlassId, Opening, parse_reason};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{self, Confidentiality, PatientId, Period, Restrict, Sealed, View};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, Json, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/{patient_id}/break-glass", post_with(open, describe))
        .api_route("/patients/opened", get_with(list, lists))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("confidential.list", "Who opened which restricted record, and why, newest first")(operation)
        .description(
            "For whoever may mark records: who, when and why. What was done for practice is left out.",
        )
}

fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("confidential.break_glass", "Open a restricted record with a reason"), &["patients.not_restricted"])(operation)
        .with(header(201, "Location", "The record."))
        .description(
            "For whoever was answered 403 `patients.confidential` and has to know. The record lies open to them for \
             four hours; who, when and why is kept, and each look is audited. 409 `patients.not_restricted`.",
        )
}

#[derive(Deserialize, JsonSchema)]
struct BreakGlass {
    /// In a few words: somebody will read it.
    #[schemars(required, length(min = 5, max = 500))]
    reason: Option<String>,
}

/// A restricted record that lies open to one person.
#[derive(Serialize, JsonSchema)]
struct OpenedRecord {
    id: GlassId,
    patient_id: PatientId,
    opened_at: Timestamp,
    expires_at: Timestamp,
}

async fn open(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Json(body): Json<BreakGlass>,
) -> Result<Created<OpenedRecord>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = parse_reason(body.reason.as_deref(), &mut errors);
    let (glass, sealed) = super::open(&tx, id, &errors.finish_with(reason)?).await?;
    let view = OpenedRecord {
        id: glass.id,
        patient_id: glass.patient,
        opened_at: glass.opened_at,
        expires_at: glass.expires_at,
    };
    let location = format!("/api/v1/patients/{}", glass.patient);
    tx.commit(audit_of(&glass, &sealed), Reply::new(view).location(&location)).await
}

#[derive(Deserialize, JsonSchema)]
struct OpenedQuery {
    /// First day or instant of the opening.
    opened_from: Option<String>,
    /// Last day or instant of the opening.
    opened_to: Option<String>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

/// One opening of a restricted record.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Opening")]
struct OpeningView {
    id: GlassId,
    patient_id: PatientId,
    patient_code: String,
    /// How confidential the record is now.
    confidentiality: Confidentiality,
    opened_by_id: UserId,
    /// Absent for somebody who is not on the staff any more.
    opened_by_name: Option<String>,
    reason: String,
    opened_at: Timestamp,
    /// Until when it lay open to them.
    expires_at: Timestamp,
}

async fn list(
    tx: Authorized<Restrict>,
    Query(query): Query<OpenedQuery>,
) -> Result<Json<Page<OpeningView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    let typed = (query.opened_from.as_deref(), query.opened_to.as_deref());
    let period = Period::parse(("opened_from", "opened_to"), typed, &tx.hospital().zone, &mut errors);
    errors.finish()?;
    let found = super::list(&tx, period, page).await?;
    let people: Vec<UserId> = found.items.iter().map(|opening| opening.glass.user).collect();
    let names = patients::staff_names(&tx, &people).await?;
    let found = found.map(|Opening { glass, code, level, reason }| OpeningView {
        id: glass.id,
        patient_id: glass.patient,
        patient_code: code,
        confidentiality: level,
        opened_by_id: glass.user,
        opened_by_name: names.get(&glass.user).cloned(),
        reason,
        opened_at: glass.opened_at,
        expires_at: glass.expires_at,
    });
    tx.commit(Audit::listed("break_glass", found.items.len()), Json(found)).await
}

/// Never the reason, which may tell what the record is about.
pub(super) fn audit_of(glass: &Glass, sealed: &Sealed) -> Audit {
    Audit::did("broke_glass", glass.patient)
        .with(json!({ "break_glass_id": glass.id, "confidentiality": sealed.level }))
}
