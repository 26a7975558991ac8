//! Choosing a password, forgetting it, and what a wrong one leads to.

use std::sync::atomic::{AtomicU8, Ordering};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use hms::platform::sessions;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, PASSWORD, Reply, TestApp, eventually};

const ME: &str = "/api/v1/auth/me";
const CHANGE: &str = "/api/v1/auth/change-password";
const FORGOT: &str = "/api/v1/auth/forgot-password";
const RESET: &str = "/api/v1/auth/reset-password";
const VALIDATE: &str = "/api/v1/auth/validate-reset-token";

/// What the job does with the requests that wait.
pub async fn answer_requests(app: &TestApp) {
    for row in app.sql("select id from public.mail_requests order by asked_at").await {
        let id = row["id"].as_str().unwrap().parse().unwrap();
        hms::jobs::answer(&app.app, id).await.unwrap();
    }
}

/// Ask for a new password, and the token of the link that comes.
pub async fn reset_token(app: &TestApp, email: &str) -> String {
    let asked = app.anonymous().post(FORGOT, &json!({ "email": email })).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    answer_requests(app).await;
    let link = app.link_for(&email.to_lowercase(), "/reset-password").await;
    link.split_once("token=").unwrap().1.to_owned()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let call = app.anonymous();
    call.form("/api/v1/auth/login", &[("username", email), ("password", password)]).await
}

/// From an address of its own, so that no brake hides what lies behind it.
async fn sign_in_from(app: &TestApp, email: &str, password: &str, ip: &str) -> Reply {
    let anyone = app.anonymous();
    let call = anyone.request(Method::POST, "/api/v1/auth/login");
    call.form(&[("username", email), ("password", password)]).from(ip).await
}

async fn mails(app: &TestApp, email: &str, template: &str) -> usize {
    app.sql(&format!("select id from public.mails where recipient = '{email}' and template = '{template}'"))
        .await
        .len()
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_link_in_a_mail_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let before = clinic.admin().await;
    let first = reset_token(&app, &clinic.email).await;
    let token = reset_token(&app, &clinic.email.to_uppercase()).await;
    let anyone = app.anonymous();
    assert_eq!(anyone.get(&format!("{VALIDATE}?token={first}")).await.status, 400, "the newest one counts");
    let valid = anyone.get(&format!("{VALIDATE}?token={token}")).await;
    assert_eq!((valid.status, &valid.json), (200, &json!({ "valid": true, "email": clinic.email })));

    let body = json!({ "token": token, "new_password": "tin roof lantern" });
    let done = anyone.post(RESET, &body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let again = anyone.post(RESET, &body).await;
    assert_eq!((again.status, &again.json["code"]), (400, &json!("auth.link_invalid")), "once");
    assert_eq!(sign_in(&app, &clinic.email, PASSWORD).await.status, 401);
    assert_eq!(sign_in(&app, &clinic.email, "tin roof lantern").await.status, 200);
    eventually("who was signed in is out", async || before.get(ME).await.status == 401).await;

    let late = reset_token(&app, &clinic.email).await;
    app.app.clock.shift(3601);
    let body = json!({ "token": late, "new_password": "copper kettle moss" });
    assert_eq!(anyone.post(RESET, &body).await.status, 400, "an hour");
}

#[tokio::test]
async fn the_pages_lead_from_the_forgotten_password_to_the_sign_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let visitor = Browser::new(app.router.clone());
    assert!(visitor.get("/sign-in").await.text.contains("href=\"/forgot-password\""));
    assert_eq!(visitor.get("/forgot-password").await.status, 200);
    let wrong = visitor.submit("/forgot-password", &[("email", "nobody")]).await;
    assert_eq!((wrong.status, wrong.text.contains("aria-invalid")), (422, true));
    let asked = visitor.submit("/forgot-password", &[("email", &clinic.email)]).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let unknown = visitor.submit("/forgot-password", &[("email", "nobody@example.org")]).await;
    let same = |reply: &Reply, email: &str| reply.text.replace(email, "");
    assert_eq!(same(&asked, &clinic.email), same(&unknown, "nobody@example.org"), "one page for everybody");

    answer_requests(&app).await;
    assert_eq!(mails(&app, "nobody@example.org", "reset_password").await, 0);
    let link = app.link_for(&clinic.email, "/reset-password").await;
    let path = link.strip_prefix("http://hms.test").unwrap();
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains(&clinic.email));
    let token = path.split_once("token=").unwrap().1;
    let easy = visitor.submit("/reset-password", &[("token", token), ("password", "password123")]).await;
    assert_eq!(easy.status, 422);
    assert!(easy.text.contains("aria-invalid") && easy.text.contains("common password"), "{}", easy.text);
    let same = visitor.submit("/reset-password", &[("token", token), ("password", PASSWORD)]).await;
    assert!(same.status == 422 && same.text.contains("must differ"), "the link outlives a refusal");
    let set = visitor.submit("/reset-password", &[("token", token), ("password", "tin roof lantern")]).await;
    assert_eq!((set.status, set.header("location")), (303, "/sign-in?done=password"), "{}", set.text);
    let used = visitor.get(path).await;
    assert!(used.status == 400 && used.text.contains("href=\"/forgot-password\""), "{}", used.text);
}

