//! What has to hold whatever PostgreSQL is reached by which login and way.

use std::future::poll_fn;
use std::task::Poll;

use axum::http::Method;
use hms::access::{SystemTask, system_tenant};
use hms::db::{Isolation, SchemaName};
use hms::identity::actor::TenantFacts;
use hms::kernel::AppError;
use hms::statements;
use serde_json::json;
use tokio_postgres::Client as PgClient;
use tokio_postgres::error::SqlState;

use super::Stage;
use crate::harness::{TestApp, eventually};

statements! { Tenant;
    hot WHO() = "select current_user::text as who, current_setting('search_path') as path, (select value from counters where name = 'probe') as probe";
    MARK(INT8) = "insert into counters (name, value) values ('probe', $1)";
    SLEEP() = "select pg_sleep(20)::text as slept";
    FAIL() = "select 1 / 0 as boom";
}

/// Give each hospital a number of its own in its schema.
pub async fn mark(app: &TestApp, facts: &[TenantFacts; 2]) {
    for (n, hospital) in facts.iter().enumerate() {
        let tx = system_tenant(&app.app, SystemTask("test"), hospital.clone()).await.unwrap();
        tx.execute(&MARK, &[&i64::try_from(n + 1).unwrap()]).await.unwrap();
        tx.done().await.unwrap();
    }
}

/// What a request of this hospital sees.
async fn probe(app: &TestApp, hospital: &TenantFacts) -> Result<i64, AppError> {
    let tx = system_tenant(&app.app, SystemTask("test"), hospital.clone()).await?;
    let row = tx.row(&WHO, &[]).await?;
    let who = match app.app.db.isolation() {
        Isolation::Roles => hospital.schema.as_str(),
        Isolation::PathOnly => app.target().app_login(),
    };
    assert_eq!(row.get::<_, &str>("who"), who);
    assert_eq!(row.get::<_, &str>("path"), format!("{}, extensions", hospital.schema));
    let probe = row.get("probe");
    tx.done().await?;
    Ok(probe)
}

/// Both hospitals see themselves, and no backend was left inside a transaction.
async fn both_see_only_themselves(app: &TestApp, facts: &[TenantFacts; 2]) {
    assert_eq!((probe(app, &facts[1]).await.unwrap(), probe(app, &facts[0]).await.unwrap()), (2, 1));
    eventually("no transaction is left open", async || {
        let login = app.target().app_login();
        let open = app
            .sql(&format!("select count(*) as n from pg_stat_activity where datname = current_database() and usename = '{login}' and state like 'idle in transaction%'"))
            .await;
        open[0]["n"] == 0
    })
    .await;
}

pub async fn commit_and_rollback_leave_nothing_behind(stage: &Stage) {
    let Stage { app, facts } = stage;
    both_see_only_themselves(app, facts).await;
    // Dropped without a word: rolled back.
    let tx = system_tenant(&app.app, SystemTask("test"), facts[0].clone()).await.unwrap();
    tx.execute(&statement_update(), &[]).await.unwrap();
    drop(tx);
    both_see_only_themselves(app, facts).await;
}

fn statement_update() -> hms::db::Stmt<hms::db::Tenant> {
    hms::db::Stmt {
        info: hms::db::StmtInfo {
            name: "test::UPDATE",
            sql: "update counters set value = 99 where name = 'probe'",
            params: &[],
            plan: hms::db::statement::Plan::Once,
            scope: "tenant",
        },
        scope: std::marker::PhantomData,
    }
}

pub async fn a_panic_inside_a_transaction_leaves_nothing_behind(stage: &Stage) {
    let Stage { app, facts } = stage;
    let (instance, hospital) = (app.app.clone(), facts[0].clone());
    let panicked = tokio::spawn(async move {
        let tx = system_tenant(&instance, SystemTask("test"), hospital).await.unwrap();
        tx.execute(&statement_update(), &[]).await.unwrap();
        panic!("on purpose");
    })
    .await;
    assert!(panicked.is_err());
    both_see_only_themselves(app, facts).await;
}

pub async fn a_request_cancelled_at_any_await_leaves_nothing_behind(stage: &Stage) {
    let Stage { app, facts } = stage;
    let mut completed = false;
    for polls in 1..60 {
        let mut work = Box::pin(async {
            let tx = system_tenant(&app.app, SystemTask("test"), facts[0].clone()).await.unwrap();
            tx.execute(&statement_update(), &[]).await.unwrap();
            let row = tx.row(&WHO, &[]).await.unwrap();
            assert_eq!(row.get::<_, i64>("probe"), 99);
            // Never committed: whether cancelled or finished, the number must not change.
            drop(tx);
        });
        let mut left = polls;
        completed = poll_fn(|cx| {
            if left == 0 {
                return Poll::Ready(false);
            }
            left -= 1;
            work.as_mut().poll(cx).map(|()| true)
        })
        .await;
        // Cancelled: this is what a client that goes away does to its handler.
        drop(work);
        both_see_only_themselves(app, facts).await;
        if completed {
            break;
        }
    }
    assert!(completed, "the last round runs to its end");
}

