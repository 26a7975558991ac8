//! What somebody tries who wants to be somebody else.

use std::time::{Duration, Instant};

use axum::http::Method;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as B64};
use hms::clinic::roles::SystemRole;
use hms::identity::token::{Subject, TokenKeys};
use hms::kernel::ids::{SessionId, TenantId, UserId};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, PASSWORD, Reply, TestApp, eventually};
use crate::passwords::{answer_requests, reset_token};

const ME: &str = "/api/v1/auth/me";

fn claims(token: &str) -> Value {
    serde_json::from_slice(&B64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn with(app: &TestApp, token: &str) -> Reply {
    Client::new(app.router.clone(), Some(token.to_owned())).get(ME).await
}

#[tokio::test]
async fn a_token_of_another_maker_another_kind_or_another_person_opens_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, nurse) = (clinic.admin().await, clinic.staff(SystemRole::Nurse).await);
    let browser = nurse.browser().await;
    let genuine = nurse.token.clone().unwrap();
    let (mine, theirs) = (claims(&genuine), claims(admin.token.as_deref().unwrap()));
    let of = |claims: &Value| -> (UserId, TenantId, SessionId) {
        let id = |name: &str| claims[name].as_str().unwrap();
        (id("sub").parse().unwrap(), id("tid").parse().unwrap(), id("sid").parse().unwrap())
    };
    let (user, tenant, session) = of(&mine);
    let (admin_user, _, admin_session) = of(&theirs);
    let web: SessionId = browser.cookie("hms_session").unwrap().split_once('.').unwrap().0.parse().unwrap();
    let subject = Subject { user, tenant: Some(tenant), session };
    let signed = |keys: &TokenKeys, subject: Subject| {
        keys.issue(subject, &app.app.clock).unwrap().text.expose_secret().to_owned()
    };
    let ours = &app.app.keys;
    assert_eq!(with(&app, &signed(ours, subject)).await.status, 200, "the maker of these tokens works");

    let head: Value =
        serde_json::from_slice(&B64.decode(genuine.split('.').next().unwrap()).unwrap()).unwrap();
    let body = genuine.split('.').nth(1).unwrap();
    let unsigned = |head: Value| format!("{}.{body}.", B64.encode(head.to_string()));
    let mac = genuine.split('.').nth(2).unwrap();
    let relabelled = |head: Value| format!("{}.{body}.{mac}", B64.encode(head.to_string()));
    let mut elevated = mine.clone();
    elevated["permissions"] = json!(["tenants:manage"]);
    elevated["sub"] = theirs["sub"].clone();
    let another = TokenKeys::new(&"another secret of at least 32 characters".into(), &[], 60);
    let tried = [
        ("none", unsigned(json!({ "alg": "none", "typ": "JWT", "kid": head["kid"] }))),
        ("NonE", unsigned(json!({ "alg": "NonE", "typ": "JWT", "kid": head["kid"] }))),
        ("no signature", unsigned(head.clone())),
        ("another key", signed(&another, subject)),
        (
            "RS256 with our text as key",
            relabelled(json!({ "alg": "RS256", "typ": "JWT", "kid": head["kid"] })),
        ),
        ("kid path", relabelled(json!({ "alg": "HS256", "typ": "JWT", "kid": "../../../../dev/null" }))),
        (
            "kid address",
            relabelled(
                json!({ "alg": "HS256", "kid": "https://evil.example/key", "jku": "https://evil.example" }),
            ),
        ),
        ("kid SQL", relabelled(json!({ "alg": "HS256", "kid": "' union select 'key" }))),
        (
            "other claims",
            format!("{}.{}.{mac}", genuine.split('.').next().unwrap(), B64.encode(elevated.to_string())),
        ),
        ("another's session", signed(ours, Subject { session: admin_session, ..subject })),
        ("another's name", signed(ours, Subject { user: admin_user, ..subject })),
        ("another hospital", signed(ours, Subject { tenant: Some(TenantId::new()), ..subject })),
        ("no hospital", signed(ours, Subject { tenant: None, ..subject })),
        ("a browser's session", signed(ours, Subject { session: web, ..subject })),
        ("no session", signed(ours, Subject { session: SessionId::new(), ..subject })),
    ];
    for (what, token) in tried {
        let reply = with(&app, &token).await;
        assert_eq!((reply.status, reply.detail()), (401, "Invalid token"), "{what}");
    }
    // A browser's cookie is no token, a token no cookie, and one beside the other does not help.
    let secret = browser.cookie("hms_session").unwrap();
    assert_eq!(with(&app, &secret).await.status, 401);
    let anyone = app.anonymous();
    for cookie in [
        format!("hms_session={genuine}"),
        format!("hms_session={session}.{}", "A".repeat(43)),
        format!("hms_session={web}."),
        format!("hms_session={web}"),
        format!("hms_session={}", secret.to_uppercase()),
        format!("__Host-hms={secret}"),
        format!("HMS_SESSION={secret}"),
        "hms_session=../../etc/passwd".to_owned(),
        "hms_session=' or 1=1 --.x".to_owned(),
    ] {
        let reply = anyone.request(Method::GET, ME).header("cookie", &cookie).send().await;
        assert_eq!(reply.status, 401, "{cookie:.40}");
    }
    let both = anyone.request(Method::GET, ME).header("cookie", &format!("hms_session={secret}"));
    let both = both.header("authorization", "Bearer nonsense").send().await;
    assert_eq!(both.status, 401, "a bad token is not saved by a good cookie");
    for (name, value) in [
        ("x-forwarded-user", "boss@platform.example"),
        ("x-user-id", "00000000-0000-0000-0000-000000000000"),
        ("x-original-url", "/api/v1/auth/me"),
        ("x-tenant-id", clinic.id.as_str()),
        ("x-http-method-override", "DELETE"),
    ] {
        let reply = anyone.request(Method::GET, ME).header(name, value).send().await;
        assert_eq!(reply.status, 401, "{name}");
    }
}

