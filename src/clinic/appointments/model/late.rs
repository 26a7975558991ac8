//! When a step happened that is written down now: at most a day ago, on the hospital's clock, and in the order of things.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::kernel::FieldErrors;

/// The field of the API in which it is said.
pub const HAPPENED_AT: &str = "happened_at";
/// What happened may be written down so much later.
pub(super) const LATEST_ENTRY: SignedDuration = SignedDuration::from_hours(24);
/// A clock may be so much ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Which of the two, of an hour that the clock shows twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    First,
    Second,
}

impl Fold {
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "first" => Some(Self::First),
            "second" => Some(Self::Second),
            _ => None,
        }
    }
}

/// When a step happened; blank: now, and so does a clock that is a little ahead of ours. `zone`: of a time without an
/// offset.
pub fn parse_happened(
    field: &str,
    (typed, fold): (Option<&str>, Option<Fold>),
    now: Timestamp,
    zone: &TimeZone,
    errors: &mut FieldErrors,
) -> Timestamp {
    let typed = typed.unwrap_or_default().trim();
    if typed.is_empty() {
        return now;
    }
    let read = match typed.parse::<Timestamp>() {
        Ok(at) => Ok(at),
        Err(_) => local(typed)
            .ok_or_else(|| "Write the time like 2026-10-25T02:30, with an offset if you like.".to_owned())
            .and_then(|local| on_the_wall(local, fold, zone)),
    };
    match read.and_then(|at| within(at, now)) {
        Ok(at) => at,
        Err(sentence) => {
            errors.add(field, sentence);
            now
        }
    }
}

fn within(at: Timestamp, now: Timestamp) -> Result<Timestamp, String> {
    // To the microsecond, as it is kept.
    let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    if at > now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX) {
        return Err("This is in the future: check the time.".to_owned());
    }
    if at < now.saturating_sub(LATEST_ENTRY).unwrap_or(Timestamp::MIN) {
        return Err("What happened more than 24 hours ago is not written down here: put it into the notes."
            .to_owned());
    }
    Ok(at.min(now))
}

/// A day alone is no time.
fn local(typed: &str) -> Option<DateTime> {
    (typed.len() > 10).then(|| typed.parse().ok()).flatten()
}

fn on_the_wall(local: DateTime, fold: Option<Fold>, zone: &TimeZone) -> Result<Timestamp, String> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let far = |_| "This is too far away.".to_owned();
    match (ambiguous.offset(), fold) {
        (AmbiguousOffset::Unambiguous { .. }, _) => ambiguous.compatible().map_err(far),
        (AmbiguousOffset::Gap { .. }, _) => {
            Err("The clock skipped this time that night: check it.".to_owned())
        }
        (AmbiguousOffset::Fold { .. }, Some(Fold::First)) => ambiguous.earlier().map_err(far),
        (AmbiguousOffset::Fold { .. }, Some(Fold::Second)) => ambiguous.later().map_err(far),
        (AmbiguousOffset::Fold { before, after }, None) => Err(format!(
            "The clock showed this time twice that night: say which, {before} first or {after} second."
        )),
    }
}

/// Does this time on the hospital's clock come twice?
#[must_use]
pub fn comes_twice(typed: &str, zone: &TimeZone) -> bool {
    let typed = typed.trim();
    typed.parse::<Timestamp>().is_err()
        && local(typed).is_some_and(|local| {
            matches!(zone.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Fold { .. })
        })
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

    fn at(typed: &str, fold: Option<Fold>, now: &str, zone: &str) -> Result<String, String> {
        let mut errors = FieldErrors::default();
        let (now, zone) = (now.parse().unwrap(), TimeZone::get(zone).unwrap());
        let at = parse_happened("came_at", (Some(typed), fold), now, &zone, &mut errors);
        let problem: crate::kernel::Problem = errors.into();
        problem.errors.first().map_or(Ok(at.to_string()), |error| {
            assert_eq!(error.field, "came_at");
            Err(error.message.clone())
        })
    }

    #[test]
    fn an_hour_that_comes_twice_is_asked_about_and_a_skipped_one_refused() {
        let at = |typed, fold| at(typed, fold, "2026-11-01T07:00:00Z", "America/New_York");
        assert!(at("2026-11-01T01:30", None).unwrap_err().contains("-04 first or -05 second"));
        assert_eq!(at("2026-11-01T01:30", Fold::from_code("first")).unwrap(), "2026-11-01T05:30:00Z");
        assert_eq!(at("2026-11-01T01:30", Fold::from_code("second")).unwrap(), "2026-11-01T06:30:00Z");
        assert_eq!(at("2026-11-01T01:30-05:00", None).unwrap(), "2026-11-01T06:30:00Z");
        let zone = TimeZone::get("America/New_York").unwrap();
        assert!(comes_twice("2026-11-01T01:30", &zone) && !comes_twice("2026-11-01T02:30", &zone));
        assert!(!comes_twice("2026-11-01T01:30-05:00", &zone) && !comes_twice("", &zone));
        let spring = super::tests::at("2026-03-08T02:30", None, "2026-03-08T09:00:00Z", "America/New_York");
        assert!(spring.unwrap_err().contains("skipped"));
    }

    #[test]
    fn a_late_entry_is_at_most_a_day_late_and_never_ahead() {
        let at = |typed| at(typed, None, "2026-11-22T12:00:00Z", "Asia/Kolkata");
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
