//! Asking a patient, and what was answered before.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::MOST;
use super::api::{at_given, audit_of};
use super::model::NewAnswer;
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::pages::{ConsentLine, banner, consent_lines, href};
use crate::clinic::patients::{self, ConsentKind, KeptAnswer, PatientId, Source, Update};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/consents",
            get_with(show, op("pages.consents.show", "Ask a patient")),
        )
        .api_route(
            "/patients/{patient_id}/consents",
            post_with(record, op("pages.consents.record", "Write down an answer")),
        )
}

const LABELS: &[(&str, &str)] =
    &[("kind", "Asked for"), ("given", "Answer"), ("source", "How it was asked"), ("note", "Note")];

/// One answer of the past.
struct Past {
    what: &'static str,
    answer: &'static str,
    asked: When,
    how: &'static str,
    by: String,
    note: Option<String>,
}

/// `GET /patients/{id}/consents`
#[derive(Template)]
#[template(path = "clinic/consents/pages/consents.html")]
struct ConsentsPage {
    shell: Shell,
    banner: Banner,
    href: String,
    form: FormState,
    consents: Vec<ConsentLine>,
    past: Vec<Past>,
    is_deceased: bool,
}

impl ConsentsPage {
    fn kinds() -> Vec<Choice> {
        vec![
            Choice::new("", "Choose"),
            Choice::new(ConsentKind::Sms.code(), "Text messages to the phone"),
            Choice::new(ConsentKind::Email.code(), "E-mails"),
        ]
    }

    fn answers() -> Vec<Choice> {
        vec![Choice::new("", "Choose"), Choice::new("true", "Agreed"), Choice::new("false", "Declined")]
    }

    fn sources() -> Vec<Choice> {
        [Source::Desk, Source::Paper, Source::Phone, Source::Guardian]
            .map(|source| Choice::new(source.code(), words::capital(words::source(source.code()))))
            .into()
    }
}

async fn page(
    tx: &Authorized<Update>,
    frame: &Frame,
    id: PatientId,
    form: FormState,
) -> Result<(ConsentsPage, PatientId), AppError> {
    let patient = patients::show(tx, id).await?;
    let kept = patients::answers(tx, patient.id, MOST).await?;
    let people: Vec<_> = kept.iter().map(|kept| kept.recorded_by).collect();
    let names = patients::staff_names(tx, &people).await?;
    let now = patients::hospital_now(tx);
    let past = |kept: &KeptAnswer| Past {
        what: match kept.answer.kind {
            ConsentKind::Sms => "Text messages",
            ConsentKind::Email => "E-mail",
        },
        answer: if kept.answer.given { "Agreed" } else { "Not agreed" },
        asked: When::moment(&kept.answer.asked_at.to_zoned(now.time_zone().clone()), now.date()),
        how: words::source(kept.answer.source.code()),
        by: names.get(&kept.recorded_by).cloned().unwrap_or_else(|| "somebody who left".to_owned()),
        note: kept.answer.note.clone(),
    };
    let page = ConsentsPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        href: href(&patient),
        form,
        consents: consent_lines(&patient.details, &kept, &names, &now),
        past: kept.iter().map(past).collect(),
        is_deceased: patient.details.is_deceased,
    };
    Ok((page, patient.id))
}

/// `GET /patients/{patient_id}/consents`: of a record that was merged, the one that it became part of.
async fn show(tx: Authorized<Update>, frame: Frame, Path(id): Path<PatientId>) -> Result<Response, AppError> {
    let form = FormState::new().with("source", Source::Desk.code());
    let (page, shown) = page(&tx, &frame, id, form).await?;
    Ok(tx.commit(Audit::viewed(shown), Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AskForm {
    kind: String,
    /// `true` agreed, `false` declined.
    given: String,
    source: String,
    note: String,
}

/// `POST /patients/{patient_id}/consents`
async fn record(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<AskForm>,
) -> Result<Response, AppError> {
    let given = match form.given.as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let new =
        NewAnswer { kind: &form.kind, given, source: &form.source, asked_at: "", note: Some(&form.note) };
    let done = match new.parse(tx.now()) {
        Ok(answer) => {
            let audit = audit_of(id, answer.kind, answer.given);
            patients::answer(&tx, id, answer).await.map(|_| audit).map_err(at_given)
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(audit) => {
            let next = SeeOther(format!("/patients/{id}?done=answered"));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
            let state = FormState::new()
                .with("kind", form.kind)
                .with("given", form.given)
                .with("source", form.source)
                .with("note", form.note)
                .with_errors(&problem.errors);
            let (page, shown) = page(&tx, &frame, id, state).await?;
            let page = PageWithStatus(problem.status, page);
            Ok(tx.commit(Audit::viewed(shown), page).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
