//! When doctors are there: weekly hours, days that differ, leave.
//!
//! Hours are times of the hospital's clock (`clock` says what becomes of them when it jumps), leave is from an instant to
//! another. Holidays of the hospital close every day, whatever a doctor's hours say. A doctor who has no hours at all is
//! bound by holidays, by what falls out and by leave alone, so that a hospital can book before it has written hours.
//!
//! Invariants, kept by the database: hours of a doctor do not overlap while both hold (`doctor_hours_no_overlap`), nor do
//! two leaves (`doctor_leaves_no_overlap`). Who books holds the doctor's row together with others who book ([`check`]), who
//! takes leave or changes hours holds it alone ([`hold`]): no booking goes unseen by a leave, and none slips into one.

mod clock;
mod model;
mod plan;
mod store;

pub use clock::{DAY, instant};
pub use model::{
    AvailabilityError, Exception, ExceptionId, Hours, Kind, Leave, LeaveId, LeaveKind, NewLeave, Open,
    Stretch,
};
pub use plan::slots;

use jiff::{Timestamp, ToSpan as _};

use crate::access::{Module, TenantTx};
use crate::clinic::profile;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::web::words;
use plan::{Plan, Shut};

/// This capability, for the registry.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[AvailabilityError::CODES],
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
    let booked = store::share(tx, doctor).await?.ok_or_else(|| Problem::not_found("The doctor"))?;
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
