//! The visit after a visit: proposed and booked.

use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::view::AppointmentView;
use super::{about, created};
use crate::access::{Audit, Authorized};
use crate::clinic::appointments::model::{AppointmentId, parse_time};
use crate::clinic::appointments::{self, Book, Proposal, Wish};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op, refuses_closed};
use crate::web::{Created, Json, Path, Query};

/// When a follow-up could be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FollowUpProposal")]
pub(super) struct ProposalView {
    /// The same weekday and time of day, so many weeks later.
    wanted_at: Timestamp,
    /// That, or the next free time.
    scheduled_at: Timestamp,
    /// Why it is not the time that is wanted.
    why: Option<String>,
}

impl From<Proposal> for ProposalView {
    fn from(found: Proposal) -> Self {
        Self { wanted_at: found.wanted_at, scheduled_at: found.scheduled_at, why: found.why }
    }
}

const FOLLOW: &[&str] = &["appointment.not_seen", "appointment.no_follow_up", "appointment.too_far"];

pub(super) fn proposes(o: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("appointments.propose_follow_up", "A free time for the visit after this one"), FOLLOW)(
        o,
    )
    .description(
        "The same weekday and time of day so many weeks later; if the doctor is away or the time is taken, the next free one. \
         Nothing is held. 409 `appointment.no_follow_up` if there is none within two weeks.",
    )
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct WeeksQuery {
    /// 1 to 104; 4 if left out.
    weeks: Option<i64>,
}

const WEEKS: i64 = 4;

pub(super) async fn propose(
    tx: Authorized<Book>,
    Path(id): Path<AppointmentId>,
    Query(query): Query<WeeksQuery>,
) -> Result<Json<ProposalView>, AppError> {
    let visit = appointments::show(&tx, id).await?;
    let found = appointments::propose(&tx, &visit, query.weeks.unwrap_or(WEEKS)).await?;
    tx.commit(Audit::viewed(id).with(about(&visit)), Json(found.into())).await
}

pub(super) fn follows_up(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "appointment.not_seen",
        "appointment.no_follow_up",
        "appointment.patient_deceased",
        "appointment.in_the_past",
        "appointment.too_far",
        "appointment.patient_busy",
        "appointment.slot_taken",
        "appointment.room_taken",
        "appointment.not_a_doctor",
        "appointment.department_without_patients",
        "availability.not_accepting",
        "availability.on_leave",
        "availability.closed",
        "availability.outside_hours",
        "patients.merged",
    ];
    refuses_closed(op("appointments.follow_up", "Book the visit after this one"), CODES)(o)
        .with(header(201, "ETag", super::ETAG))
        .with(header(201, "Location", "The new appointment."))
        .description("With the same doctor, at `scheduled_at` or at what is proposed for `weeks`.")
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct BookFollowUp {
    /// 1 to 104; 4 if left out.
    weeks: Option<i64>,
    /// `2026-03-14T09:15:00Z`; left out, the time that is proposed.
    scheduled_at: Option<String>,
    #[schemars(length(max = 500))]
    reason: Option<String>,
    #[schemars(length(max = 1000))]
    notes: Option<String>,
}

pub(super) async fn follow_up(
    tx: Authorized<Book>,
    Path(id): Path<AppointmentId>,
    Json(body): Json<BookFollowUp>,
) -> Result<Created<AppointmentView>, AppError> {
    let mut errors = FieldErrors::default();
    let typed = body.scheduled_at.as_deref();
    let at = typed.and_then(|_| parse_time("scheduled_at", typed, &TimeZone::UTC, &mut errors));
    let reason = text::optional("reason", body.reason.as_deref(), 500, &mut errors).unwrap_or_default();
    let notes = text::optional("notes", body.notes.as_deref(), 1000, &mut errors).unwrap_or_default();
    errors.finish()?;
    let wish = Wish { weeks: body.weeks.unwrap_or(WEEKS), at, reason, notes };
    let booked = appointments::follow_up(&tx, id, wish).await?;
    let audit = Audit::created(booked.id).with(json!({ "patient_id": booked.patient, "follow_up_of": id }));
    tx.commit(audit, created(booked)).await
}
