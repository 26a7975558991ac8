//! SQL of alarms.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::model::{Alarm, EscalationId, Speed, Which};
use crate::access::TenantTx;
use crate::clinic::patients::{Confidentiality, PatientId};
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::kernel::paging::PageRequest;
use crate::statements;

macro_rules! columns {
    () => {
        "select e.id, e.vitals_id, e.patient_id, p.patient_code, concat_ws(' ', p.first_name, p.middle_name, p.last_name) as patient_name,
                p.confidentiality, p.created_by_id, e.doctor_user_id, concat_ws(' ', d.first_name, d.last_name) as doctor_name,
                dep.name as department_name, e.reason, v.news2_total, e.first_level, e.level, e.raised_at, e.rounds, e.next_at,
                e.acknowledged_at, e.acknowledged_by_id, concat_ws(' ', s.first_name, s.last_name) as acknowledged_name, e.action,
                e.closed_at, v.error_at is not null as is_in_error
           from escalations e
           join patients p on p.id = e.patient_id
           join vitals v on v.id = e.vitals_id
           left join staff d on d.user_id = e.doctor_user_id
           left join staff s on s.user_id = e.acknowledged_by_id
           left join departments dep on dep.id = e.department_id "
    };
}
/// Of everybody or of the visits of `$1`; practice is in no list.
macro_rules! of {
    () => {
        "where not p.is_practice and ($1::uuid is null or e.doctor_user_id = $1) "
    };
}

statements! { Tenant;
    WAITING_PAGE(UUID, INT8, INT8) =
        concat!(columns!(), of!(), "and e.next_at is not null order by e.level desc, e.raised_at, e.id limit $2 offset $3");
    WAITING_TOTAL(UUID) = concat!(
        "select count(*) as total from escalations e join patients p on p.id = e.patient_id ", of!(), "and e.next_at is not null");
    PAGE(UUID, BOOL, INT8, INT8) = concat!(columns!(), of!(),
        "and (not $2 or e.acknowledged_at is not null) order by e.raised_at desc, e.id desc limit $3 offset $4");
    TOTAL(UUID, BOOL) = concat!(
        "select count(*) as total from escalations e join patients p on p.id = e.patient_id ", of!(),
        "and (not $2 or e.acknowledged_at is not null)");
    FIND(UUID) = concat!(columns!(), "where e.id = $1");
    /// Once: whoever comes second changes nothing.
    ACKNOWLEDGE(UUID, UUID, TIMESTAMPTZ, TEXT) =
        "update escalations set acknowledged_by_id = $2, acknowledged_at = $3, action = $4, next_at = null
          where id = $1 and next_at is not null";
    STEP(UUID, UUID, TEXT, INT2, TIMESTAMPTZ, UUID) =
        "insert into escalation_steps (id, escalation_id, kind, level, at, by_id) values ($1, $2, $3, $4, $5, $6)";
    hot WAITING() =
        "select count(*) as n, coalesce(max(e.level), 0::smallint) as level
           from escalations e join patients p on p.id = e.patient_id
          where e.next_at is not null and not p.is_practice";
    /// Who has died, however that was written down, and still has one that waits.
    OF_THE_DEAD() =
        "select distinct e.patient_id from escalations e join patients p on p.id = e.patient_id
          where e.next_at is not null and p.is_deceased limit 500";
    /// Who lives, however that was written down, and had one closed since `$1` although its set counts: by a death, then.
    ALIVE_AFTER_ALL(TIMESTAMPTZ) =
        "select distinct e.patient_id from escalations e
           join patients p on p.id = e.patient_id
           join vitals v on v.id = e.vitals_id
          where e.closed_at > $1 and v.error_at is null and not p.is_deceased and p.merged_into is null
          order by e.patient_id limit 500";
    /// Whom nobody answered in time; held, so that two instances do not say it twice.
    SILENT(TIMESTAMPTZ) =
        "select id, level, rounds from escalations where next_at <= $1 order by next_at limit 500 for update skip locked";
    AGAIN(UUID, INT2, TIMESTAMPTZ) =
        "update escalations set level = $2, next_at = $3, rounds = least(rounds + 1, 30000) where id = $1 and next_at is not null";
    SPEED(TIMESTAMPTZ) =
        "select e.first_level, count(*) as raised, count(e.acknowledged_at) as acknowledged,
                round(extract(epoch from percentile_cont(0.5) within group (order by e.acknowledged_at - e.raised_at)))::bigint as median,
                round(extract(epoch from percentile_cont(0.9) within group (order by e.acknowledged_at - e.raised_at)))::bigint as p90
           from escalations e join patients p on p.id = e.patient_id
          where e.raised_at >= $1 and e.closed_at is null and not p.is_practice
          group by e.first_level order by e.first_level";
}

