//! When a step happened that is written down now: at most a day ago, on the hospital's clock, and in the order of things.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::kernel::FieldErrors;
use crate::kernel::wall_clock::{Fold, lately, moment};

/// The field of the API in which it is said.
pub const HAPPENED_AT: &str = "happened_at";
const TOO_OLD: &str = "What happened more than 24 hours ago is not written down here: put it into the notes.";

/// When a step happened; blank: now, and so does a clock that is a little ahead of ours. `zone`: of a time without an
/// offset.
pub fn parse_happened(
    field: &str,
    (typed, fold): (Option<&str>, Option<Fold>),
    now: Timestamp,
    zone: &TimeZone,
    errors: &mut FieldErrors,
) -> Timestamp {
    let read = moment(typed.unwrap_or_default(), fold, zone);
    match read.and_then(|at| at.map_or(Ok(now), |at| lately(at, now, TOO_OLD))) {
        Ok(at) => at.min(now),
        Err(sentence) => {
            errors.add(field, sentence);
            now
        }
    }
}

/// What happens after something else: as typed, or at that moment where only the seconds of the minute are missing.
/// `None`: it would be before it.
#[must_use]
pub fn not_before(at: Timestamp, earlier: Timestamp) -> Option<Timestamp> {
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    match at >= earlier {
        true => Some(at),
        false => (minute(at) == minute(earlier)).then_some(earlier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(typed: &str) -> Result<String, String> {
        let mut errors = FieldErrors::default();
        let (now, zone) = ("2026-11-22T12:00:00Z".parse().unwrap(), TimeZone::get("Asia/Kolkata").unwrap());
        let at = parse_happened("came_at", (Some(typed), None), now, &zone, &mut errors);
        let problem: crate::kernel::Problem = errors.into();
        problem.errors.first().map_or(Ok(at.to_string()), |error| {
            assert_eq!(error.field, "came_at");
            Err(error.message.clone())
        })
    }

    #[test]
    fn a_late_entry_is_at_most_a_day_late_and_never_ahead() {
        assert_eq!(at(" ").unwrap(), "2026-11-22T12:00:00Z");
        assert_eq!(at("2026-11-21T17:30").unwrap(), "2026-11-21T12:00:00Z", "on the wall");
        assert!(at("2026-11-21T11:59:59Z").unwrap_err().contains("24 hours"));
        assert_eq!(
            at("2026-11-22T12:05:00Z").unwrap(),
            "2026-11-22T12:00:00Z",
            "a clock that is ahead says now"
        );
        assert!(at("2026-11-22T12:05:01Z").unwrap_err().contains("future"));
        for typed in
            ["soon", "2026-11-22", "9999-12-31T23:59:59Z", "-009999-01-01T00:00:00Z", "2026-13-01T00:00"]
        {
            assert!(at(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_time_to_the_minute_is_after_what_happened_in_that_minute() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let came = time("2026-11-22T09:10:40Z");
        assert_eq!(not_before(time("2026-11-22T09:10:00Z"), came), Some(came));
        assert_eq!(not_before(time("2026-11-22T09:09:59Z"), came), None);
        assert_eq!(not_before(time("2026-11-22T09:11:00Z"), came), Some(time("2026-11-22T09:11:00Z")));
    }
}
