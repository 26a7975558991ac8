//! What several pages show of a patient.

use jiff::Zoned;

use super::{PatientRow, born};
use crate::access::Frame;
use crate::clinic::patients::model::{Confidentiality, Details, Gender, Patient};
use crate::clinic::patients::sight::{NOT_YOURS, Seen};
use crate::clinic::patients::texts::NONE_KNOWN;
use crate::identity::actor::Actor;
use crate::web::layout::{
    Act, Allergies, Badge, Banner, Icon, Kind, MaskedPhone, Name, Restricted, Tab, When,
};
use crate::web::nav::{Place, RecordLink};
use crate::web::words;

impl PatientRow {
    /// Of a patient, as seen `now` at the hospital.
    #[must_use]
    pub fn new(patient: &Patient, now: &Zoned) -> Self {
        let (today, d) = (now.date(), &patient.details);
        let registered = patient.created_at.to_zoned(now.time_zone().clone());
        let origin = &patient.origin;
        let status = match (d.is_deceased, d.confidentiality, registered.date() == today) {
            _ if patient.seen == Seen::NotYours => Self::not_yours(),
            _ if origin.is_practice() => Self::practice(),
            (true, ..) => Self::deceased(),
            _ if origin.is_unidentified => Self::unidentified(),
            (false, Confidentiality::Normal, true) => Self::new_today(),
            (false, Confidentiality::Normal, false) => Self::outpatient(),
            (false, level, _) => Badge::new(Kind::Warn, Icon("lock"), words::confidentiality(level.code())),
        };
        Self {
            href: href(patient),
            picture: thumb(patient),
            name: Name::new(patient.listed_name()),
            code: patient.code.clone(),
            age: born::age_of(patient, now),
            sex: words::sex(d.gender.map_or("", Gender::code)),
            phone: d.phone_primary.as_deref().and_then(MaskedPhone::new),
            city: d.city.clone(),
            registered: When::moment(&registered, today),
            status,
            is_withheld: !patient.is_open(),
            is_named: patient.is_open() || (patient.seen == Seen::NotYours && d.first_name != NOT_YOURS),
        }
    }
}

/// Where a patient's page is.
#[must_use]
pub fn href(patient: &Patient) -> String {
    format!("/patients/{}", patient.id)
}

/// The small picture, if there is one.
fn thumb(patient: &Patient) -> Option<String> {
    patient.picture_path().map(|path| format!("{path}?size=thumb"))
}

/// The banner of a patient, as seen `now` at the hospital. `acts` are those of the page.
#[must_use]
pub fn banner(patient: &Patient, now: &Zoned, acts: Vec<Act>) -> Banner {
    let d = &patient.details;
    let mut alerts = Vec::new();
    if d.is_dnr {
        alerts.push("Do not resuscitate".to_owned());
    }
    Banner {
        name: Name::new(patient.name()),
        name_2: d.name_alternate.clone().map(Name::new),
        picture: thumb(patient),
        born: born::written_with_age(patient, now),
        sex: words::sex(d.gender.map_or("", Gender::code)).0,
        code: patient.code.clone(),
        practice: patient.origin.is_practice(),
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
        unidentified: patient.origin.is_unidentified,
        baby_of: None,
        deceased: d.is_deceased.then(|| died(d, now).unwrap_or_default()),
        restricted: restricted(patient, now),
        acts,
        more: Vec::new(),
    }
}

/// `25 Oct 2026, 02:30`, in the hospital's zone; with the offset if that hour came twice. `None`: not known when.
pub(super) fn died(d: &Details, now: &Zoned) -> Option<String> {
    let day = d.date_of_death.map(words::date);
    let Some(at) = d.died_at.map(|at| at.to_zoned(now.time_zone().clone())) else { return day };
    let came_twice = now.time_zone().to_ambiguous_timestamp(at.datetime()).is_ambiguous();
    let offset = if came_twice { format!(" ({})", at.strftime("%:z")) } else { String::new() };
    Some(format!("{}, {}{offset}", words::date(at.date()), words::clock(&at)))
}

fn restricted(patient: &Patient, now: &Zoned) -> Option<Restricted> {
    let level = patient.details.confidentiality;
    let until = match patient.seen {
        Seen::Opened { until } => {
            Some(When::moment(&until.to_zoned(now.time_zone().clone()), now.date()).inline().text)
        }
        Seen::Whole | Seen::Withheld | Seen::NotYours => None,
    };
    let word = match level {
        Confidentiality::Normal => NOT_YOURS,
        level => words::confidentiality(level.code()),
    };
    (level != Confidentiality::Normal || until.is_some()).then_some(Restricted { word, until })
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
#[must_use]
pub fn acts(patient: &Patient, frame: &Frame, actor: &Actor, place: Place) -> Vec<Act> {
    let links = frame.record_links(actor, place, patient.details.is_deceased);
    let act = |link: &RecordLink| Act {
        href: format!("{}{}", href(patient), link.path),
        label: link.label,
        icon: link.icon,
    };
    links.map(act).collect()
}
