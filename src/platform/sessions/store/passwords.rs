//! SQL of passwords: the present one, and the five before it.

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

statements! { Platform;
    /// The same password, hashed anew; unless it was changed meanwhile.
    REHASH(UUID, TEXT, TEXT) =
        "update public.users set password_hash = $2 where id = $1 and password_hash = $3";
    /// The newest five.
    FORMER(UUID) =
        "select password_hash from public.password_history where user_id = $1
          order by replaced_at desc, id desc limit 5";
    /// What is about to be replaced. The row is held, so that of two changes at once the later sees the earlier one.
    KEEP(UUID, UUID, TIMESTAMPTZ) =
        "insert into public.password_history (id, user_id, password_hash, replaced_at)
         select $1, u.id, u.password_hash, $3 from public.users u
          where u.id = $2 and u.password_hash is not null for no key update";
    PRUNE(UUID) =
        "delete from public.password_history
          where user_id = $1 and id not in (select id from public.password_history where user_id = $1
                                             order by replaced_at desc, id desc limit 5)";
    /// `$3` is the present one, where it was proven; null where a link was.
    CHANGE(UUID, TEXT, TEXT) =
        "update public.users set password_hash = $2, must_change_password = false, failed_attempts = 0,
                locked_until = null, updated_at = now()
          where id = $1 and ($3::text is null or password_hash = $3)";
}

pub(in crate::platform::sessions) async fn rehash(
    tx: &PlatformTx,
    user: UserId,
    hash: &str,
    from: &str,
) -> Result<(), DbError> {
    tx.execute(&REHASH, &[&user, &hash, &from]).await.map(|_| ())
}

pub(in crate::platform::sessions) async fn former(
    tx: &PlatformTx,
    user: UserId,
) -> Result<Vec<String>, DbError> {
    Ok(tx.rows(&FORMER, &[&user]).await?.iter().map(|row| row.get("password_hash")).collect())
}

/// The new password takes the place of the present one; false if that is not `proven` any more.
pub(in crate::platform::sessions) async fn change(
    tx: &PlatformTx,
    user: UserId,
    hash: &str,
    proven: Option<&str>,
) -> Result<bool, DbError> {
    tx.execute(&KEEP, &[&new_uuid(), &user, &tx.now()]).await?;
    tx.execute(&PRUNE, &[&user]).await?;
    Ok(tx.execute(&CHANGE, &[&user, &hash, &proven]).await? == 1)
}
