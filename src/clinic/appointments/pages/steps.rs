//! Buttons and small forms of an appointment's page.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::one::again;
use crate::access::{Audit, Authorized, Frame, Permission};
use crate::clinic::appointments::model::{
    Act, Appointment, AppointmentError, AppointmentId, HAPPENED_AT, parse_cancel, parse_happened, parse_late,
    parse_notes,
};
use crate::clinic::appointments::{self, Book, Move, Plain, Wish};
use crate::kernel::problem::FieldError;
use crate::kernel::wall_clock::Fold;
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

/// Why a step is not possible at the time that was typed.
const OF_TIME: [&str; 4] =
    ["appointment.too_early", "appointment.day_over", "appointment.not_today", "appointment.not_late"];

/// When a step happened, in a form of this page: `came`, `began`, `ended`, `missed`, `cancelled`. Blank: now.
struct Then<'a> {
    /// Names of the two fields.
    at: &'static str,
    fold: &'static str,
    typed: &'a str,
    which: &'a str,
}

const CAME: (&str, &str) = ("came_at", "came_fold");
const BEGAN: (&str, &str) = ("began_at", "began_fold");
const ENDED: (&str, &str) = ("ended_at", "ended_fold");
const MISSED: (&str, &str) = ("missed_at", "missed_fold");
const CANCELLED: (&str, &str) = ("cancelled_at", "cancelled_fold");

impl<'a> Then<'a> {
    fn new((at, fold): (&'static str, &'static str), typed: &'a str, which: &'a str) -> Self {
        Self { at, fold, typed, which }
    }

    fn read(&self, tx: &Authorized<Move>, errors: &mut FieldErrors) -> Timestamp {
        let typed = (Some(self.typed), Fold::from_code(self.which));
        parse_happened(self.at, typed, tx.now(), &tx.hospital().zone, errors)
    }

    fn keep(&self, form: FormState) -> FormState {
        form.with(self.at, self.typed).with(self.fold, self.which)
    }

    /// The refusal at this page's field, where the time is at fault.
    fn refused(&self, result: Result<Appointment, AppError>) -> Result<Appointment, AppError> {
        result.map_err(|error| match error {
            AppError::Problem(mut problem) => {
                for fault in problem.errors.iter_mut().filter(|fault| fault.field == HAPPENED_AT) {
                    self.at.clone_into(&mut fault.field);
                }
                if !self.typed.trim().is_empty() && OF_TIME.contains(&problem.code) {
                    let message = problem.detail.clone().into_owned();
                    problem.errors.push(FieldError { field: self.at.to_owned(), message });
                }
                AppError::Problem(problem)
            }
            other => other,
        })
    }
}

/// A step that needs no more than its time, and where it leads.
async fn plain(
    tx: Authorized<Move>,
    frame: &Frame,
    id: AppointmentId,
    (step, done): (Plain, &'static str),
    then: &Then<'_>,
) -> Result<Response, AppError> {
    appointments::may(&tx, id, step.act()).await?;
    let mut errors = FieldErrors::default();
    let at = then.read(&tx, &mut errors);
    let result = match errors.finish() {
        Ok(()) => step.take(&tx, id, at).await,
        Err(error) => Err(error),
    };
    let form = then.keep(FormState::new());
    finish(tx, frame, id, (step.audit(id), done), then.refused(result), form).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CameForm {
    /// Blank: now.
    came_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    came_fold: String,
}

/// `POST /appointments/{appointment_id}/check-in`
pub(super) async fn check_in(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<CameForm>,
) -> Result<Response, AppError> {
    let then = Then::new(CAME, &form.came_at, &form.came_fold);
    plain(tx, &frame, id, (Plain::CheckIn, "checked-in"), &then).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct BeganForm {
    /// Blank: now.
    began_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    began_fold: String,
}

/// `POST /appointments/{appointment_id}/start-consultation`
pub(super) async fn start(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<BeganForm>,
) -> Result<Response, AppError> {
    let then = Then::new(BEGAN, &form.began_at, &form.began_fold);
    plain(tx, &frame, id, (Plain::Start, "started"), &then).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct MissedForm {
    /// Blank: now.
    missed_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    missed_fold: String,
}

/// `POST /appointments/{appointment_id}/no-show`
pub(super) async fn no_show(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MissedForm>,
) -> Result<Response, AppError> {
    let then = Then::new(MISSED, &form.missed_at, &form.missed_fold);
    plain(tx, &frame, id, (Plain::NoShow, "missed"), &then).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CompleteForm {
    closure_note: String,
    /// Blank: now.
    ended_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    ended_fold: String,
}

/// `POST /appointments/{appointment_id}/complete`
pub(super) async fn complete(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<CompleteForm>,
) -> Result<Response, AppError> {
    appointments::may(&tx, id, Act::Complete).await?;
    let then = Then::new(ENDED, &form.ended_at, &form.ended_fold);
    let mut errors = FieldErrors::default();
    let closing = text::optional("closure_note", Some(&form.closure_note), 1000, &mut errors).ok();
    let at = then.read(&tx, &mut errors);
    let result = match errors.finish_with(closing) {
        Ok(closing) => appointments::complete(&tx, id, closing.as_deref(), at).await,
        Err(error) => Err(error),
    };
    let state = then.keep(FormState::new().with("closure_note", form.closure_note.as_str()));
    let result = then.refused(result);
    finish(tx, &frame, id, (Audit::did("completed", id), "completed"), result, state).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CancelForm {
    reason: String,
    note: String,
    /// Blank: now.
    cancelled_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    cancelled_fold: String,
}

/// `POST /appointments/{appointment_id}/cancel`
pub(super) async fn cancel(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<CancelForm>,
) -> Result<Response, AppError> {
    appointments::may(&tx, id, Act::Cancel).await?;
    let then = Then::new(CANCELLED, &form.cancelled_at, &form.cancelled_fold);
    let mut errors = FieldErrors::default();
    let why = parse_cancel(Some(&form.reason), Some(&form.note), &mut errors);
    let at = then.read(&tx, &mut errors);
    let result = match errors.finish_with(why) {
        Ok((reason, note)) => appointments::cancel_at(&tx, id, (reason, note.as_deref()), at).await,
        Err(error) => Err(error),
    };
    let state = FormState::new().with("reason", form.reason.as_str()).with("note", form.note.as_str());
    let (state, result) = (then.keep(state), then.refused(result));
    finish(tx, &frame, id, (Audit::did("cancelled", id), "cancelled"), result, state).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct LateForm {
    late_reason: String,
    /// Blank: now.
    came_at: String,
    /// `first` or `second`, of a time that the clock shows twice.
    came_fold: String,
}

/// `POST /appointments/{appointment_id}/arrived-late`
pub(super) async fn arrive_late(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<LateForm>,
) -> Result<Response, AppError> {
    appointments::may(&tx, id, Act::CheckIn).await?;
    let then = Then::new(CAME, &form.came_at, &form.came_fold);
    let mut errors = FieldErrors::default();
    let mut named = FieldErrors::default();
    let reason = parse_late(Some(&form.late_reason), &mut errors);
    if let Err(AppError::Problem(problem)) = errors.finish() {
        problem.errors.into_iter().for_each(|error| named.add("late_reason", error.message));
    }
    let at = then.read(&tx, &mut named);
    let result = match named.finish_with(reason) {
        Ok(reason) => appointments::arrive_late(&tx, id, reason, at).await,
        Err(error) => Err(error),
    };
    let state = then.keep(FormState::new().with("late_reason", form.late_reason.as_str()));
    let result = then.refused(result);
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
