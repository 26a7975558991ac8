//! `/doctors/{user_id}/leaves`

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decision, Decisions, Outcome, Settled, Take, Taken, View, domain};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::appointments::{Appointment, AppointmentId, Status};
use crate::clinic::availability::{self, Leave, LeaveId, LeaveKind, TypedLeave};
use crate::clinic::doctors;
use crate::clinic::patients::{self, PatientId};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, Path, Query, Reply};

const LEAVES: &str = "/doctors/{user_id}/leaves";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/doctors/leaves", get_with(all, op("leave.all", "Which doctors are away, now and later")))
        .api_route(LEAVES, get_with(list, op("leave.list", "List a doctor's leaves")))
        .api_route(LEAVES, post_with(take, takes))
        .api_route("/doctors/{user_id}/leaves/preview", get_with(preview, previews))
        .api_route("/doctors/{user_id}/leaves/{leave_id}/withdraw", post_with(withdraw, withdraws))
}

fn previews(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("leave.preview", "The bookings that a leave would fall upon")(operation).description(
        "Before a leave is taken: nothing is changed. Patients of whom the reader may not know are only counted.",
    )
}

fn takes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &["leave.undecided", "leave.not_yours", "availability.leave_overlaps"];
    refuses(op("leave.take", "Take leave, and say what becomes of the bookings"), CODES)(operation).description(
        "Times are instants or of the hospital's clock; days (`2026-10-25`) are whole, the last one too. Each booking in the \
         time needs a decision, its own or the one for all: 409 `leave.undecided` else, and nothing is saved. Each has a \
         result of its own: what cannot be done with one undoes nothing of the others. Patients are told by the way that they \
         have consented to. Doctors take their own leave, the front desk and administrators everybody's.",
    )
}

fn withdraws(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("leave.withdraw", "Take a leave back"), &["leave.not_yours", "availability.leave_over"])(
        operation,
    )
    .description("The doctor can be booked again at once. Bookings that were moved or cancelled stay so.")
}

/// A time for which a doctor is away.
#[derive(Serialize, JsonSchema)]
struct DoctorLeave {
    id: LeaveId,
    user_id: UserId,
    kind: LeaveKind,
    starts_at: Timestamp,
    ends_at: Timestamp,
    note: Option<String>,
    made_by_id: UserId,
    made_at: Timestamp,
    /// `null`: it holds.
    withdrawn_at: Option<Timestamp>,
    withdrawn_by_id: Option<UserId>,
}

