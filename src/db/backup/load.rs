//! Bringing a backup back.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

use super::manifest::{HospitalPart, Manifest, platform_path};
use super::swap::{self, Change};
use super::{NOT_KEPT, PLATFORM_TABLES, stored, table};
use crate::db::{Isolation, SchemaName, Target, migrate, schemas};

/// Where to, and who does it.
pub struct Restore<'a> {
    pub target: &'a Target,
    pub isolation: Isolation,
    /// The folder of the stored files.
    pub files: &'a Path,
    /// The operator at the machine, for the audit.
    pub operator: &'a str,
}

/// What was brought back of one hospital.
#[derive(Debug)]
pub struct Loaded {
    pub id: Uuid,
    pub name: String,
    pub rows: u64,
    pub files: usize,
    pub change: Change,
}

impl Restore<'_> {
    /// Bring back one hospital, while all others go on. With `rehearse` everything is done but the last step.
    ///
    /// # Errors
    /// When the hospital is there and `replace` is not given, when an e-mail address or licence number belongs to
    /// others by now, or when what was read back is not what was loaded. Nothing has changed then.
    pub async fn hospital(
        &self,
        manifest: &Manifest,
        part: &HospitalPart,
        folder: &Path,
        replace: bool,
        rehearse: bool,
    ) -> anyhow::Result<Loaded> {
        self.may_be_read(manifest, [part])?;
        let mut owner = self.owner().await?;
        migrate::must_be_current(&owner).await?;
        migrate::lock(&owner).await?;
        let there =
            owner.query_opt("select 1 from public.tenants where id = $1", &[&part.id]).await?.is_some();
        ensure!(
            !there || replace || rehearse,
            "{} is there: give --replace to go back to what it was at {} (what it recorded since is kept aside)",
            part.name,
            manifest.as_of
        );
        let alive = Alive::start(self).await?;
        let schema = self.build(&owner, part, folder, &alive).await.context("nothing was changed")?;
        let done = match rehearse {
            true => Ok(Change::default()),
            false => self.serve(&mut owner, &schema, manifest, part).await,
        };
        if rehearse || done.is_err() {
            self.discard(&owner, &schema).await?;
        }
        let change = done.context("nothing was changed")?;
        Ok(Loaded {
            id: part.id,
            name: part.name.clone(),
            rows: part.rows(),
            files: part.files.len(),
            change,
        })
    }

    /// Bring back everything into an installation that nobody has used yet: all of it or nothing.
    ///
    /// # Errors
    /// When somebody can sign in here already, or as [`Self::hospital`].
    pub async fn everything(
        &self,
        manifest: &Manifest,
        folder: &Path,
        mut progress: impl FnMut(&HospitalPart),
    ) -> anyhow::Result<()> {
        let Some(platform) = &manifest.platform else {
            bail!("this backup holds one hospital and not the platform: name it with --hospital");
        };
        self.may_be_read(manifest, &manifest.hospitals)?;
        let mut owner = self.owner().await?;
        migrate::must_be_current(&owner).await?;
        migrate::lock(&owner).await?;
        let empty =
            "select not exists (select from public.tenants) and not exists (select from public.users)";
        let is_empty: bool = owner.query_one(empty, &[]).await?.get(0);
        ensure!(
            is_empty,
            "this database is in use: everything is restored into an empty one only (one hospital: --hospital)"
        );
        let alive = Alive::start(self).await?;
        let mut built = Vec::new();
        let done = async {
            for part in &manifest.hospitals {
                built.push(self.build(&owner, part, folder, &alive).await?);
                progress(part);
            }
            let tx = owner.transaction().await?;
            table::plain(&tx).await?;
            for known in PLATFORM_TABLES.iter().filter(|known| known.of_platform.is_some()) {
                let Some(file) = platform.iter().find(|file| file.table == known.name) else { continue };
                let (name, from) =
                    (format!("restore_{}", known.name), format!("public.restore_{}", known.name));
                swap::load(&tx, &from, file, &folder.join(platform_path(known.name))).await?;
                swap::insert(&tx, known.name, &from, &name, "public").await?;
                tx.batch_execute(&format!("drop table {from}")).await?;
            }
            for (schema, part) in built.iter().zip(&manifest.hospitals) {
                swap::enter(&tx, schema, part.id).await.with_context(|| part.name.clone())?;
            }
            swap::record(&tx, &built, "restored", None, &self.detail(manifest)).await?;
            tx.batch_execute("select pg_notify('hms_registry', 'all')").await?;
            tx.commit().await.map_err(table::told("COMMIT"))
        };
        if let Err(error) = done.await {
            for schema in &built {
                self.discard(&owner, schema).await?;
            }
            return Err(error.context("nothing was changed"));
        }
        Ok(())
    }

    /// Go back to what the hospital was before its last restore; what it is now is kept in its place.
    ///
    /// # Errors
    /// When nothing was kept, or an e-mail address or licence number belongs to others by now.
    pub async fn undo(&self, hospital: &str) -> anyhow::Result<Change> {
        let mut owner = self.owner().await?;
        migrate::must_be_current(&owner).await?;
        migrate::lock(&owner).await?;
        let id = swap::named(&owner, hospital).await?;
        let Some(schema) = swap::kept(&owner, id).await?.into_iter().next() else {
            bail!("nothing is kept of {hospital}: no restore to undo");
        };
        migrate::tenant(self.target, self.isolation, &schema).await?;
        self.free_of_conflicts(&owner, &schema, id).await?;
        let tx = owner.transaction().await?;
        let change = swap::change(&tx, &schema, id).await?;
        let detail = json!({ "operator": self.operator });
        swap::record(&tx, std::slice::from_ref(&schema), "restore_undone", Some(id), &detail).await?;
        tx.commit().await.map_err(table::told("COMMIT"))?;
        Ok(change)
    }

    /// Drop for good what restores of this hospital kept aside: schemas and their files. How many.
    ///
    /// # Errors
    /// Whatever PostgreSQL or the disk answers; what is left can be dropped by trying again.
    pub async fn drop_old(&self, hospital: &str) -> anyhow::Result<usize> {
        let owner = self.owner().await?;
        migrate::lock(&owner).await?;
        let kept = swap::kept(&owner, swap::named(&owner, hospital).await?).await?;
        for schema in &kept {
            self.discard(&owner, schema).await?;
        }
        Ok(kept.len())
    }

    async fn owner(&self) -> anyhow::Result<Client> {
        Ok(self.target.connect(&self.target.owner_with_path("extensions", self.isolation)).await?)
    }

    fn detail(&self, manifest: &Manifest) -> serde_json::Value {
        json!({ "operator": self.operator, "as_of": manifest.as_of, "hospitals": manifest.hospitals.len() })
    }

    fn may_be_read<'a>(
        &self,
        manifest: &Manifest,
        parts: impl IntoIterator<Item = &'a HospitalPart>,
    ) -> anyhow::Result<()> {
        let newest = parts.into_iter().map(|part| part.version).max().unwrap_or(0);
        ensure!(
            newest <= migrate::tenant_version() && manifest.platform_version <= migrate::platform_version(),
            "the backup was made by a newer HMS ({}; platform version {}, hospitals {newest}): this HMS knows {} and {}, update it first",
            manifest.hms,
            manifest.platform_version,
            migrate::platform_version(),
            migrate::tenant_version()
        );
        Ok(())
    }

    async fn free_of_conflicts(&self, owner: &Client, schema: &SchemaName, id: Uuid) -> anyhow::Result<()> {
        let found = swap::conflicts(owner, schema, id).await?;
        ensure!(found.is_empty(), "others have by now what this hospital had:\n  {}", found.join("\n  "));
        Ok(())
    }

    /// A schema of its own, loaded, read back, migrated, with its files. It serves nobody yet.
    async fn build(
        &self,
        owner: &Client,
        part: &HospitalPart,
        folder: &Path,
        alive: &Alive,
    ) -> anyhow::Result<SchemaName> {
        let schema = schemas::build_for_restore(self.target, self.isolation, part.version).await?;
        alive.add(&schema);
        let filled = async {
            self.fill(owner, &schema, part, folder).await?;
            stored::give(part, folder, &self.files.join(schema.as_str()))
        };
        match filled.await.with_context(|| part.name.clone()) {
            Ok(()) => Ok(schema),
            Err(error) => {
                self.discard(owner, &schema).await?;
                Err(error)
            }
        }
    }

    async fn fill(
        &self,
        owner: &Client,
        schema: &SchemaName,
        part: &HospitalPart,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let config = self.target.owner_with_path(&format!("{schema},extensions"), self.isolation);
        let mut client = self.target.connect(&config).await?;
        let tx = client.transaction().await?;
        table::plain(&tx).await?;
        swap::stage(&tx, schema, part, folder).await?;
        tx.commit().await?;
        // Before the hours that the rows may take.
        self.free_of_conflicts(owner, schema, part.id).await?;

        let tx = client.transaction().await?;
        table::plain(&tx).await?;
        let expected = table::in_order(&tx, schema.as_str()).await?;
        let wanted: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        let given = part.tables.iter().map(|file| file.table.as_str());
        let given: BTreeSet<&str> = given.filter(|name| !NOT_KEPT.contains(name)).collect();
        ensure!(wanted == given, "the backup does not hold the tables of version {}", part.version);
        let names: Vec<String> = expected.iter().map(|name| format!("{schema}.{name}")).collect();
        // What a new schema starts with is in the backup too.
        tx.batch_execute(&format!("truncate {}", names.join(", "))).await?;
        for (name, place) in expected.iter().zip(&names) {
            let Some(file) = part.tables.iter().find(|file| file.table == *name) else { continue };
            table::into(&tx, place, file, &folder.join(part.table_path(name))).await?;
        }
        tx.commit().await.map_err(table::told("COMMIT"))?;
        migrate::tenant(self.target, self.isolation, schema).await?;
        // Or the first searches would be planned for empty tables.
        client.batch_execute(&format!("analyze {}", names.join(", "))).await?;
        Ok(())
    }

    async fn serve(
        &self,
        owner: &mut Client,
        schema: &SchemaName,
        manifest: &Manifest,
        part: &HospitalPart,
    ) -> anyhow::Result<Change> {
        let tx = owner.transaction().await?;
        let change = swap::change(&tx, schema, part.id).await?;
        let detail = self.detail(manifest);
        swap::record(&tx, std::slice::from_ref(schema), "restored", Some(part.id), &detail).await?;
        tx.commit().await.map_err(table::told("COMMIT"))?;
        Ok(change)
    }

    /// Files first: the schema's name is used again, and what lies below it would be another hospital's.
    async fn discard(&self, owner: &Client, schema: &SchemaName) -> anyhow::Result<()> {
        stored::remove(&self.files.join(schema.as_str()))?;
        schemas::discard(owner, schema).await
    }
}

/// Says every minute that schemas are still being loaded: the reaper drops those of which it heard nothing.
struct Alive {
    schemas: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Alive {
    async fn start(restore: &Restore<'_>) -> anyhow::Result<Self> {
        let client = restore.owner().await?;
        let schemas = Arc::new(Mutex::new(Vec::new()));
        let these = Arc::clone(&schemas);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(60)).await;
                let names: Vec<String> = these.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let sql = "update public.tenant_schemas set changed_at = now() where name = any ($1) and state = 'building'";
                if let Err(error) = client.execute(sql, &[&names]).await {
                    tracing::warn!(%error, "a schema that is being loaded could not be kept from the reaper");
                }
            }
        });
        Ok(Self { schemas, task })
    }

    fn add(&self, schema: &SchemaName) {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner).push(schema.as_str().to_owned());
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.task.abort();
    }
}
