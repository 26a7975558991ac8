//! SQL of the audit: reading only. What the platform's audit holds about this hospital comes through
//! `public.audit_of_hospital`, which takes the hospital from the role that asks and says itself which acts are told.

pub(super) mod attempts;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::model::{Event, PLATFORM, Wanted};
use crate::access::TenantTx;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Whose record a line is about. The expression of the index `audit_events_by_patient`.
macro_rules! patient_of {
    () => {
        "(case entity when 'patient' then entity_id else (detail ->> 'patient_id')::uuid end)"
    };
}
macro_rules! columns {
    () => {
        concat!(
            "id, at, actor_id, false as by_platform, action, kind, entity, entity_id, detail, ip, request_id, ",
            patient_of!(),
            " as patient_id"
        )
    };
}
/// Null is any. These statements are planned for their values, so what is not asked for costs nothing.
macro_rules! wanted {
    () => {
        concat!(
            "where ($1::timestamptz is null or at >= $1) and ($2::timestamptz is null or at < $2)
               and ($3::uuid is null or actor_id = $3) and ($4::text is null or action = $4)
               and ($5::text[] is null or kind = any ($5)) and ($6::text is null or entity = $6)
               and ($7::uuid is null or entity_id = $7)
               and ($8::uuid[] is null or ",
            patient_of!(),
            " = any ($8))
               and ($9::text is null or request_id = $9)"
        )
    };
}
/// With the names of who did it and the code of whose record it was, only for the lines of one page: looked up one by
/// one, because a join of many lines would read all patients.
macro_rules! named {
    ($lines:expr) => {
        concat!(
            "select e.id, e.at, e.actor_id, e.by_platform, e.action, e.kind, e.entity, e.entity_id, e.detail, e.ip,
                    e.request_id, e.patient_id, s.first_name || ' ' || s.last_name as actor_name, p.patient_code
               from (", $lines, ") e
               left join staff s on s.user_id = e.actor_id
               left join lateral (select p.patient_code from patients p where p.id = e.patient_id limit 1) p on true
              order by e.at desc, e.id desc"
        )
    };
}
/// The hospital's own lines as they are asked for, and the platform's about it (of `$schema`): the newest `$most` of both,
/// each read by its indexes. If the hospital's own are as many already, no line from before the oldest of them is among the
/// newest, and none is read. What is asked about a patient is asked of the hospital alone.
macro_rules! of_both {
    ($own:expr, $most:literal, $schema:literal, $before:literal) => {
        concat!(
            "with own as materialized (", $own, "
                                        order by at desc, id desc limit ", $most, ")
             select id, at, actor_id, by_platform, action, kind, entity, entity_id, detail, ip, request_id, patient_id from own
              union all
             select p.id, p.at, p.actor_id, p.by_platform, p.action, p.kind, p.entity, p.entity_id, p.detail, p.ip,
                    p.request_id, null::uuid
               from public.audit_of_hospital(", $schema, ",
                        greatest($1, (select min(o.at) from own o having count(*) = ", $most, ")), $2, $3, $4, $5, $6, $7, $9,
                        ", $before, ", ", $most, ", true) p
              where $8::uuid[] is null
              order by at desc, id desc"
        )
    };
}
/// The records whose lines belong to the patient `$1`, each with its time: the record and those that are part of it;
/// and where it was part of another one for a while, that one's lines of then.
macro_rules! spans {
    () => {
        "(select m.id as record, '-infinity'::timestamptz as since, 'infinity'::timestamptz as until
            from patients m where m.id = $1 or m.merged_into = $1
          union all
          select g.survivor_id, g.merged_at, g.undone_at
            from merges g
           where g.duplicate_id = $1 and g.undone_at is not null
             and not exists (select from patients m where m.id = g.survivor_id and m.merged_into = $1)) r"
    };
}
macro_rules! in_span {
    () => {
        concat!(patient_of!(), " = r.record and at >= r.since and at < r.until")
    };
}

