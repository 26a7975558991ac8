//! Everything that is recorded of a patient, in panels. Numbers, addresses of e-mail and documents are masked.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Zoned;

use super::born;
use super::parts::{died, href};
use super::reveal::{Part, Secret};
use crate::clinic::patients::birth::Birth;
use crate::clinic::patients::model::{Details, Gender, Lack, Patient};
use crate::clinic::patients::why::{ConsentKind, ConsentState, KeptAnswer};
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::words;

/// Everything that is recorded. `{{ profile }}`
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/_profile.html")]
pub struct Profile {
    left: Vec<Panel>,
    right: Vec<Panel>,
    consents: Vec<ConsentLine>,
    /// Where the patient is asked; none for people who may not, or when there is nobody left to ask.
    ask_href: Option<String>,
    /// Where a death is corrected.
    death_href: Option<String>,
}

impl HtmlSafe for Profile {}

#[derive(Debug)]
struct Panel {
    id: &'static str,
    title: &'static str,
    lines: Vec<Line>,
}

impl Panel {
    fn is_blank(&self) -> bool {
        self.lines.iter().all(|line| matches!(line.value, Value::Nothing))
    }
}

#[derive(Debug)]
struct Line {
    label: &'static str,
    value: Value,
    /// Beside the value: "landline".
    aside: Option<&'static str>,
}

#[derive(Debug)]
enum Value {
    Nothing,
    Text(String),
    Secret(Secret),
}

fn line(label: &'static str, text: Option<String>) -> Line {
    let text = text.filter(|text| !text.trim().is_empty());
    Line { label, value: text.map_or(Value::Nothing, Value::Text), aside: None }
}

fn secret(label: &'static str, secret: Option<Secret>) -> Line {
    Line { label, value: secret.map_or(Value::Nothing, Value::Secret), aside: None }
}

/// What the patient answered, in words.
#[derive(Debug)]
pub struct ConsentLine {
    pub what: &'static str,
    pub status: Badge,
    /// "22 Nov 2026, at the desk, by Meera Kulkarni"
    pub how: Option<String>,
    pub note: Option<String>,
}

/// The answer that holds for each kind. `kept` is newest first.
#[must_use]
pub fn consent_lines(
    details: &Details,
    kept: &[KeptAnswer],
    names: &BTreeMap<UserId, String>,
    now: &Zoned,
) -> Vec<ConsentLine> {
    let line = |kind: ConsentKind| {
        let (state, newest) = ConsentState::of(kind, details, kept);
        let status = match state {
            ConsentState::Given => Badge::new(Kind::Ok, Icon("check"), "Agreed"),
            ConsentState::Refused => Badge::new(Kind::Neutral, Icon("x"), "Declined"),
            ConsentState::NotAsked => Badge::new(Kind::Warn, Icon("help-circle"), "Not asked yet"),
        };
        let how = newest.map(|kept| {
            let asked = kept.answer.asked_at.to_zoned(now.time_zone().clone());
            let by = names.get(&kept.recorded_by).map_or("somebody who left", String::as_str);
            let source = words::source(kept.answer.source.code());
            format!("{}, {source}, by {by}", words::day(asked.date(), now.date()))
        });
        ConsentLine {
            what: match kind {
                ConsentKind::Sms => "Text messages",
                ConsentKind::Email => "E-mail",
            },
            status,
            how,
            note: newest.and_then(|kept| kept.answer.note.clone()),
        }
    };
    ConsentKind::ALL.map(line).into()
}

impl Profile {
    /// As seen `now` at the hospital by somebody who may change it, or not.
    #[must_use]
    pub(super) fn new(patient: &Patient, consents: Vec<ConsentLine>, now: &Zoned, may_change: bool) -> Self {
        let d = &patient.details;
        let mut left = Vec::new();
        if d.is_deceased {
            left.push(death(d, now));
        }
        left.push(identity(patient));
        left.push(document(patient));
        left.push(care(d));
        let is_dead = d.is_deceased;
        let to = |path: &str| format!("{}{path}", href(patient));
        Self {
            left,
            right: vec![contact(patient), address(d), emergency(patient)],
            consents,
            ask_href: (may_change && !is_dead).then(|| to("/consents")),
            death_href: (may_change && is_dead).then(|| to("/deceased")),
        }
    }
}

