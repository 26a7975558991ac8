//! From a time on the wall clock to a moment.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::kernel::{AppError, FieldErrors, text};
use crate::problem;

/// When somebody died, as it was told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// A moment with offset, a time of the hospital without one, or a day.
    pub died_at: &'a str,
    /// `+01:00`: which of two hours that the clock showed; blank if it showed one.
    pub offset: &'a str,
    pub certified_by: Option<&'a str>,
}

/// A death to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Death {
    pub on: Date,
    /// `None`: the day alone is known.
    pub at: Option<Timestamp>,
    pub certified_by: Option<String>,
}

/// Why it is not undone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DeathError {
    #[error("This record does not say that the patient has died, so there is nothing to take back.")]
    NotDeceased,
}

problem!(DeathError { NotDeceased => CONFLICT "deceased.not_deceased" });

impl Told<'_> {
    /// # Errors
    /// 422 with every field that needs attention; at `offset` if the clock showed that hour twice, or never.
    pub fn parse(&self, zone: &TimeZone) -> Result<Death, AppError> {
        let mut errors = FieldErrors::default();
        let certified_by = text::optional("certified_by", self.certified_by, 200, &mut errors);
        let when = self.when(zone, &mut errors);
        errors.finish_with(when.zip(certified_by.ok()).map(|((on, at), certified_by)| Death {
            on,
            at,
            certified_by,
        }))
    }

    fn when(&self, zone: &TimeZone, errors: &mut FieldErrors) -> Option<(Date, Option<Timestamp>)> {
        let typed = self.died_at.trim();
        if typed.is_empty() {
            errors.add("died_at", "Say when the patient died: a time, or at least the day.");
            return None;
        }
        let has_offset = !self.offset.trim().is_empty();
        // A moment names its offset; as a local time it would lose it.
        if let Ok(at) = typed.parse::<Timestamp>() {
            if has_offset {
                errors.add("offset", "The time has its offset already: leave this out.");
            }
            return Some((at.to_zoned(zone.clone()).date(), Some(at)));
        }
        if typed.len() <= 10 {
            if has_offset {
                errors.add("offset", "An offset belongs to a time, and only the day is given: leave it out.");
            }
            let day = typed.parse::<Date>().ok();
            if day.is_none() {
                errors.add("died_at", NOT_UNDERSTOOD);
            }
            return day.map(|day| (day, None));
        }
        let Ok(local) = typed.parse::<DateTime>() else {
            errors.add("died_at", NOT_UNDERSTOOD);
            return None;
        };
        match moment(local, self.offset, zone) {
            Ok(at) => Some((at.to_zoned(zone.clone()).date(), Some(at))),
            Err(sentence) => {
                errors.add("offset", sentence);
                None
            }
        }
    }
}

const NOT_UNDERSTOOD: &str = "Write the time like 2026-10-25T02:30 on the hospital's clock, with an offset if you like, or the day alone.";

/// The moment at which the clock of `zone` showed `local`. `offset` says which one, where it showed it twice, and what
/// is meant where it skipped it; blank where there is nothing to say.
///
/// # Errors
/// A question that names both offsets, or what is wrong with the one given.
pub fn moment(local: DateTime, offset: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let clock = format!("{:02}:{:02}", local.hour(), local.minute());
    let (one, other) = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, offset),
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => (before, after),
    };
    let given = match offset.trim() {
        "" => None,
        typed => Some(parse_offset(typed).ok_or("Write the offset like +01:00.")?),
    };
    let chosen = match given {
        None if one == other => one,
        Some(given) if given == one || given == other => given,
        Some(_) if one == other => {
            return Err(format!("At {clock} the hospital's clock stood at {}.", said(one)));
        }
        _ => {
            let (first, second) = (said(one), said(other));
            let what = if one > other {
                format!("The clock showed {clock} twice that night: say which with the offset")
            } else {
                format!("The clock skipped {clock} that night: correct the time, or say the offset")
            };
            return Err(format!("{what}, {first} (before the change) or {second} (after it)."));
        }
    };
    chosen.to_timestamp(local).map_err(|_| NOT_UNDERSTOOD.to_owned())
}

/// The two offsets between which a time has to be decided, if there are two.
#[must_use]
pub fn choices(local: DateTime, zone: &TimeZone) -> Option<[String; 2]> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            Some([said(before), said(after)])
        }
    }
}

/// `+05:30`
fn said(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn parse_offset(typed: &str) -> Option<Offset> {
    let (sign, rest) = match typed.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-" | "\u{2212}", rest) => (-1, rest),
        _ => return None,
    };
    // A number may have a sign of its own, an hour may not.
    let (hours, minutes) =
        rest.split_once(':').filter(|(hours, _)| hours.bytes().all(|b| b.is_ascii_digit()))?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=25).contains(&hours) && (0..60).contains(&minutes))
        .then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_hour_that_came_twice_or_never_is_asked_about() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let twice = date(2026, 10, 25).at(2, 30, 0, 0);
        let asked = moment(twice, "", &berlin).unwrap_err();
        assert!(asked.contains("+02:00") && asked.contains("+01:00") && asked.contains("twice"), "{asked}");
        assert_eq!(moment(twice, "+02:00", &berlin), Ok("2026-10-25T00:30:00Z".parse().unwrap()));
        assert_eq!(moment(twice, "+01:00", &berlin), Ok("2026-10-25T01:30:00Z".parse().unwrap()));
        assert!(moment(twice, "+05:30", &berlin).is_err());
        let never = date(2026, 3, 29).at(2, 30, 0, 0);
        let asked = moment(never, "", &berlin).unwrap_err();
        assert!(asked.contains("+01:00") && asked.contains("+02:00") && asked.contains("skipped"), "{asked}");
        assert_eq!(moment(never, "+01:00", &berlin), Ok("2026-03-29T01:30:00Z".parse().unwrap()));
        let once = date(2026, 7, 1).at(2, 30, 0, 0);
        assert_eq!(moment(once, "", &berlin), Ok("2026-07-01T00:30:00Z".parse().unwrap()));
        assert_eq!(moment(once, "+02:00", &berlin), moment(once, "", &berlin));
        assert!(moment(once, "+01:00", &berlin).unwrap_err().contains("+02:00"));
        for wrong in ["1", "+1", "CET", "+99:00", "+01:77", "++1:00", "Z"] {
            assert!(moment(twice, wrong, &berlin).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_alone_is_enough_and_a_moment_is_taken_as_it_is() {
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let told = |died_at| Told { died_at, ..Told::default() }.parse(&kolkata);
        assert_eq!(
            told("2026-03-14").unwrap(),
            Death { on: date(2026, 3, 14), at: None, certified_by: None }
        );
        let night = told("2026-03-14T20:00:00Z").unwrap();
        assert_eq!((night.on, night.at), (date(2026, 3, 15), "2026-03-14T20:00:00Z".parse().ok()));
        let local = told("2026-03-14 20:00").unwrap();
        assert_eq!(local.at, "2026-03-14T14:30:00Z".parse().ok());
        for wrong in ["", "yesterday", "2026-02-30", "14/03/2026", "2026-03-14T25:00"] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }
}
