//! The only place that reads the time, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};

/// A clock that can be shifted. Clones share the shift.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// Now, truncated to microseconds: what PostgreSQL's `timestamptz` keeps.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one reader of the system clock")]
    pub fn now(&self) -> Timestamp {
        let shifted =
            Timestamp::now() + SignedDuration::from_secs(self.shift_seconds.load(Ordering::Relaxed));
        Timestamp::from_microsecond(shifted.as_microsecond()).unwrap_or(shifted)
    }

    /// Now on the wall clock of `zone`: a hospital's "today" is *its* day.
    #[must_use]
    pub fn in_zone(&self, zone: &TimeZone) -> Zoned {
        self.now().to_zoned(zone.clone())
    }

    /// Move this clock by `seconds` (tests of expiry).
    pub fn shift(&self, seconds: i64) {
        self.shift_seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}
