//! SQL of the platform's audit: reading only, and none of a hospital's schema.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::model::{OperatorRefusal, PlatformEvent, PlatformFailure, WantedEvents};
use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Everybody who has, or had, an account of the hospital `$3`.
macro_rules! its_people {
    () => {
        "any (array(select u.id from public.users u where u.tenant_id = $3))"
    };
}
/// Null is any. These statements are planned for their values, so what is not asked for costs nothing.
macro_rules! wanted {
    () => {
        concat!(
            "where ($1::timestamptz is null or at >= $1) and ($2::timestamptz is null or at < $2)
               and ($3::uuid is null or (entity = 'hospital' and entity_id = $3)
                    or (entity = 'user' and entity_id = ",
            its_people!(),
            ") or actor_id = ",
            its_people!(),
            ")
               and ($4::uuid is null or actor_id = $4) and ($5::text is null or action = $5)
               and ($6::text[] is null or kind = any ($6))"
        )
    };
}
/// An account, looked up by itself: a join of many lines would read all of them.
macro_rules! account {
    ($whose:literal, $alias:literal) => {
        concat!(
            "left join lateral (select u.email, u.tenant_id from public.users u where u.id = ",
            $whose,
            " limit 1) ",
            $alias,
            " on true"
        )
    };
}
/// With addresses and the hospital's name, only for the lines of one page. A session that was forgotten says nothing of
/// whose it was.
macro_rules! named {
    ($lines:expr) => {
        concat!(
            "select e.id, e.at, e.actor_id, e.action, e.kind, e.entity, e.entity_id, e.detail, e.ip, e.request_id,
                    a.email as actor_email, coalesce(b.email, o.email) as subject_email, t.id as hospital_id,
                    t.name as hospital_name
               from (select id, at, actor_id, action, kind, entity, entity_id, detail, ip, request_id
                       from public.audit_events ", $lines, ") e
               ", account!("e.actor_id", "a"), "
               ", account!("case e.entity when 'user' then e.entity_id end", "b"), "
               left join lateral (select s.user_id from public.sessions s
                                   where s.id = case e.entity when 'session' then e.entity_id end limit 1) s on true
               ", account!("s.user_id", "o"), "
               left join lateral (select t.id, t.name from public.tenants t
                                   where t.id = case e.entity when 'hospital' then e.entity_id
                                                              else coalesce(b.tenant_id, o.tenant_id, a.tenant_id) end
                                   limit 1) t on true
              order by e.at desc, e.id desc"
        )
    };
}
macro_rules! failures {
    () => {
        concat!(
            "where ($1::timestamptz is null or at >= $1) and ($2::timestamptz is null or at < $2)
               and ($3::uuid is null or user_id = ",
            its_people!(),
            ")"
        )
    };
}
macro_rules! refusals {
    () => {
        "where tenant_id is null and ($1::timestamptz is null or at >= $1) and ($2::timestamptz is null or at < $2)"
    };
}

statements! { Platform;
    /// Newest first.
    PAGE(TIMESTAMPTZ, TIMESTAMPTZ, UUID, UUID, TEXT, TEXT_ARRAY, INT8, INT8) =
        named!(concat!(wanted!(), " order by at desc, id desc limit $7 offset $8"));
    /// How many, as far as it is counted (`$7`).
    COUNTED(TIMESTAMPTZ, TIMESTAMPTZ, UUID, UUID, TEXT, TEXT_ARRAY, INT8) =
        concat!("select count(*) as total from (select from public.audit_events ", wanted!(), " limit $7) e");
    /// A stretch of the same, before the line `$7`, `$8`, for reading all of them.
    BATCH(TIMESTAMPTZ, TIMESTAMPTZ, UUID, UUID, TEXT, TEXT_ARRAY, TIMESTAMPTZ, UUID, INT8) =
        named!(concat!(wanted!(), " and ($7::timestamptz is null or (at <= $7 and (at, id) < ($7, $8)))
                                    order by at desc, id desc limit $9"));
    FAILED(TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8, INT8) =
        concat!("select f.at, f.user_id, f.reason, f.ip, f.user_agent, a.email, t.id as hospital_id, t.name as hospital_name
                   from (select id, at, user_id, reason, ip, user_agent from public.failed_sign_ins ", failures!(),
                        " order by at desc, id desc limit $4 offset $5) f
                   ", account!("f.user_id", "a"), "
                   left join lateral (select t.id, t.name from public.tenants t where t.id = a.tenant_id limit 1) t on true
                  order by f.at desc, f.id desc");
    FAILED_COUNTED(TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8) =
        concat!("select count(*) as total from (select from public.failed_sign_ins ", failures!(), " limit $4) f");
    REFUSED(TIMESTAMPTZ, TIMESTAMPTZ, INT8, INT8) =
        concat!("select d.at, d.actor_id, d.method, d.route, d.status, d.ip, d.request_id, a.email
                   from (select id, at, actor_id, method, route, status, ip, request_id from public.denied_attempts ",
                        refusals!(), " order by at desc, id desc limit $3 offset $4) d
                   ", account!("d.actor_id", "a"), "
                  order by d.at desc, d.id desc");
    REFUSED_COUNTED(TIMESTAMPTZ, TIMESTAMPTZ, INT8) =
        concat!("select count(*) as total from (select from public.denied_attempts ", refusals!(), " limit $3) d");
    HOSPITAL_NAME(UUID) = "select name from public.tenants where id = $1";
}

/// What the statements of wanted lines are asked with, from `$1` on.
fn params(wanted: &WantedEvents) -> Vec<&(dyn ToSql + Sync)> {
    let WantedEvents { period, hospital, actor, action, kinds } = wanted;
    vec![&period.from, &period.until, hospital, actor, action, kinds]
}

pub(super) async fn page(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    page: PageRequest,
) -> Result<Vec<PlatformEvent>, DbError> {
    let offset = page.offset();
    let mut params = params(wanted);
    params.extend::<[&(dyn ToSql + Sync); 2]>([&page.page_size, &offset]);
    Ok(tx.rows(&PAGE, &params).await?.iter().map(event).collect())
}

pub(super) async fn counted(tx: &PlatformTx, wanted: &WantedEvents, most: i64) -> Result<i64, DbError> {
    let mut params = params(wanted);
    params.push(&most);
    Ok(tx.row(&COUNTED, &params).await?.get("total"))
}

/// At most `limit` lines before the line `after`, newest first.
pub(super) async fn batch(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<PlatformEvent>, DbError> {
    let (at, id) = after.unzip();
    let mut params = params(wanted);
    params.extend::<[&(dyn ToSql + Sync); 3]>([&at, &id, &limit]);
    Ok(tx.rows(&BATCH, &params).await?.iter().map(event).collect())
}

pub(super) async fn failed(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    page: PageRequest,
) -> Result<Vec<PlatformFailure>, DbError> {
    let WantedEvents { period, hospital, .. } = wanted;
    let (limit, offset) = (page.page_size, page.offset());
    let rows = tx.rows(&FAILED, &[&period.from, &period.until, hospital, &limit, &offset]).await?;
    Ok(rows.iter().map(failure).collect())
}

pub(super) async fn failed_counted(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    most: i64,
) -> Result<i64, DbError> {
    let WantedEvents { period, hospital, .. } = wanted;
    Ok(tx.row(&FAILED_COUNTED, &[&period.from, &period.until, hospital, &most]).await?.get("total"))
}

pub(super) async fn refused(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    page: PageRequest,
) -> Result<Vec<OperatorRefusal>, DbError> {
    let (period, limit, offset) = (wanted.period, page.page_size, page.offset());
    let rows = tx.rows(&REFUSED, &[&period.from, &period.until, &limit, &offset]).await?;
    Ok(rows.iter().map(refusal).collect())
}

pub(super) async fn refused_counted(
    tx: &PlatformTx,
    wanted: &WantedEvents,
    most: i64,
) -> Result<i64, DbError> {
    let period = wanted.period;
    Ok(tx.row(&REFUSED_COUNTED, &[&period.from, &period.until, &most]).await?.get("total"))
}

pub(super) async fn hospital_name(tx: &PlatformTx, id: TenantId) -> Result<Option<String>, DbError> {
    Ok(tx.row_opt(&HOSPITAL_NAME, &[&id]).await?.map(|row| row.get("name")))
}

fn event(row: &Row) -> PlatformEvent {
    PlatformEvent {
        id: row.get("id"),
        at: row.get("at"),
        actor: row.get("actor_id"),
        actor_email: row.get("actor_email"),
        subject_email: row.get("subject_email"),
        action: row.get("action"),
        kind: row.get("kind"),
        entity: row.get("entity"),
        entity_id: row.get("entity_id"),
        hospital: row.get("hospital_id"),
        hospital_name: row.get("hospital_name"),
        detail: match row.get("detail") {
            Some(Value::Object(detail)) => Some(detail),
            _ => None,
        },
        ip: row.get("ip"),
        request_id: row.get("request_id"),
    }
}

fn failure(row: &Row) -> PlatformFailure {
    PlatformFailure {
        at: row.get("at"),
        user: row.get("user_id"),
        email: row.get("email"),
        hospital: row.get("hospital_id"),
        hospital_name: row.get("hospital_name"),
        reason: row.get("reason"),
        ip: row.get("ip"),
        user_agent: row.get("user_agent"),
    }
}

fn refusal(row: &Row) -> OperatorRefusal {
    OperatorRefusal {
        at: row.get("at"),
        user: row.get("actor_id"),
        email: row.get("email"),
        action: format!("{} {}", row.get::<_, &str>("method"), row.get::<_, &str>("route")),
        status: row.get("status"),
        ip: row.get("ip"),
        request_id: row.get("request_id"),
    }
}
