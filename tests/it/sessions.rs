//! Signing in and out, tokens and cookies, and what ends a session.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::harness::{Browser, Client, PASSWORD, TestApp, eventually};

const ME: &str = "/api/v1/auth/me";

#[tokio::test]
async fn unknown_address_and_wrong_password_get_the_same_answer() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let anyone = app.anonymous();
    let unknown = anyone
        .form("/api/v1/auth/login", &[("username", "nobody@example.org"), ("password", PASSWORD)])
        .await;
    let wrong = anyone
        .form("/api/v1/auth/login", &[("username", &clinic.email), ("password", "Wrong-Horse-7")])
        .await;
    let malformed =
        anyone.form("/api/v1/auth/login", &[("username", "not an address"), ("password", "x")]).await;
    assert_eq!((unknown.status, wrong.status, malformed.status), (401, 401, 401));
    assert_eq!(unknown.detail(), wrong.detail());
    assert_eq!(unknown.detail(), malformed.detail());
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_second_use_ends_the_session() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let first = json!({ "refresh_token": admin.login["refresh_token"] });
    let renewed = app.anonymous().post("/api/v1/auth/refresh", &first).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    let fresh =
        Client::new(app.router.clone(), Some(renewed.json["access_token"].as_str().unwrap().to_owned()));
    assert_eq!(fresh.get(ME).await.status, 200);

    let replay = app.anonymous().post("/api/v1/auth/refresh", &first).await;
    assert_eq!(replay.status, 401);
    let second = json!({ "refresh_token": renewed.json["refresh_token"] });
    assert_eq!(app.anonymous().post("/api/v1/auth/refresh", &second).await.status, 401, "the family is gone");
    eventually("the access token is refused too", async || fresh.get(ME).await.status == 401).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_refreshes_at_once_at_most_one_lives() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let body = json!({ "refresh_token": clinic.admin().await.login["refresh_token"] });
    let racers = (0..8).map(|_| {
        let (anyone, body) = (app.anonymous(), body.clone());
        async move { anyone.post("/api/v1/auth/refresh", &body).await.status }
    });
    let statuses = futures_util::future::join_all(racers).await;
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn logout_ends_the_session_on_every_instance_within_a_second() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let elsewhere = admin.on(&other.router);
    assert_eq!(elsewhere.get(ME).await.status, 200);
    assert_eq!(admin.post("/api/v1/auth/logout", &json!({})).await.status, 204);
    let started = std::time::Instant::now();
    eventually("the other instance refuses", async || elsewhere.get(ME).await.status == 401).await;
    assert!(started.elapsed().as_millis() < 1000);
}

#[tokio::test]
async fn without_the_listener_nothing_is_served_from_memory() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    assert_eq!(admin.get(ME).await.status, 200);
    app.app.registry.set_live(false);
    // No notification: only a look at the database can know.
    app.sql("update public.sessions set revoked_at = now()").await;
    assert_eq!(admin.get(ME).await.status, 401);
}

#[tokio::test]
async fn tokens_that_are_expired_foreign_or_forged_are_refused() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let good = admin.token.clone().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let tampered = format!("{}.{}x.{}", parts[0], parts[1], parts[2]);
    for bad in ["", "x", "a.b.c", &unsigned, &tampered, &"A".repeat(10_000)] {
        let reply = Client::new(app.router.clone(), Some(bad.to_owned())).get(ME).await;
        assert_eq!(reply.status, 401, "{bad:.40}");
        assert!(!reply.detail().is_empty());
    }
    let elsewhere = TestApp::new().await;
    assert_eq!(admin.on(&elsewhere.router).get(ME).await.status, 401, "a session of another database");
    app.app.clock.shift(3601);
    let late = admin.get(ME).await;
    assert_eq!((late.status, late.detail()), (401, "Token has expired. Please log in again."));
}

#[tokio::test]
async fn a_deleted_hospital_takes_its_tokens_with_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Gone Clinic").await;
    let admin = clinic.admin().await;
    app.sql(&format!("delete from public.tenants where id = '{}'", clinic.id)).await;
    app.sql("select pg_notify('hms_registry', 'all')").await;
    eventually("the token opens nothing", async || admin.get(ME).await.status == 401).await;
}

#[tokio::test]
async fn a_deactivated_user_is_refused_within_a_second() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let me = nurse.get(ME).await;
    let id = me.json["id"].as_str().unwrap();
    app.sql(&format!("update public.users set is_active = false where id = '{id}'")).await;
    app.sql(&format!("select pg_notify('hms_registry', 'user:{id}')")).await;
    eventually("403 with the contract's word", async || {
        let reply = nurse.get(ME).await;
        reply.status == 403 && reply.detail().contains("inactive")
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_by_account_and_by_address() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let anyone = app.anonymous();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(
            anyone
                .form("/api/v1/auth/login", &[("username", &clinic.email), ("password", "no")])
                .await
                .status,
        );
    }
    assert_eq!(statuses.last(), Some(&429));
    // From elsewhere the right password is refused as well while the account rests.
    let call = anyone.request(axum::http::Method::POST, "/api/v1/auth/login");
    let right = call.form(&[("username", &clinic.email), ("password", PASSWORD)]).from("198.51.100.9").await;
    assert_eq!(right.status, 401);
    app.app.clock.shift(3601);
    let call = anyone.request(axum::http::Method::POST, "/api/v1/auth/login");
    let later = call.form(&[("username", &clinic.email), ("password", PASSWORD)]).from("198.51.100.10").await;
    assert_eq!(later.status, 200, "{}", later.text);
}

