//! `/queue` and `/walk-ins`.

mod walk_ins;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Board, Entry, Wanted};
use super::parse;
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::appointments::{
    AppointmentId, HAPPENED_AT, Kind, Move, Priority, QueueState, View, parse_happened,
};
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses, refuses_closed};
use crate::web::{Json, OptionalJson, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/queue", get_with(list, lists))
        .api_route("/queue/next", post_with(next, nexts))
        .api_route("/queue/{appointment_id}/call", post_with(call, calls))
        .api_route("/queue/{appointment_id}/back", post_with(back, backs))
        .api_route("/queue/{appointment_id}/skip", post_with(skip, skips))
        .api_route("/queue/{appointment_id}/left", post_with(left, lefts))
        .api_route("/queue/{appointment_id}/hand-over", post_with(hand_over, hands_over))
        .api_route("/queue/{appointment_id}/prioritise", post_with(prioritise, prioritises))
        .api_route("/walk-ins", post_with(walk_ins::walk_in, walk_ins::walks))
}

const MOVED: &[&str] = &["queue.not_there", "queue.wrong_state"];

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("queue.list", "The queue of today, in its order")(operation).description(
        "Called, with the doctor, waiting, skipped, done, left; of each, in the order in which they are called: emergencies, \
         priorities, then who is booked by the time of the booking, then everybody else by arrival. Who is booked and comes \
         more than 30 minutes late waits by arrival. At most 500 are listed; the counts are of all. Of patients whom the \
         reader may not know, the token alone is told.",
    )
}

fn nexts(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["queue.nobody_waits", "queue.whose"];
    refuses(op("queue.next", "Call whoever is next"), REFUSALS)(operation).description(
        "Of a doctor's or a department's queue; a doctor who names none calls from the own one. Of two who call at once, \
         each gets another patient.",
    )
}

fn calls(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["queue.not_there", "queue.wrong_state", "queue.out_of_turn"];
    refuses(op("queue.call", "Call this patient, or once more"), REFUSALS)(operation)
        .description("Before their turn only with a reason, which is kept.")
}

fn backs(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "queue.not_there",
        "queue.wrong_state",
        "encounters.in_use",
        "appointment.not_yours",
        "appointment.wrong_status",
        "patients.merged",
    ];
    refuses_closed(op("queue.back", "Back to waiting"), REFUSALS)(operation).description(
        "Who was called waits in the own place again. Who was skipped waits behind the next patient, never before the own \
         place. Who is with the doctor by mistake waits in the own place, for the front desk, the doctor and who covers for \
         them: 409 `encounters.in_use` once a note is signed or a diagnosis made. A draft is kept, and is there when the \
         consultation begins again.",
    )
}

fn skips(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("queue.skip", "Go on without a patient who does not come"), MOVED)(operation)
}

fn lefts(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] =
        &["queue.not_there", "queue.wrong_state", "appointment.wrong_status", "patients.merged"];
    refuses_closed(op("queue.left", "The patient left without being seen"), REFUSALS)(operation)
        .description(
            "The appointment is cancelled with the reason `LEFT_WITHOUT_BEING_SEEN`. `happened_at` says when the patient left, \
             if it is written down later: at most 24 hours ago and not before the check-in; the history keeps it beside the \
             time of the entry.",
        )
}

fn hands_over(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "queue.not_there",
        "queue.wrong_state",
        "queue.doctor_away",
        "appointment.wrong_status",
        "appointment.not_yours",
        "appointment.not_a_doctor",
        "appointment.patient_deceased",
        "patients.merged",
        "patients.opened_with_reason",
        "not_found",
    ];
    refuses_closed(op("queue.hand_over", "Another doctor sees this patient"), REFUSALS)(operation).description(
        "For who waits, is called or was skipped. Token, turn, check-in and department stay; the time that was booked is given \
         up, so none needs to be free. Who was called waits again. The front desk and administrators hand over anybody, a \
         doctor their own patients and those whom they take over themselves.",
    )
}

fn prioritises(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("queue.prioritise", "Put a patient before others, or back among them"), MOVED)(operation)
}

#[derive(Deserialize, JsonSchema)]
struct QueueQuery {
    department_id: Option<DepartmentId>,
    doctor_user_id: Option<UserId>,
}

/// How many stand where: as many as there are, whatever is listed.
#[derive(Serialize, JsonSchema)]
struct QueueCounts {
    waiting: i64,
    called: i64,
    with_doctor: i64,
    skipped: i64,
    done: i64,
    left: i64,
}