#[tokio::test]
async fn tokens_of_locked_deactivated_and_deleted_people_open_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let browser = nurse.browser().await;
    let refresh = json!({ "refresh_token": nurse.login["refresh_token"] });
    let id = claims(nurse.token.as_deref().unwrap())["sub"].as_str().unwrap().to_owned();
    for (off, on, status) in [
        ("status = 'LOCKED'", "status = 'ACTIVE'", 403),
        ("status = 'INACTIVE'", "status = 'ACTIVE'", 403),
        ("is_active = false", "is_active = true", 403),
        ("is_deleted = true", "is_deleted = false", 401),
    ] {
        let set = async |to: &str| {
            app.sql(&format!("update public.users set {to} where id = '{id}'")).await;
            app.sql(&format!("select pg_notify('hms_registry', 'user:{id}')")).await;
        };
        set(off).await;
        eventually("the token is refused", async || nurse.get("/api/v1/patients").await.status == status)
            .await;
        assert_ne!(browser.get("/patients").await.status, 200, "{off}: the cookie");
        let renewed = app.anonymous().post("/api/v1/auth/refresh", &refresh).await;
        assert_eq!(renewed.status, 401, "{off}: {}", renewed.text);
        let login = [("username", nurse_email(&app, &id).await), ("password", PASSWORD.to_owned())];
        let login: Vec<(&str, &str)> = login.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(app.anonymous().form("/api/v1/auth/login", &login).await.status, 401, "{off}: signing in");
        set(on).await;
        eventually("and served again", async || nurse.get("/api/v1/patients").await.status == 200).await;
    }
}

