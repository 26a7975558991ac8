//! Migrations: the platform first, then every hospital's schema, in parallel, resumable, each failure on its own.

use std::sync::LazyLock;

use futures_util::StreamExt as _;
use refinery::{Migration, Runner};
use tokio_postgres::Client;

use super::{Isolation, SchemaName, Target};

mod platform_files {
    refinery::embed_migrations!("migrations");
}
mod tenant_files {
    refinery::embed_migrations!("tenant_migrations");
}

static PLATFORM_VERSION: LazyLock<i32> = LazyLock::new(|| newest(&platform_files::migrations::runner()));
static TENANT_VERSION: LazyLock<i32> = LazyLock::new(|| newest(&tenant_files::migrations::runner()));

fn newest(runner: &Runner) -> i32 {
    runner.get_migrations().iter().map(Migration::version).max().unwrap_or(0)
}

/// The version that a hospital's schema must have to be served by this binary.
#[must_use]
pub fn tenant_version() -> i32 {
    *TENANT_VERSION
}

/// The version that the platform's tables must have.
#[must_use]
pub fn platform_version() -> i32 {
    *PLATFORM_VERSION
}

/// Version of the platform's tables in the database, 0 if there are none.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn platform_status(owner: &Client) -> anyhow::Result<i32> {
    let there: bool = owner
        .query_one("select to_regclass('public.refinery_schema_history') is not null", &[])
        .await?
        .get(0);
    if !there {
        return Ok(0);
    }
    let row = owner
        .query_one("select coalesce(max(version), 0)::int4 from public.refinery_schema_history", &[])
        .await?;
    Ok(row.get(0))
}

/// Is the database at this binary's version?
///
/// # Errors
/// When the platform's tables are not.
pub async fn must_be_current(owner: &Client) -> anyhow::Result<()> {
    let there = platform_status(owner).await?;
    anyhow::ensure!(
        there == platform_version(),
        "the database is at version {there} and this HMS needs {}: run `hms migrate` first",
        platform_version()
    );
    Ok(())
}

/// Bring the platform's tables up to date, and the job queue's. Waits for another migrator by trying, so that
/// neither blocks in a lock queue.
///
/// # Errors
/// When a migration fails; the database is then as before (one transaction).
pub async fn platform(target: &Target, isolation: Isolation) -> anyhow::Result<()> {
    let mut owner = target.connect(&target.owner_with_path("public", isolation)).await?;
    lock(&owner).await?;
    platform_files::migrations::runner()
        .set_grouped(true)
        .run_async(&mut owner)
        .await
        .map_err(|error| anyhow::anyhow!("migrating the platform's tables failed: {}", describe(&error)))?;
    super::boot::grant_platform(&owner, target, isolation).await
}

/// One advisory lock for all migrations and restores of a database, until the connection ends.
///
/// # Errors
/// When PostgreSQL does, or when others hold it for ten minutes.
pub async fn lock(owner: &Client) -> anyhow::Result<()> {
    taken(owner, "select pg_try_advisory_lock(hashtextextended('hms migrate', 0))").await
}

/// The same, held together with others who only read: backups.
///
/// # Errors
/// As [`lock`].
pub async fn lock_shared(owner: &Client) -> anyhow::Result<()> {
    taken(owner, "select pg_try_advisory_lock_shared(hashtextextended('hms migrate', 0))").await
}

async fn taken(owner: &Client, sql: &str) -> anyhow::Result<()> {
    for tries in 0..1200 {
        let got: bool = owner.query_one(sql, &[]).await?.get(0);
        if got {
            return Ok(());
        }
        if tries == 0 {
            tracing::info!("waiting for another migration, backup or restore to end");
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    anyhow::bail!("another migration, backup or restore has been running for ten minutes")
}

/// Migrate one hospital's schema on a connection of its own. Returns the version reached.
///
/// # Errors
/// When a migration fails; the schema is then as before (one transaction).
pub async fn tenant(target: &Target, isolation: Isolation, name: &SchemaName) -> anyhow::Result<i32> {
    migrate_to(target, isolation, name, refinery::Target::Latest).await?;
    Ok(tenant_version())
}

/// The same up to an older version: for rows that were written then.
///
/// # Errors
/// When a migration fails; the schema is then as before (one transaction).
pub async fn tenant_to(
    target: &Target,
    isolation: Isolation,
    name: &SchemaName,
    version: i32,
) -> anyhow::Result<()> {
    migrate_to(target, isolation, name, refinery::Target::Version(version)).await
}

async fn migrate_to(
    target: &Target,
    isolation: Isolation,
    name: &SchemaName,
    version: refinery::Target,
) -> anyhow::Result<()> {
    let config = target.owner_with_path(&format!("{name},extensions"), isolation);
    let mut client = target.connect(&config).await?;
    tenant_files::migrations::runner()
        .set_grouped(true)
        .set_target(version)
        .run_async(&mut client)
        .await
        .map_err(|error| anyhow::anyhow!("migrating {name} failed: {}", describe(&error)))?;
    Ok(())
}

/// SQLSTATE and message of a failed migration: DDL errors hold no patient's values, DETAIL may.
fn describe(error: &refinery::Error) -> String {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = source {
        if let Some(db) =
            e.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::as_db_error)
        {
            return format!("{} {}", db.code().code(), db.message());
        }
        source = e.source();
    }
    error.to_string()
}

/// What became of one hospital's schema.
#[derive(Debug)]
pub struct TenantOutcome {
    pub schema: SchemaName,
    pub result: Result<i32, String>,
}

/// Where every schema stands, behind ones first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn tenants_behind(owner: &Client) -> anyhow::Result<Vec<SchemaName>> {
    let rows = owner
        .query(
            "select name from public.tenant_schemas where state in ('ready', 'claimed') and version < $1
              order by state = 'ready', name",
            &[&tenant_version()],
        )
        .await?;
    rows.iter().map(|row| SchemaName::parse(row.get(0)).map_err(Into::into)).collect()
}

/// Migrate every schema that is behind, `workers` at a time; `progress` hears each result. Unclaimed ones too.
/// What failed stays behind, named, and is tried again by the next run; all others are up to date.
///
/// # Errors
/// When the list of schemas cannot be read. A schema's own failure is in its outcome.
pub async fn tenants(
    target: &Target,
    isolation: Isolation,
    workers: usize,
    mut progress: impl FnMut(&TenantOutcome),
) -> anyhow::Result<Vec<TenantOutcome>> {
    let owner = target.connect(&target.owner_with_path("extensions", isolation)).await?;
    lock(&owner).await?;
    let behind = tenants_behind(&owner).await?;
    let mut running = futures_util::stream::iter(behind)
        .map(|schema| async move {
            let result = tenant(target, isolation, &schema).await.map_err(|e| format!("{e:#}"));
            TenantOutcome { schema, result }
        })
        .buffer_unordered(workers.max(1));
    let mut outcomes = Vec::new();
    while let Some(outcome) = running.next().await {
        let (version, error) = match &outcome.result {
            Ok(version) => (Some(*version), None),
            Err(error) => (None, Some(error.chars().take(500).collect::<String>())),
        };
        owner
            .execute(
                "update public.tenant_schemas set version = coalesce($2, version), error = $3, changed_at = now() where name = $1",
                &[&outcome.schema.as_str(), &version, &error],
            )
            .await?;
        progress(&outcome);
        outcomes.push(outcome);
    }
    // Instances cache a hospital's version: tell them.
    owner.batch_execute("select pg_notify('hms_registry', 'all')").await?;
    Ok(outcomes)
}
