//! Files that no row names: a crash between file and commit, or after a commit, leaves them behind.

use futures_util::TryStreamExt as _;
use jiff::SignedDuration;

use super::{FULL, store};
use crate::access::{self, SystemTask};
use crate::app::App;
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
    let then = app.clock.now() - AGE;
    let unfinished = app.files.remove_unfinished(then).await?;
    let mut removed = 0;
    let mut last = None;
    loop {
        let hospitals = access::hospitals(app, TASK, last).await?;
        let Some(end) = hospitals.last() else { break };
        last = Some(end.id);
        for hospital in hospitals {
            match of_one(app, hospital, then).await {
                Ok(files) => removed += files,
                Err(error) => tracing::warn!(%error, "the pictures of a hospital could not be tidied up"),
            }
        }
    }
    if removed + unfinished > 0 {
        tracing::info!(removed, unfinished, "files that no row named are removed");
    }
    Ok(())
}

async fn of_one(app: &App, hospital: TenantFacts, then: jiff::Timestamp) -> Result<usize, AppError> {
    let schema = hospital.schema.clone();
    let files = app.files.older(&schema, Area::Patients, then)?;
    let mut batches = files.try_chunks(BATCH);
    let mut removed = 0;
    while let Some(batch) = batches.try_next().await.map_err(|stopped| stopped.1)? {
        // A row names the picture; the small one beside it goes and stays with it.
        let pictures: Vec<FileName> = batch.iter().map(|file| file.with_ending(FULL)).collect();
        let names: Vec<&str> = pictures.iter().map(FileName::as_str).collect();
        let tx = access::system_tenant(app, TASK, hospital.clone()).await?;
        let unneeded = store::unneeded(&tx, &names).await?;
        tx.done().await?;
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
