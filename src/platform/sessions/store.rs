//! SQL of users' sign-in, sessions and refresh tokens.

pub(super) mod failures;
pub(super) mod links;
pub(super) mod passwords;

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;

use super::model::{Device, NewUser, Refresh, User};
use crate::access::{PlatformTx, Public};
use crate::identity::actor::{SessionKind, TenantStatus};
use crate::identity::secret::Opaque;
use crate::kernel::DbError;
use crate::kernel::ids::{SessionId, UserId};
use crate::statements;

/// How long the code may be owed after the right password.
const CODE_OWED: SignedDuration = SignedDuration::from_mins(5);

statements! { Platform;
    USER_BY_EMAIL(TEXT) =
        "select u.id, u.email, u.tenant_id, t.status as tenant_status, u.password_hash, u.must_change_password,
                u.is_active and u.status not in ('INACTIVE', 'LOCKED') as is_active, u.locked_until
           from public.users u left join public.tenants t on t.id = u.tenant_id
          where lower(u.email) = $1 and not u.is_deleted";
    USER(UUID) =
        "select u.id, u.email, u.tenant_id, t.status as tenant_status, u.password_hash, u.must_change_password,
                u.is_active and u.status not in ('INACTIVE', 'LOCKED') as is_active, u.locked_until
           from public.users u left join public.tenants t on t.id = u.tenant_id
          where u.id = $1 and not u.is_deleted";
    HAS_SECOND_FACTOR(UUID) =
        "select exists (select from public.mfa_secrets where user_id = $1 and confirmed_at is not null) as there";
    /// The right password was given, a code is owed.
    INSERT_CHALLENGE(BYTEA, UUID, TEXT, BOOL, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into public.mfa_challenges (token_hash, user_id, kind, shared, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)";
    INSERT_USER(UUID, UUID, TEXT, TEXT, BOOL) =
        "insert into public.users (id, tenant_id, email, password_hash, must_change_password)
         values ($1, $2, $3, $4, $5)";
    /// Is what was proven a moment ago still so? Until COMMIT nobody changes it: whoever changes the password or
    /// deactivates the account afterwards finds the new session and ends it.
    STILL_SO(UUID, TEXT, TIMESTAMPTZ) =
        "select id from public.users
          where id = $1 and password_hash = $2 and is_active and status not in ('INACTIVE', 'LOCKED') and not is_deleted
                and (locked_until is null or locked_until <= $3)
            for no key update";
    INSERT_SESSION(UUID, UUID, TEXT, BYTEA, INET, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) =
        "insert into public.sessions (id, user_id, kind, secret_hash, ip, user_agent, created_at, seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
    INSERT_REFRESH(BYTEA, UUID, TIMESTAMPTZ) =
        "insert into public.refresh_tokens (token_hash, session_id, expires_at) values ($1, $2, $3)";
    /// Marks it used and says whether it already was: the row lock lets only one of two racers see it unused.
    USE_REFRESH(BYTEA, TIMESTAMPTZ) =
        "with before as (select token_hash, used_at from public.refresh_tokens where token_hash = $1 for update),
              used as (update public.refresh_tokens r set used_at = coalesce(r.used_at, $2) from before b
                        where r.token_hash = b.token_hash
                        returning r.session_id, r.expires_at, b.used_at is not null as used_before)
         select x.session_id, x.expires_at, x.used_before, s.revoked_at is not null as revoked, u.id, u.email,
                u.tenant_id, t.status as tenant_status, u.password_hash, u.must_change_password,
                u.is_active and u.status not in ('INACTIVE', 'LOCKED') and not u.is_deleted as is_active, u.locked_until
           from used x
           join public.sessions s on s.id = x.session_id
           join public.users u on u.id = s.user_id
           left join public.tenants t on t.id = u.tenant_id";
    REVOKE(UUID) = "update public.sessions set revoked_at = now() where id = $1 and revoked_at is null";
    /// Sign-ins that still owe a code end with them.
    REVOKE_OTHERS(UUID, UUID) =
        "with owed as (delete from public.mfa_challenges where user_id = $1)
         update public.sessions set revoked_at = now()
          where user_id = $1 and revoked_at is null and id is distinct from $2";
}

fn user_of(row: &Row) -> User {
    User {
        id: row.get("id"),
        email: row.get("email"),
        tenant: row.get("tenant_id"),
        tenant_status: row.get::<_, Option<&str>>("tenant_status").map(TenantStatus::from_code),
        password_hash: row.get("password_hash"),
        is_active: row.get("is_active"),
        must_change_password: row.get("must_change_password"),
        locked_until: row.get("locked_until"),
    }
}

pub(super) async fn user_by_email(tx: &PlatformTx, email: &str) -> Result<Option<User>, DbError> {
    Ok(tx.row_opt(&USER_BY_EMAIL, &[&email]).await?.as_ref().map(user_of))
}

pub(super) async fn user(tx: &PlatformTx, id: UserId) -> Result<Option<User>, DbError> {
    Ok(tx.row_opt(&USER, &[&id]).await?.as_ref().map(user_of))
}

pub(super) async fn insert_user(tx: &PlatformTx, new: &NewUser<'_>) -> Result<(), DbError> {
    let NewUser { id, tenant, email, password_hash, must_change_password } = new;
    tx.execute(&INSERT_USER, &[id, tenant, email, password_hash, must_change_password]).await.map(|_| ())
}

/// Holds the user's row until COMMIT.
pub(super) async fn still_so(tx: &PlatformTx, user: &User) -> Result<bool, DbError> {
    Ok(tx.row_opt(&STILL_SO, &[&user.id, &user.password_hash, &tx.now()]).await?.is_some())
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

/// How many ended.
pub(super) async fn revoke_others(
    tx: &PlatformTx,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, DbError> {
    tx.execute(&REVOKE_OTHERS, &[&user, &keep]).await
}
