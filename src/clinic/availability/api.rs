//! `/doctors/{user_id}/hours` and `…/days`: weekly hours and days that differ.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with, put_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::clock::clock;
use super::{Exception, ExceptionId, Hours, Kind, NewWeek, TypedDay, TypedSpan, View, Write, WriteAll};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::doctors::{self, RoomId};
use crate::clinic::patients;
use crate::clinic::profile::Weekday;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses};
use crate::web::{Created, Json, NoContent, Path, Reply};

const HOURS: &str = "/doctors/{user_id}/hours";
const DAYS: &str = "/doctors/{user_id}/days";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(HOURS, get_with(show, shows))
        .api_route(HOURS, put_with(set, sets))
        .api_route("/doctors/hours/copy", post_with(copy, copies))
        .api_route(DAYS, post_with(add_day, adds_day))
        .api_route("/doctors/{user_id}/days/{exception_id}", delete_with(remove_day, removes_day))
}

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("availability.hours", "A doctor's weekly hours, and the days that differ")(operation).description(
        "What holds today or later. Times are of the hospital's clock. A doctor without any hours can be booked at every \
         time but for holidays, days that fall out, and leave.",
    )
}

fn sets(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &["availability.not_yours", "availability.overlap", "doctors.no_room"];
    refuses(op("availability.set_hours", "Give a doctor the hours of a week"), CODES)(operation).description(
        "In place of what held between `valid_from` (today if left out) and `valid_until` (for good if left out); hours \
         before and behind stay. Doctors write their own, whoever holds `settings:update` or `users:update` everybody's. \
         Bookings that are there stay.",
    )
}

fn copies(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &["availability.no_opening_hours", "availability.nobody_needs_hours"];
    refuses(op("availability.copy_hours", "Copy the opening hours to all doctors who have none"), CODES)(operation)
        .description(
            "From today on, with the slot length and the room of each doctor's profile. Doctors who have hours, or take no \
             bookings, are left as they are.",
        )
}

fn adds_day(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &["availability.not_yours", "availability.overlap", "doctors.no_room"];
    refuses(op("availability.add_day", "Add hours on one day, or let some fall out"), CODES)(operation).description(
        "`EXTRA` needs both times; `CLOSED` without times is the whole day. Hours do not open on a holiday of the hospital. \
         Bookings that are there stay: for an absence with bookings take leave.",
    )
}

fn removes_day(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("availability.remove_day", "Take back that a day differs"), &["availability.not_yours"])(
        operation,
    )
}

/// A doctor's hours.
#[derive(Serialize, JsonSchema)]
struct DoctorHours {
    user_id: UserId,
    /// Whether they bind bookings: false as long as none were ever written.
    has_hours: bool,
    /// By weekday and time.
    hours: Vec<WeeklyHours>,
    /// By day.
    days: Vec<DifferentDay>,
}

/// Hours of one weekday.
#[derive(Serialize, JsonSchema)]
struct WeeklyHours {
    weekday: Weekday,
    /// On the hospital's clock: `09:00`.
    starts_at: String,
    /// `24:00` is the end of the day.
    ends_at: String,
    slot_minutes: u16,
    room_id: Option<RoomId>,
    valid_from: Date,
    /// `null`: for good.
    valid_until: Option<Date>,
}

impl From<Hours> for WeeklyHours {
    fn from(hours: Hours) -> Self {
        Self {
            weekday: hours.weekday,
            starts_at: clock(hours.starts),
            ends_at: clock(hours.ends),
            slot_minutes: hours.slot_minutes,
            room_id: hours.room_id,
            valid_from: hours.valid_from,
            valid_until: hours.valid_until,
        }
    }
}

/// A day on which a doctor's hours differ.
#[derive(Serialize, JsonSchema)]
struct DifferentDay {
    id: ExceptionId,
    on_date: Date,
    kind: Kind,
    /// On the hospital's clock: `09:00`.
    starts_at: String,
    /// `24:00` is the end of the day.
    ends_at: String,
    /// Of extra hours.
    slot_minutes: Option<u16>,
    room_id: Option<RoomId>,
    note: Option<String>,
    made_by_id: UserId,
    made_at: Timestamp,
}

impl From<Exception> for DifferentDay {
    fn from(day: Exception) -> Self {
        Self {
            id: day.id,
            on_date: day.on,
            kind: day.kind,
            starts_at: clock(day.starts),
            ends_at: clock(day.ends),
            slot_minutes: day.slot_minutes,
            room_id: day.room_id,
            note: day.note,
            made_by_id: day.made_by,
            made_at: day.made_at,
        }
    }
}

async fn view(tx: &TenantTx, doctor: UserId) -> Result<DoctorHours, AppError> {
    let today = patients::hospital_now(tx).date();
    Ok(DoctorHours {
        user_id: doctor,
        has_hours: super::has_hours(tx, doctor).await?,
        hours: super::hours(tx, doctor, today).await?.into_iter().map(WeeklyHours::from).collect(),
        days: super::exceptions(tx, doctor, today).await?.into_iter().map(DifferentDay::from).collect(),
    })
}

