//! Between a patient and the columns of its row.

use jiff::civil::Date;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::birth::{Birth, Precision};
use super::model::{Confidentiality, Details, Gender, Lack, Origin, Patient, RegisteredAs};
use super::sight::Seen;

/// What the columns hold where the model says it otherwise.
pub(super) struct Columns {
    gender: Option<&'static str>,
    dob: Option<Date>,
    dob_unknown: bool,
    dob_precision: Option<&'static str>,
    age_only: Option<i16>,
    age_told_on: Option<Date>,
    no_phone_reason: Option<&'static str>,
    no_address_reason: Option<&'static str>,
    confidentiality: &'static str,
}

impl Columns {
    pub(super) fn of(details: &Details) -> Self {
        let birth = details.birth;
        let (dob_precision, age_only, age_told_on) = match birth {
            Birth::NotRecorded | Birth::Unknown => (None, None, None),
            Birth::On(_) => (Some(Precision::Day.code()), None, None),
            Birth::About { precision, age_years, told_on, .. } => {
                (Some(precision.code()), Some(age_years), Some(told_on))
            }
        };
        Self {
            gender: details.gender.map(Gender::code),
            dob: birth.date(),
            dob_unknown: birth.is_unknown(),
            dob_precision,
            age_only,
            age_told_on,
            no_phone_reason: details.no_phone_reason.map(Lack::code),
            no_address_reason: details.no_address_reason.map(Lack::code),
            confidentiality: details.confidentiality.code(),
        }
    }

    /// In the order of `details!` in the statements.
    pub(super) fn params<'a>(&'a self, d: &'a Details) -> Vec<&'a (dyn ToSql + Sync)> {
        vec![
            &d.first_name,
            &d.middle_name,
            &d.last_name,
            &d.name_alternate,
            &self.gender,
            &self.dob,
            &self.dob_unknown,
            &self.dob_precision,
            &self.age_only,
            &self.age_told_on,
            &d.phone_primary,
            &d.phone_typed,
            &d.phone_e164,
            &d.phone_is_landline,
            &self.no_phone_reason,
            &d.phone_alternate,
            &d.email,
            &d.address_line1,
            &d.address_line2,
            &d.city,
            &d.state,
            &d.country,
            &d.postal_code,
            &self.no_address_reason,
            &d.emergency_contact_name,
            &d.emergency_contact_relation,
            &d.emergency_contact_phone,
            &d.blood_group,
            &d.marital_status,
            &d.preferred_language,
            &d.known_allergies,
            &d.chronic_conditions,
            &d.clinical_notes,
            &d.national_id_type,
            &d.national_id_number,
            &d.is_dnr,
            &d.is_deceased,
            &d.date_of_death,
            &d.died_at,
            &d.death_certified_by,
            &self.confidentiality,
            &d.consent_sms,
            &d.consent_email,
        ]
    }
}

/// When somebody was born, of a row with `dob`, `dob_precision`, `dob_unknown`, `age_only` and `age_told_on`.
#[must_use]
pub fn birth(row: &Row) -> Birth {
    let dob: Option<Date> = row.get("dob");
    let precision = row.get::<_, Option<&str>>("dob_precision").map_or(Precision::Year, Precision::from_code);
    let told = row.get::<_, Option<i16>>("age_only").zip(row.get::<_, Option<Date>>("age_told_on"));
    match (dob, told) {
        (Some(date), Some((age_years, told_on))) => Birth::About { date, precision, age_years, told_on },
        (Some(date), None) => Birth::On(date),
        (None, _) if row.get("dob_unknown") => Birth::Unknown,
        (None, _) => Birth::NotRecorded,
    }
}

pub(super) fn patient(row: &Row) -> Patient {
    let details = Details {
        first_name: row.get("first_name"),
        middle_name: row.get("middle_name"),
        last_name: row.get("last_name"),
        name_alternate: row.get("name_alternate"),
        gender: row.get::<_, Option<&str>>("gender").and_then(Gender::from_code),
        birth: birth(row),
        phone_primary: row.get("phone_primary"),
        phone_typed: row.get("phone_typed"),
        phone_e164: row.get("phone_e164"),
        phone_is_landline: row.get("phone_is_landline"),
        no_phone_reason: row.get::<_, Option<&str>>("no_phone_reason").and_then(Lack::from_code),
        phone_alternate: row.get("phone_alternate"),
        email: row.get("email"),
        address_line1: row.get("address_line1"),
        address_line2: row.get("address_line2"),
        city: row.get("city"),
        state: row.get("state"),
        country: row.get("country"),
        postal_code: row.get("postal_code"),
        no_address_reason: row.get::<_, Option<&str>>("no_address_reason").and_then(Lack::from_code),
        emergency_contact_name: row.get("emergency_contact_name"),
        emergency_contact_relation: row.get("emergency_contact_relation"),
        emergency_contact_phone: row.get("emergency_contact_phone"),
        blood_group: row.get("blood_group"),
        marital_status: row.get("marital_status"),
        preferred_language: row.get("preferred_language"),
        known_allergies: row.get("known_allergies"),
        chronic_conditions: row.get("chronic_conditions"),
        clinical_notes: row.get("clinical_notes"),
        national_id_type: row.get("national_id_type"),
        national_id_number: row.get("national_id_number"),
        is_dnr: row.get("is_dnr"),
        is_deceased: row.get("is_deceased"),
        date_of_death: row.get("date_of_death"),
        died_at: row.get("died_at"),
        death_certified_by: row.get("death_certified_by"),
        confidentiality: Confidentiality::from_code(row.get("confidentiality")),
        consent_sms: row.get("consent_sms"),
        consent_email: row.get("consent_email"),
    };
    let mother_level = row.get::<_, Option<&str>>("mother_level");
    let origin = Origin {
        registered_as: RegisteredAs::from_code(row.get("registered_as")),
        over_limit: row.get("over_limit"),
        is_unidentified: row.get("is_unidentified"),
        former_names: row.get("former_names"),
        mother: row.get("mother_id"),
        mother_record: mother_level.map(Confidentiality::from_code).zip(row.get("mother_by_id")),
        mother_is_hidden: false,
        birth_order: row.get("birth_order"),
        birth_count: row.get("birth_count"),
        born_at: row.get("born_at"),
    };
    Patient {
        id: row.get("id"),
        code: row.get("patient_code"),
        details,
        origin,
        picture: row.get("photo_path"),
        last_visited_at: row.get("last_visited_at"),
        created_by: row.get("created_by_id"),
        updated_by: row.get("updated_by_id"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        version: row.get("version"),
        seen: Seen::Whole,
    }
}
