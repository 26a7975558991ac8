//! A schema that somebody still makes is taken for abandoned, because a clock jumped or a machine stood still.

use hms::db::schemas;

use crate::harness::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_is_dropped_while_it_is_made_never_becomes_a_hospitals() {
    let app = TestApp::new().await;
    let (target, isolation) = (app.target().clone(), app.app.db.isolation());
    // No table can be made for the moment: the making stops right after CREATE SCHEMA.
    let blocker = target.connect(target.superuser.as_ref().unwrap()).await.unwrap();
    blocker.batch_execute("begin; lock table pg_catalog.pg_class in share mode").await.unwrap();
    let making = tokio::spawn({
        let target = target.clone();
        async move { schemas::build_one(&target, isolation).await }
    });
    let building = async || {
        let query = "select name from public.tenant_schemas where state = 'building' and to_regnamespace(name) is not null";
        app.sql(query).await.len()
    };
    eventually("it is being made", async || building().await == 1).await;
    app.sql(
        "update public.tenant_schemas set changed_at = now() - interval '1 hour' where state = 'building'",
    )
    .await;
    let reaping = tokio::spawn({
        let target = target.clone();
        async move { schemas::keep_warm(&target, isolation, 0).await }
    });
    eventually("it is taken for abandoned", async || building().await == 0).await;
    blocker.batch_execute("rollback").await.unwrap();

    reaping.await.unwrap().unwrap();
    assert!(making.await.unwrap().is_err(), "whoever makes it is told");
    let hollow = "select name from public.tenant_schemas
                   where state in ('ready', 'claimed') and to_regclass(name || '.patients') is null";
    assert!(app.sql(hollow).await.is_empty(), "a sign-up could get a schema that is not there");
    app.hospital("Still open").await;
}
