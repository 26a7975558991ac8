//! The machine's clock jumps an hour ahead and back again, for HMS and its database alike.

use serde_json::json;

use super::http::Client;
use super::mails;
use super::shim::Shim;
use super::stage::{ADMIN, Hms, PASSWORD, Setting, Stage, until};

const ME: &str = "/api/v1/auth/me";
const HOUR: i64 = 3600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_ahead_and_back_ends_tokens_early_and_nothing_else() {
    let shim = Shim::new();
    let stage = Stage::set(Setting { bin: Some(shim.postgres().await), ..Setting::default() }).await;
    let mut variables = stage.environment();
    variables.extend(shim.environment().into_iter().map(|(k, v)| (k.to_owned(), v)));
    let hms = Hms::start(&variables, &[]).await;
    let form = serde_urlencoded::to_string([("username", ADMIN), ("password", PASSWORD)]).unwrap();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let login = Client::at(hms.address).send("POST", "/api/v1/auth/login", &kind, &form).await.reply();
    let token = |reply: &super::http::Reply| Client {
        address: hms.address,
        token: Some(reply.json["access_token"].as_str().unwrap().to_owned()),
    };
    let before = token(&login);
    let register =
        async |who: &Client, key: &str| who.register("Clock", &[("idempotency-key", key)]).await.reply();
    let first = register(&before, "before").await;
    assert_eq!(first.status, 201, "{}", first.json);
    mails::queue(&stage, 1).await;
    until("a job is done", async || mails::count(&stage, "SENT").await == 1).await;

    shim.shift_clock(HOUR + 60);
    let database = stage.number("select (extract(epoch from now()))::int8").await;
    let ours = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(database > i64::try_from(ours).unwrap() + HOUR, "the database's clock jumped");
    let late = before.get(ME).await.reply();
    assert_eq!(
        (late.status, late.code()),
        (401, "auth.unauthenticated"),
        "an access token lives for an hour"
    );
    // The session goes on: its refresh token is good for days.
    let refresh = json!({ "refresh_token": login.json["refresh_token"] });
    let refreshed = Client::at(hms.address).post("/api/v1/auth/refresh", &refresh).await.reply();
    assert_eq!(refreshed.status, 200, "{}", refreshed.json);
    let ahead = token(&refreshed);
    let again = register(&ahead, "before").await;
    assert_eq!((again.status, &again.json["id"]), (201, &first.json["id"]), "a key from before is known");
    let second = register(&ahead, "ahead").await;
    assert_eq!(second.status, 201, "{}", second.json);
    mails::queue(&stage, 1).await;
    until("jobs are done at that time too", async || mails::count(&stage, "SENT").await == 2).await;

    shim.shift_clock(0);
    for (who, when) in [(&before, "before"), (&ahead, "ahead")] {
        assert_eq!(who.get(ME).await.status(), Some(200), "a token from {when}");
    }
    let again = register(&before, "ahead").await;
    assert_eq!(
        (again.status, &again.json["id"]),
        (201, &second.json["id"]),
        "a key from the future is known"
    );
    // Attempts are counted by a clock that nobody can set, so signing in is neither free nor barred.
    let mut refused = 0;
    for _ in 0..12 {
        let form =
            serde_urlencoded::to_string([("username", "nobody@asha.example"), ("password", "x")]).unwrap();
        let said = Client::at(hms.address).send("POST", "/api/v1/auth/login", &kind, &form).await.reply();
        refused += usize::from(said.status == 429);
    }
    assert!((1..=4).contains(&refused), "{refused} of 12 attempts were braked");
    let fresh = hms.admin().await;
    assert_eq!(register(&fresh, "back").await.status, 201);
    mails::queue(&stage, 1).await;
    until("jobs are done after it", async || mails::count(&stage, "SENT").await == 3).await;
    // What is gone stays gone, whatever the clock says.
    assert_eq!(ahead.post("/api/v1/auth/logout", &json!({})).await.status(), Some(204));
    until("signed out", async || ahead.get(ME).await.status() == Some(401)).await;
    assert_eq!(before.get(ME).await.status(), Some(401), "it was the same session");
    let schema = stage.schema().await;
    assert_eq!(stage.number(&format!("select count(*) from {schema}.patients")).await, 3);
}
