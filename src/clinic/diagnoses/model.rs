//! A diagnosis, a code of ICD-10, and why something is not done with them. Pure, no SQL, no HTTP.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::kernel::{FieldErrors, text};
use crate::{coded, ids, problem};

ids! {
    /// What was found in an encounter.
    DiagnosisId = "diagnosis";
}

coded! {
    /// How sure it is.
    Certainty "DiagnosisCertainty" {
        Provisional = "PROVISIONAL" "Provisional", Confirmed = "CONFIRMED" "Confirmed",
        Differential = "DIFFERENTIAL" "Differential", Refuted = "REFUTED" "Refuted",
    }
    /// Does it hold?
    Status "DiagnosisStatus" {
        Active = "ACTIVE" "Active", Revised = "REVISED" "Revised", EnteredInError = "ENTERED_IN_ERROR" "Entered in error",
    }
}

/// Characters of a diagnosis.
pub const MAX_TEXT: usize = 300;
/// Diagnoses of one encounter that hold.
pub const MOST: usize = 50;

/// A code of ICD-10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Icd10Code")]
pub struct Icd10 {
    pub code: String,
    pub title: String,
    /// Where the wording is from.
    pub edition: String,
}

/// A code as it is written: `e11.9` is `E11.9`, `E119` too.
#[must_use]
pub fn code(typed: &str) -> Option<String> {
    let plain: String = typed.trim().chars().filter(|c| *c != '.').collect::<String>().to_uppercase();
    let dots = typed.chars().filter(|c| *c == '.').count();
    let (head, tail) = plain.split_at_checked(3)?;
    let mut letters = head.chars();
    let well_formed = letters.next()?.is_ascii_uppercase()
        && letters.next()?.is_ascii_digit()
        && letters.next()?.is_ascii_alphanumeric()
        && tail.len() <= 4
        && tail.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && dots <= 1
        && typed.trim().find('.').is_none_or(|at| at == 3 && !tail.is_empty());
    well_formed.then(|| if tail.is_empty() { head.to_owned() } else { format!("{head}.{tail}") })
}

/// What is said about a diagnosis.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "DiagnosisInput")]
pub struct TypedDiagnosis {
    /// In words; the title of the code if left out beside one.
    #[schemars(length(max = 300))]
    pub text: Option<String>,
    /// One that `GET /icd10` gives; may be left out.
    #[schemars(length(max = 8))]
    pub icd10_code: Option<String>,
    /// `PROVISIONAL` if left out.
    #[schemars(with = "Option<Certainty>")]
    pub certainty: Option<String>,
    /// 1 is the main one; after the others if left out.
    #[schemars(range(min = 1, max = 100))]
    pub rank: Option<i64>,
}

/// The same, understood. Its code is still to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDiagnosis {
    pub text: Option<String>,
    pub code: Option<String>,
    pub certainty: Certainty,
    pub rank: Option<i16>,
}

impl TypedDiagnosis {
    /// Understand what was typed, all faults at once.
    pub fn parse(&self, errors: &mut FieldErrors) -> Option<NewDiagnosis> {
        let before = errors.len();
        let text = text::optional("text", self.text.as_deref(), MAX_TEXT, errors).unwrap_or_default();
        let typed = self.icd10_code.as_deref().unwrap_or_default().trim();
        let found = code(typed);
        if found.is_none() && !typed.is_empty() {
            errors.add("icd10_code", "Write a code like E11.9.");
        }
        if text.is_none() && typed.is_empty() && errors.len() == before {
            errors.add("text", "Say what it is, in words or by a code.");
        }
        let certainty = match self.certainty.as_deref().map(str::trim).filter(|word| !word.is_empty()) {
            None => Some(Certainty::Provisional),
            Some(word) => Certainty::from_code(word),
        };
        if certainty.is_none() {
            errors.add("certainty", "Use one of: PROVISIONAL, CONFIRMED, DIFFERENTIAL, REFUTED.");
        }
        let rank = self.rank.map(|rank| i16::try_from(rank).ok().filter(|rank| (1..=100).contains(rank)));
        if rank == Some(None) {
            errors.add("rank", "Use a number from 1 to 100.");
        }
        (errors.len() == before).then_some(NewDiagnosis {
            text,
            code: found,
            certainty: certainty?,
            rank: rank.flatten(),
        })
    }
}