pub async fn a_request_that_times_out_in_the_database_leaves_nothing_behind(stage: &Stage) {
    let Stage { app, facts } = stage;
    let tx = system_tenant(&app.app, SystemTask("test"), facts[0].clone()).await.unwrap();
    let late = tokio::time::timeout(std::time::Duration::from_millis(200), tx.row(&SLEEP, &[])).await;
    assert!(late.is_err(), "still running in the backend when we give up");
    drop(tx);
    // The connection with the running query was closed; the next request gets a new one at once.
    let started = std::time::Instant::now();
    both_see_only_themselves(app, facts).await;
    assert!(started.elapsed().as_secs() < 5);
}

pub async fn a_failed_statement_poisons_the_transaction_and_its_commit_says_so(stage: &Stage) {
    let Stage { app, facts } = stage;
    let tx = system_tenant(&app.app, SystemTask("test"), facts[0].clone()).await.unwrap();
    tx.execute(&statement_update(), &[]).await.unwrap();
    assert_eq!(tx.row(&FAIL, &[]).await.unwrap_err().sqlstate, "22012");
    assert_eq!(tx.row(&WHO, &[]).await.unwrap_err().sqlstate, "poisoned");
    assert!(tx.done().await.is_err(), "PostgreSQL alone would have answered COMMIT with success");
    both_see_only_themselves(app, facts).await;
}

pub async fn an_attempt_that_fails_is_undone_alone(stage: &Stage) {
    let Stage { app, facts } = stage;
    let tx = system_tenant(&app.app, SystemTask("test"), facts[0].clone()).await.unwrap();
    let again = tx.attempt(async { Ok(tx.execute(&MARK, &[&5i64]).await?) }).await.unwrap_err();
    assert_eq!(again.constraint(), Some("counters_pkey"));
    assert_eq!(tx.row(&WHO, &[]).await.unwrap().get::<_, i64>("probe"), 1, "the transaction goes on");
    tx.done().await.unwrap();
}

pub async fn a_cached_statement_whose_result_changed_is_forgotten_and_tried_again(stage: &Stage) {
    let Stage { app, facts } = stage;
    probe(app, &facts[0]).await.unwrap();
    // There and back: the text is the same each time, the result is not.
    for kind in ["numeric", "bigint", "numeric", "bigint"] {
        app.sql(&format!("alter table {}.counters alter column value type {kind}", facts[0].schema)).await;
        let tx = system_tenant(&app.app, SystemTask("test"), facts[0].clone()).await.unwrap();
        assert!(tx.row(&WHO, &[]).await.is_ok(), "{kind}");
        tx.done().await.unwrap();
    }
    both_see_only_themselves(app, facts).await;
}

/// More at once than there are connections.
pub async fn many_at_once_see_only_themselves(stage: &Stage) {
    let Stage { app, facts } = stage;
    for _ in 0..5 {
        let all = (0..40).map(|n| probe(app, &facts[n % 2]));
        let seen = futures_util::future::join_all(all).await;
        for (n, probe) in seen.into_iter().enumerate() {
            assert_eq!(probe.unwrap(), i64::try_from(n % 2 + 1).unwrap());
        }
    }
    both_see_only_themselves(app, facts).await;
}

/// A connection with the rights of the request login and nothing else.
async fn bare(app: &TestApp) -> PgClient {
    app.target().connect(&app.target().app).await.unwrap()
}

async fn refused(client: &PgClient, sql: &str) -> String {
    match client.batch_execute(sql).await {
        Ok(()) => panic!("allowed: {sql}"),
        Err(error) => error.code().map_or_else(|| format!("{error}"), |code| code.code().to_owned()),
    }
}

pub async fn without_context_the_request_login_can_do_nothing(stage: &Stage) {
    let Stage { app, facts } = stage;
    let schema = &facts[0].schema;
    let client = bare(app).await;
    for sql in [
        format!("select * from {schema}.patients"),
        format!("insert into {schema}.counters (name) values ('x')"),
        format!("truncate {schema}.patients"),
        format!("drop schema {schema} cascade"),
        "select * from public.users".into(),
        "select * from public.tenants".into(),
        "select public.enqueue('mail.send', '{}')".into(),
        "create schema mine".into(),
        "create temp table patients (id int)".into(),
        "set role hms_owner".into(),
        "set role postgres".into(),
        "select set_config('role', 'hms_platform', false)".into(),
    ] {
        assert_eq!(refused(&client, &sql).await, SqlState::INSUFFICIENT_PRIVILEGE.code(), "{sql}");
    }
    assert_eq!(refused(&client, "select * from patients").await, SqlState::UNDEFINED_TABLE.code());
}