async fn show(tx: Authorized<View>, Path(id): Path<UserId>) -> Result<Json<DoctorHours>, AppError> {
    doctors::named(&tx, id).await?;
    let view = view(&tx, id).await?;
    tx.commit(Audit::viewed(id).with(json!({ "part": "hours" })), Json(view)).await
}

/// A week's hours to be set.
#[derive(Deserialize, JsonSchema)]
struct SetHours {
    /// First day; today if left out.
    #[schemars(with = "Option<Date>")]
    valid_from: Option<String>,
    /// Last day; for good if left out.
    #[schemars(with = "Option<Date>")]
    valid_until: Option<String>,
    /// Any number for one weekday; none: not there on it. Nothing at all: no hours in that time.
    #[schemars(required, length(max = 56))]
    hours: Option<Vec<SetSpan>>,
}

/// Hours of one weekday to be set.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SetSpan {
    #[schemars(required, with = "Weekday")]
    weekday: String,
    /// On the hospital's clock: `09:00`.
    #[schemars(required)]
    starts_at: String,
    /// `24:00` is the end of the day.
    #[schemars(required)]
    ends_at: String,
    /// 15, 30, 45 or 60; that of the doctor's profile if left out.
    slot_minutes: Option<i64>,
    /// That of the doctor's profile if left out.
    room_id: Option<RoomId>,
}

async fn set(
    tx: Authorized<Write>,
    Path(id): Path<UserId>,
    Json(body): Json<SetHours>,
) -> Result<Reply<DoctorHours>, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    let mut errors = FieldErrors::default();
    match &body.hours {
        None => errors.add("hours", "This is needed; an empty list is no hours."),
        Some(hours) if hours.len() > 56 => errors.add("hours", "Write at most 8 spans for each day."),
        Some(_) => {}
    }
    errors.finish()?;
    let typed: Vec<TypedSpan<'_>> = body
        .hours
        .iter()
        .flatten()
        .map(|span| TypedSpan {
            weekday: &span.weekday,
            starts_at: &span.starts_at,
            ends_at: &span.ends_at,
            slot_minutes: span.slot_minutes,
            room_id: span.room_id,
        })
        .collect();
    let today = patients::hospital_now(&tx).date();
    let days = (body.valid_from.as_deref(), body.valid_until.as_deref());
    let week = NewWeek::parse(&typed, days, doctor.facts.slot_minutes, today)?;
    super::set_hours(&tx, id, &week).await?;
    let view = view(&tx, id).await?;
    tx.commit(super::audit_of_week(id, &week), Reply::new(view)).await
}

/// Who got hours.
#[derive(Serialize, JsonSchema)]
struct CopiedHours {
    /// How many doctors.
    given: usize,
    user_ids: Vec<UserId>,
}

async fn copy(tx: Authorized<WriteAll>) -> Result<Reply<CopiedHours>, AppError> {
    let today = patients::hospital_now(&tx).date();
    let user_ids = super::copy_to_all(&tx, today).await?;
    let audit = super::audit_of_copy(&user_ids);
    tx.commit(audit, Reply::new(CopiedHours { given: user_ids.len(), user_ids })).await
}

/// A day that differs, to be added.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AddDay {
    #[schemars(required, with = "Date")]
    on_date: String,
    #[schemars(required, with = "Kind")]
    kind: String,
    /// On the hospital's clock: `09:00`.
    starts_at: String,
    /// `24:00` is the end of the day.
    ends_at: String,
    /// Of extra hours: 15, 30, 45 or 60; that of the doctor's profile if left out.
    slot_minutes: Option<i64>,
    room_id: Option<RoomId>,
    #[schemars(length(max = 200))]
    note: Option<String>,
}

async fn add_day(
    tx: Authorized<Write>,
    Path(id): Path<UserId>,
    Json(body): Json<AddDay>,
) -> Result<Created<DifferentDay>, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    let typed = TypedDay {
        on_date: &body.on_date,
        kind: &body.kind,
        starts_at: &body.starts_at,
        ends_at: &body.ends_at,
        slot_minutes: body.slot_minutes,
        room_id: body.room_id,
        note: body.note.as_deref(),
    };
    let new = typed.parse(doctor.facts.slot_minutes, patients::hospital_now(&tx).date())?;
    let day = super::add_day(&tx, id, &new).await?;
    tx.commit(super::audit_of_day("created", &day), Reply::new(day.into())).await
}

async fn remove_day(
    tx: Authorized<Write>,
    Path((id, day)): Path<(UserId, ExceptionId)>,
) -> Result<NoContent, AppError> {
    let day = super::remove_day(&tx, id, day).await?;
    tx.commit(super::audit_of_day("removed", &day), NoContent).await
}
