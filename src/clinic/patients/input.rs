//! What a client or a form says about a patient, before anybody judged it.

use std::borrow::Cow;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

use super::birth::Birth;
use super::model::{Confidentiality, Gender, Lack};
use crate::kernel::text;

/// A field that may be left out, cleared with `null`, or given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Not mentioned: stays as it is.
    #[default]
    Absent,
    /// `null`: clear it.
    Null,
    Value(T),
}

impl<T> Given<T> {
    /// The value, if there is one.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// `None`: not mentioned. `Some(None)`: to be cleared.
    #[must_use]
    pub fn told(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl Given<String> {
    /// From an input of a form: blank clears.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        if text.trim().is_empty() { Self::Null } else { Self::Value(text.to_owned()) }
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T: JsonSchema> JsonSchema for Given<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// Everything that can be said about a patient. Keys that are not here are ignored: codes, ids, authors, times and the
/// photo are never the client's to write.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PatientFields {
    /// In any script, with at least one letter.
    #[schemars(length(min = 1, max = 200))]
    pub first_name: Given<String>,
    #[schemars(length(max = 200))]
    pub middle_name: Given<String>,
    #[schemars(length(max = 200))]
    pub last_name: Given<String>,
    /// The whole name in another script: native beside Latin, or the other way round. Searched like the name.
    #[schemars(length(max = 200))]
    pub name_alternate: Given<String>,
    #[schemars(with = "Given<Gender>")]
    pub gender: Given<String>,
    /// Not in the future on the hospital's day, at most 130 years ago.
    #[schemars(with = "Given<Date>")]
    pub dob: Given<String>,
    /// There is no known birthday; give `age_only` if at least the age is known.
    pub dob_unknown: Given<bool>,
    /// Age in full years instead of a birthday. `dob` becomes 1 January of the birth year, `dob_unknown` true.
    #[schemars(range(min = 0, max = 130))]
    pub age_only: Given<i64>,
    /// 8 to 15 digits; spaces, hyphens and brackets are dropped, a leading + stays.
    pub phone_primary: Given<String>,
    /// No text message reaches a landline. Left out: as the number itself tells.
    pub phone_is_landline: Given<bool>,
    /// Why there is no `phone_primary`.
    #[schemars(with = "Given<Lack>")]
    pub no_phone_reason: Given<String>,
    pub phone_alternate: Given<String>,
    #[schemars(email)]
    pub email: Given<String>,
    #[schemars(length(max = 120))]
    pub address_line1: Given<String>,
    #[schemars(length(max = 120))]
    pub address_line2: Given<String>,
    #[schemars(length(min = 2, max = 80))]
    pub city: Given<String>,
    #[schemars(length(max = 100))]
    pub state: Given<String>,
    #[schemars(length(max = 100))]
    pub country: Given<String>,
    /// Of any country.
    #[schemars(length(max = 20))]
    pub postal_code: Given<String>,
    /// Why there is no address.
    #[schemars(with = "Given<Lack>")]
    pub no_address_reason: Given<String>,
    /// All three of the emergency contact, or none.
    #[schemars(length(max = 100))]
    pub emergency_contact_name: Given<String>,
    #[schemars(length(max = 50))]
    pub emergency_contact_relation: Given<String>,
    pub emergency_contact_phone: Given<String>,
    /// A+ A- B+ B- AB+ AB- O+ O-
    pub blood_group: Given<String>,
    #[schemars(length(max = 20))]
    pub marital_status: Given<String>,
    #[schemars(length(max = 50))]
    pub preferred_language: Given<String>,
    /// One entry a line: the list follows. Lines that are there stay, missing ones are entered in error, new ones are
    /// added unconfirmed; `none known` is an answer, blank is as if nobody had asked.
    #[schemars(length(max = 1000))]
    pub known_allergies: Given<String>,
    /// One entry a line, like `known_allergies`.
    #[schemars(length(max = 1000))]
    pub chronic_conditions: Given<String>,
    #[schemars(length(max = 1000))]
    pub clinical_notes: Given<String>,
    /// Together with its number, or not at all.
    #[schemars(length(max = 50))]
    pub national_id_type: Given<String>,
    /// 3 to 32 letters, digits, - or /
    #[schemars(length(min = 3, max = 32))]
    pub national_id_number: Given<String>,
    pub is_dnr: Given<bool>,
    /// Set by itself when `date_of_death` is given.
    pub is_deceased: Given<bool>,
    /// Any day that is not in the future: a late note is never refused.
    #[schemars(with = "Given<Date>")]
    pub date_of_death: Given<String>,
    /// The moment, with offset; `date_of_death` becomes its day at the hospital.
    #[schemars(with = "Given<jiff::Timestamp>")]
    pub died_at: Given<String>,
    /// Who certified the death.
    #[schemars(length(max = 200))]
    pub death_certified_by: Given<String>,
    /// N normal, R restricted, V very restricted. To set or lift it takes `patients:restrict`.
    #[schemars(with = "Given<Confidentiality>")]
    pub confidentiality: Given<String>,
    /// The patient agreed to text messages; needs `phone_primary`, and not a landline. Ends with the number.
    pub consent_sms: Given<bool>,
    /// The patient agreed to e-mails; needs `email`. Ends with the address.
    pub consent_email: Given<bool>,
    /// Why, for the record's history.
    #[schemars(length(max = 500))]
    pub change_reason: Given<String>,
    /// The version that was read and changed, instead of `If-Match`.
    pub version: Given<i64>,
    /// What a page understood of the one text that it asks for.
    #[serde(skip)]
    pub birth: Option<Birth>,
    /// The stricter rules of a profile hold: length of an address, form of a PIN code.
    #[serde(skip)]
    pub as_profile: bool,
}

impl PatientFields {
    /// The reason, once it is known to be one.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match &self.change_reason {
            Given::Value(typed) => Some(text::tidy(typed)).filter(|reason| !reason.is_empty()),
            Given::Absent | Given::Null => None,
        }
    }
}
