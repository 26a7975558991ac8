//! Times of one doctor and day that can be booked, for a form. Booking proves them.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::reading::busy;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{Busy, is_on_grid};
use crate::clinic::availability;
use crate::clinic::doctors::Doctor;
use crate::kernel::AppError;

/// What a day has to offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// In order.
    pub times: Vec<Timestamp>,
    /// Why there are none, where it is not that all are taken.
    pub why: Option<String>,
}

/// Hours that are offered of a doctor who has none written.
const USUAL: std::ops::RangeInclusive<i8> = 6..=21;

/// Free times of a doctor on a day of the hospital, later than now.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn free_times(tx: &TenantTx, doctor: &Doctor, day: Date) -> Result<Day, AppError> {
    let zone = &tx.hospital().zone;
    let start = day.to_zoned(zone.clone()).map_err(AppError::internal)?;
    let end = start.checked_add(1.day()).map_err(AppError::internal)?;
    let (from, until) = (start.timestamp(), end.timestamp());
    let stretches = availability::open(tx, &[doctor.user_id], from, until).await?;
    let mut times: Vec<Timestamp> = stretches.iter().flat_map(availability::slots).collect();
    if stretches.is_empty() {
        // Nobody has written hours, or the doctor is not there: one time of the day tells which.
        let noon = day.at(12, 0, 0, 0).to_zoned(zone.clone()).map_err(AppError::internal)?.timestamp();
        match availability::ask(tx, doctor.user_id, noon, None).await {
            Ok(_) => times = quarters(from, until, zone),
            Err(AppError::Problem(problem)) => {
                return Ok(Day { times: Vec::new(), why: Some(problem.detail.into_owned()) });
            }
            Err(error) => return Err(error),
        }
    }
    let taken = busy(tx, &[doctor.user_id], from, until).await?;
    let places = 1 + usize::from(doctor.facts.overbooking);
    times.retain(|at| *at > tx.now() && is_on_grid(*at) && held_at(&taken, *at) < places);
    times.sort_unstable();
    times.dedup();
    Ok(Day { times, why: None })
}

fn held_at(taken: &[Busy], at: Timestamp) -> usize {
    taken.iter().filter(|busy| busy.starts_at <= at && at < busy.ends_at).count()
}

fn quarters(from: Timestamp, until: Timestamp, zone: &jiff::tz::TimeZone) -> Vec<Timestamp> {
    let seconds = (from.as_second()..until.as_second()).step_by(900);
    let times = seconds.filter_map(|second| Timestamp::from_second(second).ok());
    times.filter(|at| USUAL.contains(&at.to_zoned(zone.clone()).hour())).collect()
}
