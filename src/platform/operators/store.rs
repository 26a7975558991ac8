//! SQL of super-admins.

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

statements! { Platform;
    FIND(TEXT) = "select id, is_super_admin from public.users where lower(email) = $1";
    ANY() = "select exists (select from public.users where is_super_admin and is_active and not is_deleted) as there";
    INSERT(UUID, TEXT, TEXT) =
        "insert into public.users (id, email, password_hash, is_super_admin, display_name, email_verified)
         values ($1, $2, $3, true, 'Platform operator', true)";
    SET_PASSWORD(UUID, TEXT) =
        "update public.users set password_hash = $2, is_active = true, status = 'ACTIVE', is_deleted = false,
                must_change_password = false, failed_attempts = 0, locked_until = null, updated_at = now()
          where id = $1";
}

pub(super) async fn find(tx: &PlatformTx, email: &str) -> Result<Option<(UserId, bool)>, DbError> {
    Ok(tx.row_opt(&FIND, &[&email]).await?.map(|row| (row.get("id"), row.get("is_super_admin"))))
}

pub(super) async fn any(tx: &PlatformTx) -> Result<bool, DbError> {
    Ok(tx.row(&ANY, &[]).await?.get("there"))
}

pub(super) async fn insert(tx: &PlatformTx, id: UserId, email: &str, hash: &str) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &email, &hash]).await.map(|_| ())
}

pub(super) async fn set_password(tx: &PlatformTx, id: UserId, hash: &str) -> Result<(), DbError> {
    tx.execute(&SET_PASSWORD, &[&id, &hash]).await.map(|_| ())
}
