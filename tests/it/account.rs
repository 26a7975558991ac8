//! One's own account: the address one signs in with, and where one is signed in.

use hms::clinic::roles::SystemRole;
use hms::identity::registry::Change;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, PASSWORD, TestApp, eventually};
use crate::passwords::reset_token;

const ME: &str = "/api/v1/auth/me";
const ACCOUNT: &str = "/api/v1/account";
const SESSIONS: &str = "/api/v1/auth/sessions";
const NEW: &str = "asha.new@example.org";

/// Ask for another address; the token of the link that was sent there.
async fn asked(app: &TestApp, who: &Client, new: &str) -> String {
    let reply = who.post("/api/v1/account/email", &json!({ "new_email": new, "password": PASSWORD })).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    token(app, &new.to_lowercase()).await
}

async fn token(app: &TestApp, new: &str) -> String {
    app.link_for(new, "/confirm-email").await.split_once("token=").unwrap().1.to_owned()
}

async fn confirm(who: &Client, token: &str) -> (u16, Value) {
    let reply = who.post("/api/v1/account/email/confirm", &json!({ "token": token })).await;
    (reply.status, reply.json["code"].clone())
}

async fn mails(app: &TestApp) -> Vec<(String, String)> {
    let rows = app.sql("select recipient, template from public.mails order by created_at, id").await;
    rows.iter()
        .map(|row| {
            (row["recipient"].as_str().unwrap().to_owned(), row["template"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_was_opened_by_its_own_person() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, other) = (clinic.admin().await, clinic.staff(SystemRole::Nurse).await);
    let account = admin.get(ACCOUNT).await;
    assert_eq!(
        (&account.json["email"], &account.json["pending_email"], &account.json["first_name"]),
        (&json!(clinic.email), &Value::Null, &json!("Asha"))
    );
    let first = asked(&app, &admin, NEW).await;
    let link = asked(&app, &admin, &NEW.to_uppercase()).await;
    assert_eq!(admin.get(ACCOUNT).await.json["pending_email"], NEW);
    assert!(mails(&app).await.ends_with(&[
        (NEW.to_owned(), "confirm_new_email".to_owned()),
        (clinic.email.clone(), "email_changes".to_owned()),
    ]));
    assert_eq!(admin.get(ME).await.json["email"], json!(clinic.email), "nothing has changed yet");

    let invalid = json!("account.link_invalid");
    assert_eq!(confirm(&admin, &first).await, (400, invalid.clone()), "the newest one counts");
    assert_eq!(confirm(&other, &link).await, (400, invalid.clone()), "it is nobody else's");
    assert_eq!(confirm(&app.anonymous(), &link).await.0, 401, "and alone it opens nothing");
    for path in ["validate-reset-token", "verify-email"] {
        let tried = app.anonymous().get(&format!("/api/v1/auth/{path}?token={link}")).await;
        assert_eq!(tried.status, 400, "{path}: made for another purpose");
    }
    assert_eq!(confirm(&admin, &link).await, (204, Value::Null));
    assert_eq!(confirm(&admin, &link).await, (400, invalid), "once");
    eventually("the session knows", async || admin.get(ME).await.json["email"] == NEW).await;
    let signed_in = Client::sign_in(app.router.clone(), NEW, PASSWORD).await;
    assert_eq!(signed_in.get(ME).await.status, 200);
    let old = [("username", clinic.email.as_str()), ("password", PASSWORD)];
    assert_eq!(app.anonymous().form("/api/v1/auth/login", &old).await.status, 401);
    let profile = clinic.sql(&format!("select email from staff where email = '{NEW}'")).await;
    assert_eq!(profile.len(), 1, "the hospital's own list knows, too");
    let kinds: Vec<String> =
        clinic.audit().await.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect();
    assert!(kinds.contains(&"email_changed".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn an_address_is_changed_by_nobody_without_the_password_and_stopped_by_a_new_one() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let before = mails(&app).await;
    let refused =
        admin.post("/api/v1/account/email", &json!({ "new_email": NEW, "password": "Wrong-Horse-7" })).await;
    assert_eq!(
        (refused.status, &refused.json["errors"][0]["field"]),
        (400, &json!("password")),
        "{}",
        refused.text
    );
    for (typed, field) in [("nobody", "new_email"), (clinic.email.as_str(), "new_email")] {
        let body = json!({ "new_email": typed, "password": PASSWORD });
        let refused = admin.post("/api/v1/account/email", &body).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!(field)), "{typed}");
    }
    assert_eq!(mails(&app).await, before);
    let failed = app.sql("select failed_attempts from public.users").await;
    assert_eq!(failed[0]["failed_attempts"], 1, "a wrong one counts like one at the sign-in");

    let link = asked(&app, &admin, NEW).await;
    let reset = reset_token(&app, &clinic.email).await;
    let body = json!({ "token": reset, "new_password": "tin roof lantern" });
    assert_eq!(app.anonymous().post("/api/v1/auth/reset-password", &body).await.status, 200);
    let owner = Client::sign_in(app.router.clone(), &clinic.email, "tin roof lantern").await;
    assert_eq!(confirm(&owner, &link).await.0, 400, "the owner's new password has ended it");

    let body = json!({ "new_email": NEW, "password": "tin roof lantern" });
    assert_eq!(owner.post("/api/v1/account/email", &body).await.status, 200);
    let late = token(&app, NEW).await;
    app.app.clock.shift(24 * 3600 + 1);
    let owner = Client::sign_in(app.router.clone(), &clinic.email, "tin roof lantern").await;
    assert_eq!(confirm(&owner, &late).await.0, 400, "a day");
}

#[tokio::test]
async fn whether_an_address_has_an_account_is_told_to_its_owner_only() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other").await);
    let admin = clinic.admin().await;
    let ask = async |new: &str| {
        let body = json!({ "new_email": new, "password": PASSWORD });
        admin.post("/api/v1/account/email", &body).await
    };
    let (free, taken) = (ask(NEW).await, ask(&other.email).await);
    assert_eq!((free.status, &free.json), (taken.status, &taken.json));
    assert!(mails(&app).await.contains(&(other.email.clone(), "email_taken".to_owned())));
    // Somebody else takes the free one before its link is opened.
    let link = token(&app, NEW).await;
    app.sql(&format!("update public.users set email = '{NEW}' where lower(email) = '{}'", other.email)).await;
    assert_eq!(confirm(&admin, &link).await, (409, json!("account.email_taken")));
    assert_eq!(admin.get(ME).await.json["email"], json!(clinic.email));
}

#[tokio::test]
async fn the_pages_change_address_and_password() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha <b>Clinic").await;
    let elsewhere = clinic.admin().await;
    let browser = elsewhere.browser().await;
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text.contains(&clinic.email)
            && page.text.contains("Asha Admin")
            && !page.text.contains("<b>Clinic")
    );
    assert!(browser.get("/today").await.text.contains("href=\"/account\""), "the menu leads there");

    let wrong = browser.submit("/account/email", &[("new_email", NEW), ("password", "Wrong-Horse-7")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains("aria-invalid")
            && wrong.text.contains(NEW)
            && !wrong.text.contains("Wrong-Horse-7")
    );
    let sent = browser.submit("/account/email", &[("new_email", NEW), ("password", PASSWORD)]).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/account?done=email-asked"));
    assert!(browser.get("/account").await.text.contains("waits for you"));

    let link = app.link_for(NEW, "/confirm-email").await;
    let path = link.strip_prefix("http://hms.test").unwrap();
    let stranger = Browser::new(app.router.clone());
    let asks = stranger.get(path).await;
    assert!(asks.status == 200 && !asks.text.contains(NEW), "a stranger is told nothing: {}", asks.text);
    let next = asks.text.split("href=\"/sign-in?next=").nth(1).unwrap().split('"').next().unwrap();
    let next: String = url::form_urlencoded::parse(format!("n={next}").as_bytes()).next().unwrap().1.into();
    assert_eq!(next, path, "and led back after the sign-in");
    let back = [("username", clinic.email.as_str()), ("password", PASSWORD), ("next", next.as_str())];
    assert_eq!(stranger.submit("/sign-in", &back).await.header("location"), path);

    assert!(browser.get(path).await.text.contains(NEW));
    let token = path.split_once("token=").unwrap().1;
    let done = browser.submit("/confirm-email", &[("token", token)]).await;
    assert_eq!((done.status, done.header("location")), (303, "/account?done=email-changed"));
    assert!(browser.get("/account").await.text.contains(NEW), "at once");
    assert_eq!(browser.get(path).await.status, 400);

    let blank = browser.submit("/account/password", &[("new_password", "tin roof lantern")]).await;
    assert!(blank.status == 422 && blank.text.contains("Enter your present password"), "{}", blank.text);
    let fields = [("old_password", PASSWORD), ("new_password", "tin roof lantern")];
    let saved = browser.submit("/account/password", &fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/account?done=password"), "{}", saved.text);
    assert_eq!(browser.get("/account").await.status, 200, "this one stays");
    eventually("the others are out", async || elsewhere.get(ME).await.status == 401).await;
}

async fn listed(who: &Client) -> Vec<Value> {
    let reply = who.get(SESSIONS).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json.as_array().unwrap().clone()
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended_and_nobody_elses_exist() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, second) = (clinic.admin().await, clinic.admin().await);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let browser = admin.browser().await;
    app.sql(
        "update public.sessions set user_agent = 'Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/145.0'
          where kind = 'web'",
    )
    .await;
    let own = listed(&admin).await;
    assert_eq!(own.len(), 3);
    let current: Vec<&Value> = own.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1, "{own:?}");
    let web = own.iter().find(|session| session["kind"] == "web").unwrap();
    assert_eq!((&web["device"], &web["ip"]), (&json!("Firefox on Windows"), &json!("127.0.0.1")));

    // Somebody else's is as absent as one that nobody has.
    let theirs = listed(&nurse).await[0]["id"].as_str().unwrap().to_owned();
    let delete = async |who: &Client, id: &str| {
        let reply = who.request(axum::http::Method::DELETE, &format!("{SESSIONS}/{id}")).send().await;
        (reply.status, reply.json["code"].clone(), reply.json["detail"].clone())
    };
    let nobodys = delete(&admin, &uuid::Uuid::new_v4().to_string()).await;
    assert_eq!(delete(&admin, &theirs).await, nobodys);
    assert_eq!(nobodys.0, 404);
    assert_eq!(browser.submit(&format!("/account/sessions/{theirs}/end"), &[]).await.status, 404);
    assert_eq!(nurse.get(ME).await.status, 200);

    let second_id = listed(&second).await.into_iter().find(|session| session["current"] == true).unwrap();
    let second_id = second_id["id"].as_str().unwrap().to_owned();
    assert_eq!(delete(&admin, &second_id).await.0, 204);
    eventually("it is out", async || second.get(ME).await.status == 401).await;
    assert_eq!(delete(&admin, &second_id).await.0, 404, "gone is gone");
    let third = clinic.admin().await;
    let ended = admin.request(axum::http::Method::DELETE, SESSIONS).send().await;
    assert_eq!(ended.status, 204, "{}", ended.text);
    eventually("all others are out", async || {
        third.get(ME).await.status == 401
            && browser.get("/home").await.header("location").starts_with("/sign-in")
    })
    .await;
    assert_eq!((admin.get(ME).await.status, nurse.get(ME).await.status), (200, 200));
}

