//! What else is there today: a doctor who is away next week, and what is to be printed later.

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::book::{Booking, State};
use super::dice::Dice;
use super::rows::told;
use super::stage::{Away, Stage};

/// A stream of throws beside those of `stage`.
const LEAVE: u64 = 9;

/// The one leave of the demo in a hospital. Leaves have no mark; it is known by its id, which nobody else gives.
pub(super) fn leave_id(hospital: u64) -> Uuid {
    Dice::of(LEAVE, &[hospital]).id(Timestamp::UNIX_EPOCH)
}

/// Two days next week on which the second doctor learns something, if nobody needs them for anything else.
pub(super) fn leave(stage: &Stage) -> Option<Away> {
    let doctor = stage.doctors.get(1)?;
    let both = |day: &i64| stage.sees(doctor, *day) && stage.sees(doctor, *day + 1);
    let begin = (5..=9).find(both)?;
    let (from, until) = (stage.at(stage.day(begin), 0), stage.at(stage.day(begin + 2), 0));
    let is_needed = stage
        .booked
        .iter()
        .any(|other| other.doctor == doctor.id && other.from < until && from < other.until);
    let is_away =
        stage.away.iter().any(|away| away.doctor == doctor.id && away.from < until && from < away.until);
    (!is_needed && !is_away).then_some(Away { doctor: doctor.id, from, until })
}

/// Write that leave.
pub(super) async fn write_leave(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<()> {
    let Some(leave) = &stage.leave else { return Ok(()) };
    tx.execute(
        "insert into doctor_leaves (id, user_id, kind, starts_at, ends_at, note, made_by_id, made_at)
         values ($1, $2, 'TRAINING', $3, $4, 'Course in emergency care', $2, $5) on conflict do nothing",
        &[&leave_id(stage.hospital), &leave.doctor, &leave.from, &leave.until, &stage.now],
    )
    .await
    .map_err(told("writing a leave"))?;
    Ok(())
}

/// A slip that is printed later.
pub(super) struct Slip {
    kind: &'static str,
    patient: Uuid,
    appointment: Option<Uuid>,
    copies: i16,
    at: Timestamp,
}

/// What is to be printed for those who came today, each with the id of the appointment: the printer was out of paper.
pub(super) fn slips(bookings: &[(Uuid, Booking)]) -> Vec<Slip> {
    let waiting = bookings.iter().filter(|(_, booking)| booking.state == State::CheckedIn);
    let slip = |kind, appointment: Option<Uuid>, copies, booking: &Booking| {
        let at = booking.checked_in_at? + SignedDuration::from_mins(1);
        Some(Slip { kind, patient: booking.patient.id, appointment, copies, at })
    };
    let kinds = [("TOKEN", 1), ("LABEL", 4), ("WRISTBAND", 1)];
    let made = waiting.zip(kinds).filter_map(|((id, booking), (kind, copies))| {
        slip(kind, (kind == "TOKEN").then_some(*id), copies, booking)
    });
    made.collect()
}

/// Write them.
pub(super) async fn write_slips(tx: &Transaction<'_>, stage: &Stage, slips: &[Slip]) -> anyhow::Result<()> {
    let Some(desk) = stage.desk.first() else { return Ok(()) };
    for slip in slips {
        let at = slip.at.min(stage.now);
        let id = Dice::of(stage.seed, &[slip.patient.as_u64_pair().1]).id(at);
        tx.execute(
            "insert into print_jobs (id, kind, patient_id, appointment_id, copies, asked_by_id, asked_at, is_demo)
             values ($1, $2, $3, $4, $5, $6, $7, true) on conflict do nothing",
            &[&id, &slip.kind, &slip.patient, &slip.appointment, &slip.copies, desk, &at],
        )
        .await
        .map_err(told("writing what is printed later"))?;
    }
    Ok(())
}
