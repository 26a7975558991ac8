//! Allergies and conditions as the contract has them: one text each, which is a *view* of a list.
//!
//! The lists belong to `chart`, which comes later in the registry, and both are written from two sides: one entry at a
//! time there, the whole text by a client of the contract here. What both need is therefore here: the rule between text
//! and list (this file, pure) and the few statements that apply it (`lists`). A trait handed in, as `pages::Advice` is,
//! would have to go through every way by which a patient is written; one that forgets it would let text and list part.
//!
//! A line of the text is an entry. On writing, lines that are shown already stay, those that are missing are entered in
//! error, new ones become entries that nobody confirmed. What the text was too short to show cannot be removed by it.

use std::collections::BTreeSet;

use super::model::Details;
use crate::kernel::text;
use crate::{ids, problem};

ids! {
    /// An entry of a list: an allergy or a condition.
    EntryId = "chart_entry";
}

/// One of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    Allergies,
    Conditions,
}

impl List {
    pub const ALL: [Self; 2] = [Self::Allergies, Self::Conditions];

    /// The word in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Allergies => "ALLERGY",
            Self::Conditions => "CONDITION",
        }
    }

    /// The list with this word; the database holds no other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code == Self::Conditions.code() { Self::Conditions } else { Self::Allergies }
    }

    /// The text that shows it.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Allergies => "known_allergies",
            Self::Conditions => "chronic_conditions",
        }
    }

    /// Does this line say that there is none?
    #[must_use]
    pub fn says_none(self, line: &str) -> bool {
        let line = key(line);
        let line = line.trim_end_matches('.');
        is_bare_none(line)
            || match self {
                Self::Allergies => matches!(line, "no known allergies" | "nka" | "nkda"),
                Self::Conditions => line == "no known conditions",
            }
    }
}

/// Beside other lines these say nothing.
fn is_bare_none(key: &str) -> bool {
    matches!(key.trim_end_matches('.'), "none" | "none known")
}

/// How the text says that there is none.
pub const NONE_KNOWN: &str = "None known";
/// Characters of a text, as the contract has it.
const MAX_TEXT: usize = 1000;
/// Active entries of a list: as many as lines fit into a text.
pub const MAX_ENTRIES: usize = 500;

/// What was answered when somebody asked; the newest holds, and only while the list is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    NoneKnown,
    /// What there is, is on the list.
    Reviewed,
    /// As if nobody had asked.
    NotAsked,
}

impl Answer {
    pub const ALL: [Self; 3] = [Self::NoneKnown, Self::Reviewed, Self::NotAsked];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoneKnown => "NONE_KNOWN",
            Self::Reviewed => "REVIEWED",
            Self::NotAsked => "NOT_ASKED",
        }
    }

    /// The answer with this word; the database holds no other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|answer| answer.code() == code).unwrap_or(Self::NotAsked)
    }
}

/// An active entry as a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub entry: EntryId,
    pub text: String,
}

/// By which two lines are the same: without case, and without what cannot be seen.
#[must_use]
pub fn key(line: &str) -> String {
    let seen: String = line.chars().filter(|c| !text::is_invisible(*c)).collect();
    text::tidy(&seen).to_lowercase()
}

/// A line with its key and the entries that read so.
#[derive(Debug, Clone)]
struct Group {
    key: String,
    line: String,
    entries: Vec<EntryId>,
}

/// A list as its text shows it.
#[derive(Debug, Clone)]
pub struct View {
    groups: Vec<Group>,
    /// How many of them fit.
    shown: usize,
    none_known: bool,
}

/// What a written text changes in its list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub ends: Vec<EntryId>,
    pub adds: Vec<Line>,
    pub answer: Option<Answer>,
}

