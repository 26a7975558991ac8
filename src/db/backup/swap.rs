//! A hospital changes its schema: what was there goes out of service, what was loaded comes into it, in one
//! transaction.
//!
//! The rows of the platform that belong to a hospital travel inside its schema, in tables of their own: those of a
//! backup until they are put in their place, and those of before for as long as the old schema is kept. So going back
//! is the same step with the schemas exchanged.

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use tokio_postgres::{Client, Transaction};
use uuid::Uuid;

use super::manifest::{HospitalPart, TableFile};
use super::table::{columns, into, told};
use super::{PLATFORM_TABLES, SCHEMA_COLUMN, written};
use crate::db::{SchemaName, migrate};
use crate::kernel::ids::new_uuid;

const PREFIX: &str = "platform_";

/// Is this one of the tables that carry a hospital's platform rows?
pub(super) fn is_staged(table: &str) -> bool {
    table.strip_prefix(PREFIX).is_some_and(|name| PLATFORM_TABLES.iter().any(|known| known.name == name))
}

fn staged(schema: &SchemaName, table: &str) -> String {
    format!("{schema}.{PREFIX}{table}")
}

/// What became of a hospital.
#[derive(Debug, Default)]
pub struct Change {
    /// Its schema of before, kept.
    pub kept: bool,
    /// People who may sign in again, and could not before: to be looked at.
    pub opened: Vec<String>,
    /// How many people it has now fewer.
    pub gone: i64,
    /// It was suspended, and is.
    pub suspended: bool,
}

/// Load a hospital's platform rows into its new schema.
pub(super) async fn stage(
    tx: &Transaction<'_>,
    schema: &SchemaName,
    part: &HospitalPart,
    folder: &std::path::Path,
) -> anyhow::Result<()> {
    for known in PLATFORM_TABLES.iter().filter(|known| known.of_hospital.is_some()) {
        let to = staged(schema, known.name);
        match part.platform.iter().find(|file| file.table == known.name) {
            Some(file) => load(tx, &to, file, &folder.join(part.platform_path(known.name))).await?,
            // The table is younger than the backup.
            None => tx.batch_execute(&shape(&to, known.name)).await?,
        }
    }
    let [tenants, users, mails, denied, failed, history, secrets, codes] = [
        "tenants",
        "users",
        "mails",
        "denied_attempts",
        "failed_sign_ins",
        "password_history",
        "mfa_secrets",
        "mfa_recovery_codes",
    ]
    .map(|name| staged(schema, name));
    let own: bool = tx
        .query_one(
            &format!(
                "select (select count(*) = 1 and bool_and(id = $1) from {tenants})
                    and not exists (select from {users} where tenant_id is distinct from $1 or is_super_admin)
                    and not exists (select from {mails} where tenant_id is distinct from $1)
                    and not exists (select from {denied} where tenant_id is distinct from $1)
                    and not exists (select from {failed} where user_id is null or user_id not in (select id from {users}))
                    and not exists (select from {history} where user_id not in (select id from {users}))
                    and not exists (select from {secrets} where user_id not in (select id from {users}))
                    and not exists (select from {codes} where user_id not in (select id from {users}))"
            ),
            &[&part.id],
        )
        .await?
        .get(0);
    ensure!(own, "the backup holds rows that are not this hospital's: it was changed by somebody");
    Ok(())
}

fn shape(to: &str, table: &str) -> String {
    format!("create table {to} as select * from public.{table} with no data")
}

/// Load rows of a platform table into a new table `to`.
pub(super) async fn load(
    tx: &Transaction<'_>,
    to: &str,
    file: &TableFile,
    path: &std::path::Path,
) -> anyhow::Result<()> {
    tx.batch_execute(&shape(to, &file.table)).await?;
    let known = columns(tx, "public", &file.table).await?;
    // Columns that a later version has dropped.
    for column in file.columns.iter().filter(|column| !known.contains(column)) {
        tx.batch_execute(&format!("alter table {to} add column {column} text")).await?;
    }
    into(tx, to, file, path).await
}