#[tokio::test]
async fn a_link_lifts_nothing_that_an_administrator_or_the_platform_stopped() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.staff(SystemRole::Nurse).await;
    let nurse = app.sql("select id, email from public.users where email like 'nurse-%'").await;
    let (id, email) = (nurse[0]["id"].as_str().unwrap(), nurse[0]["email"].as_str().unwrap().to_owned());
    let open = reset_token(&app, &email).await;
    for (switched_off, on) in [
        ("is_active = false", "is_active = true"),
        ("status = 'LOCKED'", "status = 'ACTIVE'"),
        ("status = 'INACTIVE'", "status = 'ACTIVE'"),
        ("is_deleted = true", "is_deleted = false"),
    ] {
        app.sql(&format!("update public.users set {switched_off} where id = '{id}'")).await;
        let body = json!({ "token": open, "new_password": "tin roof lantern" });
        let refused = app.anonymous().post(RESET, &body).await;
        assert_eq!(
            (refused.status, &refused.json["code"]),
            (400, &json!("auth.link_invalid")),
            "{switched_off}"
        );
        let sent = mails(&app, &email, "reset_password").await;
        assert_eq!(app.anonymous().post(FORGOT, &json!({ "email": email })).await.status, 200);
        answer_requests(&app).await;
        assert_eq!(mails(&app, &email, "reset_password").await, sent, "{switched_off}: nothing is sent");
        app.sql(&format!("update public.users set {on} where id = '{id}'")).await;
    }
    let body = json!({ "token": open, "new_password": "tin roof lantern" });
    assert_eq!(app.anonymous().post(RESET, &body).await.status, 200, "the link itself was good all along");

    // A hospital that was stopped.
    let link = reset_token(&app, &clinic.email).await;
    let boss = app.super_admin().await;
    let path = format!("/api/v1/platform/tenants/{}/suspend", clinic.id);
    assert_eq!(boss.patch(&path, &json!({})).await.status, 200);
    let sent = mails(&app, &clinic.email, "reset_password").await;
    app.anonymous().post(FORGOT, &json!({ "email": clinic.email })).await;
    answer_requests(&app).await;
    assert_eq!(mails(&app, &clinic.email, "reset_password").await, sent);
    let body = json!({ "token": link, "new_password": "tin roof lantern" });
    assert_eq!(app.anonymous().post(RESET, &body).await.status, 200, "a password is set, and opens nothing");
    let row = app.sql("select status from public.tenants").await;
    assert_eq!(row[0]["status"], "SUSPENDED");
    assert_eq!(
        sign_in(&app, &clinic.email, "tin roof lantern").await.json["code"],
        "auth.hospital_suspended"
    );

    // Operators are not let in by whoever reads their mail.
    app.anonymous().post(FORGOT, &json!({ "email": "boss@platform.example" })).await;
    answer_requests(&app).await;
    assert_eq!(mails(&app, "boss@platform.example", "reset_password").await, 0);
    assert_eq!(app.sql("select id from public.mail_requests").await.len(), 0, "every request was answered");
}

