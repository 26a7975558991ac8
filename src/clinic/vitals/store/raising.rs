//! SQL of raising somebody. What becomes of it is shown and moved by `clinic::escalations`.

use jiff::Timestamp;
use uuid::Uuid;

use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::model::{VitalSet, VitalsId};
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
    /// Their patient has died.
    CLOSE_ALL(UUID, TIMESTAMPTZ) =
        "update escalations set closed_at = $2, next_at = null where patient_id = $1 and next_at is not null returning id, level";
    /// Closed since `$3`, or of a set since then, although their sets count: by a death, then.
    REOPEN(UUID, TIMESTAMPTZ, TIMESTAMPTZ) =
        "update escalations e set closed_at = null, next_at = $2 from vitals v
          where v.id = e.vitals_id and v.error_at is null and e.patient_id = $1 and e.closed_at is not null
            and (e.closed_at > $3 or v.recorded_at >= $3) returning e.id, e.level";
    /// This set alarmed by itself (what a death closed is opened before this is asked), or somebody answered another alarm of
    /// this level for its patient after it was written down.
    IS_ANSWERED(UUID, UUID, INT2, TIMESTAMPTZ) =
        "select exists (select from escalations where patient_id = $1
            and (vitals_id = $2 or (level >= $3 and acknowledged_at >= $4))) as is_answered";
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

/// Was there one that waited? Closed by nobody: by HMS itself.
pub(in crate::clinic::vitals) async fn close_all(
    tx: &TenantTx,
    patient: PatientId,
    by: Option<UserId>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let closed = tx.rows(&CLOSE_ALL, &[&patient, &now]).await?;
    for row in &closed {
        step(tx, row.get("id"), "CLOSED", row.get("level"), by).await?;
    }
    Ok(!closed.is_empty())
}

/// Was there one that was closed since, and that waits again now?
pub(in crate::clinic::vitals) async fn reopen(
    tx: &TenantTx,
    patient: PatientId,
    since: Timestamp,
    by: Option<UserId>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let opened = tx.rows(&REOPEN, &[&patient, &now, &since]).await?;
    for row in &opened {
        step(tx, row.get("id"), "RAISED", row.get("level"), by).await?;
    }
    Ok(!opened.is_empty())
}

/// Was somebody told of this set, or did somebody go to look since?
pub(in crate::clinic::vitals) async fn is_answered(
    tx: &TenantTx,
    set: &VitalSet,
    level: i16,
) -> Result<bool, DbError> {
    let row = tx.row(&IS_ANSWERED, &[&set.patient, &set.id, &level, &set.entered_at]).await?;
    Ok(row.get("is_answered"))
}

async fn step(tx: &TenantTx, of: Uuid, kind: &str, level: i16, by: Option<UserId>) -> Result<(), DbError> {
    let (id, now) = (new_uuid(), tx.now());
    tx.execute(&STEP, &[&id, &of, &kind, &level, &now, &by]).await.map(|_| ())
}
