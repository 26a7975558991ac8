//! SQL of mothers and children.

use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::patients::model::{Confidentiality, PatientId};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    /// Children whose level is lower, those that were merged too: one may come back.
    RAISE_CHILDREN(UUID, TEXT, UUID, TIMESTAMPTZ) =
        "with lower as (
             select id, confidentiality as was from patients where mother_id = $1 and confidentiality < $2 order by id for update
         )
         update patients p set confidentiality = $2, updated_by_id = $3, updated_at = $4, version = version + 1
           from lower where p.id = lower.id returning p.id, lower.was";
}

/// Raise the children of one mother; who was raised, and from which level.
pub(in crate::clinic::patients) async fn raise_children(
    tx: &TenantTx,
    mother: PatientId,
    level: Confidentiality,
    by: UserId,
) -> Result<Vec<(PatientId, String)>, DbError> {
    let rows = tx.rows(&RAISE_CHILDREN, &[&mother, &level.code(), &by, &tx.now()]).await?;
    let raised = |row: &Row| (row.get("id"), row.get("was"));
    Ok(rows.iter().map(raised).collect())
}