async fn nurse_email(app: &TestApp, id: &str) -> String {
    let row = app.sql(&format!("select email from public.users where id = '{id}'")).await;
    row[0]["email"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cookie_that_was_put_there_before_is_never_the_session() {
    let app = TestApp::new().await;
    let (clinic, evil) = (app.hospital("Asha Clinic").await, app.hospital("Evil Clinic").await);
    let attacker = evil.admin().await.browser().await;
    let planted = attacker.cookie("hms_session").unwrap();
    let made_up = format!("{}.{}", SessionId::new(), "A".repeat(43));
    for before in [planted.as_str(), made_up.as_str(), "fixed"] {
        let victim = Browser::new(app.router.clone());
        victim.set_cookie("hms_session", before);
        let fields = [("username", clinic.email.as_str()), ("password", PASSWORD)];
        assert_eq!(victim.submit("/sign-in", &fields).await.status, 303);
        let own = victim.cookie("hms_session").unwrap();
        let id = own.split_once('.').unwrap().0;
        assert!(own != before && !before.starts_with(id), "a new session");
        let thief = Browser::new(app.router.clone());
        thief.set_cookie("hms_session", before);
        assert!(!thief.get("/account").await.text.contains(&clinic.email), "{before:.10}");
        assert!(victim.get("/account").await.text.contains(&clinic.email));
    }
    // A sign-in that another site sends is refused, so nobody works in an account of somebody else unawares.
    let fields = [("username", evil.email.as_str()), ("password", PASSWORD)];
    let forged = Browser::new(app.router.clone());
    assert_eq!(forged.submit_from("https://evil.example", "/sign-in", &fields).await.status, 403);
    assert_eq!(forged.cookie("hms_session"), None);
}

#[tokio::test]
async fn forms_of_other_sites_change_nothing_about_an_account() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let browser = clinic.admin().await.browser().await;
    let before = app.sql("select password_hash, email from public.users").await;
    for (path, fields) in [
        ("/account/email", vec![("new_email", "evil@example.org"), ("password", PASSWORD)]),
        ("/account/password", vec![("old_password", PASSWORD), ("new_password", "tin roof lantern")]),
        ("/account/sessions/end-others", vec![]),
        ("/confirm-email", vec![("token", "x")]),
        ("/change-password", vec![("password", "tin roof lantern")]),
        ("/reset-password", vec![("token", "x"), ("password", "tin roof lantern")]),
        ("/forgot-password", vec![("email", clinic.email.as_str())]),
    ] {
        let forged = browser.submit_from("https://evil.example", path, &fields).await;
        assert_eq!(forged.status, 403, "{path}: {}", forged.text);
    }
    assert_eq!(app.sql("select password_hash, email from public.users").await, before);
    assert_eq!(app.sql("select id from public.mail_requests").await.len(), 0);
}

#[tokio::test]
async fn fields_that_nobody_asked_for_change_nothing() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other").await);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let id = claims(nurse.token.as_deref().unwrap())["sub"].as_str().unwrap().to_owned();
    let email = nurse_email(&app, &id).await;
    let more = json!({
        "id": UserId::new(), "user_id": UserId::new(), "tenant_id": other.id, "is_super_admin": true,
        "roles": ["HOSPITAL_ADMIN"], "permissions": ["tenants:manage"], "status": "ACTIVE", "is_active": true,
        "email_verified": true, "must_change_password": true, "failed_attempts": -100, "locked_until": null,
        "max_users": 1_000_000, "schema_name": other.schema, "purpose": "verify_email", "expires_at": "2999-01-01T00:00:00Z",
    });
    let and_more = |body: Value| {
        let mut all = more.clone();
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        all
    };
    let look = format!(
        "select tenant_id, is_super_admin, status, is_active, is_deleted, must_change_password, display_name, created_at
           from public.users where id = '{id}'"
    );
    let everybody = "select id, email from public.users where email not like 'nurse-%' order by id";
    let (me, others) = (app.sql(&look).await, app.sql(everybody).await);
    let hospital = "select * from public.tenants order by id";
    let tenants = app.sql(hospital).await;
    let roles = clinic.sql("select * from user_roles order by user_id, role_id").await;

    let body = and_more(json!({ "old_password": PASSWORD, "new_password": "tin roof lantern" }));
    assert_eq!(nurse.post("/api/v1/auth/change-password", &body).await.status, 200);
    let forgot = and_more(json!({ "email": email }));
    assert_eq!(app.anonymous().post("/api/v1/auth/forgot-password", &forgot).await.status, 200);
    answer_requests(&app).await;
    let token = reset_token(&app, &email).await;
    let body =
        and_more(json!({ "token": token, "new_password": "copper kettle moss", "email": other.email }));
    assert_eq!(app.anonymous().post("/api/v1/auth/reset-password", &body).await.status, 200);
    let login = [
        ("username", email.as_str()),
        ("password", "copper kettle moss"),
        ("is_super_admin", "true"),
        ("tenant_id", other.id.as_str()),
        ("scope", "tenants:manage"),
    ];
    let signed_in = app.anonymous().form("/api/v1/auth/login", &login).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text);
    let token = signed_in.json["access_token"].as_str().unwrap().to_owned();
    let nurse = Client::new(app.router.clone(), Some(token));
    let body = and_more(
        json!({ "new_email": "new@example.org", "password": "copper kettle moss", "email": "x@example.org" }),
    );
    assert_eq!(nurse.post("/api/v1/account/email", &body).await.status, 200);
    let refresh = and_more(json!({ "refresh_token": signed_in.json["refresh_token"] }));
    assert_eq!(app.anonymous().post("/api/v1/auth/refresh", &refresh).await.status, 200);

    assert_eq!(app.sql(&look).await, me);
    assert_eq!(app.sql(everybody).await, others);
    assert_eq!(app.sql(hospital).await, tenants);
    assert_eq!(clinic.sql("select * from user_roles order by user_id, role_id").await, roles);
    assert_eq!(nurse_email(&app, &id).await, email, "not before its link is opened");
    assert_eq!(nurse.get("/api/v1/platform/tenants").await.status, 403);
}

// ------------------------------------------------------------------------------ who has an account

