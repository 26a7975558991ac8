//! Times of an appointment: the grid, the hospital's day, and until when what is possible.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::AppointmentError;
use crate::kernel::wall_clock::LATEST_ENTRY;

/// Seconds of the grid: a quarter of an hour. All zones of today are whole quarters away from UTC.
const GRID: i64 = 900;

/// Is it a quarter of an hour, to the second and below?
#[must_use]
pub fn is_on_grid(at: Timestamp) -> bool {
    at.as_second() % GRID == 0 && at.subsec_nanosecond() == 0
}

/// The hospital's day of an instant.
#[must_use]
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// The same weekday and time of day, some weeks later, on the hospital's clock. A time that the clock skips that day
/// is the one after the gap; of one that it shows twice, the first.
#[must_use]
pub fn same_weekday(at: Timestamp, weeks: i64, zone: &TimeZone) -> Option<Timestamp> {
    let local = at.to_zoned(zone.clone()).datetime();
    let later = local.checked_add(weeks.weeks()).ok()?;
    later.to_zoned(zone.clone()).ok().map(|later| later.timestamp())
}

/// What the hospital's clock and its rules make possible now.
#[derive(Debug, Clone)]
pub struct Window {
    pub now: Timestamp,
    pub zone: TimeZone,
    /// Check-in opens so many minutes before the time.
    pub grace_minutes: i64,
}

impl Window {
    #[must_use]
    pub fn today(&self) -> Date {
        day_of(self.now, &self.zone)
    }

    /// The same rules at another moment: when something happened that is written down now.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// # Errors
    /// [`AppointmentError::TooEarly`], [`AppointmentError::DayOver`].
    pub fn may_check_in(&self, scheduled_at: Timestamp) -> Result<(), AppointmentError> {
        let minutes = self.grace_minutes;
        let opens = scheduled_at.checked_sub(minutes.minutes()).unwrap_or(Timestamp::MIN);
        if self.now < opens {
            return Err(AppointmentError::TooEarly { minutes });
        }
        if self.today() > day_of(scheduled_at, &self.zone) {
            return Err(AppointmentError::DayOver);
        }
        Ok(())
    }

    /// # Errors
    /// [`AppointmentError::NotToday`].
    pub fn may_start(&self, scheduled_at: Timestamp) -> Result<(), AppointmentError> {
        if self.is_today(scheduled_at) { Ok(()) } else { Err(AppointmentError::NotToday) }
    }

    #[must_use]
    pub fn is_today(&self, at: Timestamp) -> bool {
        self.today() == day_of(at, &self.zone)
    }

    /// Can something of that day be written down now, as of when it happened?
    #[must_use]
    pub fn was_lately(&self, at: Timestamp) -> bool {
        let earliest = self.now.saturating_sub(LATEST_ENTRY).unwrap_or(Timestamp::MIN);
        (day_of(earliest, &self.zone)..=self.today()).contains(&day_of(at, &self.zone))
    }

