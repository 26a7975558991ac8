//! A new password from the machine, and a rest that a colleague ends.

use axum::http::Method;
use hms::platform::operators::{self, Ensured};
use secrecy::SecretString;

use super::*;

const LOGIN: &str = "/api/v1/auth/login";

/// Five wrong passwords, each from an address of its own; `from` is where they begin.
async fn guessed(app: &TestApp, email: &str, from: usize) {
    for n in from..from + 5 {
        let anyone = app.anonymous();
        let call = anyone.request(Method::POST, LOGIN).form(&[("username", email), ("password", "wrong")]);
        assert_eq!(call.from(&format!("198.51.100.{n}")).await.status, 401);
    }
}

async fn signs_in(app: &TestApp, email: &str, ip: &str) -> u16 {
    let anyone = app.anonymous();
    let call = anyone.request(Method::POST, LOGIN).form(&[("username", email), ("password", PASSWORD)]);
    call.from(ip).await.status
}

#[tokio::test]
async fn another_password_from_the_machine_ends_what_was_open_with_the_one_before() {
    const FRESH: &str = "Fresh-Meadow-42";
    let app = TestApp::new().await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let refresh = json!({ "refresh_token": boss.login["refresh_token"] });
    let mailed = boss.post(&format!("{OPERATORS}/{}/reset-password", own_id(&boss).await), &json!({})).await;
    assert_eq!(mailed.status, 200, "{}", mailed.text);
    let link = app.link_for(BOSS, "/set-password").await;
    let ensure = async |password: &str| {
        operators::ensure(&app.app, BOSS, &SecretString::from(password)).await.unwrap()
    };

    assert_eq!(ensure(PASSWORD).await, Ensured::Kept);
    assert_eq!(boss.get(TENANTS).await.status, 200, "the same one ends nothing");
    assert_eq!(ensure(FRESH).await, Ensured::PasswordSet);
    eventually("the session has ended", async || boss.get(TENANTS).await.status == 401).await;
    let left = page.get("/console/hospitals").await;
    assert!(left.header("location").starts_with("/sign-in"), "{} {}", left.status, left.text);
    let renewed = app.anonymous().post("/api/v1/auth/refresh", &refresh).await;
    assert_eq!(renewed.status, 401, "{}", renewed.text);
    let body = json!({ "token": link.split_once("token=").unwrap().1, "new_password": "tin roof lantern" });
    let set = app.anonymous().post("/api/v1/auth/reset-password", &body).await;
    assert_eq!((set.status, &set.json["code"]), (400, &json!("auth.link_invalid")));

    let fresh = Client::sign_in(app.router.clone(), BOSS, FRESH).await;
    let body = json!({ "old_password": FRESH, "new_password": PASSWORD });
    let back = fresh.post("/api/v1/auth/change-password", &body).await;
    assert_eq!(back.json["code"], "auth.password_used_before", "the one before is remembered: {}", back.text);
}

#[tokio::test]
async fn a_sign_in_that_owes_a_code_ends_with_the_password_that_it_began_with() {
    let app = TestApp::new().await;
    app.super_admin().await;
    app.sql(
        "insert into public.mfa_secrets (user_id, sealed, key_id, created_at, confirmed_at)
         select id, 'x', 'x', now(), now() from public.users where is_super_admin",
    )
    .await;
    let half = app.anonymous().form(LOGIN, &[("username", BOSS), ("password", PASSWORD)]).await;
    assert_eq!(half.json["code"], "auth.mfa_required", "{}", half.text);
    operators::ensure(&app.app, BOSS, &SecretString::from("Fresh-Meadow-42")).await.unwrap();
    let body = json!({ "mfa_token": half.json["mfa_token"], "code": "123456" });
    let over = app.anonymous().post("/api/v1/auth/login/mfa", &body).await;
    assert_eq!((over.status, &over.json["code"]), (401, &json!("auth.mfa_expired")), "{}", over.text);
}

#[tokio::test]
async fn whoever_is_locked_out_is_shown_and_let_in_by_a_colleague_alone() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let (ines, id) = second(&app, &boss, "ines@platform.example").await;
    let unlock = format!("{OPERATORS}/{id}/unlock");
    let standing = async || {
        let listed = boss.get(OPERATORS).await;
        let rows = listed.json.as_array().unwrap().clone();
        rows.into_iter().find(|row| row["id"] == id.as_str()).unwrap()["locked_until"].clone()
    };
    assert_eq!(standing().await, Value::Null);
    let open = boss.post(&unlock, &json!({})).await;
    assert_eq!((open.status, &open.json["code"]), (400, &json!("operators.not_locked_out")));

    guessed(&app, "ines@platform.example", 0).await;
    assert_eq!(signs_in(&app, "ines@platform.example", "203.0.113.1").await, 401, "with the right password");
    assert!(standing().await.is_string());
    let page = boss.browser().await;
    let list = page.get("/console/operators").await.text;
    let ask = format!("/console/operators/{id}/unlock");
    for part in ["Locked", "after too many wrong passwords", &format!(r#"href="{ask}""#)] {
        assert!(list.contains(part), "{part} in {list}");
    }

    for (client, status) in [(&clinic.admin().await, 403), (&app.anonymous(), 401), (&ines, 409)] {
        let refused = client.post(&unlock, &json!({})).await;
        assert_eq!(refused.status, status, "{}", refused.text);
    }
    assert_eq!(ines.post(&unlock, &json!({})).await.json["code"], "operators.own_account");
    let of_hospital = own_id(&clinic.admin().await).await;
    for nobody in [of_hospital.as_str(), NOBODY] {
        assert_eq!(boss.post(&format!("{OPERATORS}/{nobody}/unlock"), &json!({})).await.status, 404);
    }
    assert!(standing().await.is_string(), "nothing of that let her in");

    let question = page.get(&ask).await.text;
    assert!(question.contains(&format!(r#"action="{ask}""#)), "{question}");
    let done = page.submit(&ask, &[]).await;
    assert_eq!(done.header("location"), "/console/operators?done=unlocked", "{}", done.text);
    assert_eq!(standing().await, Value::Null);
    assert_eq!(signs_in(&app, "ines@platform.example", "203.0.113.2").await, 200);
    let twice = page.submit(&ask, &[]).await;
    assert!(twice.status == 400 && twice.text.contains("is not locked out"), "{}", twice.text);

    guessed(&app, "ines@platform.example", 10).await;
    let done = boss.post(&unlock, &json!({})).await;
    assert_eq!((done.status, &done.json["locked_until"]), (200, &Value::Null), "{}", done.text);
    assert_eq!(signs_in(&app, "ines@platform.example", "203.0.113.3").await, 200);

    guessed(&app, "ines@platform.example", 20).await;
    let list = cli::hms(&app, &["operator", "list"]).await;
    assert!(list.out.lines().any(|line| line.contains("LOCKED") && line.contains("ines@")), "{}", list.out);
    let ran = cli::hms(&app, &["operator", "unlock", "INES@platform.example"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "ines@platform.example can sign in again\n"), "{}", ran.err);
    assert_eq!(signs_in(&app, "ines@platform.example", "203.0.113.4").await, 200);
    let twice = cli::hms(&app, &["operator", "unlock", "ines@platform.example"]).await;
    assert!(twice.code == 1 && twice.err.contains("not locked out"), "{}{}", twice.out, twice.err);
    let rows = app.audit().await;
    let done =
        rows.iter().filter(|row| row["kind"] == "operator_unlocked" && row["entity_id"] == id.as_str());
    assert_eq!(done.count(), 3);
}
