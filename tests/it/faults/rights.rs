//! A right that was taken away on one instance is gone on the other, whatever happens to what it hears.

use std::time::{Duration, Instant};

use hms::identity::secret::{Purpose, SingleUse};
use rustix::process::Signal;
use serde_json::{Value, json};

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
    in_time(ME, status, begun);
    assert_eq!(who.get(ME).await.status(), Some(status), "and stays refused");
}

/// Answered so there from now on, and soon.
async fn is_told(who: &Client, path: &str, status: u16) {
    let begun = Instant::now();
    until("told", async || who.get(path).await.status() == Some(status)).await;
    in_time(path, status, begun);
}

/// `--nocapture` shows how soon.
fn in_time(path: &str, status: u16, begun: Instant) {
    let took = begun.elapsed();
    println!("{path} answers {status} after {took:.0?}");
    assert!(took < SOON, "{path}: {took:?}");
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
async fn reset_link(stage: &Stage, email: &str) -> String {
    let token = SingleUse::new(Purpose::ResetPassword);
    let hash: String = token.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    stage
        .sql(&format!(
            "insert into public.single_use_tokens (token_hash, purpose, user_id, expires_at)
             select '\\x{hash}', 'reset_password', id, now() + interval '1 hour' from public.users where email = '{email}'"
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

    let body = json!({ "token": reset_link(&stage, ADMIN).await, "new_password": "copper kettle moss" });
    let reset = Client::at(second.address).post("/api/v1/auth/reset-password", &body).await.reply();
    assert_eq!(reset.status, 200, "{}", reset.json);
    ends(&changing, 401).await;
    ends(&changing_there, 401).await;
    Client::sign_in(first.address, ADMIN, "copper kettle moss").await;
}

const PATIENTS: &str = "/api/v1/patients";

/// What a request answered with, which has to be this.
async fn done(who: &Client, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let reply = who.json(method, path, &[], body).await.reply();
    assert_eq!(reply.status, status, "{method} {path}: {}", reply.json);
    reply.json
}

/// Somebody whom the administrator invited with this role, and who has chosen a password; their id.
async fn joined(stage: &Stage, admin: &Client, email: &str, role: &str) -> String {
    let person = json!({
        "email": email, "first_name": "Nia", "last_name": "Rao", "department": "Cardiology", "roles": [role],
    });
    let made = done(admin, "POST", "/api/v1/users", &person, 201).await;
    let body = json!({ "token": reset_link(stage, email).await, "new_password": PASSWORD });
    done(&Client::at(admin.address), "POST", "/api/v1/auth/reset-password", &body, 200).await;
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_administrator_changes_on_one_instance_holds_on_the_other() {
    const EMAIL: &str = "nia@asha.example";
    let (stage, first, second) = two().await;
    let admin = first.admin().await;
    let role = json!({ "name": "Night desk", "permission_codes": ["patients:view", "dashboard:view"] });
    let role = done(&admin, "POST", "/api/v1/roles", &role, 201).await["id"].as_str().unwrap().to_owned();
    let person = joined(&stage, &admin, EMAIL, "Night desk").await;
    let user = format!("/api/v1/users/{person}");
    let there = Client::sign_in(second.address, EMAIL, PASSWORD).await;
    let here = there.on(first.address);
    for who in [&there, &here] {
        assert_eq!(who.get(PATIENTS).await.status(), Some(200), "and it is in that one's cache now");
    }

    // The role loses a permission, and gets it back.
    let change = async |codes: Value| {
        let body = json!({ "permission_codes": codes });
        done(&admin, "PATCH", &format!("/api/v1/roles/{role}"), &body, 200).await;
    };
    change(json!(["dashboard:view"])).await;
    is_told(&there, PATIENTS, 403).await;
    is_told(&here, PATIENTS, 403).await;
    change(json!(["dashboard:view", "patients:view"])).await;
    is_told(&there, PATIENTS, 200).await;
    // It is switched off, and on again.
    for status in [403, 200] {
        done(&admin, "PATCH", &format!("/api/v1/roles/{role}/toggle-active"), &json!({}), 200).await;
        is_told(&there, PATIENTS, status).await;
    }
    // The person gets another role, and the first one again.
    done(&admin, "PATCH", &user, &json!({ "roles": ["PHARMACIST"] }), 200).await;
    is_told(&there, PATIENTS, 403).await;
    done(&admin, "PATCH", &user, &json!({ "roles": ["Night desk"] }), 200).await;
    is_told(&there, PATIENTS, 200).await;

    // The hospital is suspended, at the other instance than where it is felt first.
    let operator = Client::sign_in(first.address, OPERATOR, PASSWORD).await;
    let hospital = stage.sql("select id from public.tenants").await[0]["id"].as_str().unwrap().to_owned();
    let tenant = format!("/api/v1/platform/tenants/{hospital}");
    done(&operator, "PATCH", &format!("{tenant}/suspend"), &json!({ "reason": "Unpaid" }), 200).await;
    is_told(&there, PATIENTS, 403).await;
    done(&operator, "PATCH", &format!("{tenant}/activate"), &json!({}), 200).await;
    is_told(&there, PATIENTS, 200).await;

    // The account is stopped: the session is over on both, and stays over when the account is let in again.
    done(&admin, "POST", &format!("{user}/deactivate"), &json!({}), 200).await;
    ends(&there, 401).await;
    ends(&here, 401).await;
    let form = serde_urlencoded::to_string([("username", EMAIL), ("password", PASSWORD)]).unwrap();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let refused = Client::at(second.address).send("POST", "/api/v1/auth/login", &kind, &form).await;
    assert!(matches!(refused.status(), Some(401 | 403)), "{refused:?}");
    done(&admin, "PATCH", &format!("{user}/toggle-active"), &json!({}), 200).await;
    assert_eq!(there.get(ME).await.status(), Some(401), "nobody comes back into an old session");
    Client::sign_in(second.address, EMAIL, PASSWORD).await;
}
