//! From a time that somebody types of what happened before to the moment: on the clock of a place, which shows some times
//! twice and skips others. What it showed twice is asked about, never guessed.

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::coded;

/// What happened may be written down so much later.
pub const LATEST_ENTRY: SignedDuration = SignedDuration::from_hours(24);
/// Somebody else's clock may be so much ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

pub const NOT_A_TIME: &str = "Write the time like 2026-10-25T02:30, with an offset if you like.";

coded! {
    /// Which of the two, of a time that the clock shows twice.
    Fold "Fold" { First = "first" "The first time", Second = "second" "The second time" }
}

/// The moment of a time with an offset, or of one on the clock of `zone`, to the microsecond, as it is kept; `None`:
/// nothing was typed.
///
/// # Errors
/// One sentence for who typed it.
pub fn moment(typed: &str, fold: Option<Fold>, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let at = match typed.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => on_the_wall(shown(typed).ok_or(NOT_A_TIME)?, fold, zone)?,
    };
    Ok(Some(Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)))
}

/// What a clock on the wall shows. A day alone is no time: nobody means its midnight.
fn shown(typed: &str) -> Option<DateTime> {
    typed.parse::<Time>().ok()?;
    typed.parse().ok()
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

/// What can be written down now: at most a day old, and not in the future. `too_old` is said of what is older.
///
/// # Errors
/// One sentence for who typed it.
pub fn lately(at: Timestamp, now: Timestamp, too_old: &str) -> Result<Timestamp, String> {
    if at > now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX) {
        return Err("This is in the future: check the time.".to_owned());
    }
    if at < now.saturating_sub(LATEST_ENTRY).unwrap_or(Timestamp::MIN) {
        return Err(too_old.to_owned());
    }
    Ok(at)
}

/// Does this time, as it was typed, come twice on the clock of `zone`?
#[must_use]
pub fn comes_twice(typed: &str, zone: &TimeZone) -> bool {
    let typed = typed.trim();
    typed.parse::<Timestamp>().is_err() && shown(typed).is_some_and(|local| is_shown_twice(local, zone))
}

/// The offset, where the clock shows this time twice: words for people need it there.
#[must_use]
pub fn offset_of_two(at: &Zoned) -> Option<String> {
    is_shown_twice(at.datetime(), at.time_zone()).then(|| format!("UTC{}", at.offset()))
}

fn is_shown_twice(local: DateTime, zone: &TimeZone) -> bool {
    matches!(zone.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Fold { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn an_hour_that_comes_twice_is_asked_about_and_a_skipped_one_refused() {
        let there = zone("America/New_York");
        let at = |typed, fold| moment(typed, fold, &there).map(|at| at.unwrap().to_string());
        assert!(at("2026-11-01T01:30", None).unwrap_err().contains("-04 first or -05 second"));
        assert_eq!(at("2026-11-01T01:30", Fold::from_code("first")).unwrap(), "2026-11-01T05:30:00Z");
        assert_eq!(at("2026-11-01T01:30", Fold::from_code("second")).unwrap(), "2026-11-01T06:30:00Z");
        assert_eq!(at("2026-11-01T01:30-05:00", None).unwrap(), "2026-11-01T06:30:00Z");
        assert!(comes_twice("2026-11-01T01:30", &there) && !comes_twice("2026-11-01T02:30", &there));
        assert!(!comes_twice("2026-11-01T01:30-05:00", &there) && !comes_twice("", &there));
        // Midnight came twice at Havana's.
        let (midnight, there_too) = ("2026-11-01T00:00", zone("America/Havana"));
        assert!(comes_twice(midnight, &there_too) && !comes_twice("2026-11-01", &there_too));
        assert!(at("2026-03-08T02:30", None).unwrap_err().contains("skipped"));
    }

    #[test]
    fn what_is_typed_is_a_moment_or_a_time_on_the_wall() {
        let there = zone("Asia/Kolkata");
        let at = |typed| moment(typed, None, &there).map(|at| at.map(|at| at.to_string()));
        assert_eq!(at(" "), Ok(None));
        assert_eq!(at(" 2026-11-21T17:30 "), Ok(Some("2026-11-21T12:00:00Z".to_owned())));
        assert_eq!(at("2026-11-21T12:00:00.1234567Z"), Ok(Some("2026-11-21T12:00:00.123456Z".to_owned())));
        assert_eq!(at("2026-11-21T00:00"), Ok(Some("2026-11-20T18:30:00Z".to_owned())));
        let days_alone =
            ["2026-11-21", "20261121", "+002026-11-21", "2026-11-21[Asia/Kolkata]", "2026-11-21Z"];
        for typed in ["soon", "2026-13-01T00:00", "17:30"].into_iter().chain(days_alone) {
            assert_eq!(at(typed), Err(NOT_A_TIME.to_owned()), "{typed}");
        }
    }

    #[test]
    fn a_late_entry_is_at_most_a_day_late_and_never_ahead() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |typed: &str| lately(typed.parse().unwrap(), now, "Too old.");
        assert_eq!(at("2026-11-21T11:59:59Z"), Err("Too old.".to_owned()));
        for fits in ["2026-11-21T12:00:00Z", "2026-11-22T12:05:00Z"] {
            assert_eq!(at(fits), Ok(fits.parse().unwrap()));
        }
        assert!(at("2026-11-22T12:05:01Z").unwrap_err().contains("future"));
        assert!(lately(Timestamp::MAX, now, "").is_err() && lately(Timestamp::MIN, now, "").is_err());
    }

    #[test]
    fn a_time_that_is_shown_twice_is_told_with_its_offset() {
        let said =
            |at: &str| offset_of_two(&at.parse::<Timestamp>().unwrap().to_zoned(zone("Europe/Berlin")));
        assert_eq!(said("2026-10-25T00:30:00Z").as_deref(), Some("UTC+02"));
        assert_eq!(said("2026-10-25T01:30:00Z").as_deref(), Some("UTC+01"));
        assert_eq!(said("2026-10-25T02:30:00Z"), None);
    }
}