pub async fn a_hospitals_role_reaches_its_own_rows_and_not_even_all_rights_on_them(stage: &Stage) {
    let Stage { app, facts } = stage;
    let (mine, other) = (&facts[0].schema, &facts[1].schema);
    let client = bare(app).await;
    for sql in [
        format!("select * from {other}.patients"),
        format!("select * from {other}.counters"),
        "select * from public.users".into(),
        "select * from public.tenants".into(),
        "select * from public.single_use_tokens".into(),
        "insert into graphile_worker._private_jobs (task_id, payload) values (1, '{}')".into(),
        "select graphile_worker.add_job('mail.send', '{}')".into(),
        "update audit_events set kind = 'x'".into(),
        "delete from audit_events".into(),
        "truncate audit_events".into(),
        "truncate patients".into(),
        "alter table patients add column x int".into(),
        "drop table patients".into(),
        "create table mine (id int)".into(),
        "create temp table patients (id int)".into(),
        "select set_config('search_path', 'public', false)".into(),
    ] {
        client
            .batch_execute(&format!(
                "begin; set local role {mine}; set local search_path to {mine}, extensions"
            ))
            .await
            .unwrap();
        assert_eq!(refused(&client, &sql).await, SqlState::INSUFFICIENT_PRIVILEGE.code(), "{sql}");
        client.batch_execute("rollback").await.unwrap();
    }
    // One hospital's role with another's path finds nothing at all.
    client
        .batch_execute(&format!("begin; set local role {mine}; set local search_path to {other}, extensions"))
        .await
        .unwrap();
    assert_eq!(refused(&client, "select * from patients").await, SqlState::UNDEFINED_TABLE.code());
}

pub async fn a_hospital_can_ask_for_known_work_in_its_own_name_only(stage: &Stage) {
    let Stage { app, facts } = stage;
    let (mine, other) = (&facts[0].schema, &facts[1].schema);
    let client = bare(app).await;
    let begin = format!("begin; set local role {mine}; set local search_path to {mine}, extensions");
    client.batch_execute(&begin).await.unwrap();
    assert_eq!(refused(&client, "select public.enqueue('rm -rf', '{}')").await, "22023");
    client.batch_execute("rollback").await.unwrap();
    client.batch_execute(&begin).await.unwrap();
    let forged = format!("select public.enqueue('mail.send', '{{\"id\": 1, \"schema\": \"{other}\"}}')");
    client.batch_execute(&forged).await.unwrap();
    client.batch_execute("commit").await.unwrap();
    let jobs = app
        .sql("select payload from graphile_worker._private_jobs where payload::jsonb ->> 'id' = '1'")
        .await;
    assert_eq!(jobs[0]["payload"]["schema"], json!(mine.as_str()), "the hospital is the role that asks");
}

pub async fn no_header_body_or_query_can_name_another_hospital(stage: &Stage) {
    let Stage { app, facts } = stage;
    let south = &facts[1];
    let (id, schema) = (south.id.to_string(), south.schema.to_string());
    let admin = app.sign_in(&facts[0].contact_email).await;
    for (name, value) in [("x-tenant-id", &id), ("x-tenant", &schema), ("x-schema", &schema)] {
        let path = format!("/api/v1/auth/me?tenant_id={id}&schema={schema}");
        let me = admin.request(Method::GET, &path).header(name, value).send().await;
        assert_eq!(me.json["tenant"]["name"], "North");
    }
    for crafted in ["t_x; drop table users", "public", "t_0123456789abcdef,public", "\"t_0123456789abcdef\""]
    {
        assert!(SchemaName::parse(crafted).is_err());
        let row = format!("insert into public.tenant_schemas (name, state) values ('{crafted}', 'reserved')");
        assert_eq!(refused(&app.superuser().await, &row).await, SqlState::CHECK_VIOLATION.code());
    }
}

/// A request that held two connections would wait for itself and end in 503.
pub async fn one_connection_is_enough_for_every_request(stage: &Stage) {
    let Stage { app, facts } = stage;
    let admin = app.sign_in(&facts[0].contact_email).await;
    let all = (0..20).map(|_| admin.get("/api/v1/auth/me"));
    for reply in futures_util::future::join_all(all).await {
        assert_eq!(reply.status, 200);
    }
    let refreshed = app
        .anonymous()
        .post("/api/v1/auth/refresh", &json!({ "refresh_token": admin.login["refresh_token"] }))
        .await;
    assert_eq!(refreshed.status, 200);
}
