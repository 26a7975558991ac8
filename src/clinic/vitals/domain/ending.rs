//! Entered in error: the set stays readable, with the reason, and does not count any more.

use super::alarm::{close_all, reopen, still_true};
use super::recording::{Links, Recorded, Way, written};
use crate::access::{self, TenantTx};
use crate::clinic::patients::{self, PatientId};
use crate::clinic::vitals::input::Told;
use crate::clinic::vitals::model::{VitalSet, VitalsError, VitalsId};
use crate::clinic::vitals::{author, store};
use crate::kernel::{AppError, Problem};

/// What became of a set, and what is right instead.
#[derive(Debug)]
pub struct EndedSet {
    pub set: VitalSet,
    pub replacement: Option<Recorded>,
    /// At which level somebody was told of what still counts, now that this set does not.
    pub alarm: Option<i16>,
}

fn not_found() -> Problem {
    Problem::not_found("The set of vital signs")
}

/// Mark a set as entered in error; `replacement` is what is right instead, of the same patient and visit, taken at the
/// same time where it says no other.
///
/// # Errors
/// 404, [`VitalsError::Ended`], and for the replacement as [`record`](super::recording::record).
pub async fn end(
    tx: &TenantTx,
    id: VitalsId,
    reason: &str,
    replacement: Option<&Told>,
) -> Result<EndedSet, AppError> {
    let found = store::find(tx, id).await?.ok_or_else(not_found)?;
    let patient = patients::lock(tx, found.patient).await?;
    // As it is now that nobody else changes it.
    let set = store::find(tx, id).await?.ok_or_else(not_found)?;
    if set.ended.is_some() {
        return Err(VitalsError::Ended.into());
    }
    store::end(tx, id, author(tx), reason).await?;
    if store::raising::close(tx, id, author(tx)).await? {
        access::ring(tx).await?;
    }
    store::rewatch(tx, set.patient).await?;
    let replacement = match replacement {
        Some(told) => {
            let links =
                Links { patient: set.patient, appointment: set.appointment, admission: set.admission };
            let recorded = written(tx, links, told, Way::Instead(set.recorded_at)).await?;
            store::replaced(tx, id, recorded.set.id).await?;
            Some(recorded)
        }
        None => None,
    };
    // An emergency that another set says as well is one still; of the dead it waits for nobody, until that was a mistake.
    let alarm = match patient.details.is_deceased {
        true => {
            if still_true(tx, patient.id).await?.is_some() {
                close_all(tx, patient.id).await?;
            }
            None
        }
        false => reopen(tx, patient.id).await?,
    };
    let set = store::find(tx, id).await?.ok_or_else(not_found)?;
    Ok(EndedSet { set, replacement, alarm })
}

/// Write down what is right instead of a set that was entered in error before: of the same patient, and once.
///
/// # Errors
/// 404 if this patient has no such set, or as [`record`](super::recording::record).
pub(in crate::clinic::vitals) async fn replace(
    tx: &TenantTx,
    patient: PatientId,
    id: VitalsId,
    told: &Told,
) -> Result<Recorded, AppError> {
    let patient = patients::lock(tx, patient).await?;
    let set = store::find(tx, id).await?.filter(|set| set.patient == patient.id).ok_or_else(not_found)?;
    let is_open = set.ended.as_ref().is_some_and(|ended| ended.replaced_by.is_none());
    let links = Links { patient: patient.id, appointment: set.appointment, admission: set.admission };
    let recorded = written(tx, links, told, Way::Instead(set.recorded_at)).await?;
    if is_open {
        store::replaced(tx, id, recorded.set.id).await?;
    }
    Ok(recorded)
}
