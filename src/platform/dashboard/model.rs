//! Stretches of time in which sign-ups are counted.

use jiff::ToSpan as _;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long one stretch is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The last 30 days.
    #[default]
    Day,
    /// The last 12 weeks, from Monday.
    Week,
}

/// Hospitals that signed up in one stretch.
#[derive(Debug, Clone, Copy)]
pub struct Signups {
    pub first_day: Date,
    pub hospitals: i64,
}

impl By {
    /// The word in the address, and PostgreSQL's.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// The first day of each stretch of time, the oldest first.
    #[must_use]
    pub fn first_days(self, today: Date) -> Vec<Date> {
        let (last, step, many) = match self {
            Self::Day => (today, 1, 30),
            Self::Week => {
                let since_monday = i64::from(today.weekday().to_monday_zero_offset());
                (today.saturating_sub(since_monday.days()), 7, 12)
            }
        };
        (0..many).rev().map(|n: i64| last.saturating_sub((n * step).days())).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn stretches_end_today_and_weeks_begin_on_monday() {
        let days = By::Day.first_days(date(2026, 3, 1));
        assert_eq!((days.len(), days[0], days[29]), (30, date(2026, 1, 31), date(2026, 3, 1)));
        // A Sunday belongs to the week before.
        let weeks = By::Week.first_days(date(2026, 11, 22));
        assert_eq!((weeks.len(), weeks[0], weeks[11]), (12, date(2026, 8, 31), date(2026, 11, 16)));
        assert_eq!(By::Week.first_days(date(2026, 11, 23))[11], date(2026, 11, 23));
    }
}