#[tokio::test]
async fn following_the_link_confirms_the_hospital_of_that_very_address() {
    let app = TestApp::new().await;
    let (own, other) = (app.pending_hospital("Own").await, app.pending_hospital("Other").await);
    app.sql(&format!(
        "update public.tenants set contact_email = 'office@other.example' where id = '{}'",
        other.id
    ))
    .await;
    for hospital in [&own, &other] {
        let body = json!({
            "token": reset_token(&app, &hospital.email).await, "new_password": "tin roof lantern",
        });
        assert_eq!(app.anonymous().post(RESET, &body).await.status, 200);
    }
    let status = async |hospital: &Hospital<'_>| {
        let row = app.sql(&format!("select status from public.tenants where id = '{}'", hospital.id)).await;
        row[0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&own).await, "ACTIVE", "its mail arrived");
    assert_eq!(status(&other).await, "PENDING", "another mailbox proves nothing about the hospital's");
    assert_eq!(sign_in(&app, &own.email, "tin roof lantern").await.status, 200);
}

#[tokio::test]
async fn requests_for_links_are_braked_and_a_mailbox_is_not_flooded() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let anyone = app.anonymous();
    for n in 0..30 {
        let call = anyone.request(Method::POST, FORGOT).json(&json!({ "email": clinic.email }));
        assert_eq!(call.from(&format!("198.51.100.{n}")).await.status, 200);
    }
    answer_requests(&app).await;
    assert_eq!(
        mails(&app, &clinic.email, "reset_password").await,
        5,
        "five an hour, wherever they come from"
    );
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(anyone.post(FORGOT, &json!({ "email": "one@example.org" })).await.status);
    }
    assert_eq!(statuses, [vec![200; 10], vec![429; 2]].concat(), "and from one address ten");
}

/// Each from an address of its own, so that no brake hides what lies behind it.
async fn change(who: &Client, old: &str, new: &str) -> Reply {
    static ASKED: AtomicU8 = AtomicU8::new(0);
    let call = who.request(Method::POST, CHANGE).json(&json!({ "old_password": old, "new_password": new }));
    call.from(&format!("203.0.113.{}", ASKED.fetch_add(1, Ordering::Relaxed))).await
}

#[tokio::test]
async fn none_of_the_last_five_passwords_comes_back() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let named = |n: usize| if n == 0 { PASSWORD.to_owned() } else { format!("tin roof lantern {n}") };
    for n in 1..=6 {
        let done = change(&admin, &named(n - 1), &named(n)).await;
        assert_eq!(done.status, 200, "{n}: {}", done.text);
    }
    let same = change(&admin, &named(6), &named(6)).await;
    assert_eq!((same.status, &same.json["code"]), (400, &json!("auth.same_password")));
    for former in 1..=5 {
        let refused = change(&admin, &named(6), &named(former)).await;
        assert_eq!(
            (refused.status, &refused.json["code"], &refused.json["errors"][0]["field"]),
            (400, &json!("auth.password_used_before"), &json!("new_password")),
            "{former}"
        );
    }
    let token = reset_token(&app, &clinic.email).await;
    let by_link = app.anonymous().post(RESET, &json!({ "token": token, "new_password": named(3) })).await;
    assert_eq!((by_link.status, &by_link.json["code"]), (400, &json!("auth.password_used_before")));
    assert_eq!(change(&admin, &named(6), &named(0)).await.status, 200, "the sixth is forgotten");
    let kept = app.sql("select password_hash from public.password_history").await;
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|row| row["password_hash"].as_str().unwrap().starts_with("$argon2id$")));
}

