//! Recording a death: what is asked, and what follows from it. Taking it back.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::{Date, DateTime, Time};
use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{Told, choices};
use super::{Undo, api};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::patients::pages::{banner, day_of, href};
use crate::clinic::patients::{self, MAY_UNDO_DEATH, Patient, PatientId, Update, Why};
use crate::kernel::manner::{Manner, minute};
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/deceased",
            get_with(show, op("pages.deceased.show", "Form for a death")),
        )
        .api_route(
            "/patients/{patient_id}/deceased",
            post_with(record, op("pages.deceased.record", "Record a death")),
        )
        .api_route(
            "/patients/{patient_id}/deceased/undo",
            post_with(undo, op("pages.deceased.undo", "Take a death back")),
        )
}

const LABELS: &[(&str, &str)] = &[
    ("died_on", "Died on"),
    ("died_time", "Time"),
    ("offset", "Which hour"),
    ("certified_by", "Certified by"),
    ("note", "Note"),
    ("reason", "How it is known that the patient lives"),
];

/// `GET /patients/{id}/deceased` and the 422 and 412 answers to its forms.
#[derive(Template)]
#[template(path = "clinic/deceased/pages/deceased.html")]
struct DeceasedPage {
    shell: Shell,
    banner: Banner,
    href: String,
    form: FormState,
    /// `Kolkata time`
    zone: String,
    /// Offsets of an hour that came twice, or never.
    offsets: Option<[String; 2]>,
    is_deceased: bool,
    may_undo: bool,
}

impl DeceasedPage {
    fn time_hint(&self) -> String {
        // As the form writes it again.
        let time = Manner::of_reader().hours.written(14, 30);
        format!("{time}, {}. Blank if not known.", self.zone)
    }

