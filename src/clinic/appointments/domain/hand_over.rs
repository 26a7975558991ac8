//! Somebody who waits is seen by another doctor: a colleague takes over in the middle of a clinic.

use super::booking::{doctor, tie, wrong};
use super::reading::{held, not_found};
use super::steps::note;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{
    Act, Appointment, AppointmentError, AppointmentId, EventKind, NewEvent,
};
use crate::clinic::appointments::store;
use crate::clinic::patients;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};

/// Characters of a line of the history.
const MOST: usize = 500;

/// Another doctor sees who has arrived. Token, turn, check-in and every other stamp stay, and so does the department, whose
/// number the token is. The time that was booked is given up: the patient waits their turn, so no free one is needed.
///
/// # Errors
/// 404, 403, 422 for the doctor whose patient it is already, [`AppointmentError`].
pub async fn hand_over(
    tx: &TenantTx,
    id: AppointmentId,
    to: UserId,
    reason: Option<&str>,
) -> Result<Appointment, AppError> {
    let (patient, before) = held(tx, id).await?;
    if !Act::HandOver.fits(before.status) {
        return Err(wrong(&before, Act::HandOver));
    }
    if patient.details.is_deceased {
        return Err(AppointmentError::Deceased.into());
    }
    if to == before.doctor {
        let mut errors = FieldErrors::default();
        errors.add("doctor_user_id", "This patient waits for this doctor already: choose another one.");
        return Err(AppError::Problem(errors.into()));
    }
    let other = doctor(tx, to).await?;
    patients::may_book(tx, &patient, to, before.department.0).await?;
    store::steps::hand_over(tx, id, to, other.facts.room_id).await?;
    tie(tx, before.patient, to, id).await?;
    let said = format!("From {} to {}", before.names.doctor, other.name);
    let said = match reason {
        Some(reason) => format!("{said}: {reason}"),
        None => said,
    };
    let said: String = said.chars().take(MOST).collect();
    note(tx, &NewEvent::of(&before, EventKind::Requeued).because(Some(said))).await?;
    store::find(tx, id).await?.ok_or_else(not_found)
}
