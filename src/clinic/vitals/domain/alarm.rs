//! Telling somebody: written with the set that asks for it. Who answers, and what happens if nobody does, is
//! `clinic::escalations`.

use jiff::SignedDuration;

use super::asked::tables;
use crate::access::{self, TenantTx};
use crate::clinic::appointments::{self, Appointment};
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::handover::{FRESH, is_fresh};
use crate::clinic::vitals::model::{VitalSet, VitalsId};
use crate::clinic::vitals::score::{Reason, answer, is_unsure, is_whole};
use crate::clinic::vitals::store;
use crate::clinic::vitals::tables::Response;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;

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

/// Sets that are looked through for the one that says how somebody is.
const NEWEST: i64 = 20;

/// Tell whoever has to know of the newest set that says something of now, unless they were told of it, or somebody went to
/// look since: another set, which alone had told them, does not count any more.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(super) async fn still_true(tx: &TenantTx, patient: PatientId) -> Result<Option<i16>, AppError> {
    let tables = tables(tx).await?;
    let sets = store::newest_of(tx, &[patient], NEWEST).await?;
    let mut saying: Option<(&VitalSet, Reason, i16)> = None;
    for set in sets.iter().filter(|set| is_fresh(set, tx.now())) {
        let most = saying.map_or(0, |(.., most)| most);
        if let Some((_, step, reason)) = answer(&set.score, &tables.response)
            && i16::from(step.level) > most
            && !store::raising::is_answered(tx, set, i16::from(step.level)).await?
        {
            saying = Some((set, reason, i16::from(step.level)));
        }
        // What is in doubt, or misses something, hides nothing that was said before.
        if is_whole(&set.taken, &set.score) && !is_unsure(&set.taken) {
            break;
        }
    }
    let Some((set, reason, level)) = saying else { return Ok(None) };
    let visit = match set.appointment {
        Some(id) => Some(appointments::show(tx, id).await?),
        None => None,
    };
    alarm(tx, set.id, patient, visit.as_ref(), (reason, level), &tables.response).await
}

/// Nobody goes to look at this patient any more, who has died: whatever waits is closed.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn close_all(tx: &TenantTx, patient: PatientId) -> Result<(), AppError> {
    if store::raising::close_all(tx, patient, tx.origin().actor_id.map(UserId)).await? {
        access::ring(tx).await?;
    }
    Ok(())
}

/// It was a mistake that the patient has died: what waited then waits again, at once. Then somebody is told of
/// what is true by now, as after any change ([`still_true`]): at this level.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn reopen(tx: &TenantTx, patient: PatientId) -> Result<Option<i16>, AppError> {
    let since = tx.now().checked_sub(FRESH).map_err(AppError::internal)?;
    if store::raising::reopen(tx, patient, since, tx.origin().actor_id.map(UserId)).await? {
        access::ring(tx).await?;
    }
    still_true(tx, patient).await
}
