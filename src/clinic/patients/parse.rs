//! From what is said about a patient to what is valid. All faults are reported at once.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use super::birth::Birth;
use super::birth_input::{BirthGiven, day};
use super::input::{Given, PatientFields};
use super::model::{BLOOD_GROUPS, Details, Gender};
use crate::kernel::{AppError, FieldErrors, phone, text};

/// Which fields a registration must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A first name.
    Name,
    /// What the front desk asks: name, phone, sex, city, and birthday, age or "unknown".
    Essentials,
}

impl Details {
    /// A new patient. `today` is the hospital's day.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(given: PatientFields, needs: Needs, today: Date) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        for (field, sentence) in missing(&given, needs) {
            errors.add(field, sentence);
        }
        let details = Self::blank().apply(given, today, &mut errors);
        errors.finish_with(Some(details))
    }

    /// This patient with some fields changed.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn changed(&self, given: PatientFields, today: Date) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let details = self.clone().apply(given, today, &mut errors);
        errors.finish_with(Some(details))
    }

    fn apply(mut self, given: PatientFields, today: Date, errors: &mut FieldErrors) -> Self {
        if let Some(typed) = given.first_name.told()
            && let Some(name) = text::person_name("first_name", typed.as_deref(), 50, errors)
        {
            self.first_name = name;
        }
        line(&mut self.middle_name, "middle_name", given.middle_name, 50, errors);
        line(&mut self.last_name, "last_name", given.last_name, 50, errors);
        gender(&mut self.gender, given.gender, errors);
        let birth = BirthGiven { dob: given.dob, unknown: given.dob_unknown, age: given.age_only };
        match given.birth {
            Some(birth) => self.birth = birth,
            None => self.birth = birth.apply(self.birth, today, errors),
        }
        number(&mut self.phone_primary, "phone_primary", given.phone_primary, errors);
        number(&mut self.phone_alternate, "phone_alternate", given.phone_alternate, errors);
        address(&mut self.email, given.email, errors);
        line(&mut self.address_line1, "address_line1", given.address_line1, 120, errors);
        line(&mut self.address_line2, "address_line2", given.address_line2, 120, errors);
        line(&mut self.city, "city", given.city, 80, errors);
        line(&mut self.state, "state", given.state, 100, errors);
        line(&mut self.country, "country", given.country, 100, errors);
        line(&mut self.postal_code, "postal_code", given.postal_code, 20, errors);
        line(
            &mut self.emergency_contact_name,
            "emergency_contact_name",
            given.emergency_contact_name,
            100,
            errors,
        );
        let relation = given.emergency_contact_relation;
        line(&mut self.emergency_contact_relation, "emergency_contact_relation", relation, 50, errors);
        let contact = given.emergency_contact_phone;
        number(&mut self.emergency_contact_phone, "emergency_contact_phone", contact, errors);
        blood_group(&mut self.blood_group, given.blood_group, errors);
        line(&mut self.marital_status, "marital_status", given.marital_status, 20, errors);
        line(&mut self.preferred_language, "preferred_language", given.preferred_language, 50, errors);
        note(&mut self.known_allergies, "known_allergies", given.known_allergies, errors);
        note(&mut self.chronic_conditions, "chronic_conditions", given.chronic_conditions, errors);
        note(&mut self.clinical_notes, "clinical_notes", given.clinical_notes, errors);
        line(&mut self.national_id_type, "national_id_type", given.national_id_type, 50, errors);
        line(&mut self.national_id_number, "national_id_number", given.national_id_number, 32, errors);
        flag(&mut self.is_dnr, given.is_dnr);
        let undone = given.is_deceased == Given::Value(false);
        flag(&mut self.is_deceased, given.is_deceased);
        if let Some(typed) = given.date_of_death.told() {
            self.date_of_death = typed.and_then(|typed| day("date_of_death", &typed, errors));
            self.is_deceased |= self.date_of_death.is_some() && !undone;
        }
        flag(&mut self.consent_sms, given.consent_sms);
        flag(&mut self.consent_email, given.consent_email);
        if errors.is_empty() {
            self.check_together(today, errors);
        }
        self
    }

    /// Rules about several fields, wherever each came from.
    fn check_together(&self, today: Date, errors: &mut FieldErrors) {
        if self.city.as_ref().is_some_and(|city| city.chars().count() < 2) {
            errors.add("city", "Use at least 2 characters.");
        }
        let contact = [
            ("emergency_contact_name", &self.emergency_contact_name),
            ("emergency_contact_relation", &self.emergency_contact_relation),
            ("emergency_contact_phone", &self.emergency_contact_phone),
        ];
        if contact.iter().any(|(_, value)| value.is_some()) {
            for (name, _) in contact.iter().filter(|(_, value)| value.is_none()) {
                errors.add(name, "An emergency contact needs name, relation and phone.");
            }
        }
        match (&self.national_id_type, &self.national_id_number) {
            (Some(_), None) => errors.add("national_id_number", "Give the number of this document."),
            (None, Some(_)) => errors.add("national_id_type", "Say which document this number is from."),
            _ => {}
        }
        if let Some(id) = &self.national_id_number
            && (id.len() < 3 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'/'))
        {
            errors.add("national_id_number", "Use 3 to 32 letters A to Z, digits, - or /.");
        }
        if self.consent_sms && self.phone_primary.is_none() {
            errors.add("consent_sms", "Text messages need a phone number.");
        }
        if self.consent_email && self.email.is_none() {
            errors.add("consent_email", "E-mails need an e-mail address.");
        }
        match self.date_of_death {
            Some(_) if !self.is_deceased => errors.add("date_of_death", "Clear the date of death as well."),
            Some(died) if died > today => {
                errors.add("date_of_death", "A date of death cannot be in the future.")
            }
            Some(died) if self.birth.date().is_some_and(|born| died < born) => {
                errors.add("date_of_death", "The date of death is before the birth.");
            }
            _ => {}
        }
    }
}

