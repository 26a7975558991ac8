//! A birth as the API speaks of it: a day, "unknown", an age.

use jiff::civil::Date;

use super::birth::{self, Birth, OLDEST_YEARS};
use super::input::Given;
use crate::kernel::FieldErrors;

/// The three fields in which the contract speaks of a birth.
pub(super) struct BirthGiven {
    pub dob: Given<String>,
    pub unknown: Given<bool>,
    pub age: Given<i64>,
}

impl BirthGiven {
    /// A birthday wins over an age unless it is said to be unknown. Sent back as it was read, nothing changes:
    /// an age of last year is not counted again from today.
    pub(super) fn apply(self, was: Birth, today: Date, errors: &mut FieldErrors) -> Birth {
        if self.dob.is_absent() && self.unknown.is_absent() && self.age.is_absent() {
            return was;
        }
        let told_day = self.dob.told().map(|typed| typed.filter(|typed| !typed.trim().is_empty()));
        let cleared = told_day == Some(None);
        let date = match told_day.flatten() {
            Some(typed) => match day("dob", &typed, errors) {
                Some(date) => Some(date),
                None => return was,
            },
            None => None,
        };
        let only_age = matches!(was, Birth::About { .. });
        match (date, self.unknown.value(), self.age) {
            (Some(date), None, _) | (Some(date), Some(true), Given::Absent | Given::Null)
                if only_age && was.date() == Some(date) =>
            {
                was
            }
            (Some(date), None | Some(false), _) => {
                if let Err(sentence) = birth::check(date, today) {
                    errors.add("dob", sentence);
                }
                Birth::On(date)
            }
            (_, _, Given::Value(years)) => match i16::try_from(years) {
                Ok(years) if matches!(was, Birth::About { age_years, .. } if age_years == years) => was,
                Ok(years) if (0..=OLDEST_YEARS).contains(&years) => Birth::from_years(years, today),
                _ => {
                    errors.add("age_only", "Give the age in full years, from 0 to 130.");
                    was
                }
            },
            (Some(_), Some(true), _) => {
                errors.add("dob", "Give a date of birth or say that it is unknown, not both.");
                was
            }
            (None, Some(true), _) => Birth::Unknown,
            (None, ..) if cleared => Birth::NotRecorded,
            (None, _, Given::Null) if only_age => Birth::Unknown,
            (None, Some(false), _) if only_age => {
                errors.add("dob", "Give the date of birth.");
                was
            }
            (None, Some(false), _) if was == Birth::Unknown => Birth::NotRecorded,
            (None, ..) => was,
        }
    }
}

/// A day as programs write it.
pub(super) fn day(name: &str, typed: &str, errors: &mut FieldErrors) -> Option<Date> {
    let date = typed.trim().parse().ok();
    if date.is_none() {
        errors.add(name, "Write the date as year-month-day, like 1992-03-14.");
    }
    date
}
