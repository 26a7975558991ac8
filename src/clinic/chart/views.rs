//! Entries of a chart as clients read and write them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::given::Told;
use super::model::{
    AllergyId, AllergyKind, Asked, Category, ClinicalStatus, ConditionId, Criticality, Entry, Severity,
    Source, Verification,
};
use crate::clinic::patients::texts::{EntryId, List};
use crate::clinic::patients::{Given, PatientId};
use crate::kernel::ids::{Entity, UserId};

/// How one of the lists looks outside.
pub(super) trait Shape: Send + Sync + 'static {
    const LIST: List;
    /// Last part of its path.
    const PATH: &'static str;
    type Id: Entity + DeserializeOwned + JsonSchema + Send;
    type Told: Into<Told> + DeserializeOwned + JsonSchema + Send + 'static;
    type View: From<Entry> + Serialize + JsonSchema + Send + 'static;

    fn id(entry: EntryId) -> Self::Id;
}

/// The list of allergies.
pub(super) enum Allergies {}
/// The list of conditions.
pub(super) enum Conditions {}

impl Shape for Allergies {
    const LIST: List = List::Allergies;
    const PATH: &'static str = "allergies";
    type Id = AllergyId;
    type Told = AllergyTold;
    type View = AllergyView;

    fn id(entry: EntryId) -> AllergyId {
        AllergyId(entry.0)
    }
}

impl Shape for Conditions {
    const LIST: List = List::Conditions;
    const PATH: &'static str = "conditions";
    type Id = ConditionId;
    type Told = ConditionTold;
    type View = ConditionView;

    fn id(entry: EntryId) -> ConditionId {
        ConditionId(entry.0)
    }
}

/// What is said about an allergy or intolerance. Left out in a change: stays; `null` clears it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "AllergyInput")]
pub(super) struct AllergyTold {
    /// What the patient does not tolerate, in any script. Needed for a new entry.
    #[schemars(length(min = 1, max = 200))]
    substance: Given<String>,
    /// In `code_system`: both or neither. Kept as given, held against no table.
    #[schemars(length(max = 64))]
    code: Given<String>,
    /// A URI, for example `http://snomed.info/sct` or `http://www.nlm.nih.gov/research/umls/rxnorm`.
    #[schemars(length(max = 200))]
    code_system: Given<String>,
    #[schemars(with = "Given<Category>")]
    category: Given<String>,
    #[schemars(with = "Given<AllergyKind>")]
    kind: Given<String>,
    #[schemars(with = "Given<Criticality>")]
    criticality: Given<String>,
    /// What happened.
    #[schemars(length(max = 200))]
    reaction: Given<String>,
    #[schemars(with = "Given<Severity>")]
    severity: Given<String>,
    /// `UNCONFIRMED` if left out. What is refuted is not in the patient's text.
    #[schemars(with = "Given<Verification>")]
    verification: Given<String>,
    /// `2019`, `2019-06` or `2019-06-14`
    onset: Given<String>,
    #[schemars(length(max = 1000))]
    note: Given<String>,
    /// `PATIENT` if left out.
    #[schemars(with = "Given<Source>")]
    source: Given<String>,
    /// When it was said or found; now if left out.
    #[schemars(with = "Given<Timestamp>")]
    told_at: Given<String>,
    /// The version that was read and changed, instead of `If-Match`.
    version: Given<i64>,
}

impl From<AllergyTold> for Told {
    fn from(told: AllergyTold) -> Self {
        Self {
            text: told.substance,
            code: told.code,
            code_system: told.code_system,
            category: told.category,
            kind: told.kind,
            criticality: told.criticality,
            reaction: told.reaction,
            severity: told.severity,
            verification: told.verification,
            onset: told.onset,
            note: told.note,
            source: told.source,
            told_at: told.told_at,
            version: told.version.value(),
            ..Self::default()
        }
    }
}

/// What is said about a condition. Left out in a change: stays; `null` clears it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "ConditionInput")]
pub(super) struct ConditionTold {
    /// In any script. Needed for a new entry.
    #[schemars(length(min = 1, max = 200))]
    text: Given<String>,
    /// For example `E11.9`. Its form is checked, not whether the hospital's edition has it.
    #[schemars(length(max = 64))]
    icd10_code: Given<String>,
    /// `ACTIVE` if left out. Only active ones are in the patient's text.
    #[schemars(with = "Given<ClinicalStatus>")]
    clinical_status: Given<String>,
    /// `2019`, `2019-06` or `2019-06-14`
    onset: Given<String>,
    #[schemars(length(max = 1000))]
    note: Given<String>,
    /// `PATIENT` if left out.
    #[schemars(with = "Given<Source>")]
    source: Given<String>,
    /// When it was said or found; now if left out.
    #[schemars(with = "Given<Timestamp>")]
    told_at: Given<String>,
    /// The version that was read and changed, instead of `If-Match`.
    version: Given<i64>,
}

