//! `/patients/{id}/history`.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model::{ChangeId, Entry};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{self, Action, PatientId, View};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::op;
use crate::web::{Json, Path, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/patients/{patient_id}/history", get_with(list, describe))
}

fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("history.list", "What became of a patient's record, newest first")(operation).description(
        "Each change with the old and new values of the fields that changed, its reason and its author. Changes of \
         records that were merged into this one are among them, under their own id and code. Values of a merge are \
         told while it stands, to those who may see both records; else `is_withheld`. 403 \
         `patients.confidential`: give a reason first.",
    )
}

/// One change of a record.
#[derive(Serialize, JsonSchema)]
struct HistoryEntry {
    id: ChangeId,
    /// The record that was changed.
    patient_id: PatientId,
    patient_code: String,
    action: Action,
    reason: Option<String>,
    /// Reason and values are not told: `old_values` and `new_values` only name the fields.
    is_withheld: bool,
    /// Only the fields that changed. A birth is kept whole: `"unknown"`, `{"on": date}` or `{"about": …}`.
    old_values: Map<String, Value>,
    new_values: Map<String, Value>,
    changed_by_id: UserId,
    /// Absent for somebody who is not on the staff any more.
    changed_by_name: Option<String>,
    changed_at: Timestamp,
}

#[derive(Deserialize, JsonSchema)]
struct HistoryQuery {
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<HistoryEntry>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let patient = patients::show(&tx, id).await?;
    let found = super::list(&tx, patient.id, page).await?;
    let people: Vec<UserId> = found.items.iter().map(|entry| entry.by).collect();
    let names = patients::staff_names(&tx, &people).await?;
    let found = found.map(|entry: Entry| HistoryEntry {
        id: entry.id,
        patient_id: entry.patient,
        patient_code: entry.code,
        action: entry.action,
        reason: entry.reason,
        is_withheld: entry.is_withheld,
        old_values: entry.old,
        new_values: entry.new,
        changed_by_id: entry.by,
        changed_by_name: names.get(&entry.by).cloned(),
        changed_at: entry.at,
    });
    tx.commit(Audit::viewed(patient.id).with(serde_json::json!({ "part": "history" })), Json(found)).await
}
