//! From what is said about a patient to what is valid. All faults are reported at once.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use super::birth::Birth;
use super::birth_input::{BirthGiven, day};
use super::fields::{address, blood_group, choice, flag, line, note, number};
use super::input::{Given, PatientFields};
use super::model::{Confidentiality, Details, Gender, Lack};
use super::why::ConsentKind;
use crate::kernel::phone::Country;
use crate::kernel::{AppError, FieldErrors, phone, text};

/// Which fields a registration must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A first name.
    Name,
    /// What the contract asks at the front desk: name, phone, sex, city, and birthday, age or "unknown".
    Essentials,
    /// The same, but a reason will do where there is no phone or no address.
    Desk,
}

/// Where and when something is written down.
#[derive(Debug, Clone)]
pub struct Here {
    /// On the hospital's clock.
    pub now: Zoned,
    /// The hospital's, for numbers without a country code.
    pub country: Option<Country>,
}

impl Here {
    /// The hospital's day.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.date()
    }
}

const MAX_NAME: usize = 200;

impl Details {
    /// A new patient, written down `here`.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(given: PatientFields, needs: Needs, here: &Here) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        for (field, sentence) in missing(&given, needs) {
            errors.add(field, sentence);
        }
        let details = Self::blank().apply(given, here, &mut errors);
        errors.finish_with(Some(details))
    }

    /// This patient with some fields changed.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn changed(&self, given: PatientFields, here: &Here) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let details = self.clone().apply(given, here, &mut errors);
        errors.finish_with(Some(details))
    }

    fn apply(mut self, given: PatientFields, here: &Here, errors: &mut FieldErrors) -> Self {
        let today = here.today();
        let tells_death = !given.date_of_death.is_absent() || !given.died_at.is_absent();
        if given.as_profile {
            profile_rules(&given, &self, here, errors);
        }
        let mut reason = None;
        line(&mut reason, "change_reason", given.change_reason, 500, errors);
        if let Some(typed) = given.first_name.told()
            && let Some(name) = text::person_name("first_name", typed.as_deref(), MAX_NAME, errors)
        {
            self.first_name = name;
        }
        line(&mut self.middle_name, "middle_name", given.middle_name, MAX_NAME, errors);
        line(&mut self.last_name, "last_name", given.last_name, MAX_NAME, errors);
        line(&mut self.name_alternate, "name_alternate", given.name_alternate, MAX_NAME, errors);
        choice(&mut self.gender, "gender", given.gender, &Gender::ALL, Gender::code, errors);
        let birth = BirthGiven { dob: given.dob, unknown: given.dob_unknown, age: given.age_only };
        match given.birth {
            Some(birth) => self.birth = birth,
            None => self.birth = birth.apply(self.birth, today, errors),
        }
        self.phone(given.phone_primary, given.phone_is_landline, given.no_phone_reason, here, errors);
        number(&mut self.phone_alternate, "phone_alternate", given.phone_alternate, errors);
        address(&mut self.email, given.email, errors);
        let reason = given.no_address_reason;
        self.no_address(&[&given.address_line1, &given.address_line2, &given.city], reason, errors);
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
        } else if undone {
            self.date_of_death = None;
        }
        self.death(given.died_at, given.death_certified_by, undone, here, errors);
        let mut level = Some(self.confidentiality);
        let levels = &Confidentiality::ALL;
        choice(&mut level, "confidentiality", given.confidentiality, levels, Confidentiality::code, errors);
        self.confidentiality = level.unwrap_or_default();
        self.consents(given.consent_sms, given.consent_email, errors);
        if errors.is_empty() {
            self.check_together(tells_death, here, errors);
        }
        self
    }

    /// A line or a place that is given ends the reason why there is none, and a reason that is given now needs that there
    /// is none.
    fn no_address(&mut self, given: &[&Given<String>], reason: Given<String>, errors: &mut FieldErrors) {
        let is_told = |given: &Given<String>| matches!(given, Given::Value(text) if !text.trim().is_empty());
        let kept = [&self.address_line1, &self.address_line2, &self.city];
        let is_there =
            given.iter().zip(kept).any(|(given, kept)| is_told(given) || given.is_absent() && kept.is_some());
        let before = self.no_address_reason;
        choice(&mut self.no_address_reason, "no_address_reason", reason, &Lack::ALL, Lack::code, errors);
        let is_new = self.no_address_reason != before && self.no_address_reason.is_some();
        if is_there && is_new {
            errors.add("no_address_reason", "There is an address: clear the reason or the address.");
        } else if given.iter().any(|given| is_told(given)) {
            self.no_address_reason = None;
        }
    }

    /// A number, or why there is none. Of a new number it is asked again whether it is a landline.
    fn phone(
        &mut self,
        given: Given<String>,
        landline: Given<bool>,
        reason: Given<String>,
        here: &Here,
        errors: &mut FieldErrors,
    ) {
        let typed = given.told().map(|typed| typed.filter(|typed| !typed.trim().is_empty()));
        if matches!(typed, Some(Some(_))) {
            self.no_phone_reason = None;
        }
        choice(&mut self.no_phone_reason, "no_phone_reason", reason, &Lack::ALL, Lack::code, errors);
        match typed {
            None => {}
            Some(None) => {
                self.phone_primary = None;
                self.phone_typed = None;
                self.phone_e164 = None;
                self.phone_is_landline = None;
            }
            Some(Some(typed)) => {
                if let Some(number) = phone::parse("phone_primary", &typed, errors)
                    && self.phone_primary.as_ref() != Some(&number)
                {
                    let typed = text::tidy(&typed);
                    self.phone_e164 = phone::e164(&number, here.country);
                    self.phone_is_landline = self.phone_e164.as_deref().and_then(phone::is_landline);
                    self.phone_typed = (typed != number && typed.chars().count() <= 40).then_some(typed);
                    self.phone_primary = Some(number);
                }
            }
        }
        if let Some(landline) = landline.told() {
            self.phone_is_landline = landline;
        }
        if self.phone_primary.is_none() {
            self.phone_is_landline = None;
        }
    }

    /// An answer holds only as long as there is a number or an address that it is about.
    fn consents(&mut self, sms: Given<bool>, email: Given<bool>, errors: &mut FieldErrors) {
        for (kind, given) in [(ConsentKind::Sms, sms), (ConsentKind::Email, email)] {
            let is_asked = given == Given::Value(true);
            let obstacle = kind.obstacle(self);
            let consent = match kind {
                ConsentKind::Sms => &mut self.consent_sms,
                ConsentKind::Email => &mut self.consent_email,
            };
            flag(consent, given);
            match obstacle.filter(|_| *consent) {
                Some(sentence) if is_asked => errors.add(kind.field(), sentence),
                Some(_) => *consent = false,
                None => {}
            }
        }
    }

    /// The moment of death and who certified it; both go with the fact itself.
    fn death(
        &mut self,
        at: Given<String>,
        certified_by: Given<String>,
        undone: bool,
        here: &Here,
        errors: &mut FieldErrors,
    ) {
        if let Some(typed) = at.told() {
            self.died_at = typed.filter(|typed| !typed.trim().is_empty()).and_then(|typed| {
                let moment = typed.trim().parse::<Timestamp>().ok();
                if moment.is_none() {
                    errors.add("died_at", "Write the time with its offset, like 2026-03-14T09:30:00+05:30.");
                }
                moment
            });
            if let Some(at) = self.died_at
                && !undone
            {
                self.is_deceased = true;
                self.date_of_death = Some(at.to_zoned(here.now.time_zone().clone()).date());
            }
        }
        line(&mut self.death_certified_by, "death_certified_by", certified_by, MAX_NAME, errors);
        if undone {
            self.died_at = None;
            self.death_certified_by = None;
        }
    }

    /// Rules about several fields, wherever each came from. Day and moment of a death are held against each other and
    /// against the hospital's clock when one of them is told: later, that clock may be another one.
    fn check_together(&self, tells_death: bool, here: &Here, errors: &mut FieldErrors) {
        let today = here.today();
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
        if self.phone_primary.is_some() && self.no_phone_reason.is_some() {
            errors.add("no_phone_reason", "There is a phone number: clear the reason or the number.");
        }
        if !self.is_deceased && self.death_certified_by.is_some() {
            errors.add("death_certified_by", "Nobody certifies the death of a living patient: clear this.");
        }
        if let Some(at) = self.died_at.filter(|_| tells_death) {
            let day = at.to_zoned(here.now.time_zone().clone()).date();
            if at > here.now.timestamp() {
                errors.add("died_at", "A time of death cannot be in the future.");
            } else if self.date_of_death != Some(day) {
                errors.add("died_at", "The time of death is on another day than the date of death.");
            }
        }
        match self.date_of_death {
            Some(_) if !self.is_deceased => errors.add("date_of_death", "Clear the date of death as well."),
            Some(died) if died > today && tells_death => {
                errors.add("date_of_death", "A date of death cannot be in the future.")
            }
            Some(died) if self.birth.date().is_some_and(|born| died < born) => {
                errors.add("date_of_death", "The date of death is before the birth.");
            }
            _ => {}
        }
    }
}

