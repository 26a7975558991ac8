//! SIGTERM in the middle of the work.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::http::{Client, REGISTER, Said};
use super::load::Load;
use super::stage::{Hms, Stage, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_under_way_get_their_answer_and_new_ones_are_refused() {
    let stage = Stage::new().await;
    let mut hms = Hms::start(&stage.environment(), &[]).await;
    let admin = hms.admin().await;
    stage.slow_keys(4).await;
    let under_way = tokio::spawn({
        let admin = admin.clone();
        async move {
            let slow = async |key| admin.register("Slow", &[("idempotency-key", key)]).await;
            join_all(["slow-1", "slow-2"].map(slow)).await
        }
    });
    until("they are under way", async || stage.dawdling().await == 2).await;
    // All others too, wherever they are at that moment.
    let load = Load::start(std::slice::from_ref(&admin));
    load.goes_on(2).await;
    hms.ask_to_stop();
    until("nobody is let in", async || matches!(admin.get("/health").await, Said::NotSent)).await;
    for said in under_way.await.unwrap() {
        assert_eq!(said.status(), Some(201), "{said:?}");
    }
    let (status, took) = hms.ended().await;
    assert!(status.success() && took < Duration::from_secs(30), "{status} after {took:?}:\n{}", hms.log());
    // Its successor serves those who try again.
    let _next = Hms::start_at(hms.address.port(), &stage.environment(), &[]).await;
    load.goes_on(4).await;
    let totals = load.finish().await.reconcile(&stage, 2).await;
    assert_eq!(totals.unknown, 0, "nobody was cut off: {totals:?}");
}

/// Somebody who never finishes a sentence does not keep it from ending: the time of one request, and a little more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_in_bounded_time_whatever_clients_do() {
    let stage = Stage::new().await;
    let mut hms = Hms::start(&stage.environment(), &[("REQUEST_TIMEOUT_SECONDS", "5")]).await;
    let admin = hms.admin().await;
    let mut half_a_head = TcpStream::connect(hms.address).await.unwrap();
    half_a_head.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let body = json!({ "first_name": "Half" }).to_string();
    let head = admin.head("POST", REGISTER, &[("content-type", "application/json")]);
    let mut half_a_body = TcpStream::connect(hms.address).await.unwrap();
    let half = format!("{head}content-length: {}\r\n\r\n{}", body.len(), &body[..8]);
    half_a_body.write_all(half.as_bytes()).await.unwrap();
    let mut idle = TcpStream::connect(hms.address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 512]).await.unwrap() > 0, "served, and kept open for more");

    hms.ask_to_stop();
    let (status, took) = hms.ended().await;
    assert!(status.success() && took < Duration::from_secs(20), "{status} after {took:?}:\n{}", hms.log());
    assert!(matches!(Client::at(hms.address).get("/health").await, Said::NotSent));
}
