//! SQL of patients whom nobody knows.

use crate::access::TenantTx;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    /// Held until the transaction ends: who makes a name sees those that others have just made.
    HOLD_NAMES() = "select value from counters where name = 'patients' for update";
    /// The words in use, without the number behind the second one.
    NAMES_IN_USE() =
        "select first_name, split_part(last_name, ' ', 1) as second_word from patients
          where is_unidentified and merged_into is null";
    IDENTIFIED(UUID, UUID, TIMESTAMPTZ) =
        "update patients set is_unidentified = false, updated_by_id = $2, updated_at = $3, version = version + 1
          where id = $1";
}

pub(super) async fn hold_names(tx: &TenantTx) -> Result<(), DbError> {
    tx.row(&HOLD_NAMES, &[]).await.map(|_| ())
}

pub(super) async fn names_in_use(tx: &TenantTx) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx.rows(&NAMES_IN_USE, &[]).await?;
    let second = |row: &tokio_postgres::Row| row.get::<_, Option<String>>("second_word").unwrap_or_default();
    Ok(rows.iter().map(|row| (row.get("first_name"), second(row))).collect())
}

pub(super) async fn identified(tx: &TenantTx, id: PatientId, by: UserId) -> Result<(), DbError> {
    tx.execute(&IDENTIFIED, &[&id, &by, &tx.now()]).await.map(|_| ())
}
