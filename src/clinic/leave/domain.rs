//! Taking leave: the bookings first, then the doctor is away, then each booking by its decision.
//!
//! Order of locks: all doctors who may be needed, by id (whoever is away, and the colleagues, if somebody is to be moved to
//! one), then the bookings, each with its patient, by patient: as whoever books, moves or hands over does it. A booking that
//! comes in before the doctor is held has no decision: nothing is taken then, unless one was said for all.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _};

use super::model::{Acting, Affected, Decision, Decisions, LeaveError, Outcome, Settled, Taken};
use super::store;
use crate::access::TenantTx;
use crate::clinic::appointments::{self, Appointment, CancelReason, Status};
use crate::clinic::availability::{self, Leave, LeaveId, NewLeave};
use crate::clinic::doctors::{self, Doctor};
use crate::clinic::patients::Viewer;
use crate::clinic::slots;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::web::words;

/// No appointment that began longer ago reaches into a leave.
const LONGEST_HOURS: i64 = 24;
/// How far behind the beginning of a leave a free time is looked for.
const LOOK_AHEAD_DAYS: i64 = 62;
/// So many times or colleagues are tried for one booking: each may be taken by somebody meanwhile.
const TRIES: usize = 4;

fn acting(tx: &TenantTx) -> Acting {
    Acting { me: Viewer::of(tx).user, only_doctor: appointments::is_pure_doctor(tx) }
}

/// May whoever acts take leave for this doctor?
#[must_use]
pub fn may_take(tx: &TenantTx, doctor: UserId) -> bool {
    acting(tx).may_take(doctor).is_ok()
}