/// The queue of one day.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Queue")]
struct QueueView {
    /// The hospital's.
    day: Date,
    counts: QueueCounts,
    /// Minutes that the one has waited who waits longest; `null`: nobody waits.
    longest_wait_minutes: Option<i64>,
    /// There are more than the 500 that are listed.
    is_cut: bool,
    items: Vec<EntryView>,
}

/// Somebody in the queue.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QueueEntry")]
pub(super) struct EntryView {
    appointment_id: AppointmentId,
    /// `G-012`
    token: String,
    queue_state: QueueState,
    /// From 1 among those who wait for this doctor; told in the list alone, of who waits.
    position: Option<u32>,
    /// Since the arrival, until called or seen.
    wait_minutes: i64,
    priority: Priority,
    priority_reason: Option<String>,
    kind: Kind,
    /// Booked, but came so late that they wait by arrival.
    is_late: bool,
    scheduled_at: Timestamp,
    checked_in_at: Timestamp,
    called_at: Option<Timestamp>,
    department_id: DepartmentId,
    department: String,
    doctor_user_id: UserId,
    doctor_name: String,
    room: Option<String>,
    /// `null`, like the code, where the reader may not know who it is.
    patient_id: Option<PatientId>,
    patient_code: Option<String>,
    /// `Private` where the reader may not know who it is.
    patient_name: String,
}

impl EntryView {
    pub(super) fn new(entry: &Entry, now: Timestamp) -> Self {
        Self {
            appointment_id: entry.appointment,
            token: entry.token.to_string(),
            queue_state: entry.state,
            position: entry.position,
            wait_minutes: entry.waited_minutes(now),
            priority: entry.priority,
            priority_reason: entry.priority_reason.clone().filter(|_| entry.person.is_some()),
            kind: entry.kind,
            is_late: entry.is_late,
            scheduled_at: entry.scheduled_at,
            checked_in_at: entry.arrived_at,
            called_at: entry.called_at,
            department_id: entry.department,
            department: entry.department_name.clone(),
            doctor_user_id: entry.doctor,
            doctor_name: entry.doctor_name.clone(),
            room: entry.room.clone(),
            patient_id: entry.person.as_ref().map(|person| person.id),
            patient_code: entry.person.as_ref().map(|person| person.code.clone()),
            patient_name: entry.name().to_owned(),
        }
    }
}

impl From<Board> for QueueView {
    fn from(board: Board) -> Self {
        let counts = board.counts;
        Self {
            day: board.day,
            counts: QueueCounts {
                waiting: counts.waiting,
                called: counts.called,
                with_doctor: counts.with_doctor,
                skipped: counts.skipped,
                done: counts.done,
                left: counts.left,
            },
            longest_wait_minutes: board.longest_wait(),
            is_cut: board.is_cut(),
            items: board.entries.iter().map(|entry| EntryView::new(entry, board.now)).collect(),
        }
    }
}

async fn list(tx: Authorized<View>, Query(query): Query<QueueQuery>) -> Result<Json<QueueView>, AppError> {
    let wanted = Wanted { department: query.department_id, doctor: query.doctor_user_id };
    let board = super::board(&tx, wanted).await?;
    let audit = Audit::listed("appointment", board.entries.len());
    tx.commit(audit, Json(board.into())).await
}

/// Whose queue goes on.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CallNext {
    department_id: Option<DepartmentId>,
    doctor_user_id: Option<UserId>,
}

async fn next(
    tx: Authorized<Move>,
    OptionalJson(body): OptionalJson<CallNext>,
) -> Result<Reply<EntryView>, AppError> {
    let body = body.unwrap_or_default();
    let wanted = Wanted { department: body.department_id, doctor: body.doctor_user_id };
    let entry = super::call_next(&tx, own_if_none(&tx, wanted)).await?;
    done(tx, "called", &entry).await
}

/// A doctor who names no queue means the own one.
pub(super) fn own_if_none(tx: &TenantTx, wanted: Wanted) -> Wanted {
    match tx.person() {
        Some(person) if wanted == Wanted::default() && super::pages::is_doctor(person) => {
            Wanted { doctor: Some(person.user), ..wanted }
        }
        _ => wanted,
    }
}

