//! A doctor's photo: two JPEGs made anew of what was sent, as with patients' pictures (`clinic::pictures`). The file is on
//! disk before a row names it and is removed after none does; what a crash leaves behind is removed by its age.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::SignedDuration;

use crate::access::{self, Audit, Authorized, Permitted, SystemTask, TenantTx, Turned};
use crate::app::App;
use crate::clinic::doctors::model::{Doctor, DoctorError};
use crate::clinic::doctors::{Update, held, named, store};
use crate::clinic::patients::Viewer;
use crate::clinic::pictures::{self, Picture};
use crate::db::SchemaName;
use crate::files::{Area, FileName, Files};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::{FileLimits, Outcome};

pub(in crate::clinic::doctors) const LIMITS: FileLimits =
    FileLimits { bytes: pictures::MAX_BYTES, arrival: Duration::from_secs(22) };
pub(in crate::clinic::doctors) const FULL: &str = "jpg";
pub(in crate::clinic::doctors) const THUMB: &str = "thumb.jpg";

const TASK: SystemTask = SystemTask("photos.housekeeping");
/// A file this old is named by a row, or never will be.
const AGE: SignedDuration = SignedDuration::from_hours(24);
/// Files that are asked about at once.
const BATCH: usize = 500;

/// Both files of a photo.
fn both(name: &FileName) -> [FileName; 2] {
    [name.with_ending(FULL), name.with_ending(THUMB)]
}

async fn keep(
    files: &Files,
    schema: &SchemaName,
    id: UserId,
    picture: Picture,
) -> Result<FileName, AppError> {
    let name = FileName::new(Area::Doctors, id.0, FULL);
    let kept = async {
        files.put(schema, &name.with_ending(THUMB), picture.thumb).await?;
        files.put(schema, &name, picture.full).await
    };
    if let Err(error) = kept.await {
        files.remove(schema, &both(&name)).await;
        return Err(error);
    }
    Ok(name)
}

/// Name another file, or none; those that no row names any more.
async fn name_it(
    tx: &TenantTx,
    id: UserId,
    name: Option<&FileName>,
) -> Result<(Doctor, Vec<FileName>), AppError> {
    let before = held(tx, id).await?;
    if before.photo.is_none() && name.is_none() {
        return Err(DoctorError::NoPhoto.into());
    }
    store::set_photo(tx, id, name.map(FileName::as_str), Viewer::of(tx).user).await?;
    let before = before.photo.and_then(|name| FileName::parse(&name).ok());
    Ok((named(tx, id).await?, before.iter().flat_map(both).collect()))
}

fn audit(id: UserId) -> Audit {
    Audit::did("doctor_changed", id).with(serde_json::json!({ "fields": ["photo"] }))
}

/// Keep a photo, give it to the doctor, and answer with what `reply` makes of them.
///
/// # Errors
/// 404, 503 when the file cannot be kept.
pub(in crate::clinic::doctors) async fn give<O: Outcome>(
    permitted: Permitted<Update>,
    files: &Files,
    id: UserId,
    picture: Picture,
    reply: impl FnOnce(&TenantTx, Doctor) -> O,
) -> Result<O, Turned> {
    let schema = permitted.hospital().schema.clone();
    let name = keep(files, &schema, id, picture).await?;
    let given = async {
        let tx = permitted.open().await?;
        let changed = name_it(&tx, id, Some(&name)).await?;
        Ok::<_, Turned>((tx, changed))
    };
    let (tx, (doctor, unneeded)) = match given.await {
        Ok(given) => given,
        Err(turned) => {
            files.remove(&schema, &both(&name)).await;
            return Err(turned);
        }
    };
    let reply = reply(&tx, doctor);
    let reply = tx.commit(audit(id), reply).await?;
    files.remove(&schema, &unneeded).await;
    Ok(reply)
}

/// Take the doctor's photo away, and answer with `reply`.
///
/// # Errors
/// 404, [`DoctorError::NoPhoto`].
pub(in crate::clinic::doctors) async fn remove<O: Outcome>(
    tx: Authorized<Update>,
    files: &Files,
    id: UserId,
    reply: O,
) -> Result<O, AppError> {
    let schema = tx.hospital().schema.clone();
    let (_, unneeded) = name_it(&tx, id, None).await?;
    let reply = tx.commit(audit(id), reply).await?;
    files.remove(&schema, &unneeded).await;
    Ok(reply)
}

/// The file of the doctor's photo.
///
/// # Errors
/// 404, [`DoctorError::NoPhoto`].
pub(in crate::clinic::doctors) async fn file(tx: &TenantTx, id: UserId) -> Result<FileName, AppError> {
    let doctor = named(tx, id).await?;
    let name = doctor.photo.ok_or(DoctorError::NoPhoto)?;
    FileName::parse(&name).map_err(AppError::internal)
}

/// One round through all hospitals: files of photos that no row names. One that fails does not keep the others waiting.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn housekeep(app: &App) -> Result<(), AppError> {
    let then = app.clock.now() - AGE;
    let mut last = None;
    loop {
        let hospitals = access::hospitals(app, TASK, last).await?;
        let Some(end) = hospitals.last() else { return Ok(()) };
        last = Some(end.id);
        for hospital in hospitals {
            if let Err(error) = tidy(app, hospital, then).await {
                tracing::warn!(%error, "the photos of a hospital's doctors could not be tidied up");
            }
        }
    }
}

async fn tidy(app: &App, hospital: TenantFacts, then: jiff::Timestamp) -> Result<(), AppError> {
    let schema = hospital.schema.clone();
    let files = app.files.older(&schema, Area::Doctors, then)?;
    let mut batches = files.try_chunks(BATCH);
    while let Some(batch) = batches.try_next().await.map_err(|stopped| stopped.1)? {
        // A row names the photo; the small one beside it goes and stays with it.
        let photos: Vec<FileName> = batch.iter().map(|file| file.with_ending(FULL)).collect();
        let names: Vec<&str> = photos.iter().map(FileName::as_str).collect();
        let tx = access::system_tenant(app, TASK, hospital.clone()).await?;
        let unneeded = store::unneeded(&tx, &names).await?;
        tx.done().await?;
        let gone = batch.into_iter().zip(&photos);
        let gone = gone.filter(|(_, photo)| unneeded.iter().any(|name| name == photo.as_str()));
        let gone: Vec<FileName> = gone.map(|(file, _)| file).collect();
        app.files.remove(&schema, &gone).await;
    }
    Ok(())
}