#[tokio::test]
async fn the_page_signs_out_other_devices() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (program, another) = (clinic.admin().await, clinic.admin().await);
    let browser = program.browser().await;
    let page = browser.get("/account").await;
    assert!(
        page.text.contains("This device") && page.text.contains("Sign out everywhere else"),
        "{}",
        page.text
    );
    assert_eq!(page.text.matches("/end\"").count(), 2, "the one in front of them signs out by the menu");
    let id = listed(&program).await.into_iter().find(|session| session["current"] == true).unwrap();
    let path = format!("/account/sessions/{}/end", id["id"].as_str().unwrap());
    let forged = browser.submit_from("https://evil.example", &path, &[]).await;
    assert_eq!((forged.status, program.get(ME).await.status), (403, 200));
    let ended = browser.submit(&path, &[]).await;
    assert_eq!((ended.status, ended.header("location")), (303, "/account?done=session-ended"));
    eventually("it is out", async || program.get(ME).await.status == 401).await;
    let others = browser.submit("/account/sessions/end-others", &[]).await;
    assert_eq!((others.status, others.header("location")), (303, "/account?done=others-ended"));
    eventually("so are the rest", async || another.get(ME).await.status == 401).await;
    let alone = browser.get("/account").await;
    assert!(alone.status == 200 && !alone.text.contains("Sign out everywhere else"));
}

