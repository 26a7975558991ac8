//! From weekly hours, days that differ, holidays and leave to the times in which somebody can be booked. Pure.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Day;
use super::clock::{instant, without};
use super::model::{Exception, Hours, Kind, Leave, Stretch};
use crate::clinic::doctors::RoomId;
use crate::clinic::profile::Holidays;
use crate::kernel::ids::UserId;

/// Everything that decides when some doctors can be booked.
#[derive(Debug, Default)]
pub struct Plan {
    pub hours: Vec<Hours>,
    pub exceptions: Vec<Exception>,
    /// None that was withdrawn.
    pub leaves: Vec<Leave>,
    pub holidays: Holidays,
}

/// Why a doctor's hours do not hold at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shut {
    Leave { until: Timestamp },
    Holiday(String),
    Closed,
    OutsideHours,
}

/// Hours of one day, in minutes, with what holds in them.
struct DayHours {
    span: (u16, u16),
    slot_minutes: u16,
    room_id: Option<RoomId>,
}

impl Plan {
    /// The hours of a day, holidays and what falls out aside: those of the week, and extra ones where those are not.
    fn day(&self, doctor: UserId, date: Date) -> Vec<DayHours> {
        let weekly = self.hours.iter().filter(|hours| hours.doctor == doctor && hours.hold_on(date));
        let mut day: Vec<DayHours> = weekly
            .map(|hours| DayHours {
                span: (hours.starts, hours.ends),
                slot_minutes: hours.slot_minutes,
                room_id: hours.room_id,
            })
            .collect();
        let taken: Vec<(u16, u16)> = day.iter().map(|hours| hours.span).collect();
        for extra in self.of_day(doctor, date, Kind::Extra) {
            let left = without((extra.starts, extra.ends), &taken);
            day.extend(left.into_iter().map(|span| DayHours {
                span,
                slot_minutes: extra.slot_minutes.unwrap_or(15),
                room_id: extra.room_id,
            }));
        }
        day.sort_unstable_by_key(|hours| hours.span);
        day
    }

