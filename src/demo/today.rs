//! Today as it stands at this moment: some were seen, one is with the doctor, several wait with their tokens, the others
//! are still to come. Whenever the demo is looked at there is a clinic going on, at night too: hours of that day alone
//! are opened for it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::book::{Booking, Queued, State, Watch};
use super::dice::Dice;
use super::illnesses;
use super::rows::told;
use super::schedule::{TODAY as MOST, call_off, come, miss, plain, see, slots, walk_in};
use super::stage::{Coming, Doctor, HOURS, Patient, Pool, SLOT, Stage, TODAY};

/// Hours that are opened for today alone, in minutes: before and after the usual ones, around now.
pub(super) fn extra(stage: &Stage) -> Vec<(i64, i64)> {
    let now = stage.minute_of_now();
    let is_open = Stage::is_open(stage.today);
    if is_open && (600..=960).contains(&now) {
        return Vec::new();
    }
    let from = ((now - 150).max(0)) / SLOT * SLOT;
    let until = ((now + 210 + SLOT - 1) / SLOT * SLOT).min(1440);
    let mut spans = vec![(from, until)];
    for (opens, closes) in HOURS.iter().filter(|_| is_open) {
        spans = spans
            .into_iter()
            .flat_map(|(from, until)| [(from, until.min(*opens)), (from.max(*closes), until)])
            .filter(|(from, until)| from < until)
            .collect();
    }
    spans
}

/// Open those hours for these doctors.
pub(super) async fn open(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut dice = Dice::of(stage.seed, &[TODAY, stage.hospital, 1, seconds(stage.now)]);
    for doctor in &stage.doctors {
        let is_there = |minute| !stage.is_away(doctor, stage.at(stage.today, minute));
        for (from, until) in extra(stage) {
            // Nobody opens hours while on leave.
            if !slots(from, until).any(is_there) {
                continue;
            }
            rows.push((dice.id(stage.now), doctor.id, from, until, doctor.room));
        }
    }
    for (id, doctor, from, until, room) in rows {
        let (from, until) = (i16::try_from(from)?, i16::try_from(until)?);
        tx.execute(
            "insert into doctor_exceptions (id, user_id, on_date, kind, starts_minute, ends_minute, slot_minutes, room_id,
                                            note, made_by_id, made_at, is_demo)
             values ($1, $2, $3, 'EXTRA', $4, $5, 15, $6, 'Opened for the demo', $2, $7, true) on conflict do nothing",
            &[&id, &doctor, &stage.today, &from, &until, &room, &stage.now],
        )
        .await
        .map_err(told("opening hours"))?;
    }
    Ok(())
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}

/// The times that a doctor has today: around now first, and then others.
fn times(stage: &Stage, dice: &mut Dice, count: usize) -> Vec<i64> {
    let usual = HOURS.iter().copied().filter(|_| Stage::is_open(stage.today));
    let mut all: Vec<i64> = usual.chain(extra(stage)).flat_map(|(from, until)| slots(from, until)).collect();
    all.sort_unstable();
    all.dedup();
    let now = stage.minute_of_now();
    let mut chosen: Vec<i64> = Vec::new();
    let (before, after): (Vec<i64>, Vec<i64>) = all.into_iter().partition(|minute| *minute <= now);
    chosen.extend(before.iter().rev().take(5));
    chosen.extend(after.iter().take(4));
    let mut others: Vec<i64> = before.into_iter().rev().skip(5).chain(after.into_iter().skip(4)).collect();
    while chosen.len() < count && !others.is_empty() {
        chosen.push(others.swap_remove(dice.place(others.len())));
    }
    chosen.sort_unstable();
    chosen
}

/// A doctor's bookings of today. The queue's numbers are given when all doctors have theirs.
pub(super) fn bookings(stage: &Stage, pool: &mut Pool, number: usize, doctor: &Doctor) -> Vec<Booking> {
    let place = u64::try_from(number).unwrap_or(0);
    let mut dice = Dice::of(stage.seed, &[TODAY, stage.hospital, 2, place, seconds(stage.now)]);
    let watches = watches(stage, number, doctor);
    let count = usize::try_from(MOST).unwrap_or(13) - watches.len();
    let mut day: Vec<Booking> = Vec::new();
    for minute in times(stage, &mut dice, count) {
        let at = stage.at(stage.today, minute);
        if stage.is_free(doctor, at)
            && let Some(coming) = pool.coming(stage, 0, at)
        {
            day.push(plain(stage, &mut dice, coming, doctor, at));
        }
    }
    pool.put_off(stage, doctor, 0);
    let past = day.iter().filter(|booking| booking.at <= stage.now).count();
    for (n, booking) in day.iter_mut().enumerate() {
        match past.checked_sub(n + 1) {
            // The newest of those whose time has come: with the doctor, or just called.
            Some(0) if number.is_multiple_of(2) => consult(stage, booking),
            Some(0) => call(stage, booking),
            Some(_) if n == 0 && is_given_up(stage, booking) => miss(stage, booking),
            Some(_) if booking.dice.chance(8) => call_off(stage, booking),
            Some(_) => {
                come(booking);
                see(booking);
            }
            None if n < past + 2 => arrive(stage, booking),
            None => {}
        }
    }
    for watch in watches {
        let grown_up =
            |patient: &Patient| patient.person.age_on(stage.today) >= 18 && !patient.person.has("lungs");
        let came = minute(stage.now - SignedDuration::from_mins(watch.came_before()));
        if let Some(coming) = pool.next(stage, 0, came, grown_up) {
            day.push(watched(stage, &mut dice, coming, doctor, (came, watch)));
        }
    }
    day
}