impl Changes {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn tail(more: usize) -> String {
    format!("and {more} more")
}

fn is_tail(key: &str) -> bool {
    let number = key.strip_prefix("and ").and_then(|rest| rest.strip_suffix(" more"));
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

impl View {
    /// Of the active entries, the most urgent first.
    #[must_use]
    pub fn of(lines: &[Line], answer: Option<Answer>) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for line in lines {
            let key = key(&line.text);
            match groups.iter_mut().find(|group| group.key == key) {
                Some(group) => group.entries.push(line.entry),
                None => groups.push(Group { key, line: line.text.clone(), entries: vec![line.entry] }),
            }
        }
        let none_known = groups.is_empty() && answer == Some(Answer::NoneKnown);
        let mut view = Self { shown: groups.len(), groups, none_known };
        view.fit();
        view
    }

    fn fit(&mut self) {
        let (total, mut used) = (self.groups.len(), 0);
        self.shown = 0;
        for (at, group) in self.groups.iter().enumerate() {
            used += group.line.chars().count() + usize::from(at > 0);
            let more = total - at - 1;
            let end = if more > 0 { 1 + tail(more).chars().count() } else { 0 };
            if used + end <= MAX_TEXT {
                self.shown = at + 1;
            }
        }
        if let [first, _, ..] = self.groups.as_mut_slice()
            && self.shown == 0
        {
            let room = MAX_TEXT - 2 - tail(total - 1).chars().count();
            first.line = first.line.chars().take(room).chain(['…']).collect();
            first.key = key(&first.line);
            self.shown = 1;
        }
    }

    /// One entry a line; `None` as long as nobody asked.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if self.groups.is_empty() {
            return self.none_known.then(|| NONE_KNOWN.to_owned());
        }
        let mut lines: Vec<String> =
            self.groups[..self.shown].iter().map(|group| group.line.clone()).collect();
        if self.shown < self.groups.len() {
            lines.push(tail(self.groups.len() - self.shown));
        }
        Some(lines.join("\n"))
    }

    /// What changes if this text is written instead.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn changes(&self, list: List, written: Option<&str>) -> Result<Changes, ListError> {
        let mut seen = BTreeSet::new();
        let lines: Vec<(String, String)> = written
            .unwrap_or_default()
            .lines()
            .map(|line| (key(line), text::tidy(line)))
            .filter(|(key, line)| text::is_visible(line) && !is_tail(key) && seen.insert(key.clone()))
            .collect();
        let (shown, hidden) = self.groups.split_at(self.shown);
        let is_shown = |key: &str| shown.iter().any(|group| group.key == key);
        let all_say_none = lines.iter().all(|(key, line)| !is_shown(key) && list.says_none(line));
        if all_say_none {
            let ends = shown.iter().flat_map(|group| group.entries.clone()).collect();
            let answer = match lines.is_empty() {
                false if !hidden.is_empty() => return Err(ListError::LongerThanText),
                false => (!self.none_known).then_some(Answer::NoneKnown),
                true => {
                    (hidden.is_empty() && (self.none_known || !shown.is_empty())).then_some(Answer::NotAsked)
                }
            };
            return Ok(Changes { ends, adds: Vec::new(), answer });
        }
        let gone = shown.iter().filter(|group| !lines.iter().any(|(key, _)| *key == group.key));
        let ends: Vec<EntryId> = gone.flat_map(|group| group.entries.clone()).collect();
        let is_known = |key: &str| self.groups.iter().any(|group| group.key == key);
        let new = lines.into_iter().filter(|(key, _)| !is_known(key) && !is_bare_none(key));
        let adds: Vec<Line> = new.map(|(_, text)| Line { entry: EntryId::new(), text }).collect();
        if self.groups.len() + adds.len() > MAX_ENTRIES {
            return Err(ListError::Full);
        }
        let answer = (!adds.is_empty()).then_some(Answer::Reviewed);
        Ok(Changes { ends, adds, answer })
    }
}

impl Details {
    pub(super) fn text_of(&self, list: List) -> Option<&str> {
        match list {
            List::Allergies => self.known_allergies.as_deref(),
            List::Conditions => self.chronic_conditions.as_deref(),
        }
    }

    pub(super) fn set_text_of(&mut self, list: List, text: Option<String>) {
        match list {
            List::Allergies => self.known_allergies = text,
            List::Conditions => self.chronic_conditions = text,
        }
    }
}

/// Why a text cannot be written over its list.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ListError {
    #[error(
        "The list is longer than the text shows, so the text cannot say that there is none. Open the list and end its entries there."
    )]
    LongerThanText,
    #[error("A list holds at most {MAX_ENTRIES} entries. End some that are wrong first.")]
    Full,
}

problem!(ListError {
    LongerThanText => CONFLICT "patients.list_longer_than_text",
    Full => CONFLICT "patients.list_full",
});

#[cfg(test)]
mod tests;
