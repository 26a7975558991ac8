//! SQL of a hospital's administrators, and of what was done to it on the platform.

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::{TenantId, UserId};
use crate::platform::hospitals::model::{Administrator, Event};
use crate::statements;

statements! { Platform;
    /// Those who can sign in, the oldest account first.
    ADMINISTRATORS(UUID) =
        "select u.id, u.email,
                exists (select from public.mfa_secrets m where m.user_id = u.id and m.confirmed_at is not null) as second_factor
           from public.administrators_of($1) a join public.users u on u.id = a.user_id
          where u.is_active and not u.is_deleted order by u.created_at, u.id";
    TEMPORARY_PASSWORD(UUID, TEXT) =
        "update public.users
            set password_hash = $2, must_change_password = true, failed_attempts = 0, locked_until = null, updated_at = now()
          where id = $1";
    /// Newest first, without mere looks.
    EVENTS(UUID, INT8) =
        "select a.at, a.kind, a.detail ->> 'reason' as reason, u.email
           from public.audit_events a left join public.users u on u.id = a.actor_id and u.is_super_admin
          where a.entity = 'hospital' and a.entity_id = $1 and a.kind <> 'viewed'
          order by a.at desc limit $2";
}

pub(in crate::platform::hospitals) async fn administrators(
    tx: &PlatformTx,
    id: TenantId,
) -> Result<Vec<Administrator>, DbError> {
    let rows = tx.rows(&ADMINISTRATORS, &[&id]).await?;
    let administrator = |row: &tokio_postgres::Row| Administrator {
        id: row.get("id"),
        email: row.get("email"),
        second_factor: row.get("second_factor"),
    };
    Ok(rows.iter().map(administrator).collect())
}

/// A password to be changed at the next sign-in.
pub(in crate::platform::hospitals) async fn set_temporary_password(
    tx: &PlatformTx,
    user: UserId,
    hash: &str,
) -> Result<(), DbError> {
    tx.execute(&TEMPORARY_PASSWORD, &[&user, &hash]).await.map(|_| ())
}

pub(in crate::platform::hospitals) async fn events(
    tx: &PlatformTx,
    id: TenantId,
    at_most: i64,
) -> Result<Vec<Event>, DbError> {
    let rows = tx.rows(&EVENTS, &[&id, &at_most]).await?;
    let event = |row: &tokio_postgres::Row| Event {
        at: row.get("at"),
        kind: row.get("kind"),
        by: row.get("email"),
        reason: row.get("reason"),
    };
    Ok(rows.iter().map(event).collect())
}