impl From<Leave> for DoctorLeave {
    fn from(leave: Leave) -> Self {
        Self {
            id: leave.id,
            user_id: leave.doctor,
            kind: leave.kind,
            starts_at: leave.starts_at,
            ends_at: leave.ends_at,
            note: leave.note,
            made_by_id: leave.made_by,
            made_at: leave.made_at,
            withdrawn_at: leave.withdrawn.map(|(_, at)| at),
            withdrawn_by_id: leave.withdrawn.map(|(by, _)| by),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct LeavesQuery {
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn all(
    tx: Authorized<View>,
    Query(query): Query<LeavesQuery>,
) -> Result<Json<Page<DoctorLeave>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let found = availability::all_leaves(&tx, page).await?.map(DoctorLeave::from);
    tx.commit(Audit::listed("doctor_leave", found.items.len()), Json(found)).await
}

async fn list(tx: Authorized<View>, Path(id): Path<UserId>) -> Result<Json<Vec<DoctorLeave>>, AppError> {
    doctors::named(&tx, id).await?;
    let leaves = availability::leaves(&tx, id).await?;
    let leaves: Vec<DoctorLeave> = leaves.into_iter().map(DoctorLeave::from).collect();
    tx.commit(Audit::listed("doctor_leave", leaves.len()), Json(leaves)).await
}

#[derive(Deserialize, JsonSchema)]
struct PreviewQuery {
    /// A day, a time of the hospital's clock, or an instant; today if left out.
    from: Option<String>,
    /// The same, and a day belongs to it; the day of `from` if left out.
    until: Option<String>,
}

/// What a leave would fall upon.
#[derive(Serialize, JsonSchema)]
struct LeavePreview {
    from: Timestamp,
    until: Timestamp,
    /// In order of time.
    bookings: Vec<AffectedBooking>,
    /// How many more there are, of patients of whom the reader may not know.
    hidden: usize,
}

/// A booking that a leave falls upon.
#[derive(Serialize, JsonSchema)]
struct AffectedBooking {
    appointment_id: AppointmentId,
    patient_id: PatientId,
    /// "Restricted" for somebody who is kept from the reader.
    patient_name: String,
    patient_code: String,
    status: Status,
    scheduled_at: Timestamp,
    ends_at: Timestamp,
}

impl From<Appointment> for AffectedBooking {
    fn from(booking: Appointment) -> Self {
        Self {
            appointment_id: booking.id,
            patient_id: booking.patient,
            patient_name: booking.names.patient,
            patient_code: booking.names.patient_code,
            status: booking.status,
            scheduled_at: booking.scheduled_at,
            ends_at: booking.ends_at,
        }
    }
}

async fn preview(
    tx: Authorized<View>,
    Path(id): Path<UserId>,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<LeavePreview>, AppError> {
    let mut errors = FieldErrors::default();
    let from = query.from.unwrap_or_else(|| patients::hospital_now(&tx).date().to_string());
    let until = query.until.unwrap_or_else(|| from.chars().take(10).collect());
    let zone = &tx.hospital().zone;
    let range = availability::range(("from", &from), ("until", &until), tx.now(), zone, &mut errors);
    let (from, until) = errors.finish_with(range)?;
    let affected = domain::affected(&tx, id, (from, until)).await?;
    let audit = Audit::listed("appointment", affected.bookings.len());
    let bookings = affected.bookings.into_iter().map(AffectedBooking::from).collect();
    tx.commit(audit, Json(LeavePreview { from, until, bookings, hidden: affected.hidden })).await
}

/// A leave to be taken.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct TakeLeave {
    #[schemars(required, with = "LeaveKind")]
    kind: String,
    /// A day, a time of the hospital's clock, or an instant.
    #[schemars(required)]
    starts_at: String,
    /// The same; a day belongs to it.
    #[schemars(required)]
    ends_at: String,
    /// For colleagues.
    #[schemars(length(max = 500))]
    note: Option<String>,
    /// What becomes of all bookings that have no decision of their own.
    #[schemars(with = "Option<Decision>")]
    all_bookings: Option<String>,
    #[schemars(length(max = 1000))]
    decisions: Vec<BookingDecision>,
}

/// What becomes of one booking.
#[derive(Deserialize, JsonSchema)]
struct BookingDecision {
    appointment_id: AppointmentId,
    #[schemars(with = "Decision")]
    decision: String,
}

/// A leave that was taken, and what became of the bookings.
#[derive(Serialize, JsonSchema)]
struct LeaveTaken {
    leave: DoctorLeave,
    /// In order of time.
    results: Vec<BookingResult>,
    /// Bookings of patients of whom whoever took it may not know: they stay as they are.
    hidden: usize,
}

/// What became of one booking.
#[derive(Serialize, JsonSchema)]
struct BookingResult {
    appointment_id: AppointmentId,
    patient_id: PatientId,
    decision: Decision,
    outcome: Outcome,
    /// When it was.
    was_at: Timestamp,
    /// When it is now.
    scheduled_at: Timestamp,
    /// With whom it is now.
    doctor_user_id: UserId,
    doctor_name: String,
    /// Why nothing was done.
    message: Option<String>,
}

impl From<Settled> for BookingResult {
    fn from(settled: Settled) -> Self {
        let Settled { appointment, was_at, decision, outcome, message } = settled;
        Self {
            appointment_id: appointment.id,
            patient_id: appointment.patient,
            decision,
            outcome,
            was_at,
            scheduled_at: appointment.scheduled_at,
            doctor_user_id: appointment.doctor,
            doctor_name: appointment.names.doctor,
            message,
        }
    }
}

async fn take(
    tx: Authorized<Take>,
    Path(id): Path<UserId>,
    Json(body): Json<TakeLeave>,
) -> Result<Created<LeaveTaken>, AppError> {
    let mut errors = FieldErrors::default();
    if body.decisions.len() > 1000 {
        errors.add("decisions", "Decide on at most 1000 bookings at once.");
    }
    let each: Vec<(AppointmentId, String)> =
        body.decisions.into_iter().map(|one| (one.appointment_id, one.decision)).collect();
    let decisions = Decisions::parse(body.all_bookings.as_deref().unwrap_or_default(), &each, &mut errors);
    errors.finish()?;
    let typed = TypedLeave {
        kind: &body.kind,
        starts_at: &body.starts_at,
        ends_at: &body.ends_at,
        note: body.note.as_deref(),
    };
    let new = typed.parse(id, tx.now(), &tx.hospital().zone)?;
    let taken = domain::take(&tx, &new, &decisions).await?;
    let audit = super::audit_of(&taken);
    let Taken { leave, settled, hidden } = taken;
    let results = settled.into_iter().map(BookingResult::from).collect();
    tx.commit(audit, Reply::new(LeaveTaken { leave: leave.into(), results, hidden })).await
}

async fn withdraw(
    tx: Authorized<Take>,
    Path((id, leave)): Path<(UserId, LeaveId)>,
) -> Result<Reply<DoctorLeave>, AppError> {
    let leave = domain::withdraw(&tx, id, leave).await?;
    let audit = super::audit_of_withdrawal(&leave);
    tx.commit(audit, Reply::new(leave.into())).await
}
