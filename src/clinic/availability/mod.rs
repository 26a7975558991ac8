//! When doctors are there: weekly hours, days that differ, leave.
//!
//! Hours are times of the hospital's clock (`clock` says what becomes of them when it jumps), leave is from an instant to
//! another. Holidays of the hospital close every day, whatever a doctor's hours say. A doctor who has no hours at all is
//! bound by holidays, by what falls out and by leave alone, so that a hospital can book before it has written hours.
//!
//! Invariants, kept by the database: hours of a doctor do not overlap while both hold (`doctor_hours_no_overlap`), nor do
//! two leaves (`doctor_leaves_no_overlap`). Who books holds the doctor's row together with others who book ([`check`]), who
//! takes leave or changes hours holds it alone ([`hold_all`]): no booking goes unseen by a leave, and none slips into one.

mod api;
mod clock;
mod domain;
mod input;
mod model;
mod pages;
mod plan;
mod store;

pub use clock::{DAY, clock, instant};
pub use domain::{
    add_day, all_leaves, copy_to_all, exceptions, hold_all, hold_together, hours, leave, leaves, may_write,
    remove_day, set_hours, take_leave, withdraw_leave,
};
pub use input::{NewDay, NewWeek, TypedDay, TypedLeave, TypedSpan, WeekSpan, day, days, field, range};
pub use model::{
    AvailabilityError, Exception, ExceptionId, Hours, Kind, Leave, LeaveId, LeaveKind, NewLeave, Open,
    Stretch,
};
pub use plan::slots;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use crate::access::{Audit, Module, TenantTx};
use crate::app::{ChecklistLine, Done};
use crate::clinic::{doctors, profile};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::words;
use plan::{Plan, Shut};

permissions! {
    View = "appointments:view" "See appointments";
    /// Their own hours and leave; whoever may change settings or staff writes everybody's hours ([`may_write`]).
    Write = "appointments:update_status" "Move appointments along";
    WriteAll = "settings:update" "Change settings";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[AvailabilityError::CODES],
    docs: doctors::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    checklist: &[ChecklistLine {
        key: "doctor_hours",
        order: 60,
        label: "Set doctors' hours",
        why: "Once for all of them, from the opening hours; what differs afterwards. Then the desk sees which times are free.",
        href: "/doctors/hours",
        permission: "settings:update",
        done: Done::Rows(&store::HOURS_TOLD),
    }],
    ..Module::named("availability")
};

/// No appointment is longer.
const LONGEST_HOURS: i64 = 24;

/// Whether a doctor can be booked at a time, and what a booking then has: the length (`minutes`, or that of the hours), the
/// room, and how many more may be booked into the slot. Holds the doctor against leave until the transaction ends.
///
/// # Errors
/// 404 for nobody of the staff, [`AvailabilityError`].
pub async fn check(
    tx: &TenantTx,
    doctor: UserId,
    starts_at: Timestamp,
    minutes: Option<u16>,
) -> Result<Open, AppError> {
    decided(tx, doctor, (starts_at, minutes), true).await
}

/// The same for who only asks: nobody is held, so it may be another thing a moment later.
///
/// # Errors
/// As [`check`].
pub async fn ask(
    tx: &TenantTx,
    doctor: UserId,
    starts_at: Timestamp,
    minutes: Option<u16>,
) -> Result<Open, AppError> {
    decided(tx, doctor, (starts_at, minutes), false).await
}

async fn decided(
    tx: &TenantTx,
    doctor: UserId,
    (starts_at, minutes): (Timestamp, Option<u16>),
    hold: bool,
) -> Result<Open, AppError> {
    let booked = store::booked(tx, doctor, hold).await?.ok_or_else(|| Problem::not_found("The doctor"))?;
    if !booked.accepts_bookings {
        return Err(AvailabilityError::NotAccepting.into());
    }
    let zone = tx.hospital().zone.clone();
    let latest = starts_at.checked_add(LONGEST_HOURS.hours()).map_err(AppError::internal)?;
    let plan = plan(tx, &[doctor], starts_at, latest).await?;
    let hours = plan.hours_at(&zone, doctor, starts_at);
    let minutes = minutes.or(hours.as_ref().map(|hours| hours.slot_minutes)).unwrap_or(booked.slot_minutes);
    let ends_at = starts_at.checked_add(i64::from(minutes).minutes()).map_err(AppError::internal)?;
    match plan.shut(&zone, doctor, (starts_at, ends_at), booked.has_hours) {
        Some(shut) => Err(refusal(tx, shut).into()),
        None => Ok(Open {
            minutes,
            room_id: hours.and_then(|hours| hours.room_id).or(booked.room_id),
            overbooking: booked.overbooking,
        }),
    }
}

