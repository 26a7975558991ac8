//! SQL of staff.

use super::NewStaff;
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    INSERT(UUID, TEXT, TEXT, TEXT, TEXT, UUID) =
        "insert into staff (user_id, first_name, last_name, email, phone, department_id) values ($1, $2, $3, $4, $5, $6)";
}

pub(super) async fn insert(tx: &TenantTx, new: &NewStaff) -> Result<(), DbError> {
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&new.user, &new.first_name, &new.last_name, &new.email, &new.phone, &new.department];
    tx.execute(&INSERT, &params).await.map(|_| ())
}
