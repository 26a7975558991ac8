//! SQL of users' sign-in, sessions, refresh tokens and links.

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;

use super::model::{Device, Link, NewUser, Refresh, User};
use crate::access::{PlatformTx, Public};
use crate::identity::actor::{SessionKind, TenantStatus};
use crate::identity::secret::{Opaque, SingleUse};
use crate::kernel::DbError;
use crate::kernel::ids::{SessionId, UserId, new_uuid};
use crate::statements;

/// How long the code may be owed after the right password.
const CODE_OWED: SignedDuration = SignedDuration::from_mins(5);

statements! { Platform;
    USER_BY_EMAIL(TEXT) =
        "select u.id, u.tenant_id, t.status as tenant_status, u.password_hash, u.is_active, u.is_deleted,
                u.must_change_password, u.failed_attempts, u.locked_until
           from public.users u left join public.tenants t on t.id = u.tenant_id
          where lower(u.email) = $1";
    USER_BY_ID(UUID) =
        "select u.id, u.tenant_id, t.status as tenant_status, u.password_hash, u.is_active, u.is_deleted,
                u.must_change_password, u.failed_attempts, u.locked_until
           from public.users u left join public.tenants t on t.id = u.tenant_id
          where u.id = $1";
    HAS_SECOND_FACTOR(UUID) =
        "select exists (select from public.mfa_secrets where user_id = $1 and confirmed_at is not null) as there";
    /// The right password was given, a code is owed.
    INSERT_CHALLENGE(BYTEA, UUID, TEXT, BOOL, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into public.mfa_challenges (token_hash, user_id, kind, shared, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)";
    /// Row by row: two at once count as two.
    COUNT_FAILURE(UUID) =
        "update public.users set failed_attempts = failed_attempts + 1 where id = $1 returning failed_attempts";
    INSERT_USER(UUID, UUID, TEXT, TEXT, BOOL) =
        "insert into public.users (id, tenant_id, email, password_hash, must_change_password)
         values ($1, $2, $3, $4, $5)";
    FAILED(UUID, INT4, TIMESTAMPTZ) =
        "update public.users set failed_attempts = $2, locked_until = $3 where id = $1";
    LOG_FAILURE(UUID, TIMESTAMPTZ, UUID, TEXT, INET, TEXT) =
        "insert into public.failed_sign_ins (id, at, user_id, reason, ip, user_agent) values ($1, $2, $3, $4, $5, $6)";
    SUCCEEDED(UUID) =
        "update public.users set failed_attempts = 0, locked_until = null
          where id = $1 and (failed_attempts <> 0 or locked_until is not null)";
    INSERT_SESSION(UUID, UUID, TEXT, BYTEA, INET, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into public.sessions (id, user_id, kind, secret_hash, ip, user_agent, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)";
    INSERT_REFRESH(BYTEA, UUID, TIMESTAMPTZ) =
        "insert into public.refresh_tokens (token_hash, session_id, expires_at) values ($1, $2, $3)";
    /// Marks it used and says whether it already was: the row lock lets only one of two racers see it unused.
    USE_REFRESH(BYTEA, TIMESTAMPTZ) =
        "with before as (select token_hash, used_at from public.refresh_tokens where token_hash = $1 for update),
              used as (update public.refresh_tokens r set used_at = coalesce(r.used_at, $2) from before b
                        where r.token_hash = b.token_hash
                        returning r.session_id, r.expires_at, b.used_at is not null as used_before)
         select x.session_id, x.expires_at, x.used_before, s.revoked_at is not null as revoked, u.id, u.tenant_id,
                t.status as tenant_status, u.password_hash, u.is_active, u.is_deleted, u.must_change_password,
                u.failed_attempts, u.locked_until
           from used x
           join public.sessions s on s.id = x.session_id
           join public.users u on u.id = s.user_id
           left join public.tenants t on t.id = u.tenant_id";
    REVOKE(UUID) = "update public.sessions set revoked_at = now() where id = $1 and revoked_at is null";
    REVOKE_OTHERS(UUID, UUID) =
        "update public.sessions set revoked_at = now()
          where user_id = $1 and revoked_at is null and id is distinct from $2";
    SET_HASH(UUID, TEXT) = "update public.users set password_hash = $2, updated_at = now() where id = $1";
    CHANGE_PASSWORD(UUID, TEXT) =
        "update public.users set password_hash = $2, must_change_password = false, failed_attempts = 0,
                locked_until = null, updated_at = now() where id = $1";
    EXPIRE_TOKENS(UUID, TEXT) =
        "update public.single_use_tokens set used_at = now() where user_id = $1 and purpose = $2 and used_at is null";
    INSERT_TOKEN(BYTEA, TEXT, UUID, TIMESTAMPTZ) =
        "insert into public.single_use_tokens (token_hash, purpose, user_id, expires_at) values ($1, $2, $3, $4)";
    TOKEN(BYTEA, TEXT) =
        "select u.email, s.expires_at, s.used_at is not null as used
           from public.single_use_tokens s join public.users u on u.id = s.user_id
          where s.token_hash = $1 and s.purpose = $2 and not u.is_deleted";
    USE_TOKEN(BYTEA, TEXT, TIMESTAMPTZ) =
        "update public.single_use_tokens set used_at = $3
          where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3 returning user_id";
}

fn user_of(row: &Row) -> User {
    User {
        id: row.get("id"),
        tenant: row.get("tenant_id"),
        tenant_status: row.get::<_, Option<&str>>("tenant_status").map(TenantStatus::from_code),
        password_hash: row.get("password_hash"),
        is_active: row.get("is_active"),
        is_deleted: row.get("is_deleted"),
        must_change_password: row.get("must_change_password"),
        failed_attempts: row.get("failed_attempts"),
        locked_until: row.get("locked_until"),
    }
}

pub(super) async fn user_by_email(tx: &PlatformTx, email: &str) -> Result<Option<User>, DbError> {
    Ok(tx.row_opt(&USER_BY_EMAIL, &[&email]).await?.as_ref().map(user_of))
}

pub(super) async fn insert_user(tx: &PlatformTx, new: &NewUser<'_>) -> Result<(), DbError> {
    let NewUser { id, tenant, email, password_hash, must_change_password } = new;
    tx.execute(&INSERT_USER, &[id, tenant, email, password_hash, must_change_password]).await.map(|_| ())
}

pub(super) async fn failed_with(
    tx: &PlatformTx,
    user: UserId,
    failures: i32,
    locked_until: Option<Timestamp>,
    reason: &'static str,
    public: &Public,
) -> Result<(), DbError> {
    tx.execute(&FAILED, &[&user, &failures, &locked_until]).await?;
    let (ip, agent) = (public.facts.ip, &public.facts.user_agent);
    tx.execute(&LOG_FAILURE, &[&new_uuid(), &tx.now(), &user, &reason, &ip, agent]).await?;
    Ok(())
}

/// One more; how many in a row that makes.
pub(super) async fn count_failure(tx: &PlatformTx, user: UserId) -> Result<i32, DbError> {
    Ok(tx.row(&COUNT_FAILURE, &[&user]).await?.get("failed_attempts"))
}

pub(super) async fn user_by_id(tx: &PlatformTx, id: UserId) -> Result<Option<User>, DbError> {
    Ok(tx.row_opt(&USER_BY_ID, &[&id]).await?.as_ref().map(user_of))
}

pub(super) async fn has_second_factor(tx: &PlatformTx, user: UserId) -> Result<bool, DbError> {
    Ok(tx.row(&HAS_SECOND_FACTOR, &[&user]).await?.get("there"))
}

pub(super) async fn insert_challenge(
    tx: &PlatformTx,
    owed: &Opaque,
    user: UserId,
    device: Device,
) -> Result<(), DbError> {
    let (kind, shared) = match device {
        Device::Api => ("api", false),
        Device::Browser { shared } => ("web", shared),
    };
    let expires_at = tx.now() + CODE_OWED;
    tx.execute(&INSERT_CHALLENGE, &[&owed.hash().as_slice(), &user, &kind, &shared, &tx.now(), &expires_at])
        .await
        .map(|_| ())
}

pub(super) async fn revoke_others(
    tx: &PlatformTx,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<(), DbError> {
    tx.execute(&REVOKE_OTHERS, &[&user, &keep]).await.map(|_| ())
}

pub(super) async fn succeeded(tx: &PlatformTx, user: UserId) -> Result<(), DbError> {
    tx.execute(&SUCCEEDED, &[&user]).await.map(|_| ())
}

pub(super) async fn insert_session(
    tx: &PlatformTx,
    id: SessionId,
    user: UserId,
    kind: SessionKind,
    secret: &Opaque,
    expires_at: Timestamp,
    public: &Public,
) -> Result<(), DbError> {
    let (kind, hash) = match kind {
        SessionKind::Api => ("api", None),
        SessionKind::Web => ("web", Some(secret.hash().to_vec())),
    };
    let (ip, agent) = (public.facts.ip, &public.facts.user_agent);
    tx.execute(&INSERT_SESSION, &[&id, &user, &kind, &hash, &ip, agent, &tx.now(), &expires_at])
        .await
        .map(|_| ())
}

pub(super) async fn insert_refresh(
    tx: &PlatformTx,
    token: &Opaque,
    session: SessionId,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&INSERT_REFRESH, &[&token.hash().as_slice(), &session, &expires_at]).await.map(|_| ())
}

pub(super) async fn use_refresh(tx: &PlatformTx, token: &Opaque) -> Result<Option<Refresh>, DbError> {
    let row = tx.row_opt(&USE_REFRESH, &[&token.hash().as_slice(), &tx.now()]).await?;
    Ok(row.map(|row| Refresh {
        session: row.get("session_id"),
        expires_at: row.get("expires_at"),
        used_before: row.get("used_before"),
        revoked: row.get("revoked"),
        user: user_of(&row),
    }))
}

pub(super) async fn revoke(tx: &PlatformTx, session: SessionId) -> Result<(), DbError> {
    tx.execute(&REVOKE, &[&session]).await.map(|_| ())
}

pub(super) async fn set_password_hash(tx: &PlatformTx, user: UserId, hash: &str) -> Result<(), DbError> {
    tx.execute(&SET_HASH, &[&user, &hash]).await.map(|_| ())
}

/// The new password; every session but `keep` ends, and links that were still open die.
pub(super) async fn change_password(
    tx: &PlatformTx,
    user: UserId,
    hash: &str,
    keep: Option<SessionId>,
) -> Result<(), DbError> {
    tx.execute(&CHANGE_PASSWORD, &[&user, &hash]).await?;
    tx.execute(&REVOKE_OTHERS, &[&user, &keep]).await?;
    tx.execute(&EXPIRE_TOKENS, &[&user, &"set_password"]).await?;
    Ok(())
}

pub(super) async fn insert_token(tx: &PlatformTx, token: &SingleUse, user: UserId) -> Result<(), DbError> {
    let purpose = token.purpose.as_str();
    let expires_at = tx.now() + SignedDuration::from_hours(i64::from(token.purpose.lifetime_hours()));
    tx.execute(&EXPIRE_TOKENS, &[&user, &purpose]).await?;
    tx.execute(&INSERT_TOKEN, &[&token.hash().as_slice(), &purpose, &user, &expires_at]).await.map(|_| ())
}

pub(super) async fn token(tx: &PlatformTx, token: &SingleUse) -> Result<Option<Link>, DbError> {
    let row = tx.row_opt(&TOKEN, &[&token.hash().as_slice(), &token.purpose.as_str()]).await?;
    Ok(row.map(|row| Link {
        email: row.get("email"),
        expires_at: row.get("expires_at"),
        used: row.get("used"),
    }))
}

pub(super) async fn use_token(tx: &PlatformTx, token: &SingleUse) -> Result<Option<UserId>, DbError> {
    let row = tx.row_opt(&USE_TOKEN, &[&token.hash().as_slice(), &token.purpose.as_str(), &tx.now()]).await?;
    Ok(row.map(|row| row.get("user_id")))
}
