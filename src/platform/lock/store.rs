//! SQL of locked sessions.

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::SessionId;
use crate::statements;

statements! { Platform;
    LOCK(UUID, TIMESTAMPTZ) =
        "update public.sessions set locked_at = $2
          where id = $1 and kind = 'web' and locked_at is null and revoked_at is null";
    UNLOCK(UUID) = "update public.sessions set locked_at = null where id = $1 and revoked_at is null";
    IS_LOCKED(UUID) = "select locked_at is not null as locked from public.sessions where id = $1";
}

/// Was there something to lock?
pub(super) async fn lock(tx: &PlatformTx, session: SessionId) -> Result<bool, DbError> {
    Ok(tx.execute(&LOCK, &[&session, &tx.now()]).await? == 1)
}

pub(super) async fn unlock(tx: &PlatformTx, session: SessionId) -> Result<(), DbError> {
    tx.execute(&UNLOCK, &[&session]).await.map(|_| ())
}

pub(super) async fn is_locked(tx: &PlatformTx, session: SessionId) -> Result<bool, DbError> {
    Ok(tx.row(&IS_LOCKED, &[&session]).await?.get("locked"))
}
