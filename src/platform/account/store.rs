//! SQL of one's own account. Every statement names the person.

use jiff::SignedDuration;

use super::model::{OwnSession, device};
use crate::access::{PlatformTx, TenantTx};
use crate::identity::secret::SingleUse;
use crate::kernel::DbError;
use crate::kernel::ids::{SessionId, UserId};
use crate::statements;

statements! { Platform;
    /// Live ones, newest first.
    SESSIONS(UUID, TIMESTAMPTZ) =
        "select id, kind, ip, user_agent, created_at, seen_at, expires_at from public.sessions
          where user_id = $1 and revoked_at is null and expires_at > $2
          order by created_at desc, id desc limit 100";
    END(UUID, UUID, TIMESTAMPTZ) =
        "update public.sessions set revoked_at = now()
          where id = $1 and user_id = $2 and revoked_at is null and expires_at > $3";
    IS_TAKEN(TEXT) = "select exists (select from public.users where lower(email) = $1) as taken";
    PENDING_EMAIL(UUID, TIMESTAMPTZ) =
        "select new_email from public.single_use_tokens
          where user_id = $1 and purpose = 'change_email' and used_at is null and expires_at > $2
          order by expires_at desc limit 1";
    EXPIRE_LINKS(UUID) =
        "update public.single_use_tokens set used_at = now()
          where user_id = $1 and purpose = 'change_email' and used_at is null";
    INSERT_LINK(BYTEA, TEXT, UUID, TIMESTAMPTZ, TEXT) =
        "insert into public.single_use_tokens (token_hash, purpose, user_id, expires_at, new_email)
         values ($1, $2, $3, $4, $5)";
    LINK(BYTEA, UUID, TIMESTAMPTZ) =
        "select new_email from public.single_use_tokens
          where token_hash = $1 and user_id = $2 and used_at is null and expires_at > $3";
    USE_LINK(BYTEA, UUID, TIMESTAMPTZ) =
        "update public.single_use_tokens set used_at = $3
          where token_hash = $1 and user_id = $2 and used_at is null and expires_at > $3 returning new_email";
    SET_EMAIL(UUID, TEXT) =
        "update public.users set email = $2, email_verified = true, updated_at = now() where id = $1";
}

pub(super) mod of_hospital {
    crate::statements! { Tenant;
        SET_EMAIL(UUID, TEXT) = "update staff set email = $2 where user_id = $1";
    }
}

pub(super) async fn sessions(
    tx: &PlatformTx,
    user: UserId,
    current: SessionId,
) -> Result<Vec<OwnSession>, DbError> {
    let rows = tx.rows(&SESSIONS, &[&user, &tx.now()]).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let id: SessionId = row.get("id");
            let is_program = row.get::<_, &str>("kind") == "api";
            OwnSession {
                id,
                current: id == current,
                is_program,
                device: device(row.get("user_agent"), is_program),
                ip: row.get("ip"),
                created_at: row.get("created_at"),
                seen_at: row.get("seen_at"),
                expires_at: row.get("expires_at"),
            }
        })
        .collect())
}

/// Was it there, and theirs?
pub(super) async fn end(tx: &PlatformTx, user: UserId, session: SessionId) -> Result<bool, DbError> {
    Ok(tx.execute(&END, &[&session, &user, &tx.now()]).await? == 1)
}

pub(super) async fn is_taken(tx: &PlatformTx, email: &str) -> Result<bool, DbError> {
    Ok(tx.row(&IS_TAKEN, &[&email]).await?.get("taken"))
}

pub(super) async fn pending_email(tx: &PlatformTx, user: UserId) -> Result<Option<String>, DbError> {
    Ok(tx.row_opt(&PENDING_EMAIL, &[&user, &tx.now()]).await?.map(|row| row.get("new_email")))
}

/// The older one dies.
pub(super) async fn insert_link(
    tx: &PlatformTx,
    token: &SingleUse,
    user: UserId,
    new: &str,
) -> Result<(), DbError> {
    let purpose = token.purpose.as_str();
    let expires_at = tx.now() + SignedDuration::from_hours(i64::from(token.purpose.lifetime_hours()));
    tx.execute(&EXPIRE_LINKS, &[&user]).await?;
    tx.execute(&INSERT_LINK, &[&token.hash().as_slice(), &purpose, &user, &expires_at, &new])
        .await
        .map(|_| ())
}

pub(super) async fn email_of_link(
    tx: &PlatformTx,
    token: &SingleUse,
    user: UserId,
) -> Result<Option<String>, DbError> {
    let row = tx.row_opt(&LINK, &[&token.hash().as_slice(), &user, &tx.now()]).await?;
    Ok(row.map(|row| row.get("new_email")))
}

pub(super) async fn use_link(
    tx: &PlatformTx,
    token: &SingleUse,
    user: UserId,
) -> Result<Option<String>, DbError> {
    let row = tx.row_opt(&USE_LINK, &[&token.hash().as_slice(), &user, &tx.now()]).await?;
    Ok(row.map(|row| row.get("new_email")))
}

pub(super) async fn set_email(tx: &PlatformTx, user: UserId, email: &str) -> Result<(), DbError> {
    tx.execute(&SET_EMAIL, &[&user, &email]).await.map(|_| ())
}

pub(super) async fn set_staff_email(tx: &TenantTx, user: UserId, email: &str) -> Result<(), DbError> {
    tx.execute(&of_hospital::SET_EMAIL, &[&user, &email]).await.map(|_| ())
}