fn refusal(tx: &TenantTx, shut: Shut) -> AvailabilityError {
    let zone = tx.hospital().zone.clone();
    match shut {
        Shut::Leave { until } => {
            let today = tx.now().to_zoned(zone.clone()).date();
            AvailabilityError::OnLeave(words::moment(&until.to_zoned(zone), today))
        }
        Shut::Holiday(name) => AvailabilityError::Closed(format!("The hospital is closed that day: {name}.")),
        Shut::Closed => AvailabilityError::Closed("The doctor's hours fall out at that time.".to_owned()),
        Shut::OutsideHours => AvailabilityError::OutsideHours,
    }
}

/// When these doctors can be booked within a range, by doctor and time: their hours without holidays, what falls out, and
/// leave. Bookings are not looked at; a doctor without hours has none.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn open(
    tx: &TenantTx,
    doctors: &[UserId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Stretch>, AppError> {
    if doctors.is_empty() || until <= from {
        return Ok(Vec::new());
    }
    let plan = plan(tx, doctors, from, until).await?;
    let zone = &tx.hospital().zone;
    Ok(doctors.iter().flat_map(|doctor| plan.stretches(zone, *doctor, from, until)).collect())
}

/// One day of a doctor as pages show it.
#[derive(Debug)]
pub struct Day {
    pub date: Date,
    /// When the doctor can be booked.
    pub open: Vec<Stretch>,
    /// What closes all or some of the day's hours: "Diwali", "Away", "Hours fall out".
    pub why: Option<String>,
}

/// A doctor's days from one on.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn of_days(tx: &TenantTx, doctor: UserId, first: Date, many: i32) -> Result<Vec<Day>, AppError> {
    let zone = &tx.hospital().zone;
    let dates: Vec<Date> = first.series(1.day()).take(usize::try_from(many).unwrap_or_default()).collect();
    let (Some(from), Some(until)) =
        (instant(zone, first, 0), dates.last().and_then(|last| instant(zone, *last, DAY)))
    else {
        return Ok(Vec::new());
    };
    let plan = plan(tx, &[doctor], from, until).await?;
    Ok(dates.into_iter().map(|date| plan.of_day_for_pages(zone, doctor, date)).collect())
}

/// Who of these is away at an instant, and until when.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn away(
    tx: &TenantTx,
    doctors: &[UserId],
    at: Timestamp,
) -> Result<BTreeMap<UserId, Timestamp>, AppError> {
    let a_moment_later = at.checked_add(1.second()).map_err(AppError::internal)?;
    let leaves = store::leaves(tx, doctors, at, a_moment_later).await?;
    Ok(leaves.into_iter().map(|leave| (leave.doctor, leave.ends_at)).collect())
}

/// Everything that decides when these doctors can be booked within a range.
async fn plan(
    tx: &TenantTx,
    doctors: &[UserId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Plan, AppError> {
    let zone = &tx.hospital().zone;
    let (first, last) = (from.to_zoned(zone.clone()).date(), until.to_zoned(zone.clone()).date());
    Ok(Plan {
        hours: store::hours(tx, doctors, first, last).await?,
        exceptions: store::exceptions(tx, doctors, first, last).await?,
        leaves: store::leaves(tx, doctors, from, until).await?,
        holidays: profile::holidays_of(tx).await?,
    })
}

/// Whether a doctor's hours bind bookings: some were written at some time.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn has_hours(tx: &TenantTx, doctor: UserId) -> Result<bool, AppError> {
    Ok(store::has_hours(tx, doctor).await?)
}

/// Which days and how many spans; the hours themselves are in the table.
fn audit_of_week(doctor: UserId, week: &NewWeek) -> Audit {
    Audit::did("hours_set", doctor).with(json!({
        "valid_from": week.valid_from, "valid_until": week.valid_until, "spans": week.spans.len(),
    }))
}

/// A row for each doctor who got hours.
fn audit_of_copy(doctors: &[UserId]) -> Audit {
    let mut rows = doctors.iter().map(|doctor| Audit::did("hours_copied", *doctor));
    let first = rows.next().unwrap_or_else(|| Audit::listed("user", 0));
    rows.fold(first, Audit::and)
}

fn audit_of_day(verb: &'static str, day: &Exception) -> Audit {
    Audit::did(verb, day.id).with(json!({ "user_id": day.doctor, "on_date": day.on, "kind": day.kind }))
}

/// Which of these doctors have hours that hold at a day or later.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn have_hours(tx: &TenantTx, doctors: &[UserId], on: Date) -> Result<Vec<UserId>, AppError> {
    Ok(store::have_hours(tx, doctors, on).await?)
}
