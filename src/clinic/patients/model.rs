//! A patient, as the hospital knows one: pure, no SQL, no HTTP.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::birth::Birth;
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
    pub last_visited_at: Option<Timestamp>,
    pub created_by: UserId,
    pub updated_by: UserId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Counts the changes, for `If-Match`.
    pub version: i32,
}

impl Patient {
    /// All names in one line, as written.
    #[must_use]
    pub fn name(&self) -> String {
        let d = &self.details;
        let names = [Some(d.first_name.as_str()), d.middle_name.as_deref(), d.last_name.as_deref()];
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

macro_rules! details {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)+) => {
        /// What people write about a patient. Made only by [`Details::parse`](super::parse), so always valid.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Details { $($(#[$doc])* pub $field: $type,)+ }

        impl Details {
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
    gender: Option<Gender>,
    birth: Birth,
    phone_primary: Option<String>,
    phone_alternate: Option<String>,
    email: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    country: Option<String>,
    postal_code: Option<String>,
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
            gender: None,
            birth: Birth::NotRecorded,
            phone_primary: None,
            phone_alternate: None,
            email: None,
            address_line1: None,
            address_line2: None,
            city: None,
            state: None,
            country: None,
            postal_code: None,
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
    #[error("This record was merged into {code}. Nothing was saved; open {code} and change it there.")]
    Merged { code: String },
}

problem!(PatientError {
    LimitReached => BAD_REQUEST "patients.limit_reached",
    VersionConflict => PRECONDITION_FAILED "patients.version_conflict",
    Merged => CONFLICT "patients.merged",
});
