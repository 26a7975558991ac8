//! Failed sign-ins and denied attempts: each hospital its own people's, the platform all of them.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{AUDIT, id_of};
use crate::harness::{Client, Reply, TestApp, eventually};

async fn fails(app: &TestApp, email: &str, times: usize) {
    for _ in 0..times {
        let reply = app
            .anonymous()
            .request(axum::http::Method::POST, "/api/v1/auth/login")
            .header("user-agent", "=HYPERLINK(\"http://example.org\")")
            .form(&[("username", email), ("password", "Wrong-Horse-7")])
            .from("203.0.113.77")
            .await;
        assert_eq!(reply.status, 401, "{}", reply.text);
    }
}

fn items(reply: &Reply) -> &Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap()
}

async fn failed(reader: &Client, query: &str) -> Vec<Value> {
    items(&reader.get(&format!("{AUDIT}/failed-sign-ins?{query}")).await).clone()
}

async fn denied(reader: &Client, query: &str) -> Vec<Value> {
    items(&reader.get(&format!("{AUDIT}/denied-attempts?{query}")).await).clone()
}

#[tokio::test]
async fn failed_sign_ins_are_told_to_the_hospital_of_the_account_alone() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (admin, other) = (asha.admin().await, zen.admin().await);
    fails(&app, &asha.email, 2).await;
    fails(&app, &zen.email, 1).await;
    fails(&app, "nobody@example.org", 1).await;
    // As who logs unknown accounts would write it.
    app.sql("insert into public.failed_sign_ins (id, reason, ip) values (gen_random_uuid(), 'unknown account', '203.0.113.78')").await;
    let boss = app.super_admin().await;
    fails(&app, "boss@platform.example", 1).await;

    let ours = failed(&admin, "").await;
    assert_eq!(ours.len(), 2);
    for line in &ours {
        assert_eq!((&line["email"], &line["ip"]), (&json!(asha.email), &json!("203.0.113.77")));
        assert_eq!(
            (&line["user_id"], &line["user_name"]),
            (&json!(id_of(&admin).await), &json!("Asha Admin"))
        );
        assert!(line["reason"].as_str().unwrap().contains("password") && line["user_agent"].is_string());
    }
    assert_eq!(failed(&other, "").await.len(), 1);
    // Somebody else's account by its id is nobody's here.
    let stranger = id_of(&other).await;
    assert_eq!(failed(&admin, &format!("user_id={stranger}")).await.len(), 0);
    assert_eq!(failed(&admin, &format!("user_id={}", id_of(&admin).await)).await.len(), 2);
    assert_eq!(failed(&admin, "to=2026-01-01").await.len(), 0);
    assert_eq!(failed(&admin, "page=2&page_size=1").await.len(), 1);
    // Of somebody who is gone it is still told.
    app.sql(&format!("update public.users set is_deleted = true where email = '{}'", zen.email)).await;

    let all = boss.get("/api/v1/platform/audit/failed-sign-ins").await;
    let whose = |email: &str| items(&all).iter().filter(|line| line["email"] == email).count();
    assert_eq!(
        (whose(&asha.email), whose(&zen.email), whose("boss@platform.example")),
        (2, 1, 1),
        "{}",
        all.text
    );
    let nobodys: Vec<&Value> = items(&all).iter().filter(|line| line["user_id"].is_null()).collect();
    assert!(nobodys.iter().any(|line| line["reason"] == "unknown account"), "{}", all.text);
    assert!(nobodys.iter().all(|line| line["tenant_id"].is_null() && line["email"].is_null()));
    let of_zen = boss.get(&format!("/api/v1/platform/audit/failed-sign-ins?tenant_id={}", zen.id)).await;
    assert_eq!(items(&of_zen).len(), 1);
    assert_eq!(items(&of_zen)[0]["tenant_name"], "Zen Hospital");
}

#[tokio::test]
async fn denied_attempts_are_told_to_the_hospital_of_the_person_alone() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (admin, other) = (asha.admin().await, zen.admin().await);
    let (nurse, theirs) = (asha.staff(SystemRole::Nurse).await, zen.staff(SystemRole::Nurse).await);
    let boss = app.super_admin().await;
    for (who, path) in
        [(&nurse, AUDIT), (&nurse, "/api/v1/hospital"), (&theirs, AUDIT), (&boss, "/api/v1/patients")]
    {
        assert_eq!(who.get(path).await.status, 403, "{path}");
    }
    eventually("the refusals are on record", async || {
        app.sql("select id from public.denied_attempts").await.len() == 4
    })
    .await;

    let ours = denied(&admin, "").await;
    assert_eq!(ours.len(), 2);
    for line in &ours {
        assert_eq!(
            (&line["user_id"], &line["user_name"]),
            (&json!(id_of(&nurse).await), &json!("Meera Kulkarni"))
        );
        assert_eq!(line["status_code"], 403);
    }
    let actions: Vec<&str> = ours.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"GET /api/v1/audit"), "{actions:?}");
    assert_eq!(denied(&other, "").await.len(), 1);
    assert_eq!(denied(&admin, &format!("user_id={}", id_of(&theirs).await)).await.len(), 0);
    assert_eq!(denied(&admin, "from=2099-01-01").await.len(), 0);

    let operators = boss.get("/api/v1/platform/audit/denied-attempts").await;
    assert_eq!(items(&operators).len(), 1, "operators alone: hospitals see their own");
    assert_eq!(items(&operators)[0]["email"], "boss@platform.example");
    assert_eq!(items(&operators)[0]["action"], "GET /api/v1/patients");
}

#[tokio::test]
async fn the_pages_show_both_and_say_when_there_is_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let page = admin.browser().await;
    let none = page.get("/audit/sign-ins").await;
    assert!(none.status == 200 && none.text.contains("Nothing of the kind"), "{}", none.text);
    fails(&app, &clinic.email, 1).await;
    let one = page.get("/audit/sign-ins").await;
    for part in
        ["Asha Admin", &clinic.email, "203.0.113.77", "=HYPERLINK(&#34;http://example.org&#34;)", "1–1 of 1"]
    {
        assert!(one.text.contains(part), "{part}: {}", one.text);
    }
    let wrong = page.get("/audit/sign-ins?from=yesterday").await;
    assert!(wrong.status == 422 && wrong.text.contains("Use a date like 2026-03-14"), "{}", wrong.text);
    assert_eq!(nurse.get(AUDIT).await.status, 403);
    eventually("the refusal is on record", async || {
        app.sql("select id from public.denied_attempts").await.len() == 1
    })
    .await;
    let denied = page.get("/audit/denied").await;
    assert!(
        denied.text.contains("Meera Kulkarni") && denied.text.contains("GET /api/v1/audit"),
        "{}",
        denied.text
    );
    let seen: Vec<Value> = clinic.audit().await.into_iter().filter(|row| row["kind"] == "listed").collect();
    let seen: Vec<&str> = seen.iter().map(|row| row["entity"].as_str().unwrap()).collect();
    assert_eq!(
        seen,
        ["failed_sign_in", "failed_sign_in", "failed_sign_in", "denied_attempt"],
        "reading is on record"
    );
}
