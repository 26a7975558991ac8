//! When whom comes for what: four months back, today, and two weeks ahead.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::book::{Booking, State};
use super::dice::Dice;
use super::measures;
use super::stage::{Coming, DAY, Doctor, HOURS, Patient, Pool, SLOT, Stage, spread};
use super::visits::VISITS;

/// The demo's first and last day, counted from today.
pub(super) const FIRST: i64 = -120;
const LAST: i64 = 14;
/// Of a doctor's appointments: so many today, and so many of a hundred ahead.
pub(super) const TODAY: u64 = 13;
const AHEAD: u64 = 12;
/// No doctor has more on a day, so that some times stay free.
const MOST: u64 = 24;

/// How a doctor's appointments are spread: `(day from today, how many)`, without today.
pub(super) fn days(stage: &Stage, doctor: &Doctor, total: u64, ahead_only: bool) -> Vec<(i64, u64)> {
    let open = |day: &i64| stage.sees(doctor, *day);
    let weight =
        |day: i64| u64::try_from(if day < 0 { 60 + (day - FIRST) / 2 } else { 64 - 4 * day }).unwrap_or(1);
    let of = |days: Vec<i64>| days.into_iter().map(|day| (day, weight(day))).collect::<Vec<_>>();
    let ahead: Vec<(i64, u64)> = of((1..=LAST).filter(open).collect());
    if ahead_only {
        return spread(total, &ahead, MOST);
    }
    let back: Vec<(i64, u64)> = of((FIRST..0).filter(open).collect());
    let rest = total.saturating_sub(TODAY);
    let in_future = rest * AHEAD / 100;
    let mut days = spread(rest - in_future, &back, MOST);
    days.extend(spread(in_future, &ahead, MOST));
    days
}

/// So many times of a day, in order.
fn times(dice: &mut Dice, count: u64) -> Vec<i64> {
    let mut all: Vec<i64> = HOURS.iter().flat_map(|(from, until)| slots(*from, *until)).collect();
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(all.len());
    let mut chosen: Vec<i64> = (0..count).map(|_| all.swap_remove(dice.place(all.len()))).collect();
    chosen.sort_unstable();
    chosen
}

pub(super) fn slots(from: i64, until: i64) -> impl Iterator<Item = i64> {
    (0..(until - from) / SLOT).map(move |n| from + n * SLOT)
}

/// Which of the reasons somebody comes for on this day.
fn visit(dice: &mut Dice, stage: &Stage, patient: &Patient, date: Date) -> usize {
    let age = patient.person.age_on(date);
    let is_baby = measures::age(patient.person.born, date).months < 6;
    let fits = |n: &usize| {
        VISITS.get(*n).is_some_and(|visit| {
            visit.of.is_none_or(|key| patient.person.has(key))
                && (!visit.only_women || patient.person.is_woman)
                && (visit.ages.0..=visit.ages.1).contains(&age)
                && (visit.babies || !is_baby)
        })
    };
    let often = |n: usize| VISITS.get(n).map_or(1, |visit| visit.often_in(date.month(), stage.country.code));
    let fitting: Vec<(usize, i64)> = (0..VISITS.len()).filter(fits).map(|n| (n, often(n))).collect();
    let whole: i64 = fitting.iter().map(|(_, often)| often).sum();
    let mut throw = dice.between(0, (whole - 1).max(0));
    for (n, often) in &fitting {
        throw -= often;
        if throw < 0 {
            return *n;
        }
    }
    0
}

/// A doctor's bookings of one day that is not today.
pub(super) fn day(
    stage: &Stage,
    pool: &mut Pool,
    who: (usize, &Doctor),
    day: i64,
    count: u64,
) -> Vec<(usize, Booking)> {
    let number = u64::try_from(who.0).unwrap_or(0);
    let when = u64::try_from(day - FIRST).unwrap_or(0);
    let turn = u64::try_from(stage.now.as_second()).unwrap_or(0);
    let mut dice = Dice::of(stage.seed, &[DAY, stage.hospital, number, when, turn]);
    let date = stage.day(day);
    let mut bookings = Vec::new();
    for minute in times(&mut dice, count) {
        let at = stage.at(date, minute);
        if !stage.is_free(who.1, at) {
            continue;
        }
        let Some(coming) = pool.coming(stage, day, at) else { continue };
        let place = coming.0;
        let mut booking = plain(stage, &mut dice, coming, who.1, at);
        if day < 0 {
            past(stage, &mut booking);
        } else if booking.dice.chance(6) {
            call_off(stage, &mut booking);
        }
        bookings.push((place, booking));
    }
    pool.put_off(stage, who.1, day);
    bookings
}

