//! What is known of a hospital while its demo is written: when and where, who works there, who its patients are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use uuid::Uuid;

use super::dice::Dice;
use super::illnesses;
use super::people::{Person, at_minute};
use super::places::Country;

/// Streams of throws beside [`super::people::PERSON`].
const PATIENT_ID: u64 = 2;
pub(super) const POOL: u64 = 3;
pub(super) const DAY: u64 = 4;
pub(super) const TODAY: u64 = 5;
const AGAIN: u64 = 8;

/// Minutes of a slot.
pub(super) const SLOT: i64 = 15;
/// Hours of a doctor's day, in minutes.
pub(super) const HOURS: [(i64, i64); 2] = [(540, 780), (840, 1020)];

/// A doctor of the demo.
#[derive(Debug, Clone)]
pub(super) struct Doctor {
    pub(super) id: Uuid,
    pub(super) room: Option<Uuid>,
}

/// A time that somebody booked who is no demo.
#[derive(Debug, Clone)]
pub(super) struct Booked {
    pub(super) doctor: Uuid,
    pub(super) patient: Uuid,
    pub(super) room: Option<Uuid>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// A time in which a doctor sees nobody: leave, or hours that somebody closed.
#[derive(Debug, Clone)]
pub(super) struct Away {
    pub(super) doctor: Uuid,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// Everything that the rows are made from.
pub(super) struct Stage {
    pub(super) seed: u64,
    pub(super) hospital: u64,
    pub(super) country: &'static Country,
    pub(super) zone: TimeZone,
    /// The day on which the demo was first made: its people are of that day.
    pub(super) made_on: Date,
    pub(super) today: Date,
    pub(super) now: Timestamp,
    pub(super) department: Uuid,
    /// What tokens of the department begin with.
    pub(super) prefix: String,
    pub(super) doctors: Vec<Doctor>,
    pub(super) nurses: Vec<Uuid>,
    pub(super) desk: Vec<Uuid>,
    pub(super) patients: u64,
    pub(super) appointments: u64,
    /// Minutes after which who did not come is given up.
    pub(super) patience: i64,
    /// Minutes before its time that a check-in opens.
    pub(super) grace: i64,
    /// Patients of the demo who are not to be booked: removed, merged, deceased.
    pub(super) gone: BTreeSet<Uuid>,
    pub(super) booked: Vec<Booked>,
    pub(super) away: Vec<Away>,
    /// The one leave that is of the demo.
    pub(super) leave: Option<Away>,
    /// Titles and editions of codes.
    pub(super) codes: BTreeMap<String, (String, String)>,
}

/// A patient of the demo.
#[derive(Debug)]
pub(super) struct Patient {
    pub(super) id: Uuid,
    pub(super) person: Person,
    pub(super) registered_at: Timestamp,
}

impl Stage {
    /// The patient with this number.
    pub(super) fn patient(&self, number: u64) -> Patient {
        let person = Person::new(self.seed, self.hospital, number, self.country, self.made_on);
        let registered_at = person.registered_at(self.made_on, &self.zone);
        let id = Dice::of(self.seed, &[PATIENT_ID, self.hospital, number]).id(registered_at);
        Patient { id, person, registered_at }
    }

    /// So many days from today.
    pub(super) fn day(&self, days: i64) -> Date {
        self.today.checked_add(days.days()).unwrap_or(self.today)
    }

    pub(super) fn at(&self, day: Date, minute: i64) -> Timestamp {
        at_minute(day, minute, &self.zone)
    }

    /// Do doctors have hours on this day?
    pub(super) fn is_open(day: Date) -> bool {
        day.weekday() != Weekday::Sunday
    }

    /// Minutes of today that have passed.
    pub(super) fn minute_of_now(&self) -> i64 {
        let now = self.now.to_zoned(self.zone.clone());
        i64::from(now.hour()) * 60 + i64::from(now.minute())
    }

    /// Is this doctor on leave at that time?
    pub(super) fn is_away(&self, doctor: &Doctor, from: Timestamp) -> bool {
        let until = from + SignedDuration::from_mins(SLOT);
        self.away.iter().any(|away| away.doctor == doctor.id && away.from < until && from < away.until)
    }

    /// Does this doctor see somebody on this day, `day` days from today?
    pub(super) fn sees(&self, doctor: &Doctor, day: i64) -> bool {
        let date = self.day(day);
        Self::is_open(date)
            && (!self.away.iter().any(|away| away.doctor == doctor.id)
                || HOURS.iter().any(|(from, until)| {
                    let mut slots = (0..(until - from) / SLOT).map(|n| from + n * SLOT);
                    slots.any(|minute| !self.is_away(doctor, self.at(date, minute)))
                }))
    }

