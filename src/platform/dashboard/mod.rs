//! The platform at a glance: hospitals by where they stand, sign-ups, who is near a limit, what has failed.
//!
//! It has no tables of its own; each part asks the capability that owns the facts. Counts only, never a patient.

mod api;
mod model;
mod pages;
mod store;
mod views;

use jiff::SignedDuration;
use jiff::civil::Date;

use crate::access::{Module, PlatformTx};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::paging::PageRequest;
use crate::permissions;
use crate::platform::health::{self, Health};
use crate::platform::hospitals::{self, Counts, Hospital, Sort, Totals, Wanted};
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

use model::{By, Signups};

permissions! {
    View = "tenants:manage" "Manage hospitals";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    docs: Some(Chapter::new(
        Part::Platform,
        "Overview of the platform",
        "Hospitals, sign-ups, limits and failures in one answer, for the first page of the operators' console.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Platform,
        order: 5,
        group: "",
        label: "Overview",
        href: "/console",
        icon: Icon("layout-dashboard"),
        key: "o",
        permission: "tenants:manage",
    }],
    ..Module::named("dashboard")
};

/// How many hospitals near a limit, and how many of the last sign-ups are told.
const SOME: i64 = 8;
/// A sign-up that is not confirmed by then may have a wrong address.
const WAITS_LONG: SignedDuration = SignedDuration::from_hours(24);

/// The platform at a glance.
struct Overview {
    counts: Counts,
    totals: Totals,
    by: By,
    signups: Vec<Signups>,
    near_limit: Vec<Hospital>,
    near_limit_total: i64,
    last_signups: Vec<Hospital>,
    waiting_long: i64,
    health: Health,
}

/// Look.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn look(app: &App, tx: &PlatformTx, by: By) -> Result<Overview, AppError> {
    let (near_limit, near_limit_total) = hospitals::near_limit(tx, SOME).await?;
    let page = PageRequest { page: 1, page_size: SOME };
    let newest = Wanted { status: None, restricted: None, search: None, sort: Sort::CreatedDown, page };
    let counts = hospitals::counts(tx, None).await?;
    Ok(Overview {
        counts,
        totals: hospitals::totals(tx).await?,
        by,
        signups: signups(tx, by).await?,
        near_limit,
        near_limit_total,
        last_signups: hospitals::list(tx, &newest).await?.items,
        waiting_long: store::waiting_since(tx, tx.now() - WAITS_LONG).await?,
        health: health::look(app, tx).await?,
    })
}

/// Sign-ups in each of the last days or weeks (UTC), the oldest first; also those without any.
async fn signups(tx: &PlatformTx, by: By) -> Result<Vec<Signups>, AppError> {
    let today = tx.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let first_days = by.first_days(today);
    let since = first_days.first().copied().unwrap_or(today);
    let since = since.to_zoned(jiff::tz::TimeZone::UTC).map_err(AppError::internal)?.timestamp();
    let counted = store::signups(tx, by.unit(), since).await?;
    let of = |day: Date| counted.iter().find(|(first_day, _)| *first_day == day).map_or(0, |(_, n)| *n);
    Ok(first_days.into_iter().map(|day| Signups { first_day: day, hospitals: of(day) }).collect())
}