    /// A time that can be booked.
    ///
    /// # Errors
    /// [`AppointmentError::InThePast`], [`AppointmentError::TooFar`].
    pub fn may_book(&self, at: Timestamp) -> Result<(), AppointmentError> {
        if at <= self.now {
            return Err(AppointmentError::InThePast);
        }
        let furthest = self.now.checked_add((super::FURTHEST_DAYS * 24).hours()).unwrap_or(Timestamp::MAX);
        if at > furthest { Err(AppointmentError::TooFar) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(now: &str, zone: &str) -> Window {
        Window { now: now.parse().unwrap(), zone: TimeZone::get(zone).unwrap(), grace_minutes: 30 }
    }

    #[test]
    fn the_grid_is_to_the_second_and_the_same_in_every_zone() {
        for (at, fits) in [
            ("2026-03-14T09:00:00Z", true),
            ("2026-03-14T09:15:00+05:45", true),
            ("2026-03-14T09:15:00+12:45", true),
            ("2026-03-14T09:15:01Z", false),
            ("2026-03-14T09:15:00.000001Z", false),
            ("2026-03-14T09:07:00Z", false),
            ("1969-12-31T23:45:00Z", true),
        ] {
            assert_eq!(is_on_grid(at.parse().unwrap()), fits, "{at}");
        }
    }

    #[test]
    fn check_in_is_open_until_the_hospitals_day_ends() {
        // 23:30 in Kathmandu is 17:45 in UTC; its day ends at 18:15.
        let at: Timestamp = "2026-03-14T17:45:00Z".parse().unwrap();
        let may = |now| window(now, "Asia/Kathmandu").may_check_in(at);
        assert_eq!(may("2026-03-14T17:14:59Z"), Err(AppointmentError::TooEarly { minutes: 30 }));
        assert_eq!(may("2026-03-14T17:15:00Z"), Ok(()));
        assert_eq!(may("2026-03-14T18:14:59Z"), Ok(()));
        assert_eq!(may("2026-03-14T18:15:00Z"), Err(AppointmentError::DayOver));
        // Early in the day, the window opens the evening before.
        let at: Timestamp = "2026-03-13T18:15:00Z".parse().unwrap();
        assert_eq!(window("2026-03-13T17:45:00Z", "Asia/Kathmandu").may_check_in(at), Ok(()));
        assert_eq!(
            window("2026-03-13T17:45:00Z", "Asia/Kathmandu").may_start(at),
            Err(AppointmentError::NotToday)
        );
        assert_eq!(window("2026-03-13T18:15:00Z", "Asia/Kathmandu").may_start(at), Ok(()));
    }

    #[test]
    fn what_is_written_down_later_is_of_today_or_of_the_day_before() {
        // 23:30 in Kathmandu; its day ends at 18:15 in UTC.
        let at: Timestamp = "2026-03-14T17:45:00Z".parse().unwrap();
        let was = |now| window(now, "Asia/Kathmandu").was_lately(at);
        assert!(!was("2026-03-13T18:14:59Z"), "tomorrow");
        assert!(was("2026-03-14T05:00:00Z") && was("2026-03-15T18:14:59Z"));
        assert!(!was("2026-03-15T18:15:00Z"), "a day after its end");
        let then: Timestamp = "2026-03-14T17:50:00Z".parse().unwrap();
        assert_eq!(window("2026-03-15T09:00:00Z", "Asia/Kathmandu").at(then).may_check_in(at), Ok(()));
    }

    #[test]
    fn a_day_with_a_change_of_the_clock_is_as_long_as_it_is() {
        // Berlin, 25 October 2026: 25 hours, until 23:00 UTC.
        let at: Timestamp = "2026-10-25T08:00:00Z".parse().unwrap();
        assert_eq!(window("2026-10-25T22:59:59Z", "Europe/Berlin").may_check_in(at), Ok(()));
        assert_eq!(
            window("2026-10-25T23:00:00Z", "Europe/Berlin").may_check_in(at),
            Err(AppointmentError::DayOver)
        );
        // 29 March 2026: 23 hours, until 22:00 UTC.
        let at: Timestamp = "2026-03-29T08:00:00Z".parse().unwrap();
        assert_eq!(window("2026-03-29T21:59:59Z", "Europe/Berlin").may_check_in(at), Ok(()));
        assert_eq!(
            window("2026-03-29T22:00:00Z", "Europe/Berlin").may_check_in(at),
            Err(AppointmentError::DayOver)
        );
    }

    #[test]
    fn weeks_later_the_clock_shows_the_same() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let later = |at: &str, weeks| same_weekday(at.parse().unwrap(), weeks, &berlin).unwrap().to_string();
        assert_eq!(later("2026-10-20T08:00:00Z", 1), "2026-10-27T09:00:00Z", "10:00 stays 10:00");
        assert_eq!(
            later("2026-03-22T01:30:00Z", 1),
            "2026-03-29T01:30:00Z",
            "02:30 is skipped: after the gap"
        );
        assert_eq!(later("2026-10-18T00:30:00Z", 1), "2026-10-25T00:30:00Z", "02:30 comes twice: the first");
    }
}
