//! The history of records: every act that changes what is known of a person adds a row, none is ever changed.

use serde_json::Value;
use uuid::Uuid;

use crate::access::TenantTx;
use crate::clinic::patients::changes::{self, ChangeAction, Row};
use crate::clinic::patients::model::PatientId;
use crate::kernel::ids::{UserId, new_uuid};
use crate::kernel::{AppError, Problem};
use crate::statements;

statements! { Tenant;
    ROW(UUID) = "select to_jsonb(p) as record from patients p where id = $1";
    KEEP(UUID, UUID, TEXT, TEXT, JSONB, JSONB, UUID, TIMESTAMPTZ) =
        "insert into patient_changes (id, patient_id, action, reason, old_values, new_values, changed_by_id, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)";
}

/// The row of a patient before an act, for [`keep_change`].
///
/// # Errors
/// 404 if this hospital has none.
pub async fn row(tx: &TenantTx, id: PatientId) -> Result<Row, AppError> {
    let found = tx.row_opt(&ROW, &[&id]).await?;
    let record = found.and_then(|row| row.get::<_, Value>("record").as_object().cloned());
    record.ok_or_else(|| Problem::not_found("The patient").into())
}

/// Add to a record's history what an act changed since `before`.
///
/// # Errors
/// 404 if this hospital has none.
pub async fn keep_change(
    tx: &TenantTx,
    id: PatientId,
    action: ChangeAction,
    reason: Option<&str>,
    before: &Row,
) -> Result<(), AppError> {
    let (old, new) = changes::between(before, &row(tx, id).await?);
    let (old, new, by) = (Value::Object(old), Value::Object(new), author(tx));
    tx.execute(&KEEP, &[&new_uuid(), &id, &action.code(), &reason, &old, &new, &by, &tx.now()]).await?;
    Ok(())
}

fn author(tx: &TenantTx) -> UserId {
    UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()))
}
