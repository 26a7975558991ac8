//! When a hospital is open: the spans of a week, on its own clock. Pure.

use jiff::Zoned;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::holidays::Holidays;
use super::span::{DAY, Fault, Span};
use crate::kernel::manner::Hours;

/// Of one weekday.
const MAX_SPANS: usize = 6;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// By ISO 8601: 1 is Monday.
    #[must_use]
    pub fn number(self) -> i16 {
        self.index() + 1
    }

    pub(super) fn index(self) -> i16 {
        self as i16
    }

    /// The weekday with this number; the database holds no other.
    #[must_use]
    pub fn from_number(number: i16) -> Self {
        Self::ALL.into_iter().find(|day| day.number() == number).unwrap_or(Self::Monday)
    }

    #[must_use]
    pub fn of(date: Date) -> Self {
        Self::from_number(i16::from(date.weekday().to_monday_one_offset()))
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// The word in the API, for example `MONDAY`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.name().to_uppercase() == code)
    }

    /// All seven, this one first.
    #[must_use]
    pub fn week(self) -> [Self; 7] {
        let mut days = Self::ALL;
        days.rotate_left(self as usize);
        days
    }
}

/// The spans of a week, sorted, none over another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week(Vec<Span>);

impl Week {
    /// # Errors
    /// The weekday at fault and what is wrong.
    pub fn new(mut spans: Vec<Span>) -> Result<Self, (Weekday, Fault)> {
        spans.sort_unstable();
        for day in Weekday::ALL {
            if spans.iter().filter(|span| span.day == day).count() > MAX_SPANS {
                return Err((day, format!("Write at most {MAX_SPANS} spans for one day.")));
            }
        }
        let mut rounds: Vec<_> = spans.iter().map(|span| (span.of_week(), span.day)).collect();
        // After Sunday night comes the first span of the week again.
        rounds.extend(rounds.first().map(|((from, to), day)| {
            let week = 7 * i32::from(DAY);
            ((from + week, to + week), *day)
        }));
        for pair in rounds.windows(2) {
            let [((_, end), day), ((start, _), next)] = [pair[0], pair[1]];
            if spans.len() > 1 && start < end {
                let fault = if day == next {
                    "Two spans of this day overlap.".to_owned()
                } else {
                    format!("These hours go on into those of {}.", next.name())
                };
                return Err((day, fault));
            }
        }
        Ok(Self(spans))
    }

    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Nobody has told the hours yet.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    pub fn of(&self, day: Weekday) -> impl Iterator<Item = &Span> {
        self.0.iter().filter(move |span| span.day == day)
    }

    /// One day as people type it: `09:00–13:00, 16:00–20:00` or `closed`.
    #[must_use]
    pub fn written(&self, day: Weekday, hours: Hours) -> String {
        let spans: Vec<String> = self.of(day).map(|span| span.written(hours)).collect();
        if spans.is_empty() { "closed".to_owned() } else { spans.join(", ") }
    }

    /// Is it open now? A holiday closes what would open on it, not what opened the evening before.
    #[must_use]
    pub fn standing<'a>(&self, holidays: &'a Holidays, now: &Zoned) -> Standing<'a> {
        if self.is_unknown() {
            return Standing::NotTold;
        }
        let today = now.date();
        let minute = u16::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).unwrap_or_default();
        let opened = |date: Date| {
            let spans = self.of(Weekday::of(date)).filter(move |_| holidays.on(date).is_none());
            spans.map(|span| (span.opens, span.closes))
        };
        let by_day = opened(today).find(|(opens, closes)| (*opens..*closes).contains(&minute));
        let by_night = today.yesterday().ok().and_then(|date| {
            opened(date).find(|(_, closes)| closes.checked_sub(DAY).is_some_and(|end| minute < end))
        });
        let (mut date, mut end) = match (by_day, by_night) {
            (Some((_, closes)), _) if closes <= DAY => (today, closes),
            (Some((_, closes)), _) => (today.tomorrow().unwrap_or(today), closes - DAY),
            (None, Some((_, closes))) => (today, closes - DAY),
            (None, None) => return holidays.on(today).map_or(Standing::Closed, Standing::Holiday),
        };
        // Where one span ends at midnight and the next begins there, it stays open.
        for _ in 0..7 {
            if end != DAY {
                return Standing::Open { until: Some(end) };
            }
            let Ok(next) = date.tomorrow() else { break };
            let Some((_, closes)) = opened(next).find(|(opens, _)| *opens == 0) else {
                return Standing::Open { until: Some(end) };
            };
            (date, end) =
                if closes > DAY { (next.tomorrow().unwrap_or(next), closes - DAY) } else { (next, closes) };
        }
        Standing::Open { until: None }
    }
}

/// How a hospital stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// The hours are not told yet.
    NotTold,
    Open {
        /// Minute of the day on which it closes; `None`: day and night.
        until: Option<u16>,
    },
    Closed,
    /// Closed for the holiday of this name.
    Holiday(&'a str),
}

#[cfg(test)]
mod tests;
