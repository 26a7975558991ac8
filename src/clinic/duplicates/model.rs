//! How much two people look alike: pure, no SQL, no HTTP.
//!
//! The weights are the contract's, in hundredths: same phone 50, same first and last name 20 (first name alone 10), same
//! birthday 20 (only beside the name), same identity document 30; who reaches 30 is shown. On top of that: a number
//! written with and without its country code, two digits swapped, names the other way round, one letter wrong. An age
//! is not a birthday, so it never counts as one.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::clinic::patients::{Birth, Details, PatientId, RESTRICTED};
use crate::problem;

/// From here on somebody is shown.
pub const SHOWN: u8 = 30;
/// From here on the desk is asked before it registers.
pub const ASKED: u8 = 50;
/// At most so many are shown.
pub const MOST: usize = 20;
/// So many digits at the end of a phone number tell people apart, with or without the country code.
const PHONE_END: usize = 8;

/// Who is about to be registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    pub first_name: String,
    pub last_name: Option<String>,
    /// The whole name in another script.
    pub name_alternate: Option<String>,
    /// A known one only.
    pub birthday: Option<Date>,
    pub phone: Option<String>,
    pub national_id: Option<String>,
    /// Somebody who is not to be shown: the person itself.
    pub exclude: Option<PatientId>,
}

impl Probe {
    /// Of somebody whose fields are known to be valid.
    #[must_use]
    pub fn of(details: &Details) -> Self {
        let birthday = match details.birth {
            Birth::On(date) => Some(date),
            Birth::NotRecorded | Birth::Unknown | Birth::About { .. } => None,
        };
        Self {
            first_name: details.first_name.clone(),
            last_name: details.last_name.clone(),
            name_alternate: details.name_alternate.clone(),
            birthday,
            phone: details.phone_primary.clone(),
            national_id: details.national_id_number.clone(),
            exclude: None,
        }
    }

    /// Ends of phone numbers to look for: the typed one, and each with two digits swapped.
    pub(super) fn phone_ends(&self) -> Vec<String> {
        let Some(end) = self.phone.as_deref().and_then(phone_end) else { return Vec::new() };
        let digits: Vec<char> = end.chars().collect();
        let mut ends = vec![end];
        for i in 0..digits.len() {
            for j in i + 1..digits.len() {
                if digits[i] != digits[j] {
                    let mut swapped = digits.clone();
                    swapped.swap(i, j);
                    ends.push(swapped.into_iter().collect());
                }
            }
        }
        ends
    }

    /// The document's number as it is compared.
    pub(super) fn document(&self) -> Option<String> {
        self.national_id.as_deref().map(document).filter(|number| !number.is_empty())
    }
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// `None` for a number that is too short to tell anybody apart.
fn phone_end(phone: &str) -> Option<String> {
    let digits = digits(phone);
    digits.len().checked_sub(PHONE_END).map(|start| digits[start..].to_owned())
}

fn document(number: &str) -> String {
    number.chars().filter(|c| !matches!(c, '-' | '/')).collect::<String>().to_uppercase()
}

/// One side of a comparison. Names are folded by the database: without accents and case, in any script.
#[derive(Debug, Clone, Default)]
pub struct Traits {
    pub first: String,
    pub last: Option<String>,
    /// The whole name in another script.
    pub alternate: Option<String>,
    /// A known one only.
    pub birthday: Option<Date>,
    pub phones: Vec<String>,
    pub national_id: Option<String>,
    /// Mother and order among the children of one birth, where the child was registered from her chart.
    pub birth: Option<(PatientId, Option<i16>)>,
}

impl Traits {
    fn whole_name(&self) -> String {
        [Some(self.first.as_str()), self.last.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Have they one mother, but are two children of hers?
    fn is_sibling_of(&self, other: &Self) -> bool {
        self.birth.zip(other.birth).is_some_and(|(mine, theirs)| {
            mine.0 == theirs.0 && (mine.1 != theirs.1 || self.first != other.first)
        })
    }

    /// Is one's name the other's in another script?
    fn is_alternate_of(&self, other: &Self) -> bool {
        let is = |alternate: &Option<String>, name: &Self| {
            alternate.as_ref().is_some_and(|a| *a == name.whole_name())
        };
        is(&self.alternate, other) || is(&other.alternate, self)
    }
}

/// How much two look alike, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Match {
    /// In hundredths.
    pub score: u8,
    pub reasons: Vec<&'static str>,
    /// Same document, or same phone and whole name: registering again needs a reason.
    pub exact: bool,
}

impl Match {
    fn add(&mut self, score: u8, reason: &'static str) {
        self.score += score;
        self.reasons.push(reason);
    }