    fn of_day(&self, doctor: UserId, date: Date, kind: Kind) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(move |day| day.doctor == doctor && day.on == date && day.kind == kind)
    }

    fn leaves_of(&self, doctor: UserId) -> impl Iterator<Item = &Leave> {
        self.leaves.iter().filter(move |leave| leave.doctor == doctor)
    }

    /// The hours of a day as instants, whatever closes them.
    fn hours_of_day(&self, zone: &TimeZone, doctor: UserId, date: Date) -> Vec<Stretch> {
        let stretch = |hours: DayHours| {
            let (starts_at, ends_at) =
                (instant(zone, date, hours.span.0)?, instant(zone, date, hours.span.1)?);
            (starts_at < ends_at).then_some(Stretch {
                doctor,
                starts_at,
                ends_at,
                slot_minutes: hours.slot_minutes,
                room_id: hours.room_id,
                hours_from: starts_at,
            })
        };
        self.day(doctor, date).into_iter().filter_map(stretch).collect()
    }

    /// What falls out of a day, as instants.
    fn closed_of_day(&self, zone: &TimeZone, doctor: UserId, date: Date) -> Vec<(Timestamp, Timestamp)> {
        let closed = self.of_day(doctor, date, Kind::Closed);
        closed.filter_map(|day| instant(zone, date, day.starts).zip(instant(zone, date, day.ends))).collect()
    }

    /// When a doctor can be booked within a range, in order of time.
    #[must_use]
    pub fn stretches(
        &self,
        zone: &TimeZone,
        doctor: UserId,
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<Stretch> {
        let mut found = Vec::new();
        if until <= from {
            return found;
        }
        let leaves: Vec<_> = self.leaves_of(doctor).map(|leave| (leave.starts_at, leave.ends_at)).collect();
        let mut date = from.to_zoned(zone.clone()).date();
        let last = until.to_zoned(zone.clone()).date();
        while date <= last {
            if self.holidays.on(date).is_none() {
                let closed = [self.closed_of_day(zone, doctor, date), leaves.clone()].concat();
                for hours in self.hours_of_day(zone, doctor, date) {
                    let whole = (hours.starts_at.max(from), hours.ends_at.min(until));
                    let open = without(whole, &closed).into_iter().filter(|(start, end)| start < end);
                    found.extend(open.map(|(starts_at, ends_at)| Stretch {
                        starts_at,
                        ends_at,
                        ..hours.clone()
                    }));
                }
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        found
    }

    /// A day as pages show it: what is open, and what closes the rest.
    pub(super) fn of_day_for_pages(&self, zone: &TimeZone, doctor: UserId, date: Date) -> Day {
        let hours = self.hours_of_day(zone, doctor, date);
        let (Some(from), Some(until)) = (instant(zone, date, 0), instant(zone, date, super::DAY)) else {
            return Day { date, open: Vec::new(), why: None };
        };
        let open = self.stretches(zone, doctor, from, until);
        let within = |start: Timestamp, end: Timestamp| {
            hours.iter().any(|hours| start < hours.ends_at && hours.starts_at < end)
        };
        let away = |leave: &Leave| leave.starts_at < until && from < leave.ends_at;
        let why = match self.holidays.on(date) {
            Some(name) => Some(format!("Closed: {name}")),
            None if self
                .leaves_of(doctor)
                .any(|leave| away(leave) && (hours.is_empty() || within(leave.starts_at, leave.ends_at))) =>
            {
                Some("Away".to_owned())
            }
            None => {
                let closed = self.closed_of_day(zone, doctor, date);
                let falls_out = closed.into_iter().any(|(start, end)| within(start, end));
                falls_out.then(|| "Hours fall out".to_owned())
            }
        };
        Day { date, open, why }
    }

    /// The hours at an instant, whatever closes them.
    #[must_use]
    pub fn hours_at(&self, zone: &TimeZone, doctor: UserId, at: Timestamp) -> Option<Stretch> {
        let date = at.to_zoned(zone.clone()).date();
        let hours = self.hours_of_day(zone, doctor, date);
        hours.into_iter().find(|hours| hours.starts_at <= at && at < hours.ends_at)
    }

    /// Why this time cannot be booked. `by_hours`: only within hours.
    #[must_use]
    pub fn shut(
        &self,
        zone: &TimeZone,
        doctor: UserId,
        (from, until): (Timestamp, Timestamp),
        by_hours: bool,
    ) -> Option<Shut> {
        let overlaps = |start: Timestamp, end: Timestamp| start < until && from < end;
        if let Some(leave) = self.leaves_of(doctor).find(|leave| overlaps(leave.starts_at, leave.ends_at)) {
            return Some(Shut::Leave { until: leave.ends_at });
        }
        let first = from.to_zoned(zone.clone()).date();
        // An appointment that ends at midnight is of one day.
        let last = until.to_zoned(zone.clone()).date();
        let mut hours = Vec::new();
        for date in [first, last].iter().take(if first == last { 1 } else { 2 }) {
            let begins = instant(zone, *date, 0);
            if (*date == first || begins.is_some_and(|begins| begins < until))
                && let Some(name) = self.holidays.on(*date)
            {
                return Some(Shut::Holiday(name.to_owned()));
            }
            let closed = self.closed_of_day(zone, doctor, *date);
            if closed.into_iter().any(|(start, end)| overlaps(start, end)) {
                return Some(Shut::Closed);
            }
            hours.extend(self.hours_of_day(zone, doctor, *date));
        }
        if !by_hours {
            return None;
        }
        let open: Vec<_> = hours.iter().map(|hours| (hours.starts_at, hours.ends_at)).collect();
        (!without((from, until), &open).is_empty()).then_some(Shut::OutsideHours)
    }
}

/// When the slots of a stretch begin: counted from where its hours begin, in time as it passes, each whole.
#[must_use]
pub fn slots(stretch: &Stretch) -> Vec<Timestamp> {
    let step = i64::from(stretch.slot_minutes.max(1)) * 60;
    let (first, from, end) =
        (stretch.hours_from.as_second(), stretch.starts_at.as_second(), stretch.ends_at.as_second());
    // Seconds of a stretch that begins within one count as passed.
    let from = from + i64::from(stretch.starts_at.subsec_nanosecond() > 0);
    let behind = (from - first).max(0);
    let skipped = behind / step + i64::from(behind % step != 0);
    let mut at = first + skipped * step;
    let mut slots = Vec::new();
    while at + step <= end {
        slots.extend(Timestamp::from_second(at));
        at += step;
    }
    slots
}

#[cfg(test)]
mod tests;
