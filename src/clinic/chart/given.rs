//! From what is said about an entry to what is valid. All faults are reported at once.

use jiff::Timestamp;
use jiff::civil::Date;

use super::model::{
    AllergyKind, Category, ClinicalStatus, Criticality, Facts, ICD10, Onset, Severity, Source, Verification,
};
use crate::clinic::patients::fields::{choice, note};
use crate::clinic::patients::texts::List;
use crate::clinic::patients::{Given, Precision};
use crate::kernel::{AppError, FieldErrors, text};

/// What somebody says about an entry, before anybody judged it.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub text: Given<String>,
    pub code: Given<String>,
    pub code_system: Given<String>,
    pub category: Given<String>,
    pub kind: Given<String>,
    pub criticality: Given<String>,
    pub reaction: Given<String>,
    pub severity: Given<String>,
    pub verification: Given<String>,
    pub clinical_status: Given<String>,
    /// `2019`, `2019-06` or `2019-06-14`
    pub onset: Given<String>,
    /// What a page understood of the one text that it asks for, instead of `onset`.
    pub since: Option<Option<Onset>>,
    pub note: Given<String>,
    pub source: Given<String>,
    pub told_at: Given<String>,
    /// The version that the caller read.
    pub version: Option<i64>,
}

/// When and on which day of the hospital something is written down.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: Timestamp,
    pub today: Date,
}

/// How clients call the text and the code of an entry.
fn names(list: List) -> (&'static str, &'static str) {
    match list {
        List::Allergies => ("substance", "code"),
        List::Conditions => ("text", "icd10_code"),
    }
}

const MAX_TEXT: usize = 200;
/// Longest text of why something was entered in error.
const MAX_REASON: usize = 500;

impl Facts {
    /// A new entry.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(list: List, mut told: Told, moment: Moment) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        if told.text.is_absent() {
            told.text = Given::Null;
        }
        let blank = Self {
            list,
            text: String::new(),
            code: None,
            code_system: None,
            category: None,
            kind: None,
            criticality: None,
            reaction: None,
            severity: None,
            verification: (list == List::Allergies).then_some(Verification::Unconfirmed),
            clinical_status: (list == List::Conditions).then_some(ClinicalStatus::Active),
            onset: None,
            note: None,
            source: Source::Patient,
            told_at: moment.now,
        };
        let facts = blank.apply(told, moment, &mut errors);
        errors.finish_with(Some(facts))
    }

    /// The next version.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn changed(&self, told: Told, moment: Moment) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let facts = Self { told_at: moment.now, ..self.clone() }.apply(told, moment, &mut errors);
        errors.finish_with(Some(facts))
    }

    fn apply(mut self, told: Told, moment: Moment, errors: &mut FieldErrors) -> Self {
        let (text_name, code_name) = names(self.list);
        if let Some(typed) = told.text.told()
            && let Some(text) = substance(self.list, text_name, typed.as_deref(), errors)
        {
            self.text = text;
        }
        line(&mut self.code, code_name, told.code, 64, errors);
        match self.list {
            List::Allergies => line(&mut self.code_system, "code_system", told.code_system, 200, errors),
            List::Conditions => self.code_system = self.code.is_some().then(|| ICD10.to_owned()),
        }
        self.check_code(code_name, errors);
        if self.list == List::Allergies {
            choice(&mut self.category, "category", told.category, Category::ALL, Category::code, errors);
            choice(&mut self.kind, "kind", told.kind, AllergyKind::ALL, AllergyKind::code, errors);
            let all = Criticality::ALL;
            choice(&mut self.criticality, "criticality", told.criticality, all, Criticality::code, errors);
            line(&mut self.reaction, "reaction", told.reaction, MAX_TEXT, errors);
            choice(&mut self.severity, "severity", told.severity, Severity::ALL, Severity::code, errors);
            let all = Verification::ALL;
            choice(
                &mut self.verification,
                "verification",
                told.verification,
                all,
                Verification::code,
                errors,
            );
            self.verification = self.verification.or(Some(Verification::Unconfirmed));
        } else {
            let (status, all) = (&mut self.clinical_status, ClinicalStatus::ALL);
            choice(status, "clinical_status", told.clinical_status, all, ClinicalStatus::code, errors);
            self.clinical_status = self.clinical_status.or(Some(ClinicalStatus::Active));
        }
        match (told.since, told.onset.told()) {
            (Some(since), _) => self.onset = since,
            (None, Some(typed)) => self.onset = onset(typed.as_deref(), moment.today, errors),
            (None, None) => {}
        }
        note(&mut self.note, "note", told.note, errors);
        let mut source = Some(self.source);
        choice(&mut source, "source", told.source, Source::ALL, Source::code, errors);
        self.source = source.unwrap_or(Source::Patient);
        if let Some(typed) = told.told_at.told() {
            self.told_at = when("told_at", typed.as_deref(), moment.now, errors);
        }
        self
    }

    fn check_code(&mut self, name: &str, errors: &mut FieldErrors) {
        match (self.list, &self.code, &self.code_system) {
            (List::Allergies, Some(_), None) => {
                errors.add("code_system", "Say from which system the code is.")
            }
            (List::Allergies, None, Some(_)) => errors.add(name, "Give the code from this system."),
            (List::Allergies, Some(code), Some(system)) => {
                if code.contains(' ') {
                    errors.add(name, "A code has no spaces.");
                }
                let is_uri = ["http://", "https://", "urn:"].iter().any(|scheme| {
                    system.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.contains(' '))
                });
                if !is_uri {
                    errors.add("code_system", "Write the system as a URI, like http://snomed.info/sct.");
                }
            }
            (List::Conditions, Some(code), _) => match icd10(code) {
                Some(code) => self.code = Some(code),
                None => errors.add(name, "Write a code of ICD-10, like E11.9."),
            },
            (_, None, None) | (List::Conditions, None, Some(_)) => {}
        }
    }
}

