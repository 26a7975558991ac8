//! Another time, or another doctor: by choosing one of the free times, or by dragging in a plan, which posts the same.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::parts::{Times, bookable_doctors, day_from, doctor_choices, href, times_of, user_from};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::model::{Act, Appointment, AppointmentId, parse_time};
use crate::clinic::appointments::{self, Move};
use crate::clinic::patients;
use crate::clinic::patients::pages::banner;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther};

const LABELS: &[(&str, &str)] =
    &[("scheduled_at", "Time"), ("doctor_user_id", "Doctor"), ("reason", "Reason")];

/// `GET /appointments/{id}/move`, and the 4xx answers to its form.
#[derive(Template)]
#[template(path = "clinic/appointments/pages/move.html")]
struct MovePage {
    shell: Shell,
    banner: Banner,
    href: String,
    at: When,
    doctor_name: String,
    doctor: String,
    form: FormState,
    doctors: Vec<Choice>,
    times: Option<Times>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Wanted {
    doctor: String,
    /// `2026-03-14`
    day: String,
}

async fn page(
    tx: &Authorized<Move>,
    frame: &Frame,
    id: AppointmentId,
    wanted: Wanted,
    form: FormState,
) -> Result<(MovePage, Appointment), AppError> {
    let one = appointments::show(tx, id).await?;
    let patient = patients::show(tx, one.patient).await?;
    let now = patients::hospital_now(tx);
    let doctors = bookable_doctors(tx).await?;
    let doctor = user_from(&wanted.doctor).unwrap_or(one.doctor);
    let usual = one.scheduled_at.to_zoned(now.time_zone().clone()).date().to_string();
    let day = day_from(if wanted.day.is_empty() { &usual } else { &wanted.day }, &now);
    let chosen = doctors.iter().find(|known| known.user_id == doctor);
    let times = match chosen {
        Some(doctor) => Some(times_of(tx, doctor, day, &now).await?),
        None => None,
    };
    let page = MovePage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        href: href(&one),
        at: When::exactly(one.scheduled_at, &now),
        doctor_name: one.names.doctor.clone(),
        doctor: doctor.to_string(),
        form: form.with("doctor", doctor.to_string()).with("day", day.to_string()),
        doctors: doctor_choices(&doctors, "Choose a doctor"),
        times,
    };
    Ok((page, one))
}

/// `GET /appointments/{appointment_id}/move`
pub(super) async fn form(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, AppError> {
    appointments::may(&tx, id, Act::Reschedule).await?;
    let (page, one) = page(&tx, &frame, id, wanted, FormState::new()).await?;
    let audit = Audit::viewed(id).with(json!({ "patient_id": one.patient }));
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// What the form sends, or dragging.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct MoveForm {
    /// An instant, or a time of the hospital's clock.
    scheduled_at: String,
    doctor_user_id: String,
    reason: String,
    /// `day`, `week`: the plan to go back to; else the appointment.
    from: String,
}

/// `POST /appointments/{appointment_id}/move`
pub(super) async fn save(
    tx: Authorized<Move>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    appointments::may(&tx, id, Act::Reschedule).await?;
    let zone = tx.hospital().zone.clone();
    let mut errors = FieldErrors::default();
    let at = parse_time("scheduled_at", Some(&form.scheduled_at), &zone, &mut errors);
    let doctor = user_from(&form.doctor_user_id);
    let reason = text::optional("reason", Some(&form.reason), 500, &mut errors).unwrap_or_default();
    let moved = match errors.finish_with(at) {
        Ok(at) => tx.attempt(appointments::move_to(&tx, id, at, doctor, reason)).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(after) => {
            let day = after.scheduled_at.to_zoned(zone).date();
            let next = match form.from.as_str() {
                "day" => format!("/appointments/day?date={day}&done=moved"),
                "week" => format!("/appointments/week?date={day}&doctor={}&done=moved", after.doctor),
                _ => format!("/appointments/{id}?done=moved"),
            };
            let audit = Audit::did("rescheduled", id).with(json!({ "patient_id": after.patient }));
            Ok(tx.commit(audit, SeeOther(next)).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if !matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) =>
        {
            let day = crate::clinic::appointments::model::instant(&form.scheduled_at, &zone)
                .map(|at| at.to_zoned(zone).date().to_string())
                .unwrap_or_default();
            let wanted = Wanted { doctor: form.doctor_user_id, day };
            let state = FormState::new()
                .with("scheduled_at", form.scheduled_at)
                .with("reason", form.reason)
                .refused(&problem.errors, problem.detail.into_owned());
            let (page, one) = page(&tx, &frame, id, wanted, state).await?;
            let audit = Audit::viewed(id).with(json!({ "patient_id": one.patient }));
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