/// A diagnosis as it is read.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    pub id: DiagnosisId,
    pub encounter: EncounterId,
    pub patient: PatientId,
    pub text: String,
    /// Code and the edition that it was taken from.
    pub code: Option<(String, String)>,
    pub certainty: Certainty,
    pub rank: i16,
    pub status: Status,
    pub recorded_by: UserId,
    /// `None` for somebody who left.
    pub recorded_by_name: Option<String>,
    pub recorded_at: Timestamp,
    /// When the encounter began that it is of.
    pub about: Timestamp,
    pub ended: Option<Ended>,
}

/// It does not hold any more.
#[derive(Debug, Clone)]
pub struct Ended {
    pub reason: Option<String>,
    pub by: UserId,
    pub at: Timestamp,
    pub replaced_by: Option<DiagnosisId>,
}

/// Why something is not done with a diagnosis.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DiagnosisError {
    #[error("This is among the diagnoses already. Nothing was added.")]
    AlreadyListed,
    #[error("This code is not in the hospital's edition of ICD-10. Leave it out, or choose one of the list.")]
    UnknownCode,
    #[error("This diagnosis does not hold any more and is not changed.")]
    Ended,
    #[error("There are as many diagnoses as one consultation holds. Mark some that are wrong first.")]
    Full,
    #[error("This is what the diagnosis says already. Nothing was changed.")]
    Unchanged,
    #[error("This patient has died. Only the doctor of this consultation adds a late entry.")]
    Deceased,
    #[error(
        "This diagnosis is refuted, so the patient does not live with it. Nothing was added to the chart."
    )]
    Refuted,
    #[error("The chart does not take these words: {0} Add the condition on its own page, in other words.")]
    NotForChart(String),
}

problem!(DiagnosisError {
    AlreadyListed => CONFLICT "diagnoses.already_listed" at "text",
    UnknownCode => CONFLICT "diagnoses.unknown_code" at "icd10_code",
    Ended => CONFLICT "diagnoses.ended",
    Full => CONFLICT "diagnoses.full",
    Unchanged => CONFLICT "diagnoses.unchanged",
    Deceased => CONFLICT "diagnoses.deceased",
    Refuted => CONFLICT "diagnoses.refuted",
    NotForChart => CONFLICT "diagnoses.not_for_chart",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_in_one_way() {
        for (typed, written) in [
            ("e11.9", Some("E11.9")),
            (" E119 ", Some("E11.9")),
            ("i10", Some("I10")),
            ("T14.90XA", Some("T14.90XA")),
            ("C7A.00", Some("C7A.00")),
            ("F32.A", Some("F32.A")),
            ("E1", None),
            ("E11.", None),
            ("E1.19", None),
            ("E11.99999", None),
            ("11.9", None),
            ("É11", None),
            ("E11 9", None),
            ("E1.1.9", None),
            ("", None),
        ] {
            assert_eq!(code(typed).as_deref(), written, "{typed}");
        }
    }

    #[test]
    fn a_diagnosis_needs_words_or_a_code() {
        let mut errors = FieldErrors::default();
        let typed = TypedDiagnosis { text: Some(" Asthma ".to_owned()), ..TypedDiagnosis::default() };
        let new = typed.parse(&mut errors).unwrap();
        assert_eq!((new.text.as_deref(), new.certainty), (Some("Asthma"), Certainty::Provisional));
        for typed in [
            TypedDiagnosis::default(),
            TypedDiagnosis { icd10_code: Some("x".to_owned()), ..TypedDiagnosis::default() },
            TypedDiagnosis { certainty: Some("SURE".to_owned()), ..typed.clone() },
            TypedDiagnosis { rank: Some(0), ..typed.clone() },
            TypedDiagnosis { rank: Some(70_000), ..typed },
        ] {
            assert!(typed.parse(&mut FieldErrors::default()).is_none(), "{typed:?}");
        }
    }
}