/// What another hospital has by now of what this one had: a sentence each.
pub(super) async fn conflicts(client: &Client, schema: &SchemaName, id: Uuid) -> anyhow::Result<Vec<String>> {
    let (users, tenants) = (staged(schema, "users"), staged(schema, "tenants"));
    let people = client
        .query(
            &format!(
                "select p.email, coalesce(t.name, 'the platform') from {users} p
                   join public.users u on lower(u.email) = lower(p.email) or u.id = p.id
                   left join public.tenants t on t.id = u.tenant_id
                  where u.tenant_id is distinct from $1 order by 1 limit 50"
            ),
            &[&id],
        )
        .await
        .map_err(told("looking for e-mail addresses that are taken"))?;
    let licences = client
        .query(
            &format!(
                "select p.license_number, t.name from {tenants} p
                   join public.tenants t on lower(t.license_number) = lower(p.license_number) where t.id <> $1"
            ),
            &[&id],
        )
        .await
        .map_err(told("looking for a licence number that is taken"))?;
    let sentence = |what: &str, row: &tokio_postgres::Row| {
        format!("{what} {} belongs to {} by now", row.get::<_, String>(0), row.get::<_, String>(1))
    };
    let licences = licences.iter().map(|row| sentence("the licence number", row));
    Ok(licences.chain(people.iter().map(|row| sentence("the e-mail address", row))).collect())
}

/// Put `schema`, which carries the hospital's platform rows, into service. What was there is kept.
pub(super) async fn change(tx: &Transaction<'_>, schema: &SchemaName, id: Uuid) -> anyhow::Result<Change> {
    let mut change = Change::default();
    // What the platform decided about it since then still holds.
    let decided = tx
        .query_opt(
            "select status, suspended_from, max_users, max_patients, users_raised_to, users_raised_until,
                    patients_raised_to, patients_raised_until
               from public.tenants where id = $1 for update",
            &[&id],
        )
        .await?;
    if decided.is_some() {
        let users = staged(schema, "users");
        let open =
            |user: &str| format!("{user}.is_active and not {user}.is_deleted and {user}.status = 'ACTIVE'");
        let opened = tx
            .query(
                &format!(
                    "select p.email from {users} p join public.users u on u.id = p.id
                      where {} and not ({}) order by 1",
                    open("p"),
                    open("u")
                ),
                &[],
            )
            .await?;
        change.opened = opened.iter().map(|row| row.get(0)).collect();
        change.gone = tx
            .query_one(
                &format!(
                    "select count(*) from public.users u where u.tenant_id = $1 and not u.is_deleted
                        and not exists (select from {users} p where p.id = u.id)"
                ),
                &[&id],
            )
            .await?
            .get(0);
    }
    change.kept = leave(tx, id).await?;
    enter(tx, schema, id).await?;
    if let Some(row) = decided {
        let (status, from): (String, Option<String>) = (row.get(0), row.get(1));
        change.suspended = status == "SUSPENDED";
        tx.execute(
            "update public.tenants
                set status = $2, suspended_from = $3, max_users = $4, max_patients = $5, users_raised_to = $6,
                    users_raised_until = $7, patients_raised_to = $8, patients_raised_until = $9
              where id = $1",
            &[
                &id,
                &status,
                &from,
                &row.get::<_, Option<i32>>(2),
                &row.get::<_, Option<i32>>(3),
                &row.get::<_, Option<i32>>(4),
                &row.get::<_, Option<Timestamp>>(5),
                &row.get::<_, Option<i32>>(6),
                &row.get::<_, Option<Timestamp>>(7),
            ],
        )
        .await?;
    }
    tx.batch_execute("select pg_notify('hms_registry', 'all')").await?;
    Ok(change)
}

/// Take the hospital out of service as it stands. True if its schema is there to be kept.
async fn leave(tx: &Transaction<'_>, id: Uuid) -> anyhow::Result<bool> {
    let old = tx
        .query_opt(
            "select s.name, n.oid is not null from public.tenant_schemas s left join pg_namespace n on n.nspname = s.name
              where s.tenant_id = $1 for update of s",
            &[&id],
        )
        .await?;
    let old = match &old {
        Some(row) => Some((SchemaName::parse(row.get(0))?, row.get::<_, bool>(1))),
        None => None,
    };
    if let Some((schema, true)) = &old {
        for known in PLATFORM_TABLES {
            let Some(rows) = known.of_hospital else { continue };
            let rows = rows.replace("{id}", &id.to_string()).replace("{schema}", schema.as_str());
            let columns: Vec<String> = columns(tx, "public", known.name)
                .await?
                .iter()
                .map(|column| written(known.name, column))
                .collect();
            let to = staged(schema, known.name);
            tx.batch_execute(&format!(
                "drop table if exists {to}; create table {to} as select {} from public.{} where {rows}",
                columns.join(", "),
                known.name
            ))
            .await
            .map_err(told("keeping the platform's rows"))?;
        }
    }
    tx.execute("delete from public.denied_attempts where tenant_id = $1", &[&id]).await?;
    tx.execute(
        "delete from public.idempotency_keys where actor_id in (select id from public.users where tenant_id = $1)",
        &[&id],
    )
    .await?;
    // People, their sessions and tokens, and mails go with it.
    tx.execute("delete from public.tenants where id = $1", &[&id]).await?;
    let Some((schema, there)) = old else { return Ok(false) };
    tx.execute("delete from public.tenant_usage where schema_name = $1", &[&schema.as_str()]).await?;
    let state = if there { "kept" } else { "failed" };
    tx.execute(
        "update public.tenant_schemas set state = $2, tenant_id = null, changed_at = now(),
                kept_of = case when $2 = 'kept' then $3::uuid end, error = 'taken out of service by a restore'
          where name = $1",
        &[&schema.as_str(), &state, &id],
    )
    .await?;
    Ok(there)
}

