//! The steps of an appointment from check-in to its end. Each holds patient and appointment first, and writes what
//! happened down: when it did, and when that was said. What is said later is judged by the moment at which it happened.

use jiff::Timestamp;

use super::booking::wrong;
use super::reading::{held, not_found};
use crate::access::{Audit, TenantTx};
use crate::clinic::appointments::model::{
    Act, Appointment, AppointmentError, AppointmentId, CancelReason, EventKind, HAPPENED_AT, NewEvent,
    Status, Token, Window, day_of, not_before,
};
use crate::clinic::appointments::store;
use crate::clinic::patients::{self, Patient, PatientId};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::words;

/// What the hospital's clock makes possible now.
pub(in crate::clinic::appointments) fn window(tx: &TenantTx) -> Window {
    Window {
        now: tx.now(),
        zone: tx.hospital().zone.clone(),
        grace_minutes: i64::from(tx.config().outpatient.check_in_grace_minutes),
    }
}

/// Write down that something happened to an appointment that this transaction holds.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn note(tx: &TenantTx, event: &NewEvent) -> Result<(), AppError> {
    let actor = tx.origin().actor_id.map(UserId);
    Ok(store::events::insert(tx, event, actor).await?)
}

/// The appointment, held, if the step is possible from where it stands.
async fn ready(tx: &TenantTx, id: AppointmentId, act: Act) -> Result<(Patient, Appointment), AppError> {
    let (patient, before) = held(tx, id).await?;
    if !act.fits(before.status) {
        return Err(wrong(&before, act));
    }
    Ok((patient, before))
}

fn alive(patient: &Patient) -> Result<(), AppError> {
    if patient.details.is_deceased { Err(AppointmentError::Deceased.into()) } else { Ok(()) }
}

async fn again(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    store::find(tx, id).await?.ok_or_else(not_found)
}

/// The number in the queue of the department on the appointment's day: the next one, or the one that it has.
async fn token(tx: &TenantTx, appointment: &Appointment) -> Result<Token, AppError> {
    if let Some(token) = &appointment.token {
        return Ok(token.clone());
    }
    let day = day_of(appointment.scheduled_at, &tx.hospital().zone);
    let department = store::steps::department(tx, appointment.department).await?.ok_or_else(not_found)?;
    let number = store::steps::next_token(tx, appointment.department, day).await?;
    Ok(Token { day, prefix: prefix(&department.name, department.token_prefix), number })
}

/// What is set, or the first letter of the name.
fn prefix(name: &str, set: Option<String>) -> String {
    let letter = || name.chars().find(|c| c.is_alphanumeric()).unwrap_or('T').to_uppercase().collect();
    set.unwrap_or_else(letter)
}

/// When a step happened that is written down now, in the order of things: not before what it follows from. Of a time
/// that is typed, the seconds are not known.
fn in_order(tx: &TenantTx, at: Timestamp, (what, earlier): Before) -> Result<Timestamp, AppError> {
    if at >= tx.now() {
        return Ok(at);
    }
    not_before(at, earlier).ok_or_else(|| {
        let when = words::clock(&earlier.to_zoned(tx.hospital().zone.clone()));
        let mut errors = FieldErrors::default();
        errors.add(HAPPENED_AT, format!("This is before the {what} at {when}: check the time."));
        AppError::Problem(errors.into())
    })
}

/// What was before a step, in a word, and when.
type Before = (&'static str, Timestamp);

fn booking(appointment: &Appointment) -> Before {
    ("booking", appointment.created_at)
}

fn arrival(appointment: &Appointment) -> Before {
    appointment.stamps.checked_in_at.map_or_else(|| booking(appointment), |at| ("check-in", at))
}

fn beginning(appointment: &Appointment) -> Before {
    let began = appointment.stamps.consultation_started_at;
    began.map_or_else(|| arrival(appointment), |at| ("start of the consultation", at))
}

/// A step that needs no more than its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    CheckIn,
    Start,
    NoShow,
}

impl Plain {
    #[must_use]
    pub fn act(self) -> Act {
        match self {
            Self::CheckIn => Act::CheckIn,
            Self::Start => Act::Start,
            Self::NoShow => Act::NoShow,
        }
    }

    #[must_use]
    pub fn audit(self, id: AppointmentId) -> Audit {
        match self {
            Self::CheckIn => Audit::did("checked_in", id),
            Self::Start => Audit::did("consultation_started", id),
            Self::NoShow => Audit::did("missed", id),
        }
    }

