//! SQL of where a hospital stands.

use crate::access::PlatformTx;
use crate::identity::actor::TenantStatus;
use crate::kernel::DbError;
use crate::kernel::ids::TenantId;
use crate::statements;

statements! { Platform;
    /// No row if it is not to be suspended (any more): of two who ask at once, one gets it.
    SUSPEND(UUID, INT8, TIMESTAMPTZ) =
        "update public.tenants
            set status = 'SUSPENDED', suspended_from = status, version = version + 1, updated_at = $3
          where id = $1 and status in ('PENDING', 'VERIFIED', 'ACTIVE') and ($2::bigint is null or version = $2)
          returning suspended_from as was";
    /// From a suspension back to where it was, from anything else to active. No row if the version `$2` is not the
    /// newest: of two who saw it suspended, the second must not lift what the first one's answer left unconfirmed.
    ACTIVATE(UUID, INT4, TIMESTAMPTZ) =
        "update public.tenants
            set status = case when status = 'SUSPENDED' then coalesce(suspended_from, 'ACTIVE') else 'ACTIVE' end,
                suspended_from = null, version = version + 1, updated_at = $3
          where id = $1 and version = $2 and status <> 'ACTIVE'";
    RESTRICT(UUID, INT8, TIMESTAMPTZ, TEXT) =
        "update public.tenants
            set restricted_at = $3, restricted_reason = $4, version = version + 1, updated_at = $3
          where id = $1 and status = 'ACTIVE' and restricted_at is null and ($2::bigint is null or version = $2)";
    LIFT(UUID, INT8, TIMESTAMPTZ) =
        "update public.tenants
            set restricted_at = null, restricted_reason = null, version = version + 1, updated_at = $3
          where id = $1 and restricted_at is not null and ($2::bigint is null or version = $2)";
}

/// Where it stood before, or `None` if nothing was changed.
pub(in crate::platform::hospitals) async fn suspend(
    tx: &PlatformTx,
    id: TenantId,
    seen: Option<i64>,
) -> Result<Option<TenantStatus>, DbError> {
    let row = tx.row_opt(&SUSPEND, &[&id, &seen, &tx.now()]).await?;
    Ok(row.map(|row| TenantStatus::from_code(row.get("was"))))
}

/// False if this is not its newest version.
pub(in crate::platform::hospitals) async fn activate(
    tx: &PlatformTx,
    id: TenantId,
    version: i32,
) -> Result<bool, DbError> {
    Ok(tx.execute(&ACTIVATE, &[&id, &version, &tx.now()]).await? == 1)
}

/// False if it is not active, restricted already, or another version by now.
pub(in crate::platform::hospitals) async fn restrict(
    tx: &PlatformTx,
    id: TenantId,
    seen: Option<i64>,
    reason: Option<&str>,
) -> Result<bool, DbError> {
    Ok(tx.execute(&RESTRICT, &[&id, &seen, &tx.now(), &reason]).await? == 1)
}

/// False if it is not restricted, or another version by now.
pub(in crate::platform::hospitals) async fn lift(
    tx: &PlatformTx,
    id: TenantId,
    seen: Option<i64>,
) -> Result<bool, DbError> {
    Ok(tx.execute(&LIFT, &[&id, &seen, &tx.now()]).await? == 1)
}