/// Put the platform rows that this schema carries in their place.
pub(super) async fn enter(tx: &Transaction<'_>, schema: &SchemaName, id: Uuid) -> anyhow::Result<()> {
    let claimed = tx
        .execute(
            "update public.tenant_schemas set state = 'claimed', tenant_id = $2, kept_of = null, version = $3, error = null,
                    changed_at = now()
              where name = $1 and state in ('building', 'kept')",
            &[&schema.as_str(), &id, &migrate::tenant_version()],
        )
        .await?;
    ensure!(claimed == 1, "the new schema was taken away meanwhile");
    for known in PLATFORM_TABLES.iter().filter(|known| known.of_hospital.is_some()) {
        let from = staged(schema, known.name);
        // Kept by a version that did not have this table yet.
        let shape = shape(&from, known.name).replacen("create table", "create table if not exists", 1);
        tx.batch_execute(&shape).await?;
        insert(tx, known.name, &from, &format!("{PREFIX}{}", known.name), schema.as_str()).await?;
        tx.batch_execute(&format!("drop table {from}")).await?;
    }
    Ok(())
}

/// Rows of `from` (`name` in `schema`) into the platform's table, as far as it has their columns.
pub(super) async fn insert(
    tx: &Transaction<'_>,
    table: &str,
    from: &str,
    name: &str,
    schema: &str,
) -> anyhow::Result<()> {
    let theirs = columns(tx, schema, name).await?;
    let all = columns(tx, "public", table).await?;
    let shared: Vec<&str> = all
        .iter()
        .filter(|column| *column != SCHEMA_COLUMN && theirs.contains(column))
        .map(String::as_str)
        .collect();
    let shared = shared.join(", ");
    let (where_to, what) = match all.iter().any(|column| column == SCHEMA_COLUMN) {
        true => (format!(", {SCHEMA_COLUMN}"), format!(", '{schema}'")),
        false => (String::new(), String::new()),
    };
    tx.execute(
        &format!("insert into public.{table} ({shared}{where_to}) select {shared}{what} from {from}"),
        &[],
    )
    .await
    .map_err(told("putting the platform's rows in their place"))
    .with_context(|| format!("public.{table}"))?;
    Ok(())
}

/// On the platform, and in the hospital's own record.
pub(super) async fn record(
    tx: &Transaction<'_>,
    schemas: &[SchemaName],
    kind: &str,
    hospital: Option<Uuid>,
    detail: &serde_json::Value,
) -> anyhow::Result<()> {
    let places = schemas.iter().map(SchemaName::as_str);
    for place in std::iter::once("public").chain(places) {
        tx.execute(
            &format!(
                "insert into {place}.audit_events (id, at, action, kind, entity, entity_id, detail)
                 values ($1, now(), 'hms restore', $2, 'hospital', $3, $4)"
            ),
            &[&new_uuid(), &kind, &hospital, detail],
        )
        .await
        .map_err(told("recording it"))?;
    }
    Ok(())
}

/// The hospital with this id or licence number, there or kept.
pub(super) async fn named(client: &Client, text: &str) -> anyhow::Result<Uuid> {
    let row = client
        .query_opt(
            "select id from public.tenants where id::text = lower($1) or lower(license_number) = lower($1)
             union select kept_of from public.tenant_schemas where kept_of::text = lower($1)",
            &[&text],
        )
        .await?;
    match row {
        Some(row) => Ok(row.get(0)),
        None => bail!("there is no hospital {text}"),
    }
}

/// Schemas kept of this hospital, the newest first.
pub(super) async fn kept(client: &Client, id: Uuid) -> anyhow::Result<Vec<SchemaName>> {
    let rows = client
        .query(
            "select name from public.tenant_schemas where kept_of = $1 order by changed_at desc, name",
            &[&id],
        )
        .await?;
    rows.iter().map(|row| Ok(SchemaName::parse(row.get(0))?)).collect()
}