const TRIES: usize = 200;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The medians of known and unknown, asked in turns.
async fn in_turns(
    app: &TestApp,
    known: &str,
    ask: impl AsyncFn(&str, String) -> Reply,
) -> (Duration, Duration) {
    let root = app.superuser().await;
    let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
    for n in 0..TRIES {
        // No rest in the way: that one is the same for all its length, too, but it is another question.
        root.batch_execute("update public.users set failed_attempts = 0, locked_until = null").await.unwrap();
        let unknown = format!("nobody{n}@example.org");
        // Whoever comes second finds warm caches: each is second half the time.
        let pairs = [(known, true), (unknown.as_str(), false)];
        let pairs = if n % 2 == 0 { pairs } else { [pairs[1], pairs[0]] };
        for (at, (email, is_known)) in pairs.into_iter().enumerate() {
            let from = format!("10.{}.{}.{at}", n >> 8, n & 255);
            let begun = Instant::now();
            let reply = ask(email, from).await;
            let took = begun.elapsed();
            assert!([200, 401].contains(&reply.status), "{}", reply.text);
            if is_known { of_known.push(took) } else { of_unknown.push(took) }
        }
    }
    (median(of_known), median(of_unknown))
}

#[tokio::test]
async fn neither_words_nor_time_tell_who_has_an_account() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let anyone = app.anonymous();
    let sign_in = async |email: &str, from: String| {
        let call = anyone.request(Method::POST, "/api/v1/auth/login");
        call.form(&[("username", email), ("password", "Wrong-Horse-7")]).from(&from).await
    };
    let forgot = async |email: &str, from: String| {
        let call = anyone.request(Method::POST, "/api/v1/auth/forgot-password");
        call.json(&json!({ "email": email })).from(&from).await
    };
    let waiting = app.pending_hospital("Slow Clinic").await;
    let resend = async |email: &str, from: String| {
        let call = anyone.request(Method::POST, "/api/v1/tenants/resend-verification");
        call.json(&json!({ "email": email })).from(&from).await
    };
    let without_id = |reply: &Reply| {
        let mut json = reply.json.clone();
        if let Some(fields) = json.as_object_mut() {
            fields.remove("request_id");
        }
        (reply.status, json, reply.header("content-type").to_owned())
    };
    for ask in [true, false] {
        let (known, unknown) = if ask {
            let known = sign_in(&clinic.email, "10.200.0.1".into()).await;
            (known, sign_in("nobody@example.org", "10.200.0.2".into()).await)
        } else {
            let known = forgot(&clinic.email, "10.200.0.3".into()).await;
            (known, forgot("nobody@example.org", "10.200.0.4".into()).await)
        };
        assert_eq!(without_id(&known), without_id(&unknown));
    }
    let (known, unknown) = in_turns(&app, &clinic.email, &sign_in).await;
    println!("sign-in: median of {TRIES} known {known:?}, unknown {unknown:?}");
    is_alike(known, unknown);
    let (known, unknown) = in_turns(&app, &clinic.email, &forgot).await;
    println!("forgot-password: median of {TRIES} known {known:?}, unknown {unknown:?}");
    is_alike(known, unknown);
    let (known, unknown) = in_turns(&app, &waiting.email, &resend).await;
    println!("resend-verification: median of {TRIES} known {known:?}, unknown {unknown:?}");
    is_alike(known, unknown);
    // The work that differs is done by a job, after the answer.
    let asked = app.sql("select count(*) as n from public.mail_requests").await;
    assert_eq!(asked[0]["n"], 4 * TRIES + 2);
}

/// Generous, so that a busy machine is no fault; work that only one of them does would be more than this.
fn is_alike(known: Duration, unknown: Duration) {
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.6..1.67).contains(&ratio), "known {known:?}, unknown {unknown:?}: {ratio:.2}");
}

#[tokio::test]
async fn a_thousand_sign_ups_from_one_address_are_braked() {
    let app = TestApp::configured(&[("SIGNUPS_PER_HOUR", "5")]).await;
    let anyone = app.anonymous();
    let mut made = 0;
    for n in 0..1000 {
        let body = json!({
            "name": format!("Flood {n}"), "contact_email": format!("flood{n}@example.org"), "license_number": format!("F-{n}"),
        });
        // Other addresses in headers are the client's own word.
        let call = anyone.request(Method::POST, "/api/v1/tenants/register").json(&body);
        let call = call.header("x-forwarded-for", &format!("192.0.2.{}", n % 250));
        let reply = call.header("x-real-ip", "192.0.2.9").from("198.51.100.7").await;
        match reply.status {
            201 => made += 1,
            429 => assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0),
            other => panic!("{other}: {}", reply.text),
        }
    }
    assert_eq!(made, 5);
    let left = app.sql("select (select count(*) from public.tenants) as hospitals, (select count(*) from public.users) as people").await;
    assert_eq!((&left[0]["hospitals"], &left[0]["people"]), (&json!(5), &json!(5)), "and none is half made");
}