    /// Is this doctor there, and has nobody else booked them or the room at that time?
    pub(super) fn is_free(&self, doctor: &Doctor, from: Timestamp) -> bool {
        let until = from + SignedDuration::from_mins(SLOT);
        !self.is_away(doctor, from)
            && !self.booked.iter().any(|other| {
                other.from < until
                    && from < other.until
                    && (other.doctor == doctor.id || (doctor.room.is_some() && other.room == doctor.room))
            })
    }

    /// Has nobody else booked this patient at that time?
    pub(super) fn may_come(&self, patient: Uuid, from: Timestamp) -> bool {
        let until = from + SignedDuration::from_mins(SLOT);
        !self.gone.contains(&patient)
            && !self
                .booked
                .iter()
                .any(|other| other.patient == patient && other.from < until && from < other.until)
    }

    /// Which part of a whole a doctor has.
    pub(super) fn share(&self, whole: u64, doctor: usize) -> u64 {
        let (n, of) =
            (u64::try_from(doctor).unwrap_or(0), u64::try_from(self.doctors.len()).unwrap_or(1).max(1));
        whole * (n + 1) / of - whole * n / of
    }
}

/// A visit that is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) id: Uuid,
    /// Which of the reasons it was for.
    pub(super) visit: usize,
    /// It was itself one that was agreed on.
    pub(super) is_later: bool,
    pub(super) ended_at: Timestamp,
}

/// Somebody who is to come back.
struct Due {
    place: usize,
    seen: Seen,
    /// Later than on this day it is too late.
    latest: i64,
}

/// Who comes, and if it was agreed on, after which visit.
pub(super) type Coming = (usize, Arc<Patient>, Option<Seen>);

/// One doctor's patients, who come in turn, and come back when it was agreed on.
pub(super) struct Pool {
    patients: Vec<Arc<Patient>>,
    /// Whom visits ask back, by day from today.
    due: BTreeMap<i64, Vec<Due>>,
    /// Nobody is asked back for an earlier day.
    first: i64,
    /// Who is asked back, at their places.
    waits: Vec<bool>,
    /// The day of the last booking of each, counted from today.
    day: Vec<i64>,
    cursor: usize,
    stride: usize,
}

impl Pool {
    pub(super) fn new(stage: &Stage, doctor: usize, first: i64) -> Self {
        let of = u64::try_from(stage.doctors.len()).unwrap_or(1).max(1);
        let begin = u64::try_from(doctor).unwrap_or(0);
        let numbers = (0..).map(|n| begin + n * of).take_while(|number| *number < stage.patients);
        let patients: Vec<Arc<Patient>> = numbers.map(|number| Arc::new(stage.patient(number))).collect();
        let mut dice = Dice::of(stage.seed, &[POOL, stage.hospital, begin]);
        let count = patients.len();
        let stride = stride(&mut dice, count);
        let cursor = dice.place(count);
        Self {
            due: BTreeMap::new(),
            first,
            waits: vec![false; count],
            day: vec![i64::MIN; count],
            patients,
            cursor,
            stride,
        }
    }

    pub(super) fn patients(&self) -> &[Arc<Patient>] {
        &self.patients
    }

    /// The patient at this place was seen on this day: most come back when the plan says so, two days sooner or later.
    pub(super) fn agree(&mut self, stage: &Stage, doctor: &Doctor, (place, day): (usize, i64), seen: Seen) {
        let Some(after) = illnesses::again_days(seen.visit, seen.is_later) else { return };
        let (high, low) = seen.id.as_u64_pair();
        let mut dice = Dice::of(stage.seed, &[AGAIN, high, low]);
        if !dice.chance(88) {
            return;
        }
        let mut near = [0, 1, -1, 2, -2];
        if after >= 7 {
            let first = dice.place(near.len());
            near.rotate_left(first);
        }
        let mut days = near.into_iter().filter(|more| after + more > 0).map(|more| day + after + more);
        let chosen = days.find(|on| *on >= self.first && stage.sees(doctor, *on));
        if let (Some(on), Some(waits)) = (chosen, self.waits.get_mut(place)) {
            *waits = true;
            self.due.entry(on).or_default().push(Due { place, seen, latest: day + after + 2 });
        }
    }

