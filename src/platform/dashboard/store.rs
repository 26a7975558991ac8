//! SQL of the platform at a glance.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::statements;

statements! { Platform;
    /// `$1` is the stretch of time: day or week.
    SIGNUPS(TEXT, TIMESTAMPTZ) =
        "select date_trunc($1, t.created_at at time zone 'UTC')::date as first_day, count(*) as hospitals
           from public.tenants t where t.created_at >= $2 group by 1";
    WAITING(TIMESTAMPTZ) =
        "select count(*) as hospitals from public.tenants where status = 'PENDING' and created_at < $1";
}

pub(super) async fn signups(
    tx: &PlatformTx,
    unit: &str,
    since: Timestamp,
) -> Result<Vec<(Date, i64)>, DbError> {
    let rows = tx.rows(&SIGNUPS, &[&unit, &since]).await?;
    Ok(rows.iter().map(|row| (row.get("first_day"), row.get("hospitals"))).collect())
}

/// Hospitals that have not confirmed their address since then.
pub(super) async fn waiting_since(tx: &PlatformTx, since: Timestamp) -> Result<i64, DbError> {
    Ok(tx.row(&WAITING, &[&since]).await?.get("hospitals"))
}
