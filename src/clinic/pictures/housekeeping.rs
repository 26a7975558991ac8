//! Files that no row names: a crash between file and commit, or after a commit, leaves them behind.

use futures_util::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};

use super::kept::FULL;
use super::store;
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::db::{Stmt, Tenant};
use crate::files::{Area, FileName};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;

const TASK: SystemTask = SystemTask("pictures.housekeeping");
/// A file this old is named by a row, or never will be.
const AGE: SignedDuration = SignedDuration::from_hours(24);
/// Files that are asked about at once.
const BATCH: usize = 500;

/// One round through all hospitals. One that fails does not keep the others waiting.
///
/// # Errors
/// When the storage or the list of hospitals cannot be read.
pub async fn run(app: &App) -> Result<(), AppError> {
    let unfinished = app.files.remove_unfinished(app.clock.now() - AGE).await?;
    let failed = "the pictures of a hospital could not be tidied up";
    let removed = tidy(app, TASK, Area::Patients, &store::UNNEEDED, failed).await?;
    if removed + unfinished > 0 {
        tracing::info!(removed, unfinished, "files that no row named are removed");
    }
    Ok(())
}

/// The same for the pictures of one area: how many files were removed. `unneeded` gives those of a list of names that no
/// row names; `failed` is what the log says of a hospital that was passed over.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn tidy(
    app: &App,
    task: SystemTask,
    area: Area,
    unneeded: &Stmt<Tenant>,
    failed: &'static str,
) -> Result<usize, AppError> {
    let then = app.clock.now() - AGE;
    let removed = access::each_hospital(app, task, failed, |hospital| {
        of_one(app, task, hospital, (area, then), unneeded)
    });
    Ok(removed.await?.into_iter().sum())
}

async fn of_one(
    app: &App,
    task: SystemTask,
    hospital: TenantFacts,
    (area, then): (Area, Timestamp),
    unneeded: &Stmt<Tenant>,
) -> Result<usize, AppError> {
    let schema = hospital.schema.clone();
    let files = app.files.older(&schema, area, then)?;
    let mut batches = files.try_chunks(BATCH);
    let mut removed = 0;
    while let Some(batch) = batches.try_next().await.map_err(|stopped| stopped.1)? {
        // A row names the picture; the small one beside it goes and stays with it.
        let pictures: Vec<FileName> = batch.iter().map(|file| file.with_ending(FULL)).collect();
        let names: Vec<&str> = pictures.iter().map(FileName::as_str).collect();
        let tx = access::system_tenant(app, task, hospital.clone()).await?;
        let rows = tx.rows(unneeded, &[&names]).await?;
        tx.done().await?;
        let unneeded: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
        let files: Vec<FileName> = batch
            .into_iter()
            .zip(&pictures)
            .filter(|(_, picture)| unneeded.iter().any(|name| name == picture.as_str()))
            .map(|(file, _)| file)
            .collect();
        removed += files.len() - app.files.remove(&schema, &files).await;
    }
    Ok(removed)
}
