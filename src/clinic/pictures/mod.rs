//! Pictures of patients: one each, so that the right person is recognised.
//!
//! Invariants: what is kept are two JPEGs made here (`jpeg`), never the file that was sent; the name of their file is in
//! `patients.photo_path`, is never written by a client and never shown to one; a file is on disk before a row names it,
//! and removed after no row does (a merged record and a merge that may be undone count). Nothing waits for a file while
//! a transaction is open. What a crash leaves behind, `housekeeping` removes.

mod api;
mod housekeeping;
mod jpeg;
mod kept;
mod model;
mod pages;
mod store;

pub use housekeeping::{run as housekeep, tidy};
pub use kept::{LIMITS, PictureQuery, both, keep, read};
pub use model::{Picture, PictureError, Size};

use crate::access::{Audit, Authorized, Module, Permitted, TenantTx, Turned};
use crate::clinic::patients::{self, Patient, PatientId, Update};
use crate::files::{Area, FileName, Files};
use crate::kernel::{AppError, Problem};
use crate::paper;
use crate::web::layout::Icon;
use crate::web::nav::{Place, RecordLink};
use crate::web::{Outcome, Upload};

/// This capability, for the registry. It asks for the rights to see and to change patients.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[PictureError::CODES],
    docs: patients::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    record: &[RecordLink {
        place: Place::Menu,
        order: 20,
        label: "Picture",
        icon: Icon("camera"),
        path: "/picture",
        permission: "patients:view",
        after_death: true,
    }],
    ..Module::named("pictures")
};

/// The query of a hospital's schema that names every file which its rows need, for a backup.
#[must_use]
pub fn named_files() -> &'static str {
    store::NAMED.info.sql
}

/// The pixels of the picture in this file, upright and on white, for others who make files of pictures. Slow: call it
/// within `paper::make`.
///
/// # Errors
/// What is wrong with the file.
pub fn flat(file: &[u8]) -> Result<image::DynamicImage, PictureError> {
    jpeg::flat(file)
}

/// Make a picture of the file that was sent.
///
/// # Errors
/// [`PictureError`], or 503 when many files are being made.
pub async fn prepare(upload: Upload) -> Result<Picture, AppError> {
    paper::make(move || {
        // All of it, so that it counts as memory until it is done.
        let upload = upload;
        jpeg::remake(&upload.bytes).map_err(AppError::from)
    })
    .await
}

/// Keep a picture, give it to the patient, and answer with what `reply` makes of her.
///
/// # Errors
/// 404 if this hospital has no such patient, 409 for a merged record, 503 when the file cannot be kept.
pub async fn give<O: Outcome>(
    permitted: Permitted<Update>,
    files: &Files,
    id: PatientId,
    picture: Picture,
    reply: impl FnOnce(Patient) -> O,
) -> Result<O, Turned> {
    let schema = permitted.hospital().schema.clone();
    let given = keep(files, &schema, (Area::Patients, id.0), picture, |name| async move {
        let tx = permitted.open().await?;
        let changed = change(&tx, id, Some(&name)).await?;
        Ok::<_, Turned>((tx, changed))
    });
    let (tx, changed) = given.await?;
    // If only the word that it is committed gets lost, the row names the new file: so it stays whatever comes back.
    let reply = tx.commit(audit(id), reply(changed.patient)).await?;
    files.remove(&schema, &changed.unneeded).await;
    Ok(reply)
}

/// Take the patient's picture away, and answer with what `reply` makes of her.
///
/// # Errors
/// 404 if there is no such patient or no picture, 409 for a merged record.
pub async fn remove<O: Outcome>(
    tx: Authorized<Update>,
    files: &Files,
    id: PatientId,
    reply: impl FnOnce(Patient) -> O,
) -> Result<O, AppError> {
    let schema = tx.hospital().schema.clone();
    let changed = change(&tx, id, None).await?;
    if !changed.had_one {
        return Err(not_found());
    }
    let reply = tx.commit(audit(id), reply(changed.patient)).await?;
    files.remove(&schema, &changed.unneeded).await;
    Ok(reply)
}

/// Whose picture this id leads to, and its file.
///
/// # Errors
/// 404 if there is no such patient or no picture, 403 for a record that whoever asks may not see.
pub async fn find(tx: &TenantTx, id: PatientId) -> Result<(Patient, FileName), AppError> {
    // The record as others see it, so that whoever may not see it does not see its picture either.
    let patient = patients::show(tx, id).await?;
    let name = FileName::parse(patient.picture.as_deref().ok_or_else(not_found)?);
    Ok((patient, name.map_err(AppError::internal)?))
}

fn not_found() -> AppError {
    Problem::not_found("The picture").into()
}

fn audit(id: PatientId) -> Audit {
    Audit::updated(id).with(serde_json::json!({ "fields": ["picture"] }))
}

struct Changed {
    patient: Patient,
    had_one: bool,
    /// Files that no row names once this is committed.
    unneeded: Vec<FileName>,
}

async fn change(tx: &TenantTx, id: PatientId, name: Option<&FileName>) -> Result<Changed, AppError> {
    let (patient, before) = patients::set_picture(tx, id, name.map(FileName::as_str)).await?;
    let mut unneeded = Vec::new();
    if let Some(before) = &before {
        store::forget_at_merged(tx, id, before).await?;
        if !store::is_needed(tx, before).await? {
            unneeded.extend(FileName::parse(before).iter().flat_map(both));
        }
    }
    Ok(Changed { patient, had_one: before.is_some(), unneeded })
}
