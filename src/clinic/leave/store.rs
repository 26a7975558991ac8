//! SQL of what patients are to be told.

use super::model::{Settled, notice};
use crate::access::TenantTx;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::availability::LeaveId;
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

statements! { Tenant;
    /// One for each booking, all at once.
    TELL(UUID_ARRAY, UUID_ARRAY, TEXT_ARRAY, UUID, UUID, TIMESTAMPTZ) =
        "insert into booking_notices (id, appointment_id, kind, leave_id, made_by_id, made_at)
         select id, appointment_id, kind, $4, $5, $6
           from unnest($1::uuid[], $2::uuid[], $3::text[]) as n (id, appointment_id, kind)";
}

pub(super) async fn tell(
    tx: &TenantTx,
    leave: LeaveId,
    settled: &[Settled],
    by: UserId,
) -> Result<(), DbError> {
    let told = settled.iter().filter_map(|one| Some((one.appointment.id, notice(one.outcome)?)));
    let (appointments, kinds): (Vec<AppointmentId>, Vec<&str>) = told.unzip();
    if appointments.is_empty() {
        return Ok(());
    }
    let ids: Vec<uuid::Uuid> = appointments.iter().map(|_| new_uuid()).collect();
    tx.execute(&TELL, &[&ids, &appointments, &kinds, &leave, &by, &tx.now()]).await.map(|_| ())
}
