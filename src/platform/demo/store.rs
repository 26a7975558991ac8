//! SQL of the demo's acts and hospitals.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use tokio_postgres::Row;

use super::DemoTaskId;
use super::model::{Action, DemoHospital, Status, Task};
use crate::access::PlatformTx;
use crate::kernel::DbError;
use crate::kernel::ids::{TenantId, UserId};
use crate::statements;

macro_rules! tasks {
    ($rest:literal) => {
        concat!(
            "select d.id, d.user_id, d.task_type, d.status, d.progress, d.message, d.error, d.parameters, d.created_at,
                    d.started_at, d.completed_at
               from public.demo_tasks d ",
            $rest
        )
    };
}

statements! { Platform;
    INSERT(UUID, UUID, TEXT, JSONB, TIMESTAMPTZ) =
        "insert into public.demo_tasks (id, user_id, task_type, status, parameters, created_at)
         values ($1, $2, $3, 'PENDING', $4, $5)";
    FIND(UUID) = tasks!("where d.id = $1");
    NEWEST() = tasks!("order by d.created_at desc, d.id desc limit 10");
    TAKE(UUID, TIMESTAMPTZ) =
        "update public.demo_tasks d set status = 'RUNNING', started_at = $2, beaten_at = $2
          where d.id = $1 and d.status = 'PENDING'
         returning d.id, d.user_id, d.task_type, d.status, d.progress, d.message, d.error, d.parameters, d.created_at,
                   d.started_at, d.completed_at";
    REPORT(UUID, INT2, TEXT, TIMESTAMPTZ) =
        "update public.demo_tasks set progress = greatest(progress, $2), message = left($3, 500), beaten_at = $4
          where id = $1 and status = 'RUNNING'";
    FINISH(UUID, TEXT, TEXT, TEXT, TIMESTAMPTZ) =
        "update public.demo_tasks
            set status = $2, message = coalesce(left($3, 500), message), error = left($4, 500), completed_at = $5,
                progress = case when $2 = 'COMPLETED' then 100 else progress end
          where id = $1 and status in ('PENDING', 'RUNNING')";
    /// Nobody has said for a minute that they still do it.
    GIVE_UP(TIMESTAMPTZ) =
        "update public.demo_tasks
            set status = 'FAILED', completed_at = $1,
                error = 'It was cut off before its end. What it had not finished was undone; ask for it again.'
          where status in ('PENDING', 'RUNNING')
            and coalesce(beaten_at, created_at) < $1::timestamptz - interval '1 minute'";
    ENQUEUE(UUID) = "select public.enqueue_demo($1)::text";
    HOSPITALS() =
        "select t.id, t.name, t.license_number, t.demo_day, t.demo_made, coalesce(u.patients, 0) as patients
           from public.tenants t left join public.tenant_usage u on u.schema_name = t.schema_name
          where t.is_demo order by lower(t.license_number) limit 100";
    MARK(UUID) = "update public.tenants set is_demo = true, updated_at = now() where id = $1 and not is_demo";
    NOTE_DAY(UUID, DATE, JSONB) =
        "update public.tenants set demo_day = $2, demo_made = $3 where id = $1 and is_demo";
    ADDRESSES(UUID) = "select lower(email) as email from public.users where tenant_id = $1 and not is_deleted";
    /// Whatever visitors did to an account: it opens again, and by its password alone.
    RENEW(UUID, TEXT_ARRAY, TEXT) =
        "with opened as (
             update public.users u
                set password_hash = $3, email_verified = true, must_change_password = false, is_active = true,
                    status = 'ACTIVE', failed_attempts = 0, locked_until = null, updated_at = now()
               from public.tenants t
              where t.id = u.tenant_id and t.is_demo and t.id = $1 and lower(u.email) = any ($2) and not u.is_deleted
             returning u.id
         )
         delete from public.mfa_secrets m using opened o where m.user_id = o.id";
    /// A demo whose day is over, and nothing was done to it within `$3` hours.
    IS_DUE(UUID, TIMESTAMPTZ, INT4) =
        "select exists (select from public.tenants t
                         where t.id = $1 and t.is_demo and t.demo_day <> ($2::timestamptz at time zone t.time_zone)::date)
            and not exists (select from public.demo_tasks d
                             where d.task_type <> 'DEMO_RESET' and d.created_at > $2::timestamptz - make_interval(hours => $3)) as due";
}

