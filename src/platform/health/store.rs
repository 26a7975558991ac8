//! SQL of the platform's health: counts of small partial indexes, no loop over schemas.

use tokio_postgres::Row;

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::statements;

statements! { Platform;
    COUNTS(INT4) =
        "select (select count(*) from public.tenant_schemas where state = 'ready' and version = $1) as ready,
                (select count(*) from public.tenant_schemas where state in ('ready', 'claimed') and version < $1) as behind,
                (select count(*) from public.tenant_schemas where state = 'failed') as failed,
                (select count(*) from public.mails where status = 'PENDING') as mails_waiting,
                (select count(*) from public.mails where status = 'FAILED') as mails_failed,
                (select extract(epoch from now() - min(created_at))::int8 from public.mails where status = 'PENDING')
                    as oldest_mail_seconds,
                j.waiting as jobs_waiting, j.failed as jobs_failed
           from public.jobs_standing() j";
}

pub(super) async fn counts(tx: &PlatformTx, version: i32) -> Result<Row, DbError> {
    tx.row(&COUNTS, &[&version]).await
}
