//! Telling somebody: written with the set that asks for it. Who answers, and what happens if nobody does, is
//! `clinic::escalations`.

use jiff::SignedDuration;

use crate::access::{self, TenantTx};
use crate::clinic::appointments::Appointment;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::model::VitalsId;
use crate::clinic::vitals::score::Reason;
use crate::clinic::vitals::store;
use crate::clinic::vitals::tables::Response;
use crate::kernel::AppError;

/// Tell whoever has to know; `None` if they were told already, at this level or above, and nobody has answered yet.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(super) async fn alarm(
    tx: &TenantTx,
    vitals: VitalsId,
    patient: PatientId,
    visit: Option<&Appointment>,
    (reason, level): (Reason, i16),
    response: &Response,
) -> Result<Option<i16>, AppError> {
    if store::raising::open_level(tx, patient).await? >= level {
        return Ok(None);
    }
    let wait = SignedDuration::from_mins(response.repeat_after(level));
    let raised = store::raising::Raised {
        vitals,
        patient,
        doctor: visit.map(|visit| visit.doctor),
        department: visit.map(|visit| visit.department),
        reason: reason.code(),
        level,
        next_at: tx.now().checked_add(wait).map_err(AppError::internal)?,
    };
    store::raising::raise(tx, &raised).await?;
    access::ring(tx).await?;
    Ok(Some(level))
}
