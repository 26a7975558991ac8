//! Buttons and small forms of an appointment's page.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::one::again;
use crate::access::{Audit, Authorized, Frame, Permission};
use crate::clinic::appointments::model::{
    Appointment, AppointmentError, AppointmentId, parse_cancel, parse_late, parse_notes,
};
use crate::clinic::appointments::{self, Book, Move, Wish};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::FormState;
use crate::web::{Form, Path, SeeOther};

/// Whose it is and what else is told of the act; never a word that was typed.
fn about(appointment: &Appointment, more: Value) -> Value {
    let mut detail = json!({ "patient_id": appointment.patient });
    if let (Some(detail), Value::Object(more)) = (detail.as_object_mut(), more) {
        detail.extend(more);
    }
    detail
}

/// Back to the page: done, or refused with everything that was typed.
async fn finish<P: Permission>(
    tx: Authorized<P>,
    frame: &Frame,
    id: AppointmentId,
    (audit, done): (Audit, &'static str),
    result: Result<Appointment, AppError>,
    form: FormState,
) -> Result<Response, AppError> {
    match result {
        Ok(after) => {
            let audit = audit.with(about(&after, json!({})));
            let next = SeeOther(format!("/appointments/{id}?done={done}"));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if !matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) =>
        {
            let form = form.refused(&problem.errors, problem.detail.into_owned());
            again(tx, frame, id, form, problem.status).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /appointments/{appointment_id}/check-in`
pub(super) async fn check_in(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response, AppError> {
    appointments::at_desk(&tx, id).await?;
    let result = appointments::check_in(&tx, id).await;
    finish(tx, &frame, id, (Audit::did("checked_in", id), "checked-in"), result, FormState::new()).await
}

/// `POST /appointments/{appointment_id}/start-consultation`
pub(super) async fn start(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response, AppError> {
    let before = appointments::show(&tx, id).await?;
    appointments::may_treat(&tx, &before).await?;
    let result = appointments::start(&tx, id).await;
    finish(tx, &frame, id, (Audit::did("consultation_started", id), "started"), result, FormState::new())
        .await
}

/// `POST /appointments/{appointment_id}/no-show`
pub(super) async fn no_show(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response, AppError> {
    appointments::at_desk(&tx, id).await?;
    let result = appointments::no_show(&tx, id).await;
    finish(tx, &frame, id, (Audit::did("missed", id), "missed"), result, FormState::new()).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CompleteForm {
    closure_note: String,
}

/// `POST /appointments/{appointment_id}/complete`
pub(super) async fn complete(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<CompleteForm>,
) -> Result<Response, AppError> {
    let before = appointments::show(&tx, id).await?;
    appointments::may_treat(&tx, &before).await?;
    let mut errors = FieldErrors::default();
    let closing = text::optional("closure_note", Some(&form.closure_note), 1000, &mut errors).ok();
    let result = match errors.finish_with(closing) {
        Ok(closing) => appointments::complete(&tx, id, closing.as_deref()).await,
        Err(error) => Err(error),
    };
    let state = FormState::new().with("closure_note", form.closure_note);
    finish(tx, &frame, id, (Audit::did("completed", id), "completed"), result, state).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CancelForm {
    reason: String,
    note: String,
}

/// `POST /appointments/{appointment_id}/cancel`
pub(super) async fn cancel(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<CancelForm>,
) -> Result<Response, AppError> {
    appointments::at_desk(&tx, id).await?;
    let mut errors = FieldErrors::default();
    let why = parse_cancel(Some(&form.reason), Some(&form.note), &mut errors);
    let result = match errors.finish_with(why) {
        Ok((reason, note)) => appointments::cancel(&tx, id, reason, note.as_deref()).await,
        Err(error) => Err(error),
    };
    let state = FormState::new().with("reason", form.reason).with("note", form.note);
    finish(tx, &frame, id, (Audit::did("cancelled", id), "cancelled"), result, state).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct LateForm {
    late_reason: String,
}

/// `POST /appointments/{appointment_id}/arrived-late`
pub(super) async fn arrive_late(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<LateForm>,
) -> Result<Response, AppError> {
    appointments::at_desk(&tx, id).await?;
    let mut errors = FieldErrors::default();
    let mut named = FieldErrors::default();
    let reason = parse_late(Some(&form.late_reason), &mut errors);
    if let Err(AppError::Problem(problem)) = errors.finish() {
        problem.errors.into_iter().for_each(|error| named.add("late_reason", error.message));
    }
    let result = match named.finish_with(reason) {
        Ok(reason) => appointments::arrive_late(&tx, id, reason).await,
        Err(error) => Err(error),
    };
    let state = FormState::new().with("late_reason", form.late_reason);
    finish(tx, &frame, id, (Audit::did("arrived_late", id), "checked-in"), result, state).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NotesForm {
    notes: String,
    version: String,
}

/// `POST /appointments/{appointment_id}/notes`
pub(super) async fn annotate(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<NotesForm>,
) -> Result<Response, AppError> {
    let before = appointments::show(&tx, id).await?;
    appointments::may_annotate(&tx, &before).await?;
    let mut errors = FieldErrors::default();
    let notes = parse_notes(Some(&form.notes), &mut errors);
    let result = match errors.finish_with(notes) {
        Ok(notes) if form.version.trim() == before.version.to_string() => {
            appointments::set_notes(&tx, id, notes.as_deref()).await
        }
        Ok(_) => Err(AppointmentError::VersionConflict.into()),
        Err(error) => Err(error),
    };
    let state = FormState::new().with("notes", form.notes);
    finish(tx, &frame, id, (Audit::updated(id), "saved"), result, state).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct FollowUpForm {
    weeks: String,
    follow_up_reason: String,
}

/// `POST /appointments/{appointment_id}/follow-up`
pub(super) async fn follow_up(
    tx: Authorized<Book>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<FollowUpForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::optional("follow_up_reason", Some(&form.follow_up_reason), 500, &mut errors)
        .unwrap_or_default();
    let weeks = form.weeks.trim().parse().ok();
    if weeks.is_none() {
        errors.add("weeks", "Choose in how many weeks.");
    }
    let result = match errors.finish_with(weeks) {
        Ok(weeks) => {
            let wish = Wish { weeks, at: None, reason, notes: None };
            tx.attempt(appointments::follow_up(&tx, id, wish)).await
        }
        Err(error) => Err(error),
    };
    match result {
        Ok(booked) => {
            let audit = Audit::created(booked.id).with(about(&booked, json!({ "follow_up_of": id })));
            let next = SeeOther(format!("/appointments/{}?done=booked", booked.id));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        refused => {
            let state =
                FormState::new().with("weeks", form.weeks).with("follow_up_reason", form.follow_up_reason);
            finish(tx, &frame, id, (Audit::created(id), "booked"), refused, state).await
        }
    }
}
