//! The form for an entry: what it sends, what it offers.

use jiff::Zoned;
use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::since;
use crate::clinic::chart::given::Told;
use crate::clinic::chart::model::{
    AllergyKind, Category, ClinicalStatus, Criticality, Entry, Onset, Severity, Source, Verification,
};
use crate::clinic::patients::pages::parse_birth;
use crate::clinic::patients::texts::List;
use crate::clinic::patients::{Birth, Given, Precision};
use crate::kernel::problem::FieldError;
use crate::web::layout::{Choice, FormState};

/// What the forms send: everything that an entry says.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct EntryForm {
    /// Of the entry as the form showed it.
    version: String,
    substance: String,
    text: String,
    reaction: String,
    severity: String,
    clinical_status: String,
    source: String,
    onset: String,
    category: String,
    kind: String,
    criticality: String,
    verification: String,
    code: String,
    code_system: String,
    note: String,
    /// Day and time on the hospital's clock; blank is now.
    told_at: String,
}

impl EntryForm {
    /// The form as it shows an entry.
    pub(super) fn of(entry: &Entry) -> Self {
        let (facts, text) = (&entry.facts, entry.facts.text.clone());
        let (substance, text) =
            if facts.list == List::Allergies { (text, String::new()) } else { (String::new(), text) };
        let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            version: entry.version.to_string(),
            substance,
            text,
            reaction: or_blank(&facts.reaction),
            severity: facts.severity.map_or("", Severity::code).to_owned(),
            clinical_status: facts.clinical_status.map_or("", ClinicalStatus::code).to_owned(),
            source: facts.source.code().to_owned(),
            onset: facts.onset.map(since).unwrap_or_default(),
            category: facts.category.map_or("", Category::code).to_owned(),
            kind: facts.kind.map_or("", AllergyKind::code).to_owned(),
            criticality: facts.criticality.map_or("", Criticality::code).to_owned(),
            verification: facts.verification.map_or("", Verification::code).to_owned(),
            code: or_blank(&facts.code),
            code_system: or_blank(&facts.code_system),
            note: or_blank(&facts.note),
            // Of what is said next, not of what was said then.
            told_at: String::new(),
        }
    }

    /// A version that is no number fits none.
    pub(super) fn version(&self) -> i64 {
        self.version.trim().parse().unwrap_or(-1)
    }

    pub(super) fn state(&self) -> FormState {
        let fields = [
            ("version", &self.version),
            ("substance", &self.substance),
            ("text", &self.text),
            ("reaction", &self.reaction),
            ("severity", &self.severity),
            ("clinical_status", &self.clinical_status),
            ("source", &self.source),
            ("onset", &self.onset),
            ("category", &self.category),
            ("kind", &self.kind),
            ("criticality", &self.criticality),
            ("verification", &self.verification),
            ("code", &self.code),
            ("code_system", &self.code_system),
            ("note", &self.note),
            ("told_at", &self.told_at),
        ];
        fields.into_iter().fold(FormState::new(), |state, (name, text)| state.with(name, text.clone()))
    }

    /// Substance or condition, as typed.
    pub(super) fn told_text(&self, list: List) -> &str {
        if list == List::Allergies { &self.substance } else { &self.text }
    }

    /// What it says, beside `recorded` if that was shown; and what is wrong with the texts that only pages have.
    pub(super) fn told(&self, list: List, recorded: Option<Onset>, now: &Zoned) -> (Told, Vec<FieldError>) {
        let mut faults = Vec::new();
        let mut fault = |field: &str, message: &str| {
            faults.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        };
        let since = self.since(recorded, now.date()).unwrap_or_else(|message| {
            fault("onset", message);
            None
        });
        let told_at = self.told_at(now).unwrap_or_else(|message| {
            fault("told_at", message);
            Given::Absent
        });
        let told = Told {
            text: Given::Value(self.told_text(list).to_owned()),
            code: Given::typed(&self.code),
            code_system: Given::typed(&self.code_system),
            category: Given::typed(&self.category),
            kind: Given::typed(&self.kind),
            criticality: Given::typed(&self.criticality),
            reaction: Given::typed(&self.reaction),
            severity: Given::typed(&self.severity),
            verification: Given::typed(&self.verification),
            clinical_status: Given::typed(&self.clinical_status),
            since: Some(since),
            note: Given::typed(&self.note),
            source: Given::typed(&self.source),
            told_at,
            ..Told::default()
        };
        (told, faults)
    }

    fn told_at(&self, now: &Zoned) -> Result<Given<String>, &'static str> {
        let typed = self.told_at.trim();
        if typed.is_empty() {
            return Ok(Given::Absent);
        }
        let civil: Option<DateTime> = typed.parse().ok();
        let at = civil.and_then(|civil| civil.to_zoned(now.time_zone().clone()).ok());
        let at = at.ok_or("Give day and time, like 2026-03-14 09:30.")?;
        Ok(Given::Value(at.timestamp().to_string()))
    }

    fn since(&self, recorded: Option<Onset>, today: Date) -> Result<Option<Onset>, &'static str> {
        match recorded.filter(|onset| since(*onset) == self.onset.trim()) {
            Some(onset) => Ok(Some(onset)),
            None => typed_since(&self.onset, today),
        }
    }
}

