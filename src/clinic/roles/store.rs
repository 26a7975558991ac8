//! SQL of roles.

use super::{RoleId, SystemRole};
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    /// All at once: a sign-up waits for each round trip.
    INSERT_SYSTEM(UUID_ARRAY, TEXT_ARRAY, TEXT_ARRAY) =
        "insert into roles (id, name, system_key, description, is_system)
         select id, key, key, description, true from unnest($1::uuid[], $2::text[], $3::text[]) as r (id, key, description)";
    GRANT(UUID_ARRAY, TEXT_ARRAY) =
        "insert into role_permissions (role_id, permission_code)
         select role_id, code from unnest($1::uuid[], $2::text[]) as g (role_id, code)";
    ASSIGN_SYSTEM(UUID, TEXT) =
        "insert into user_roles (user_id, role_id) select $1, id from roles where system_key = $2";
}

pub(super) async fn insert_system(tx: &TenantTx, roles: &[(RoleId, SystemRole)]) -> Result<(), DbError> {
    let ids: Vec<RoleId> = roles.iter().map(|(id, _)| *id).collect();
    let keys: Vec<&str> = roles.iter().map(|(_, role)| role.key()).collect();
    let descriptions: Vec<&str> = roles.iter().map(|(_, role)| role.description()).collect();
    tx.execute(&INSERT_SYSTEM, &[&ids, &keys, &descriptions]).await?;
    let (granting, codes): (Vec<RoleId>, Vec<&str>) =
        roles.iter().flat_map(|(id, role)| role.permissions().into_iter().map(|code| (*id, code))).unzip();
    tx.execute(&GRANT, &[&granting, &codes]).await.map(|_| ())
}

pub(super) async fn assign_system(tx: &TenantTx, user: UserId, key: &str) -> Result<(), DbError> {
    tx.execute(&ASSIGN_SYSTEM, &[&user, &key]).await.map(|_| ())
}
