//! SQL of second steps: secrets, recovery codes, sign-ins that owe a code.

use jiff::Timestamp;

use super::model::RecoveryCode;
use crate::access::PlatformTx;
use crate::identity::actor::SessionKind;
use crate::identity::seal::Sealed;
use crate::identity::secret::Opaque;
use crate::kernel::DbError;
use crate::kernel::ids::{SessionId, TenantId, UserId};
use crate::statements;

/// Codes that one sign-in may try.
const TRIES: i16 = 5;

statements! { Platform;
    /// One that is confirmed is not written over.
    BEGIN(UUID, BYTEA, TEXT, TIMESTAMPTZ) =
        "insert into public.mfa_secrets as m (user_id, sealed, key_id, created_at) values ($1, $2, $3, $4)
         on conflict (user_id) do update
            set sealed = excluded.sealed, key_id = excluded.key_id, created_at = excluded.created_at, last_step = 0
          where m.confirmed_at is null";
    SECRET(UUID) = "select sealed, key_id, confirmed_at from public.mfa_secrets where user_id = $1";
    CONFIRM(UUID, INT8, TIMESTAMPTZ) =
        "update public.mfa_secrets set confirmed_at = $3, last_step = $2 where user_id = $1 and confirmed_at is null";
    /// A step is used once, and none before it: of two who come with the same code, one is first.
    USE_STEP(UUID, INT8) =
        "update public.mfa_secrets set last_step = $2
          where user_id = $1 and confirmed_at is not null and last_step < $2";
    USE_CODE(UUID, BYTEA, TIMESTAMPTZ) =
        "update public.mfa_recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null";
    CODES_LEFT(UUID) =
        "select count(*) as number from public.mfa_recovery_codes where user_id = $1 and used_at is null";
    FORGET_CODES(UUID) = "delete from public.mfa_recovery_codes where user_id = $1";
    WRITE_CODES(UUID, BYTEA_ARRAY) =
        "insert into public.mfa_recovery_codes (user_id, code_hash)
         select $1, c.hash from unnest($2::bytea[]) as c (hash)";
    FORGET(UUID) = "delete from public.mfa_secrets where user_id = $1";
    FORGET_CHALLENGES(UUID) = "delete from public.mfa_challenges where user_id = $1";
    /// Counts the try before the code is looked at; its row waits for who tries at the same time.
    TRY(BYTEA, TEXT, INT2, TIMESTAMPTZ) =
        "with tried as (update public.mfa_challenges set tries = tries + 1
                         where token_hash = $1 and kind = $2 and used_at is null and tries < $3 and expires_at > $4
                         returning user_id, shared)
         select t.user_id, t.shared, coalesce(u.locked_until > $4, false) as resting
           from tried t join public.users u on u.id = t.user_id";
    FINISH(BYTEA, TIMESTAMPTZ) = "update public.mfa_challenges set used_at = $2 where token_hash = $1";
    /// When somebody signed in to this session.
    OPENED(UUID) = "select created_at from public.sessions where id = $1";
    OWNER(UUID) = "select tenant_id, email from public.users where id = $1 and not is_deleted";
    /// Sealed with a key that is not the newest.
    SEALED_BEFORE(TEXT) =
        "select user_id, sealed, key_id from public.mfa_secrets where key_id <> $1 order by user_id limit 500";
    SEAL_ANEW(UUID, BYTEA, TEXT, BYTEA) =
        "update public.mfa_secrets set sealed = $2, key_id = $3 where user_id = $1 and sealed = $4";
}

/// A secret as it is stored.
pub(super) struct Secret {
    pub sealed: Sealed,
    pub confirmed_at: Option<Timestamp>,
}

/// A sign-in that owes its code, and came with one.
pub(super) struct Tried {
    pub user: UserId,
    /// On a shared computer.
    pub shared: bool,
    /// The account had too many failures.
    pub resting: bool,
}

/// Was there none that is confirmed?
pub(super) async fn begin(tx: &PlatformTx, user: UserId, sealed: &Sealed) -> Result<bool, DbError> {
    Ok(tx.execute(&BEGIN, &[&user, &sealed.bytes, &sealed.key_id, &tx.now()]).await? == 1)
}

