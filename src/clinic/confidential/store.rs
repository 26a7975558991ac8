//! SQL of opened records.

use super::model::Glass;
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    INSERT(UUID, UUID, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into break_glass (id, patient_id, user_id, reason, opened_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)";
}

pub(super) async fn insert(tx: &TenantTx, glass: &Glass, reason: &str) -> Result<(), DbError> {
    let Glass { id, patient, user, opened_at, expires_at } = glass;
    tx.execute(&INSERT, &[id, patient, user, &reason, opened_at, expires_at]).await.map(|_| ())
}
