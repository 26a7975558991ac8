//! How the platform itself is: which safeguards hold on this database, schemas in store, mail that waits.

mod api;
mod pages;
mod store;

use std::time::Duration;

use crate::access::{Module, PlatformTx};
use crate::db::{Safeguard, migrate};
use crate::kernel::AppError;
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "tenants:manage" "Manage hospitals";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    docs: Some(Chapter::new(
        Part::Platform,
        "Health of the platform",
        "What an operator looks at first: the database, the safeguards between hospitals, mail that waits.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Platform,
        order: 90,
        group: "Control",
        label: "Health",
        href: "/console/health",
        icon: Icon("heartbeat"),
        key: "",
        permission: "tenants:manage",
    }],
    ..Module::named("health")
};

/// What an operator looks at first.
#[derive(Debug)]
pub struct Health {
    pub server_version: String,
    pub safeguards: Vec<Safeguard>,
    /// Changes on other instances are heard; otherwise nothing is served from memory.
    pub listening: bool,
    pub schemas_ready: i64,
    pub schemas_behind: i64,
    pub schemas_failed: i64,
    pub mails_waiting: i64,
    pub mails_failed: i64,
    /// Age of the oldest mail that waits.
    pub oldest_mail: Option<Duration>,
    pub jobs_waiting: i64,
    /// Those that are not tried again.
    pub jobs_failed: i64,
}

/// Look.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn look(app: &crate::app::App, tx: &PlatformTx) -> Result<Health, AppError> {
    let row = store::counts(tx, migrate::tenant_version()).await?;
    let seconds: Option<i64> = row.get("oldest_mail_seconds");
    Ok(Health {
        server_version: app.db.report.server_version.clone(),
        safeguards: app.db.report.safeguards.clone(),
        listening: app.registry.is_live(),
        schemas_ready: row.get("ready"),
        schemas_behind: row.get("behind"),
        schemas_failed: row.get("failed"),
        mails_waiting: row.get("mails_waiting"),
        mails_failed: row.get("mails_failed"),
        oldest_mail: seconds.and_then(|s| u64::try_from(s).ok()).map(Duration::from_secs),
        jobs_waiting: row.get("jobs_waiting"),
        jobs_failed: row.get("jobs_failed"),
    })
}
