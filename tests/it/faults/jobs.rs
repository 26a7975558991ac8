//! Jobs: once over all instances, finished or put back when HMS is asked to stop, taken up when it was killed.

use std::time::Duration;

use super::mails::{self, MailServer};
use super::stage::{Hms, Stage, until};

/// Jobs that somebody works on, and all of them.
async fn queue(stage: &Stage) -> (i64, i64) {
    let ours =
        "from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
                where t.identifier = 'mail.send'";
    let all = stage.number(&format!("select count(*) {ours}")).await;
    (stage.number(&format!("select count(*) {ours} and locked_by is not null")).await, all)
}

async fn stage() -> (Stage, MailServer, Vec<(String, String)>) {
    let (stage, server) = (Stage::new().await, MailServer::start().await);
    let mut variables = stage.environment();
    variables.extend(server.environment());
    (stage, server, variables)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_do_each_job_once_and_one_takes_up_what_a_killed_one_was_doing() {
    let (stage, server, variables) = stage().await;
    let mut first = Hms::start(&variables, &[]).await;
    let second = Hms::start(&variables, &[]).await;
    mails::queue(&stage, 40).await;
    until("all are sent", async || mails::count(&stage, "SENT").await == 40).await;
    assert_eq!(server.taken().len(), 40);
    assert!(server.taken().values().all(|times| *times == 1), "{:?}", server.taken());
    assert_eq!(stage.number("select count(*) from public.mails where attempts <> 1").await, 0);

    // Each instance works on two at once. The first one is killed over its own.
    server.answers(false);
    mails::queue(&stage, 4).await;
    server.holds(44).await;
    first.kill();
    server.answers(true);
    // Half a minute passes: of the runners, only the living one is heard of.
    let pass = "update graphile_worker._private_workers set last_heartbeat_at = last_heartbeat_at - interval '31 seconds'";
    stage.sql(pass).await;
    until("the living one has done them all", async || mails::count(&stage, "SENT").await == 44).await;
    assert_eq!(server.taken().len(), 44);
    until("none is left", async || queue(&stage).await == (0, 0)).await;
    drop(second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_under_way_is_finished_or_put_back_when_hms_is_asked_to_stop() {
    let (stage, server, variables) = stage().await;
    let mut hms = Hms::start(&variables, &[]).await;

    // Its answer comes while HMS waits for it.
    server.answers(false);
    mails::queue(&stage, 1).await;
    server.holds(1).await;
    hms.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.answers(true);
    let (status, took) = hms.ended().await;
    assert!(status.success() && took < Duration::from_secs(25), "{status} after {took:?}:\n{}", hms.log());
    assert_eq!((mails::count(&stage, "SENT").await, queue(&stage).await), (1, (0, 0)));

    // Its answer never comes.
    let mut hms = Hms::start(&variables, &[]).await;
    server.answers(false);
    mails::queue(&stage, 1).await;
    server.holds(2).await;
    hms.ask_to_stop();
    let (status, took) = hms.ended().await;
    assert!(status.success() && took < Duration::from_secs(30), "{status} after {took:?}:\n{}", hms.log());
    assert_eq!(queue(&stage).await, (0, 1), "nobody's, and not lost");

    server.answers(true);
    let _next = Hms::start(&variables, &[]).await;
    stage.sql("update graphile_worker._private_jobs set run_at = now()").await;
    until("the next one sends it", async || mails::count(&stage, "SENT").await == 2).await;
    assert!(
        server.taken().len() == 2 && server.taken().values().all(|times| *times == 1),
        "{:?}",
        server.taken()
    );
}
