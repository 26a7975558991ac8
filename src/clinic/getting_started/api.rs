//! `/hospital/checklist`: how far the hospital has come.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Checklist, Item, Standing};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::profile::{Update, View};
use crate::kernel::AppError;
use crate::web::Json;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/hospital/checklist", get_with(show, shows))
        .api_route("/hospital/checklist", patch_with(change, changes))
}

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("hospital.checklist", "The getting-started checklist")(operation).description(
        "Lines that the caller may do something about, in their order. Ticks are computed from data.",
    )
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("hospital.put_off", "Put a line of the checklist off, or bring it back")(operation)
}

/// How far the hospital has come.
#[derive(Serialize, JsonSchema)]
struct ChecklistView {
    lines: Vec<LineView>,
    total: usize,
    done: usize,
    /// Key of the line to do next; null if all are done or put off.
    next: Option<&'static str>,
}

/// One thing to do.
#[derive(Serialize, JsonSchema)]
struct LineView {
    key: &'static str,
    label: &'static str,
    why: &'static str,
    /// The page on which it is done.
    href: &'static str,
    standing: Standing,
}

impl From<&Item> for LineView {
    fn from(item: &Item) -> Self {
        let line = item.line;
        Self { key: line.key, label: line.label, why: line.why, href: line.href, standing: item.standing }
    }
}

impl From<&Checklist> for ChecklistView {
    fn from(list: &Checklist) -> Self {
        Self {
            lines: list.items().iter().map(LineView::from).collect(),
            total: list.items().len(),
            done: list.standing(Standing::Done).count(),
            next: list.next().map(|item| item.line.key),
        }
    }
}

async fn show(tx: Authorized<View>, State(app): State<App>) -> Result<Json<ChecklistView>, AppError> {
    let list = super::checklist(&app, &tx, tx.actor()).await?;
    let audit = Audit::listed("checklist_line", list.items().len());
    tx.commit(audit, Json(ChecklistView::from(&list))).await
}

/// What becomes of one line.
#[derive(Deserialize, JsonSchema)]
struct PutOff {
    line: String,
    /// Put it off (true), or bring it back.
    later: bool,
}

async fn change(
    tx: Authorized<Update>,
    State(app): State<App>,
    Json(body): Json<PutOff>,
) -> Result<Json<ChecklistView>, AppError> {
    super::put_off(&app, &tx, tx.actor(), &body.line, body.later).await?;
    let list = super::checklist(&app, &tx, tx.actor()).await?;
    let audit = audit(&tx, &body.line, body.later);
    tx.commit(audit, Json(ChecklistView::from(&list))).await
}

pub(super) fn audit<P>(tx: &Authorized<P>, line: &str, later: bool) -> Audit {
    let detail = json!({ "checklist_line": line, "later": later });
    Audit::did(if later { "put_off" } else { "brought_back" }, tx.hospital().id).with(detail)
}
