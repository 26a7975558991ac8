//! The form for a set: on a patient's record, and from the queue, where saving opens the next.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::form::{Choices, LABELS, SetForm};
use super::score::ScorePart;
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::AppointmentId;
use crate::clinic::patients::{self, Patient, PatientId};
use crate::clinic::vitals::api::audit_of;
use crate::clinic::vitals::domain::recording::Way;
use crate::clinic::vitals::domain::{due, ending, recording};
use crate::clinic::vitals::input::number;
use crate::clinic::vitals::judge::{celsius, inches, pounds};
use crate::clinic::vitals::model::{Measure, VitalsError, VitalsId};
use crate::clinic::vitals::{self, Links, Record, Recorded};
use crate::kernel::wall_clock::comes_twice;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther};

/// A value in another unit, offered as ours.
struct Offer {
    /// `temperature_c:37.0`
    take: String,
    label: String,
}

/// `GET /patients/{id}/vitals/new`, and the 4xx answers to what is sent there.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/entry.html")]
struct EntryPage {
    shell: Shell,
    banner: Banner,
    /// `/patients/{id}`
    patient_href: String,
    form: FormState,
    choices: Choices,
    score: ScorePart,
    /// Unlikely values: asked about once.
    questions: Vec<String>,
    offers: Vec<Offer>,
    /// The time that was typed comes twice that night.
    is_twice: bool,
    /// The part of the form that is folded at first.
    is_open: bool,
    from_queue: bool,
}

/// What leads to the form.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Arrival {
    /// The visit that it was opened from.
    appointment_id: Option<AppointmentId>,
    /// `queue`: saving opens the next.
    from: Option<String>,
    /// The set that was entered in error before.
    replaces: Option<VitalsId>,
}