impl From<ConditionTold> for Told {
    fn from(told: ConditionTold) -> Self {
        Self {
            text: told.text,
            code: told.icd10_code,
            clinical_status: told.clinical_status,
            onset: told.onset,
            note: told.note,
            source: told.source,
            told_at: told.told_at,
            version: told.version.value(),
            ..Self::default()
        }
    }
}

/// Does an entry hold?
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "ChartEntryStatus")]
pub enum Status {
    #[serde(rename = "ACTIVE")]
    Active,
    #[serde(rename = "ENTERED_IN_ERROR")]
    EnteredInError,
}

impl Status {
    fn of(entry: &Entry) -> Self {
        if entry.ended.is_some() { Self::EnteredInError } else { Self::Active }
    }
}

/// An allergy or intolerance of a patient.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Allergy")]
pub struct AllergyView {
    id: AllergyId,
    patient_id: PatientId,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    status: Status,
    substance: String,
    code: Option<String>,
    code_system: Option<String>,
    category: Option<Category>,
    kind: Option<AllergyKind>,
    criticality: Option<Criticality>,
    reaction: Option<String>,
    severity: Option<Severity>,
    verification: Verification,
    /// `2019`, `2019-06` or `2019-06-14`
    onset: Option<String>,
    note: Option<String>,
    source: Source,
    /// When it was said or found.
    told_at: Timestamp,
    /// Who wrote this version.
    recorded_by_id: UserId,
    recorded_at: Timestamp,
    /// Why it was entered in error.
    error_reason: Option<String>,
    /// What is right instead.
    replaced_by_id: Option<AllergyId>,
}

impl From<Entry> for AllergyView {
    fn from(entry: Entry) -> Self {
        let (status, facts) = (Status::of(&entry), entry.facts);
        let (error_reason, replaced_by) =
            entry.ended.map_or((None, None), |e| (Some(e.reason), e.replaced_by));
        Self {
            id: AllergyId(entry.id.0),
            patient_id: entry.patient,
            version: entry.version,
            status,
            substance: facts.text,
            code: facts.code,
            code_system: facts.code_system,
            category: facts.category,
            kind: facts.kind,
            criticality: facts.criticality,
            reaction: facts.reaction,
            severity: facts.severity,
            verification: facts.verification.unwrap_or(Verification::Unconfirmed),
            onset: facts.onset.map(|onset| onset.to_string()),
            note: facts.note,
            source: facts.source,
            told_at: facts.told_at,
            recorded_by_id: entry.recorded.by,
            recorded_at: entry.recorded.at,
            error_reason,
            replaced_by_id: replaced_by.map(|id| AllergyId(id.0)),
        }
    }
}

/// A condition of a patient.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Condition")]
pub struct ConditionView {
    id: ConditionId,
    patient_id: PatientId,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    status: Status,
    text: String,
    icd10_code: Option<String>,
    clinical_status: ClinicalStatus,
    /// `2019`, `2019-06` or `2019-06-14`
    onset: Option<String>,
    note: Option<String>,
    source: Source,
    /// When it was said or found.
    told_at: Timestamp,
    /// Who wrote this version.
    recorded_by_id: UserId,
    recorded_at: Timestamp,
    /// Why it was entered in error.
    error_reason: Option<String>,
    /// What is right instead.
    replaced_by_id: Option<ConditionId>,
}

impl From<Entry> for ConditionView {
    fn from(entry: Entry) -> Self {
        let (status, facts) = (Status::of(&entry), entry.facts);
        let (error_reason, replaced_by) =
            entry.ended.map_or((None, None), |e| (Some(e.reason), e.replaced_by));
        Self {
            id: ConditionId(entry.id.0),
            patient_id: entry.patient,
            version: entry.version,
            status,
            text: facts.text,
            icd10_code: facts.code,
            clinical_status: facts.clinical_status.unwrap_or(ClinicalStatus::Active),
            onset: facts.onset.map(|onset| onset.to_string()),
            note: facts.note,
            source: facts.source,
            told_at: facts.told_at,
            recorded_by_id: entry.recorded.by,
            recorded_at: entry.recorded.at,
            error_reason,
            replaced_by_id: replaced_by.map(|id| ConditionId(id.0)),
        }
    }
}

/// What was answered when somebody asked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Asked")]
pub struct AskedView {
    /// `NONE_KNOWN`: there is none. `REVIEWED`: what there is, is on the list.
    answer: &'static str,
    asked_at: Timestamp,
    recorded_by_id: UserId,
    recorded_at: Timestamp,
}

impl From<Asked> for AskedView {
    fn from(asked: Asked) -> Self {
        Self {
            answer: asked.answer.code(),
            asked_at: asked.asked_at,
            recorded_by_id: asked.recorded.by,
            recorded_at: asked.recorded.at,
        }
    }
}
