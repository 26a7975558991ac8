//! One patient.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::PatientPage;
use super::parts::{acts, banner, href, tabs};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::birth::Birth;
use crate::clinic::patients::model::{Details, Gender, Patient, PatientId};
use crate::clinic::patients::{self, View};
use crate::kernel::AppError;
use crate::web::layout::{Banner, Fact, When};
use crate::web::nav::Place;
use crate::web::{Page, SeeOther, words};

/// From where somebody comes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Arrival {
    /// What was done just before: `registered` or `saved`.
    done: String,
}

/// `GET /patients/{patient_id}`, for `overview`, which knows what other capabilities show on it.
///
/// # Errors
/// 404.
pub async fn show<P: Template + HtmlSafe>(
    tx: Authorized<View>,
    frame: Frame,
    id: PatientId,
    arrival: &Arrival,
    panels: P,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(href(&patient)).into_response());
    }
    let now = patients::hospital_now(&tx);
    let today = now.date();
    let names = patients::staff_names(&tx, &[patient.created_by, patient.updated_by]).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody who left".to_owned());
    let moment = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), today).inline();
    let buttons = acts(&patient, &frame, tx.actor(), Place::Button);
    let more = acts(&patient, &frame, tx.actor(), Place::Menu);
    let just_registered = arrival.done == "registered";
    let mut shell = frame.shell(tx.actor());
    if just_registered {
        // The page itself says so, with the code.
        shell.toast = None;
    }
    let page = PatientPage {
        shell,
        banner: Banner { more, ..banner(&patient, &now, buttons) },
        tabs: tabs(&patient, &frame, tx.actor()),
        just_registered,
        panels,
        identity: identity(&patient),
        contact: contact(&patient.details),
        consents: vec![
            ("Text messages", patient.details.consent_sms),
            ("E-mail", patient.details.consent_email),
        ],
        registered_by: name(patient.created_by),
        registered_at: moment(patient.created_at),
        changed: (patient.version > 1).then(|| (name(patient.updated_by), moment(patient.updated_at))),
    };
    Ok(tx.commit(Audit::viewed(id), Page(page)).await?.into_response())
}

fn identity(patient: &Patient) -> Vec<Fact> {
    let d = &patient.details;
    let born = match d.birth {
        Birth::About { told_on, .. } => {
            Some(format!("{}, by the age told on {}", super::born::written(&d.birth), words::date(told_on)))
        }
        Birth::NotRecorded => None,
        Birth::Unknown => Some("Unknown".to_owned()),
        Birth::On(_) => Some(super::born::written(&d.birth)),
    };
    let document = d.national_id_type.as_ref().zip(d.national_id_number.as_ref());
    vec![
        Fact::new("Name", Some(patient.name())),
        Fact::new("Born", born),
        Fact::new("Sex", d.gender.map(|gender| words::sex(Gender::code(gender)).0.to_owned())),
        Fact::new("Code", Some(patient.code.clone())),
        Fact::new("Blood group", d.blood_group.clone()),
        Fact::new("Marital status", d.marital_status.clone()),
        Fact::new("Preferred language", d.preferred_language.clone()),
        // Enough to tell two documents apart, not enough to copy one from a screen.
        Fact::new(
            "Identity document",
            document.map(|(kind, number)| format!("{kind}, ending {}", ending(number))),
        ),
    ]
}

fn ending(number: &str) -> String {
    let skipped = number.chars().count().saturating_sub(2);
    number.chars().skip(skipped).collect()
}

fn contact(d: &Details) -> Vec<Fact> {
    let address = [&d.address_line1, &d.address_line2, &d.city, &d.state, &d.postal_code, &d.country];
    let address: Vec<&str> = address.iter().filter_map(|line| line.as_deref()).collect();
    let emergency = [&d.emergency_contact_name, &d.emergency_contact_relation, &d.emergency_contact_phone];
    let emergency: Vec<&str> = emergency.iter().filter_map(|part| part.as_deref()).collect();
    vec![
        Fact::new("Phone", d.phone_primary.clone()),
        Fact::new("Other phone", d.phone_alternate.clone()),
        Fact::new("E-mail address", d.email.clone()),
        Fact::new("Address", Some(address.join(", "))),
        Fact::new("In an emergency", Some(emergency.join(", "))),
    ]
}
