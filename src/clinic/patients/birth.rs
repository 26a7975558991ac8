//! When somebody was born, as exactly as anybody knows.
//!
//! An age is not a birthday: the day computed from it is kept with its precision and with what was told, so that
//! 1 January is never shown, printed or matched as the day of birth.

use jiff::Unit;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// The oldest age that is believed.
pub const OLDEST_YEARS: i16 = 130;

/// How far a computed day of birth can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Precision {
    Day,
    Month,
    Year,
}

impl Precision {
    /// The word in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Month => "MONTH",
            Self::Year => "YEAR",
        }
    }

    /// The precision with this word; the database holds no other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "DAY" => Self::Day,
            "MONTH" => Self::Month,
            _ => Self::Year,
        }
    }
}

/// What is known of somebody's birth. Its JSON is what a record's history keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// Nobody asked yet.
    NotRecorded,
    /// Asked, and nobody knows.
    Unknown,
    /// A birthday.
    On(Date),
    /// Computed from an age.
    About {
        date: Date,
        precision: Precision,
        /// Full years, as told.
        age_years: i16,
        /// The hospital's day on which it was told.
        told_on: Date,
    },
}

impl Birth {
    /// From an age in full years: 1 January of the birth year.
    #[must_use]
    pub fn from_years(years: i16, today: Date) -> Self {
        let date = date(today.year() - years, 1, 1);
        Self::About { date, precision: Precision::Year, age_years: years, told_on: today }
    }

    /// From an age in other units, or from a date that is only nearly known.
    #[must_use]
    pub fn computed(date: Date, precision: Precision, today: Date) -> Self {
        Self::About { date, precision, age_years: full_years(date, today), told_on: today }
    }

    /// The day, computed or known.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        match self {
            Self::On(date) | Self::About { date, .. } => Some(*date),
            Self::NotRecorded | Self::Unknown => None,
        }
    }

    /// True if there is no birthday: unknown, or only an age.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::About { .. })
    }
}

/// A possible day of birth: not after today, not before people who live.
///
/// # Errors
/// One sentence for who typed it.
pub fn check(date: Date, today: Date) -> Result<(), &'static str> {
    if date > today {
        return Err("A date of birth cannot be in the future.");
    }
    if full_years(date, today) > OLDEST_YEARS {
        return Err("Nobody is older than 130 years: check the year.");
    }
    Ok(())
}

fn full_years(born: Date, today: Date) -> i16 {
    born.until((Unit::Year, today)).map_or(i16::MAX, |span| span.get_years())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_on_a_day_and_is_no_birthday() {
        let today = date(2026, 11, 22);
        let birth = Birth::from_years(34, today);
        assert_eq!(birth.date(), Some(date(1992, 1, 1)));
        assert!(birth.is_unknown() && !Birth::On(date(1992, 1, 1)).is_unknown());
        assert_eq!(check(date(2026, 11, 22), today), Ok(()));
        assert!(check(date(2026, 11, 23), today).is_err());
        assert_eq!(check(date(1895, 11, 23), today), Ok(()));
        assert!(check(date(1895, 11, 22), today).is_err());
    }
}
