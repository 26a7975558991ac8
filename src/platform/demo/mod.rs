//! The demo, as the platform knows it: which hospitals are one, who may look around in them, and what was asked for them.
//!
//! Here an act is only asked for: a row of `demo_tasks` and, for operators, a job. `crate::demo` does it. Invariants, kept
//! by the database: one act at a time, whoever asks and on whatever instance (`demo_tasks_one_at_a_time`), and when the
//! last one was is known to every instance and survives its end. An act whose doer fell silent is given up after a minute.

mod accounts;
mod api;
mod model;
mod pages;
mod store;

pub use accounts::{ACCOUNTS, Account, HOSPITALS, PASSWORD, Place, account, offered};
pub use model::{Action, DEFAULT_DAYS, DemoError, DemoHospital, MAX_DAYS, Status, Task};
pub use store::STATEMENTS;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::access::{self, Audit, Module, PlatformTx, SystemTask};
use crate::app::App;
use crate::identity::registry::Change;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::{AppError, DbError, Problem};
use crate::web::NoContent;
use crate::web::layout::{Console, Icon};
use crate::web::nav::NavEntry;
use crate::web::openapi::{Chapter, Part};
use crate::{ids, permissions};

ids! {
    /// Something that was asked for the demo.
    DemoTaskId = "demo_task";
}

permissions! {
    Manage = "tenants:manage" "Manage hospitals";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[STATEMENTS],
    problems: &[DemoError::CODES],
    docs: Some(Chapter::new(
        Part::Platform,
        "Demo",
        "Hospitals to look around in, with made-up patients. Only where the installation is in demo mode (`DEMO_MODE`).",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Platform,
        order: 65,
        group: "Run",
        label: "Demo data",
        href: PAGE,
        icon: Icon("player-play"),
        key: "",
        permission: "tenants:manage",
    }],
    ..Module::named("demo")
};

/// Where operators look after it.
pub const PAGE: &str = "/console/demo";

const TASK: SystemTask = SystemTask("demo");

/// Ask for an act. The job that does it begins after the caller's COMMIT.
///
/// # Errors
/// [`DemoError::Off`], [`DemoError::Running`].
async fn start(app: &App, tx: &PlatformTx, action: Action, days: i32) -> Result<(Task, Audit), AppError> {
    if !app.config.demo.mode {
        return Err(DemoError::Off.into());
    }
    let by = tx.person().map(|person| person.user);
    let task = ask(tx, action, by, days).await?;
    store::enqueue(tx, task.id).await?;
    let audit = Audit::created(task.id).with(json!({ "task_type": action.code() }));
    Ok((task, audit))
}

/// Note that an act is wanted. One that nobody does any more does not keep it waiting.
async fn ask(tx: &PlatformTx, action: Action, by: Option<UserId>, days: i32) -> Result<Task, AppError> {
    store::give_up(tx, tx.now()).await?;
    let id = DemoTaskId::new();
    let parameters = json!({ "action": action.word(), "freshen_days": days });
    let made = tx
        .attempt(async { Ok(store::insert(tx, id, by, action.code(), &parameters, tx.now()).await?) })
        .await;
    made.map_err(|error| match error.constraint() {
        Some("demo_tasks_one_at_a_time") => DemoError::Running.into(),
        _ => error,
    })?;
    find(tx, id).await
}

/// The act with this id.
///
/// # Errors
/// 404.
pub async fn find(tx: &PlatformTx, id: DemoTaskId) -> Result<Task, AppError> {
    Ok(store::find(tx, id).await?.ok_or_else(|| Problem::not_found("The task"))?)
}

/// The newest acts, and the demo hospitals.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn look(tx: &PlatformTx) -> Result<(Vec<Task>, Vec<DemoHospital>), AppError> {
    store::give_up(tx, tx.now()).await?;
    Ok((store::newest(tx).await?, store::hospitals(tx).await?))
}

// ------------------------------------------------------------------------- for `crate::demo`