/// `GET /patients/{patient_id}/vitals/new`
pub(super) async fn form(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.details.is_deceased {
        return Err(VitalsError::Deceased.into());
    }
    let mut form = SetForm::default();
    // Which visit it belongs to is decided by when it was taken, once that is known.
    form.set("appointment_id", &arrival.appointment_id.map_or_else(String::new, |id| id.to_string()));
    form.set("replaces", &arrival.replaces.map_or_else(String::new, |id| id.to_string()));
    form.set("from", if arrival.from.as_deref() == Some("queue") { "queue" } else { "" });
    let page = page(&tx, &frame, &patient, &form, None).await?;
    let audit = Audit::viewed(patient.id).with(serde_json::json!({ "list": "vitals" }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

async fn page(
    tx: &Authorized<Record>,
    frame: &Frame,
    patient: &Patient,
    form: &SetForm,
    problem: Option<&Problem>,
) -> Result<EntryPage, AppError> {
    let now = patients::hospital_now(tx);
    let preview = vitals::preview(tx, patient.id, &form.told()).await?;
    let asks = problem.filter(|problem| problem.code == "vitals.unlikely");
    let mut state = form.state();
    if let Some(problem) = problem.filter(|_| asks.is_none()) {
        state = state.refused(&problem.errors, problem.detail.clone());
    }
    let folded = [
        "glucose_mg_dl",
        "glucose_mmol_l",
        "gcs",
        "head_circumference_cm",
        "device",
        "recorded_at",
        "notes",
        "absent",
    ];
    Ok(EntryPage {
        shell: frame.shell(tx.actor()),
        banner: patients::pages::banner(patient, &now, Vec::new()),
        patient_href: patients::pages::href(patient),
        is_twice: comes_twice(form.get("recorded_at"), now.time_zone()),
        is_open: folded.iter().any(|name| state.error(name).is_some() || !state.value(name).is_empty()),
        from_queue: form.get("from") == "queue",
        questions: asks
            .map(|problem| problem.errors.iter().map(|error| error.message.clone()).collect())
            .unwrap_or_default(),
        offers: if problem.is_some() { offers(form, asks) } else { Vec::new() },
        choices: Choices::all(),
        score: ScorePart::of(preview),
        form: state,
    })
}

/// What else the typed numbers may have meant.
fn offers(form: &SetForm, asked: Option<&Problem>) -> Vec<Offer> {
    let typed = |measure: Measure| number(measure, form.get(measure.code())).ok().flatten();
    let is_asked = |measure: Measure| {
        asked.is_some_and(|problem| problem.errors.iter().any(|error| error.field == measure.code()))
    };
    let offer = |measure: Measure, value: i32, from: &str| {
        let (shown, unit) = (measure.shown(value), measure.unit());
        Offer { take: format!("{}:{shown}", measure.code()), label: format!("{from}: use {shown} {unit}") }
    };
    let mut offers = Vec::new();
    let fahrenheit = typed(Measure::Temperature).and_then(|value| celsius(Measure::Temperature, value));
    offers.extend(fahrenheit.map(|value| offer(Measure::Temperature, value, "Temperature was in °F")));
    if is_asked(Measure::Weight) {
        let weight = typed(Measure::Weight).and_then(pounds);
        offers.extend(weight.map(|value| offer(Measure::Weight, value, "Weight was in lb")));
    }
    if is_asked(Measure::Height) || is_asked(Measure::Bmi) {
        let height = typed(Measure::Height).and_then(inches);
        offers.extend(height.map(|value| offer(Measure::Height, value, "Height was in inches")));
    }
    offers
}

/// `POST /patients/{patient_id}/vitals/new`
pub(super) async fn save(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(mut form): Form<SetForm>,
) -> Result<Response, AppError> {
    form.take_offer();
    let done = tx.attempt(written(&tx, id, &form)).await;
    match done {
        Ok(recorded) => {
            let next = next(&tx, &form, recorded.set.patient).await?;
            Ok(tx.commit(audit_of(&recorded), SeeOther(next)).await?.into_response())
        }
        Err(AppError::Problem(problem)) if again(&problem) => {
            let patient = patients::show(&tx, id).await?;
            if problem.code == "vitals.unlikely" {
                form.confirm(problem.errors.iter().map(|error| error.field.clone()));
            }
            let page = page(&tx, &frame, &patient, &form, Some(&problem)).await?;
            let audit = Audit::viewed(patient.id).with(serde_json::json!({ "list": "vitals" }));
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

/// Does the form come back with what is wrong? What keeps the record closed has pages of its own.
fn again(problem: &Problem) -> bool {
    ![StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&problem.status)
        && problem.code != "vitals.patient_deceased"
}

async fn written(tx: &Authorized<Record>, id: PatientId, form: &SetForm) -> Result<Recorded, AppError> {
    let told = form.told();
    let none = |_| AppError::from(Problem::not_found("The appointment"));
    if let Some(replaced) = Some(form.get("replaces")).filter(|text| !text.is_empty()) {
        return ending::replace(tx, id, replaced.parse().map_err(none)?, &told).await;
    }
    let appointment = match form.get("appointment_id") {
        "" => None,
        text => Some(text.parse().map_err(none)?),
    };
    recording::written(tx, Links { patient: id, appointment, admission: None }, &told, Way::Page).await
}

/// Where the nurse goes on: to whoever is next in the queue, or back to the record.
async fn next(tx: &Authorized<Record>, form: &SetForm, patient: PatientId) -> Result<String, AppError> {
    if form.get("from") != "queue" || !tx.actor().holds("vitals:view") {
        return Ok(format!("/patients/{patient}/vitals?done=vitals"));
    }
    let waiting = due::queue(tx).await?;
    let next = waiting.iter().find(|(_, sight)| *sight == patients::Sight::Whole);
    Ok(match next {
        Some((line, _)) => format!(
            "/patients/{}/vitals/new?appointment_id={}&from=queue&done=vitals-next",
            line.person.id, line.appointment
        ),
        None => "/vitals/queue?done=vitals-last".to_owned(),
    })
}
