//! Which patients a list is about.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use uuid::Uuid;

use super::model::Gender;
use crate::kernel::{FieldErrors, text};

/// A list's narrowing. The default is everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientFilter {
    pub search: Option<Search>,
    pub gender: Option<Gender>,
    pub registered: Period,
    pub last_visit: Period,
    pub visits: Visits,
    pub whose: Whose,
    /// Asks for something that no patient can have yet: an admission.
    pub nobody: bool,
}

impl PatientFilter {
    /// Does it leave anybody out, of those whom it is about?
    #[must_use]
    pub fn narrows(&self) -> bool {
        *self != Self { whose: self.whose, ..Self::default() }
    }

    /// Does it ask for what a line of somebody else's patient does not tell?
    #[must_use]
    pub fn asks_for_facts(&self) -> bool {
        self.gender.is_some() || self.last_visit != Period::default() || self.visits.are_asked()
    }

    /// The search, if nothing else narrows the list.
    #[must_use]
    pub fn search_alone(&self) -> Option<&Search> {
        let alone = Self { search: self.search.clone(), whose: self.whose, ..Self::default() };
        self.search.as_ref().filter(|_| *self == alone)
    }
}

/// With one visit to both: an appointment that is neither cancelled nor missed, or a consultation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Visits {
    pub department: Option<Uuid>,
    pub doctor: Option<Uuid>,
}

impl Visits {
    #[must_use]
    pub fn are_asked(self) -> bool {
        self.department.is_some() || self.doctor.is_some()
    }
}

/// Whose patients: of no effect for who is shown everybody's anyway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Whose {
    /// The reader's own: for a nurse, the department's.
    #[default]
    Mine,
    /// Everybody's.
    All,
}

/// From an instant up to, and not including, another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Period {
    /// Whole days of a hospital.
    #[must_use]
    pub fn days(first: Date, last: Date, zone: &TimeZone) -> Self {
        Self { from: start_of(first, zone), until: last.tomorrow().ok().and_then(|day| start_of(day, zone)) }
    }

    /// Two parameters of a query: days of the hospital, or instants; without an offset they are UTC. Both ends count.
    pub fn parse(
        names: (&str, &str),
        typed: (Option<&str>, Option<&str>),
        zone: &TimeZone,
        errors: &mut FieldErrors,
    ) -> Self {
        let mut end = |name, typed: Option<&str>, is_last: bool| {
            let found = typed.map(|typed| bound(typed.trim(), zone, is_last));
            if found == Some(None) {
                errors.add(name, "Use a date like 2026-03-14 or a time like 2026-03-14T09:00:00Z.");
            }
            found.flatten()
        };
        Self { from: end(names.0, typed.0, false), until: end(names.1, typed.1, true) }
    }
}

fn start_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|start| start.timestamp())
}

fn bound(typed: &str, zone: &TimeZone, is_last: bool) -> Option<Timestamp> {
    // A date-time also parses as a date, which would drop its time.
    if typed.len() <= 10 {
        let day: Date = typed.parse().ok()?;
        return start_of(if is_last { day.tomorrow().ok()? } else { day }, zone);
    }
    let instant = match typed.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => {
            let civil: jiff::civil::DateTime = typed.parse().ok()?;
            civil.to_zoned(TimeZone::UTC).ok()?.timestamp()
        }
    };
    if is_last { instant.checked_add(1.microsecond()).ok() } else { Some(instant) }
}

/// The words of a search; a patient must match each, in any order, so that a reversed name is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The two longest, because they narrow most (the same one twice if there is only one).
    pub first: String,
    pub second: String,
    pub rest: Vec<String>,
    /// All digits of a number whose end is searched for: who has all of them stands first.
    pub exact: Option<String>,
}

/// So many digits at the end of a phone number tell people apart, with or without country code and trunk 0.
const PHONE_END: usize = 8;

/// The text, if it is a whole code.
#[must_use]
pub fn code_of(search: &str) -> Option<&str> {
    let search = search.trim();
    let digits = search.strip_prefix(['P', 'p'])?.strip_prefix('-')?;
    (digits.len() >= 5 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(search)
}

/// More text than this is no search.
const MAX_CHARS: usize = 120;

impl Search {
    /// `None`: nothing to search for. A phone number or document number is found without its separators.
    pub fn parse(typed: &str, errors: &mut FieldErrors) -> Option<Self> {
        let line = text::optional("search", Some(typed), MAX_CHARS, errors).ok()??;
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        let is_number = digits.len() >= 3
            && line
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.' | '/'));
        let exact = (is_number && digits.len() > PHONE_END).then(|| digits.clone());
        let mut words: Vec<String> = match &exact {
            Some(digits) => vec![digits[digits.len() - PHONE_END..].to_owned()],
            None if is_number => vec![digits],
            None => line.split(' ').map(str::to_owned).collect(),
        };
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let mut words = words.into_iter();
        let first = words.next()?;
        let second = words.next().unwrap_or_else(|| first.clone());
        Some(Self { first, second, rest: words.collect(), exact })
    }

    /// All words, the longest first.
    pub(super) fn words(&self) -> Vec<&str> {
        let second = Some(self.second.as_str()).filter(|second| *second != self.first);
        std::iter::once(self.first.as_str())
            .chain(second)
            .chain(self.rest.iter().map(String::as_str))
            .collect()
    }

    /// Is a whole code searched for, and nothing else?
    #[must_use]
    pub fn is_code(&self) -> bool {
        self.first == self.second && self.rest.is_empty() && code_of(&self.first).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &str) -> Option<Vec<String>> {
        let mut errors = FieldErrors::default();
        let search = Search::parse(typed, &mut errors);
        assert!(errors.is_empty(), "{typed}");
        search.map(|s| [vec![s.first, s.second], s.rest].concat())
    }

    #[test]
    fn a_search_is_its_words_longest_first() {
        assert_eq!(words("  "), None);
        assert_eq!(words("Asha"), Some(vec!["Asha".into(), "Asha".into()]));
        assert_eq!(words("de la Cruz"), Some(vec!["Cruz".into(), "de".into(), "la".into()]));
        assert_eq!(words("+44 (20) 5550-0142"), Some(vec!["55500142".into(), "55500142".into()]));
        assert_eq!(words("5550-0142"), Some(vec!["55500142".into(), "55500142".into()]));
        assert_eq!(words("P-00001"), Some(vec!["P-00001".into(), "P-00001".into()]));
        let mut errors = FieldErrors::default();
        assert_eq!(Search::parse("a\0b", &mut errors), None);
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn days_are_the_hospitals_and_both_ends_count() {
        let zone = TimeZone::get("Asia/Kathmandu").unwrap();
        let mut errors = FieldErrors::default();
        let period = Period::parse(("a", "b"), (Some("2026-03-01"), Some("2026-03-01")), &zone, &mut errors);
        assert_eq!(period.from, "2026-02-28T18:15:00Z".parse().ok());
        assert_eq!(period.until, "2026-03-01T18:15:00Z".parse().ok());
        let period = Period::parse(("a", "b"), (Some("2026-03-01T10:00:00"), None), &zone, &mut errors);
        assert_eq!(period, Period { from: "2026-03-01T10:00:00Z".parse().ok(), until: None });
        assert!(errors.is_empty());
        Period::parse(("a", "b"), (Some("yesterday"), Some("2026-13-01")), &zone, &mut errors);
        assert_eq!(errors.len(), 2);
    }
}
