//! Booking and moving: nobody is in two places at a time, whoever races.

use jiff::{Timestamp, ToSpan as _};

use super::reading::{held, not_found};
use super::steps::{note, window};
use super::who::is_pure_doctor;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{
    Act, Appointment, AppointmentError, AppointmentId, EventKind, Kind, NewAppointment, NewEvent, Status,
    Wanted, is_on_grid,
};
use crate::clinic::appointments::store::{self, Place};
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::{self, Doctor};
use crate::clinic::patients::{self, Patient, PatientId, Viewer};
use crate::clinic::{availability, care};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, Problem};

/// A constraint's refusal, in words.
fn refusal(error: AppError) -> AppError {
    match error.constraint() {
        Some("appointments_patient_free") => AppointmentError::PatientBusy.into(),
        Some("appointments_doctor_free") => AppointmentError::SlotTaken.into(),
        Some("appointments_room_free") => AppointmentError::RoomTaken.into(),
        _ => error,
    }
}

/// Book. A walk-in has no time of its own: it waits its turn from when it comes.
///
/// # Errors
/// 404 for patient, doctor or department, 403 for a closed record and for one that lies open for a reason alone to whoever
/// would make the patient theirs by it, 422 for a time off the grid, [`AppointmentError`], and
/// what `availability::check` refuses with.
pub async fn book(tx: &TenantTx, new: &NewAppointment) -> Result<Appointment, AppError> {
    if new.kind != Kind::WalkIn {
        store::hold_doctor(tx, new.doctor).await?;
    }
    let patient = patients::lock(tx, new.patient).await?;
    patients::may_book(tx, &patient, new.doctor, new.department.0).await?;
    book_held(tx, new, &patient).await
}

/// A visit in an emergency, also of a patient whose record lies open for a reason alone: who is alone with them must be
/// able to write down what they do. Did nothing else than that make the patient theirs? Then it belongs in the audit.
///
/// # Errors
/// As [`book`], but for that refusal.
pub async fn book_in_need(tx: &TenantTx, new: &NewAppointment) -> Result<(Appointment, bool), AppError> {
    let patient = patients::lock(tx, new.patient).await?;
    let outlasts = patients::outlasts_a_reason(tx, &patient, new.doctor, new.department.0).await?;
    Ok((book_held(tx, new, &patient).await?, outlasts))
}

async fn book_held(tx: &TenantTx, new: &NewAppointment, patient: &Patient) -> Result<Appointment, AppError> {
    if patient.details.is_deceased {
        return Err(AppointmentError::Deceased.into());
    }
    let doctor = doctor(tx, new.doctor).await?;
    for_patients(tx, new.department).await?;
    let place = match new.kind {
        Kind::WalkIn => waiting(&doctor, new)?,
        Kind::Booked | Kind::FollowUp => {
            bookable(tx, new.scheduled_at)?;
            free(tx, new.patient, (new.doctor, new.scheduled_at), new.minutes, None).await?
        }
    };
    let id = AppointmentId::new();
    let by = Viewer::of(tx).user;
    store::insert(tx, id, new, &place, by).await.map_err(|error| refusal(error.into()))?;
    tie(tx, new.patient, new.doctor, id).await?;
    let event = NewEvent {
        appointment: id,
        kind: EventKind::Booked,
        from: None,
        to: Status::Scheduled,
        times: None,
        reason: None,
        happened_at: None,
    };
    note(tx, &event).await?;
    if !patient.origin.is_practice() {
        store::count(tx, 1).await?;
    }
    store::find(tx, id).await?.ok_or_else(not_found)
}

/// Book what was asked for, whoever left out whom it is with: a doctor means themselves, in their department.
///
/// # Errors
/// As [`book`], and [`AppointmentError::DoctorNeeded`], [`AppointmentError::DepartmentNeeded`].
pub async fn book_wanted(tx: &TenantTx, wanted: &Wanted, kind: Kind) -> Result<Appointment, AppError> {
    let me = tx.person().filter(|_| is_pure_doctor(tx)).map(|person| person.user);
    let patient = patients::show(tx, wanted.patient).await?.id;
    let doctor = wanted.doctor.or(me).ok_or(AppointmentError::DoctorNeeded)?;
    let department = match (wanted.department, me) {
        (Some(department), _) => department,
        (None, Some(me)) => store::home(tx, me).await?.ok_or(AppointmentError::DepartmentNeeded)?,
        (None, None) => return Err(AppointmentError::DepartmentNeeded.into()),
    };
    let new = NewAppointment {
        patient,
        department,
        doctor,
        scheduled_at: wanted.scheduled_at,
        minutes: None,
        kind,
        follow_up_of: wanted.follow_up_of,
        reason: wanted.reason.clone(),
        notes: wanted.notes.clone(),
    };
    book(tx, &new).await
}

/// Move it to another time with the same doctor: the old time is free and the new one taken in one transaction.
///
/// # Errors
/// As [`book`], and [`AppointmentError::WrongStatus`].
pub async fn reschedule(
    tx: &TenantTx,
    id: AppointmentId,
    scheduled_at: Timestamp,
) -> Result<Appointment, AppError> {
    move_to(tx, id, scheduled_at, None, None).await
}

