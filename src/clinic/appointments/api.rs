//! `/appointments`: booked, listed, and each step of theirs.

mod follow_up;
mod steps;
mod view;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::model::{Appointment, AppointmentId, Kind, TypedBooking, TypedFilter};
use super::{Book, View};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::kernel::paging::{LongPage, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses_closed};
use crate::web::{Created, Json, Path, Query, Reply};
use view::{AppointmentView, EventView};

const ETAG: &str = "The appointment's version, for `If-Match`.";
const DEFAULT_PAGE_SIZE: i64 = 50;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/appointments", get_with(list, lists))
        .api_route("/appointments", post_with(book, books))
        .api_route("/appointments/{appointment_id}", get_with(show, shows))
        .api_route("/appointments/{appointment_id}", patch_with(steps::annotate, steps::annotates))
        .api_route("/appointments/{appointment_id}/history", get_with(history, histories))
        .api_route("/appointments/{appointment_id}/check-in", patch_with(steps::check_in, steps::checks_in))
        .api_route(
            "/appointments/{appointment_id}/start-consultation",
            patch_with(steps::start, steps::starts),
        )
        .api_route("/appointments/{appointment_id}/complete", patch_with(steps::complete, steps::completes))
        .api_route("/appointments/{appointment_id}/cancel", patch_with(steps::cancel, steps::cancels))
        .api_route("/appointments/{appointment_id}/no-show", patch_with(steps::no_show, steps::no_shows))
        .api_route(
            "/appointments/{appointment_id}/reschedule",
            patch_with(steps::reschedule, steps::reschedules),
        )
        .api_route(
            "/appointments/{appointment_id}/arrived-late",
            patch_with(steps::arrive_late, steps::arrives_late),
        )
        .api_route(
            "/appointments/{appointment_id}/follow-up",
            get_with(follow_up::propose, follow_up::proposes),
        )
        .api_route(
            "/appointments/{appointment_id}/follow-up",
            post_with(follow_up::follow_up, follow_up::follows_up),
        )
}

/// Why a list is not.
const UNREADABLE: &[&str] = &["appointment.unknown_status", "not_found"];

/// Why a time is not given.
const REFUSED_TIME: &[&str] = &[
    "appointment.patient_deceased",
    "appointment.in_the_past",
    "appointment.too_far",
    "appointment.patient_busy",
    "appointment.slot_taken",
    "appointment.room_taken",
    "appointment.doctor_needed",
    "appointment.department_needed",
    "appointment.not_a_doctor",
    "appointment.department_without_patients",
    "availability.not_accepting",
    "availability.on_leave",
    "availability.closed",
    "availability.outside_hours",
    "patients.merged",
    "patients.opened_with_reason",
    "not_found",
];

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("appointments.list", "List and search appointments, the latest first"), UNREADABLE)(
        operation,
    )
        .description(
            "Reading changes nothing: who did not come is marked by a job. Practice is left out, but in the list of one \
             patient. Differs from the reference: until the hospital switches row rules on, a doctor reads everybody's \
             appointments, because nothing ties patients to doctors before, and nobody is to be shut out of care \
             (`doctor_user_id` narrows it to the own ones, as the page does by itself). From then on a doctor reads their own \
             appointments and those of whom they cover; the list of one patient is all of hers, if her record lies open. 400 \
             `appointment.unknown_status`.",
        )
}

fn books(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("appointments.create", "Book an appointment"), REFUSED_TIME)(operation)
        .with(header(201, "ETag", ETAG))
        .with(header(201, "Location", "The new appointment."))
        .description(
            "A doctor who names neither doctor nor department books for themselves, in their own department. The time is a \
             quarter of an hour, to the second; a time without an offset is UTC. 400 for a time that the doctor does not work \
             or the patient has already, 409 `appointment.slot_taken` or `appointment.room_taken` for one that somebody else has.",
        )
}

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("appointments.show", "Show an appointment"), &[])(
        operation,
    )
    .with(header(200, "ETag", ETAG))
    .description(
        "403 `patients.confidential` or `patients.not_linked` for one of a patient who does not lie open to you: give a reason \
         first. A colleague's is refused to a doctor only where the hospital switched row rules on: see the list.",
    )
}

fn histories(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("appointments.history", "What happened to an appointment, and who wrote it down"), &[])(
        operation,
    )
}

