//! SQL of roles.

use tokio_postgres::Row;

use super::catalogue::CATALOGUE;
use super::model::{Holder, NewRole, Role};
use super::{RoleId, SystemRole};
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

macro_rules! roles {
    ($rest:literal) => {
        concat!(
            "select r.id, r.name, r.description, r.system_key,
                    coalesce(r.works_as, case when r.system_key in ('DOCTOR', 'NURSE') then r.system_key end) as works_as, r.is_system, r.is_active, r.version, r.created_at, r.updated_at,
                    array(select p.permission_code from role_permissions p where p.role_id = r.id) as codes,
                    (select count(*) from user_roles ur where ur.role_id = r.id) as users
               from roles r ",
            $rest
        )
    };
}

statements! { Tenant;
    /// All at once: a sign-up waits for each round trip.
    INSERT_SYSTEM(UUID_ARRAY, TEXT_ARRAY, TEXT_ARRAY) =
        "insert into roles (id, name, system_key, works_as, description, is_system)
         select id, key, key, case when key in ('DOCTOR', 'NURSE') then key end, description, true from unnest($1::uuid[], $2::text[], $3::text[]) as r (id, key, description)";
    GRANT(UUID_ARRAY, TEXT_ARRAY) =
        "insert into role_permissions (role_id, permission_code)
         select role_id, code from unnest($1::uuid[], $2::text[]) as p (role_id, code)";
    ASSIGN_SYSTEM(UUID, TEXT) =
        "insert into user_roles (user_id, role_id) select $1, id from roles where system_key = $2";
    /// Those of the system first.
    PAGE(INT8, INT8) = roles!("order by r.is_system desc, lower(r.name), r.id limit $1 offset $2");
    TOTAL() = "select count(*) as total from roles";
    FIND(UUID) = roles!("where r.id = $1");
    /// Until the transaction ends nobody else changes it; people may be given it meanwhile. Whoever waited reads what it
    /// grants by a statement afterwards: this one would still see what was granted before the wait.
    HOLD(UUID) = "select id from roles where id = $1 for no key update";
    INSERT(UUID, TEXT, TEXT, TEXT, TIMESTAMPTZ) =
        "insert into roles (id, name, description, works_as, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)";
    UPDATE(UUID, TEXT, TEXT, TIMESTAMPTZ) =
        "update roles set name = $2, description = $3, version = version + 1, updated_at = $4 where id = $1";
    SET_ACTIVE(UUID, BOOL, TIMESTAMPTZ) =
        "update roles set is_active = $2, version = version + 1, updated_at = $3 where id = $1";
    REVOKE(UUID, TEXT_ARRAY) =
        "delete from role_permissions where role_id = $1 and permission_code = any($2)";
    /// What it grants goes with it; whoever holds it forbids it (`user_roles_role_fkey`).
    DELETE(UUID) = "delete from roles where id = $1";
    IS_HELD_BY(UUID, UUID) =
        "select exists (select from user_roles where user_id = $1 and role_id = $2) as held";
    HOLDERS(UUID, INT8) =
        "select s.user_id, trim(s.first_name || ' ' || s.last_name) as name, d.name as department
           from user_roles ur
           join staff s on s.user_id = ur.user_id
           join departments d on d.id = s.department_id
          where ur.role_id = $1 order by lower(s.first_name), lower(s.last_name), s.user_id limit $2";
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

fn role(row: &Row) -> Role {
    let mut codes: Vec<String> = row.get("codes");
    // A code that this HMS does not know comes last.
    codes.sort_by_cached_key(|code| {
        let place = CATALOGUE.iter().position(|permission| permission.code == code);
        (place.unwrap_or(usize::MAX), code.clone())
    });
    Role {
        id: row.get("id"),
        name: row.get("name"),
        description: row.get("description"),
        system_key: row.get("system_key"),
        works_as: row.get("works_as"),
        is_system: row.get("is_system"),
        is_active: row.get("is_active"),
        codes,
        users: row.get("users"),
        version: row.get("version"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

pub(super) async fn page(tx: &TenantTx, page: PageRequest) -> Result<(Vec<Role>, i64), DbError> {
    let total = tx.row(&TOTAL, &[]).await?.get("total");
    let rows = tx.rows(&PAGE, &[&page.page_size, &page.offset()]).await?;
    Ok((rows.iter().map(role).collect(), total))
}

pub(super) async fn find(tx: &TenantTx, id: RoleId) -> Result<Option<Role>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(role))
}

/// The same, held until the end.
pub(super) async fn hold(tx: &TenantTx, id: RoleId) -> Result<Option<Role>, DbError> {
    if tx.row_opt(&HOLD, &[&id]).await?.is_none() {
        return Ok(None);
    }
    find(tx, id).await
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: RoleId,
    new: &NewRole,
    works_as: Option<&str>,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &new.name, &new.description, &works_as, &tx.now()]).await.map(|_| ())
}

pub(super) async fn update(
    tx: &TenantTx,
    id: RoleId,
    name: &str,
    description: Option<&str>,
) -> Result<(), DbError> {
    tx.execute(&UPDATE, &[&id, &name, &description, &tx.now()]).await.map(|_| ())
}

pub(super) async fn grant(tx: &TenantTx, id: RoleId, codes: &[&str]) -> Result<(), DbError> {
    if codes.is_empty() {
        return Ok(());
    }
    tx.execute(&GRANT, &[&vec![id; codes.len()], &codes]).await.map(|_| ())
}

pub(super) async fn revoke(tx: &TenantTx, id: RoleId, codes: &[&str]) -> Result<(), DbError> {
    if codes.is_empty() {
        return Ok(());
    }
    tx.execute(&REVOKE, &[&id, &codes]).await.map(|_| ())
}

pub(super) async fn set_active(tx: &TenantTx, id: RoleId, active: bool) -> Result<(), DbError> {
    tx.execute(&SET_ACTIVE, &[&id, &active, &tx.now()]).await.map(|_| ())
}

pub(super) async fn delete(tx: &TenantTx, id: RoleId) -> Result<(), DbError> {
    tx.execute(&DELETE, &[&id]).await.map(|_| ())
}

pub(super) async fn is_held_by(tx: &TenantTx, user: UserId, id: RoleId) -> Result<bool, DbError> {
    Ok(tx.row(&IS_HELD_BY, &[&user, &id]).await?.get("held"))
}

/// At most `limit` people.
pub(super) async fn holders(tx: &TenantTx, id: RoleId, limit: i64) -> Result<Vec<Holder>, DbError> {
    let rows = tx.rows(&HOLDERS, &[&id, &limit]).await?;
    let holder = |row: &Row| Holder {
        id: row.get("user_id"),
        name: row.get("name"),
        department: row.get("department"),
    };
    Ok(rows.iter().map(holder).collect())
}
