//! `/encounters`: begun from an appointment, read, finished.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::model::{Encounter, EncounterId, EncounterView};
use super::{Begun, Finished, Record, View};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::appointments::{self, AppointmentId, HAPPENED_AT, Wish};
use crate::clinic::patients::{self, PatientId};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{op, refuses_closed};
use crate::web::{Json, OptionalJson, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/encounters", get_with(list, lists))
        .api_route("/encounters", post_with(begin, begins))
        .api_route(
            "/encounters/{encounter_id}",
            get_with(show, refuses_closed(op("encounters.show", "Show an encounter"), &[])),
        )
        .api_route("/encounters/{encounter_id}/finish", post_with(finish, finishes))
        .api_route("/encounters/{encounter_id}/entered-in-error", post_with(end, ends))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("encounters.list", "List a patient's encounters, the latest first"), &["not_found"])(
        operation,
    )
    .description("What was entered in error is among them and says so.")
}

fn begins(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "not_found",
        "encounters.deceased",
        "encounters.not_seen",
        "appointment.wrong_status",
        "appointment.not_today",
        "appointment.not_yours",
        "patients.merged",
    ];
    refuses_closed(op("encounters.begin", "Open the consultation of an appointment"), REFUSALS)(
        operation,
    )
    .description(
        "Gives the encounter of the appointment that is not entered in error. If it has none, the appointment is started (as by \
         `PATCH /appointments/{id}/start-consultation`) and an encounter is made, in one transaction. For an appointment \
         that was completed without one, it is made finished, for a late entry.",
    )
}

fn finishes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "encounters.over",
        "encounters.entered_in_error",
        "appointment.wrong_status",
        "appointment.not_yours",
        "appointment.no_follow_up",
        "appointment.slot_taken",
        "appointment.room_taken",
        "appointment.patient_busy",
        "appointment.in_the_past",
        "appointment.too_far",
        "appointment.not_seen",
        "appointment.patient_deceased",
        "appointment.not_a_doctor",
        "appointment.department_without_patients",
        "availability.not_accepting",
        "availability.on_leave",
        "availability.closed",
        "availability.outside_hours",
        "patients.merged",
    ];
    refuses_closed(op("encounters.finish", "Finish an encounter and complete its appointment"), REFUSALS)(
        operation,
    )
        .description(
            "Both in one transaction, with the follow-up if one is wished: if that cannot be booked, nothing is done and the \
             refusal says why. A draft that was not signed stays its author's draft.",
        )
}

fn ends(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["encounters.entered_in_error", "encounters.in_use"];
    refuses_closed(op("encounters.end", "Mark an encounter as entered in error"), REFUSALS)(
        operation,
    )
    .description(
        "It was begun for the wrong patient. It stays readable with the reason. Signed notes and diagnoses in it are marked \
         first, each with its own reason.",
    )
}

#[derive(Deserialize, JsonSchema)]
struct EncountersQuery {
    /// Whose encounters.
    #[schemars(required)]
    patient_id: Option<PatientId>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 20 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<EncountersQuery>,
) -> Result<Json<Page<EncounterView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 20, &mut errors);
    if query.patient_id.is_none() {
        errors.add("patient_id", "This is needed.");
    }
    let patient = errors.finish_with(query.patient_id)?;
    let patient = patients::show(&tx, patient).await?.id;
    let found = super::of_patient(&tx, patient, page).await?;
    let audit = Audit::viewed(patient).with(json!({ "list": "encounters", "count": found.items.len() }));
    tx.commit(audit, Json(found.map(EncounterView::from))).await
}

async fn show(tx: Authorized<View>, Path(id): Path<EncounterId>) -> Result<Reply<EncounterView>, AppError> {
    let (encounter, patient) = super::show(&tx, id).await?;
    let audit = Audit::viewed(id).with(json!({ "patient_id": patient.id }));
    tx.commit(audit, reply(encounter)).await
}

fn reply(encounter: Encounter) -> Reply<EncounterView> {
    let version = encounter.version;
    Reply::new(encounter.into()).etag(version)
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "BeginEncounter")]
struct Begin {
    #[schemars(required)]
    appointment_id: Option<AppointmentId>,
}

async fn begin(tx: Authorized<Record>, Json(body): Json<Begin>) -> Result<Reply<EncounterView>, AppError> {
    let mut errors = FieldErrors::default();
    if body.appointment_id.is_none() {
        errors.add("appointment_id", "This is needed.");
    }
    let appointment = errors.finish_with(body.appointment_id)?;
    let begun = super::begin(&tx, appointment).await?;
    let audit = audit_of_begin(&begun);
    let location = format!("/api/v1/encounters/{}", begun.encounter.id);
    tx.commit(audit, reply(begun.encounter).location(&location)).await
}

