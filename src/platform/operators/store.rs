//! SQL of super-admins.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::model::Operator;
use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

macro_rules! operators {
    ($which:literal) => {
        concat!(
            "select u.id, u.email, u.is_active, u.password_hash is not null as has_password, u.created_at, u.locked_until,
                    (select max(s.created_at) from public.sessions s where s.user_id = u.id) as last_sign_in_at
               from public.users u where u.is_super_admin and not u.is_deleted ",
            $which
        )
    };
}

statements! { Platform;
    FIND(TEXT) = "select id, is_super_admin from public.users where lower(email) = $1";
    ANY() = "select exists (select from public.users where is_super_admin and is_active and not is_deleted) as there";
    INSERT(UUID, TEXT, TEXT) =
        "insert into public.users (id, email, password_hash, is_super_admin, display_name, email_verified)
         values ($1, $2, $3, true, 'Platform operator', true)";
    PASSWORD(UUID) = "select password_hash from public.users where id = $1";
    /// Whatever kept them out is over.
    LET_IN(UUID) =
        "update public.users set is_active = true, status = 'ACTIVE', is_deleted = false,
                must_change_password = false, failed_attempts = 0, locked_until = null, updated_at = now()
          where id = $1";
    LIST() = operators!("order by u.created_at, u.id limit 500");
    SHOW(UUID) = operators!("and u.id = $1");
    /// Those who can sign in, locked in the order of their ids.
    HOLD_ABLE() =
        "select id from public.users where is_super_admin and not is_deleted and is_active and password_hash is not null
          order by id for update";
    SET_ACTIVE(UUID, BOOL) =
        "update public.users set is_active = $2, status = case when $2 then 'ACTIVE' else 'INACTIVE' end, updated_at = now()
          where id = $1";
}

pub(super) async fn find(tx: &PlatformTx, email: &str) -> Result<Option<(UserId, bool)>, DbError> {
    Ok(tx.row_opt(&FIND, &[&email]).await?.map(|row| (row.get("id"), row.get("is_super_admin"))))
}

pub(super) async fn any(tx: &PlatformTx) -> Result<bool, DbError> {
    Ok(tx.row(&ANY, &[]).await?.get("there"))
}

/// Without a hash they choose a password by link.
pub(super) async fn insert(
    tx: &PlatformTx,
    id: UserId,
    email: &str,
    hash: Option<&str>,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &email, &hash]).await.map(|_| ())
}

pub(super) async fn password_hash(tx: &PlatformTx, id: UserId) -> Result<Option<String>, DbError> {
    Ok(tx.row_opt(&PASSWORD, &[&id]).await?.and_then(|row| row.get("password_hash")))
}

pub(super) async fn let_in(tx: &PlatformTx, id: UserId) -> Result<(), DbError> {
    tx.execute(&LET_IN, &[&id]).await.map(|_| ())
}

fn operator_of(row: &Row, now: Timestamp) -> Operator {
    Operator {
        id: row.get("id"),
        email: row.get("email"),
        is_active: row.get("is_active"),
        has_password: row.get("has_password"),
        created_at: row.get("created_at"),
        last_sign_in_at: row.get("last_sign_in_at"),
        rests_until: row.get::<_, Option<Timestamp>>("locked_until").filter(|until| *until > now),
    }
}

pub(super) async fn list(tx: &PlatformTx) -> Result<Vec<Operator>, DbError> {
    Ok(tx.rows(&LIST, &[]).await?.iter().map(|row| operator_of(row, tx.now())).collect())
}

pub(super) async fn show(tx: &PlatformTx, id: UserId) -> Result<Option<Operator>, DbError> {
    Ok(tx.row_opt(&SHOW, &[&id]).await?.map(|row| operator_of(&row, tx.now())))
}

pub(super) async fn hold_able(tx: &PlatformTx) -> Result<Vec<UserId>, DbError> {
    Ok(tx.rows(&HOLD_ABLE, &[]).await?.iter().map(|row| row.get("id")).collect())
}

pub(super) async fn set_active(tx: &PlatformTx, id: UserId, active: bool) -> Result<(), DbError> {
    tx.execute(&SET_ACTIVE, &[&id, &active]).await.map(|_| ())
}
