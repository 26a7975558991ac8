//! One patient.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{acts, banner, href, tabs};
use super::profile::{Profile, consent_lines};
use super::{Arrived, Family, PatientPage};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::patients::model::PatientId;
use crate::clinic::patients::{self, View};
use crate::kernel::AppError;
use crate::web::layout::{Banner, When};
use crate::web::nav::Place;
use crate::web::{Page, SeeOther};

/// From where somebody comes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Arrival {
    /// What was done just before: `registered` or `saved`.
    done: String,
}

/// So many of the newest answers are looked at for the ones that hold.
const ANSWERS: i64 = 50;

/// `GET /patients/{patient_id}`, for `overview`, which knows what other capabilities show on it.
///
/// # Errors
/// 404, or 403 for a record that is restricted.
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
    let kept = patients::answers(&tx, id, ANSWERS).await?;
    let mut people = vec![patient.created_by, patient.updated_by];
    people.extend(kept.iter().map(|kept| kept.recorded_by));
    let names = patients::staff_names(&tx, &people).await?;
    let consents = consent_lines(&patient.details, &kept, &names, &now);
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody who left".to_owned());
    let moment = |at: jiff::Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), today).inline();
    let family = Family::of(&tx, tx.actor(), &patient, &now).await?;
    let arrived = Arrived::of(&tx, tx.actor(), &patient, arrival.done == "registered").await?;
    let mut buttons = acts(&patient, &frame, tx.actor(), Place::Button);
    let mut more = acts(&patient, &frame, tx.actor(), Place::Menu);
    buttons.extend(arrived.act());
    more.extend(family.act());
    let just_registered = arrival.done == "registered";
    let mut shell = frame.shell(tx.actor());
    if just_registered {
        // The page itself says so, with the code.
        shell.toast = None;
    }
    let page = PatientPage {
        shell,
        banner: Banner { more, baby_of: family.baby_of(), ..banner(&patient, &now, buttons) },
        tabs: tabs(&patient, &frame, tx.actor()),
        just_registered,
        arrived,
        family,
        panels,
        profile: Profile::new(&patient, consents, &now, tx.actor().holds("patients:update")),
        registered_by: name(patient.created_by),
        registered_at: moment(patient.created_at),
        changed: (patient.version > 1).then(|| (name(patient.updated_by), moment(patient.updated_at))),
    };
    Ok(tx.commit(Audit::viewed(id), Page(page)).await?.into_response())
}
