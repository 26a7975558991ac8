//! Moves from the board: with htmx the board comes back as it is then, without it the page is opened anew.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::board;
use super::parts::{Choices, Whose};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::{AppointmentId, HAPPENED_AT, Move, Priority, QueueState, parse_happened};
use crate::clinic::queue::api::{audit_of, own_if_none};
use crate::clinic::queue::model::{Entry, Wanted};
use crate::clinic::queue::{self, parse};
use crate::kernel::ids::UserId;
use crate::kernel::wall_clock::{Fold, comes_twice};
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther, words};

/// What each form of the queue sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct MoveForm {
    department: String,
    doctor: String,
    reason: String,
    priority: String,
    /// Who sees the patient instead, and why.
    colleague: String,
    hand_reason: String,
    left_note: String,
    /// When the patient left; blank: now.
    left_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    left_fold: String,
}

impl MoveForm {
    fn wanted(&self) -> Wanted {
        Whose { department: self.department.clone(), doctor: self.doctor.clone() }.wanted()
    }

    fn reason(&self) -> Result<Option<String>, AppError> {
        let mut errors = FieldErrors::default();
        let reason = parse::reason(Some(&self.reason), &mut errors);
        errors.finish()?;
        Ok(reason)
    }
}

/// Where the answer to a form stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Board,
    /// The page of one patient.
    Page(AppointmentId),
}

/// `POST /queue/next`
pub(super) async fn next(
    tx: Authorized<Move>,
    frame: Frame,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let wanted = form.wanted();
    let moved = queue::call_next(&tx, own_if_none(&tx, wanted)).await;
    answer(tx, &frame, &form, From::Board, "called", moved).await
}

/// `POST /queue/{appointment_id}/call`
pub(super) async fn call(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let moved = match form.reason() {
        Ok(reason) => queue::call(&tx, id, reason.as_deref()).await,
        Err(error) => Err(error),
    };
    answer(tx, &frame, &form, From::Page(id), "called", moved).await
}

/// `POST /queue/{appointment_id}/back`
pub(super) async fn back(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let moved = queue::back(&tx, id).await;
    answer(tx, &frame, &form, From::Board, "sent_back", moved).await
}

/// `POST /queue/{appointment_id}/skip`
pub(super) async fn skip(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let moved = match form.reason() {
        Ok(reason) => queue::skip(&tx, id, reason.as_deref()).await,
        Err(error) => Err(error),
    };
    answer(tx, &frame, &form, From::Board, "skipped", moved).await
}

/// `POST /queue/{appointment_id}/left`
pub(super) async fn left(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::optional("left_note", Some(&form.left_note), 200, &mut errors).unwrap_or_default();
    let typed = (Some(form.left_at.as_str()), Fold::from_code(&form.left_fold));
    let at = parse_happened(LEFT_AT, typed, tx.now(), &tx.hospital().zone, &mut errors);
    let moved = match errors.finish() {
        Ok(()) => tx.attempt(queue::left(&tx, id, reason.as_deref(), at)).await,
        Err(error) => Err(error),
    };
    answer(tx, &frame, &form, From::Page(id), "left_unseen", moved.map_err(at_its_field)).await
}

/// `POST /queue/{appointment_id}/hand-over`
pub(super) async fn hand_over(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::optional("hand_reason", Some(&form.hand_reason), 200, &mut errors).unwrap_or_default();
    let to: Option<UserId> = form.colleague.trim().parse().ok();
    if to.is_none() {
        errors.add(COLLEAGUE, "Choose who sees the patient.");
    }
    let moved = match errors.finish_with(to) {
        Ok(to) => tx.attempt(queue::hand_over(&tx, id, to, reason.as_deref())).await,
        Err(error) => Err(error),
    };
    answer(tx, &frame, &form, From::Page(id), "handed_over", moved.map_err(at_its_field)).await
}

/// What the API's fields are called on this page.
fn at_its_field(error: AppError) -> AppError {
    match error {
        AppError::Problem(mut problem) => {
            for fault in &mut problem.errors {
                match fault.field.as_str() {
                    HAPPENED_AT => LEFT_AT.clone_into(&mut fault.field),
                    "doctor_user_id" => COLLEAGUE.clone_into(&mut fault.field),
                    _ => {}
                }
            }
            AppError::Problem(problem)
        }
        other => other,
    }
}

/// `POST /queue/{appointment_id}/prioritise`
pub(super) async fn prioritise(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let new = parse::new_priority(Some(&form.priority), Some(&form.reason), &mut errors);
    let moved = match errors.finish_with(new) {
        Ok(new) => queue::prioritise(&tx, id, &new).await,
        Err(error) => Err(error),
    };
    answer(tx, &frame, &form, From::Page(id), "prioritised", moved).await
}

/// Read out after a move.
fn said(entry: &Entry) -> String {
    match entry.state {
        QueueState::Called => match &entry.room {
            Some(room) => format!("{} called to {room}", entry.token),
            None => format!("{} called", entry.token),
        },
        state => format!("{}: {}", entry.token, state.word()),
    }
}