    fn hours(offsets: &[String; 2]) -> Vec<Choice> {
        let [before, after] = offsets;
        vec![
            Choice::new("", "Choose"),
            Choice::new(before.as_str(), format!("{before}, before the clock changed")),
            Choice::new(after.as_str(), format!("{after}, after the clock changed")),
        ]
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DeathForm {
    /// Of the patient as the form showed it.
    version: String,
    /// A day as people write it.
    died_on: String,
    /// `14:30` on the hospital's clock; blank if it is not known.
    died_time: String,
    /// Which of two hours that the clock showed.
    offset: String,
    certified_by: String,
    note: String,
}

impl DeathForm {
    fn of(patient: &Patient, now: &jiff::Zoned) -> Self {
        let d = &patient.details;
        let at = d.died_at.map(|at| at.to_zoned(now.time_zone().clone()));
        let came_twice = at.as_ref().is_some_and(|at| choices(at.datetime(), now.time_zone()).is_some());
        Self {
            version: patient.version.to_string(),
            // Of a moment, its day on the clock of now: it goes with the time beside it.
            died_on: words::date(
                at.as_ref().map(jiff::Zoned::date).or(d.date_of_death).unwrap_or(now.date()),
            ),
            died_time: at.as_ref().map(words::clock).unwrap_or_default(),
            offset: at.filter(|_| came_twice).map(|at| at.strftime("%:z").to_string()).unwrap_or_default(),
            certified_by: d.death_certified_by.clone().unwrap_or_default(),
            note: String::new(),
        }
    }

    fn state(&self) -> FormState {
        FormState::new()
            .with("version", self.version.clone())
            .with("died_on", self.died_on.clone())
            .with("died_time", self.died_time.clone())
            .with("offset", self.offset.clone())
            .with("certified_by", self.certified_by.clone())
            .with("note", self.note.clone())
    }

    /// Day and time on the wall clock, as far as they are understood.
    fn when(&self, today: Date, errors: &mut FieldErrors) -> (Option<Date>, Option<Time>) {
        let day = day_of(&self.died_on, today);
        if let Err(sentence) = day {
            errors.add("died_on", sentence);
        }
        let time = match self.died_time.trim() {
            "" => None,
            typed => {
                let time = clock(typed);
                if time.is_none() {
                    errors.add("died_time", "Write the time like 14:30 or 2:30 pm, or leave it blank.");
                }
                time
            }
        };
        (day.ok(), time)
    }

    fn local(&self, today: Date) -> Option<DateTime> {
        let (day, time) = self.when(today, &mut FieldErrors::default());
        Some(day?.to_datetime(time?))
    }
}

/// `14:30`, `9:05`, `2:30 pm`; the end of a day is a time of the next one.
fn clock(typed: &str) -> Option<Time> {
    let minute = i16::try_from(minute(typed)?).ok()?;
    let part = |number: i16| i8::try_from(number).ok();
    Time::new(part(minute / 60)?, part(minute % 60)?, 0, 0).ok()
}

fn page(
    tx: &Authorized<Update>,
    frame: &Frame,
    patient: &Patient,
    form: FormState,
    offsets: Option<[String; 2]>,
) -> DeceasedPage {
    let zone = &tx.hospital().zone_name;
    let town = zone.rsplit_once('/').map_or(zone.as_str(), |(_, town)| town).replace('_', " ");
    DeceasedPage {
        shell: frame.shell(tx.actor()),
        banner: banner(patient, &patients::hospital_now(tx), Vec::new()),
        href: href(patient),
        form,
        zone: format!("{town} time"),
        offsets,
        is_deceased: patient.details.is_deceased,
        may_undo: tx.actor().holds(MAY_UNDO_DEATH),
    }
}

/// `GET /patients/{patient_id}/deceased`
async fn show(tx: Authorized<Update>, frame: Frame, Path(id): Path<PatientId>) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let now = patients::hospital_now(&tx);
    let form = DeathForm::of(&patient, &now);
    let offsets = form.local(now.date()).and_then(|local| choices(local, now.time_zone()));
    let page = page(&tx, &frame, &patient, form.state(), offsets);
    Ok(tx.commit(Audit::viewed(patient.id), Page(page)).await?.into_response())
}

/// `POST /patients/{patient_id}/deceased`
async fn record(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<DeathForm>,
) -> Result<Response, AppError> {
    let now = patients::hospital_now(&tx);
    let patient = patients::show(&tx, id).await?;
    let mut errors = FieldErrors::default();
    let note = text::optional("note", Some(&form.note), 500, &mut errors);
    let (day, time) = form.when(now.date(), &mut errors);
    let died_at = match (day, time) {
        (Some(day), Some(time)) => day.to_datetime(time).to_string(),
        (Some(day), None) => day.to_string(),
        (None, _) => String::new(),
    };
    let certified_by = Some(form.certified_by.as_str());
    let told =
        Told { died_at: &died_at, offset: if time.is_some() { &form.offset } else { "" }, certified_by };
    let parsed = match day {
        Some(_) => api::both(errors, told.parse(now.time_zone())),
        None => errors.finish_with(None),
    };
    let saved = match parsed {
        Ok(death) => {
            let why = Why { reason: note.ok().flatten(), ..Why::desk() };
            let version = form.version.trim().parse().unwrap_or(-1);
            super::record(&tx, id, death, &[version], &why).await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(recorded) => {
            let audit = recorded.audit(id);
            let next = SeeOther(format!("{}?done=deceased", href(&recorded.changed.patient)));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if is_for_the_form(&problem) => {
            let offsets = form.local(now.date()).and_then(|local| choices(local, now.time_zone()));
            let state = form.state();
            // What the record's own rules say about the time belongs to the fields of this form.
            let state = problem.errors.iter().fold(state, |state, error| match error.field.as_str() {
                "date_of_death" | "died_at" => state.with_error("died_on", error.message.clone()),
                "death_certified_by" => state.with_error("certified_by", error.message.clone()),
                name => state.with_error(name, error.message.clone()),
            });
            let state = if problem.errors.is_empty() { state.with_fault(problem.detail) } else { state };
            // Saving again is then a decision over the newest version.
            let state = state.with("version", patient.version.to_string());
            let page = page(&tx, &frame, &patient, state, offsets);
            Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

fn is_for_the_form(problem: &Problem) -> bool {
    [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::PRECONDITION_FAILED].contains(&problem.status)
}

/// What the form for taking it back sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct UndoForm {
    reason: String,
}

/// `POST /patients/{patient_id}/deceased/undo`
async fn undo(
    tx: Authorized<Undo>,
    Path(id): Path<PatientId>,
    Form(form): Form<UndoForm>,
) -> Result<Response, AppError> {
    patients::also::<Update>(&tx)?;
    let mut errors = FieldErrors::default();
    let reason = text::required("reason", Some(&form.reason), 500, &mut errors);
    let changed = super::undo(&tx, id, errors.finish_with(reason)?).await?;
    let next = SeeOther(format!("{}?done=alive", href(&changed.patient)));
    Ok(tx.commit(Audit::did("not_deceased", id), next).await?.into_response())
}
