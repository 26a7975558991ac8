//! The steps of one appointment.

use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::view::AppointmentView;
use super::{about, expect, shown};
use crate::access::{Audit, Authorized};
use crate::clinic::appointments::model::{
    Act, Appointment, AppointmentError, AppointmentId, HAPPENED_AT, parse_cancel, parse_happened, parse_late,
    parse_notes, parse_time,
};
use crate::clinic::appointments::{self, Move, Plain};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op, refuses};
use crate::web::{IfMatch, Json, OptionalJson, Path, Reply};

/// What each step may be refused with.
macro_rules! step_codes {
    ($($more:literal),* $(,)?) => {
        &[
            "appointment.wrong_status", "appointment.version_conflict", "patients.merged", "patients.confidential",
            "patients.not_linked" $(, $more)*
        ]
    };
}

fn step(
    id: &'static str,
    summary: &'static str,
    codes: &'static [&'static str],
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |o| refuses(op(id, summary), codes)(o).with(header(200, "ETag", super::ETAG))
}

/// When a step happened that is written down now. `{}`: now.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "LateEntry")]
pub(super) struct LateEntry {
    /// Left out: now. At most 24 hours ago; a time without an offset is UTC.
    #[schemars(with = "Option<Timestamp>")]
    happened_at: Option<String>,
}

/// When it happened, as said; left out: now.
fn happened(tx: &Authorized<Move>, typed: Option<&str>, errors: &mut FieldErrors) -> Timestamp {
    parse_happened(HAPPENED_AT, (typed, None), tx.now(), &TimeZone::UTC, errors)
}

/// A step that needs no more than its time.
async fn plain(
    tx: Authorized<Move>,
    id: AppointmentId,
    tag: Option<i64>,
    typed: Option<String>,
    step: Plain,
) -> Result<Reply<AppointmentView>, AppError> {
    appointments::may(&tx, id, step.act()).await?;
    let mut errors = FieldErrors::default();
    let at = happened(&tx, typed.as_deref(), &mut errors);
    errors.finish()?;
    expect(&tx, id, tag).await?;
    let after = step.take(&tx, id, at).await?;
    done(tx, step.audit(id), after).await
}

/// A step was taken.
async fn done(
    tx: Authorized<Move>,
    audit: Audit,
    after: Appointment,
) -> Result<Reply<AppointmentView>, AppError> {
    tx.commit(audit.with(about(&after)), shown(after)).await
}

/// What is said of a late entry wherever one can be made.
macro_rules! late {
    ($text:literal) => {
        concat!(
            $text,
            " `happened_at` says when it was, if it is written down later: at most 24 hours ago, not before what it follows \
             from, and judged by that moment; history and stamps keep it beside the time of the entry."
        )
    };
}