/// In capitals, if it has the form of a code: a letter, two characters, and up to four after the point.
fn icd10(typed: &str) -> Option<String> {
    let code = typed.to_uppercase();
    let (category, rest) = code.split_once('.').map_or((code.as_str(), None), |(c, rest)| (c, Some(rest)));
    let [letter, digit, last] = category.as_bytes() else { return None };
    let is_category = letter.is_ascii_uppercase() && digit.is_ascii_digit() && last.is_ascii_alphanumeric();
    let is_rest =
        |rest: &str| (1..=4).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_category && rest.is_none_or(is_rest)).then_some(code)
}

fn substance(list: List, name: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let text = text::required(name, typed, MAX_TEXT, errors)?;
    if !crate::kernel::text::is_visible(&text) {
        errors.add(name, "This is needed.");
    } else if list.says_none(&text) {
        errors.add(name, "Nothing to add: say “none known” instead.");
    } else {
        return Some(text);
    }
    None
}

fn line(field: &mut Option<String>, name: &str, given: Given<String>, max: usize, errors: &mut FieldErrors) {
    if let Some(typed) = given.told()
        && let Ok(line) = text::optional(name, typed.as_deref(), max, errors)
    {
        *field = line.filter(|line| text::is_visible(line));
    }
}

const NOT_A_DATE: &str = "Write a year (2019), a month (2019-06) or a day (2019-06-14).";

