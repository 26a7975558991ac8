//! Vital signs that somebody has to answer: told to the doctor, acknowledged by name, said again and higher if nobody does.
//!
//! A row is written with the set that asks for it (`vitals::record`), in its transaction. Invariants: a set alarms once
//! (`escalations_once_a_set`); it is acknowledged once, by one person, whoever races (one conditional UPDATE); the
//! level only ever rises (`escalations_only_climbs`); each thing that happened to it is a row that nobody changes
//! (`escalation_steps`). A job says it again after the minutes of the hospital's table, and one level higher after so many
//! times. What is told of the patient decides `patients::look`; an alarm is counted for
//! everybody who may see alarms, and stands in the list without a name for whoever may not know whose it is. Once the patient
//! has died it is closed, and opened again if that was a mistake, however either was written down.
//!
//! Nothing is delivered yet but to pages: the bell of every page that somebody sees asks every 1.5 seconds (`bell.js`)
//! whether anything was announced (`access::ring`), which is answered from memory and counts against no limit, and reads
//! again only then, or after half a minute.

mod api;
mod housekeeping;
mod model;
mod pages;
mod store;

pub use housekeeping::run as housekeep;
pub use model::{Alarm, EscalationError, EscalationId, Speed, Which};

use crate::access::{self, Module, TenantTx};
use crate::clinic::patients::{self, PatientId, Sight, Viewer};
use crate::clinic::vitals;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. Who may see vital signs may see alarms and answer them.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[EscalationError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Alarms",
        "Vital signs that somebody has to answer: who is told, who acknowledged by name, and how long it took.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 61,
        group: "Care",
        label: "Alarms",
        href: "/escalations",
        icon: Icon("bell-ringing"),
        key: "",
        permission: "vitals:view",
    }],
    ..Module::named("escalations")
};

/// Whose alarms: everybody's, or those of the reader's own visits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Narrowed {
    pub which: Which,
    pub mine: bool,
}

/// One page of alarms: those that wait with the most urgent first, others with the newest first. What is told of each
/// patient is beside it: of whom the reader may not know stands a line without a word of who it is, so that somebody is sent.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(
    tx: &TenantTx,
    narrowed: Narrowed,
    page: PageRequest,
) -> Result<Page<(Alarm, Sight)>, AppError> {
    let mine = narrowed.mine.then(|| Viewer::of(tx).user);
    let (alarms, total) = store::page(tx, narrowed.which, mine, page).await?;
    Ok(page.envelope(seen(tx, alarms).await?, total))
}

async fn seen(tx: &TenantTx, alarms: Vec<Alarm>) -> Result<Vec<(Alarm, Sight)>, AppError> {
    let ids: Vec<PatientId> = alarms.iter().map(|alarm| alarm.patient).collect();
    let look = patients::look(tx, &ids).await?;
    let with_sight = |alarm: Alarm| {
        let sight = look.sight(alarm.patient, alarm.confidentiality, alarm.registered_by);
        (alarm, sight)
    };
    Ok(alarms.into_iter().map(with_sight).collect())
}

/// One alarm of a patient whose record lies open to whoever asks.
///
/// # Errors
/// 404, or as `patients::show`.
pub async fn show(tx: &TenantTx, id: EscalationId) -> Result<Alarm, AppError> {
    let alarm = store::find(tx, id).await?.ok_or_else(|| Problem::not_found("The alarm"))?;
    patients::show(tx, alarm.patient).await?;
    Ok(alarm)
}

/// Say that one goes to look. `action`: what was done, if there is something to say already.
///
/// # Errors
/// 404, [`EscalationError`].
pub async fn acknowledge(tx: &TenantTx, id: EscalationId, action: Option<&str>) -> Result<Alarm, AppError> {
    let before = show(tx, id).await?;
    let by = Viewer::of(tx).user;
    if !store::acknowledge(tx, id, by, action).await? {
        let now = store::find(tx, id).await?.unwrap_or(before);
        return Err(match now.acknowledged_name {
            Some(name) if now.acknowledged.is_some() => EscalationError::Acknowledged { name }.into(),
            _ if now.acknowledged.is_some() => {
                EscalationError::Acknowledged { name: "somebody who left".to_owned() }.into()
            }
            _ => EscalationError::Closed.into(),
        });
    }
    store::step(tx, id, "ACKNOWLEDGED", before.level, Some(by)).await?;
    access::ring(tx).await?;
    Ok(store::find(tx, id).await?.unwrap_or(before))
}

/// How many wait, and at which level the most urgent: for the bell. Numbers alone.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn waiting(tx: &TenantTx) -> Result<(i64, i16), AppError> {
    Ok(store::waiting(tx).await?)
}

/// How soon alarms of the last days were answered.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn speed(tx: &TenantTx, days: i64) -> Result<Vec<Speed>, AppError> {
    let since =
        tx.now().checked_sub(jiff::SignedDuration::from_hours(24 * days)).map_err(AppError::internal)?;
    Ok(store::speed(tx, since).await?)
}

/// One round at one hospital: whoever did not answer is told again, and for the dead nobody is, unless their death was a
/// mistake. How often.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn say_again(tx: &TenantTx) -> Result<usize, AppError> {
    // However it was written down that somebody lives after all. Patients are held before their alarms are.
    let since = tx.now().checked_sub(vitals::FRESH).map_err(AppError::internal)?;
    let alive = store::alive_after_all(tx, since).await?;
    for patient in &alive {
        patients::lock(tx, *patient).await?;
        vitals::reopen_alarms(tx, *patient).await?;
    }
    for patient in store::of_the_dead(tx).await? {
        vitals::close_alarms(tx, patient).await?;
    }
    Ok(said_again(tx).await?.max(alive.len()))
}

async fn said_again(tx: &TenantTx) -> Result<usize, AppError> {
    let waiting = store::silent(tx).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let response = vitals::tables_in_use(tx).await?.response;
    for (id, level, rounds) in &waiting {
        let climbs = i64::from(*rounds) % i64::from(response.climbs_after_rounds) == 0 && *level < 3;
        let next = level + i16::from(climbs);
        let minutes = jiff::SignedDuration::from_mins(response.repeat_after(next));
        let next_at = tx.now().checked_add(minutes).map_err(AppError::internal)?;
        store::again(tx, *id, next, next_at).await?;
        store::step(tx, *id, if climbs { "CLIMBED" } else { "REPEATED" }, next, None).await?;
    }
    access::ring(tx).await?;
    Ok(waiting.len())
}