/// Since when, as people type it; blank is not told.
///
/// # Errors
/// What to write instead.
pub fn typed_since(typed: &str, today: Date) -> Result<Option<Onset>, &'static str> {
    const HELP: &str = "Write a year (2019), a month (Jun 2019) or a day (14/06/2019), not in the future.";
    if typed.trim().is_empty() {
        return Ok(None);
    }
    match parse_birth(typed.trim(), today) {
        Ok(Birth::On(on)) => Ok(Some(Onset { on, precision: Precision::Day })),
        Ok(Birth::About { date: on, precision, .. }) => Ok(Some(Onset { on, precision })),
        _ => Err(HELP),
    }
}

/// The errors of a form, where the code of a condition is one field.
pub(super) fn at_page(errors: Vec<FieldError>) -> Vec<FieldError> {
    let rename = |error: FieldError| match error.field.as_str() {
        "icd10_code" => FieldError { field: "code".to_owned(), ..error },
        _ => error,
    };
    errors.into_iter().map(rename).collect()
}

/// Values of a field with a few words; blank is "not said".
fn choices<T: Copy>(
    all: &[T],
    blank: Option<&'static str>,
    code: fn(T) -> &'static str,
    word: fn(T) -> &'static str,
) -> Vec<Choice> {
    let blank = blank.map(|label| Choice::new("", label));
    blank.into_iter().chain(all.iter().map(|value| Choice::new(code(*value), word(*value)))).collect()
}

/// The values that the forms offer.
pub(super) struct Offered {
    pub severities: Vec<Choice>,
    pub states: Vec<Choice>,
    pub sources: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub risks: Vec<Choice>,
    pub sureness: Vec<Choice>,
}

impl Offered {
    pub(super) fn all() -> Self {
        const UNSAID: Option<&str> = Some("Not said");
        Self {
            severities: choices(Severity::ALL, UNSAID, Severity::code, Severity::word),
            states: choices(ClinicalStatus::ALL, None, ClinicalStatus::code, ClinicalStatus::word),
            sources: choices(Source::ALL, None, Source::code, Source::word),
            categories: choices(Category::ALL, UNSAID, Category::code, Category::word),
            kinds: choices(AllergyKind::ALL, UNSAID, AllergyKind::code, AllergyKind::word),
            risks: choices(Criticality::ALL, UNSAID, Criticality::code, Criticality::word),
            sureness: choices(Verification::ALL, None, Verification::code, Verification::word),
        }
    }
}