    /// Take it. Ask before who may. `at`: when it happened.
    ///
    /// # Errors
    /// As [`check_in_at`], [`start_at`] or [`no_show`].
    pub async fn take(
        self,
        tx: &TenantTx,
        id: AppointmentId,
        at: Timestamp,
    ) -> Result<Appointment, AppError> {
        match self {
            Self::CheckIn => check_in_at(tx, id, at).await,
            Self::Start => start_at(tx, id, at).await,
            Self::NoShow => no_show(tx, id, at).await,
        }
    }
}

/// The patient is here: gives the token, and the patient waits from now on.
///
/// # Errors
/// 404, 403, [`AppointmentError`].
pub async fn check_in(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    check_in_at(tx, id, tx.now()).await
}

/// The same, as of when the patient came.
///
/// # Errors
/// As [`check_in`], and 422 for a time out of order.
pub async fn check_in_at(tx: &TenantTx, id: AppointmentId, at: Timestamp) -> Result<Appointment, AppError> {
    let (patient, before) = ready(tx, id, Act::CheckIn).await?;
    alive(&patient)?;
    let at = in_order(tx, at, booking(&before))?;
    window(tx).at(at).may_check_in(before.scheduled_at)?;
    let token = token(tx, &before).await?;
    store::steps::check_in(tx, id, &token, at, false).await?;
    patients::visited(tx, before.patient, at).await?;
    note(tx, &NewEvent::of(&before, EventKind::CheckedIn).to(Status::CheckedIn).at(at)).await?;
    again(tx, id).await
}

/// The patient was given up on that day and came after all, or had come before, which nobody wrote down. The slot stays
/// free: it may be somebody else's by now.
///
/// # Errors
/// 404, 403, [`AppointmentError::NotLate`], [`AppointmentError::TooEarly`], 422 for a time out of order.
pub async fn arrive_late(
    tx: &TenantTx,
    id: AppointmentId,
    reason: String,
    at: Timestamp,
) -> Result<Appointment, AppError> {
    let (patient, before) = held(tx, id).await?;
    alive(&patient)?;
    let then = window(tx).at(at);
    if before.status != Status::NoShow || !then.is_today(before.scheduled_at) {
        return Err(AppointmentError::NotLate.into());
    }
    let at = in_order(tx, at, booking(&before))?;
    if at < tx.now() {
        then.may_check_in(before.scheduled_at)?;
    }
    let token = token(tx, &before).await?;
    store::steps::check_in(tx, id, &token, at, true).await?;
    patients::visited(tx, before.patient, at).await?;
    let event = NewEvent::of(&before, EventKind::ArrivedLate).to(Status::CheckedIn).because(Some(reason));
    note(tx, &event.at(at)).await?;
    again(tx, id).await
}

/// The consultation begins, on the hospital's day of the appointment. Who was not checked in is now.
///
/// # Errors
/// 404, 403, [`AppointmentError`].
pub async fn start(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    start_at(tx, id, tx.now()).await
}

/// The same, as of when it began.
///
/// # Errors
/// As [`start`], and 422 for a time out of order.
pub async fn start_at(tx: &TenantTx, id: AppointmentId, at: Timestamp) -> Result<Appointment, AppError> {
    let (patient, before) = ready(tx, id, Act::Start).await?;
    alive(&patient)?;
    let at = in_order(tx, at, arrival(&before))?;
    window(tx).at(at).may_start(before.scheduled_at)?;
    let token = token(tx, &before).await?;
    store::steps::start(tx, id, &token, at).await?;
    if before.status == Status::Scheduled {
        patients::visited(tx, before.patient, at).await?;
    }
    note(tx, &NewEvent::of(&before, EventKind::Started).to(Status::InConsultation).at(at)).await?;
    again(tx, id).await
}

/// The consultation was begun by mistake: the patient waits again, in the place that they had. Whether something was
/// written down in it is for the caller to ask.
///
/// # Errors
/// 404, 403, [`AppointmentError::WrongStatus`].
pub async fn take_back(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    let (_, before) = ready(tx, id, Act::TakeBack).await?;
    store::steps::take_back(tx, id).await?;
    note(tx, &NewEvent::of(&before, EventKind::BackToWaiting).to(Status::CheckedIn)).await?;
    again(tx, id).await
}

/// Characters of the notes.
const MOST_NOTES: usize = 1000;