async fn answer(
    tx: Authorized<Move>,
    frame: &Frame,
    form: &MoveForm,
    from: From,
    verb: &'static str,
    moved: Result<Entry, AppError>,
) -> Result<Response, AppError> {
    let wanted = form.wanted();
    match moved {
        Ok(entry) => {
            let audit = audit_of(verb, &entry);
            if frame.htmx {
                let (part, _) = board::part(&tx, wanted).await?;
                let part = part.said(Some(said(&entry)));
                return Ok(tx.commit(audit, Page(part)).await?.into_response());
            }
            let next = SeeOther(format!("/queue?{}&done=queue-moved", Whose::query(wanted)));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status == StatusCode::NOT_FOUND => {
            Err(AppError::Problem(problem))
        }
        Err(AppError::Problem(problem)) if frame.htmx || from == From::Board => {
            let (part, shown) = board::part(&tx, wanted).await?;
            let audit = Audit::listed("appointment", shown);
            let status = problem.status;
            if frame.htmx {
                let part = part.refused(&problem);
                return Ok(tx.commit(audit, PageWithStatus(status, part)).await?.into_response());
            }
            Err(AppError::Problem(problem))
        }
        Err(AppError::Problem(problem)) => match from {
            From::Page(id) => refused(tx, frame, form, id, problem).await,
            From::Board => Err(AppError::Problem(problem)),
        },
        Err(other) => Err(other),
    }
}

/// `GET /queue/{appointment_id}` and the 4xx answers to its forms.
#[derive(Template)]
#[template(path = "clinic/queue/pages/ask.html")]
struct AskPage {
    shell: Shell,
    form: FormState,
    token: String,
    name: Name,
    /// "Waiting, Dr. Rao, 24 min"
    facts: String,
    /// `/queue/{id}`
    action: String,
    back: String,
    can_move: bool,
    is_called: bool,
    priorities: Vec<Choice>,
    /// Who may see the patient instead.
    colleagues: Vec<Choice>,
    zone: TimeZone,
}

impl AskPage {
    /// Does the time that was typed come twice on the hospital's clock?
    fn is_twice(&self, name: &str) -> bool {
        comes_twice(self.form.value(name), &self.zone)
    }
}

const LEFT_AT: &str = "left_at";
const COLLEAGUE: &str = "colleague";
const LABELS: &[(&str, &str)] = &[
    ("priority", "Priority"),
    ("reason", "Why"),
    (COLLEAGUE, "Who sees the patient"),
    ("hand_reason", "Why another doctor"),
    ("left_note", "Note"),
    (LEFT_AT, "Left at"),
];

async fn page(
    tx: &Authorized<Move>,
    frame: &Frame,
    entry: &Entry,
    form: &MoveForm,
    state: FormState,
) -> Result<AskPage, AppError> {
    let wait = words::count(entry.waited_minutes(tx.now()));
    let colleagues = Choices::read(tx).await?.colleagues(entry.doctor, &entry.department_name);
    Ok(AskPage {
        colleagues,
        shell: frame.shell(tx.actor()),
        token: entry.token.to_string(),
        name: Name::new(entry.name()),
        facts: format!("{}, {}, {wait} min", entry.state.word(), entry.doctor_name),
        action: format!("/queue/{}", entry.appointment),
        back: format!("/queue?{}", Whose::query(form.wanted())),
        can_move: matches!(entry.state, QueueState::Waiting | QueueState::Called | QueueState::Skipped),
        is_called: entry.state == QueueState::Called,
        priorities: Priority::ALL.iter().map(|one| Choice::new(one.code(), one.word())).collect(),
        zone: tx.hospital().zone.clone(),
        form: state.with("department", form.department.clone()).with("doctor", form.doctor.clone()),
    })
}

/// `GET /queue/{appointment_id}`
pub(super) async fn ask(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Query(form): Query<MoveForm>,
) -> Result<Response, AppError> {
    let entry = queue::entry(&tx, id).await?;
    let state = FormState::new().with("priority", entry.priority.code());
    let page = page(&tx, &frame, &entry, &form, state).await?;
    Ok(tx.commit(look_at(&entry), Page(page)).await?.into_response())
}

fn look_at(entry: &Entry) -> Audit {
    Audit::viewed(entry.appointment).with(json!({ "patient_id": entry.patient }))
}

async fn refused(
    tx: Authorized<Move>,
    frame: &Frame,
    form: &MoveForm,
    id: AppointmentId,
    problem: Problem,
) -> Result<Response, AppError> {
    // Who is not in the queue has no page there.
    let Ok(entry) = queue::entry(&tx, id).await else { return Err(AppError::Problem(problem)) };
    let status = problem.status;
    let state = FormState::new()
        .with("priority", form.priority.clone())
        .with("reason", form.reason.clone())
        .with(COLLEAGUE, form.colleague.clone())
        .with("hand_reason", form.hand_reason.clone())
        .with("left_note", form.left_note.clone())
        .with(LEFT_AT, form.left_at.clone())
        .with("left_fold", form.left_fold.clone())
        .refused(&problem.errors, problem.detail);
    let page = page(&tx, frame, &entry, form, state).await?;
    Ok(tx.commit(look_at(&entry), PageWithStatus(status, page)).await?.into_response())
}