/// What the contract asks of a profile and not of a registration. A PIN code has 6 digits in India: the rule holds at
/// hospitals there, and for addresses there.
fn profile_rules(given: &PatientFields, before: &Details, here: &Here, errors: &mut FieldErrors) {
    let lines = [
        ("address_line1", &given.address_line1, &before.address_line1),
        ("address_line2", &given.address_line2, &before.address_line2),
    ];
    for (name, given, before) in lines {
        if let Given::Value(typed) = given
            && (1..3).contains(&text::tidy(typed).chars().count())
            && before.as_deref() != Some(typed.trim())
        {
            errors.add(name, "Use at least 3 characters.");
        }
    }
    let country = match &given.country {
        Given::Absent => before.country.clone(),
        given => given.clone().value(),
    };
    let country = country.unwrap_or_default().trim().to_lowercase();
    let in_india =
        here.country == "IN".parse().ok() && matches!(country.as_str(), "" | "in" | "india" | "भारत");
    if let Given::Value(typed) = &given.postal_code
        && in_india
        && !typed.trim().is_empty()
        && before.postal_code.as_deref() != Some(typed.trim())
        && !(typed.trim().len() == 6 && typed.trim().bytes().all(|b| b.is_ascii_digit()))
    {
        errors.add("postal_code", "A PIN code in India has exactly 6 digits.");
    }
}

const NEEDED: &str = "This is needed.";
const NO_PHONE: &str = "Write a number, or choose why there is none.";
const NO_ADDRESS: &str = "Write a place, or choose why there is none.";

/// What a registration has to say and does not.
fn missing(given: &PatientFields, needs: Needs) -> Vec<(&'static str, &'static str)> {
    let blank = |field: &Given<String>| !matches!(field, Given::Value(text) if !text.trim().is_empty());
    let mut missing = Vec::new();
    if given.first_name.is_absent() {
        missing.push(("first_name", NEEDED));
    }
    if needs != Needs::Name {
        let excused = |reason: &Given<String>| needs == Needs::Desk && !blank(reason);
        if blank(&given.phone_primary) && !excused(&given.no_phone_reason) {
            missing.push(("phone_primary", if needs == Needs::Desk { NO_PHONE } else { NEEDED }));
        }
        if blank(&given.gender) {
            missing.push(("gender", NEEDED));
        }
        if blank(&given.city) && !excused(&given.no_address_reason) {
            missing.push(("city", if needs == Needs::Desk { NO_ADDRESS } else { NEEDED }));
        }
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