    /// `same phone, same name`
    #[must_use]
    pub fn reason(&self) -> String {
        self.reasons.join(", ")
    }
}

/// Compare who is typed with who is known.
#[must_use]
pub fn compare(typed: &Traits, known: &Traits) -> Match {
    let mut found = Match::default();
    let phone = typed.phones.iter().flat_map(|a| known.phones.iter().map(|b| phones(a, b))).max();
    match phone.unwrap_or(Phones::Other) {
        Phones::Same => found.add(50, "same phone"),
        Phones::SameEnd => found.add(40, "phone ends alike"),
        Phones::Swapped => found.add(20, "phone with two digits swapped"),
        Phones::Other => {}
    }
    let same_phone = matches!(phone, Some(Phones::Same | Phones::SameEnd));
    let same_day = typed.birthday.is_some() && typed.birthday == known.birthday;
    let siblings = typed.is_sibling_of(known);
    let name = match names(typed, known) {
        _ if siblings => Names::Other,
        // Asha and Usha, born together, one phone at home.
        Names::Similar if same_day && same_phone && typed.first != known.first => Names::Other,
        name => name,
    };
    match name {
        Names::Whole => found.add(20, "same name"),
        Names::Reversed => found.add(20, "same names in another order"),
        Names::Alternate => found.add(20, "same name in another script"),
        Names::Similar => found.add(10, "similar name"),
        Names::NewSurname => found.add(10, "same first name, another last name"),
        Names::First => found.add(10, "same first name"),
        Names::Other => {}
    }
    if siblings {
        // Shown at a birth of several, and never worth more than a look.
        let shown = if same_day { SHOWN.saturating_sub(found.score) } else { 0 };
        found.add(shown, "same mother: a twin or another child of hers");
    } else if same_day && name != Names::Other {
        found.add(20, "same birthday");
    } else if same_day && same_phone && typed.last.is_some() && typed.last == known.last {
        // Shown, and worth no more than the phone: two people.
        found.reasons.push("same birthday and last name, another first name: perhaps a twin");
    }
    let same_document = match (&typed.national_id, &known.national_id) {
        (Some(a), Some(b)) => document(a) == document(b) && !document(a).is_empty(),
        _ => false,
    };
    if same_document {
        found.add(30, "same identity document");
    }
    found.exact = !siblings && same_document
        || (same_phone && matches!(name, Names::Whole | Names::Reversed | Names::Alternate));
    found
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phones {
    Other,
    Swapped,
    SameEnd,
    Same,
}

fn phones(a: &str, b: &str) -> Phones {
    let (Some(end_a), Some(end_b)) = (phone_end(a), phone_end(b)) else { return Phones::Other };
    if digits(a) == digits(b) {
        return Phones::Same;
    }
    if end_a == end_b {
        return Phones::SameEnd;
    }
    let differing: Vec<(u8, u8)> = end_a.bytes().zip(end_b.bytes()).filter(|(x, y)| x != y).collect();
    match differing.as_slice() {
        [(a, b), (c, d)] if a == d && b == c => Phones::Swapped,
        _ => Phones::Other,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Other,
    First,
    NewSurname,
    Similar,
    Alternate,
    Reversed,
    Whole,
}

fn names(typed: &Traits, known: &Traits) -> Names {
    let first = typed.first == known.first;
    match (&typed.last, &known.last) {
        (Some(a), Some(b)) if first && a == b => Names::Whole,
        _ if typed.is_alternate_of(known) => Names::Alternate,
        (Some(a), Some(b)) if *a == known.first && *b == typed.first => Names::Reversed,
        (Some(a), Some(b)) if first && !one_letter_apart(a, b) => Names::NewSurname,
        (Some(a), Some(b)) if first || (a == b && one_letter_apart(&typed.first, &known.first)) => {
            Names::Similar
        }
        _ if first => Names::First,
        _ => Names::Other,
    }
}

/// One letter added, left out or another one. Short names are too easily alike.
fn one_letter_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().min(b.len()) < 4 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let back = a[front..].iter().rev().zip(b[front..].iter().rev()).take_while(|(x, y)| x == y).count();
    a.len().max(b.len()) - front - back <= 1
}

/// Somebody who is registered already and may be the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: PatientId,
    pub code: String,
    pub first_name: String,
    pub middle_name: Option<String>,
    pub last_name: Option<String>,
    pub dob: Option<Date>,
    pub dob_unknown: bool,
    pub phone: Option<String>,
    pub last_visited_at: Option<Timestamp>,
    pub found: Match,
    /// Kept from the reader: only that somebody looks alike is told, and the code.
    pub is_withheld: bool,
}

const ALIKE_RESTRICTED: &str = "looks alike; the record is restricted";
const ALIKE_NOT_YOURS: &str = "looks alike; somebody else's patient";

impl Candidate {
    /// As somebody sees one who may not know who it is: not even by what they look alike. `word` stands in the place of
    /// the name.
    #[must_use]
    pub fn withheld(self, word: &str) -> Self {
        let why = if word == RESTRICTED { ALIKE_RESTRICTED } else { ALIKE_NOT_YOURS };
        Self {
            first_name: word.to_owned(),
            middle_name: None,
            last_name: None,
            dob: None,
            dob_unknown: false,
            phone: None,
            last_visited_at: None,
            // The same for whatever is alike: from a score that moves one could read the record trait by trait.
            found: Match {
                score: if self.found.score < SHOWN { 0 } else { ASKED },
                reasons: vec![why],
                exact: false,
            },
            is_withheld: true,
            ..self
        }
    }