fn death(d: &Details, now: &Zoned) -> Panel {
    let lines = vec![line("Died", died(d, now)), line("Certified by", d.death_certified_by.clone())];
    Panel { id: "death", title: "Death", lines }
}

fn identity(patient: &Patient) -> Panel {
    let d = &patient.details;
    let born = match d.birth {
        Birth::About { told_on, .. } if patient.origin.is_unidentified => {
            Some(format!("{}, estimated on {}", born::written(&d.birth), words::date(told_on)))
        }
        Birth::About { told_on, .. } => {
            Some(format!("{}, by the age told on {}", born::written(&d.birth), words::date(told_on)))
        }
        Birth::NotRecorded => None,
        Birth::Unknown => Some("Unknown".to_owned()),
        Birth::On(_) => Some(born::written(&d.birth)),
    };
    let mut lines = vec![line("Name", Some(patient.name()))];
    if d.name_alternate.is_some() {
        lines.push(line("In another script", d.name_alternate.clone()));
    }
    if let Some(former) = &patient.origin.former_names {
        lines.push(line("Former names", Some(former.lines().collect::<Vec<_>>().join(", "))));
    }
    lines.extend([
        line("Born", born),
        line("Sex", d.gender.map(|gender| words::sex(Gender::code(gender)).0.to_owned())),
        line("Code", Some(patient.code.clone())),
        line("Blood group", d.blood_group.clone()),
        line("Marital status", d.marital_status.clone()),
        line("Preferred language", d.preferred_language.clone()),
    ]);
    Panel { id: "identity", title: "Identity", lines }
}

fn document(patient: &Patient) -> Panel {
    let lines = vec![
        line("Kind", patient.details.national_id_type.clone()),
        secret("Number", Secret::of(patient, Part::NationalId)),
    ];
    Panel { id: "document", title: "Identity document", lines }
}

fn care(d: &Details) -> Panel {
    let dnr = if d.is_dnr { "Yes" } else { "No" };
    let lines =
        vec![line("Do not resuscitate", Some(dnr.to_owned())), line("Care notes", d.clinical_notes.clone())];
    Panel { id: "care", title: "Care notes", lines }
}

fn lack(reason: Option<Lack>) -> Option<String> {
    reason.map(|lack| words::lack(lack.code()).to_owned())
}

fn contact(patient: &Patient) -> Panel {
    let d = &patient.details;
    let mut phone = match Secret::of(patient, Part::Phone) {
        Some(shown) => secret("Phone", Some(shown)),
        None => line("Phone", lack(d.no_phone_reason)),
    };
    phone.aside = (d.phone_is_landline == Some(true)).then_some("landline");
    let lines = vec![
        phone,
        secret("Other phone", Secret::of(patient, Part::OtherPhone)),
        secret("E-mail address", Secret::of(patient, Part::Email)),
    ];
    Panel { id: "contact", title: "Contact", lines }
}

fn address(d: &Details) -> Panel {
    let street = [&d.address_line1, &d.address_line2].map(Option::as_deref);
    let place = [&d.postal_code, &d.city].map(Option::as_deref);
    let join = |parts: [Option<&str>; 2], between: &str| {
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(between))
    };
    let mut lines = Vec::new();
    if d.no_address_reason.is_some() {
        lines.push(line("No address", lack(d.no_address_reason)));
    }
    lines.extend([
        line("Street and house", join(street, "\n")),
        line("City or village", join(place, " ")),
        line("State or province", d.state.clone()),
        line("Country", d.country.clone()),
    ]);
    Panel { id: "address", title: "Address", lines }
}

fn emergency(patient: &Patient) -> Panel {
    let d = &patient.details;
    let lines = vec![
        line("Name", d.emergency_contact_name.clone()),
        line("Relation", d.emergency_contact_relation.clone()),
        secret("Phone", Secret::of(patient, Part::EmergencyPhone)),
    ];
    Panel { id: "emergency", title: "In an emergency", lines }
}
