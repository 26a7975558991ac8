//! A right that was taken away on one instance is gone on the other, whatever happens to what it hears.

use std::time::{Duration, Instant};

use hms::identity::secret::{Purpose, SingleUse};
use rustix::process::Signal;
use serde_json::json;

use super::http::Client;
use super::stage::{ADMIN, Hms, OPERATOR, PASSWORD, Stage, signal, until};

const ME: &str = "/api/v1/auth/me";
/// A second is promised; the machine may be busy.
const SOON: Duration = Duration::from_secs(5);
const LISTENER: &str =
    "select pid from pg_stat_activity where application_name = 'hms-listener' order by backend_start";

/// A process that does not run until this is dropped.
pub struct Frozen(i32);

impl Frozen {
    pub fn stop(pid: i32) -> Self {
        signal(pid, Signal::STOP);
        Self(pid)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_raw(self.0).unwrap();
        let _ = rustix::process::kill_process(pid, Signal::CONT);
    }
}

/// Two instances on one database; of the second one, the backend that listens for it.
async fn two() -> (Stage, Hms, Hms) {
    let stage = Stage::new().await;
    let first = Hms::start(&stage.environment(), &[]).await;
    let second = Hms::start(&stage.environment(), &[]).await;
    for hms in [&first, &second] {
        hears(hms).await;
    }
    (stage, first, second)
}

async fn hears(hms: &Hms) {
    let at = Client::at(hms.address);
    until("changes are heard", async || at.get("/ready").await.reply().json["listener"] == true).await;
}

/// The newest listener is the one of the instance that was started last.
async fn listener_of_the_second(stage: &Stage) -> i32 {
    let rows = stage.sql(LISTENER).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    i32::try_from(rows[1]["pid"].as_i64().unwrap()).unwrap()
}

/// Refused there from now on, and soon.
async fn ends(who: &Client, status: u16) {
    let begun = Instant::now();
    until("refused", async || who.get(ME).await.status() == Some(status)).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(who.get(ME).await.status(), Some(status), "and stays refused");
}

async fn sign_out(who: &Client) {
    assert_eq!(who.post("/api/v1/auth/logout", &json!({})).await.status(), Some(204));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_on_one_instance_ends_on_the_other() {
    let (stage, first, second) = two().await;
    let (leaving, staying) = (first.admin().await, first.admin().await);
    let (leaving_there, staying_there) = (leaving.on(second.address), staying.on(second.address));
    for who in [&leaving_there, &staying_there] {
        assert_eq!(who.get(ME).await.status(), Some(200), "and it is in that one's cache now");
    }
    sign_out(&leaving).await;
    ends(&leaving_there, 401).await;

    let operator = Client::sign_in(second.address, OPERATOR, PASSWORD).await;
    let hospital = stage.sql("select id from public.tenants").await[0]["id"].as_str().unwrap().to_owned();
    let change = async |verb: &str| {
        let path = format!("/api/v1/platform/tenants/{hospital}/{verb}");
        let said = operator.json("PATCH", &path, &[], &json!({ "reason": "Unpaid" })).await.reply();
        assert_eq!(said.status, 200, "{}", said.json);
    };
    change("suspend").await;
    ends(&staying, 403).await;
    ends(&staying_there, 403).await;
    change("activate").await;
    until("served again by both", async || {
        staying.get(ME).await.status() == Some(200) && staying_there.get(ME).await.status() == Some(200)
    })
    .await;
    // A role that loses a permission, told as any change of a role will be.
    let patients = "/api/v1/patients";
    assert_eq!(staying_there.get(patients).await.status(), Some(200));
    let schema = stage.schema().await;
    stage
        .sql(&format!(
            "begin; delete from {schema}.role_permissions where permission_code = 'patients:view';
             select pg_notify('hms_registry', 'tenant:{hospital}'); commit"
        ))
        .await;
    for who in [&staying, &staying_there] {
        until("the permission is gone", async || who.get(patients).await.status() == Some(403)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_whose_listener_is_cut_serves_no_stale_rights() {
    let (stage, first, second) = two().await;
    for _ in 0..3 {
        let leaving = first.admin().await;
        let there = leaving.on(second.address);
        assert_eq!(there.get(ME).await.status(), Some(200));
        let pid = listener_of_the_second(&stage).await;
        stage.sql(&format!("select pg_terminate_backend({pid}) as done")).await;
        // Announced while nobody hears it there.
        sign_out(&leaving).await;
        ends(&there, 401).await;
        hears(&second).await;
        until("it listens again", async || stage.sql(LISTENER).await.len() == 2).await;
    }
}

/// The worst case: the connection is there, and nothing comes over it. Nobody closes it, so nobody is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_whose_listener_hears_nothing_any_more_serves_no_stale_rights() {
    let (stage, first, second) = two().await;
    let leaving = first.admin().await;
    let there = leaving.on(second.address);
    assert_eq!(there.get(ME).await.status(), Some(200));
    let frozen = Frozen::stop(listener_of_the_second(&stage).await);
    sign_out(&leaving).await;
    ends(&there, 401).await;
    let ready = there.get("/ready").await.reply();
    assert_eq!(
        (ready.status, &ready.json["listener"]),
        (200, &json!(false)),
        "it serves, and says that it does not hear"
    );
    drop(frozen);
    hears(&second).await;
}

/// The link of a mail to this address, whose token only its hash is stored of.
async fn reset_link(stage: &Stage) -> String {
    let token = SingleUse::new(Purpose::ResetPassword);
    let hash: String = token.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    stage
        .sql(&format!(
            "insert into public.single_use_tokens (token_hash, purpose, user_id, expires_at)
             select '\\x{hash}', 'reset_password', id, now() + interval '1 hour' from public.users where email = '{ADMIN}'"
        ))
        .await;
    token.reveal().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_the_sessions_of_before_on_both_instances() {
    let (stage, first, second) = two().await;
    let (changing, left_behind) = (first.admin().await, first.admin().await);
    let (changing_there, there) = (changing.on(second.address), left_behind.on(second.address));
    for who in [&changing_there, &there] {
        assert_eq!(who.get(ME).await.status(), Some(200), "and it is in that one's cache now");
    }
    let body = json!({ "old_password": PASSWORD, "new_password": "tin roof lantern" });
    let changed = changing.post("/api/v1/auth/change-password", &body).await.reply();
    assert_eq!(changed.status, 200, "{}", changed.json);
    ends(&there, 401).await;
    ends(&left_behind, 401).await;
    assert_eq!(changing_there.get(ME).await.status(), Some(200), "who changed it stays");

    // One session is ended by its owner from the other instance.
    let other = Client::sign_in(second.address, ADMIN, "tin roof lantern").await;
    let here = other.on(first.address);
    assert_eq!(here.get(ME).await.status(), Some(200));
    let ended = changing.json("DELETE", "/api/v1/auth/sessions", &[], &json!({})).await;
    assert_eq!(ended.status(), Some(204));
    ends(&other, 401).await;
    ends(&here, 401).await;

    let body = json!({ "token": reset_link(&stage).await, "new_password": "copper kettle moss" });
    let reset = Client::at(second.address).post("/api/v1/auth/reset-password", &body).await.reply();
    assert_eq!(reset.status, 200, "{}", reset.json);
    ends(&changing, 401).await;
    ends(&changing_there, 401).await;
    Client::sign_in(first.address, ADMIN, "copper kettle moss").await;
}