/// The bookings that fall into a time: whoever is booked then; and, if that is now, whoever waits for the doctor.
///
/// # Errors
/// 404 for somebody who is no doctor.
pub async fn affected(
    tx: &TenantTx,
    doctor: UserId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Affected, AppError> {
    doctors::named(tx, doctor).await?;
    falling(tx, doctor, (from, until)).await
}

async fn falling(
    tx: &TenantTx,
    doctor: UserId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Affected, AppError> {
    let earlier = from.checked_sub(LONGEST_HOURS.hours()).map_err(AppError::internal)?;
    let all = appointments::of_doctor(tx, doctor, earlier, until).await?;
    let falls = |one: &Appointment| one.scheduled_at < until && from < one.ends_at;
    // Whoever waits for a doctor who is away now is left waiting, whatever time they were booked for.
    let is_now = from <= tx.now() && tx.now() < until;
    let waits = |one: &Appointment| is_now && one.status == Status::CheckedIn;
    let held = all.iter().filter(|one| falls(one) && one.holds_slot).count();
    let taken = appointments::busy(tx, doctor_only(&doctor), from, until).await?.len();
    let open = |one: &Appointment| matches!(one.status, Status::Scheduled | Status::CheckedIn);
    let bookings = all.into_iter().filter(|one| (falls(one) || waits(one)) && open(one)).collect();
    Ok(Affected { bookings, hidden: taken.saturating_sub(held) })
}

fn doctor_only(doctor: &UserId) -> &[UserId] {
    std::slice::from_ref(doctor)
}

/// Take leave for a doctor, with a decision for each booking that falls into it.
///
/// # Errors
/// 404, [`LeaveError`], `availability.leave_overlaps`. What cannot be done with one booking is told with that booking.
pub async fn take(tx: &TenantTx, new: &NewLeave, decisions: &Decisions) -> Result<Taken, AppError> {
    acting(tx).may_take(new.doctor)?;
    let doctor = doctors::named(tx, new.doctor).await?;
    let range = (new.starts_at, new.ends_at);
    undecided(&falling(tx, new.doctor, range).await?.bookings, decisions)?;
    let colleagues =
        if decisions.wants(Decision::MoveDoctor) { colleagues(tx, &doctor).await? } else { Vec::new() };
    let needed: Vec<UserId> = colleagues.iter().chain([&doctor]).map(|one| one.user_id).collect();
    availability::hold_all(tx, &needed).await?;
    let before = falling(tx, new.doctor, range).await?;
    undecided(&before.bookings, decisions)?;
    // By patient, so that two who take leave at once wait for each other in one order.
    let mut ids: Vec<_> = before.bookings.iter().map(|one| (one.patient, one.id)).collect();
    ids.sort_unstable();
    for (_, id) in ids {
        // One that does not lie open to whoever acts cannot be held, and fails below by itself.
        match tx.attempt(appointments::lock(tx, id)).await {
            Ok(_) | Err(AppError::Problem(_)) => {}
            Err(other) => return Err(other),
        }
    }
    let leave = availability::take_leave(tx, new).await?;
    let Affected { bookings, hidden } = falling(tx, new.doctor, range).await?;
    undecided(&bookings, decisions)?;
    let settled = settle(tx, (&doctor, colleagues), &leave, bookings, decisions).await?;
    store::tell(tx, leave.id, &settled, Viewer::of(tx).user).await?;
    Ok(Taken { leave, settled, hidden })
}

/// Who of the department may see the patients instead.
async fn colleagues(tx: &TenantTx, doctor: &Doctor) -> Result<Vec<Doctor>, AppError> {
    let of = doctors::Wanted {
        department: Some(doctor.department_id),
        accepts_bookings: Some(true),
        ..doctors::Wanted::default()
    };
    let found = doctors::list(tx, &of, PageRequest { page: 1, page_size: 100 }).await?.items;
    Ok(found.into_iter().filter(|one| one.user_id != doctor.user_id).collect())
}

fn undecided(bookings: &[Appointment], decisions: &Decisions) -> Result<(), LeaveError> {
    let open = bookings.iter().filter(|one| decisions.of(one.id).is_none()).count();
    match i64::try_from(open).unwrap_or(i64::MAX) {
        0 => Ok(()),
        many => Err(LeaveError::Undecided(words::counted(many, "booking falls", "bookings fall"))),
    }
}

/// What can be chosen from: found once for all bookings, and asked again for each.
struct Choices {
    /// Free times of the doctor behind the leave, in their order.
    times: Vec<Timestamp>,
    /// Those that were given away.
    used: BTreeSet<Timestamp>,
    /// All of them are held.
    colleagues: Vec<Doctor>,
    /// Of those, who is in the house now, and how many wait for each. The desk may choose somebody else by hand.
    here: Vec<Here>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Here {
    waiting: usize,
    doctor: UserId,
}

/// Who of these has hours now and is not away: nobody's queue is moved to where nobody works.
async fn here(tx: &TenantTx, colleagues: &[Doctor]) -> Result<Vec<Here>, AppError> {
    let since = tx.now().checked_sub(LONGEST_HOURS.hours()).map_err(AppError::internal)?;
    let until = tx.now().checked_add(LONGEST_HOURS.hours()).map_err(AppError::internal)?;
    let mut here = Vec::new();
    for doctor in colleagues.iter().map(|one| one.user_id) {
        match availability::ask(tx, doctor, tx.now(), None).await {
            Ok(_) => {}
            // Whose own list is closed to bookings works all the same.
            Err(AppError::Problem(problem)) if problem.code == "availability.not_accepting" => {}
            Err(AppError::Problem(_)) => continue,
            Err(other) => return Err(other),
        }
        let theirs = appointments::of_doctor(tx, doctor, since, until).await?;
        let waiting = theirs.iter().filter(|one| one.status == Status::CheckedIn).count();
        here.push(Here { waiting, doctor });
    }
    Ok(here)
}

impl Choices {
    async fn new(
        tx: &TenantTx,
        (doctor, colleagues): (&Doctor, Vec<Doctor>),
        leave: &Leave,
        wanted: &[Decision],
    ) -> Result<Self, AppError> {
        let mut choices = Self { times: Vec::new(), used: BTreeSet::new(), colleagues, here: Vec::new() };
        if wanted.contains(&Decision::MoveTime) && doctor.facts.accepts_bookings {
            let from = leave.starts_at.max(tx.now());
            let until =
                leave.ends_at.checked_add((LOOK_AHEAD_DAYS * 24).hours()).map_err(AppError::internal)?;
            let free = slots::between(tx, std::slice::from_ref(doctor), from, until).await?;
            choices.times = free.iter().filter(|slot| slot.booked == 0).map(|slot| slot.starts_at).collect();
        }
        Ok(choices)
    }
}

async fn settle(
    tx: &TenantTx,
    of: (&Doctor, Vec<Doctor>),
    leave: &Leave,
    bookings: Vec<Appointment>,
    decisions: &Decisions,
) -> Result<Vec<Settled>, AppError> {
    let wanted: Vec<Decision> = bookings.iter().filter_map(|one| decisions.of(one.id)).collect();
    let mut choices = Choices::new(tx, of, leave, &wanted).await?;
    if bookings.iter().any(|one| hands_over(one, decisions)) {
        choices.here = here(tx, &choices.colleagues).await?;
    }
    let mut settled = Vec::new();
    for booking in bookings {
        let Some(decision) = decisions.of(booking.id) else { continue };
        let was_at = booking.scheduled_at;
        let done = match decision {
            Decision::MoveTime => move_time(tx, &booking, leave, &mut choices).await,
            Decision::MoveDoctor if booking.status == Status::CheckedIn => {
                hand_over(tx, &booking, &mut choices).await
            }
            Decision::MoveDoctor => move_doctor(tx, &booking, &choices).await,
            Decision::Cancel => {
                let reason = CancelReason::DoctorUnavailable;
                tx.attempt(appointments::cancel(tx, booking.id, reason, None)).await
            }
            Decision::Keep => tx.attempt(appointments::lock(tx, booking.id)).await,
        };
        let outcome = match decision {
            Decision::MoveTime | Decision::MoveDoctor => Outcome::Moved,
            Decision::Cancel => Outcome::Cancelled,
            Decision::Keep => Outcome::Kept,
        };
        settled.push(match done {
            Ok(appointment) => Settled { appointment, was_at, decision, outcome, message: None },
            Err(error) => {
                let message = Some(why(error)?);
                Settled { appointment: booking, was_at, decision, outcome: Outcome::Failed, message }
            }
        });
    }
    Ok(settled)
}

/// Why one booking stayed as it was; what is the machine's fault ends all.
fn why(error: AppError) -> Result<String, AppError> {
    match error {
        AppError::Problem(problem) => Ok(problem.detail.into_owned()),
        AppError::Db(error) if error.is_contention() => {
            Ok("Somebody else was changing this booking. Look at it again.".to_owned())
        }
        other => Err(other),
    }
}

/// Would another time or doctor do?
fn goes_on(error: &AppError) -> bool {
    let AppError::Problem(problem) = error else { return false };
    matches!(problem.code, "appointment.slot_taken" | "appointment.room_taken" | "appointment.patient_busy")
        || problem.code.starts_with("availability.")
}

async fn move_time(
    tx: &TenantTx,
    booking: &Appointment,
    leave: &Leave,
    choices: &mut Choices,
) -> Result<Appointment, AppError> {
    let mut last = AppError::from(LeaveError::NoTime);
    let later: Vec<Timestamp> = choices
        .times
        .iter()
        .copied()
        .filter(|at| *at >= leave.ends_at.max(booking.scheduled_at) && !choices.used.contains(at))
        .take(TRIES)
        .collect();
    for at in later {
        match tx.attempt(appointments::move_to(tx, booking.id, at, None, why_moved())).await {
            Ok(moved) => {
                choices.used.insert(at);
                return Ok(moved);
            }
            Err(error) if goes_on(&error) => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Who waits in the house keeps token and turn, whoever sees them.
fn hands_over(booking: &Appointment, decisions: &Decisions) -> bool {
    booking.status == Status::CheckedIn && decisions.of(booking.id) == Some(Decision::MoveDoctor)
}

async fn hand_over(
    tx: &TenantTx,
    booking: &Appointment,
    choices: &mut Choices,
) -> Result<Appointment, AppError> {
    // The one with the fewest waiting, who are more by one then.
    let next = choices.here.iter_mut().min().ok_or(LeaveError::NobodyHere)?;
    let why = why_moved();
    let moved = tx.attempt(appointments::hand_over(tx, booking.id, next.doctor, why.as_deref())).await?;
    next.waiting += 1;
    Ok(moved)
}

async fn move_doctor(
    tx: &TenantTx,
    booking: &Appointment,
    choices: &Choices,
) -> Result<Appointment, AppError> {
    let mut last = AppError::from(LeaveError::NoColleague);
    // Who has hours then and is free; asked anew for each booking, because each one that is moved takes a time.
    let around =
        |minutes: i64| booking.scheduled_at.checked_add(minutes.minutes()).map_err(AppError::internal);
    let free = slots::between(tx, &choices.colleagues, around(-60)?, around(60)?).await?;
    let fits = |slot: &&slots::Slot| {
        let ends_at = slot.starts_at.checked_add(i64::from(slot.minutes).minutes());
        slot.booked == 0
            && slot.starts_at <= booking.scheduled_at
            && ends_at.is_ok_and(|end| end > booking.scheduled_at)
    };
    let free: Vec<UserId> = free.iter().filter(fits).map(|slot| slot.doctor).collect();
    for colleague in free.into_iter().take(TRIES) {
        let moved = appointments::move_to(tx, booking.id, booking.scheduled_at, Some(colleague), why_moved());
        match tx.attempt(moved).await {
            Ok(moved) => return Ok(moved),
            Err(error) if goes_on(&error) => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn why_moved() -> Option<String> {
    Some("The doctor is away".to_owned())
}

/// Take a leave back. Bookings that were moved or cancelled stay so.
///
/// # Errors
/// 404, [`LeaveError::NotYours`], `availability.leave_over`.
pub async fn withdraw(tx: &TenantTx, doctor: UserId, id: LeaveId) -> Result<Leave, AppError> {
    availability::leave(tx, id, doctor).await?;
    acting(tx).may_take(doctor)?;
    availability::withdraw_leave(tx, id, doctor).await
}
