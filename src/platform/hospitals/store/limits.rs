//! SQL of a hospital's limits, and of who was told that one is near.

use jiff::SignedDuration;
use tokio_postgres::Row;

use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::TenantId;
use crate::platform::hospitals::model::{Limit, Limits};
use crate::statements;

/// What a hospital uses of each limit as it holds at `$now`, and the stage that it should have been told of.
macro_rules! stages {
    ($of:literal, $now:literal) => {
        concat!(
            "select t.id, t.users_told as users_before, t.patients_told as patients_before,
                    case when n.users * 100 >= n.max_users * 95 then 95 when n.users * 100 >= n.max_users * 80 then 80 else 0 end
                        as users_stage,
                    case when n.patients * 100 >= n.max_patients * 95 then 95
                         when n.patients * 100 >= n.max_patients * 80 then 80 else 0 end as patients_stage
               from public.tenants t
               cross join lateral (
                    select case when t.max_users is not null and t.users_raised_until > ", $now, "
                                then greatest(t.max_users, t.users_raised_to) else t.max_users end::int8 as max_users,
                           case when t.max_patients is not null and t.patients_raised_until > ", $now, "
                                then greatest(t.max_patients, t.patients_raised_to) else t.max_patients end::int8 as max_patients,
                           (select count(*) from public.users u where u.tenant_id = t.id and not u.is_deleted) as users,
                           coalesce((select g.patients from public.tenant_usage g where g.schema_name = t.schema_name), 0) as patients) n
              where ",
            $of
        )
    };
}

statements! { Platform;
    /// No row if it is another version by now, or if a new limit is below what is there. With `$8` the numbers are raises
    /// until then, and no row if they are none. A limit that is set is not raised any more.
    SET(UUID, INT8, TIMESTAMPTZ, BOOL, INT4, BOOL, INT4, TIMESTAMPTZ) =
        "update public.tenants t
            set max_users = case when $4 and $8::timestamptz is null then $5 else t.max_users end,
                users_raised_to = case when $4 then case when $8 is not null then $5 end else t.users_raised_to end,
                users_raised_until = case when $4 then $8 else t.users_raised_until end,
                max_patients = case when $6 and $8 is null then $7 else t.max_patients end,
                patients_raised_to = case when $6 then case when $8 is not null then $7 end else t.patients_raised_to end,
                patients_raised_until = case when $6 then $8 else t.patients_raised_until end,
                version = t.version + 1, updated_at = $3
          where t.id = $1 and ($2::bigint is null or t.version = $2)
            and ($8::timestamptz is null or ((not $4 or $5 > t.max_users) and (not $6 or $7 > t.max_patients)))
            and (not $4 or $5::int4 is null or $5 >= (select count(*) from public.users u where u.tenant_id = t.id and not u.is_deleted))
            and (not $6 or $7::int4 is null or $7 >= coalesce((select g.patients from public.tenant_usage g where g.schema_name = t.schema_name), 0))";
    /// Hospitals that are to be told something, or were told what is not so any more; the condition is that of the
    /// index `tenants_limited`.
    DUE(TIMESTAMPTZ) = concat!("select s.id from (", stages!(
        "t.status = 'ACTIVE' and (t.max_users is not null or t.max_patients is not null or t.users_told > 0 or t.patients_told > 0)", "$1"),
        ") s where s.users_before <> s.users_stage or s.patients_before <> s.patients_stage order by s.id limit 500");
    /// Of racers one gets the row: the others see that it was told.
    TELL(UUID, TIMESTAMPTZ) = concat!("with s as (", stages!("t.id = $1 and t.status = 'ACTIVE'", "$2"), ")
        update public.tenants t set users_told = s.users_stage, patients_told = s.patients_stage
          from s where t.id = s.id and (t.users_told <> s.users_stage or t.patients_told <> s.patients_stage)
        returning s.users_before, s.patients_before, s.users_stage, s.patients_stage");
}

/// What a hospital was told of before, and what it has to be told of now, in per cent.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform::hospitals) struct Told {
    pub users_before: i64,
    pub patients_before: i64,
    pub users: i64,
    pub patients: i64,
}

fn told(row: &Row) -> Told {
    let stage = |name: &str| i64::from(row.get::<_, i32>(name));
    let before = |name: &str| i64::from(row.get::<_, i16>(name));
    Told {
        users_before: before("users_before"),
        patients_before: before("patients_before"),
        users: stage("users_stage"),
        patients: stage("patients_stage"),
    }
}

/// False if nothing was changed.
pub(in crate::platform::hospitals) async fn set_limits(
    tx: &PlatformTx,
    id: TenantId,
    seen: Option<i64>,
    limits: Limits,
) -> Result<bool, DbError> {
    let parts = |limit: Limit| match limit {
        Limit::Kept => (false, None),
        Limit::Lifted => (true, None),
        Limit::Set(most) => (true, Some(most)),
    };
    let ((users, max_users), (patients, max_patients)) = (parts(limits.users), parts(limits.patients));
    let now = tx.now();
    // Hours are within a week: parsed before.
    let until = limits.hours.and_then(|hours| now.checked_add(SignedDuration::from_hours(hours)).ok());
    let changed =
        tx.execute(&SET, &[&id, &seen, &now, &users, &max_users, &patients, &max_patients, &until]).await?;
    Ok(changed == 1)
}

pub(in crate::platform::hospitals) async fn due(tx: &PlatformTx) -> Result<Vec<TenantId>, DbError> {
    Ok(tx.rows(&DUE, &[&tx.now()]).await?.iter().map(|row| row.get("id")).collect())
}

/// Note the stages that this hospital is at; nothing if it was told already.
pub(in crate::platform::hospitals) async fn tell(
    tx: &PlatformTx,
    id: TenantId,
) -> Result<Option<Told>, DbError> {
    Ok(tx.row_opt(&TELL, &[&id, &tx.now()]).await?.as_ref().map(told))
}
