//! The platform's own audit, read by operators: what was done on the platform, who gave a wrong password, what
//! operators tried and may not do.
//!
//! Invariants: these are rows of the platform, which knows hospitals and accounts and never a patient; no statement here
//! visits a hospital's schema, so no operator reads a hospital's trail (`clinic::audit`); reading is itself on record.
//! Failed sign-ins of accounts that do not exist are nobody's, and are seen here alone.

mod api;
mod domain;
mod input;
mod model;
mod pages;
mod store;

pub use model::{
    MOST_IN_A_FILE, OperatorRefusal, PlatformAuditError, PlatformEvent, PlatformFailure, WantedEvents,
};

use crate::access::{Module, PlatformTx};
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::{LongPage, MOST_COUNTED, PageRequest};
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "platform_audit:view" "Read the platform's audit";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[PlatformAuditError::CODES],
    docs: Some(Chapter::new(
        Part::Platform,
        "Audit of the platform",
        "For operators: what was done on the platform, failed sign-ins, refused operators. A hospital's own trail is its \
         own: operators cannot read it.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Platform,
        order: 85,
        group: "Control",
        label: "Audit",
        href: "/console/audit",
        icon: Icon("list-search"),
        key: "",
        permission: "platform_audit:view",
    }],
    ..Module::named("audit")
};

/// One page of the lines that are wanted, newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn list(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    page: PageRequest,
) -> Result<LongPage<PlatformEvent>, AppError> {
    let items = store::page(tx, wanted, page).await?;
    Ok(page.long(items, store::counted(tx, wanted, MOST_COUNTED + 1).await?))
}

/// One page of the failed sign-ins that are wanted (by hospital and period), newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn failed(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    page: PageRequest,
) -> Result<LongPage<PlatformFailure>, AppError> {
    let items = store::failed(tx, wanted, page).await?;
    Ok(page.long(items, store::failed_counted(tx, wanted, MOST_COUNTED + 1).await?))
}

/// One page of what operators tried and may not do (by period), newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn refused(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    page: PageRequest,
) -> Result<LongPage<OperatorRefusal>, AppError> {
    let items = store::refused(tx, wanted, page).await?;
    Ok(page.long(items, store::refused_counted(tx, wanted, MOST_COUNTED + 1).await?))
}

/// The name of a hospital, for the filter that names it.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn hospital_name(tx: &PlatformTx, id: TenantId) -> Result<Option<String>, AppError> {
    Ok(store::hospital_name(tx, id).await?)
}
