//! An entry of a patient's chart: an allergy or a condition, as it is and as it was. Pure, no SQL, no HTTP.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::clinic::patients::texts::{Answer, EntryId, List};
use crate::clinic::patients::{PatientId, Precision};
use crate::kernel::ids::UserId;
use crate::{coded, ids, problem};

ids! {
    /// An allergy or intolerance.
    AllergyId = "allergy";
    /// A condition.
    ConditionId = "condition";
}

coded! {
    /// What kind of substance.
    Category "AllergyCategory" {
        Food = "FOOD" "Food", Medication = "MEDICATION" "Medicine", Environment = "ENVIRONMENT" "Environment",
        Biologic = "BIOLOGIC" "Biological product",
    }
    /// Of the immune system, or another reaction.
    AllergyKind "AllergyKind" { Allergy = "ALLERGY" "Allergy", Intolerance = "INTOLERANCE" "Intolerance" }
    /// How dangerous the next contact may be.
    Criticality "AllergyCriticality" { Low = "LOW" "Low risk", High = "HIGH" "High risk", Unable = "UNABLE_TO_ASSESS" "Risk not known" }
    /// How bad the reaction was.
    Severity "ReactionSeverity" { Mild = "MILD" "Mild", Moderate = "MODERATE" "Moderate", Severe = "SEVERE" "Severe" }
    /// How sure it is.
    Verification "AllergyVerification" {
        Unconfirmed = "UNCONFIRMED" "Unconfirmed", Confirmed = "CONFIRMED" "Confirmed", Refuted = "REFUTED" "Refuted",
    }
    /// Where a condition stands.
    ClinicalStatus "ConditionClinicalStatus" { Active = "ACTIVE" "Active", Inactive = "INACTIVE" "Inactive", Resolved = "RESOLVED" "Resolved" }
    /// Who said it.
    Source "ChartSource" {
        Patient = "PATIENT" "The patient", Family = "FAMILY" "Family", Record = "RECORD" "A record",
        Clinician = "CLINICIAN" "A clinician",
    }
}

/// The code system of a condition's code.
pub const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";

/// A day, a month or a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onset {
    /// The first day of it.
    pub on: Date,
    pub precision: Precision,
}

/// `2019`, `2019-06`, `2019-06-14`
impl std::fmt::Display for Onset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = match self.precision {
            Precision::Year => 4,
            Precision::Month => 7,
            Precision::Day => 10,
        };
        f.write_str(self.on.to_string().get(..length).unwrap_or_default())
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)+) => {
        /// What an entry says. Made only by `given`, so always valid.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Facts {
            pub list: List,
            $($(#[$doc])* pub $field: $type,)+
            /// When it was said or found.
            pub told_at: Timestamp,
        }

        impl Facts {
            /// Names of the fields in which two differ, but for the time.
            #[must_use]
            pub fn differences(&self, other: &Self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$field != other.$field { names.push(stringify!($field)); })+
                names
            }
        }
    };
}

facts! {
    /// The substance, or the condition.
    text: String,
    /// In `code_system`, or neither.
    code: Option<String>,
    code_system: Option<String>,
    category: Option<Category>,
    kind: Option<AllergyKind>,
    criticality: Option<Criticality>,
    reaction: Option<String>,
    severity: Option<Severity>,
    /// Of an allergy always, of a condition never.
    verification: Option<Verification>,
    /// Of a condition always, of an allergy never.
    clinical_status: Option<ClinicalStatus>,
    onset: Option<Onset>,
    note: Option<String>,
    source: Source,
}

/// Characters of a line, as the text of the patient has them.
const MAX_LINE: usize = 1000;

impl Facts {
    /// As one line of the patient's text: the substance, then reaction and severity in brackets.
    #[must_use]
    pub fn line(&self) -> String {
        let severity = self.severity.map(|severity| severity.word().to_lowercase());
        let parts: Vec<&str> =
            [self.reaction.as_deref(), severity.as_deref()].into_iter().flatten().collect();
        match parts.as_slice() {
            [] => self.text.clone(),
            _ => format!("{} ({})", self.text, parts.join(", ")).chars().take(MAX_LINE).collect(),
        }
    }

    /// Is it shown to everybody who opens the record?
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.verification != Some(Verification::Refuted)
            && self.clinical_status.is_none_or(|status| status == ClinicalStatus::Active)
    }

    /// Before all others.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.criticality == Some(Criticality::High) || self.severity == Some(Severity::Severe)
    }
}

/// Who wrote something down, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub by: UserId,
    /// `None` for somebody who left.
    pub name: Option<String>,
    pub at: Timestamp,
}

/// Entered in error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub reason: String,
    pub replaced_by: Option<EntryId>,
}

/// One version of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub patient: PatientId,
    pub version: i32,
    pub facts: Facts,
    pub recorded: Recorded,
    pub ended: Option<Ended>,
}

impl Entry {
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.ended.is_none() && self.facts.is_active()
    }
}

/// The newest answer to the question for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub answer: Answer,
    /// When it was asked.
    pub asked_at: Timestamp,
    pub recorded: Recorded,
}

/// Why a chart is not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChartError {
    #[error(
        "There is something on the list, so “none known” would be wrong. Mark what is wrong as entered in error first."
    )]
    StillListed,
    #[error("This is on the list already. Change that entry instead.")]
    AlreadyListed,
    #[error("This was marked as entered in error and is not changed any more. Add it again if it is right.")]
    Ended,
    #[error(
        "Somebody else changed this entry in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
    #[error("A list holds at most 500 entries. End some that are wrong first.")]
    Full,
}

problem!(ChartError {
    StillListed => CONFLICT "chart.still_listed",
    AlreadyListed => CONFLICT "chart.already_listed",
    Ended => CONFLICT "chart.entered_in_error",
    VersionConflict => PRECONDITION_FAILED "chart.version_conflict",
    Full => CONFLICT "chart.full",
});