const NEEDED: &str = "This is needed.";

/// What a registration has to say and does not.
fn missing(given: &PatientFields, needs: Needs) -> Vec<(&'static str, &'static str)> {
    let blank = |field: &Given<String>| !matches!(field, Given::Value(text) if !text.trim().is_empty());
    let mut missing = Vec::new();
    if given.first_name.is_absent() {
        missing.push(("first_name", NEEDED));
    }
    if needs == Needs::Essentials {
        let essentials =
            [("phone_primary", &given.phone_primary), ("gender", &given.gender), ("city", &given.city)];
        missing.extend(essentials.iter().filter(|(_, field)| blank(field)).map(|(name, _)| (*name, NEEDED)));
        let no_birth = blank(&given.dob)
            && !matches!(given.age_only, Given::Value(_))
            && given.dob_unknown != Given::Value(true)
            && given.birth.is_none_or(|birth| birth == Birth::NotRecorded);
        if no_birth {
            missing.push(("dob", "Give a date of birth or an age, or say that it is unknown."));
        }
    }
    missing
}

fn line(field: &mut Option<String>, name: &str, given: Given<String>, max: usize, errors: &mut FieldErrors) {
    if let Some(typed) = given.told()
        && let Ok(line) = text::optional(name, typed.as_deref(), max, errors)
    {
        *field = line;
    }
}

/// Text that keeps its line breaks.
fn note(field: &mut Option<String>, name: &str, given: Given<String>, errors: &mut FieldErrors) {
    const MAX: usize = 1000;
    let Some(typed) = given.told() else { return };
    let typed: String = typed.unwrap_or_default().nfc().collect::<String>().replace("\r\n", "\n");
    let typed = typed.trim();
    if text::has_forbidden(typed) {
        errors.add(name, "Remove the hidden control characters from this text.");
    } else if typed.chars().count() > MAX {
        errors.add(name, format!("Use at most {MAX} characters."));
    } else {
        *field = (!typed.is_empty()).then(|| typed.to_owned());
    }
}

fn number(field: &mut Option<String>, name: &str, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    match typed.filter(|typed| !typed.trim().is_empty()) {
        None => *field = None,
        Some(typed) => {
            if let Some(number) = phone::parse(name, &typed, errors) {
                *field = Some(number);
            }
        }
    }
}

fn address(field: &mut Option<String>, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    match typed.filter(|typed| !typed.trim().is_empty()) {
        None => *field = None,
        Some(typed) => {
            if let Some(address) = text::email("email", Some(&typed), errors) {
                *field = Some(address);
            }
        }
    }
}

fn gender(field: &mut Option<Gender>, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    match typed.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        None => *field = None,
        Some(code) => match Gender::from_code(code) {
            Some(gender) => *field = Some(gender),
            None => errors.add("gender", "Use one of: MALE, FEMALE, OTHER, UNKNOWN."),
        },
    }
}

fn blood_group(field: &mut Option<String>, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    let code = typed.unwrap_or_default().trim().to_uppercase();
    match BLOOD_GROUPS.iter().find(|group| **group == code) {
        Some(group) => *field = Some((*group).to_owned()),
        None if code.is_empty() => *field = None,
        None => errors.add("blood_group", format!("Use one of: {}.", BLOOD_GROUPS.join(", "))),
    }
}

/// A yes or no has no "cleared": `null` leaves it.
fn flag(field: &mut bool, given: Given<bool>) {
    if let Given::Value(value) = given {
        *field = value;
    }
}
