//! Hospitals as the platform sees them: the list, how each stands, what it may hold and what it uses.
//!
//! Invariants: of two who change a hospital at once, one succeeds (the condition stands in the UPDATE); a change holds
//! on every instance within a second (it is announced in its transaction), and the hospital's administrators have a
//! mail about it in the same transaction; suspending and activating is no way around the confirmation of an e-mail
//! address (`suspended_from`). Restricting a hospital leaves its status as it is: what waits then is decided by the
//! gate (`access::PAUSED`). No limit is set below what is there, and each stage of one is told once. A limit that is raised for some hours falls
//! back by itself: whoever asks for it compares the time (`Ceiling`).
//!
//! Elsewhere: how a hospital comes to be (`platform::signup`), who holds the limits (`clinic::patients`, `clinic::staff`).

mod api;
mod domain;
mod model;
mod pages;
mod store;
mod views;

pub use api::HospitalView;
pub use domain::{
    Recounted, Reset, activate, administrators, events, lift, measure, measure_all, recount, reject,
    reset_password, reset_second_factor, restrict, set_limits, suspend, warn,
};
pub use model::{
    Administrator, Asked, Counts, Event, Hospital, HospitalError, Limit, Limits, MAX_RAISE_HOURS,
    Restriction, Sort, Storage, Totals, Used, Wanted, raise_hours, search_text,
};
pub use views::{HospitalRow, bytes};

use crate::access::{Module, PlatformTx};
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::Page;
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

permissions! {
    Manage = "tenants:manage" "Manage hospitals";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: store::ALL,
    problems: &[HospitalError::CODES],
    docs: Some(Chapter::new(
        Part::Platform,
        "Hospitals",
        "For the platform's operators: who signed up, how much they use and may use, and restricting or stopping one or \
         letting it back in. They see counts, never a patient.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Platform,
        order: 10,
        group: "",
        label: "Hospitals",
        href: "/console/hospitals",
        icon: Icon("building-hospital"),
        key: "h",
        permission: "tenants:manage",
    }],
    ..Module::named("hospitals")
};

/// One page of the hospitals that are wanted.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(tx: &PlatformTx, wanted: &Wanted) -> Result<Page<Hospital>, AppError> {
    let items = store::page(tx, wanted).await?;
    let total = counts(tx, wanted.search.as_deref()).await?.of(wanted.status, wanted.restricted);
    Ok(wanted.page.envelope(items, total))
}

/// How many hospitals that match the text stand where.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn counts(tx: &PlatformTx, search: Option<&str>) -> Result<Counts, AppError> {
    Ok(store::counts(tx, search).await?)
}

/// What the platform holds in all.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn totals(tx: &PlatformTx) -> Result<Totals, AppError> {
    Ok(store::totals(tx).await?)
}

/// The hospital with this id.
///
/// # Errors
/// [`HospitalError::NotFound`].
pub async fn find(tx: &PlatformTx, id: TenantId) -> Result<Hospital, AppError> {
    Ok(store::find(tx, id).await?.ok_or(HospitalError::NotFound)?)
}

/// The hospital with this licence number, in any case.
///
/// # Errors
/// [`HospitalError::NotFound`].
pub async fn find_by_license(tx: &PlatformTx, license: &str) -> Result<Hospital, AppError> {
    Ok(store::find_by_license(tx, license).await?.ok_or(HospitalError::NotFound)?)
}

/// Hospitals that were told that a limit is near, by name, and how many there are.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn near_limit(tx: &PlatformTx, at_most: i64) -> Result<(Vec<Hospital>, i64), AppError> {
    Ok(store::near_limit(tx, at_most).await?)
}

/// How many patients are in a hospital at the moment: checked in or with a doctor. None if its schema cannot tell.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn patients_here(tx: &PlatformTx, id: TenantId) -> Result<Option<i64>, AppError> {
    Ok(store::patients_here(tx, id).await?)
}

/// How many of a hospital's people are signed in at the moment.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn signed_in(tx: &PlatformTx, id: TenantId) -> Result<i64, AppError> {
    Ok(store::signed_in(tx, id).await?)
}
