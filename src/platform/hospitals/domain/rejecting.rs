//! Rejecting a sign-up that nobody confirmed: the hospital is removed, and its licence number and address are free.

use crate::access::{Audit, PlatformTx};
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::platform::hospitals::{Asked, Hospital, HospitalError, find};
use crate::platform::signup;

/// Reject it. Nobody is written to: its address may be a stranger's. Returns the hospital as it was and the audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], [`HospitalError::Changed`], or that its address is confirmed.
pub async fn reject(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    let hospital = find(tx, id).await?;
    if asked.seen.is_some_and(|seen| seen != i64::from(hospital.version)) {
        return Err(HospitalError::Changed.into());
    }
    let audit = signup::reject(tx, id, asked.reason.as_deref().unwrap_or_default()).await?;
    Ok((hospital, audit))
}
