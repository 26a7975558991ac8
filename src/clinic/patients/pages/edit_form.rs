//! What the form for changes sends and shows: every field of the profile. One that it does not send stays as it is.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::born;
use super::labels::label;
use crate::clinic::patients::birth::Birth;
use crate::clinic::patients::input::{Given, PatientFields};
use crate::clinic::patients::model::{Details, Gender, Patient};
use crate::web::layout::{Difference, FormState};
use crate::web::words;

macro_rules! edit_form {
    (texts: $($text:ident)+; flags: $($flag:ident)+;) => {
        /// What the form sends.
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(default)]
        pub(super) struct EditForm {
            /// Of the patient as the form showed it.
            pub(super) version: String,
            /// A birthday, an age, or the word unknown.
            pub(super) born: Option<String>,
            pub(super) change_reason: String,
            $($text: Option<String>,)+
            $($flag: Option<String>,)+
        }

        impl EditForm {
            /// The form as it shows a patient.
            pub(super) fn of(patient: &Patient) -> Self {
                let d = &patient.details;
                let written = |field: &str| Some(match d.value_of(field) {
                    Value::String(text) => text,
                    Value::Bool(flag) => flag.to_string(),
                    _ => String::new(),
                });
                Self {
                    version: patient.version.to_string(),
                    born: Some(born::written(&d.birth)),
                    change_reason: String::new(),
                    $($text: written(stringify!($text)),)+
                    $($flag: written(stringify!($flag)),)+
                }
            }

            /// Names and what was typed, of the fields that were sent.
            fn sent(&self) -> Vec<(&'static str, &str)> {
                let all = [
                    ("born", &self.born),
                    $((stringify!($text), &self.$text),)+
                    $((stringify!($flag), &self.$flag),)+
                ];
                all.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?))).collect()
            }

            /// As what it says is to be changed. A choice that stands as it is recorded says nothing: whether a new
            /// number is a landline, the number itself tells.
            pub(super) fn fields(&self, recorded: &Patient, birth: Option<Birth>) -> PatientFields {
                let shown = Self::of(recorded);
                let text = |typed: &Option<String>| typed.as_deref().map_or(Given::Absent, Given::typed);
                let flag = |typed: &Option<String>, shown: &Option<String>| match typed.as_deref() {
                    _ if typed == shown => Given::Absent,
                    Some("true") => Given::Value(true),
                    Some("false") => Given::Value(false),
                    Some(_) => Given::Null,
                    None => Given::Absent,
                };
                PatientFields {
                    $($text: text(&self.$text),)+
                    $($flag: flag(&self.$flag, &shown.$flag),)+
                    birth,
                    change_reason: Given::typed(&self.change_reason),
                    as_profile: true,
                    ..PatientFields::default()
                }
            }
        }
    };
}

edit_form! {
    texts: first_name middle_name last_name name_alternate gender blood_group marital_status preferred_language
        phone_primary no_phone_reason phone_alternate email
        address_line1 address_line2 city state postal_code country no_address_reason
        emergency_contact_name emergency_contact_relation emergency_contact_phone
        national_id_type national_id_number clinical_notes confidentiality;
    flags: phone_is_landline is_dnr;
}

impl EditForm {
    pub(super) fn state(&self) -> FormState {
        let state = FormState::new()
            .with("version", self.version.clone())
            .with("change_reason", self.change_reason.clone());
        self.sent().into_iter().fold(state, |state, (name, text)| state.with(name, text))
    }

    /// What the one text about the birth says, if it says something else than is recorded.
    pub(super) fn birth(&self, recorded: &Birth, today: Date) -> Result<Option<Birth>, &'static str> {
        let Some(typed) = self.born.as_deref().map(str::trim) else { return Ok(None) };
        if typed == born::written(recorded) {
            Ok(None)
        } else if typed.is_empty() {
            Err("Write a birthday, an age, or the word unknown.")
        } else {
            born::parse(typed, today).map(Some)
        }
    }

    /// Label, what is saved now, what was typed: only what differs.
    pub(super) fn differences(&self, patient: &Patient) -> Vec<Difference> {
        let theirs = Self::of(patient);
        let theirs = theirs.sent();
        let saved = |name| theirs.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| *text);
        let pairs = self.sent().into_iter().map(|(name, yours)| (name, saved(name).trim(), yours.trim()));
        pairs
            .filter(|(_, theirs, yours)| theirs != yours)
            .map(|(name, theirs, yours)| (label(name), readable(name, theirs), readable(name, yours)))
            .collect()
    }
}

/// A choice in words.
fn readable(name: &str, text: &str) -> String {
    match (name, text) {
        (_, "") => text.to_owned(),
        ("gender", code) => words::sex(code).0.to_owned(),
        ("no_phone_reason" | "no_address_reason", code) => words::lack(code).to_owned(),
        ("confidentiality", code) => words::confidentiality(code).to_owned(),
        ("phone_is_landline", "true") => "Landline".to_owned(),
        ("phone_is_landline", _) => "Mobile".to_owned(),
        ("is_dnr", "true") => "Yes".to_owned(),
        ("is_dnr", _) => "No".to_owned(),
        _ => text.to_owned(),
    }
}

/// Does a change from one to the other say who somebody is, or who may know it? Then a reason belongs to it. Filling
/// in what was not known yet is no such change.
pub(super) fn needs_reason(before: &Details, after: &Details) -> bool {
    let names = |d: &Details| {
        (d.first_name.clone(), d.middle_name.clone(), d.last_name.clone(), d.name_alternate.clone())
    };
    let is_known = |birth: &Birth| matches!(birth, Birth::On(_) | Birth::About { .. });
    names(before) != names(after)
        || before.gender.is_some_and(|sex| sex != Gender::Unknown && after.gender != Some(sex))
        || (is_known(&before.birth) && before.birth != after.birth)
        || (before.national_id_number.is_some()
            && (&before.national_id_number, &before.national_id_type)
                != (&after.national_id_number, &after.national_id_type))
        || before.confidentiality != after.confidentiality
}
