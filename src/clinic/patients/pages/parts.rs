//! What several pages show of a patient.

use jiff::Zoned;

use super::{PatientRow, born};
use crate::clinic::patients::model::{Gender, Patient};
use crate::web::layout::{Act, Allergies, Banner, MaskedPhone, Name, When};
use crate::web::words;

impl PatientRow {
    /// Of a patient, as seen `now` at the hospital.
    #[must_use]
    pub fn new(patient: &Patient, now: &Zoned) -> Self {
        let (today, d) = (now.date(), &patient.details);
        let registered = patient.created_at.to_zoned(now.time_zone().clone());
        let status = match (d.is_deceased, registered.date() == today) {
            _ if patient.origin.is_practice() => Self::practice(),
            (true, _) => Self::deceased(),
            (false, true) => Self::new_today(),
            (false, false) => Self::outpatient(),
        };
        Self {
            href: href(patient),
            name: Name::new(patient.name()),
            code: patient.code.clone(),
            age: born::age(&d.birth, d.date_of_death.unwrap_or(today)),
            sex: words::sex(d.gender.map_or("", Gender::code)),
            phone: d.phone_primary.as_deref().and_then(MaskedPhone::new),
            city: d.city.clone(),
            registered: When::moment(&registered, today),
            status,
        }
    }
}

/// Where a patient's page is.
pub(super) fn href(patient: &Patient) -> String {
    format!("/patients/{}", patient.id)
}

/// The banner of a patient, as seen `now` at the hospital. `acts` are those of the page.
pub(super) fn banner(patient: &Patient, now: &Zoned, acts: Vec<Act>) -> Banner {
    let (today, d) = (now.date(), &patient.details);
    let mut alerts = Vec::new();
    if d.is_dnr {
        alerts.push("Do not resuscitate".to_owned());
    }
    Banner {
        name: Name::new(patient.name()),
        name_2: None,
        born: born::with_age(&d.birth, d.date_of_death.unwrap_or(today)),
        sex: words::sex(d.gender.map_or("", Gender::code)).0,
        code: patient.code.clone(),
        practice: patient.origin.is_practice(),
        phone: d.phone_primary.as_deref().and_then(MaskedPhone::new),
        allergies: match d.known_allergies.as_deref() {
            None => Allergies::NotAsked,
            Some(text) if text.trim_end_matches('.').eq_ignore_ascii_case("none") => Allergies::NoneKnown,
            Some(text) => Allergies::Known(text.to_owned()),
        },
        alerts,
        conditions: d.chronic_conditions.clone(),
        blood_group: d.blood_group.clone(),
        deceased: d.is_deceased.then(|| d.date_of_death.map(words::date).unwrap_or_default()),
        acts,
    }
}
