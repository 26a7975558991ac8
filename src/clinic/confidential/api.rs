//! `/patients/{id}/break-glass`.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Glass, GlassId, parse_reason};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{PatientId, Sealed, View};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/patients/{patient_id}/break-glass", post_with(open, describe))
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

/// Never the reason, which may tell what the record is about.
pub(super) fn audit_of(glass: &Glass, sealed: &Sealed) -> Audit {
    Audit::did("broke_glass", glass.patient)
        .with(json!({ "break_glass_id": glass.id, "confidentiality": sealed.level }))
}