/// What a list is narrowed by.
#[derive(Deserialize, JsonSchema)]
struct AppointmentsQuery {
    /// Part of the patient's name, phone number, code or national id.
    search: Option<String>,
    /// `SCHEDULED,CHECKED_IN`: any of them.
    status: Option<String>,
    /// First day or instant.
    date_from: Option<String>,
    /// Last day or instant.
    date_to: Option<String>,
    patient_id: Option<String>,
    doctor_user_id: Option<String>,
    department_id: Option<String>,
    /// Every appointment is an outpatient's: taken, and of no effect.
    #[expect(dead_code, reason = "the contract's clients send it")]
    visit_type: Option<String>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<AppointmentsQuery>,
) -> Result<Json<LongPage<AppointmentView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, DEFAULT_PAGE_SIZE, &mut errors);
    let typed = TypedFilter {
        search: query.search.as_deref(),
        status: query.status.as_deref(),
        date_from: query.date_from.as_deref(),
        date_to: query.date_to.as_deref(),
        patient_id: query.patient_id.as_deref(),
        doctor_user_id: query.doctor_user_id.as_deref(),
        department_id: query.department_id.as_deref(),
    };
    let filter = typed.parse(&tx.hospital().zone, &mut errors)?;
    errors.finish()?;
    let found = super::list(&tx, &filter, page).await?;
    let audit = Audit::listed("appointment", found.items.len());
    tx.commit(audit, Json(found.map(AppointmentView::from))).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BookAppointment {
    #[schemars(required)]
    patient_id: Option<String>,
    /// `2026-03-14T09:15:00Z`
    #[schemars(required)]
    scheduled_at: Option<String>,
    department_id: Option<String>,
    doctor_user_id: Option<String>,
    /// Why the patient comes.
    #[schemars(length(max = 500))]
    reason: Option<String>,
    #[schemars(length(max = 1000))]
    notes: Option<String>,
}

async fn book(
    tx: Authorized<Book>,
    Json(body): Json<BookAppointment>,
) -> Result<Created<AppointmentView>, AppError> {
    let typed = TypedBooking {
        patient_id: body.patient_id.as_deref(),
        doctor_user_id: body.doctor_user_id.as_deref(),
        department_id: body.department_id.as_deref(),
        scheduled_at: body.scheduled_at.as_deref(),
        reason: body.reason.as_deref(),
        notes: body.notes.as_deref(),
        follow_up_of: None,
    };
    let wanted = typed.parse(&TimeZone::UTC)?;
    let booked = super::book_wanted(&tx, &wanted, Kind::Booked).await?;
    let audit = Audit::created(booked.id).with(about(&booked));
    tx.commit(audit, created(booked)).await
}

pub(super) fn created(booked: Appointment) -> Created<AppointmentView> {
    let location = format!("/api/v1/appointments/{}", booked.id);
    let version = booked.version;
    Reply::new(AppointmentView::from(booked)).etag(version).location(&location)
}

pub(super) fn shown(appointment: Appointment) -> Reply<AppointmentView> {
    let version = appointment.version;
    Reply::new(AppointmentView::from(appointment)).etag(version)
}

/// Whose it is, for "who looked": never a word of reason or notes.
pub(super) fn about(appointment: &Appointment) -> serde_json::Value {
    json!({ "patient_id": appointment.patient })
}

async fn show(
    tx: Authorized<View>,
    Path(id): Path<AppointmentId>,
) -> Result<Reply<AppointmentView>, AppError> {
    let appointment = super::show(&tx, id).await?;
    let audit = Audit::viewed(id).with(about(&appointment));
    tx.commit(audit, shown(appointment)).await
}

async fn history(
    tx: Authorized<View>,
    Path(id): Path<AppointmentId>,
) -> Result<Json<Vec<EventView>>, AppError> {
    let appointment = super::show(&tx, id).await?;
    let events: Vec<EventView> = super::history(&tx, id).await?.into_iter().map(EventView::from).collect();
    let audit = Audit::viewed(id).with(about(&appointment));
    tx.commit(audit, Json(events)).await
}

/// The versions that the caller believes to be the newest.
pub(super) async fn expect(
    tx: &Authorized<super::Move>,
    id: AppointmentId,
    tag: Option<i64>,
) -> Result<(), AppError> {
    match tag {
        Some(tag) => super::unchanged(tx, id, &[tag]).await.map(|_| ()),
        None => Ok(()),
    }
}
