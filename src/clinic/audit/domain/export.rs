//! The lines that filters leave, as a file.

use axum::body::Bytes;
use axum::extract::State;
use futures_util::stream::{Stream, try_unfold};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use uuid::Uuid;

use crate::access::{Authorized, SystemTask, system_tenant};
use crate::app::App;
use crate::clinic::audit::model::{AuditError, Event, MOST_IN_A_FILE, Wanted};
use crate::clinic::audit::{View, records, store};
use crate::clinic::patients::{self, PatientId};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::web::csv::{CsvFile, lines};
use crate::web::{NoContent, deeds, words};

/// Lines of one statement: bounds the memory of a file, however long it is.
const BATCH: i64 = 2_000;

const HEADS: [&str; 14] = [
    "When",
    "Who",
    "Who (id)",
    "What",
    "Kind",
    "Thing",
    "Entity",
    "Entity id",
    "Patient code",
    "Patient id",
    "From",
    "Route",
    "Request",
    "Detail",
];

/// The file. That it was taken is on record before its first byte is sent; what happens later is not in it, so the
/// count on record is that of the file.
///
/// # Errors
/// 429, [`AuditError::TooMany`], or whatever PostgreSQL answers.
pub(in crate::clinic::audit) async fn csv(
    tx: Authorized<View>,
    State(app): State<App>,
    mut wanted: Wanted,
) -> Result<CsvFile, AppError> {
    app.throttles.export(tx.actor().user)?;
    let now = tx.now();
    wanted.period.until = Some(wanted.period.until.map_or(now, |until| until.min(now)));
    let records = records(&tx, &wanted).await?;
    let found = store::counted(&tx, &wanted, records.as_deref(), MOST_IN_A_FILE + 1).await?;
    if found > MOST_IN_A_FILE {
        return Err(AuditError::TooMany { most: words::count(MOST_IN_A_FILE) }.into());
    }
    let name = format!("audit_{}.csv", patients::hospital_now(&tx).date());
    let facts = tx.hospital().clone();
    let count = usize::try_from(found).map_err(AppError::internal)?;
    tx.commit(wanted.taken("csv", count), NoContent).await?;
    CsvFile::new(&name, HEADS, pieces(Reading { app, facts, wanted, records, after: None }))
}

/// How far the file has been read.
struct Reading {
    app: App,
    facts: TenantFacts,
    wanted: Wanted,
    records: Option<Vec<PatientId>>,
    after: Option<(Timestamp, Uuid)>,
}

/// Piece by piece, each read in a transaction of its own: none is open while a slow client takes its time.
fn pieces(reading: Reading) -> impl Stream<Item = Result<Bytes, AppError>> + Send + 'static {
    try_unfold(Some(reading), |reading: Option<Reading>| async move {
        let Some(mut reading) = reading else { return Ok(None) };
        let tx = system_tenant(&reading.app, SystemTask("send the audit as a file"), reading.facts.clone())
            .await?;
        let events =
            store::batch(&tx, &reading.wanted, reading.records.as_deref(), reading.after, BATCH).await?;
        tx.done().await?;
        let Some(last) = events.last() else { return Ok(None) };
        reading.after = Some((last.at, last.id.0));
        let is_last = i64::try_from(events.len()).is_ok_and(|read| read < BATCH);
        let zone = reading.facts.zone.clone();
        let piece = lines(events.into_iter().map(|event| cells(event, &zone)))?;
        Ok(Some((piece, (!is_last).then_some(reading))))
    })
}

fn cells(event: Event, zone: &TimeZone) -> [String; HEADS.len()] {
    let id = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
    [
        event.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        event.actor_name.unwrap_or_default(),
        id(event.actor.map(|actor| actor.0)),
        deeds::verb(&event.kind),
        event.kind,
        deeds::thing(event.entity.as_deref(), event.detail.as_ref()),
        event.entity.unwrap_or_default(),
        id(event.entity_id),
        event.patient_code.unwrap_or_default(),
        id(event.patient.map(|patient| patient.0)),
        event.ip.map_or_else(String::new, |ip| ip.to_string()),
        event.action,
        event.request_id.unwrap_or_default(),
        event.detail.map_or_else(String::new, |detail| Value::Object(detail).to_string()),
    ]
}
