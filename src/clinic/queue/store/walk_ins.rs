//! SQL of walk-ins: forms that were sent before, and which doctor has the fewest waiting.

use jiff::Timestamp;
use uuid::Uuid;

use super::Days;
use crate::access::TenantTx;
use crate::clinic::appointments::{AppointmentId, Token};
use crate::clinic::patients::{PatientId, Viewer};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    BY_KEY(UUID) = "select appointment_id from walk_ins where form_key = $1";
    INSERT(UUID, UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID) =
        "insert into walk_ins (form_key, appointment_id, arrived_at, recorded_at, recorded_by_id) values ($1, $2, $3, $4, $5)";
    /// It came so much earlier than it was written down.
    ARRIVED(UUID, TIMESTAMPTZ) =
        "update appointments set scheduled_at = $2::timestamptz, ends_at = $2::timestamptz + (ends_at - scheduled_at),
                checked_in_at = $2::timestamptz, queued_at = $2::timestamptz
          where id = $1";
    WHEN(UUID) = "select arrived_at, recorded_at from walk_ins where appointment_id = $1";
    /// Of these doctors, how many wait for each today.
    WAITING(DATE, UUID_ARRAY) =
        "select doctor_user_id, count(*) as waiting from appointments
          where token_number is not null and token_day = $1 and queue_state in ('WAITING', 'CALLED', 'SKIPPED')
            and doctor_user_id = any ($2)
          group by doctor_user_id";
    /// A token with which this patient waits for this doctor today.
    OPEN(UUID, UUID, DATE) =
        "select token_day, token_prefix, token_number from appointments
          where patient_id = $1 and doctor_user_id = $2 and token_day = $3
            and queue_state in ('WAITING', 'CALLED', 'WITH_DOCTOR', 'SKIPPED')
          order by token_number limit 1";
}

pub(in crate::clinic::queue) async fn by_key(
    tx: &TenantTx,
    key: Uuid,
) -> Result<Option<AppointmentId>, DbError> {
    Ok(tx.row_opt(&BY_KEY, &[&key]).await?.map(|row| row.get("appointment_id")))
}

pub(in crate::clinic::queue) async fn insert(
    tx: &TenantTx,
    key: Uuid,
    appointment: AppointmentId,
    arrived_at: Timestamp,
) -> Result<(), DbError> {
    let me = Viewer::of(tx).user;
    tx.execute(&INSERT, &[&key, &appointment, &arrived_at, &tx.now(), &me]).await.map(|_| ())
}

pub(in crate::clinic::queue) async fn arrived(
    tx: &TenantTx,
    appointment: AppointmentId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&ARRIVED, &[&appointment, &at]).await.map(|_| ())
}

/// When the patient came, and when that was written down.
pub(in crate::clinic::queue) async fn when(
    tx: &TenantTx,
    appointment: AppointmentId,
) -> Result<Option<(Timestamp, Timestamp)>, DbError> {
    let row = tx.row_opt(&WHEN, &[&appointment]).await?;
    Ok(row.map(|row| (row.get("arrived_at"), row.get("recorded_at"))))
}

pub(in crate::clinic::queue) async fn waiting(
    tx: &TenantTx,
    days: Days,
    doctors: &[UserId],
) -> Result<Vec<(UserId, i64)>, DbError> {
    let rows = tx.rows(&WAITING, &[&days.today, &doctors]).await?;
    Ok(rows.iter().map(|row| (row.get("doctor_user_id"), row.get("waiting"))).collect())
}

pub(in crate::clinic::queue) async fn open_token(
    tx: &TenantTx,
    patient: PatientId,
    doctor: UserId,
    days: Days,
) -> Result<Option<Token>, DbError> {
    let row = tx.row_opt(&OPEN, &[&patient, &doctor, &days.today]).await?;
    Ok(row.map(|row| Token {
        day: row.get("token_day"),
        prefix: row.get("token_prefix"),
        number: row.get("token_number"),
    }))
}
