//! Operators ask for the demo by the API and the console; visitors are offered its accounts, and keep its day today's.

use axum::http::Method;
use hms::demo::{self, Size};
use hms::platform::demo::Action;
use serde_json::json;

use super::{A, B, PASSWORD, act, count, in_demo_mode, seeded, sign_in};
use crate::harness::{Browser, TestApp, eventually};

const START: &str = "/api/v1/admin/demo/refresh/start";
const REFRESH: &str = "/api/v1/admin/demo/refresh";
const STATUS: &str = "/api/v1/admin/demo/refresh/status";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_demo_mode_everything_is_refused() {
    let app = TestApp::new().await;
    let boss = app.super_admin().await;
    for path in [START, REFRESH] {
        let refused = boss.post(path, &json!({ "action": "seed" })).await;
        assert_eq!(
            (refused.status, refused.json["code"].as_str()),
            (403, Some("demo.off")),
            "{}",
            refused.text
        );
    }
    let page = boss.browser().await.get("/console/demo").await;
    assert!(page.status == 200 && page.text.contains("Demo mode is off"), "{}", page.text);
    assert!(!page.text.contains("Fill demo"));
    let refused = boss.browser().await.submit("/console/demo/seed", &[]).await;
    assert_eq!(refused.status, 404);
    let question = boss.browser().await.get("/console/demo/reset").await;
    assert_eq!(question.status, 404, "nobody is asked what cannot be done: {}", question.text);
    assert_eq!(app.sql("select count(*) as n from public.demo_tasks").await[0]["n"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_is_asked_for_done_by_a_job_and_told_to_its_end() {
    let app = in_demo_mode(&[]).await;
    let boss = app.super_admin().await;
    let started = boss.post(START, &json!({ "action": "seed" })).await;
    assert_eq!((started.status, &started.json["status"]), (200, &json!("started")), "{}", started.text);
    let id = started.json["task_id"].as_str().unwrap().to_owned();
    let status = boss.get(&format!("{STATUS}?task_id={id}")).await;
    assert_eq!((&status.json["task_type"], &status.json["status"]), (&json!("DEMO_SEED"), &json!("PENDING")));
    assert_eq!(status.json["progress"], 0);
    for path in [START, REFRESH] {
        let second = boss.post(path, &json!({ "action": "reset", "freshen_days": 3 })).await;
        assert_eq!(
            (second.status, second.json["code"].as_str()),
            (409, Some("demo.running")),
            "{}",
            second.text
        );
    }
    let page = boss.browser().await.get("/console/demo").await.text;
    assert!(
        page.contains("Filling the demo hospitals") && page.contains("hx-get=\"/console/demo/progress\""),
        "{page}"
    );
    assert!(!page.contains("Fill demo</button>"), "nothing more is offered while it goes on: {page}");
    let (name, browser) = (app.app.cookie.name(), boss.browser().await);
    let session = format!("{name}={}", browser.cookie(name).unwrap());
    let poll = async || {
        let anyone = app.anonymous();
        let call = anyone.request(Method::GET, "/console/demo/progress").header("cookie", &session);
        call.header("hx-request", "true").send().await
    };
    let bar = poll().await.text;
    assert!(bar.contains("id=\"demo-task\"") && !bar.contains("<h1"), "the bar alone");
    for (half, told) in [(0, ">0 %</"), (95, ">95 %</")] {
        app.sql(&format!("update public.demo_tasks set progress = {half} where id = '{id}'")).await;
        let bar = poll().await.text;
        assert!(bar.contains(told) && !bar.contains(" of 100") && !bar.contains(" left."), "{bar}");
    }
    app.sql(&format!("update public.demo_tasks set progress = 0 where id = '{id}'")).await;

    tokio::spawn(hms::jobs::run(app.app.clone()));
    eventually("the task ends", async || {
        boss.get(&format!("{STATUS}?task_id={id}")).await.json["status"] == "COMPLETED"
    })
    .await;
    let ended = boss.get(&format!("{STATUS}?task_id={id}")).await.json;
    assert_eq!(ended["progress"], 100);
    assert!(ended["message"].as_str().unwrap().contains("500 appointments"), "{ended}");
    assert!(ended["started_at"].is_string() && ended["completed_at"].is_string() && ended["error"].is_null());
    assert!(ended["user_id"].is_string());
    assert_eq!(count(&app, 'A', "select count(*) from patients").await, 100);
    let over = poll().await;
    assert_eq!((over.status, over.header("hx-redirect")), (200, "/console/demo"), "the page comes anew");

    let fresh = boss.post(REFRESH, &json!({ "action": "freshen" })).await;
    assert_eq!((fresh.status, &fresh.json["status"]), (200, &json!("completed")), "{}", fresh.text);
    assert_eq!((&fresh.json["action"], &fresh.json["freshen_days"]), (&json!("freshen"), &json!(7)));
    let page = boss.browser().await.get("/console/demo").await.text;
    assert!(page.contains("Demo Hospital A") && page.contains("DEMO-TENANT-B-011"), "{page}");
    app.app.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_and_only_operators_may() {
    let app = in_demo_mode(&[]).await;
    let boss = app.super_admin().await;
    for body in [
        json!({}),
        json!({ "action": "burn" }),
        json!({ "action": "freshen", "freshen_days": 0 }),
        json!({ "action": "freshen", "freshen_days": 366 }),
    ] {
        assert_eq!(boss.post(START, &body).await.status, 422, "{body}");
    }
    let unknown = boss.get(&format!("{STATUS}?task_id=01890a5d-ac96-774b-bcce-b302099a8057")).await;
    assert_eq!(unknown.status, 404);
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    assert_eq!(admin.post(START, &json!({ "action": "reset" })).await.status, 403);
    assert_eq!(admin.browser().await.get("/console/demo").await.status, 403);
    assert_eq!(app.anonymous().post(START, &json!({ "action": "reset" })).await.status, 401);
    assert_eq!(app.sql("select count(*) as n from public.demo_tasks").await[0]["n"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_acts_at_once_one_is_told_to_wait() {
    let app = in_demo_mode(&[]).await;
    let (one, other) = tokio::join!(
        demo::at_terminal(&app.app, Action::Seed, Size::default()),
        demo::at_terminal(&app.app, Action::Seed, Size::default())
    );
    let told: Vec<String> =
        [&one, &other].iter().filter_map(|r| r.as_ref().err().map(ToString::to_string)).collect();
    assert_eq!(told, ["Something is being done to the demo already. Wait until it has ended."]);
    assert_eq!(count(&app, 'A', "select count(*) from patients").await, 100);

    // Whoever holds the lock is asked nothing about rows.
    let client = app.superuser().await;
    client.batch_execute("select pg_advisory_lock(hashtextextended('hms demo', 0))").await.unwrap();
    let held = demo::at_terminal(&app.app, Action::Reset, Size::default()).await.unwrap_err();
    assert_eq!(held.to_string(), "something is being done to the demo already: wait until it has ended");
    assert_eq!(count(&app, 'A', "select count(*) from patients").await, 100);
    drop(client);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_that_was_cut_off_does_not_keep_others_waiting() {
    let app = in_demo_mode(&[]).await;
    let boss = app.super_admin().await;
    assert_eq!(boss.post(START, &json!({ "action": "seed" })).await.status, 200);
    assert_eq!(boss.post(START, &json!({ "action": "seed" })).await.status, 409);
    app.app.clock.shift(61);
    let next = boss.post(START, &json!({ "action": "seed" })).await;
    assert_eq!(next.status, 200, "{}", next.text);
    let first = app.sql("select status, error from public.demo_tasks order by created_at limit 1").await;
    assert_eq!(first[0]["status"], "FAILED");
    assert!(first[0]["error"].as_str().unwrap().starts_with("It was cut off"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_asks_before_it_removes_the_demo() {
    let app = seeded(&[]).await;
    let boss = app.super_admin().await.browser().await;
    let question = boss.get("/console/demo/reset").await.text;
    assert!(question.contains("Remove") && question.contains("200 patients"), "{question}");
    let asked = boss.submit("/console/demo/reset", &[]).await;
    assert_eq!((asked.status, asked.header("location")), (303, "/console/demo"));
    let again = boss.submit("/console/demo/freshen", &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.text.contains("Wait until it has ended"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_in_page_offers_the_accounts_in_demo_mode_only() {
    let plain = TestApp::new().await;
    let page = plain.anonymous().get("/sign-in").await.text;
    assert!(!page.contains("demo-tenant") && !page.contains(PASSWORD));
    act(&plain.app, Action::Seed).await;
    let refused =
        Browser::new(plain.router.clone()).submit("/sign-in", &[("demo", &format!("doctor1@{A}"))]).await;
    assert_eq!(refused.status, 401, "outside of demo mode it is no way in");

    let app = seeded(&[]).await;
    let visitor = Browser::new(app.router.clone());
    let page = visitor.get("/sign-in").await.text;
    for word in
        ["look around Demo Hospital A", &format!("doctor1@{A}"), &format!("receptionist1@{B}"), "Front desk"]
    {
        assert!(page.contains(word), "{word} in {page}");
    }
    let came = visitor.submit("/sign-in", &[("demo", &format!("doctor1@{A}"))]).await;
    assert_eq!((came.status, came.header("location")), (303, "/today"), "{}", came.text);
    for other in ["boss@platform.example", "doctor1@example.org", ""] {
        let refused = Browser::new(app.router.clone()).submit("/sign-in", &[("demo", other)]).await;
        assert_eq!(refused.status, 401, "{other}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_to_a_demo_of_yesterday_asks_for_a_job_and_never_waits_for_it() {
    let asked = "select count(*) as n from public.demo_tasks where task_type = 'DEMO_FRESHEN'";
    let app = seeded(&[("DEMO_AUTO_REFRESH_ON_LOGIN", "true")]).await;
    sign_in(&app, "doctor1", A).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(app.sql(asked).await[0]["n"], 0, "its day is today's");

    app.app.clock.shift(2 * 24 * 3600);
    sign_in(&app, "doctor1", A).await;
    eventually("a job is asked for", async || app.sql(asked).await[0]["n"] == 1).await;
    for key in ["nurse1", "doctor2", "admin"] {
        sign_in(&app, key, A).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(app.sql(asked).await[0]["n"], 1, "once, however many come");

    tokio::spawn(hms::jobs::run(app.app.clone()));
    eventually("the demo is fresh", async || {
        app.sql("select status from public.demo_tasks where task_type = 'DEMO_FRESHEN'").await[0]["status"]
            == "COMPLETED"
    })
    .await;
    // Kept in the database: another instance does not begin again.
    let other = app.instance(&[("DEMO_MODE", "true"), ("DEMO_AUTO_REFRESH_ON_LOGIN", "true")]).await;
    sign_in(&other, "doctor1", A).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(app.sql(asked).await[0]["n"], 1);
    app.app.shutdown.cancel();
}
