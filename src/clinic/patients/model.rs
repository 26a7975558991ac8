//! A patient, as the hospital knows one: pure, no SQL, no HTTP.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::birth::Birth;
use super::sight::Seen;
use crate::kernel::ids::UserId;
use crate::{ids, problem};

ids! {
    /// A patient.
    PatientId = "patient";
}

/// A registered patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    pub id: PatientId,
    /// `P-00001`: what people say to each other; never changes, never given twice.
    pub code: String,
    pub details: Details,
    pub origin: Origin,
    /// Name of the picture's file; see `pictures`.
    pub picture: Option<String>,
    pub last_visited_at: Option<Timestamp>,
    pub created_by: UserId,
    pub updated_by: UserId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Counts the changes, for `If-Match`.
    pub version: i32,
    /// How far the reader may look: what is withheld is not in here.
    pub seen: Seen,
}

impl Patient {
    /// Where the picture is for people and programs, if there is one.
    #[must_use]
    pub fn picture_path(&self) -> Option<String> {
        self.picture.is_some().then(|| format!("/api/v1/patients/{}/profile-picture", self.id))
    }
}

/// How a record came to be, and what follows from it. Never written by clients.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub registered_as: RegisteredAs,
    /// Registered although the hospital had as many patients as it may.
    pub over_limit: bool,
    /// Nobody knows yet who this is: the name is a made-up one.
    pub is_unidentified: bool,
    /// Names that she had here before, one a line.
    pub former_names: Option<String>,
    pub mother: Option<PatientId>,
    /// Level of the mother's record and who registered her, by which it is decided who may know of her.
    pub mother_record: Option<(Confidentiality, UserId)>,
    /// Whoever reads this may not know of the mother.
    pub mother_is_hidden: bool,
    /// 1 for the first of twins.
    pub birth_order: Option<i16>,
    /// How many children this birth had, where it is known: 2 for twins.
    pub birth_count: Option<i16>,
    pub born_at: Option<Timestamp>,
}

impl Origin {
    /// For trying things out; in no list, count or report.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.registered_as == RegisteredAs::Practice
    }
}

/// How a record came to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RegisteredAs {
    #[default]
    Desk,
    Emergency,
    Birth,
    Practice,
}

impl RegisteredAs {
    pub const ALL: [Self; 4] = [Self::Desk, Self::Emergency, Self::Birth, Self::Practice];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Desk => "DESK",
            Self::Emergency => "EMERGENCY",
            Self::Birth => "BIRTH",
            Self::Practice => "PRACTICE",
        }
    }

    /// The word with this code; the database holds no other.
    pub(super) fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or_default()
    }

    /// Is nobody refused for the hospital's limit?
    #[must_use]
    pub fn passes_limit(self) -> bool {
        !matches!(self, Self::Desk)
    }
}

macro_rules! details {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)+) => {
        /// What people write about a patient. Made only by [`Details::parse`](super::parse), so always valid.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Details { $($(#[$doc])* pub $field: $type,)+ }

        impl Details {
            /// Names of all fields.
            pub const FIELDS: &[&str] = &[$(stringify!($field)),+];

            /// One field as a record's history keeps it.
            #[must_use]
            pub fn value_of(&self, field: &str) -> Value {
                match field {
                    $(stringify!($field) => serde_json::to_value(&self.$field).unwrap_or_default(),)+
                    _ => Value::Null,
                }
            }

            /// Names of the fields in which two differ: what the audit keeps, never the values.
            #[must_use]
            pub fn differences(&self, other: &Self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$field != other.$field { names.push(stringify!($field)); })+
                names
            }
        }
    };
}

details! {
    first_name: String,
    middle_name: Option<String>,
    last_name: Option<String>,
    /// The whole name in another script.
    name_alternate: Option<String>,
    gender: Option<Gender>,
    birth: Birth,
    phone_primary: Option<String>,
    /// As it was typed, if that differs.
    phone_typed: Option<String>,
    phone_e164: Option<String>,
    phone_is_landline: Option<bool>,
    no_phone_reason: Option<Lack>,
    phone_alternate: Option<String>,
    email: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    country: Option<String>,
    postal_code: Option<String>,
    no_address_reason: Option<Lack>,
    /// All three of the emergency contact, or none.
    emergency_contact_name: Option<String>,
    emergency_contact_relation: Option<String>,
    emergency_contact_phone: Option<String>,
    blood_group: Option<String>,
    marital_status: Option<String>,
    preferred_language: Option<String>,
    /// `None`: not asked yet, which is not the same as none known.
    known_allergies: Option<String>,
    chronic_conditions: Option<String>,
    clinical_notes: Option<String>,
    /// Together with its number, or not at all.
    national_id_type: Option<String>,
    national_id_number: Option<String>,
    is_dnr: bool,
    is_deceased: bool,
    date_of_death: Option<Date>,
    died_at: Option<Timestamp>,
    death_certified_by: Option<String>,
    confidentiality: Confidentiality,
    /// Asked, never assumed: messages to this phone or address are agreed to.
    consent_sms: bool,
    consent_email: bool,
}