/// Begin an act at the command line.
///
/// # Errors
/// [`DemoError::Running`].
pub async fn begin(app: &App, action: Action, days: i32) -> Result<Task, AppError> {
    let tx = access::system_platform(app, TASK).await?.audited();
    let task = ask(&tx, action, None, days).await?;
    let audit = Audit::created(task.id).with(json!({ "task_type": action.code() }));
    tx.commit(audit, NoContent).await?;
    Ok(task)
}

/// Take an act that waits, to do it. `None` if somebody else has.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn take(app: &App, id: DemoTaskId) -> Result<Option<Task>, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let task = store::take(&tx, id, tx.now()).await?;
    tx.done().await?;
    Ok(task)
}

/// Say how far an act is, and that somebody still does it. False if it was given up meanwhile.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn report(app: &App, id: DemoTaskId, progress: u8, message: &str) -> Result<bool, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let still = store::report(&tx, id, i16::from(progress), message, tx.now()).await?;
    tx.done().await?;
    Ok(still)
}

/// Write down how an act ended: in one sentence.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn finish(app: &App, id: DemoTaskId, ended: Result<&str, &str>) -> Result<(), AppError> {
    let tx = access::system_platform(app, TASK).await?;
    store::finish(&tx, id, ended, tx.now()).await?;
    tx.done().await
}

/// How an act stands, asked for by whoever waits for its end.
async fn standing(app: &App, id: DemoTaskId) -> Result<Task, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let task = find(&tx, id).await?;
    tx.done().await?;
    Ok(task)
}

/// Mark a hospital as one of the demo.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn mark(tx: &PlatformTx, hospital: TenantId) -> Result<(), DbError> {
    store::mark(tx, hospital).await
}

/// Note the day that a hospital's demo shows as today, and from what it was made. Nothing: it is not filled any more.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn note_day(app: &App, hospital: TenantId, filled: Option<(Date, &Value)>) -> Result<(), AppError> {
    let tx = access::system_platform(app, TASK).await?;
    store::note_day(&tx, hospital, filled.map(|(day, _)| day), filled.map(|(_, made)| made)).await?;
    tx.done().await
}

/// The demo hospitals that are there, with the day that each shows as today.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn hospitals(app: &App) -> Result<Vec<DemoHospital>, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let hospitals = store::hospitals(&tx).await?;
    tx.done().await?;
    Ok(hospitals)
}

/// The addresses of a hospital's accounts, in lower case.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn addresses(app: &App, hospital: TenantId) -> Result<BTreeSet<String>, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let addresses = store::addresses(&tx, hospital).await?;
    tx.done().await?;
    Ok(addresses)
}

/// Open these accounts of a demo hospital again, whatever visitors did to them: with the password of `hash` alone.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn renew(app: &App, hospital: TenantId, addresses: &[String], hash: &str) -> Result<(), AppError> {
    let tx = access::system_platform(app, TASK).await?;
    store::renew(&tx, hospital, addresses, hash).await?;
    access::announce(&tx, &Change::Tenant(hospital.0)).await?;
    tx.done().await
}

// ------------------------------------------------------------------------- at the sign-in

/// Somebody signed in to a hospital. If it is a demo whose day is over, and nobody asked for a while, ask for a job that
/// makes it today's. Nobody waits for it: it goes on beside the answer to the sign-in.
pub fn signed_in(app: &App, hospital: Option<TenantId>) {
    let demo = app.config.demo;
    let Some(hospital) = hospital.filter(|_| demo.mode && demo.refresh_on_login) else { return };
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = freshen_if_due(&app, hospital).await {
            tracing::warn!(%error, "the demo could not be asked to be made fresh");
        }
    });
}

async fn freshen_if_due(app: &App, hospital: TenantId) -> Result<(), AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let hours = i32::from(app.config.demo.refresh_hours);
    if !store::is_due(&tx, hospital, tx.now(), hours).await? {
        return tx.done().await;
    }
    let tx = tx.audited();
    match ask(&tx, Action::Freshen, None, DEFAULT_DAYS).await {
        Ok(task) => {
            store::enqueue(&tx, task.id).await?;
            let audit = Audit::created(task.id).with(json!({ "task_type": Action::Freshen.code() }));
            tx.commit(audit, NoContent).await.map(|_| ())
        }
        // Two signed in at once, or somebody is at it.
        Err(AppError::Problem(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
