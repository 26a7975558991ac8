//! Numbers of a hospital's day, and of the days that a chart shows.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

/// How many days the charts go back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    Today,
    #[default]
    #[serde(rename = "last_7_days")]
    Last7Days,
    #[serde(rename = "last_30_days")]
    Last30Days,
    #[serde(rename = "last_90_days")]
    Last90Days,
}

impl Range {
    /// With today.
    #[must_use]
    pub fn days(self) -> i64 {
        match self {
            Self::Today => 1,
            Self::Last7Days => 7,
            Self::Last30Days => 30,
            Self::Last90Days => 90,
        }
    }

    /// The days that it has, the oldest first; the last is today.
    #[must_use]
    pub fn of(self, today: Date) -> Vec<Date> {
        (0..self.days()).rev().map(|ago| today.saturating_sub(ago.days())).collect()
    }
}

/// The day of a hospital, as far as whoever asks may know of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// Appointments of the day, whatever became of them.
    pub booked: i64,
    pub scheduled: i64,
    pub checked_in: i64,
    pub in_consultation: i64,
    pub completed: i64,
    /// With whoever asks, without those that are off.
    pub mine: i64,
    /// With whoever asks: they are here and wait.
    pub mine_waiting: i64,
    /// Of the next four hours, also after midnight.
    pub to_check_in: i64,
    /// Here, and nobody has taken vital signs yet.
    pub without_vitals: i64,
    /// Half an hour late, and not here.
    pub late: i64,
    /// Here for over an hour, and no note is signed.
    pub without_note: i64,
}

/// What the charts show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trends {
    /// Appointments by status.
    pub statuses: BTreeMap<String, i64>,
    /// Registrations of each day, the oldest first; also days without any.
    pub registered: Vec<(Date, i64)>,
    /// The same people by sex, and by age today in years.
    pub genders: BTreeMap<String, i64>,
    pub ages: BTreeMap<String, i64>,
}

impl Trends {
    /// How many appointments have one of these statuses.
    #[must_use]
    pub fn with(&self, statuses: &[&str]) -> i64 {
        statuses.iter().filter_map(|status| self.statuses.get(*status)).sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn ranges_end_today() {
        let today = date(2026, 3, 1);
        assert_eq!(Range::Today.of(today), [today]);
        let week = Range::Last7Days.of(today);
        assert_eq!((week.len(), week[0], week[6]), (7, date(2026, 2, 23), today));
        assert_eq!(Range::Last90Days.of(today).len(), 90);
    }
}
