//! SQL of staff.

use super::NewPerson;
use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    INSERT(UUID, TEXT, TEXT, TEXT, TEXT, UUID) =
        "insert into staff (user_id, first_name, last_name, email, phone, department_id) values ($1, $2, $3, $4, $5, $6)";
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: UserId,
    new: &NewPerson,
    department: DepartmentId,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &new.first_name, &new.last_name, &new.email, &new.phone, &department])
        .await
        .map(|_| ())
}
