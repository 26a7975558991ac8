//! SQL of roles.

use super::RoleId;
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Tenant;
    INSERT_SYSTEM(UUID, TEXT, TEXT) =
        "insert into roles (id, name, system_key, description, is_system) values ($1, $2, $2, $3, true)";
    GRANT(UUID, TEXT_ARRAY) =
        "insert into role_permissions (role_id, permission_code) select $1, unnest($2::text[])";
    ASSIGN_SYSTEM(UUID, TEXT) =
        "insert into user_roles (user_id, role_id) select $1, id from roles where system_key = $2";
}

pub(super) async fn insert_system(
    tx: &TenantTx,
    id: RoleId,
    key: &str,
    description: &str,
    permissions: &[&str],
) -> Result<(), DbError> {
    tx.execute(&INSERT_SYSTEM, &[&id, &key, &description]).await?;
    tx.execute(&GRANT, &[&id, &permissions]).await?;
    Ok(())
}

pub(super) async fn assign_system(tx: &TenantTx, user: UserId, key: &str) -> Result<(), DbError> {
    tx.execute(&ASSIGN_SYSTEM, &[&user, &key]).await.map(|_| ())
}
