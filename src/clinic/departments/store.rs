//! SQL of departments.

use super::DepartmentId;
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    /// All at once: a sign-up waits for each round trip.
    INSERT_ALL(UUID_ARRAY, TEXT_ARRAY, BOOL_ARRAY, BOOL_ARRAY) =
        "insert into departments (id, name, is_for_patients, is_system)
         select id, name, is_for_patients, is_system
           from unnest($1::uuid[], $2::text[], $3::bool[], $4::bool[]) as d (id, name, is_for_patients, is_system)";
    BY_NAME(TEXT) = "select id from departments where lower(name) = lower($1)";
}

pub(super) async fn insert_all(
    tx: &TenantTx,
    departments: &[(DepartmentId, &str, bool, bool)],
) -> Result<(), DbError> {
    let ids: Vec<DepartmentId> = departments.iter().map(|d| d.0).collect();
    let names: Vec<&str> = departments.iter().map(|d| d.1).collect();
    let for_patients: Vec<bool> = departments.iter().map(|d| d.2).collect();
    let protected: Vec<bool> = departments.iter().map(|d| d.3).collect();
    tx.execute(&INSERT_ALL, &[&ids, &names, &for_patients, &protected]).await.map(|_| ())
}

pub(super) async fn by_name(tx: &TenantTx, name: &str) -> Result<Option<DepartmentId>, DbError> {
    Ok(tx.row_opt(&BY_NAME, &[&name]).await?.map(|row| row.get("id")))
}
