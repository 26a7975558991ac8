//! SQL of failed sign-ins: their log, the count of them, and the rest that an account takes.

use jiff::Timestamp;

use crate::access::{PlatformTx, RequestFacts};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::platform::sessions::model::{Failure, FailureId};
use crate::statements;

statements! { Platform;
    LOG(UUID, TIMESTAMPTZ, UUID, TEXT, INET, TEXT) =
        "insert into public.failed_sign_ins (id, at, user_id, reason, ip, user_agent) values ($1, $2, $3, $4, $5, $6)";
    /// One more, counted by the row itself, so that guesses at the same time all count. From `$3` on the account rests
    /// for 2, 4, 8 … minutes, at most an hour; while it rests nothing is counted. For nobody (null) the same work finds
    /// no row.
    COUNT(UUID, TIMESTAMPTZ, INT4) =
        "update public.users
            set failed_attempts = least(failed_attempts + 1, 1000),
                locked_until = case when failed_attempts + 1 >= $3::int4
                                    then $2::timestamptz
                                         + make_interval(mins => least(60, 2 << least(failed_attempts + 1 - $3::int4, 5)))
                               end
          where id = $1 and not is_deleted and (locked_until is null or locked_until <= $2::timestamptz)
         returning locked_until";
    FORGET(UUID) =
        "update public.users set failed_attempts = 0, locked_until = null
          where id = $1 and (failed_attempts <> 0 or locked_until is not null)";
}

pub(in crate::platform::sessions) async fn log(
    tx: &PlatformTx,
    id: FailureId,
    user: Option<UserId>,
    why: Failure,
    facts: &RequestFacts,
) -> Result<(), DbError> {
    tx.execute(&LOG, &[&id, &tx.now(), &user, &why.code(), &facts.ip, &facts.user_agent]).await.map(|_| ())
}

/// Until when the account rests, if it begins to.
pub(in crate::platform::sessions) async fn count(
    tx: &PlatformTx,
    user: Option<UserId>,
    free: i32,
) -> Result<Option<Timestamp>, DbError> {
    Ok(tx.row_opt(&COUNT, &[&user, &tx.now(), &free]).await?.and_then(|row| row.get("locked_until")))
}

/// Was there anything to forget?
pub(in crate::platform::sessions) async fn forget(tx: &PlatformTx, user: UserId) -> Result<bool, DbError> {
    Ok(tx.execute(&FORGET, &[&user]).await? == 1)
}
