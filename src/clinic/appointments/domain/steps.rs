//! The steps of an appointment from check-in to its end. Each holds patient and appointment first, and writes what
//! happened down.

use super::booking::wrong;
use super::reading::{held, not_found};
use crate::access::TenantTx;
use crate::clinic::appointments::model::{
    Act, Appointment, AppointmentError, AppointmentId, CancelReason, EventKind, NewEvent, Status, Token,
    Window, day_of,
};
use crate::clinic::appointments::store;
use crate::clinic::patients::{self, Patient, PatientId};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};

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

/// The patient is here: gives the token, and the patient waits from now on.
///
/// # Errors
/// 404, 403, [`AppointmentError`].
pub async fn check_in(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    let (patient, before) = ready(tx, id, Act::CheckIn).await?;
    alive(&patient)?;
    window(tx).may_check_in(before.scheduled_at)?;
    let token = token(tx, &before).await?;
    store::steps::check_in(tx, id, &token, false).await?;
    patients::visited(tx, before.patient).await?;
    note(tx, &NewEvent::of(&before, EventKind::CheckedIn).to(Status::CheckedIn)).await?;
    again(tx, id).await
}

/// The patient was given up today and has come after all. The slot stays free: it may be somebody else's by now.
///
/// # Errors
/// 404, 403, [`AppointmentError::NotLate`].
pub async fn arrive_late(tx: &TenantTx, id: AppointmentId, reason: String) -> Result<Appointment, AppError> {
    let (patient, before) = held(tx, id).await?;
    alive(&patient)?;
    if before.status != Status::NoShow || !window(tx).is_today(before.scheduled_at) {
        return Err(AppointmentError::NotLate.into());
    }
    let token = token(tx, &before).await?;
    store::steps::check_in(tx, id, &token, true).await?;
    patients::visited(tx, before.patient).await?;
    let event = NewEvent::of(&before, EventKind::ArrivedLate).to(Status::CheckedIn).because(Some(reason));
    note(tx, &event).await?;
    again(tx, id).await
}

/// The consultation begins, on the hospital's day of the appointment. Who was not checked in is now.
///
/// # Errors
/// 404, 403, [`AppointmentError`].
pub async fn start(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    let (patient, before) = ready(tx, id, Act::Start).await?;
    alive(&patient)?;
    window(tx).may_start(before.scheduled_at)?;
    let token = token(tx, &before).await?;
    store::steps::start(tx, id, &token).await?;
    if before.status == Status::Scheduled {
        patients::visited(tx, before.patient).await?;
    }
    note(tx, &NewEvent::of(&before, EventKind::Started).to(Status::InConsultation)).await?;
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
) -> Result<Appointment, AppError> {
    let (_, before) = ready(tx, id, Act::Complete).await?;
    let lines = [before.notes.as_deref(), closing];
    let notes = lines.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if notes.chars().count() > MOST_NOTES {
        let mut errors = FieldErrors::default();
        errors.add("closure_note", "Together with the notes this is longer than 1000 characters.");
        errors.finish()?;
    }
    let notes = Some(notes.as_str()).filter(|notes| !notes.is_empty());
    store::steps::complete(tx, id, notes).await?;
    patients::visited(tx, before.patient).await?;
    note(tx, &NewEvent::of(&before, EventKind::Completed).to(Status::Completed)).await?;
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
    let (_, before) = ready(tx, id, Act::Cancel).await?;
    call_off(tx, &before, reason, text).await?;
    again(tx, id).await
}

async fn call_off(
    tx: &TenantTx,
    before: &Appointment,
    reason: CancelReason,
    text: Option<&str>,
) -> Result<(), AppError> {
    store::steps::cancel(tx, before.id, reason, text).await?;
    let why = match text {
        Some(text) => format!("{}: {text}", reason.label()),
        None => reason.label().to_owned(),
    };
    let why: String = why.chars().take(500).collect();
    note(tx, &NewEvent::of(before, EventKind::Cancelled).to(Status::Cancelled).because(Some(why))).await
}

/// A patient has died: what was booked is off. The record is held by the caller. How many they were.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn cancel_for_death(tx: &TenantTx, patient: PatientId) -> Result<usize, AppError> {
    let ids = store::steps::open_ids(tx, patient).await?;
    for id in &ids {
        let before = again(tx, *id).await?;
        call_off(tx, &before, CancelReason::PatientDeceased, None).await?;
    }
    Ok(ids.len())
}

/// The patient did not come: not before the time, never after check-in.
///
/// # Errors
/// 404, 403, [`AppointmentError`].
pub async fn no_show(tx: &TenantTx, id: AppointmentId) -> Result<Appointment, AppError> {
    let (_, before) = ready(tx, id, Act::NoShow).await?;
    if before.scheduled_at >= tx.now() {
        return Err(AppointmentError::NotYet.into());
    }
    store::steps::no_show(tx, id).await?;
    note(tx, &NewEvent::of(&before, EventKind::NoShow).to(Status::NoShow)).await?;
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