/// For whom somebody has to come back today: at the first doctors, while the day is old enough for it.
fn watches(stage: &Stage, number: usize, doctor: &Doctor) -> Vec<Watch> {
    let of_doctor: &[Watch] = match number {
        0 => &[Watch::Unanswered, Watch::Overdue],
        1 => &[Watch::Soon],
        _ => &[],
    };
    let there = |watch: &Watch| {
        let came = stage.now - SignedDuration::from_mins(watch.came_before());
        !stage.is_away(doctor, came)
            && !stage.is_away(doctor, stage.now)
            && stage.minute_of_now() > watch.came_before()
    };
    of_doctor.iter().copied().filter(there).collect()
}

/// Came without having booked, with fever, and waits where somebody looks again and again.
fn watched(
    stage: &Stage,
    dice: &mut Dice,
    coming: Coming,
    doctor: &Doctor,
    (came, watch): (Timestamp, Watch),
) -> Booking {
    let mut booking = plain(stage, dice, coming, doctor, came);
    walk_in(&mut booking);
    booking.at = came;
    booking.created_at = came;
    come(&mut booking);
    booking.is_measured = true;
    booking.priority = Some("High fever, under observation");
    booking.visit = illnesses::pneumonia();
    booking.watch = Some(watch);
    booking
}

/// The beginning of the minute.
fn minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second() / 60 * 60).unwrap_or(at)
}

fn is_given_up(stage: &Stage, booking: &Booking) -> bool {
    booking.at + SignedDuration::from_mins(stage.patience + 2) <= stage.now
}

/// With the doctor now.
fn consult(stage: &Stage, booking: &mut Booking) {
    come(booking);
    booking.is_measured = true;
    booking.started_at = Some((booking.at + SignedDuration::from_secs(40)).min(stage.now));
    booking.state = State::InConsultation;
}

/// Called, and on the way to the room.
fn call(stage: &Stage, booking: &mut Booking) {
    come(booking);
    booking.is_measured = true;
    let called_at = Some((stage.now - SignedDuration::from_secs(50)).max(booking.at));
    booking.queued = Some(Queued { number: 0, state: "CALLED", called_at });
}

/// Came early and waits, if check-in is open already.
fn arrive(stage: &Stage, booking: &mut Booking) {
    let early = booking.dice.between(3, 24);
    let opens = booking.at - SignedDuration::from_mins(stage.grace);
    let came = (stage.now - SignedDuration::from_mins(early)).max(opens).max(booking.created_at);
    if came > stage.now {
        return;
    }
    booking.state = State::CheckedIn;
    booking.checked_in_at = Some(came);
    booking.is_measured = came + SignedDuration::from_mins(5) <= stage.now && booking.dice.chance(60);
    if booking.patient.person.age_on(stage.today) >= 75 {
        booking.priority = Some("Over 75 years old");
    }
}

/// Give the tokens of the day, in the order in which people came. `after` is the newest that was given already.
pub(super) fn number(bookings: &mut [Booking], after: i32) -> i32 {
    let mut order: Vec<usize> =
        (0..bookings.len()).filter(|n| bookings[*n].checked_in_at.is_some()).collect();
    order.sort_by_key(|n| bookings[*n].checked_in_at);
    let mut last = after;
    for n in order {
        last += 1;
        let booking = &mut bookings[n];
        let called_at = booking.queued.as_ref().and_then(|queued| queued.called_at);
        let state = match booking.state {
            State::Completed => "DONE",
            State::InConsultation => "WITH_DOCTOR",
            _ if called_at.is_some() => "CALLED",
            _ => "WAITING",
        };
        let called_at = called_at.or(booking.started_at);
        booking.queued = Some(Queued { number: last, state, called_at });
    }
    last
}

/// The newest token of the day that somebody has, who is no demo. Nobody gives one meanwhile.
pub(super) async fn last_token(tx: &Transaction<'_>, department: Uuid, day: Date) -> anyhow::Result<i32> {
    tx.execute(
        "select from token_counters where department_id = $1 and on_day = $2 for update",
        &[&department, &day],
    )
    .await
    .map_err(told("holding the tokens"))?;
    let row = tx
        .query_one(
            "select coalesce(max(token_number), 0) from appointments where department_id = $1 and token_day = $2",
            &[&department, &day],
        )
        .await
        .map_err(told("reading the newest token"))?;
    Ok(row.get(0))
}

/// Where the next one goes on.
pub(super) async fn keep_token(
    tx: &Transaction<'_>,
    department: Uuid,
    day: Date,
    last: i32,
) -> anyhow::Result<()> {
    if last > 0 {
        tx.execute(
            "insert into token_counters (department_id, on_day, value) values ($1, $2, $3)
             on conflict (department_id, on_day) do update set value = excluded.value",
            &[&department, &day, &last],
        )
        .await
        .map_err(told("keeping the newest token"))?;
    }
    Ok(())
}