/// Booked, and nothing more.
pub(super) fn plain(
    stage: &Stage,
    dice: &mut Dice,
    (_, patient, again): Coming,
    doctor: &Doctor,
    at: Timestamp,
) -> Booking {
    let mut dice = Dice::of(dice.throw(), &[]);
    let date = at.to_zoned(stage.zone.clone()).date();
    let visit = match again {
        Some(seen) => seen.visit,
        None => visit(&mut dice, stage, &patient, date),
    };
    // Booked some days before, in office hours; never before the patient was known. Who is asked back books when leaving.
    let booked_on = date.checked_sub(dice.between(1, 18).days()).unwrap_or(date);
    let booked = match again {
        Some(seen) => seen.ended_at + SignedDuration::from_mins(dice.between(2, 9)),
        None => stage.at(booked_on, dice.between(9 * 60, 17 * 60)),
    };
    let latest = (stage.now - SignedDuration::from_mins(dice.between(45, 600))).min(at);
    let known = patient.registered_at + SignedDuration::from_mins(dice.between(2, 20));
    Booking {
        patient,
        doctor: doctor.clone(),
        visit,
        follow_up_of: again.map(|seen| seen.id),
        is_walk_in: false,
        at,
        created_at: booked.min(latest).max(known),
        state: State::Scheduled,
        checked_in_at: None,
        started_at: None,
        completed_at: None,
        off_at: None,
        queued: None,
        priority: None,
        is_measured: false,
        watch: None,
        dice,
    }
}

/// What became of it.
fn past(stage: &Stage, booking: &mut Booking) {
    match booking.dice.between(0, 99) {
        0..=8 => call_off(stage, booking),
        9..=16 => miss(stage, booking),
        throw => {
            if throw > 92 && booking.follow_up_of.is_none() {
                walk_in(booking);
            }
            come(booking);
            see(booking);
        }
    }
}

/// Called off between booking and its time.
pub(super) fn call_off(stage: &Stage, booking: &mut Booking) {
    let why = *booking.dice.one(&[
        "PATIENT_REQUEST",
        "PATIENT_REQUEST",
        "PATIENT_REQUEST",
        "DOCTOR_UNAVAILABLE",
        "OTHER",
    ]);
    let end = booking.at.min(stage.now).as_second();
    let begin = booking.created_at.as_second();
    let at = booking.dice.between(begin, end.max(begin));
    booking.state = State::Cancelled(why);
    booking.off_at = Timestamp::from_second(at).ok().map(|at| at.max(booking.created_at));
}

/// Nobody came.
pub(super) fn miss(stage: &Stage, booking: &mut Booking) {
    booking.state = State::NoShow;
    booking.off_at = Some(booking.at + SignedDuration::from_mins(stage.patience + 1));
}

/// Minutes that somebody who has not booked waits.
const WAIT: i64 = 7;

/// Came without having booked: it is written down when they come.
pub(super) fn walk_in(booking: &mut Booking) {
    booking.is_walk_in = true;
    booking.follow_up_of = None;
    booking.at -= SignedDuration::from_mins(WAIT);
    booking.created_at = booking.at;
}

/// Came some minutes before its time.
pub(super) fn come(booking: &mut Booking) {
    let early = if booking.is_walk_in { 0 } else { booking.dice.between(7, 20) };
    let came = booking.at - SignedDuration::from_mins(early);
    booking.checked_in_at = Some(came.max(booking.created_at));
    booking.state = State::CheckedIn;
    booking.is_measured = booking.dice.chance(93);
}

/// Was seen, within the slot.
pub(super) fn see(booking: &mut Booking) {
    let late = booking.dice.between(0, 180) + if booking.is_walk_in { WAIT * 60 } else { 0 };
    let started = booking.at + SignedDuration::from_secs(late);
    booking.started_at = Some(started);
    booking.completed_at = Some(started + SignedDuration::from_secs(booking.dice.between(7 * 60, 11 * 60)));
    booking.state = State::Completed;
}
