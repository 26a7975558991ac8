//! The lines that filters leave, as a file.

use axum::body::Bytes;
use axum::extract::State;
use futures_util::stream::{Stream, try_unfold};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::access::{Audit, PlatformAuthorized, SystemTask, system_platform};
use crate::app::App;
use crate::kernel::AppError;
use crate::platform::audit::model::{MOST_IN_A_FILE, PlatformAuditError, PlatformEvent, WantedEvents};
use crate::platform::audit::{View, store};
use crate::web::csv::{CsvFile, lines};
use crate::web::{NoContent, deeds, words};

/// Lines of one statement: bounds the memory of a file, however long it is.
const BATCH: i64 = 2_000;

const HEADS: [&str; 15] = [
    "When (UTC)",
    "Who",
    "Who (id)",
    "What",
    "Kind",
    "Thing",
    "Entity",
    "Entity id",
    "Account",
    "Hospital",
    "Hospital (id)",
    "From",
    "Route",
    "Request",
    "Detail",
];

/// The file. That it was taken is on record before its first byte is sent; what happens later is not in it.
///
/// # Errors
/// 429, [`PlatformAuditError::TooMany`], or whatever PostgreSQL answers.
pub(in crate::platform::audit) async fn csv(
    tx: PlatformAuthorized<View>,
    State(app): State<App>,
    mut wanted: WantedEvents,
) -> Result<CsvFile, AppError> {
    app.throttles.export(tx.actor().user)?;
    let now = tx.now();
    wanted.period.until = Some(wanted.period.until.map_or(now, |until| until.min(now)));
    let found = store::counted(&tx, &wanted, MOST_IN_A_FILE + 1).await?;
    if found > MOST_IN_A_FILE {
        return Err(PlatformAuditError::TooMany { most: words::count(MOST_IN_A_FILE) }.into());
    }
    let name = format!("platform_audit_{}.csv", now.strftime("%Y-%m-%d"));
    let count = usize::try_from(found).map_err(AppError::internal)?;
    tx.commit(Audit::exported("audit_event", "csv", count), NoContent).await?;
    CsvFile::new(&name, HEADS, pieces(Reading { app, wanted, after: None }))
}

/// How far the file has been read.
struct Reading {
    app: App,
    wanted: WantedEvents,
    after: Option<(Timestamp, Uuid)>,
}

/// Piece by piece, each read in a transaction of its own: none is open while a slow client takes its time.
fn pieces(reading: Reading) -> impl Stream<Item = Result<Bytes, AppError>> + Send + 'static {
    try_unfold(Some(reading), |reading: Option<Reading>| async move {
        let Some(mut reading) = reading else { return Ok(None) };
        let tx = system_platform(&reading.app, SystemTask("send the audit as a file")).await?;
        let events = store::batch(&tx, &reading.wanted, reading.after, BATCH).await?;
        tx.done().await?;
        let Some(last) = events.last() else { return Ok(None) };
        reading.after = Some((last.at, last.id));
        let is_last = i64::try_from(events.len()).is_ok_and(|read| read < BATCH);
        let piece = lines(events.into_iter().map(cells))?;
        Ok(Some((piece, (!is_last).then_some(reading))))
    })
}

fn cells(event: PlatformEvent) -> [String; HEADS.len()] {
    let id = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
    [
        event.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        event.actor_email.unwrap_or_default(),
        id(event.actor.map(|actor| actor.0)),
        deeds::verb(&event.kind),
        event.kind,
        deeds::thing(event.entity.as_deref(), event.detail.as_ref()),
        event.entity.unwrap_or_default(),
        id(event.entity_id),
        event.subject_email.unwrap_or_default(),
        event.hospital_name.unwrap_or_default(),
        id(event.hospital.map(|hospital| hospital.0)),
        event.ip.map_or_else(String::new, |ip| ip.to_string()),
        event.action,
        event.request_id.unwrap_or_default(),
        event.detail.map_or_else(String::new, |detail| Value::Object(detail).to_string()),
    ]
}