/// The visit is over. A closing note stands below the notes.
///
/// # Errors
/// 404, 403, 422 if the notes get too long, [`AppointmentError`].
pub async fn complete(
    tx: &TenantTx,
    id: AppointmentId,
    closing: Option<&str>,
    at: Timestamp,
) -> Result<Appointment, AppError> {
    let (_, before) = ready(tx, id, Act::Complete).await?;
    let at = in_order(tx, at, beginning(&before))?;
    let lines = [before.notes.as_deref(), closing];
    let notes = lines.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if notes.chars().count() > MOST_NOTES {
        let mut errors = FieldErrors::default();
        errors.add("closure_note", "Together with the notes this is longer than 1000 characters.");
        errors.finish()?;
    }
    let notes = Some(notes.as_str()).filter(|notes| !notes.is_empty());
    store::steps::complete(tx, id, notes, at).await?;
    patients::visited(tx, before.patient, at).await?;
    note(tx, &NewEvent::of(&before, EventKind::Completed).to(Status::Completed).at(at)).await?;
    again(tx, id).await
}

/// It is off, and its time is free at once.
///
/// # Errors
/// 404, 403, [`AppointmentError::WrongStatus`].
pub async fn cancel(
    tx: &TenantTx,
    id: AppointmentId,
    reason: CancelReason,
    text: Option<&str>,
) -> Result<Appointment, AppError> {
    cancel_at(tx, id, (reason, text), tx.now()).await
}

/// The same, as of when it was called off, or the patient left.
///
/// # Errors
/// As [`cancel`], and 422 for a time out of order.
pub async fn cancel_at(
    tx: &TenantTx,
    id: AppointmentId,
    why: (CancelReason, Option<&str>),
    at: Timestamp,
) -> Result<Appointment, AppError> {
    let (_, before) = ready(tx, id, Act::Cancel).await?;
    let at = in_order(tx, at, arrival(&before))?;
    call_off(tx, &before, why, at).await?;
    again(tx, id).await
}

async fn call_off(
    tx: &TenantTx,
    before: &Appointment,
    (reason, text): (CancelReason, Option<&str>),
    at: Timestamp,
) -> Result<(), AppError> {
    store::steps::cancel(tx, before.id, reason, text, at).await?;
    let why = match text {
        Some(text) => format!("{}: {text}", reason.word()),
        None => reason.word().to_owned(),
    };
    let why: String = why.chars().take(500).collect();
    let event = NewEvent::of(before, EventKind::Cancelled).to(Status::Cancelled).because(Some(why));
    note(tx, &event.at(at)).await
}

/// A patient has died: what was booked is off. The record is held by the caller. How many they were.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn cancel_for_death(tx: &TenantTx, patient: PatientId) -> Result<usize, AppError> {
    let ids = store::steps::open_ids(tx, patient).await?;
    for id in &ids {
        let before = again(tx, *id).await?;
        call_off(tx, &before, (CancelReason::PatientDeceased, None), tx.now()).await?;
    }
    Ok(ids.len())
}

/// The patient did not come, which was clear at `at`: not before the time, never after check-in.
///
/// # Errors
/// 404, 403, [`AppointmentError`], 422 for a time out of order.
pub async fn no_show(tx: &TenantTx, id: AppointmentId, at: Timestamp) -> Result<Appointment, AppError> {
    let (_, before) = ready(tx, id, Act::NoShow).await?;
    if before.scheduled_at >= tx.now() {
        return Err(AppointmentError::NotYet.into());
    }
    let at = in_order(tx, at, booking(&before))?;
    let at = in_order(tx, at, ("time of the appointment", before.scheduled_at))?;
    store::steps::no_show(tx, id, at).await?;
    note(tx, &NewEvent::of(&before, EventKind::NoShow).to(Status::NoShow).at(at)).await?;
    again(tx, id).await
}

/// Other notes, as long as it is not over.
///
/// # Errors
/// 404, 403, [`AppointmentError::Closed`].
pub async fn set_notes(
    tx: &TenantTx,
    id: AppointmentId,
    notes: Option<&str>,
) -> Result<Appointment, AppError> {
    let (_, before) = held(tx, id).await?;
    if before.status.is_terminal() {
        return Err(AppointmentError::Closed { status: before.status.said() }.into());
    }
    if before.notes.as_deref() == notes {
        return Ok(before);
    }
    store::steps::note(tx, id, notes).await?;
    note(tx, &NewEvent::of(&before, EventKind::Noted)).await?;
    again(tx, id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_begin_with_what_is_set_or_the_first_letter() {
        assert_eq!(prefix("General Medicine", None), "G");
        assert_eq!(prefix("  (eye clinic)", None), "E");
        assert_eq!(prefix("Cardiology", Some("CAR".to_owned())), "CAR");
        assert_eq!(prefix("—", None), "T");
        let token = Token { day: jiff::civil::date(2026, 3, 14), prefix: "G".to_owned(), number: 7 };
        assert_eq!(token.to_string(), "G-007");
    }
}
