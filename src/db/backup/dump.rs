//! Writing a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tokio_postgres::{Client, IsolationLevel, Transaction};
use uuid::Uuid;

use super::manifest::{FORMAT, HospitalPart, Manifest, StoredFile, TableFile, Totals, platform_path};
use super::{PLATFORM_TABLES, SCHEMA_COLUMN, stored, table, verify, written};
use crate::db::{Isolation, SchemaName, Target, migrate};

/// What is backed up.
#[derive(Debug, Clone)]
pub enum Scope {
    Everything,
    /// The hospital with this id or licence number.
    Hospital(String),
}

/// From where.
pub struct Dump<'a> {
    pub target: &'a Target,
    pub isolation: Isolation,
    /// The folder of the stored files.
    pub files: &'a Path,
    /// A query of a hospital's schema (of this binary's version): every file that a row names.
    pub named_files: &'a str,
}

struct Found {
    id: Uuid,
    name: String,
    license_number: String,
    schema: SchemaName,
    files: BTreeMap<String, StoredFile>,
}

/// Write a backup of `scope` to `folder`, which must not be there, and read it back. `progress` hears of each hospital.
///
/// # Errors
/// When the folder is there, the hospital is not, or anything cannot be read or written; nothing has the name then.
pub async fn dump(
    from: &Dump<'_>,
    scope: &Scope,
    folder: &Path,
    progress: impl FnMut(&HospitalPart),
) -> anyhow::Result<(Manifest, Totals)> {
    ensure!(
        !folder.exists(),
        "{} is there already: a backup is never written over another",
        folder.display()
    );
    let folder = std::path::absolute(folder)?;
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        anyhow::bail!("{} cannot be the name of a backup", folder.display());
    };
    // Beside its name, so that the last step is only a new name.
    let unfinished = parent.join(format!(".{}.unfinished-{}", name.to_string_lossy(), std::process::id()));
    make_folder(&unfinished)?;
    let written = async {
        let manifest = write(from, scope, &unfinished, progress).await?;
        let totals = verify(&unfinished, &manifest, &manifest.hospitals, true)?;
        on_disk(&unfinished)?;
        fs::rename(&unfinished, &folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        File::open(parent)?.sync_all()?;
        Ok((manifest, totals))
    };
    let done = written.await;
    if done.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    done
}

async fn write(
    from: &Dump<'_>,
    scope: &Scope,
    folder: &Path,
    mut progress: impl FnMut(&HospitalPart),
) -> anyhow::Result<Manifest> {
    let config = from.target.owner_with_path("extensions", from.isolation);
    let mut keeper = from.target.connect(&config).await?;
    let mut reader = from.target.connect(&config).await?;
    migrate::lock_shared(&keeper).await?;

    // Before the snapshot: see `stored`.
    let mut found = hospitals(&keeper, scope).await?;
    for hospital in &mut found {
        take_files(from, folder, hospital)?;
    }
    let snapshot = keeper
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    table::plain(&snapshot).await?;
    let row = snapshot
        .query_one(
            "select now(), pg_export_snapshot(), split_part(current_setting('server_version'), ' ', 1),
                    (select coalesce(max(version), 0)::int4 from public.refinery_schema_history)",
            &[],
        )
        .await?;
    let exported: String = row.get(1);
    let mut manifest = Manifest {
        format: FORMAT,
        hms: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: row.get(0),
        postgres: row.get(2),
        platform_version: row.get(3),
        hospitals: Vec::new(),
        platform: None,
    };
    // The list as of the snapshot: who signed up or was deleted meanwhile is in it or not like its rows.
    let taken: BTreeMap<Uuid, _> = found.into_iter().map(|hospital| (hospital.id, hospital.files)).collect();
    for mut hospital in hospitals(snapshot.client(), scope).await? {
        hospital.files = taken.get(&hospital.id).cloned().unwrap_or_default();
        take_files(from, folder, &mut hospital)?;
        let tx = same_snapshot(&mut reader, &exported).await?;
        let part = one(&tx, from, folder, hospital).await?;
        // Its locks go with it: a thousand hospitals do not fit into one transaction's.
        tx.commit().await?;
        snapshot
            .query_one("select 1", &[])
            .await
            .context("the connection that keeps the snapshot was lost")?;
        progress(&part);
        manifest.hospitals.push(part);
    }
    if matches!(scope, Scope::Everything) {
        let tx = same_snapshot(&mut reader, &exported).await?;
        make_folder(&folder.join("platform"))?;
        let mut tables = Vec::new();
        for known in PLATFORM_TABLES {
            if let Some(rows) = known.of_platform {
                tables.push(platform(&tx, known.name, rows, &folder.join(platform_path(known.name))).await?);
            }
        }
        tx.commit().await?;
        manifest.platform = Some(tables);
    }
    snapshot.commit().await?;
    manifest.write(folder)?;
    Ok(manifest)
}

