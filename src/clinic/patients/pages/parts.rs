//! What several pages show of a patient.

use jiff::Zoned;

use super::{PatientRow, born};
use crate::access::Frame;
use crate::clinic::patients::model::{Gender, Patient};
use crate::clinic::patients::texts::NONE_KNOWN;
use crate::identity::actor::Actor;
use crate::web::layout::{Act, Allergies, Banner, MaskedPhone, Name, Tab, When};
use crate::web::nav::{Place, RecordLink};
use crate::web::words;

impl PatientRow {
    /// Of a patient, as seen `now` at the hospital.
    #[must_use]
    pub fn new(patient: &Patient, now: &Zoned) -> Self {
        let (today, d) = (now.date(), &patient.details);
        let registered = patient.created_at.to_zoned(now.time_zone().clone());
        let status = match (d.is_deceased, registered.date() == today) {
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
#[must_use]
pub fn banner(patient: &Patient, now: &Zoned, acts: Vec<Act>) -> Banner {
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
        phone: d.phone_primary.as_deref().and_then(MaskedPhone::new),
        allergies: match d.known_allergies.as_deref() {
            None => Allergies::NotAsked,
            Some(NONE_KNOWN) => Allergies::NoneKnown,
            Some(text) => Allergies::Known(text.lines().map(str::to_owned).collect()),
        },
        alerts,
        conditions: match d.chronic_conditions.as_deref() {
            None | Some(NONE_KNOWN) => Vec::new(),
            Some(text) => text.lines().map(str::to_owned).collect(),
        },
        blood_group: d.blood_group.clone(),
        deceased: d.is_deceased.then(|| d.date_of_death.map(words::date).unwrap_or_default()),
        acts,
        more: Vec::new(),
    }
}

/// Parts of a record, as tabs above its content.
#[must_use]
pub fn tabs(patient: &Patient, frame: &Frame, actor: &Actor) -> Vec<Tab> {
    let links = frame.record_links(actor, Place::Tab, patient.details.is_deceased);
    links
        .map(|link| {
            let href = format!("{}{}", href(patient), link.path);
            Tab { label: link.label, current: frame.is_at(&href), href, count: None }
        })
        .collect()
}

/// What the record offers in one place of its banner.
pub(super) fn acts(patient: &Patient, frame: &Frame, actor: &Actor, place: Place) -> Vec<Act> {
    let links = frame.record_links(actor, place, patient.details.is_deceased);
    let act = |link: &RecordLink| Act {
        href: format!("{}{}", href(patient), link.path),
        label: link.label,
        icon: link.icon,
    };
    links.map(act).collect()
}