pub(super) async fn secret(tx: &PlatformTx, user: UserId) -> Result<Option<Secret>, DbError> {
    let row = tx.row_opt(&SECRET, &[&user]).await?;
    Ok(row.map(|row| Secret {
        sealed: Sealed { key_id: row.get("key_id"), bytes: row.get("sealed") },
        confirmed_at: row.get("confirmed_at"),
    }))
}

pub(super) async fn confirm(tx: &PlatformTx, user: UserId, step: i64) -> Result<bool, DbError> {
    Ok(tx.execute(&CONFIRM, &[&user, &step, &tx.now()]).await? == 1)
}

/// Was it unused?
pub(super) async fn use_step(tx: &PlatformTx, user: UserId, step: i64) -> Result<bool, DbError> {
    Ok(tx.execute(&USE_STEP, &[&user, &step]).await? == 1)
}

/// Was it one, and unused?
pub(super) async fn use_code(tx: &PlatformTx, user: UserId, code: &RecoveryCode) -> Result<bool, DbError> {
    Ok(tx.execute(&USE_CODE, &[&user, &code.hash(user), &tx.now()]).await? == 1)
}

pub(super) async fn codes_left(tx: &PlatformTx, user: UserId) -> Result<i64, DbError> {
    Ok(tx.row(&CODES_LEFT, &[&user]).await?.get("number"))
}

/// In place of all before.
pub(super) async fn write_codes(
    tx: &PlatformTx,
    user: UserId,
    codes: &[RecoveryCode],
) -> Result<(), DbError> {
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| code.hash(user)).collect();
    tx.execute(&FORGET_CODES, &[&user]).await?;
    tx.execute(&WRITE_CODES, &[&user, &hashes]).await.map(|_| ())
}

/// Everything of a user's second step. Was there a secret?
pub(super) async fn forget(tx: &PlatformTx, user: UserId) -> Result<bool, DbError> {
    tx.execute(&FORGET_CODES, &[&user]).await?;
    tx.execute(&FORGET_CHALLENGES, &[&user]).await?;
    Ok(tx.execute(&FORGET, &[&user]).await? == 1)
}

/// Count a try; nothing if this sign-in is unknown, of the other kind, done, too old or had too many.
pub(super) async fn try_code(
    tx: &PlatformTx,
    owed: &Opaque,
    kind: SessionKind,
) -> Result<Option<Tried>, DbError> {
    let kind = match kind {
        SessionKind::Api => "api",
        SessionKind::Web => "web",
    };
    let row = tx.row_opt(&TRY, &[&owed.hash().as_slice(), &kind, &TRIES, &tx.now()]).await?;
    Ok(row.map(|row| Tried {
        user: row.get("user_id"),
        shared: row.get("shared"),
        resting: row.get("resting"),
    }))
}

pub(super) async fn finish(tx: &PlatformTx, owed: &Opaque) -> Result<(), DbError> {
    tx.execute(&FINISH, &[&owed.hash().as_slice(), &tx.now()]).await.map(|_| ())
}

pub(super) async fn opened(tx: &PlatformTx, session: SessionId) -> Result<Option<Timestamp>, DbError> {
    Ok(tx.row_opt(&OPENED, &[&session]).await?.map(|row| row.get("created_at")))
}

/// Hospital and address of a user.
pub(super) async fn owner(
    tx: &PlatformTx,
    user: UserId,
) -> Result<Option<(Option<TenantId>, String)>, DbError> {
    let row = tx.row_opt(&OWNER, &[&user]).await?;
    Ok(row.map(|row| (row.get("tenant_id"), row.get("email"))))
}

pub(super) async fn sealed_before(tx: &PlatformTx, newest: &str) -> Result<Vec<(UserId, Sealed)>, DbError> {
    let rows = tx.rows(&SEALED_BEFORE, &[&newest]).await?;
    let sealed = rows
        .iter()
        .map(|row| (row.get("user_id"), Sealed { key_id: row.get("key_id"), bytes: row.get("sealed") }));
    Ok(sealed.collect())
}

pub(super) async fn seal_anew(
    tx: &PlatformTx,
    user: UserId,
    sealed: &Sealed,
    before: &Sealed,
) -> Result<(), DbError> {
    tx.execute(&SEAL_ANEW, &[&user, &sealed.bytes, &sealed.key_id, &before.bytes]).await.map(|_| ())
}