#[tokio::test]
async fn a_temporary_password_opens_nothing_but_its_own_change() {
    let app = TestApp::new().await;
    let body = json!({ "name": "New", "contact_email": "new@example.org", "license_number": "N-1" });
    let made = app.anonymous().post("/api/v1/tenants/register", &body).await;
    let temporary = made.json["admin_temp_password"].as_str().unwrap().to_owned();
    let link = app.link_for("new@example.org", "/verify").await;
    app.anonymous()
        .get(&format!("/api/v1/auth/verify-email?token={}", link.split_once("token=").unwrap().1))
        .await;
    let admin = Client::sign_in(app.router.clone(), "new@example.org", &temporary).await;
    let same = admin.post("/api/v1/auth/change-password", &json!({ "new_password": temporary })).await;
    assert_eq!((same.status, same.json["code"].as_str()), (400, Some("auth.same_password")));
    let weak = admin.post("/api/v1/auth/change-password", &json!({ "new_password": "short" })).await;
    assert_eq!(weak.status, 422);
    let changed = admin.post("/api/v1/auth/change-password", &json!({ "new_password": PASSWORD })).await;
    assert_eq!((changed.status, &changed.json["must_change_password"]), (200, &json!(false)));
    eventually("the session knows", async || {
        admin.get(ME).await.json["must_change_password"] == json!(false)
    })
    .await;
    let without_old =
        admin.post("/api/v1/auth/change-password", &json!({ "new_password": "Another-Horse-8" })).await;
    assert_eq!(without_old.status, 400, "from now on the old one is asked for");
}

#[tokio::test]
async fn cookie_sessions_refuse_forms_of_other_sites_and_end_at_sign_out() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let browser = clinic.admin().await.browser().await;
    let cookie = browser.cookie("hms_session").unwrap();
    let forged = browser.submit_from("https://evil.example", "/sign-out", &[]).await;
    assert_eq!(forged.status, 403);
    assert_eq!(browser.get("/home").await.status, 303, "still signed in");

    let thief = Browser::new(app.router.clone());
    let (session, _) = cookie.split_once('.').unwrap();
    thief.set_cookie("hms_session", &format!("{session}.{}", "A".repeat(43)));
    assert_eq!(
        thief.get("/home").await.header("location"),
        "/sign-in?next=/home",
        "the id alone is not enough"
    );

    let out = browser.submit("/sign-out", &[]).await;
    assert_eq!((out.status, browser.cookie("hms_session")), (303, None));
    thief.set_cookie("hms_session", &cookie);
    eventually("the cookie is dead", async || {
        thief.get("/home").await.header("location").starts_with("/sign-in")
    })
    .await;
}

#[tokio::test]
async fn sign_in_never_sends_people_to_another_site() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let browser = Browser::new(app.router.clone());
        let reply = browser
            .submit("/sign-in", &[("username", &clinic.email), ("password", PASSWORD), ("next", next)])
            .await;
        assert_eq!((reply.status, reply.header("location")), (303, "/getting-started"), "{next}");
    }
}

#[tokio::test]
async fn a_temporary_password_leads_to_the_page_that_changes_it() {
    let app = TestApp::new().await;
    let body = json!({ "name": "New", "contact_email": "new@example.org", "license_number": "N-2" });
    let made = app.anonymous().post("/api/v1/tenants/register", &body).await;
    let temporary = made.json["admin_temp_password"].as_str().unwrap();
    let link = app.link_for("new@example.org", "/verify").await;
    let browser = Browser::new(app.router.clone());
    let token = link.split_once("token=").unwrap().1;
    let confirmed = browser.submit("/verify/confirm", &[("token", token), ("password", temporary)]).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    let signed_in =
        browser.submit("/sign-in", &[("username", "new@example.org"), ("password", temporary)]).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/change-password"));
    assert_eq!(browser.get("/today").await.status, 403, "nothing else opens");
    let weak = browser.submit("/change-password", &[("password", "weak")]).await;
    assert_eq!((weak.status, weak.text.contains("aria-invalid")), (422, true));
    let changed = browser.submit("/change-password", &[("password", PASSWORD)]).await;
    assert_eq!(changed.status, 303, "{}", changed.text);
    eventually("the hospital opens", async || browser.get("/today").await.status == 200).await;
}