/// Beginning one starts its appointment; opening one that is there is a look.
pub fn audit_of_begin(begun: &Begun) -> Audit {
    let Encounter { id, patient, appointment, .. } = &begun.encounter;
    let detail = json!({ "patient_id": patient, "appointment_id": appointment });
    if begun.is_new {
        Audit::did("consultation_started", *id).with(detail)
    } else {
        Audit::viewed(*id).with(detail)
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "FinishEncounter")]
struct Finish {
    /// Added to the notes of the appointment.
    #[schemars(length(max = 500))]
    closure_note: Option<String>,
    /// When it was over, if it is written down later: at most 24 hours ago; a time without an offset is UTC.
    #[schemars(with = "Option<jiff::Timestamp>")]
    happened_at: Option<String>,
    /// Book the visit after this one in the same step; needs `appointments:create`.
    follow_up: Option<FollowUp>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "FollowUpWish")]
struct FollowUp {
    /// The same weekday and time so many weeks later, or the next free time after it.
    #[schemars(required, range(min = 1, max = 104))]
    weeks: Option<i64>,
    /// Exactly this time instead.
    #[schemars(with = "Option<jiff::Timestamp>")]
    scheduled_at: Option<String>,
}

impl FollowUp {
    fn parse(&self, errors: &mut FieldErrors) -> Option<Wish> {
        let at = self.scheduled_at.as_deref().map(str::parse::<jiff::Timestamp>);
        if let Some(Err(_)) = at {
            errors.add("scheduled_at", "Write the time with its offset, like 2026-03-14T09:30:00+05:30.");
        }
        let at = at.and_then(Result::ok);
        if self.weeks.is_none() && at.is_none() {
            errors.add("weeks", "Say in how many weeks, or at which time.");
        }
        Some(Wish { weeks: self.weeks.unwrap_or(1), at, ..Wish::default() })
    }
}

/// An encounter that is over.
#[derive(serde::Serialize, JsonSchema)]
struct FinishedEncounter {
    #[serde(flatten)]
    encounter: EncounterView,
    /// The visit that was booked after it.
    follow_up_appointment_id: Option<AppointmentId>,
    follow_up_at: Option<jiff::Timestamp>,
}

async fn finish(
    tx: Authorized<Record>,
    Path(id): Path<EncounterId>,
    OptionalJson(body): OptionalJson<Finish>,
) -> Result<Reply<FinishedEncounter>, AppError> {
    let body = body.unwrap_or_default();
    let mut errors = FieldErrors::default();
    let note =
        text::optional("closure_note", body.closure_note.as_deref(), 500, &mut errors).unwrap_or_default();
    let wish = body.follow_up.and_then(|wish| wish.parse(&mut errors));
    let typed = (body.happened_at.as_deref(), None);
    let at = appointments::parse_happened(HAPPENED_AT, typed, tx.now(), &TimeZone::UTC, &mut errors);
    errors.finish()?;
    let held = super::hold_to_finish(&tx, id, wish).await?;
    let finished = super::finish(&tx, held, note.as_deref(), at).await?;
    let audit = audit_of_finish(&finished);
    let version = finished.encounter.version;
    let view = FinishedEncounter {
        follow_up_appointment_id: finished.follow_up.as_ref().map(|visit| visit.id),
        follow_up_at: finished.follow_up.as_ref().map(|visit| visit.scheduled_at),
        encounter: finished.encounter.into(),
    };
    tx.commit(audit, Reply::new(view).etag(version)).await
}

/// The appointment is completed by the same act; a visit that was booked gets a row of its own.
pub fn audit_of_finish(finished: &Finished) -> Audit {
    let Encounter { id, patient, appointment, .. } = &finished.encounter;
    let audit =
        Audit::did("finished", *id).with(json!({ "patient_id": patient, "appointment_id": appointment }));
    match &finished.follow_up {
        Some(visit) => audit.and(Audit::created(visit.id).with(json!({ "patient_id": patient }))),
        None => audit,
    }
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EndEncounter")]
struct End {
    /// Why it was wrong.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
}

async fn end(
    tx: Authorized<Record>,
    Path(id): Path<EncounterId>,
    Json(body): Json<End>,
) -> Result<Reply<EncounterView>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::required("reason", body.reason.as_deref(), 500, &mut errors);
    let reason = errors.finish_with(reason)?;
    let encounter = super::end(&tx, id, &reason).await?;
    let audit = Audit::did("entered_in_error", id).with(json!({ "patient_id": encounter.patient }));
    tx.commit(audit, reply(encounter)).await
}
