//! Hospitals as the platform sees them: the list, suspending one and activating it again.
//!
//! Invariants: of two who change a hospital at once, one succeeds (the condition stands in the UPDATE); a suspended
//! hospital is refused on every instance within a second (the change is announced in its transaction); suspending and
//! activating is no way around the confirmation of an e-mail address (`suspended_from`).
//!
//! Elsewhere: how a hospital comes to be (`platform::signup`), what it may hold (limits, not yet).

mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::HospitalView;
pub use model::{Asked, Counts, Hospital, HospitalError, Sort, Totals, Wanted, search_text};

use serde_json::json;

use crate::access::{self, Audit, Module, PlatformTx};
use crate::identity::actor::TenantStatus;
use crate::identity::registry::Change;
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
    statements: &[store::STATEMENTS],
    problems: &[HospitalError::CODES],
    docs: Some(Chapter::new(
        Part::Platform,
        "Hospitals",
        "For the platform's operators: who signed up, how much they use, and stopping one or letting it back in. They \
         see counts, never a patient.",
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
    let total = counts(tx, wanted.search.as_deref()).await?.of(wanted.status);
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

/// How many of a hospital's people are signed in at the moment.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn signed_in(tx: &PlatformTx, id: TenantId) -> Result<i64, AppError> {
    Ok(store::signed_in(tx, id).await?)
}

/// Suspend a hospital: its people are refused everywhere within a second of COMMIT. Nothing of its data changes.
/// Returns the hospital and the audit row to commit with.
///
/// # Errors
/// [`HospitalError`], all but `AlreadyActive`.
pub async fn suspend(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    let Some(was) = store::suspend(tx, id, asked.seen).await? else {
        return Err(match find(tx, id).await?.status {
            TenantStatus::Suspended => HospitalError::AlreadySuspended,
            TenantStatus::Inactive => HospitalError::Inactive,
            _ => HospitalError::Changed,
        }
        .into());
    };
    changed(tx, id, "suspended", was, asked).await
}

/// Activate a hospital: a suspended one goes back to where it was, so an unconfirmed one stays unconfirmed. One that
/// is not suspended becomes active: the operator vouches for its address. Returns the hospital and the audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], [`HospitalError::AlreadyActive`] or [`HospitalError::Changed`].
pub async fn activate(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    let before = find(tx, id).await?;
    if before.status == TenantStatus::Active {
        return Err(HospitalError::AlreadyActive.into());
    }
    let seen_is_newest = asked.seen.is_none_or(|seen| seen == i64::from(before.version));
    if !seen_is_newest || !store::activate(tx, id, before.version).await? {
        return Err(match find(tx, id).await?.status {
            TenantStatus::Active => HospitalError::AlreadyActive,
            _ => HospitalError::Changed,
        }
        .into());
    }
    changed(tx, id, "activated", before.status, asked).await
}

/// Tell every instance, and describe what was done.
async fn changed(
    tx: &PlatformTx,
    id: TenantId,
    verb: &'static str,
    was: TenantStatus,
    asked: &Asked,
) -> Result<(Hospital, Audit), AppError> {
    access::announce(tx, &Change::Tenant(id.0)).await?;
    let hospital = find(tx, id).await?;
    let mut detail = json!({ "from": was, "to": hospital.status });
    if let Some(reason) = &asked.reason {
        detail["reason"] = json!(reason);
    }
    Ok((hospital, Audit::did(verb, id).with(detail)))
}
