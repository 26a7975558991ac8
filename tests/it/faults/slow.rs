//! Slow statements, and no connection left for anybody else.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::http::Client;
use super::stage::{Hms, Stage, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_slow_statements_hold_every_connection_others_are_told_so_in_time() {
    let stage = Stage::new().await;
    let hms = Hms::start(&stage.environment(), &[("HMS_LANES", "2")]).await;
    let admin = hms.admin().await;
    assert_eq!(admin.get("/api/v1/patients").await.status(), Some(200));
    stage.slow_keys(120).await;
    let begun = Instant::now();

    let slow = join_all(
        ["slow-1", "slow-2"].map(async |key| admin.register("Slow", &[("idempotency-key", key)]).await),
    );
    let others = async {
        until("both connections are held", async || stage.dawdling().await == 2).await;
        let asked = Instant::now();
        let health = Client::at(hms.address).get("/health").await;
        assert_eq!(health.status(), Some(200), "alive, whatever the database does");
        assert!(asked.elapsed() < Duration::from_secs(5));
        let (waiting, ready) = futures_util::future::join(
            join_all((0..4).map(|_| admin.get("/api/v1/patients"))),
            Client::at(hms.address).get("/ready"),
        )
        .await;
        assert_eq!(ready.status(), Some(503));
        for said in waiting {
            let reply = said.reply();
            let answer = (reply.status, reply.code(), reply.header("retry-after"));
            assert_eq!(answer, (503, "unavailable", Some("2")), "{}", reply.json);
        }
        assert!(
            asked.elapsed() < Duration::from_secs(14),
            "told within the wait for a connection, not later"
        );
    };
    let (slow, ()) = futures_util::future::join(slow, others).await;
    for said in slow {
        let reply = said.reply();
        assert_eq!((reply.status, reply.code()), (503, "unavailable"), "{}", reply.json);
        assert!(reply.json["detail"].as_str().unwrap().contains("nothing was changed"), "{}", reply.json);
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "a statement ends after 15 seconds");

    // Both connections are back, and what was stopped left nothing.
    let after = join_all((0..4).map(|_| admin.register("Quick", &[]))).await;
    assert!(after.iter().all(|said| said.status() == Some(201)), "{after:?}");
    let schema = stage.schema().await;
    assert_eq!(stage.number(&format!("select count(*) from {schema}.patients")).await, 4);
}

/// A backend that hangs with everything in order before: its lane gets another one, nobody waits for the old one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_hangs_between_two_statements_does_not_take_its_lane_along() {
    let stage = Stage::new().await;
    let hms = Hms::start(&stage.environment(), &[("HMS_LANES", "1")]).await;
    let admin = hms.admin().await;
    assert_eq!(admin.get("/api/v1/patients").await.status(), Some(200));
    let pid =
        stage.sql("select pid from pg_stat_activity where application_name = 'hms'").await[0]["pid"].as_i64();
    let frozen = super::rights::Frozen::stop(i32::try_from(pid.unwrap()).unwrap());
    let begun = Instant::now();
    until("served over another connection", async || {
        let said = admin.get("/api/v1/patients").await;
        assert!(matches!(said.status(), Some(200 | 503)), "{said:?}");
        said.status() == Some(200)
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
    drop(frozen);
}