pub(super) async fn page(
    tx: &TenantTx,
    which: Which,
    mine: Option<UserId>,
    page: PageRequest,
) -> Result<(Vec<Alarm>, i64), DbError> {
    let (rows, total) = match which {
        Which::Waiting => (
            tx.rows(&WAITING_PAGE, &[&mine, &page.page_size, &page.offset()]).await?,
            tx.row(&WAITING_TOTAL, &[&mine]).await?,
        ),
        Which::Acknowledged | Which::All => {
            let answered = which == Which::Acknowledged;
            (
                tx.rows(&PAGE, &[&mine, &answered, &page.page_size, &page.offset()]).await?,
                tx.row(&TOTAL, &[&mine, &answered]).await?,
            )
        }
    };
    Ok((rows.iter().map(alarm).collect(), total.get("total")))
}

pub(super) async fn find(tx: &TenantTx, id: EscalationId) -> Result<Option<Alarm>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(alarm))
}

/// Was it waiting?
pub(super) async fn acknowledge(
    tx: &TenantTx,
    id: EscalationId,
    by: UserId,
    action: Option<&str>,
) -> Result<bool, DbError> {
    let now = tx.now();
    Ok(tx.execute(&ACKNOWLEDGE, &[&id, &by, &now, &action]).await? > 0)
}

pub(super) async fn step(
    tx: &TenantTx,
    of: EscalationId,
    kind: &str,
    level: i16,
    by: Option<UserId>,
) -> Result<(), DbError> {
    let (id, now) = (new_uuid(), tx.now());
    tx.execute(&STEP, &[&id, &of, &kind, &level, &now, &by]).await.map(|_| ())
}

pub(super) async fn waiting(tx: &TenantTx) -> Result<(i64, i16), DbError> {
    let row = tx.row(&WAITING, &[]).await?;
    Ok((row.get("n"), row.get("level")))
}

pub(super) async fn of_the_dead(tx: &TenantTx) -> Result<Vec<PatientId>, DbError> {
    Ok(tx.rows(&OF_THE_DEAD, &[]).await?.iter().map(|row| row.get("patient_id")).collect())
}

pub(super) async fn alive_after_all(tx: &TenantTx, since: Timestamp) -> Result<Vec<PatientId>, DbError> {
    Ok(tx.rows(&ALIVE_AFTER_ALL, &[&since]).await?.iter().map(|row| row.get("patient_id")).collect())
}

/// Id, level and how often it was said.
pub(super) async fn silent(tx: &TenantTx) -> Result<Vec<(EscalationId, i16, i16)>, DbError> {
    let now = tx.now();
    let rows = tx.rows(&SILENT, &[&now]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("level"), row.get("rounds"))).collect())
}

pub(super) async fn again(
    tx: &TenantTx,
    id: EscalationId,
    level: i16,
    next_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&AGAIN, &[&id, &level, &next_at]).await.map(|_| ())
}

pub(super) async fn speed(tx: &TenantTx, since: Timestamp) -> Result<Vec<Speed>, DbError> {
    let rows = tx.rows(&SPEED, &[&since]).await?;
    let of = |row: &Row| Speed {
        level: row.get("first_level"),
        raised: row.get("raised"),
        acknowledged: row.get("acknowledged"),
        median_seconds: row.get("median"),
        p90_seconds: row.get("p90"),
    };
    Ok(rows.iter().map(of).collect())
}

/// A name, if there was somebody.
fn name(row: &Row, column: &str) -> Option<String> {
    row.get::<_, Option<String>>(column).filter(|name| !name.is_empty())
}

fn alarm(row: &Row) -> Alarm {
    let acknowledged_at: Option<Timestamp> = row.get("acknowledged_at");
    Alarm {
        id: row.get("id"),
        vitals: row.get("vitals_id"),
        patient: row.get("patient_id"),
        patient_code: row.get("patient_code"),
        patient_name: row.get("patient_name"),
        confidentiality: Confidentiality::from_code(row.get("confidentiality")),
        registered_by: row.get("created_by_id"),
        doctor: row.get("doctor_user_id"),
        doctor_name: name(row, "doctor_name"),
        department_name: row.get("department_name"),
        reason: row.get("reason"),
        total: row.get("news2_total"),
        first_level: row.get("first_level"),
        level: row.get("level"),
        raised_at: row.get("raised_at"),
        rounds: row.get("rounds"),
        next_at: row.get("next_at"),
        acknowledged: row.get::<_, Option<UserId>>("acknowledged_by_id").zip(acknowledged_at),
        acknowledged_name: name(row, "acknowledged_name"),
        action: row.get("action"),
        closed_at: row.get("closed_at"),
        is_in_error: row.get("is_in_error"),
    }
}
