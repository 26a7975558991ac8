//! The visit after a visit: the same weekday and time some weeks later, or the next free time.

use jiff::{Timestamp, ToSpan as _};

use super::booking::book;
use super::reading::show;
use super::steps::window;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{
    Appointment, AppointmentError, AppointmentId, Kind, NewAppointment, Status, is_on_grid, same_weekday,
};
use crate::clinic::appointments::store;
use crate::clinic::availability;
use crate::kernel::{AppError, FieldErrors};

/// A follow-up is looked for so many days after the day that is wanted.
const LOOK_DAYS: i64 = 14;
/// Nobody plans a follow-up further ahead.
const MOST_WEEKS: i64 = 104;
const QUARTER: i64 = 900;

/// When a follow-up could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The same weekday and time.
    pub wanted_at: Timestamp,
    /// That, or the next free time.
    pub scheduled_at: Timestamp,
    /// Why it is not the one that is wanted.
    pub why: Option<String>,
}

/// A time for a follow-up of this visit, `weeks` later. Nothing is held: booking proves it.
///
/// # Errors
/// 422 for `weeks`, [`AppointmentError`].
pub async fn propose(tx: &TenantTx, visit: &Appointment, weeks: i64) -> Result<Proposal, AppError> {
    if !(1..=MOST_WEEKS).contains(&weeks) {
        let mut errors = FieldErrors::default();
        errors.add("weeks", format!("Use 1 to {MOST_WEEKS} weeks."));
        errors.finish()?;
    }
    took_place(visit)?;
    let zone = &tx.hospital().zone;
    // A walk-in came at any minute.
    let quarter = visit.scheduled_at.as_second().div_euclid(QUARTER) * QUARTER;
    let wanted_at = Timestamp::from_second(quarter).ok().and_then(|at| same_weekday(at, weeks, zone));
    let wanted_at = wanted_at.ok_or(AppointmentError::TooFar)?;
    let Some(why) = obstacle(tx, visit, wanted_at).await? else {
        return Ok(Proposal { wanted_at, scheduled_at: wanted_at, why: None });
    };
    match next_free(tx, visit, wanted_at).await? {
        Some(scheduled_at) => Ok(Proposal { wanted_at, scheduled_at, why: Some(why) }),
        None => Err(AppointmentError::NoFollowUp {
            day: wanted_at.to_zoned(zone.clone()).strftime("%-d %B").to_string(),
        }
        .into()),
    }
}

fn took_place(visit: &Appointment) -> Result<(), AppError> {
    match visit.status {
        Status::CheckedIn | Status::InConsultation | Status::Completed => Ok(()),
        Status::Scheduled | Status::Cancelled | Status::NoShow => Err(AppointmentError::NotSeen.into()),
    }
}

/// Why a time cannot be booked, in words; `None`: it can.
async fn obstacle(tx: &TenantTx, visit: &Appointment, at: Timestamp) -> Result<Option<String>, AppError> {
    let asked = async {
        window(tx).may_book(at)?;
        let open = availability::ask(tx, visit.doctor, at, None).await?;
        let until = at.checked_add(i64::from(open.minutes).minutes()).map_err(AppError::internal)?;
        if store::patient_is_busy(tx, visit.patient, (at, until), None).await? {
            return Err(AppointmentError::PatientBusy.into());
        }
        match store::free_seat(tx, visit.doctor, (at, until), i32::from(open.overbooking), None).await? {
            Some(_) => Ok(()),
            None => Err(AppointmentError::SlotTaken.into()),
        }
    };
    match asked.await {
        Ok(()) => Ok(None),
        Err(AppError::Problem(problem)) => Ok(Some(problem.detail.into_owned())),
        Err(error) => Err(error),
    }
}

/// By the doctor's hours; for a doctor who has none, the same time of the following days.
async fn next_free(
    tx: &TenantTx,
    visit: &Appointment,
    wanted_at: Timestamp,
) -> Result<Option<Timestamp>, AppError> {
    let until = wanted_at.checked_add((LOOK_DAYS * 24).hours()).map_err(AppError::internal)?;
    let stretches = availability::open(tx, &[visit.doctor], wanted_at, until).await?;
    let mut times: Vec<Timestamp> = stretches.iter().flat_map(availability::slots).collect();
    if times.is_empty() {
        let zone = &tx.hospital().zone;
        let local = wanted_at.to_zoned(zone.clone()).datetime();
        let days = (1..=LOOK_DAYS).filter_map(|days| local.checked_add(days.days()).ok());
        times = days.filter_map(|day| day.to_zoned(zone.clone()).ok()).map(|day| day.timestamp()).collect();
    }
    times.sort_unstable();
    let taken = store::lists::busy(tx, &[visit.doctor], (wanted_at, until)).await?;
    let is_taken = |at: Timestamp| taken.iter().any(|busy| busy.starts_at <= at && at < busy.ends_at);
    for at in times.into_iter().filter(|at| *at > wanted_at && is_on_grid(*at) && !is_taken(*at)) {
        if obstacle(tx, visit, at).await?.is_none() {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Whoever ends a visit and books the next one in one transaction holds its doctor first, as everybody who books does.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn hold_doctor(tx: &TenantTx, visit: AppointmentId) -> Result<(), AppError> {
    if let Some(visit) = store::find(tx, visit).await? {
        store::hold_doctor(tx, visit.doctor).await?;
    }
    Ok(())
}

/// What a follow-up is booked with.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub weeks: i64,
    /// `None`: what [`propose`] finds.
    pub at: Option<Timestamp>,
    pub reason: Option<String>,
    pub notes: Option<String>,
}

/// Book the follow-up of a visit, with its doctor and in its department.
///
/// # Errors
/// As [`propose`] and [`book`].
pub async fn follow_up(tx: &TenantTx, id: AppointmentId, wish: Wish) -> Result<Appointment, AppError> {
    let visit = show(tx, id).await?;
    took_place(&visit)?;
    let scheduled_at = match wish.at {
        Some(at) => at,
        None => propose(tx, &visit, wish.weeks).await?.scheduled_at,
    };
    let new = NewAppointment {
        patient: visit.patient,
        department: visit.department,
        doctor: visit.doctor,
        scheduled_at,
        minutes: None,
        kind: Kind::FollowUp,
        follow_up_of: Some(id),
        reason: wish.reason,
        notes: wish.notes,
    };
    book(tx, &new).await
}
