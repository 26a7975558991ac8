//! The picture of a record: its row holds the name of a file that only `pictures` makes.

use serde_json::{Map, Value};

use super::kept::note_change;
use crate::access::TenantTx;
use crate::clinic::patients::model::{Patient, PatientId};
use crate::clinic::patients::why::Action;
use crate::clinic::patients::{author, lock, store};
use crate::kernel::AppError;

/// Give a patient another picture, or none; returns her and the picture before. The record's history says that there was
/// one, not which.
///
/// # Errors
/// As [`lock`].
pub async fn set_picture(
    tx: &TenantTx,
    id: PatientId,
    picture: Option<&str>,
) -> Result<(Patient, Option<String>), AppError> {
    let patient = lock(tx, id).await?;
    if picture == patient.picture.as_deref() {
        return Ok((patient, None));
    }
    let (by, at) = (author(tx), tx.now());
    store::set_picture(tx, id, picture, by, at).await?;
    let told = |name: Option<&str>| Map::from_iter([("photo_path".to_owned(), Value::from(name))]);
    let values = (told(patient.picture.as_deref()), told(picture));
    note_change(tx, id, Action::Picture, None, values).await?;
    let before = patient.picture;
    let (picture, version) = (picture.map(str::to_owned), patient.version + 1);
    Ok((Patient { picture, updated_by: by, updated_at: at, version, ..patient }, before))
}
