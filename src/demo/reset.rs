//! Removing the demo: its rows and what hangs on them, and no others. A hospital in which nobody added anything goes
//! wholly, with its accounts, whose password everybody knows.

use anyhow::Context as _;
use tokio_postgres::Transaction;

use super::doomed::Doomed;
use super::hospital::Hospital;
use super::rows::told;
use super::{desk, fill};
use crate::access::{self, Audit, SystemTask};
use crate::app::App;
use crate::db::schemas;
use crate::identity::registry::Change;
use crate::platform::{demo, hospitals};
use crate::web::NoContent;

const TASK: SystemTask = SystemTask("demo");
/// Marked, but a place of the hospital: what users recorded may refer to them.
const STAYS: [&str; 2] = ["staff", "rooms"];

/// What became of a hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone {
    pub(super) patients: u64,
    pub(super) rows: u64,
    /// Patients and people who were added, and for whom the hospital stays.
    pub(super) stay: Option<(i64, i64)>,
}

/// Remove the demo from a hospital, and the hospital if nothing else is in it.
pub(super) async fn hospital(app: &App, hospital: &Hospital) -> anyhow::Result<Gone> {
    let mut client = fill::connect(app, hospital).await?;
    let tx = client.transaction().await.map_err(told("BEGIN"))?;
    let removed = rows(&tx, hospital.number).await?;
    let left = tx
        .query_one(
            "select (select count(*) from patients) as patients, (select count(*) from staff where not is_demo) as people",
            &[],
        )
        .await
        .map_err(told("looking at what stays"))?;
    let (patients, people): (i64, i64) = (left.get("patients"), left.get("people"));
    let gone = Gone {
        patients: removed.0,
        rows: removed.1,
        stay: (patients + people > 0).then_some((patients, people)),
    };
    if gone.stay.is_none() {
        // Its schema goes as a whole.
        tx.rollback().await.map_err(told("ROLLBACK"))?;
        drop(client);
        remove(app, hospital).await?;
        return Ok(gone);
    }
    tx.commit().await.map_err(told("COMMIT"))?;
    hospitals::recount(app, &hospital.facts).await?;
    demo::note_day(app, hospital.facts.id, None).await?;
    Ok(gone)
}

/// Remove what is marked and what hangs on it: how many patients, and how many rows in all.
async fn rows(tx: &Transaction<'_>, hospital: u64) -> anyhow::Result<(u64, u64)> {
    let doomed = Doomed::begin(tx).await?;
    let marked = tx
        .query(
            "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
              where c.relkind = 'r' and a.attname = 'is_demo' and not a.attisdropped
                and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())",
            &[],
        )
        .await
        .map_err(told("looking for marks"))?;
    for table in marked.iter().map(|row| row.get::<_, String>(0)).filter(|t| !STAYS.contains(&t.as_str())) {
        doomed.add(tx, &table, "r.is_demo", &[]).await?;
    }
    doomed.add(tx, "doctor_leaves", "r.id = $1::uuid", &[&desk::leave_id(hospital)]).await?;
    let removed = doomed.remove(tx).await?;
    let patients = removed.get("patients").copied().unwrap_or(0);
    Ok((patients, removed.values().sum()))
}

/// The hospital with everything that is its own: rows of the platform, files, schema.
async fn remove(app: &App, hospital: &Hospital) -> anyhow::Result<()> {
    let (id, schema) = (hospital.facts.id, &hospital.facts.schema);
    let path = app.db.target.owner_with_path("extensions", app.db.isolation());
    let mut owner = app.db.target.connect(&path).await.map_err(told("connecting"))?;
    let tx = owner.transaction().await.map_err(told("BEGIN"))?;
    for statement in [
        "delete from public.tenants where id = $1 and is_demo",
        // Nobody takes it and nobody clears it away before its files are gone.
        "update public.tenant_schemas set state = 'building', tenant_id = null, changed_at = now() where tenant_id = $1",
    ] {
        tx.execute(statement, &[&id]).await.map_err(told("removing the hospital"))?;
    }
    tx.execute("delete from public.tenant_usage where schema_name = $1", &[&schema.as_str()])
        .await
        .map_err(told("removing the hospital"))?;
    tx.execute("select pg_notify('hms_registry', $1)", &[&Change::Tenant(id.0).payload()])
        .await
        .map_err(told("telling of it"))?;
    tx.commit().await.map_err(told("COMMIT"))?;
    let folder = app.config.files.join(schema.as_str());
    tokio::task::spawn_blocking(move || match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    })
    .await?
    .context("the files of a demo hospital cannot be removed")?;
    schemas::discard(&owner, schema).await?;
    let tx = access::system_platform(app, TASK).await?.audited();
    tx.commit(Audit::did("removed", id), NoContent).await?;
    Ok(())
}
