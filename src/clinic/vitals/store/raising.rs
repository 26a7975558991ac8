//! SQL of raising somebody. What becomes of it is shown and moved by `clinic::escalations`.

use jiff::Timestamp;
use uuid::Uuid;

use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::model::VitalsId;
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

statements! { Tenant;
    /// The highest level at which somebody was told of this patient and nobody answered yet.
    hot OPEN_LEVEL(UUID) =
        "select coalesce(max(level), 0::smallint) as level from escalations where patient_id = $1 and next_at is not null";
    RAISE(UUID, UUID, UUID, UUID, UUID, TEXT, INT2, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into escalations (id, vitals_id, patient_id, doctor_user_id, department_id, reason, first_level, level, raised_at, next_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)";
    STEP(UUID, UUID, TEXT, INT2, TIMESTAMPTZ, UUID) =
        "insert into escalation_steps (id, escalation_id, kind, level, at, by_id) values ($1, $2, $3, $4, $5, $6)";
    /// Its set was entered in error: nobody has to answer any more.
    CLOSE(UUID, TIMESTAMPTZ) =
        "update escalations set closed_at = $2, next_at = null where vitals_id = $1 and next_at is not null returning id, level";
}

/// Somebody who is told.
pub(in crate::clinic::vitals) struct Raised {
    pub vitals: VitalsId,
    pub patient: PatientId,
    pub doctor: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub reason: &'static str,
    pub level: i16,
    pub next_at: Timestamp,
}

pub(in crate::clinic::vitals) async fn open_level(tx: &TenantTx, patient: PatientId) -> Result<i16, DbError> {
    Ok(tx.row(&OPEN_LEVEL, &[&patient]).await?.get("level"))
}

pub(in crate::clinic::vitals) async fn raise(tx: &TenantTx, raised: &Raised) -> Result<Uuid, DbError> {
    let (id, now) = (new_uuid(), tx.now());
    let Raised { vitals, patient, doctor, department, reason, level, next_at } = raised;
    tx.execute(&RAISE, &[&id, vitals, patient, doctor, department, reason, level, &now, next_at]).await?;
    step(tx, id, "RAISED", *level, None).await?;
    Ok(id)
}

/// Was there one that waited?
pub(in crate::clinic::vitals) async fn close(
    tx: &TenantTx,
    vitals: VitalsId,
    by: UserId,
) -> Result<bool, DbError> {
    let now = tx.now();
    let closed = tx.rows(&CLOSE, &[&vitals, &now]).await?;
    for row in &closed {
        step(tx, row.get("id"), "CLOSED", row.get("level"), Some(by)).await?;
    }
    Ok(!closed.is_empty())
}

async fn step(tx: &TenantTx, of: Uuid, kind: &str, level: i16, by: Option<UserId>) -> Result<(), DbError> {
    let (id, now) = (new_uuid(), tx.now());
    tx.execute(&STEP, &[&id, &of, &kind, &level, &now, &by]).await.map(|_| ())
}