#[tokio::test]
async fn what_is_short_common_or_about_oneself_is_refused_at_the_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Lotus Clinic").await;
    let admin = clinic.admin().await;
    for (new, said) in [
        ("tin-roof", "at least 10 characters"),
        ("qwertyuiop", "word"),
        ("Password1234!", "word"),
        ("Demo@12345", "word"),
        ("LotusClinic1", "Leave your name"),
        ("asha-admin-99", "Leave your name"),
        (&"tin roof ".repeat(15), "at most 128"),
    ] {
        let refused = change(&admin, PASSWORD, new).await;
        let error = &refused.json["errors"][0];
        assert_eq!(
            (refused.status, &error["field"]),
            (422, &json!("new_password")),
            "{new}: {}",
            refused.text
        );
        assert!(error["message"].as_str().unwrap().contains(said), "{new}: {error}");
    }
    let mut body = json!({
        "name": "Neem Hospital", "contact_email": "neem@example.org", "license_number": "N-9",
        "admin_first_name": "Rukmini", "admin_password": "rukmini-neem-1",
    });
    let refused = app.anonymous().post("/api/v1/tenants/register", &body).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("admin_password")));
    body["admin_password"] = json!("नदी पहाड़ किताब दीपक");
    assert_eq!(app.anonymous().post("/api/v1/tenants/register", &body).await.status, 201, "any script");
}

#[tokio::test]
async fn an_old_easy_password_still_signs_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    // As accounts for a demonstration are made.
    let hash = app.app.passwords.hash(&SecretString::from("Demo@12345")).await.unwrap();
    app.sql(&format!("update public.users set password_hash = '{hash}'")).await;
    let signed_in = sign_in(&app, &clinic.email, "Demo@12345").await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_changes_at_once_one_succeeds_and_no_sign_in_slips_past_it() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let (one, other) = (clinic.admin().await, clinic.admin().await);
    let guests = (0..8).map(|n| {
        let (app, email) = (&app, clinic.email.as_str());
        async move { sign_in_from(app, email, PASSWORD, &format!("198.51.100.{n}")).await.status }
    });
    let (a, b, guests) = tokio::join!(
        change(&one, PASSWORD, "tin roof lantern"),
        change(&other, PASSWORD, "copper kettle moss"),
        join_all(guests),
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert!(statuses[0] == 200 && [400, 401].contains(&statuses[1]), "{statuses:?}: {} {}", a.text, b.text);
    assert!(guests.iter().all(|status| [200, 401].contains(status)), "{guests:?}");
    // Whoever came in with the old password is out; the one who changed it stays.
    let live = app.sql("select id from public.sessions where revoked_at is null").await;
    assert_eq!(live.len(), 1, "{guests:?}");
}

// ------------------------------------------------------------------------------ wrong ones