fn onset(typed: Option<&str>, today: Date, errors: &mut FieldErrors) -> Option<Onset> {
    let typed = typed.unwrap_or_default().trim();
    if typed.is_empty() {
        return None;
    }
    let number = |part: &str, length: usize| {
        part.parse::<i16>().ok().filter(|_| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let parts: Vec<&str> = typed.split('-').collect();
    let small = |part: &str| number(part, 2).and_then(|n| i8::try_from(n).ok());
    let read = match parts.as_slice() {
        [y] => number(y, 4).map(|y| (y, 1, 1, Precision::Year)),
        [y, m] => number(y, 4).zip(small(m)).map(|(y, m)| (y, m, 1, Precision::Month)),
        [y, m, d] => number(y, 4).zip(small(m).zip(small(d))).map(|(y, (m, d))| (y, m, d, Precision::Day)),
        _ => None,
    };
    let found = read.and_then(|(y, m, d, precision)| Some(Onset { on: Date::new(y, m, d).ok()?, precision }));
    let sentence = match found {
        None => NOT_A_DATE,
        Some(onset) if onset.on > today => "This is in the future.",
        Some(onset) if i32::from(today.year()) - i32::from(onset.on.year()) > 130 => "This is too long ago.",
        Some(_) => return found,
    };
    errors.add("onset", sentence);
    None
}

/// A moment that is not in the future; now if none is given.
pub fn when(name: &str, typed: Option<&str>, now: Timestamp, errors: &mut FieldErrors) -> Timestamp {
    let Some(typed) = typed.map(str::trim).filter(|typed| !typed.is_empty()) else { return now };
    match typed.parse::<Timestamp>() {
        Ok(at) if at > now => errors.add(name, "This cannot be in the future."),
        Ok(at) if at < Timestamp::UNIX_EPOCH => errors.add(name, "This is too long ago."),
        Ok(at) => return at,
        Err(_) => errors.add(name, "Write the time with its offset, like 2026-03-14T09:30:00+05:30."),
    }
    now
}

/// Why something was entered in error.
pub fn reason(typed: &str, errors: &mut FieldErrors) -> Option<String> {
    let reason = text::required("reason", Some(typed), MAX_REASON, errors)?;
    if !text::is_visible(&reason) {
        errors.add("reason", "This is needed.");
        return None;
    }
    Some(reason)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn moment() -> Moment {
        Moment { now: "2026-11-22T05:00:00Z".parse().unwrap(), today: date(2026, 11, 22) }
    }

    fn given(text: &str) -> Given<String> {
        Given::Value(text.to_owned())
    }

    #[test]
    fn an_onset_is_as_exact_as_it_was_told() {
        for text in ["2019", "2019-06", "2019-06-14"] {
            let told = Told { text: given("Penicillin"), onset: given(text), ..Told::default() };
            let facts = Facts::parse(List::Allergies, told, moment()).unwrap();
            assert_eq!(facts.onset.map(|onset| onset.to_string()).as_deref(), Some(text));
        }
        for text in
            ["19", "2019-6", "2019-13", "2019-02-30", "2027", "1850", "-2019", "+201", "2019-06-14T00:00"]
        {
            let told = Told { text: given("Penicillin"), onset: given(text), ..Told::default() };
            assert!(Facts::parse(List::Allergies, told, moment()).is_err(), "{text}");
        }
    }

    #[test]
    fn codes_have_the_form_of_their_system() {
        for (typed, code) in [("e11.9", Some("E11.9")), ("I10", Some("I10")), ("C7A.00", Some("C7A.00"))] {
            assert_eq!(icd10(typed).as_deref(), code);
        }
        for typed in ["11", "E1", "E11.", "E11.99999", "EE1", "É11", "E11 9", "E11.9.1"] {
            assert_eq!(icd10(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_line_says_substance_reaction_and_severity() {
        let told = Told {
            text: given("Penicillin"),
            reaction: given("hives"),
            severity: given("SEVERE"),
            ..Told::default()
        };
        let facts = Facts::parse(List::Allergies, told, moment()).unwrap();
        assert_eq!((facts.line().as_str(), facts.is_urgent()), ("Penicillin (hives, severe)", true));
        let refuted = Told { verification: given("REFUTED"), ..Told::default() };
        let refuted = facts.changed(refuted, moment()).unwrap();
        assert_eq!((refuted.is_active(), facts.differences(&refuted)), (false, vec!["verification"]));
    }
}