/// The same, also to another doctor, whose department is then the appointment's.
///
/// # Errors
/// As [`reschedule`].
pub async fn move_to(
    tx: &TenantTx,
    id: AppointmentId,
    scheduled_at: Timestamp,
    doctor_id: Option<UserId>,
    reason: Option<String>,
) -> Result<Appointment, AppError> {
    let seen = store::find(tx, id).await?.ok_or_else(not_found)?;
    store::hold_doctor(tx, doctor_id.unwrap_or(seen.doctor)).await?;
    let (patient, before) = held(tx, id).await?;
    if !Act::Reschedule.fits(before.status) {
        return Err(wrong(&before, Act::Reschedule));
    }
    if patient.details.is_deceased {
        return Err(AppointmentError::Deceased.into());
    }
    bookable(tx, scheduled_at)?;
    let other = doctor_id.filter(|doctor| *doctor != before.doctor);
    let (to, department) = match other {
        Some(other) => {
            let other = doctor(tx, other).await?;
            patients::may_book(tx, &patient, other.user_id, other.department_id.0).await?;
            for_patients(tx, other.department_id).await?;
            (other.user_id, other.department_id)
        }
        None => (before.doctor, before.department),
    };
    let place = free(tx, before.patient, (to, scheduled_at), None, Some(id)).await?;
    store::steps::reschedule(tx, id, scheduled_at, (to, department), &place)
        .await
        .map_err(|error| refusal(error.into()))?;
    if other.is_some() {
        tie(tx, before.patient, to, id).await?;
    }
    let event = NewEvent {
        times: Some((before.scheduled_at, scheduled_at)),
        ..NewEvent::of(&before, EventKind::Rescheduled).to(Status::Scheduled).because(reason)
    };
    note(tx, &event).await?;
    store::find(tx, id).await?.ok_or_else(not_found)
}

pub(super) fn wrong(appointment: &Appointment, act: Act) -> AppError {
    AppointmentError::WrongStatus { status: appointment.status.said(), act: act.done() }.into()
}

/// Somebody who sees patients as a doctor.
pub(super) async fn doctor(tx: &TenantTx, id: UserId) -> Result<Doctor, AppError> {
    match doctors::named(tx, id).await {
        // Somebody of the staff, and no doctor: the contract's other code.
        Err(AppError::Problem(_)) if store::is_staff(tx, id).await? => {
            Err(AppointmentError::NotADoctor.into())
        }
        found => found,
    }
}

async fn for_patients(tx: &TenantTx, id: DepartmentId) -> Result<(), AppError> {
    match store::steps::department(tx, id).await? {
        None => Err(Problem::not_found("The department").into()),
        Some(department) if !department.is_for_patients => Err(AppointmentError::NotForPatients.into()),
        Some(_) => Ok(()),
    }
}

/// In the future, not too far, and on the grid.
fn bookable(tx: &TenantTx, at: Timestamp) -> Result<(), AppError> {
    if !is_on_grid(at) {
        let mut errors = FieldErrors::default();
        errors.add("scheduled_at", "Appointments begin at a quarter of an hour: :00, :15, :30 or :45.");
        return errors.finish();
    }
    Ok(window(tx).may_book(at)?)
}

/// Where it is and which seat it takes. The doctor and the patient are held by now, so that nobody takes it away.
async fn free(
    tx: &TenantTx,
    patient: PatientId,
    (doctor, at): (UserId, Timestamp),
    minutes: Option<u16>,
    moved: Option<AppointmentId>,
) -> Result<Place, AppError> {
    let open = availability::check(tx, doctor, at, minutes).await?;
    if let Some(room) = open.room_id {
        store::hold_room(tx, room).await?;
    }
    let ends_at = end_of(at, open.minutes)?;
    if store::patient_is_busy(tx, patient, (at, ends_at), moved).await? {
        return Err(AppointmentError::PatientBusy.into());
    }
    let seat = store::free_seat(tx, doctor, (at, ends_at), i32::from(open.overbooking), moved).await?;
    let seat = seat.ok_or(AppointmentError::SlotTaken)?;
    Ok(Place { ends_at, room: open.room_id, seat, holds_slot: true })
}

fn waiting(doctor: &Doctor, new: &NewAppointment) -> Result<Place, AppError> {
    let minutes = new.minutes.unwrap_or(doctor.facts.slot_minutes);
    let ends_at = end_of(new.scheduled_at, minutes)?;
    Ok(Place { ends_at, room: doctor.facts.room_id, seat: 0, holds_slot: false })
}

fn end_of(at: Timestamp, minutes: u16) -> Result<Timestamp, AppError> {
    at.checked_add(i64::from(minutes).minutes()).map_err(AppError::internal)
}

/// The doctor cares for the patient from now on, as long as the appointment is theirs and not off.
pub(super) async fn tie(
    tx: &TenantTx,
    patient: PatientId,
    doctor: UserId,
    id: AppointmentId,
) -> Result<(), AppError> {
    let tie = care::Tie {
        patient,
        user: Some(doctor),
        department: None,
        kind: care::Kind::Appointment,
        since: tx.now(),
        until: None,
        note: None,
        source: Some(id.0),
    };
    care::relate(tx, &tie).await.map(|_| ())
}