    /// Whom there was no time for on this day comes on the next one, unless that is too late.
    pub(super) fn put_off(&mut self, stage: &Stage, doctor: &Doctor, day: i64) {
        for due in self.due.remove(&day).unwrap_or_default() {
            match (day + 1..=due.latest).find(|next| stage.sees(doctor, *next)) {
                Some(next) => self.due.entry(next).or_default().push(due),
                None => {
                    if let Some(waits) = self.waits.get_mut(due.place) {
                        *waits = false;
                    }
                }
            }
        }
    }

    /// Who comes at this time, `day` days from today: whoever is asked back, and then whose turn it is.
    pub(super) fn coming(&mut self, stage: &Stage, day: i64, at: Timestamp) -> Option<Coming> {
        self.back(stage, day, at).or_else(|| self.next(stage, day, at, |_| true))
    }

    fn back(&mut self, stage: &Stage, day: i64, at: Timestamp) -> Option<Coming> {
        let due = self.due.get_mut(&day)?;
        let may = |one: &Due| {
            self.day.get(one.place).is_some_and(|last| *last != day)
                && self.patients.get(one.place).is_some_and(|patient| stage.may_come(patient.id, at))
        };
        let Due { place, seen, .. } = due.remove(due.iter().position(may)?);
        if let (Some(last), Some(waits)) = (self.day.get_mut(place), self.waits.get_mut(place)) {
            (*last, *waits) = (day, false);
        }
        Some((place, Arc::clone(self.patients.get(place)?), Some(seen)))
    }

    /// Whose turn it is, of those who fit: first of whoever is not to come back anyway.
    pub(super) fn next(
        &mut self,
        stage: &Stage,
        day: i64,
        at: Timestamp,
        fits: impl Fn(&Patient) -> bool,
    ) -> Option<Coming> {
        let midnight = stage.at(stage.day(day), 0);
        for turn in 0..self.patients.len() * 2 {
            self.cursor = (self.cursor + self.stride) % self.patients.len();
            let place = self.cursor;
            let (Some(patient), Some(last)) = (self.patients.get(place), self.day.get_mut(place)) else {
                continue;
            };
            if turn < self.patients.len() && self.waits.get(place).copied().unwrap_or(false) {
                continue;
            }
            if patient.registered_at < midnight
                && *last != day
                && stage.may_come(patient.id, at)
                && fits(patient)
            {
                *last = day;
                return Some((place, Arc::clone(patient), None));
            }
        }
        None
    }
}

/// A step that visits each of `count` places before it comes back to the first.
fn stride(dice: &mut Dice, count: usize) -> usize {
    fn shared(a: usize, b: usize) -> usize {
        if b == 0 { a } else { shared(b, a % b) }
    }
    let start = count / 3 + dice.place(count / 3 + 1);
    (start.max(1)..).find(|step| shared(*step, count.max(1)) == 1).unwrap_or(1)
}

/// `total` spread over days by their weights, never more than `most` on one.
pub(super) fn spread(total: u64, days: &[(i64, u64)], most: u64) -> Vec<(i64, u64)> {
    let whole: u64 = days.iter().map(|(_, weight)| weight).sum();
    let (mut passed, mut given) = (0, 0);
    let mut counts = Vec::with_capacity(days.len());
    for (day, weight) in days {
        passed += weight;
        let due = (total * passed).checked_div(whole).unwrap_or(0);
        let count = (due - given).min(most);
        given += count;
        counts.push((*day, count));
    }
    // What did not fit goes to days that have room.
    let mut left = total - given;
    for (_, count) in counts.iter_mut().rev() {
        let more = left.min(most - *count);
        *count += more;
        left -= more;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_spread_and_no_day_has_too_much() {
        let days: Vec<(i64, u64)> =
            (-100..0).map(|day| (day, 100 + u64::try_from(100 + day).unwrap())).collect();
        for (total, most) in [(0, 28), (7, 28), (211, 28), (2700, 28), (2800, 28)] {
            let counts = spread(total, &days, most);
            assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), total);
            assert!(counts.iter().all(|(_, count)| *count <= most));
        }
        let counts = spread(500, &days, 28);
        let of = |from: usize| counts[from..from + 50].iter().map(|(_, count)| count).sum::<u64>();
        assert!(of(50) > of(0), "most of it is recent");
    }

    #[test]
    fn a_stride_visits_everybody() {
        let mut dice = Dice::of(1, &[]);
        for count in [1_usize, 2, 3, 50, 97, 360] {
            let step = stride(&mut dice, count);
            let seen: BTreeSet<usize> = (0..count).map(|n| n * step % count).collect();
            assert_eq!(seen.len(), count, "{count} by {step}");
        }
    }
}