#[tokio::test]
async fn a_temporary_password_opens_no_account_and_an_operator_has_one() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let browser = admin.browser().await;
    app.sql("update public.users set must_change_password = true").await;
    app.sql("select pg_notify('hms_registry', 'all')").await;
    eventually("the session knows", async || admin.get(ACCOUNT).await.status == 403).await;
    for path in [ACCOUNT, SESSIONS] {
        assert_eq!(admin.get(path).await.json["code"], "auth.password_change_required", "{path}");
    }
    let body = json!({ "new_email": NEW, "password": PASSWORD });
    assert_eq!(admin.post("/api/v1/account/email", &body).await.status, 403);
    assert_eq!(browser.get("/account").await.status, 403);

    let boss = app.super_admin().await;
    let page = boss.browser().await.get("/account").await;
    assert!(page.status == 200 && page.text.contains("HMS platform"), "{}", page.text);
    let link = asked(&app, &boss, "new.boss@platform.example").await;
    assert_eq!(confirm(&boss, &link).await.0, 204);
    eventually("the session knows", async || boss.get(ME).await.json["email"] == "new.boss@platform.example")
        .await;
}

#[tokio::test]
async fn the_last_use_of_a_session_is_noted_to_some_minutes_and_not_by_each_request() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let seen = async || {
        let rows = app.sql("select seen_at, xmin::text as written from public.sessions").await;
        (rows[0]["seen_at"].clone(), rows[0]["written"].clone())
    };
    let begun = seen().await;
    for _ in 0..3 {
        app.app.registry.invalidate(&Change::All);
        assert_eq!(admin.get(ME).await.status, 200);
    }
    assert_eq!(seen().await, begun, "a moment later is the same time");
    app.app.clock.shift(10 * 60);
    app.app.registry.invalidate(&Change::All);
    assert_eq!(admin.get(ME).await.status, 200);
    eventually("it is noted", async || seen().await != begun).await;
    let noted = seen().await;
    for _ in 0..3 {
        app.app.registry.invalidate(&Change::All);
        assert_eq!(admin.get(ME).await.status, 200);
    }
    assert_eq!(seen().await, noted);
    let told = listed(&admin).await[0]["last_seen_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let noted = noted.0.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(told, noted);
}