#[tokio::test]
async fn an_account_rests_after_five_wrong_passwords_and_its_owner_is_told_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let mut from = 0;
    let mut guess = async |password: &str| {
        from += 1;
        sign_in_from(&app, &clinic.email, password, &format!("198.51.100.{from}")).await.status
    };
    for _ in 0..4 {
        assert_eq!(guess("wrong").await, 401);
    }
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 0);
    for _ in 0..4 {
        assert_eq!(guess("wrong").await, 401);
    }
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 1, "once for each rest");
    assert_eq!(guess(PASSWORD).await, 401, "the right one does not help now");
    let text = app.sql("select body_text, subject from public.mails where template = 'account_rests'").await;
    assert!(
        text[0]["body_text"].as_str().unwrap().contains("http://hms.test/forgot-password"),
        "{}",
        text[0]
    );

    // Each rest is twice as long as the one before.
    app.app.clock.shift(121);
    assert_eq!(guess("wrong").await, 401);
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 2);
    app.app.clock.shift(121);
    assert_eq!(guess(PASSWORD).await, 401);
    app.app.clock.shift(121);
    assert_eq!(guess(PASSWORD).await, 200);
    let row = app.sql("select failed_attempts, locked_until from public.users").await;
    assert_eq!((&row[0]["failed_attempts"], &row[0]["locked_until"]), (&json!(0), &Value::Null));

    assert_eq!(sign_in_from(&app, "nobody@example.org", "wrong", "198.51.100.77").await.status, 401);
    app.sql("update public.users set is_active = false").await;
    assert_eq!(guess(PASSWORD).await, 401);
    let reasons = app
        .sql("select reason, count(*) as n, count(user_id) as known from public.failed_sign_ins group by 1 order by 1")
        .await;
    let told: Vec<(&str, i64, i64)> = reasons
        .iter()
        .map(|row| {
            (row["reason"].as_str().unwrap(), row["n"].as_i64().unwrap(), row["known"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [("inactive", 1, 1), ("locked", 5, 5), ("unknown_address", 1, 0), ("wrong_password", 6, 6)]
    );
}

#[tokio::test]
async fn a_rest_ends_by_a_new_password_or_by_an_administrator() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let rest = async |offset: usize| {
        for n in 0..5 {
            sign_in_from(&app, &clinic.email, "wrong", &format!("198.51.100.{}", offset + n)).await;
        }
        let row = app.sql("select locked_until from public.users").await;
        assert!(row[0]["locked_until"].is_string());
    };
    rest(0).await;
    let user = app.sql("select id from public.users").await[0]["id"].as_str().unwrap().parse().unwrap();
    let tx = hms::access::system_platform(&app.app, hms::access::SystemTask("test")).await.unwrap();
    assert!(sessions::unlock(&tx, user).await.unwrap());
    assert!(!sessions::unlock(&tx, user).await.unwrap(), "there is nothing to end any more");
    tx.done().await.unwrap();
    assert_eq!(sign_in_from(&app, &clinic.email, PASSWORD, "203.0.113.1").await.status, 200);

    rest(10).await;
    let token = reset_token(&app, &clinic.email).await;
    let body = json!({ "token": token, "new_password": "tin roof lantern" });
    assert_eq!(app.anonymous().post(RESET, &body).await.status, 200);
    assert_eq!(sign_in_from(&app, &clinic.email, "tin roof lantern", "203.0.113.2").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_time_all_count() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let guesses = (0..12).map(|n| {
        let (app, email) = (&app, clinic.email.as_str());
        async move { sign_in_from(app, email, "wrong", &format!("198.51.100.{n}")).await.status }
    });
    assert_eq!(join_all(guesses).await, [401; 12]);
    let row = app.sql("select failed_attempts, locked_until from public.users").await;
    assert_eq!(row[0]["failed_attempts"], 5, "the fifth one ended it, whoever came at the same time");
    assert!(row[0]["locked_until"].is_string());
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 1);
}

#[tokio::test]
async fn the_old_password_is_guarded_like_the_sign_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for n in 0..5 {
        let body = json!({ "old_password": "wrong", "new_password": "tin roof lantern" });
        let call = admin.request(Method::POST, CHANGE).json(&body);
        let refused = call.from(&format!("198.51.100.{n}")).await;
        assert_eq!((refused.status, &refused.json["code"]), (400, &json!("auth.old_password_wrong")));
    }
    assert_eq!(
        change(&admin, PASSWORD, "tin roof lantern").await.status,
        400,
        "whoever stole the session waits"
    );
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 1);
    app.app.clock.shift(121);
    assert_eq!(change(&admin, PASSWORD, "tin roof lantern").await.status, 200);
}
