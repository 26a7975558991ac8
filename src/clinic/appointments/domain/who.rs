//! Who may do what beside the permission at the gate, as the contract has it.

use super::reading::show;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{Act, Appointment, AppointmentError, AppointmentId};
use crate::clinic::patients;
use crate::clinic::roles::SystemRole;
use crate::kernel::AppError;

fn is(tx: &TenantTx, role: SystemRole) -> bool {
    tx.person()
        .is_some_and(|person| person.roles.iter().any(|held| held.system_key.as_deref() == Some(role.key())))
}

/// A doctor who is neither administrator nor at the front desk: books for themselves unless they say otherwise.
#[must_use]
pub fn is_pure_doctor(tx: &TenantTx) -> bool {
    tx.person().is_some_and(|person| person.works_as(SystemRole::Doctor.key()))
        && !is(tx, SystemRole::HospitalAdmin)
        && !is(tx, SystemRole::Receptionist)
}

/// May whoever asks take this step? A consultation is its doctor's, the rest the front desk's; taking back one that was
/// begun by mistake, and handing over a patient who waits, is either's.
///
/// # Errors
/// 404, 403, [`AppointmentError::DeskOnly`], [`AppointmentError::NotYours`].
pub async fn may(tx: &TenantTx, id: AppointmentId, act: Act) -> Result<(), AppError> {
    match act {
        Act::CheckIn | Act::Cancel | Act::NoShow | Act::Reschedule => at_desk(tx, id).await,
        Act::Start | Act::Complete => may_treat(tx, &show(tx, id).await?).await,
        Act::TakeBack | Act::HandOver => may_annotate(tx, &show(tx, id).await?).await,
    }
}

/// The acts of the front desk on an appointment: check-in, cancelling, moving, marking as missed.
async fn at_desk(tx: &TenantTx, id: AppointmentId) -> Result<(), AppError> {
    if is_pure_doctor(tx) {
        // What does not exist for somebody is not refused but absent.
        show(tx, id).await?;
    }
    may_run_desk(tx)
}

/// The acts of the front desk, without an appointment.
///
/// # Errors
/// [`AppointmentError::DeskOnly`].
pub fn may_run_desk(tx: &TenantTx) -> Result<(), AppError> {
    if is_pure_doctor(tx) { Err(AppointmentError::DeskOnly.into()) } else { Ok(()) }
}

/// The acts of a consultation: the appointment's own doctor, who covers for them or for the department, and
/// administrators.
///
/// # Errors
/// [`AppointmentError::NotYours`].
pub async fn may_treat(tx: &TenantTx, appointment: &Appointment) -> Result<(), AppError> {
    let Some(person) = tx.person() else { return Ok(()) };
    if is(tx, SystemRole::HospitalAdmin) || person.user == appointment.doctor {
        return Ok(());
    }
    let (people, departments) = patients::acts_for(tx).await?;
    if people.contains(&appointment.doctor) || departments.contains(&appointment.department.0) {
        return Ok(());
    }
    Err(AppointmentError::NotYours.into())
}

/// Notes: the front desk, administrators and whoever may treat.
///
/// # Errors
/// [`AppointmentError::NotYours`].
pub async fn may_annotate(tx: &TenantTx, appointment: &Appointment) -> Result<(), AppError> {
    if is_pure_doctor(tx) { may_treat(tx, appointment).await } else { Ok(()) }
}