statements! { Tenant;
    /// Newest first.
    PAGE(TIMESTAMPTZ, TIMESTAMPTZ, UUID, TEXT, TEXT_ARRAY, TEXT, UUID, UUID_ARRAY, TEXT, INT8, INT8, TEXT) =
        named!(concat!(
            of_both!(concat!("select ", columns!(), " from audit_events ", wanted!()),
                     "$10::int8 + $11::int8", "$12", "null, null"),
            " limit $10 offset $11"));
    /// How many, as far as it is counted (`$10`).
    COUNTED(TIMESTAMPTZ, TIMESTAMPTZ, UUID, TEXT, TEXT_ARRAY, TEXT, UUID, UUID_ARRAY, TEXT, INT8, TEXT) =
        concat!("select o.total + (select count(*)
                                     from public.audit_of_hospital($11, $1, $2, $3, $4, $5, $6, $7, $9, null, null,
                                                                   $10::int8 - o.total, false)
                                    where $8::uuid[] is null) as total
                   from (select count(*) as total from (select from audit_events ", wanted!(), " limit $10) e) o");
    /// A stretch of the same, before the line `$10`, `$11`, for reading all of them.
    BATCH(TIMESTAMPTZ, TIMESTAMPTZ, UUID, TEXT, TEXT_ARRAY, TEXT, UUID, UUID_ARRAY, TEXT, TIMESTAMPTZ, UUID, INT8, TEXT) =
        named!(concat!(
            of_both!(concat!("select ", columns!(), " from audit_events ", wanted!(),
                             " and ($10::timestamptz is null or (at <= $10 and (at, id) < ($10, $11)))"),
                     "$12::int8", "$13", "$10, $11"),
            " limit $12"));
    RECORDS(UUID) = "select id from patients where id = $1 or merged_into = $1";
    OF_PATIENT(UUID, INT8, INT8) =
        named!(concat!("select l.id, l.at, l.actor_id, l.by_platform, l.action, l.kind, l.entity, l.entity_id, l.detail,
                               l.ip, l.request_id, l.patient_id
                          from ", spans!(), "
                         cross join lateral (select ", columns!(), " from audit_events where ", in_span!(), "
                                              order by at desc, id desc limit $2::int8 + $3::int8) l
                         order by l.at desc, l.id desc limit $2 offset $3"));
    COUNTED_OF_PATIENT(UUID, INT8) =
        concat!("select count(*) as total
                   from (select from ", spans!(), "
                          cross join lateral (select from audit_events where ", in_span!(), " limit $2) l limit $2) e");
    PEOPLE() =
        "select user_id, first_name || ' ' || last_name as name from staff order by first_name, last_name, user_id limit 1000";
}

/// What the statements of wanted lines are asked with, from `$1` on.
fn params<'a>(wanted: &'a Wanted, records: &'a Option<&'a [PatientId]>) -> Vec<&'a (dyn ToSql + Sync)> {
    let Wanted { period, actor, action, kinds, entity, entity_id, patient: _, request_id } = wanted;
    vec![&period.from, &period.until, actor, action, kinds, entity, entity_id, records, request_id]
}

pub(super) async fn page(
    tx: &TenantTx,
    wanted: &Wanted,
    records: Option<&[PatientId]>,
    page: PageRequest,
) -> Result<Vec<Event>, DbError> {
    let (offset, schema) = (page.offset(), tx.hospital().schema.as_str());
    let mut params = params(wanted, &records);
    params.extend::<[&(dyn ToSql + Sync); 3]>([&page.page_size, &offset, &schema]);
    Ok(tx.rows(&PAGE, &params).await?.iter().map(event).collect())
}

pub(super) async fn counted(
    tx: &TenantTx,
    wanted: &Wanted,
    records: Option<&[PatientId]>,
    most: i64,
) -> Result<i64, DbError> {
    let schema = tx.hospital().schema.as_str();
    let mut params = params(wanted, &records);
    params.extend::<[&(dyn ToSql + Sync); 2]>([&most, &schema]);
    Ok(tx.row(&COUNTED, &params).await?.get("total"))
}

/// At most `limit` lines before the line `after`, newest first.
pub(super) async fn batch(
    tx: &TenantTx,
    wanted: &Wanted,
    records: Option<&[PatientId]>,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Event>, DbError> {
    let ((at, id), schema) = (after.unzip(), tx.hospital().schema.as_str());
    let mut params = params(wanted, &records);
    params.extend::<[&(dyn ToSql + Sync); 4]>([&at, &id, &limit, &schema]);
    Ok(tx.rows(&BATCH, &params).await?.iter().map(event).collect())
}

pub(super) async fn records(tx: &TenantTx, patient: PatientId) -> Result<Vec<PatientId>, DbError> {
    Ok(tx.rows(&RECORDS, &[&patient]).await?.iter().map(|row| row.get("id")).collect())
}

pub(super) async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    page: PageRequest,
) -> Result<Vec<Event>, DbError> {
    let rows = tx.rows(&OF_PATIENT, &[&patient, &page.page_size, &page.offset()]).await?;
    Ok(rows.iter().map(event).collect())
}

pub(super) async fn counted_of_patient(tx: &TenantTx, patient: PatientId, most: i64) -> Result<i64, DbError> {
    Ok(tx.row(&COUNTED_OF_PATIENT, &[&patient, &most]).await?.get("total"))
}

pub(super) async fn people(tx: &TenantTx) -> Result<Vec<(UserId, String)>, DbError> {
    let rows = tx.rows(&PEOPLE, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("user_id"), row.get::<_, &str>("name").trim().to_owned())).collect())
}

fn event(row: &Row) -> Event {
    let by_platform: bool = row.get("by_platform");
    let name = row.get::<_, Option<&str>>("actor_name").map(|name| name.trim().to_owned());
    Event {
        id: row.get("id"),
        at: row.get("at"),
        actor: row.get("actor_id"),
        actor_name: if by_platform { Some(PLATFORM.to_owned()) } else { name },
        by_platform,
        action: row.get("action"),
        kind: row.get("kind"),
        entity: row.get("entity"),
        entity_id: row.get("entity_id"),
        patient: row.get("patient_id"),
        patient_code: row.get("patient_code"),
        detail: match row.get("detail") {
            Some(Value::Object(detail)) => Some(detail),
            _ => None,
        },
        ip: row.get("ip"),
        request_id: row.get("request_id"),
    }
}
