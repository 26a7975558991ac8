//! SQL of failed sign-ins and denied attempts, of the people of one hospital (`$1`) only.

use tokio_postgres::Row;

use crate::access::PlatformTx;
use crate::clinic::audit::model::{DeniedAttempt, FailedSignIn, WantedAttempts};
use crate::kernel::DbError;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Of one account, in a period.
macro_rules! of_account {
    () => {
        "f.user_id = u.id and ($2::timestamptz is null or f.at >= $2) and ($3::timestamptz is null or f.at < $3)"
    };
}
/// Accounts of the hospital, or the one that is wanted.
macro_rules! accounts {
    () => {
        "u.tenant_id = $1 and ($4::uuid is null or u.id = $4)"
    };
}
macro_rules! denied {
    () => {
        "from public.denied_attempts
          where tenant_id = $1 and ($2::timestamptz is null or at >= $2) and ($3::timestamptz is null or at < $3)
            and ($4::uuid is null or actor_id = $4)"
    };
}

statements! { Platform;
    /// As many of each account as the page may need: the failures of an account under attack are not all read.
    FAILED(UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8, INT8) = concat!(
        "select f.at, u.id as user_id, u.email, f.reason, f.ip, f.user_agent
           from public.users u
          cross join lateral (select f.id, f.at, f.reason, f.ip, f.user_agent from public.failed_sign_ins f
                               where ", of_account!(), " order by f.at desc, f.id desc limit $5::int8 + $6::int8) f
          where ", accounts!(), " order by f.at desc, f.id desc limit $5 offset $6");
    FAILED_COUNTED(UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8) = concat!(
        "select count(*) as total
           from (select from public.users u join public.failed_sign_ins f on ", of_account!(),
                " where ", accounts!(), " limit $5) f");
    DENIED(UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8, INT8) = concat!(
        "select at, actor_id, method, route, status, ip, request_id ", denied!(),
        " order by at desc, id desc limit $5 offset $6");
    DENIED_COUNTED(UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8) =
        concat!("select count(*) as total from (select ", denied!(), " limit $5) d");
}

/// One page, and how many there are up to `most`.
pub(in crate::clinic::audit) async fn failed(
    tx: &PlatformTx,
    hospital: TenantId,
    wanted: &WantedAttempts,
    page: PageRequest,
    most: i64,
) -> Result<(Vec<FailedSignIn>, i64), DbError> {
    let WantedAttempts { period, user } = wanted;
    let rows = tx
        .rows(&FAILED, &[&hospital, &period.from, &period.until, user, &page.page_size, &page.offset()])
        .await?;
    let row = tx.row(&FAILED_COUNTED, &[&hospital, &period.from, &period.until, user, &most]).await?;
    Ok((rows.iter().map(failure).collect(), row.get("total")))
}

fn failure(row: &Row) -> FailedSignIn {
    FailedSignIn {
        at: row.get("at"),
        user: row.get("user_id"),
        name: None,
        email: row.get("email"),
        reason: row.get("reason"),
        ip: row.get("ip"),
        user_agent: row.get("user_agent"),
    }
}

/// One page, and how many there are up to `most`.
pub(in crate::clinic::audit) async fn denied(
    tx: &PlatformTx,
    hospital: TenantId,
    wanted: &WantedAttempts,
    page: PageRequest,
    most: i64,
) -> Result<(Vec<DeniedAttempt>, i64), DbError> {
    let WantedAttempts { period, user } = wanted;
    let rows = tx
        .rows(&DENIED, &[&hospital, &period.from, &period.until, user, &page.page_size, &page.offset()])
        .await?;
    let row = tx.row(&DENIED_COUNTED, &[&hospital, &period.from, &period.until, user, &most]).await?;
    Ok((rows.iter().map(denial).collect(), row.get("total")))
}

fn denial(row: &Row) -> DeniedAttempt {
    DeniedAttempt {
        at: row.get("at"),
        user: row.get("actor_id"),
        name: None,
        action: format!("{} {}", row.get::<_, &str>("method"), row.get::<_, &str>("route")),
        status: row.get("status"),
        ip: row.get("ip"),
        request_id: row.get("request_id"),
    }
}