pub(super) fn annotates(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "appointment.not_yours",
        "appointment.version_conflict",
        "appointment.status_in_patch",
        "appointment.closed",
        "patients.merged",
        "patients.confidential",
        "patients.not_linked",
    ];
    step("appointments.update", "Change the notes of an appointment", CODES)(o).description(
        "Only the notes, and only while it is not over. A `status` is refused (400 `appointment.status_in_patch`): it changes by \
         its own steps. For the front desk, administrators, the appointment's doctor and who covers for them.",
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ChangeNotes {
    /// `null` or blank: none.
    #[schemars(length(max = 1000), with = "Option<String>")]
    #[serde(deserialize_with = "given")]
    notes: Option<Option<String>>,
    /// Refused: see the steps.
    status: Option<String>,
}

/// Present, even as `null`.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

pub(super) async fn annotate(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ChangeNotes>,
) -> Result<Reply<AppointmentView>, AppError> {
    let before = appointments::show(&tx, id).await?;
    appointments::may_annotate(&tx, &before).await?;
    if body.status.is_some() {
        return Err(AppointmentError::StatusInPatch.into());
    }
    expect(&tx, id, tag).await?;
    let mut errors = FieldErrors::default();
    let Some(notes) = body.notes else { return tx.commit(Audit::viewed(id), shown(before)).await };
    let notes = parse_notes(notes.as_deref(), &mut errors);
    let notes = errors.finish_with(notes)?;
    let after = appointments::set_notes(&tx, id, notes.as_deref()).await?;
    let audit = Audit::updated(id).with(json!({ "patient_id": after.patient, "fields": ["notes"] }));
    tx.commit(audit, shown(after)).await
}

pub(super) fn checks_in(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = step_codes!(
        "appointment.desk_only",
        "appointment.too_early",
        "appointment.day_over",
        "appointment.patient_deceased"
    );
    step("appointments.check_in", "Check a patient in", CODES)(o).description(
        late!(
            "From half an hour before the time until the hospital's day of the appointment ends. Gives the token: a number of \
             the department and that day. For the front desk and administrators."
        ),
    )
}

pub(super) async fn check_in(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    OptionalJson(body): OptionalJson<LateEntry>,
) -> Result<Reply<AppointmentView>, AppError> {
    plain(tx, id, tag, body.unwrap_or_default().happened_at, Plain::CheckIn).await
}

pub(super) fn starts(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] =
        step_codes!("appointment.not_yours", "appointment.not_today", "appointment.patient_deceased");
    step("appointments.start_consultation", "Begin a consultation", CODES)(o).description(
        late!(
            "On the hospital's day of the appointment; whoever was not checked in is. For its doctor, who covers for them, and \
             administrators."
        ),
    )
}

pub(super) async fn start(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    OptionalJson(body): OptionalJson<LateEntry>,
) -> Result<Reply<AppointmentView>, AppError> {
    plain(tx, id, tag, body.unwrap_or_default().happened_at, Plain::Start).await
}