impl Details {
    /// Nothing known yet: what a registration starts from.
    pub(super) fn blank() -> Self {
        Self {
            first_name: String::new(),
            middle_name: None,
            last_name: None,
            name_alternate: None,
            gender: None,
            birth: Birth::NotRecorded,
            phone_primary: None,
            phone_typed: None,
            phone_e164: None,
            phone_is_landline: None,
            no_phone_reason: None,
            phone_alternate: None,
            email: None,
            address_line1: None,
            address_line2: None,
            city: None,
            state: None,
            country: None,
            postal_code: None,
            no_address_reason: None,
            emergency_contact_name: None,
            emergency_contact_relation: None,
            emergency_contact_phone: None,
            blood_group: None,
            marital_status: None,
            preferred_language: None,
            known_allergies: None,
            chronic_conditions: None,
            clinical_notes: None,
            national_id_type: None,
            national_id_number: None,
            is_dnr: false,
            is_deceased: false,
            date_of_death: None,
            died_at: None,
            death_certified_by: None,
            confidentiality: Confidentiality::Normal,
            consent_sms: false,
            consent_email: false,
        }
    }
}

/// Sex as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Gender {
    Male,
    Female,
    Other,
    /// Asked, and not known.
    Unknown,
}

impl Gender {
    pub const ALL: [Self; 4] = [Self::Male, Self::Female, Self::Other, Self::Unknown];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "MALE",
            Self::Female => "FEMALE",
            Self::Other => "OTHER",
            Self::Unknown => "UNKNOWN",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gender| gender.code() == code)
    }
}

/// Why there is no phone or no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Lack {
    /// The person has none.
    None,
    /// The person does not want to say.
    NotGiven,
}

impl Lack {
    pub const ALL: [Self; 2] = [Self::None, Self::NotGiven];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::NotGiven => "NOT_GIVEN",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lack| lack.code() == code)
    }
}

/// Who may know that this person is a patient: HL7 v3 Confidentiality.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Confidentiality {
    #[default]
    #[serde(rename = "N")]
    Normal,
    #[serde(rename = "R")]
    Restricted,
    #[serde(rename = "V")]
    VeryRestricted,
}

impl Confidentiality {
    pub const ALL: [Self; 3] = [Self::Normal, Self::Restricted, Self::VeryRestricted];

    /// The letter in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Normal => "N",
            Self::Restricted => "R",
            Self::VeryRestricted => "V",
        }
    }

    /// The level with this code; anything unknown is kept from most people.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|level| level.code() == code).unwrap_or(Self::VeryRestricted)
    }
}

/// Children of one mother who are born less than this apart are of one birth, as `patients_birth_order_once` has it.
pub const ONE_BIRTH: SignedDuration = SignedDuration::from_hours(120 * 24);
/// A girl under this age has no children.
pub const YOUNGEST_MOTHER_YEARS: i32 = 8;

/// Blood groups by ABO and RhD.
pub const BLOOD_GROUPS: [&str; 8] = ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"];

/// Why a patient is not registered or not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PatientError {
    #[error("This hospital has registered as many patients as it may ({max}). Ask the platform for more.")]
    LimitReached { max: i64 },
    #[error(
        "Somebody else changed this patient in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
    #[error(
        "Another patient whom nobody knows has this name already. Nothing was saved; choose another one."
    )]
    NameInUse,
    #[error("This record was merged into {code}. Nothing was saved; open {code} and change it there.")]
    Merged { code: String },
    #[error(
        "You may not mark patients as confidential or lift that. Nothing was saved; ask a doctor or an administrator."
    )]
    MayNotRestrict,
    #[error(
        "You may not take back that this patient has died. Nothing was saved; ask an administrator, who can."
    )]
    MayNotUndoDeath,
    #[error("This record is not restricted: it opens without a reason.")]
    NotRestricted,
    #[error(
        "You have this record open for some hours, for the reason you gave. Nothing was saved; ask somebody of the care team or an administrator."
    )]
    OpenedWithReason,
}

problem!(PatientError {
    LimitReached => BAD_REQUEST "patients.limit_reached",
    VersionConflict => PRECONDITION_FAILED "patients.version_conflict",
    NameInUse => CONFLICT "patients.name_in_use",
    Merged => CONFLICT "patients.merged",
    MayNotRestrict => FORBIDDEN "patients.may_not_restrict",
    MayNotUndoDeath => FORBIDDEN "patients.may_not_undo_death",
    NotRestricted => CONFLICT "patients.not_restricted",
    OpenedWithReason => FORBIDDEN "patients.opened_with_reason",
});
