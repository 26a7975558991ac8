//! How many accounts and patients a hospital may have, and how near it is to that.

use crate::kernel::FieldErrors;

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    pub used: i64,
    pub limit: i64,
}

impl Used {
    /// Nothing where there is no limit.
    #[must_use]
    pub fn of(used: i64, limit: Option<i32>) -> Option<Self> {
        limit.map(|limit| Self { used, limit: i64::from(limit) })
    }

    /// In full per cent; more than a hundred where somebody could not wait.
    #[must_use]
    pub fn percent(self) -> i64 {
        self.used.saturating_mul(100) / self.limit.max(1)
    }

    /// The stage that its administrators are told of: 95, 80 or none.
    #[must_use]
    pub fn stage(self) -> i64 {
        STAGES.into_iter().find(|stage| self.percent() >= *stage).unwrap_or(0)
    }
}

/// Per cent of a limit at which a hospital is warned, the last one first.
const STAGES: [i64; 2] = [95, 80];

/// A limit as it was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Limit {
    /// Not mentioned: stays as it is.
    #[default]
    Kept,
    /// None from now on.
    Lifted,
    Set(i32),
}

impl Limit {
    /// From a number; `None` was not mentioned.
    pub fn given(field: &str, number: Option<i64>, errors: &mut FieldErrors) -> Self {
        let Some(number) = number else { return Self::Kept };
        match i32::try_from(number) {
            Ok(number) if number >= 1 => Self::Set(number),
            _ => {
                errors.add(field, NO_LIMIT);
                Self::Kept
            }
        }
    }

    /// As somebody typed it into a form; blank is no limit.
    pub fn typed(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Self {
        match typed.map(str::trim) {
            None | Some("") => Self::Lifted,
            Some(digits) => match digits.parse::<i64>() {
                Ok(number) => Self::given(field, Some(number), errors),
                Err(_) => {
                    errors.add(field, NO_LIMIT);
                    Self::Kept
                }
            },
        }
    }
}

const NO_LIMIT: &str = "Use a whole number from 1 to 2147483647.";

/// Both limits as they were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    pub users: Limit,
    pub patients: Limit,
    /// A raise for so many hours.
    pub hours: Option<i64>,
}

/// A raise is for a week at most: who needs more for longer is given another limit.
pub const MAX_RAISE_HOURS: i64 = 168;

/// For how long a limit is raised.
pub fn raise_hours(hours: Option<i64>, errors: &mut FieldErrors) -> Option<i64> {
    if hours.is_some_and(|hours| !(1..=MAX_RAISE_HOURS).contains(&hours)) {
        errors.add("hours", "Use a whole number of hours from 1 to 168.");
    }
    hours
}

impl Limits {
    /// A raise says up to where.
    pub fn check(&self, errors: &mut FieldErrors) {
        if self.hours.is_none() {
            return;
        }
        for (field, limit) in [("max_users", self.users), ("max_patients", self.patients)] {
            if limit == Limit::Lifted {
                errors.add(field, "Say up to how many it is raised.");
            }
        }
        if (self.users, self.patients) == (Limit::Kept, Limit::Kept) {
            errors.add("max_users", "Say which limit is raised, and up to how many.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_at_its_stages() {
        for (used, limit, percent, stage) in [
            (0, 10, 0, 0),
            (7, 10, 70, 0),
            (8, 10, 80, 80),
            (94, 100, 94, 80),
            (95, 100, 95, 95),
            (12, 10, 120, 95),
        ] {
            let used = Used { used, limit };
            assert_eq!((used.percent(), used.stage()), (percent, stage), "{used:?}");
        }
        assert_eq!(Used::of(5, None), None);
    }

    #[test]
    fn a_limit_is_a_whole_number_from_one() {
        for (typed, limit) in
            [("", Limit::Lifted), (" ", Limit::Lifted), ("1", Limit::Set(1)), (" 250 ", Limit::Set(250))]
        {
            let mut errors = FieldErrors::default();
            assert_eq!(Limit::typed("max_users", Some(typed), &mut errors), limit, "{typed:?}");
            assert!(errors.is_empty());
        }
        for typed in ["0", "-1", "1.5", "many", "2147483648", "99999999999999999999"] {
            let mut errors = FieldErrors::default();
            Limit::typed("max_users", Some(typed), &mut errors);
            assert_eq!(errors.len(), 1, "{typed:?}");
        }
    }
}
