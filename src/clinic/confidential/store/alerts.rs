//! SQL of who has a mail about an opening, and when. The platform's side, where addresses are.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::{TenantId, UserId};
use crate::statements;

macro_rules! pause {
    ($column:literal, $now:literal) => {
        concat!($column, " <= ", $now, "::timestamptz - interval '10 minutes'")
    };
}

statements! { Platform;
    /// Count an opening for each reviewer who can sign in, twenty at most, one after the other in the order of their ids.
    /// Answers with those whose mail is due.
    COUNT(UUID_ARRAY, UUID, TIMESTAMPTZ) = concat!(
        "with reviewers as (
           select u.id, u.email from public.users u
            where u.id = any ($1) and u.tenant_id = $2 and u.is_active and not u.is_deleted
              and u.status not in ('INACTIVE', 'LOCKED') and u.password_hash is not null
            order by u.id limit 20),
         counted as (
           insert into public.opening_mails as m (user_id, mailed_at, told) select r.id, $3, 1 from reviewers r order by r.id
           on conflict (user_id) do update
              set mailed_at = case when ", pause!("m.mailed_at", "$3"), " then $3 else m.mailed_at end,
                  told = case when ", pause!("m.mailed_at", "$3"), " then m.waiting + 1 else m.told end,
                  waiting = case when ", pause!("m.mailed_at", "$3"), " then 0 else m.waiting + 1 end
           returning user_id, told, waiting)
         select r.email, c.told from counted c join reviewers r on r.id = c.user_id where c.waiting = 0 order by r.id");
    /// Those whose pause is over and who were not told of everything. Of racers each gets others.
    DUE(TIMESTAMPTZ) = concat!(
        "with due as (
           select m.user_id, m.waiting from public.opening_mails m
            where m.waiting > 0 and ", pause!("m.mailed_at", "$1"), "
            order by m.mailed_at limit 200 for update skip locked),
         told as (
           update public.opening_mails m set mailed_at = $1, told = d.waiting, waiting = 0
             from due d where m.user_id = d.user_id
           returning m.user_id, m.told)
         select u.email, t.id as tenant_id, t.name as hospital, n.told
           from told n join public.users u on u.id = n.user_id join public.tenants t on t.id = u.tenant_id
          where u.is_active and not u.is_deleted and u.status not in ('INACTIVE', 'LOCKED') and t.status = 'ACTIVE'");
}

/// A mail that is due: its address, and how many openings it names.
pub(in crate::clinic::confidential) struct Due {
    pub email: String,
    pub openings: i32,
}

fn due_of(row: &Row) -> Due {
    Due { email: row.get("email"), openings: row.get("told") }
}

pub(in crate::clinic::confidential) async fn count(
    tx: &PlatformTx,
    reviewers: &[UserId],
    hospital: TenantId,
) -> Result<Vec<Due>, DbError> {
    Ok(tx.rows(&COUNT, &[&reviewers, &hospital, &tx.now()]).await?.iter().map(due_of).collect())
}

/// With the hospital and its name.
pub(in crate::clinic::confidential) async fn due(
    tx: &PlatformTx,
    now: Timestamp,
) -> Result<Vec<(Due, TenantId, String)>, DbError> {
    let rows = tx.rows(&DUE, &[&now]).await?;
    Ok(rows.iter().map(|row| (due_of(row), row.get("tenant_id"), row.get("hospital"))).collect())
}
