//! One side is killed, or the database goes away, in the middle of the work.

use futures_util::future::join;
use rustix::process::Signal;
use serde_json::json;

use super::load::Load;
use super::stage::{Hms, Stage, signal, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hms_is_killed_under_load_and_nothing_acknowledged_is_lost_or_doubled() {
    let stage = Stage::new().await;
    let mut hms = Hms::start(&stage.environment(), &[]).await;
    let load = Load::start(&[hms.admin().await]);
    for _ in 0..2 {
        load.goes_on(15).await;
        hms.kill();
        load.is_held_up(1).await;
        // The service manager starts it again: same address, same tokens.
        hms = Hms::start_at(hms.address.port(), &stage.environment(), &[]).await;
    }
    load.goes_on(15).await;
    let totals = load.finish().await.reconcile(&stage, 0).await;
    assert!(totals.unknown > 0 && totals.made_after_all > 0, "{totals:?}");
    // What the dead ones had begun is rolled back and holds nobody up.
    let begun = "select count(*) from pg_stat_activity where application_name = 'hms' and state like 'idle in transaction%'";
    until("no transaction of a dead one is left", async || stage.number(begun).await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_killed_and_restarted_under_load_and_requests_recover_by_themselves() {
    let stage = Stage::new().await;
    let hms = Hms::start(&stage.environment(), &[]).await;
    let admin = hms.admin().await;
    let load = Load::start(std::slice::from_ref(&admin));
    load.goes_on(10).await;

    // One backend of a request is killed: PostgreSQL then cuts all connections and recovers.
    let backends = "select pid from pg_stat_activity where application_name = 'hms' order by state = 'idle', pid limit 1";
    let backend = stage.sql(backends).await[0]["pid"].as_i64().unwrap();
    signal(i32::try_from(backend).unwrap(), Signal::KILL);
    load.is_held_up(1).await;
    load.goes_on(10).await;

    // The postmaster itself, without a word.
    let postmaster = stage.postmaster().unwrap();
    signal(postmaster, Signal::KILL);
    load.is_held_up(1).await;
    load.goes_on(10).await;
    assert_ne!(stage.postmaster(), Some(postmaster));

    // `pg_ctl restart -m fast`: this signal, and the service manager's start.
    signal(stage.postmaster().unwrap(), Signal::INT);
    load.is_held_up(1).await;
    load.goes_on(10).await;

    let totals = load.finish().await.reconcile(&stage, 0).await;
    assert!(totals.refused > 0 && totals.made_after_all > 0, "{totals:?}");
    until("changes are heard again", async || admin.get("/ready").await.reply().json["listener"] == true)
        .await;
    assert!(!hms.log().contains("panic"), "{}", hms.log());
}

/// The one moment in which nobody can know: COMMIT was sent, and its answer never comes. A COMMIT that waits for a
/// standby is kept already; cut off then, it must not be told as refused, or the clerk enters the patient once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_told_as_unknown_and_its_key_finds_it() {
    let stage = Stage::new().await;
    let hms = Hms::start(&stage.environment(), &[]).await;
    let admin = hms.admin().await;
    let key: &[_] = &[("idempotency-key", "lost-answer")];
    stage.settle("synchronous_standby_names", "'nobody'").await;
    for (name, headers) in [("Keyed", key), ("Bare", &[])] {
        let (said, ()) = join(admin.register(name, headers), async {
            let waiting =
                "select pid from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'hms'";
            until("it waits for the standby", async || stage.sql(waiting).await.len() == 1).await;
            stage.sql(&format!("select pg_terminate_backend(pid) from ({waiting}) w")).await;
        })
        .await;
        let reply = said.reply();
        let answer = (reply.status, reply.code(), reply.header("retry-after"));
        assert_eq!(answer, (503, "outcome_unknown", Some("2")), "{}", reply.json);
        assert!(reply.json["detail"].as_str().unwrap().contains("may or may not"), "{}", reply.json);
    }
    stage.settle("synchronous_standby_names", "''").await;
    let again = admin.register("Keyed", key).await.reply();
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")), "{}", again.json);
    let schema = stage.schema().await;
    let rows = stage.sql(&format!("select first_name as name from {schema}.patients order by 1")).await;
    assert_eq!(rows, [json!({ "name": "Bare" }), json!({ "name": "Keyed" })], "both are there, and once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_database_refuses_everything_cleanly_until_it_can_be_written() {
    let stage = Stage::new().await;
    let hms = Hms::start(&stage.environment(), &[]).await;
    let admin = hms.admin().await;
    let load = Load::start(std::slice::from_ref(&admin));
    load.goes_on(10).await;
    stage.settle("default_transaction_read_only", "on").await;
    load.is_held_up(20).await;
    // A look is refused as well: it could not be put on record.
    let look = admin.get("/api/v1/patients").await.reply();
    assert_eq!(
        (look.status, look.code(), look.header("retry-after")),
        (503, "unavailable", Some("2")),
        "{}",
        look.json
    );
    let page = admin.send("GET", "/sign-in", &[("accept", "text/html")], "").await.reply();
    assert_eq!(page.status, 200, "what needs no database is there");
    stage.settle("default_transaction_read_only", "off").await;
    load.goes_on(10).await;
    let totals = load.finish().await.reconcile(&stage, 0).await;
    assert!(totals.refused >= 20 && totals.unknown == 0, "a refusal leaves no doubt: {totals:?}");
}