async fn hospitals(client: &Client, scope: &Scope) -> anyhow::Result<Vec<Found>> {
    let named = match scope {
        Scope::Everything => None,
        Scope::Hospital(named) => Some(named.as_str()),
    };
    let rows = client
        .query(
            "select id, name, license_number, schema_name from public.tenants
              where $1::text is null or id::text = lower($1) or lower(license_number) = lower($1)
              order by created_at, id",
            &[&named],
        )
        .await?;
    ensure!(named.is_none() || !rows.is_empty(), "there is no hospital {}", named.unwrap_or_default());
    rows.iter()
        .map(|row| {
            Ok(Found {
                id: row.get(0),
                name: row.get(1),
                license_number: row.get(2),
                schema: SchemaName::parse(row.get(3))?,
                files: BTreeMap::new(),
            })
        })
        .collect()
}

fn take_files(from: &Dump<'_>, folder: &Path, hospital: &mut Found) -> anyhow::Result<()> {
    let to = folder.join(format!("hospitals/{}/files", hospital.id));
    stored::take(&from.files.join(hospital.schema.as_str()), &to, &mut hospital.files)
}

async fn same_snapshot<'a>(reader: &'a mut Client, exported: &str) -> anyhow::Result<Transaction<'a>> {
    let tx = reader
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    // PostgreSQL's own word for it: letters, digits and hyphens.
    ensure!(exported.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "unexpected snapshot name");
    tx.batch_execute(&format!("set transaction snapshot '{exported}'")).await?;
    table::plain(&tx).await?;
    Ok(tx)
}

async fn one(
    tx: &Transaction<'_>,
    from: &Dump<'_>,
    folder: &Path,
    hospital: Found,
) -> anyhow::Result<HospitalPart> {
    let schema = hospital.schema.as_str();
    let version = tx
        .query_one(
            &format!("select coalesce(max(version), 0)::int4 from {schema}.refinery_schema_history"),
            &[],
        )
        .await
        .with_context(|| format!("the schema of {} is not whole", hospital.name))?;
    let mut part = HospitalPart {
        id: hospital.id,
        name: hospital.name,
        license_number: hospital.license_number,
        version: version.get(0),
        platform: Vec::new(),
        tables: Vec::new(),
        files: hospital.files.into_values().collect(),
        missing_files: Vec::new(),
    };
    for below in ["platform", "tables"] {
        make_folder(&folder.join(part.folder()).join(below))?;
    }
    for known in PLATFORM_TABLES {
        let Some(rows) = known.of_hospital else { continue };
        let rows = rows.replace("{id}", &part.id.to_string()).replace("{schema}", schema);
        let path = folder.join(part.platform_path(known.name));
        part.platform.push(platform(tx, known.name, &rows, &path).await?);
    }
    for name in table::in_order(tx, schema).await? {
        let columns = table::columns(tx, schema, &name).await?;
        let query = table::select(&format!("{schema}.{name}"), &columns);
        let path = folder.join(part.table_path(&name));
        part.tables.push(table::out(tx, &name, columns, &query, &path).await?);
    }
    if part.version == migrate::tenant_version() {
        part.missing_files = missing(tx, from.named_files, schema, &part).await?;
    }
    Ok(part)
}

/// Rows of a platform table.
async fn platform(tx: &Transaction<'_>, name: &str, rows: &str, path: &Path) -> anyhow::Result<TableFile> {
    let mut columns = table::columns(tx, "public", name).await?;
    columns.retain(|column| column != SCHEMA_COLUMN);
    let written: Vec<String> = columns.iter().map(|column| written(name, column)).collect();
    let query = format!("{} where {rows}", table::select(&format!("public.{name}"), &written));
    table::out(tx, name, columns, &query, path).await
}

async fn missing(
    tx: &Transaction<'_>,
    named: &str,
    schema: &str,
    part: &HospitalPart,
) -> anyhow::Result<Vec<String>> {
    tx.batch_execute(&format!("set local search_path to {schema}, extensions")).await?;
    let taken: BTreeSet<&str> = part.files.iter().map(|file| file.key.as_str()).collect();
    let rows = tx.query(named, &[]).await.map_err(table::told("asking which files are named"))?;
    let names = rows.iter().map(|row| row.get::<_, String>(0));
    Ok(names.filter(|name| !taken.contains(name.as_str())).collect())
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("{} cannot be made", path.display()))
}

/// The names of all files, on disk too.
fn on_disk(folder: &Path) -> anyhow::Result<()> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
        File::open(&folder)?.sync_all()?;
    }
    Ok(())
}