    /// All names in one line, as written.
    #[must_use]
    pub fn name(&self) -> String {
        let names = [Some(self.first_name.as_str()), self.middle_name.as_deref(), self.last_name.as_deref()];
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Only those worth showing, the most alike first; among equals who was here last. What is withheld stands at the end,
/// in the order of codes, so that its place tells nothing either.
#[must_use]
pub fn ranked(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.retain(|candidate| candidate.found.score >= SHOWN);
    candidates.sort_by_key(|c| {
        (c.is_withheld, std::cmp::Reverse((c.found.score, c.last_visited_at)), c.code.clone())
    });
    candidates.truncate(MOST);
    candidates
}

/// Why somebody is registered although somebody else looks alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    OtherPerson,
    Twin,
    Family,
    CannotCheck,
    Other,
}

impl Reason {
    pub const ALL: [Self; 5] = [Self::OtherPerson, Self::Twin, Self::Family, Self::CannotCheck, Self::Other];

    /// The word in the database and in the form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherPerson => "OTHER_PERSON",
            Self::Twin => "TWIN",
            Self::Family => "FAMILY",
            Self::CannotCheck => "CANNOT_CHECK",
            Self::Other => "OTHER",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::OtherPerson => "Compared: another person",
            Self::Twin => "A twin or other sibling",
            Self::Family => "A family on one phone",
            Self::CannotCheck => "Cannot be checked now",
            Self::Other => "Another reason",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Why a registration is asked about.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DuplicateError {
    #[error(
        "Somebody who is registered already looks like this. Nothing is saved yet: compare, then decide."
    )]
    LooksAlike,
}

problem!(DuplicateError { LooksAlike => CONFLICT "duplicates.looks_alike" });

#[cfg(test)]
mod tests;
