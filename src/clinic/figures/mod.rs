//! Numbers of the hospital's day: for the start page and for the contract's dashboard.
//!
//! It has no tables of its own. The numbers are those of the lists behind them: by the hospital's day, without practice,
//! without people of whom the reader may not know, and of the reader's own where a rule of the hospital holds for them.
//! What somebody may not see at all is 0. A super-admin, who sees no hospital's numbers, gets the platform's totals.

mod api;
mod model;
mod store;

pub use model::{Day, Range, Trends};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::access::{Module, TenantTx};
use crate::clinic::patients::{self, Rule, Viewer};
use crate::kernel::AppError;
use crate::permissions;
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "dashboard:view" "See the dashboard";
    Manage = "tenants:manage" "Manage hospitals";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    docs: Some(Chapter::new(
        Part::Hospital,
        "Dashboard",
        "The day in numbers, as far as whoever asks may know of it, and how patients and appointments went lately.",
    )),
    api: Some(api::router),
    ..Module::named("figures")
};

/// For whom the reader stands, where the hospital shows them their own alone: as in the list of appointments.
async fn own(tx: &TenantTx) -> Result<store::Own, AppError> {
    Ok(match Viewer::of(tx).rule {
        Rule::Own => Some(patients::acts_for(tx).await?),
        Rule::Everybody | Rule::Department => None,
    })
}

/// From the beginning of one day of the hospital to the end of another.
fn between(first: Date, last: Date, zone: &TimeZone) -> Result<(Timestamp, Timestamp), AppError> {
    let start = |day: Date| day.to_zoned(zone.clone()).map(|start| start.timestamp());
    let after = last.checked_add(1.day()).map_err(AppError::internal)?;
    Ok((start(first).map_err(AppError::internal)?, start(after).map_err(AppError::internal)?))
}

/// The day of the hospital, for somebody who may see appointments.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn day(tx: &TenantTx) -> Result<Day, AppError> {
    let now = patients::hospital_now(tx);
    let today = between(now.date(), now.date(), now.time_zone())?;
    let own = own(tx).await?;
    Ok(store::day(tx, today, &own).await?)
}

/// What a dashboard shows.
#[derive(Debug, Default)]
struct Figures {
    day: Day,
    /// At most 10,000.
    upcoming: i64,
    trends: Trends,
    active_staff: i64,
}

/// Look, as far as the person behind this transaction may.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn look(tx: &TenantTx, range: Range) -> Result<Figures, AppError> {
    let holds = |code: &str| tx.person().is_some_and(|person| person.holds(code));
    let now = patients::hospital_now(tx);
    let days = range.of(now.date());
    let first = days.first().copied().unwrap_or(now.date());
    let stretch = between(first, now.date(), now.time_zone())?;
    let mut figures = Figures::default();
    figures.trends.registered = days.into_iter().map(|day| (day, 0)).collect();
    if holds("appointments:view") {
        let own = own(tx).await?;
        let today = between(now.date(), now.date(), now.time_zone())?;
        figures.day = store::day(tx, today, &own).await?;
        figures.upcoming = store::upcoming(tx, &own).await?;
        store::statuses(tx, stretch, &own, &mut figures.trends).await?;
    }
    if holds("patients:view") {
        store::registered(tx, stretch, now.date(), &mut figures.trends).await?;
    }
    if holds("users:view") {
        figures.active_staff = store::active_staff(tx).await?;
    }
    Ok(figures)
}
