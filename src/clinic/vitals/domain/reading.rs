//! Reading sets, as far as the record of their patient lies open.

use crate::access::TenantTx;
use crate::clinic::patients::{self, Patient, PatientId, Period};
use crate::clinic::vitals::model::{VitalSet, VitalsId};
use crate::clinic::vitals::store::{self, Narrowed};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};

/// One page of a patient's sets, the newest first.
///
/// # Errors
/// Whatever PostgreSQL answers. Whoever asks has opened the record before.
pub async fn list(
    tx: &TenantTx,
    patient: PatientId,
    narrowed: Narrowed,
    page: PageRequest,
) -> Result<Page<VitalSet>, AppError> {
    let sets = store::page(tx, patient, narrowed, page).await?;
    let total = store::total(tx, patient, narrowed).await?;
    Ok(page.envelope(sets, total))
}

/// The newest set of a patient that counts.
///
/// # Errors
/// Whatever PostgreSQL answers. Whoever asks has opened the record before.
pub async fn latest(tx: &TenantTx, patient: PatientId) -> Result<Option<VitalSet>, AppError> {
    Ok(store::latest(tx, patient).await?)
}

/// The newest sets of a patient that count, the newest first, at most `most`.
///
/// # Errors
/// Whatever PostgreSQL answers. Whoever asks has opened the record before.
pub async fn of_patient(tx: &TenantTx, patient: PatientId, most: i64) -> Result<Vec<VitalSet>, AppError> {
    let page = PageRequest { page: 1, page_size: most };
    Ok(store::page(tx, patient, Narrowed::default(), page).await?)
}

/// The newest sets of a patient in a period, those entered in error too, the newest first, at most `most`.
///
/// # Errors
/// Whatever PostgreSQL answers. Whoever asks has opened the record before.
pub(in crate::clinic::vitals) async fn within(
    tx: &TenantTx,
    patient: PatientId,
    period: Period,
    most: i64,
) -> Result<Vec<VitalSet>, AppError> {
    Ok(store::within(tx, patient, period, most).await?)
}

/// One set, and its patient, whose record lies open to whoever asks.
///
/// # Errors
/// 404, or as `patients::show`.
pub async fn show(tx: &TenantTx, id: VitalsId) -> Result<(VitalSet, Patient), AppError> {
    let set = store::find(tx, id).await?.ok_or_else(|| Problem::not_found("The set of vital signs"))?;
    let patient = patients::show(tx, set.patient).await?;
    Ok((set, patient))
}
