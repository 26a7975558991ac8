//! A patient as clients see one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::Ahead;
use super::birth::Birth;
use super::model::{Confidentiality, Gender, Lack, Patient, PatientId, RegisteredAs};
use super::sight::Seen;
use crate::kernel::ids::UserId;

/// A patient.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Patient")]
pub struct PatientView {
    id: PatientId,
    /// `P-00001`
    patient_code: String,
    first_name: String,
    middle_name: Option<String>,
    last_name: Option<String>,
    /// The whole name in another script.
    name_alternate: Option<String>,
    /// 1 January of the birth year where only an age is known: not a birthday if `dob_unknown`.
    dob: Option<Date>,
    dob_unknown: bool,
    /// The age in full years that was told instead of a birthday.
    age_only: Option<i16>,
    gender: Option<Gender>,
    phone_primary: Option<String>,
    /// As it was typed, if that differs.
    phone_typed: Option<String>,
    /// With country code, if the number is one of the hospital's country or came with its own.
    phone_e164: Option<String>,
    phone_is_landline: Option<bool>,
    /// Why there is no phone.
    no_phone_reason: Option<Lack>,
    phone_alternate: Option<String>,
    city: Option<String>,
    email: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    postal_code: Option<String>,
    state: Option<String>,
    country: Option<String>,
    /// Why there is no address.
    no_address_reason: Option<Lack>,
    blood_group: Option<String>,
    marital_status: Option<String>,
    preferred_language: Option<String>,
    emergency_contact_name: Option<String>,
    emergency_contact_relation: Option<String>,
    emergency_contact_phone: Option<String>,
    /// A view of the list, one entry a line; `None known` if that was answered, `null`: not asked yet.
    known_allergies: Option<String>,
    /// The same of the list of conditions.
    chronic_conditions: Option<String>,
    clinical_notes: Option<String>,
    is_dnr: bool,
    is_deceased: bool,
    date_of_death: Option<Date>,
    died_at: Option<Timestamp>,
    death_certified_by: Option<String>,
    /// N normal, R restricted, V very restricted.
    confidentiality: Confidentiality,
    national_id_type: Option<String>,
    national_id_number: Option<String>,
    /// Where the picture is; `null` if there is none. Never written by clients.
    photo_path: Option<String>,
    consent_sms: bool,
    consent_email: bool,
    registered_as: RegisteredAs,
    /// Registered although the hospital had as many patients as it may.
    over_limit: bool,
    /// Nobody knows yet who this is: the name is a made-up one.
    is_unidentified: bool,
    /// Names that this patient had here before.
    former_names: Vec<String>,
    /// Left out where the mother's record is in no list of whoever asks.
    mother_id: Option<PatientId>,
    /// 1 for the first of twins.
    birth_order: Option<i16>,
    /// How many children this birth had, where it is known: 2 for twins.
    birth_count: Option<i16>,
    born_at: Option<Timestamp>,
    created_by_id: UserId,
    updated_by_id: UserId,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_visited_at: Option<Timestamp>,
    /// IPD with an active admission, else OPD.
    patient_type: PatientType,
    /// Only with `include=visit_flags`.
    has_active_admission: Option<bool>,
    /// The next time that is booked. Only with `include=visit_flags`, for whoever may see appointments; `null` too if there
    /// is none.
    next_eligible_opd_appointment_at: Option<Timestamp>,
    /// The record is restricted: all but its id, code and level is withheld, and `first_name` says so. Give a reason to
    /// open it.
    is_withheld: bool,
    /// Somebody else's patient, to a doctor whose hospital shows doctors their own: withheld for that alone. Where the
    /// whole name was searched for, name, sex and birth are told.
    is_not_linked: bool,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
}

/// Where a patient is being treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum PatientType {
    /// Comes and goes.
    Opd,
    /// Is admitted.
    Ipd,
}

impl From<Patient> for PatientView {
    fn from(patient: Patient) -> Self {
        let photo_path = patient.picture_path();
        let (d, origin) = (patient.details, patient.origin);
        Self {
            id: patient.id,
            patient_code: patient.code,
            first_name: d.first_name,
            middle_name: d.middle_name,
            last_name: d.last_name,
            name_alternate: d.name_alternate,
            dob: d.birth.date(),
            dob_unknown: d.birth.is_unknown(),
            age_only: match d.birth {
                Birth::About { age_years, .. } => Some(age_years),
                _ => None,
            },
            gender: d.gender,
            phone_primary: d.phone_primary,
            phone_typed: d.phone_typed,
            phone_e164: d.phone_e164,
            phone_is_landline: d.phone_is_landline,
            no_phone_reason: d.no_phone_reason,
            phone_alternate: d.phone_alternate,
            city: d.city,
            email: d.email,
            address_line1: d.address_line1,
            address_line2: d.address_line2,
            postal_code: d.postal_code,
            state: d.state,
            country: d.country,
            no_address_reason: d.no_address_reason,
            blood_group: d.blood_group,
            marital_status: d.marital_status,
            preferred_language: d.preferred_language,
            emergency_contact_name: d.emergency_contact_name,
            emergency_contact_relation: d.emergency_contact_relation,
            emergency_contact_phone: d.emergency_contact_phone,
            known_allergies: d.known_allergies,
            chronic_conditions: d.chronic_conditions,
            clinical_notes: d.clinical_notes,
            is_dnr: d.is_dnr,
            is_deceased: d.is_deceased,
            date_of_death: d.date_of_death,
            died_at: d.died_at,
            death_certified_by: d.death_certified_by,
            confidentiality: d.confidentiality,
            national_id_type: d.national_id_type,
            national_id_number: d.national_id_number,
            photo_path,
            consent_sms: d.consent_sms,
            consent_email: d.consent_email,
            registered_as: origin.registered_as,
            over_limit: origin.over_limit,
            is_unidentified: origin.is_unidentified,
            former_names: origin
                .former_names
                .iter()
                .flat_map(|names| names.lines())
                .map(str::to_owned)
                .collect(),
            mother_id: origin.mother.filter(|_| !origin.mother_is_hidden),
            birth_order: origin.birth_order,
            birth_count: origin.birth_count,
            born_at: origin.born_at,
            created_by_id: patient.created_by,
            updated_by_id: patient.updated_by,
            created_at: patient.created_at,
            updated_at: patient.updated_at,
            last_visited_at: patient.last_visited_at,
            patient_type: PatientType::Opd,
            has_active_admission: None,
            next_eligible_opd_appointment_at: None,
            is_withheld: matches!(patient.seen, Seen::Withheld | Seen::NotYours),
            is_not_linked: patient.seen == Seen::NotYours,
            version: patient.version,
        }
    }
}

impl PatientView {
    /// With what a list of visits wants to know. There are no admissions yet.
    pub(super) fn with_visit_flags(self, ahead: &BTreeMap<PatientId, Ahead>) -> Self {
        let next = ahead.get(&self.id).filter(|_| !self.is_withheld).map(|next| next.at);
        Self { has_active_admission: Some(false), next_eligible_opd_appointment_at: next, ..self }
    }
}