pub(super) fn completes(o: TransformOperation<'_>) -> TransformOperation<'_> {
    step("appointments.complete", "End a visit", step_codes!("appointment.not_yours"))(o).description(
        late!(
            "From checked in or in consultation. The closing note is added to the notes. For its doctor, who covers for them, \
             and administrators."
        ),
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CompleteVisit {
    /// Taken, and of no effect until there are prescriptions.
    with_rx: bool,
    #[schemars(length(max = 1000))]
    closure_note: Option<String>,
    /// When it was over, if it is written down later.
    #[schemars(with = "Option<Timestamp>")]
    happened_at: Option<String>,
}

pub(super) async fn complete(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    OptionalJson(body): OptionalJson<CompleteVisit>,
) -> Result<Reply<AppointmentView>, AppError> {
    appointments::may(&tx, id, Act::Complete).await?;
    let body = body.unwrap_or_default();
    let mut errors = FieldErrors::default();
    let closing = text::optional("closure_note", body.closure_note.as_deref(), 1000, &mut errors);
    let at = happened(&tx, body.happened_at.as_deref(), &mut errors);
    let closing = errors.finish_with(closing.ok())?;
    expect(&tx, id, tag).await?;
    let after = appointments::complete(&tx, id, closing.as_deref(), at).await?;
    done(tx, Audit::did("completed", id), after).await
}

pub(super) fn cancels(o: TransformOperation<'_>) -> TransformOperation<'_> {
    step("appointments.cancel", "Cancel an appointment", step_codes!("appointment.desk_only"))(o)
        .description(late!("The time is free at once. For the front desk and administrators."))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CancelAppointment {
    /// `PATIENT_REQUEST`, `ADMITTED_TO_IPD`, `DOCTOR_UNAVAILABLE` or `OTHER`.
    #[schemars(required)]
    reason: Option<String>,
    #[schemars(length(max = 500))]
    note: Option<String>,
    /// When it was called off, if it is written down later.
    #[schemars(with = "Option<Timestamp>")]
    happened_at: Option<String>,
}

pub(super) async fn cancel(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<CancelAppointment>,
) -> Result<Reply<AppointmentView>, AppError> {
    appointments::may(&tx, id, Act::Cancel).await?;
    let mut errors = FieldErrors::default();
    let why = parse_cancel(body.reason.as_deref(), body.note.as_deref(), &mut errors);
    let at = happened(&tx, body.happened_at.as_deref(), &mut errors);
    let (reason, note) = errors.finish_with(why)?;
    expect(&tx, id, tag).await?;
    let after = appointments::cancel_at(&tx, id, (reason, note.as_deref()), at).await?;
    let audit = Audit::did("cancelled", id).with(json!({ "patient_id": after.patient, "reason": reason }));
    tx.commit(audit, shown(after)).await
}

pub(super) fn no_shows(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = step_codes!("appointment.desk_only", "appointment.not_yet");
    step("appointments.no_show", "Say that a patient did not come", CODES)(o).description(late!(
        "After its time, and never after check-in. For the front desk and administrators."
    ))
}

pub(super) async fn no_show(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    OptionalJson(body): OptionalJson<LateEntry>,
) -> Result<Reply<AppointmentView>, AppError> {
    plain(tx, id, tag, body.unwrap_or_default().happened_at, Plain::NoShow).await
}

pub(super) fn reschedules(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = step_codes!(
        "appointment.desk_only",
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
    );
    step("appointments.reschedule", "Move an appointment", CODES)(o).description(
        "The old time is free and the new one taken in one step, or nothing is changed. Who was checked in is booked again: \
         stamps and token of the old time are gone, its history stays. With `doctor_user_id` also to another doctor, whose \
         department it is in from then on. For the front desk and administrators.",
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct MoveAppointment {
    /// `2026-03-14T09:15:00Z`
    #[schemars(required)]
    scheduled_at: Option<String>,
    /// Another doctor; left out, the same.
    doctor_user_id: Option<String>,
    /// For the history.
    #[schemars(length(max = 500))]
    reason: Option<String>,
}

pub(super) async fn reschedule(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<MoveAppointment>,
) -> Result<Reply<AppointmentView>, AppError> {
    appointments::may(&tx, id, Act::Reschedule).await?;
    let mut errors = FieldErrors::default();
    let at = parse_time("scheduled_at", body.scheduled_at.as_deref(), &TimeZone::UTC, &mut errors);
    let doctor = text::id("doctor_user_id", body.doctor_user_id.as_deref(), &mut errors).map(UserId);
    let reason = text::optional("reason", body.reason.as_deref(), 500, &mut errors).unwrap_or_default();
    let at = errors.finish_with(at)?;
    expect(&tx, id, tag).await?;
    let after = appointments::move_to(&tx, id, at, doctor, reason).await?;
    done(tx, Audit::did("rescheduled", id), after).await
}

pub(super) fn arrives_late(o: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "appointment.not_late",
        "appointment.too_early",
        "appointment.day_over",
        "appointment.version_conflict",
        "appointment.desk_only",
        "appointment.patient_deceased",
        "patients.merged",
        "patients.confidential",
        "patients.not_linked",
    ];
    step("appointments.arrived_late", "A patient comes after being marked as missed", CODES)(o).description(
        late!(
            "On the same day, with a reason. The patient waits like everybody else; the time that was given up stays free or \
             somebody else's. For the front desk and administrators."
        ),
    )
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ArriveLate {
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
    /// When the patient came, if it is written down later.
    #[schemars(with = "Option<Timestamp>")]
    happened_at: Option<String>,
}

pub(super) async fn arrive_late(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ArriveLate>,
) -> Result<Reply<AppointmentView>, AppError> {
    appointments::may(&tx, id, Act::CheckIn).await?;
    let mut errors = FieldErrors::default();
    let reason = parse_late(body.reason.as_deref(), &mut errors);
    let at = happened(&tx, body.happened_at.as_deref(), &mut errors);
    let reason = errors.finish_with(reason)?;
    expect(&tx, id, tag).await?;
    let after = appointments::arrive_late(&tx, id, reason, at).await?;
    done(tx, Audit::did("arrived_late", id), after).await
}
