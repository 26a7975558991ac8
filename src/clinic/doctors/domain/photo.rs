//! A doctor's photo: two JPEGs made anew of what was sent, kept and removed as patients' pictures are (`clinic::pictures`).

use crate::access::{Audit, Authorized, Permitted, SystemTask, TenantTx, Turned};
use crate::app::App;
use crate::clinic::doctors::model::{Doctor, DoctorError};
use crate::clinic::doctors::{Update, held, named, store};
use crate::clinic::patients::Viewer;
use crate::clinic::pictures::{self, Picture};
use crate::files::{Area, FileName, Files};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::Outcome;

const TASK: SystemTask = SystemTask("photos.housekeeping");

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
    Ok((named(tx, id).await?, before.iter().flat_map(pictures::both).collect()))
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
    let given = pictures::keep(files, &schema, (Area::Doctors, id.0), picture, |name| async move {
        let tx = permitted.open().await?;
        let changed = name_it(&tx, id, Some(&name)).await?;
        Ok::<_, Turned>((tx, changed))
    });
    let (tx, (doctor, unneeded)) = given.await?;
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
    let failed = "the photos of a hospital's doctors could not be tidied up";
    pictures::tidy(app, TASK, Area::Doctors, &store::UNNEEDED, failed).await.map(drop)
}
