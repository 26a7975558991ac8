//! SQL of departments.

use super::DepartmentId;
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    INSERT(UUID, TEXT, BOOL, BOOL) =
        "insert into departments (id, name, is_for_patients, is_system) values ($1, $2, $3, $4)";
    BY_NAME(TEXT) = "select id from departments where lower(name) = lower($1)";
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: DepartmentId,
    name: &str,
    for_patients: bool,
    is_system: bool,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &name, &for_patients, &is_system]).await.map(|_| ())
}

pub(super) async fn by_name(tx: &TenantTx, name: &str) -> Result<Option<DepartmentId>, DbError> {
    Ok(tx.row_opt(&BY_NAME, &[&name]).await?.map(|row| row.get("id")))
}