/// Commit a move, and show where the patient stands now.
async fn done(tx: Authorized<Move>, verb: &'static str, entry: &Entry) -> Result<Reply<EntryView>, AppError> {
    let view = EntryView::new(entry, tx.now());
    let audit = audit_of(verb, entry);
    tx.commit(audit, Reply::new(view)).await
}

/// Never the reason, which may tell what somebody suffers from.
pub(super) fn audit_of(verb: &'static str, entry: &Entry) -> Audit {
    let detail = json!({ "patient_id": entry.patient, "token": entry.token.to_string() });
    match verb {
        "called" => Audit::did("called", entry.appointment),
        "sent_back" => Audit::did("sent_back", entry.appointment),
        "skipped" => Audit::did("skipped", entry.appointment),
        "left_unseen" => Audit::did("left_unseen", entry.appointment),
        "handed_over" => Audit::did("handed_over", entry.appointment),
        _ => Audit::did("prioritised", entry.appointment),
    }
    .with(detail)
}

/// Why a patient is called before their turn, or skipped.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MoveInQueue {
    #[schemars(length(max = 200))]
    reason: Option<String>,
}

impl MoveInQueue {
    fn read(body: Option<Self>) -> Result<Option<String>, AppError> {
        let mut errors = FieldErrors::default();
        let reason = parse::reason(body.unwrap_or_default().reason.as_deref(), &mut errors);
        errors.finish()?;
        Ok(reason)
    }
}

async fn call(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    OptionalJson(body): OptionalJson<MoveInQueue>,
) -> Result<Reply<EntryView>, AppError> {
    let reason = MoveInQueue::read(body)?;
    let entry = super::call(&tx, id, reason.as_deref()).await?;
    done(tx, "called", &entry).await
}

async fn back(tx: Authorized<Move>, Path(id): Path<AppointmentId>) -> Result<Reply<EntryView>, AppError> {
    let entry = super::back(&tx, id).await?;
    done(tx, "sent_back", &entry).await
}

async fn skip(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    OptionalJson(body): OptionalJson<MoveInQueue>,
) -> Result<Reply<EntryView>, AppError> {
    let reason = MoveInQueue::read(body)?;
    let entry = super::skip(&tx, id, reason.as_deref()).await?;
    done(tx, "skipped", &entry).await
}

/// Why a patient left, and when.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LeftQueue {
    #[schemars(length(max = 200))]
    reason: Option<String>,
    /// When the patient left, if it is written down later. A time without an offset is UTC.
    #[schemars(with = "Option<Timestamp>")]
    happened_at: Option<String>,
}

async fn left(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    OptionalJson(body): OptionalJson<LeftQueue>,
) -> Result<Reply<EntryView>, AppError> {
    let body = body.unwrap_or_default();
    let mut errors = FieldErrors::default();
    let reason = parse::reason(body.reason.as_deref(), &mut errors);
    let typed = (body.happened_at.as_deref(), None);
    let at = parse_happened(HAPPENED_AT, typed, tx.now(), &TimeZone::UTC, &mut errors);
    errors.finish()?;
    let entry = super::left(&tx, id, reason.as_deref(), at).await?;
    done(tx, "left_unseen", &entry).await
}

/// Who sees the patient instead, and why.
#[derive(Deserialize, JsonSchema)]
struct HandOverPatient {
    doctor_user_id: UserId,
    #[serde(default)]
    #[schemars(length(max = 200))]
    reason: Option<String>,
}

async fn hand_over(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    Json(body): Json<HandOverPatient>,
) -> Result<Reply<EntryView>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = parse::reason(body.reason.as_deref(), &mut errors);
    errors.finish()?;
    let entry = super::hand_over(&tx, id, body.doctor_user_id, reason.as_deref()).await?;
    done(tx, "handed_over", &entry).await
}

/// Who goes before others, and why.
#[derive(Deserialize, JsonSchema)]
struct Prioritise {
    #[schemars(required, with = "Option<Priority>")]
    priority: Option<String>,
    #[schemars(required, length(min = 1, max = 200))]
    reason: Option<String>,
}

async fn prioritise(
    tx: Authorized<Move>,
    Path(id): Path<AppointmentId>,
    Json(body): Json<Prioritise>,
) -> Result<Reply<EntryView>, AppError> {
    let mut errors = FieldErrors::default();
    let new = parse::new_priority(body.priority.as_deref(), body.reason.as_deref(), &mut errors);
    let new = errors.finish_with(new)?;
    let entry = super::prioritise(&tx, id, &new).await?;
    done(tx, "prioritised", &entry).await
}