fn task_of(row: &Row) -> Task {
    Task {
        id: row.get("id"),
        by: row.get("user_id"),
        action: Action::from_code(row.get("task_type")),
        status: Status::from_code(row.get("status")),
        progress: row.get("progress"),
        message: row.get("message"),
        error: row.get("error"),
        parameters: row.get("parameters"),
        created_at: row.get("created_at"),
        started_at: row.get("started_at"),
        completed_at: row.get("completed_at"),
    }
}

pub(super) async fn insert(
    tx: &PlatformTx,
    id: DemoTaskId,
    by: Option<UserId>,
    kind: &str,
    parameters: &Value,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &by, &kind, parameters, &at]).await.map(|_| ())
}

pub(super) async fn find(tx: &PlatformTx, id: DemoTaskId) -> Result<Option<Task>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(task_of))
}

/// Ten at most.
pub(super) async fn newest(tx: &PlatformTx) -> Result<Vec<Task>, DbError> {
    Ok(tx.rows(&NEWEST, &[]).await?.iter().map(task_of).collect())
}

pub(super) async fn take(tx: &PlatformTx, id: DemoTaskId, at: Timestamp) -> Result<Option<Task>, DbError> {
    Ok(tx.row_opt(&TAKE, &[&id, &at]).await?.as_ref().map(task_of))
}

pub(super) async fn report(
    tx: &PlatformTx,
    id: DemoTaskId,
    progress: i16,
    message: &str,
    at: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx.execute(&REPORT, &[&id, &progress, &message, &at]).await? > 0)
}

pub(super) async fn finish(
    tx: &PlatformTx,
    id: DemoTaskId,
    ended: Result<&str, &str>,
    at: Timestamp,
) -> Result<(), DbError> {
    let status = if ended.is_ok() { "COMPLETED" } else { "FAILED" };
    tx.execute(&FINISH, &[&id, &status, &ended.ok(), &ended.err(), &at]).await.map(|_| ())
}

pub(super) async fn give_up(tx: &PlatformTx, now: Timestamp) -> Result<(), DbError> {
    tx.execute(&GIVE_UP, &[&now]).await.map(|_| ())
}

pub(super) async fn enqueue(tx: &PlatformTx, id: DemoTaskId) -> Result<(), DbError> {
    tx.row(&ENQUEUE, &[&id]).await.map(|_| ())
}

pub(super) async fn hospitals(tx: &PlatformTx) -> Result<Vec<DemoHospital>, DbError> {
    let rows = tx.rows(&HOSPITALS, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| DemoHospital {
            id: row.get("id"),
            name: row.get("name"),
            licence: row.get("license_number"),
            patients: row.get("patients"),
            day: row.get("demo_day"),
            made: row.get("demo_made"),
        })
        .collect())
}

pub(super) async fn mark(tx: &PlatformTx, hospital: TenantId) -> Result<(), DbError> {
    tx.execute(&MARK, &[&hospital]).await.map(|_| ())
}

pub(super) async fn note_day(
    tx: &PlatformTx,
    hospital: TenantId,
    day: Option<Date>,
    made: Option<&Value>,
) -> Result<(), DbError> {
    tx.execute(&NOTE_DAY, &[&hospital, &day, &made]).await.map(|_| ())
}

pub(super) async fn addresses(tx: &PlatformTx, hospital: TenantId) -> Result<BTreeSet<String>, DbError> {
    Ok(tx.rows(&ADDRESSES, &[&hospital]).await?.iter().map(|row| row.get("email")).collect())
}

pub(super) async fn renew(
    tx: &PlatformTx,
    hospital: TenantId,
    addresses: &[String],
    hash: &str,
) -> Result<(), DbError> {
    tx.execute(&RENEW, &[&hospital, &addresses, &hash]).await.map(|_| ())
}

pub(super) async fn is_due(
    tx: &PlatformTx,
    hospital: TenantId,
    now: Timestamp,
    hours: i32,
) -> Result<bool, DbError> {
    Ok(tx.row(&IS_DUE, &[&hospital, &now, &hours]).await?.get("due"))
}
