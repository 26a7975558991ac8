//! The question before a record is opened, and the list of who opened which, with the word about it.

mod opened;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::domain::alerts::commit_opening;
use super::model::{OPEN_HOURS, parse_reason};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::{self, Closed, PatientId, Sealed, View};
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther, words};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/break-glass",
            get_with(ask, op("pages.confidential.ask", "Why a record is opened")),
        )
        .api_route(
            "/patients/{patient_id}/break-glass",
            post_with(open, op("pages.confidential.open", "Open a record")),
        )
        .api_route(
            "/patients/opened",
            get_with(opened::show, op("pages.confidential.opened", "Who opened records, and why")),
        )
        .api_route(
            "/patients/opened/{glass_id}/review",
            post_with(opened::review, op("pages.confidential.review", "Say a word about an opening")),
        )
}

/// `GET /patients/{id}/break-glass` and the 422 answer to its form. Nothing of the record but code and level.
#[derive(Template)]
#[template(path = "clinic/confidential/pages/ask.html")]
struct AskPage {
    shell: Shell,
    action: String,
    code: String,
    /// "Restricted", "Very restricted"; `None`: somebody else's patient.
    level: Option<&'static str>,
    form: FormState,
}

fn page(tx: &Authorized<View>, frame: &Frame, sealed: &Sealed, form: FormState) -> AskPage {
    AskPage {
        shell: frame.shell(tx.actor()),
        action: format!("/patients/{}/break-glass", sealed.id),
        code: sealed.code.clone(),
        level: (sealed.why != Some(Closed::NotYours)).then(|| words::confidentiality(sealed.level.code())),
        form,
    }
}

/// Where somebody wanted to go: a page of this record, or the record itself.
fn way(id: PatientId, next: &str) -> String {
    let record = format!("/patients/{id}");
    let is_part = next.strip_prefix(&record).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_part && !next.ends_with("/break-glass") { next.to_owned() } else { record }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Next {
    /// The page of the record that was asked for.
    next: String,
}

/// `GET /patients/{patient_id}/break-glass`: says code and level, also of a record that is in no list, so who asked is
/// on record.
async fn ask(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<Next>,
) -> Result<Response, AppError> {
    let sealed = patients::sealed(&tx, id).await?;
    if sealed.is_open {
        return Ok(SeeOther(way(sealed.id, &query.next)).into_response());
    }
    let form = FormState::new().with("next", query.next);
    let page = Page(page(&tx, &frame, &sealed, form));
    Ok(tx.commit(Audit::did("asked", sealed.id), page).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AskForm {
    reason: String,
    next: String,
}

/// `POST /patients/{patient_id}/break-glass`
async fn open(
    tx: Authorized<View>,
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<AskForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let reason = parse_reason(Some(&form.reason), &mut errors);
    match errors.finish_with(reason) {
        Ok(reason) => {
            let opened = super::open(&tx, id, &reason).await?;
            let next = SeeOther(way(opened.0.patient, &form.next));
            Ok(commit_opening(&app, tx, &opened, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let sealed = patients::sealed(&tx, id).await?;
            let state = FormState::new()
                .with("reason", form.reason)
                .with("next", form.next)
                .with_errors(&problem.errors);
            let page = page(&tx, &frame, &sealed, state);
            Ok(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}
