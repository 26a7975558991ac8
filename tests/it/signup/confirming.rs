//! Nobody gets an account under somebody else's address by that person's click, and nobody keeps an address or a licence
//! number by a sign-up that is never confirmed.

use serde_json::{Value, json};

use crate::harness::{Browser, PASSWORD, TestApp};
use crate::passwords::answer_requests;

/// The attacker's sign-up under the victim's address, and the token that only the victim's mail holds.
async fn signed_up_for_somebody(app: &TestApp) -> String {
    let body = json!({
        "name": "Not Yours", "contact_email": "victim@example.org", "license_number": "T-1",
        "admin_password": PASSWORD,
    });
    let made = app.anonymous().post("/api/v1/tenants/register", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let link = app.link_for("victim@example.org", "/verify").await;
    link.split_once("token=").unwrap().1.to_owned()
}

async fn status(app: &TestApp) -> Option<String> {
    let rows = app.sql("select status from public.tenants where license_number = 'T-1'").await;
    rows.first().map(|row| row["status"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn opening_the_mailed_link_activates_nothing_and_the_password_does() {
    let app = TestApp::new().await;
    let token = signed_up_for_somebody(&app).await;
    let page = format!("/verify?token={token}");
    let (scanner, victim) = (Browser::new(app.router.clone()), Browser::new(app.router.clone()));
    for _ in 0..2 {
        let asked = scanner.get(&page).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        assert!(asked.text.contains("Not Yours") && asked.text.contains("It was not me"), "{}", asked.text);
    }
    assert_eq!(status(&app).await.as_deref(), Some("PENDING"));
    let sign_in = [("username", "victim@example.org"), ("password", PASSWORD)];
    assert_ne!(victim.submit("/sign-in", &sign_in).await.status, 303, "the attacker still waits");

    for (password, wanted) in [("", 422), ("Curious-Click-1", 401)] {
        let refused = victim.submit("/verify/confirm", &[("token", &token), ("password", password)]).await;
        assert_eq!(refused.status, wanted, "{}", refused.text);
        assert!(refused.text.contains("aria-invalid"), "the message stands at the field");
    }
    assert_eq!(status(&app).await.as_deref(), Some("PENDING"));

    let owner = [("token", token.as_str()), ("password", PASSWORD)];
    let confirmed = victim.submit("/verify/confirm", &owner).await;
    assert_eq!((confirmed.status, confirmed.text.contains("<bdi>Not Yours</bdi> is active")), (200, true));
    assert_eq!(status(&app).await.as_deref(), Some("ACTIVE"));
    assert!(scanner.get(&page).await.text.contains("Already confirmed"));
    let too_late = victim.submit("/verify/remove", &[("token", &token)]).await;
    assert_eq!(too_late.status, 400, "a hospital that works is removed by nobody's link");
    assert_eq!(status(&app).await.as_deref(), Some("ACTIVE"));
}

#[tokio::test]
async fn guessing_the_password_at_the_link_is_braked_like_at_the_sign_in() {
    let app = TestApp::new().await;
    let token = signed_up_for_somebody(&app).await;
    let anyone = Browser::new(app.router.clone());
    let mut statuses = Vec::new();
    for n in 0..12 {
        let guess = format!("Wrong-Horse-{n}");
        statuses
            .push(anyone.submit("/verify/confirm", &[("token", &token), ("password", &guess)]).await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert_eq!(status(&app).await.as_deref(), Some("PENDING"));
    let failed = app.sql("select count(*) as n from public.failed_sign_ins").await;
    assert!(failed[0]["n"].as_i64().unwrap() >= 3, "each is on record: {failed:?}");
}

#[tokio::test]
async fn whoever_reads_the_mail_removes_what_somebody_else_signed_up() {
    let app = TestApp::new().await;
    let token = signed_up_for_somebody(&app).await;
    let victim = Browser::new(app.router.clone());
    let removed = victim.submit("/verify/remove", &[("token", &token)]).await;
    assert_eq!((removed.status, removed.text.contains("Removed")), (200, true), "{}", removed.text);
    assert_eq!(status(&app).await, None);
    let accounts = app.sql("select count(*) as n from public.users where email = 'victim@example.org'").await;
    assert_eq!(accounts[0]["n"], 0);
    assert_eq!(victim.get(&format!("/verify?token={token}")).await.status, 400, "the link is dead");
    let api = format!("/api/v1/auth/verify-email?token={token}");
    assert_eq!(app.anonymous().get(&api).await.status, 400);
    let told = app.audit().await;
    let told =
        told.iter().find(|row| row["action"] == "sign_up_disowned" || row["kind"] == "sign_up_disowned");
    assert!(told.is_some(), "the platform's audit keeps it");
    // The real owner signs up, with the same licence number.
    signed_up_for_somebody(&app).await;
}

#[tokio::test]
async fn a_sign_up_without_a_password_gives_nobody_one() {
    let app = TestApp::configured(&[("HMS_ENV", "production"), ("PUBLIC_URL", "https://hms.test")]).await;
    let body = json!({ "name": "Quiet", "contact_email": "quiet@example.org", "license_number": "Q-1" });
    assert_eq!(app.anonymous().post("/api/v1/tenants/register", &body).await.status, 201);
    let link = app.link_for("quiet@example.org", "/verify").await;
    let token = link.split_once("token=").unwrap().1.to_owned();
    let verified = app
        .anonymous()
        .request(axum::http::Method::POST, "/verify/confirm")
        .header("origin", "https://hms.test")
        .form(&[("token", &token)])
        .send()
        .await;
    assert_eq!((verified.status, verified.text.contains("is active")), (200, true), "{}", verified.text);
    let password = app.sql("select password_hash from public.users where email = 'quiet@example.org'").await;
    assert!(password[0]["password_hash"].is_null());
}

#[tokio::test]
async fn a_sign_up_that_nobody_confirms_is_forgotten_and_frees_licence_and_address() {
    let app = TestApp::new().await;
    signed_up_for_somebody(&app).await;
    let confirmed = app.hospital("Asha Clinic").await;
    let schema = app.sql("select schema_name from public.tenants where license_number = 'T-1'").await;
    let schema = schema[0]["schema_name"].as_str().unwrap().to_owned();

    let invite = json!({
        "email": "victim@example.org", "first_name": "Ana", "last_name": "Rao",
        "department": "Cardiology", "roles": ["NURSE"],
    });
    let held = confirmed.admin().await.post("/api/v1/users", &invite).await;
    assert_eq!((held.status, held.json["code"].as_str()), (400, Some("staff.email_taken")), "{}", held.text);

    let forget = async || hms::platform::signup::forget_unconfirmed(&app.app).await.unwrap();
    app.app.clock.shift(6 * 24 * 3600 + 12 * 3600);
    assert_eq!(forget().await, 0, "it may still come");
    let again = json!({ "email": "victim@example.org" });
    app.anonymous().post("/api/v1/tenants/resend-verification", &again).await;
    answer_requests(&app).await;
    app.app.clock.shift(12 * 3600 + 60);
    assert_eq!(forget().await, 0, "no link outlives its hospital");
    let before = app.sql("select count(*) as n from public.mails").await;
    app.anonymous().post("/api/v1/tenants/resend-verification", &again).await;
    answer_requests(&app).await;
    let after = app.sql("select count(*) as n from public.mails").await;
    assert_eq!(before, after, "asking again and again does not keep it");
    app.app.clock.shift(12 * 3600);
    let (first, second) = tokio::join!(forget(), forget());
    assert_eq!(first + second, 1, "once, whoever runs it");
    assert_eq!(status(&app).await, None);
    let kept = app.sql("select count(*) as n from public.tenants where status = 'ACTIVE'").await;
    assert_eq!(kept[0]["n"], 1, "one that is confirmed stays, however old");
    let audit = app.audit().await;
    let gone =
        audit.iter().find(|row| row["action"] == "sign_up_expired" || row["kind"] == "sign_up_expired");
    assert_eq!(gone.unwrap()["detail"]["license_number"], "T-1");

    hms::db::schemas::keep_warm(app.target(), app.app.db.isolation(), 0).await.unwrap();
    let left = app.sql(&format!("select count(*) as n from pg_namespace where nspname = '{schema}'")).await;
    assert_eq!(left[0]["n"], 0, "its schema is dropped");

    let invited = confirmed.admin().await.post("/api/v1/users", &invite).await;
    assert_eq!(invited.status, 201, "{}", invited.text);
    let body = json!({ "name": "Real", "contact_email": "real@example.org", "license_number": "t-1" });
    assert_eq!(
        app.anonymous().post("/api/v1/tenants/register", &body).await.status,
        201,
        "the licence is free"
    );
}

fn again(email: &str, licence: &str, password: &str) -> Value {
    json!({ "name": "Asha", "contact_email": email, "license_number": licence, "admin_password": password })
}

#[tokio::test]
async fn whoever_mistyped_something_signs_up_again_and_nobody_else_does() {
    let app = TestApp::new().await;
    let token = signed_up_for_somebody(&app).await;
    let anyone = app.anonymous();
    let sign_up = async |body: Value| {
        let reply = anyone.post("/api/v1/tenants/register", &body).await;
        (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
    };
    let (theirs, other) = ("victim@example.org", "Lamp-Quarry-Velvet-83");
    for password in [other, PASSWORD] {
        let told = sign_up(again("other@example.org", "t-1", password)).await;
        assert_eq!(told, (400, "signup.licence_taken".into()), "a licence is no proof of anything");
    }
    assert_eq!(app.sql("select id from public.failed_sign_ins").await.len(), 0, "nothing was guessed at");
    let told = sign_up(again(theirs, "T-2", other)).await;
    assert_eq!(told, (400, "signup.email_taken".into()));
    let counted = app.sql("select failed_attempts as n from public.users").await;
    assert_eq!(counted[0]["n"], 1, "like a wrong one at the sign-in");
    assert_eq!(status(&app).await.as_deref(), Some("PENDING"));

    assert_eq!(sign_up(again(theirs, "T-2", PASSWORD)).await.0, 201);
    let old = anyone.get(&format!("/api/v1/auth/verify-email?token={token}")).await;
    assert_eq!(old.status, 400, "the link of before is dead");
    let kept = app.sql("select user_id from public.failed_sign_ins").await;
    assert_eq!((kept.len(), &kept[0]["user_id"]), (1, &Value::Null), "what was tried stays on record");
    let link = app.link_for(theirs, "/verify").await;
    let token = link.split_once("token=").unwrap().1;
    assert_eq!(anyone.get(&format!("/api/v1/auth/verify-email?token={token}")).await.status, 200);
    let late = sign_up(again(theirs, "T-3", PASSWORD)).await;
    assert_eq!(late, (400, "signup.email_taken".into()), "one that is confirmed makes no room");
    assert_eq!(app.sql("select id from public.tenants").await.len(), 1);
}

#[tokio::test]
async fn a_sign_up_whose_account_rests_makes_no_room() {
    let app = TestApp::new().await;
    signed_up_for_somebody(&app).await;
    app.sql("update public.users set locked_until = now() + interval '1 hour'").await;
    let body = again("victim@example.org", "T-2", PASSWORD);
    let told = app.anonymous().post("/api/v1/tenants/register", &body).await;
    assert_eq!((told.status, told.json["code"].as_str()), (400, Some("signup.email_taken")), "{}", told.text);
    assert_eq!(status(&app).await.as_deref(), Some("PENDING"));
}

#[tokio::test]
async fn a_link_for_a_new_password_does_not_outlive_its_sign_up_either() {
    let app = TestApp::new().await;
    signed_up_for_somebody(&app).await;
    let forget = async || hms::platform::signup::forget_unconfirmed(&app.app).await.unwrap();
    app.app.clock.shift(7 * 24 * 3600 - 300);
    let asked = json!({ "email": "victim@example.org" });
    assert_eq!(app.anonymous().post("/api/v1/auth/forgot-password", &asked).await.status, 200);
    answer_requests(&app).await;
    app.link_for("victim@example.org", "/reset-password").await;
    app.app.clock.shift(600);
    assert_eq!(forget().await, 0, "following it confirms the hospital");
    app.app.clock.shift(2 * 24 * 3600);
    assert_eq!(forget().await, 1);
    assert_eq!(status(&app).await, None);
}
