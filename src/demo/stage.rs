//! What is known of a hospital while its demo is written: when and where, who works there, who its patients are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use uuid::Uuid;

use super::dice::Dice;
use super::people::{Person, at_minute};
use super::places::Country;

/// Streams of throws beside [`super::people::PERSON`].
const PATIENT_ID: u64 = 2;
pub(super) const POOL: u64 = 3;
pub(super) const DAY: u64 = 4;
pub(super) const TODAY: u64 = 5;

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

    /// Has nobody else booked this doctor or the room at that time?
    pub(super) fn is_free(&self, doctor: &Doctor, from: Timestamp) -> bool {
        let until = from + SignedDuration::from_mins(SLOT);
        !self.booked.iter().any(|other| {
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

/// One doctor's patients, who come in turn, and come back for what they came for.
pub(super) struct Pool {
    patients: Vec<Arc<Patient>>,
    /// The last visit of each: the appointment, and which of the reasons it was for.
    pub(super) last: Vec<Option<(Uuid, usize)>>,
    /// The day of the last booking of each, counted from today.
    day: Vec<i64>,
    cursor: usize,
    stride: usize,
}

impl Pool {
    pub(super) fn new(stage: &Stage, doctor: usize) -> Self {
        let of = u64::try_from(stage.doctors.len()).unwrap_or(1).max(1);
        let first = u64::try_from(doctor).unwrap_or(0);
        let numbers = (0..).map(|n| first + n * of).take_while(|number| *number < stage.patients);
        let patients: Vec<Arc<Patient>> = numbers.map(|number| Arc::new(stage.patient(number))).collect();
        let mut dice = Dice::of(stage.seed, &[POOL, stage.hospital, first]);
        let count = patients.len();
        let stride = stride(&mut dice, count);
        let cursor = dice.place(count);
        Self { last: vec![None; count], day: vec![i64::MIN; count], patients, cursor, stride }
    }

    pub(super) fn patients(&self) -> &[Arc<Patient>] {
        &self.patients
    }

    /// Who comes next at this time, `day` days from today.
    pub(super) fn next(&mut self, stage: &Stage, day: i64, at: Timestamp) -> Option<(usize, Arc<Patient>)> {
        let midnight = stage.at(stage.day(day), 0);
        for _ in 0..self.patients.len() {
            self.cursor = (self.cursor + self.stride) % self.patients.len();
            let (Some(patient), Some(last)) = (self.patients.get(self.cursor), self.day.get_mut(self.cursor))
            else {
                continue;
            };
            if patient.registered_at < midnight && *last != day && stage.may_come(patient.id, at) {
                *last = day;
                return Some((self.cursor, Arc::clone(patient)));
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
