//! The second step of signing in: set up, asked for, guessed at, raced, demanded, lost and taken away.

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use hms::platform::mfa::{self, totp};
use serde_json::{Value, json};

use crate::harness::routes;
use crate::harness::watch;
use crate::harness::{Browser, Client, PASSWORD, Reply, TestApp, eventually};

const ME: &str = "/api/v1/auth/me";
const MFA: &str = "/api/v1/auth/mfa";
const LOGIN: &str = "/api/v1/auth/login";
const SECOND: &str = "/api/v1/auth/login/mfa";
const HOSPITAL: &str = "/api/v1/hospital";

/// Somebody's app, and what they wrote down.
struct Phone {
    /// Base 32.
    text: String,
    secret: Vec<u8>,
    recovery: Vec<String>,
}

impl Phone {
    /// The code that it shows now. Each is good once: go to the next by [`later`].
    fn code(&self, app: &TestApp) -> String {
        totp::code_at(&self.secret, app.app.clock.now())
    }
}

/// Until an app shows another code.
fn later(app: &TestApp) {
    app.app.clock.shift(30);
}

/// One that no step around now has.
fn wrong(app: &TestApp, phone: &Phone) -> String {
    let near = (-2..=2).map(|steps| {
        let at = app.app.clock.now() + jiff::SignedDuration::from_secs(30 * steps);
        totp::code_at(&phone.secret, at)
    });
    let near: Vec<String> = near.collect();
    (0..10).map(|n| format!("00000{n}")).find(|code| !near.contains(code)).unwrap()
}

async fn enrolled(app: &TestApp, person: &Client) -> Phone {
    let begun = person.post(&format!("{MFA}/enrol"), &json!({})).await;
    assert_eq!((begun.status, begun.header("cache-control")), (200, "no-store"), "{}", begun.text);
    let text = begun.json["secret"].as_str().unwrap().to_owned();
    let secret = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap();
    let mut phone = Phone { text, secret, recovery: Vec::new() };
    let on = person.post(&format!("{MFA}/confirm"), &json!({ "code": phone.code(app) })).await;
    assert_eq!((on.status, on.header("cache-control")), (200, "no-store"), "{}", on.text);
    let codes = on.json["recovery_codes"].as_array().unwrap();
    phone.recovery = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    later(app);
    phone
}

/// The right password, and what it gives.
async fn password_from(app: &TestApp, email: &str, ip: &str) -> Reply {
    let call = app.anonymous();
    let call = call.request(Method::POST, LOGIN).form(&[("username", email), ("password", PASSWORD)]);
    call.from(ip).await
}

async fn owed(app: &TestApp, email: &str, ip: &str) -> String {
    let half = password_from(app, email, ip).await;
    assert_eq!((half.status, &half.json["code"]), (401, &json!("auth.mfa_required")), "{}", half.text);
    assert!(half.json["access_token"].is_null());
    half.json["mfa_token"].as_str().unwrap().to_owned()
}

async fn second(app: &TestApp, token: &str, code: &str) -> Reply {
    app.anonymous().post(SECOND, &json!({ "mfa_token": token, "code": code })).await
}

async fn email(person: &Client) -> String {
    person.get(ME).await.json["email"].as_str().unwrap().to_owned()
}

fn code_of(reply: &Reply) -> &str {
    reply.json["code"].as_str().unwrap_or_else(|| panic!("{} {}", reply.status, reply.text))
}

#[tokio::test]
async fn an_app_is_set_up_and_its_codes_are_asked_for_and_good_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, elsewhere) = (clinic.admin().await, clinic.admin().await);
    let off = admin.get(MFA).await;
    assert_eq!(
        off.json,
        json!({ "enabled": false, "enabled_at": null, "recovery_codes_left": 0, "enrolment_required": false })
    );

    let begun = admin.post(&format!("{MFA}/enrol"), &json!({})).await.json;
    let secret = begun["secret"].as_str().unwrap();
    let uri = begun["otpauth_uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/HMS:admin-") && uri.contains(&format!("secret={secret}&issuer=HMS"))
    );
    assert!(
        begun["qr_svg"].as_str().unwrap().starts_with("<svg ")
            && !begun["qr_svg"].to_string().contains(secret)
    );
    assert_eq!(secret.len(), 32, "160 bits");
    let first = admin.post(&format!("{MFA}/confirm"), &json!({ "code": "000 0000" })).await;
    assert_eq!((first.status, code_of(&first)), (400, "mfa.wrong_code"));
    assert_eq!(
        password_from(&app, &clinic.email, "127.0.0.1").await.status,
        200,
        "not asked for before it is confirmed"
    );

    let phone = enrolled(&app, &admin).await;
    assert_ne!(phone.text, secret, "begun again, it is another one");
    assert_eq!(phone.recovery.len(), mfa::RECOVERY_CODES);
    let again = admin.post(&format!("{MFA}/enrol"), &json!({})).await;
    assert_eq!(
        (again.status, code_of(&again)),
        (409, "mfa.already_on"),
        "nobody puts another phone in its place"
    );
    let on = admin.get(MFA).await;
    assert_eq!((&on.json["enabled"], &on.json["recovery_codes_left"]), (&json!(true), &json!(10)));
    assert_eq!(admin.get(ME).await.json["mfa_enabled"], true);
    eventually("other sessions end", async || elsewhere.get(ME).await.status == 401).await;

    let token = owed(&app, &clinic.email, "127.0.0.1").await;
    let refused = second(&app, &token, &wrong(&app, &phone)).await;
    assert_eq!((refused.status, code_of(&refused)), (401, "auth.mfa_wrong_code"));
    let code = phone.code(&app);
    let tokens = second(&app, &token, &code).await;
    assert_eq!((tokens.status, tokens.header("cache-control")), (200, "no-store"), "{}", tokens.text);
    let me = Client::new(app.router.clone(), tokens.json["access_token"].as_str().map(str::to_owned));
    assert_eq!(me.get(ME).await.json["email"], clinic.email.as_str());
    assert!(tokens.json["refresh_token"].is_string());
    let twice = second(&app, &token, &code).await;
    assert_eq!((twice.status, code_of(&twice)), (401, "auth.mfa_expired"), "one sign-in, one session");

    let token = owed(&app, &clinic.email, "127.0.0.1").await;
    assert_eq!(code_of(&second(&app, &token, &code).await), "auth.mfa_wrong_code", "a code is good once");
    let spaced = {
        later(&app);
        phone.code(&app)
    };
    let spaced = format!(" {} {} ", &spaced[..3], &spaced[3..]);
    assert_eq!(second(&app, &token, &spaced).await.status, 200);

    // Neither the secret nor a code lies anywhere in words that somebody could read later.
    let mut everywhere = String::new();
    for table in ["mfa_secrets", "mfa_recovery_codes", "mfa_challenges", "audit_events", "mails"] {
        everywhere +=
            &serde_json::to_string(&app.sql(&format!("select * from public.{table}")).await).unwrap();
    }
    everywhere += &admin.get(MFA).await.text;
    everywhere += &String::from_utf8_lossy(&std::fs::read(watch::place()).unwrap());
    let hex: String = phone.secret.iter().map(|b| format!("{b:02x}")).collect();
    for secret in [&phone.text, &hex, &token, &phone.recovery[0], &phone.recovery[0].replace('-', "")] {
        assert!(!everywhere.contains(secret.as_str()), "{secret} is readable");
    }
    let mails = app.sql("select body_text from public.mails where template = 'second_factor'").await;
    assert!(mails.len() == 1 && mails[0]["body_text"].as_str().unwrap().contains("was switched on"));
    let verbs: Vec<Value> = app.audit().await.into_iter().map(|row| row["kind"].clone()).collect();
    for verb in ["second_factor_begun", "second_factor_on", "password_accepted", "second_factor_failed"] {
        assert!(verbs.contains(&json!(verb)), "{verb} in {verbs:?}");
    }
}

#[tokio::test]
async fn the_pages_set_it_up_ask_for_it_and_let_nobody_in_half_way() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let email = email(&desk).await;
    let page = desk.browser().await;
    let menu = page.get("/today").await;
    assert!(menu.text.contains(r#"href="/account/mfa""#), "{}", menu.text);
    assert!(page.get("/account/mfa").await.text.contains("Set it up"));
    assert_eq!(page.submit("/account/mfa/begin", &[]).await.header("location"), "/account/mfa");
    let shown = page.get("/account/mfa").await;
    assert!(shown.text.contains("<svg xmlns") && shown.header("cache-control") == "no-store");
    let text: String =
        shown.text.split("data-secret>").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    let phone = Phone {
        secret: data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap(),
        text,
        recovery: Vec::new(),
    };
    let refused = page.submit("/account/mfa/confirm", &[("code", &wrong(&app, &phone))]).await;
    assert!(refused.status == 422 && refused.text.contains("aria-invalid"), "{}", refused.text);
    let codes = page.submit("/account/mfa/confirm", &[("code", &phone.code(&app))]).await;
    assert_eq!((codes.status, codes.text.matches("data-recovery").count()), (200, 10), "{}", codes.text);
    let after = page.get("/account/mfa").await.text;
    assert!(after.contains("On since") && !after.contains(&phone.text) && !after.contains("data-recovery"));
    assert_eq!(page.get("/today").await.status, 200, "the own session goes on");

    later(&app);
    let fields = [("username", email.as_str()), ("password", PASSWORD), ("next", "/patients")];
    let other = Browser::new(app.router.clone());
    let half = other.submit("/sign-in", &fields).await;
    assert_eq!(
        (half.status, half.header("location")),
        (303, "/sign-in/code?next=%2Fpatients"),
        "{}",
        half.text
    );
    let cookie = half.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("hms_code=") && cookie.contains("HttpOnly; SameSite=Strict; Max-Age=300"),
        "{cookie}"
    );
    assert_eq!(other.cookie("hms_session"), None);
    for path in ["/today", "/home", "/account/mfa"] {
        assert!(other.get(path).await.header("location").starts_with("/sign-in?"), "{path}: half is not in");
    }
    let form = other.get("/sign-in/code?next=%2Fpatients").await;
    assert_eq!((form.status, form.field("next")), (200, "/patients"));
    let bad = other.submit("/sign-in/code", &[("code", "1"), ("next", "/patients")]).await;
    assert!(bad.status == 401 && bad.text.contains("The code is wrong"), "{}", bad.text);
    let stranger = Browser::new(app.router.clone());
    let elsewhere = stranger.submit("/sign-in/code", &[("code", &phone.code(&app))]).await;
    assert_eq!((elsewhere.status, elsewhere.header("location")), (303, "/sign-in"), "another browser");
    let token = other.cookie("hms_code").unwrap();
    assert_eq!(
        code_of(&second(&app, &token, &phone.code(&app)).await),
        "auth.mfa_expired",
        "a program with its token"
    );
    let forged = [("code", phone.code(&app)), ("next", "/patients".to_owned())];
    let forged: Vec<(&str, &str)> = forged.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(other.submit_from("https://evil.example", "/sign-in/code", &forged).await.status, 403);
    let arrived = other.submit("/sign-in/code", &forged).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/patients"), "{}", arrived.text);
    assert_eq!((other.get("/patients").await.status, other.cookie("hms_code")), (200, None));

    // The other way round: what a program was given opens nothing for a browser.
    later(&app);
    let token = owed(&app, &email, "127.0.0.1").await;
    stranger.set_cookie("hms_code", &token);
    let reply =
        stranger.submit("/sign-in/code", &[("code", &phone.code(&app)), ("next", "//evil.example")]).await;
    assert_eq!((reply.status, stranger.cookie("hms_session")), (401, None));
    assert!(reply.text.contains("Start again"), "{}", reply.text);
}

#[tokio::test]
async fn guessing_ends_after_five_tries_and_the_account_rests() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let phone = enrolled(&app, &clinic.admin().await).await;
    let token = owed(&app, &clinic.email, "198.51.100.1").await;
    for _ in 0..5 {
        assert_eq!(code_of(&second(&app, &token, &wrong(&app, &phone)).await), "auth.mfa_wrong_code");
    }
    assert_eq!(code_of(&second(&app, &token, &phone.code(&app)).await), "auth.mfa_expired", "five tries");
    let rests = password_from(&app, &clinic.email, "198.51.100.2").await;
    assert_eq!(
        (rests.status, code_of(&rests)),
        (401, "auth.wrong_credentials"),
        "wrong codes rest it like wrong passwords"
    );
    let log = app.sql("select reason from public.failed_sign_ins where reason = 'wrong_code'").await;
    assert_eq!(log.len(), 5);
    app.app.clock.shift(3601);
    let token = owed(&app, &clinic.email, "198.51.100.3").await;
    app.app.clock.shift(301);
    assert_eq!(code_of(&second(&app, &token, &phone.code(&app)).await), "auth.mfa_expired", "five minutes");
    let token = owed(&app, &clinic.email, "198.51.100.4").await;
    assert_eq!(second(&app, &token, &phone.code(&app)).await.status, 200);

    // A right code does not help while it rests: that would tell that the code was right.
    later(&app);
    let token = owed(&app, &clinic.email, "198.51.100.5").await;
    app.sql("update public.users set locked_until = now() + interval '3 hours' where not is_super_admin")
        .await;
    assert_eq!(code_of(&second(&app, &token, &phone.code(&app)).await), "auth.mfa_wrong_code");
    for bad in ["", "x", &"A".repeat(43), &"é".repeat(43)] {
        assert_eq!(code_of(&second(&app, bad, "123456").await), "auth.mfa_expired", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_who_come_at_once_with_one_code_one_gets_in() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let phone = enrolled(&app, &clinic.admin().await).await;
    for recovery in [true, false] {
        let code = if recovery { phone.recovery[3].to_uppercase() } else { phone.code(&app) };
        let mut tokens = Vec::new();
        for n in 0..10 {
            tokens.push(owed(&app, &clinic.email, &format!("198.51.100.{n}")).await);
        }
        let replies = join_all(tokens.iter().map(|token| second(&app, token, &code))).await;
        let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 9, "{statuses:?}");
        app.app.clock.shift(3600);
    }
    let left = app.sql("select count(*) as n from public.mfa_recovery_codes where used_at is null").await;
    assert_eq!(left[0]["n"], 9);

    // Guesses that come at once are counted one by one.
    app.sql("update public.users set failed_attempts = 0, locked_until = null").await;
    let token = owed(&app, &clinic.email, "198.51.100.77").await;
    let guess = wrong(&app, &phone);
    let replies = join_all((0..20).map(|_| second(&app, &token, &guess))).await;
    assert_eq!(replies.iter().filter(|reply| code_of(reply) == "auth.mfa_wrong_code").count(), 5);
    let row =
        app.sql(&format!("select failed_attempts from public.users where email = '{}'", clinic.email)).await;
    assert_eq!(row[0]["failed_attempts"], 5);
}

#[tokio::test]
async fn switching_off_and_other_codes_need_a_proof() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (off, codes) = (format!("{MFA}/disable"), format!("{MFA}/recovery-codes"));
    assert_eq!(code_of(&admin.post(&off, &json!({ "password": PASSWORD })).await), "mfa.not_on");
    let phone = enrolled(&app, &admin).await;
    for path in [&off, &codes] {
        for (proof, code) in [
            (json!({}), "mfa.proof_needed"),
            (json!({ "password": "Wrong-Horse-7" }), "mfa.wrong_password"),
            (json!({ "code": wrong(&app, &phone) }), "mfa.wrong_code"),
            (json!({ "code": "aaaa-bbbb-cccc-dddd" }), "mfa.wrong_code"),
        ] {
            let reply = admin.post(path, &proof).await;
            assert_eq!((reply.status, code_of(&reply)), (400, code), "{path} {proof}");
        }
        app.sql("update public.users set failed_attempts = 0, locked_until = null").await;
    }
    let fresh = admin.post(&codes, &json!({ "code": phone.code(&app) })).await;
    assert_eq!(fresh.json["recovery_codes"].as_array().unwrap().len(), 10, "{}", fresh.text);
    let token = owed(&app, &clinic.email, "198.51.100.1").await;
    assert_eq!(second(&app, &token, &phone.recovery[0]).await.status, 401, "those before are good no longer");
    let recovery = fresh.json["recovery_codes"][0].as_str().unwrap();
    assert_eq!(second(&app, &token, recovery).await.status, 200);
    let mails =
        app.sql("select body_text from public.mails where body_text like '%recovery codes was used%'").await;
    assert!(mails[0]["body_text"].as_str().unwrap().contains("You have 9 left."));
    let again = owed(&app, &clinic.email, "198.51.100.1").await;
    assert_eq!(second(&app, &again, recovery).await.status, 401, "each is good once");

    // Guessing in an open session rests the account as well.
    for _ in 0..5 {
        admin.post(&off, &json!({ "code": wrong(&app, &phone) })).await;
    }
    later(&app);
    assert_eq!(code_of(&admin.post(&off, &json!({ "code": phone.code(&app) })).await), "mfa.wrong_code");
    app.app.clock.shift(3601);
    let admin = {
        let token = owed(&app, &clinic.email, "198.51.100.8").await;
        let reply = second(&app, &token, &phone.code(&app)).await;
        Client::new(app.router.clone(), reply.json["access_token"].as_str().map(str::to_owned))
    };
    assert_eq!(admin.post(&off, &json!({ "password": PASSWORD })).await.status, 204);
    assert_eq!(password_from(&app, &clinic.email, "198.51.100.9").await.status, 200);
    let rows = app.sql("select (select count(*) from public.mfa_secrets) + (select count(*) from public.mfa_recovery_codes) as n").await;
    assert_eq!(rows[0]["n"], 0, "nothing of it is kept");
}

#[tokio::test]
async fn who_must_have_one_and_has_none_is_let_into_nothing_but_its_set_up() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let page = admin.browser().await;
    for policy in ["ADMINISTRATORS", "OFF", "EVERYBODY"] {
        let set = admin.patch(HOSPITAL, &json!({ "mfa_policy": policy })).await;
        assert_eq!((set.status, &set.json["mfa_policy"]), (200, &json!(policy)), "{}", set.text);
        eventually("the nurse's open session knows", async || {
            nurse.get(ME).await.json["mfa_enrolment_required"] == json!(policy == "EVERYBODY")
        })
        .await;
        let reply = nurse.get("/api/v1/patients").await;
        assert_eq!(reply.status, if policy == "EVERYBODY" { 403 } else { 200 }, "{policy}: {}", reply.text);
        let reply = admin.get("/api/v1/patients").await;
        assert_eq!(reply.status, if policy == "OFF" { 200 } else { 403 }, "{policy}: {}", reply.text);
        if policy == "ADMINISTRATORS" {
            // Whoever switched it on is held to it: the way out is to set it up.
            assert_eq!(code_of(&reply), "auth.mfa_enrolment_required");
            clinic.sql("update hospital_settings set mfa_policy = 'OFF'").await;
            app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", clinic.id)).await;
            eventually("off again", async || admin.get("/api/v1/patients").await.status == 200).await;
        }
    }

    let (mut asked, body) = (0, json!({}));
    for operation in routes::all().iter().filter(|o| o.secured && o.permission.is_some() && !o.platform) {
        let path = operation.path_to_nothing();
        if operation.page {
            let reply = match operation.is_read() {
                true => page.get(&path).await,
                false => page.submit(&path, &[]).await,
            };
            match operation.is_read() {
                true => assert!(
                    reply.status == 303 && reply.header("location").starts_with("/account/mfa?next=/"),
                    "{}: {} {}",
                    operation.name(),
                    reply.status,
                    reply.header("location")
                ),
                false => assert_eq!(reply.status, 403, "{}", operation.name()),
            }
        } else {
            let reply = admin.request(operation.method.clone(), &path).json(&body).send().await;
            assert_eq!(
                (reply.status, code_of(&reply)),
                (403, "auth.mfa_enrolment_required"),
                "{}",
                operation.name()
            );
        }
        asked += 1;
    }
    assert!(asked > 50, "{asked}");
    let setup = page.get("/account/mfa?next=/today").await;
    assert!(setup.status == 200 && setup.text.contains("It is required for your account"), "{}", setup.text);
    assert_eq!(admin.get(MFA).await.json["enrolment_required"], true);

    let phone = enrolled(&app, &admin).await;
    assert_eq!(admin.get("/api/v1/patients").await.status, 200, "it opens at once");
    // Switched off again, the door is shut again.
    assert_eq!(admin.post(&format!("{MFA}/disable"), &json!({ "code": phone.code(&app) })).await.status, 204);
    assert_eq!(admin.get("/api/v1/patients").await.status, 403);
    // A new sign-in is led to the set-up, and goes on from there.
    let fresh = Browser::new(app.router.clone());
    fresh.submit("/sign-in", &[("username", &clinic.email), ("password", PASSWORD)]).await;
    assert_eq!(fresh.get("/today").await.header("location"), "/account/mfa?next=/today");
}

#[tokio::test]
async fn operators_must_have_one_where_the_configuration_says_so() {
    let app = TestApp::configured(&[("HMS_OPERATOR_MFA", "required")]).await;
    let boss = app.super_admin().await;
    let list = "/api/v1/platform/tenants";
    let reply = boss.get(list).await;
    assert_eq!((reply.status, code_of(&reply)), (403, "auth.mfa_enrolment_required"));
    let page = boss.browser().await;
    assert_eq!(
        page.get("/console/hospitals").await.header("location"),
        "/account/mfa?next=/console/hospitals"
    );
    assert_eq!(page.get("/account/mfa").await.status, 200);
    let phone = enrolled(&app, &boss).await;
    assert_eq!(boss.get(list).await.status, 200);
    let token = owed(&app, "boss@platform.example", "127.0.0.1").await;
    assert_eq!(second(&app, &token, &phone.code(&app)).await.status, 200);
    // Hospitals are asked for nothing by that.
    assert_eq!(app.hospital("Asha Clinic").await.admin().await.get("/api/v1/patients").await.status, 200);
    let production =
        TestApp::configured(&[("HMS_ENV", "production"), ("PUBLIC_URL", "https://hms.test")]).await;
    assert!(production.app.config.operator_mfa && !TestApp::new().await.app.config.operator_mfa);
}

#[tokio::test]
async fn a_lost_device_is_reset_by_a_colleague_who_may_and_by_nobody_else() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other").await);
    let (admin, doctor) = (clinic.admin().await, clinic.staff(SystemRole::Doctor).await);
    enrolled(&app, &doctor).await;
    let me = doctor.get(ME).await.json;
    let (id, email) = (me["id"].as_str().unwrap(), me["email"].as_str().unwrap());
    let path = format!("/api/v1/users/{id}/reset-mfa");
    let own = admin.get(ME).await.json["id"].as_str().unwrap().to_owned();

    assert_eq!(clinic.staff(SystemRole::Nurse).await.post(&path, &json!({})).await.status, 403);
    assert_eq!(other.admin().await.post(&path, &json!({})).await.status, 404, "foreign");
    assert_eq!(app.super_admin().await.post(&path, &json!({})).await.status, 403);
    let oneself = admin.post(&format!("/api/v1/users/{own}/reset-mfa"), &json!({})).await;
    assert_eq!((oneself.status, code_of(&oneself)), (403, "staff.own_account"));
    assert_eq!(password_from(&app, email, "127.0.0.1").await.status, 401, "nothing of that reset it");

    assert_eq!(admin.post(&path, &json!({})).await.status, 204);
    assert_eq!(doctor.get(ME).await.status, 401, "its sessions end");
    assert_eq!(password_from(&app, email, "127.0.0.1").await.status, 200);
    let again = admin.post(&path, &json!({})).await;
    assert_eq!((again.status, code_of(&again)), (409, "mfa.not_on"));
    let mails =
        app.sql(&format!("select body_text from public.mails where recipient = '{email}' order by id")).await;
    assert!(
        mails.last().unwrap()["body_text"]
            .as_str()
            .unwrap()
            .contains("was reset for your account by an administrator")
    );
    let rows = clinic.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "second_factor_reset").unwrap();
    assert_eq!((&row["entity_id"], &row["actor_id"]), (&json!(id), &json!(own)));
}

#[tokio::test]
async fn secrets_outlive_a_change_of_the_key_and_are_sealed_anew() {
    const NEW: &str = "8fJ2kQ9xWm4Zr7Tn1Vb6Yc3Hd5Lp0SgAeUoRiXtKwNq";
    const OLD: &str = "IKonIivaJtrd9XBRmoazoW4y8tt3f3Ddo8obGJh25QN4";
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let phone = enrolled(&app, &clinic.admin().await).await;
    let signs_in = async |app: &TestApp| {
        let token = owed(app, &clinic.email, "127.0.0.1").await;
        second(app, &token, &phone.code(app)).await.status
    };
    let rotated = app.instance(&[("SECRET_KEY", NEW), ("SECRET_KEY_PREVIOUS", OLD)]).await;
    rotated.app.clock.shift(60);
    assert_eq!(signs_in(&rotated).await, 200, "the old key still opens");
    assert_eq!(mfa::seal_anew(&rotated.app).await.unwrap(), 1);
    assert_eq!(mfa::seal_anew(&rotated.app).await.unwrap(), 0);
    let without = app.instance(&[("SECRET_KEY", NEW)]).await;
    without.app.clock.shift(120);
    assert_eq!(signs_in(&without).await, 200, "the old key may go");
    app.app.clock.shift(180);
    assert_eq!(signs_in(&app).await, 401, "the old key alone opens nothing any more");
    // A row moved to another person is no secret of theirs.
    let other = app.hospital("Other").await;
    enrolled(&without, &without.sign_in(&other.email).await).await;
    app.sql("update public.mfa_secrets set last_step = 0, sealed = (select sealed from public.mfa_secrets m join public.users u on u.id = m.user_id
             where u.email like 'admin-%' order by m.created_at limit 1)").await;
    without.app.clock.shift(120);
    let token = owed(&without, &other.email, "127.0.0.1").await;
    assert_eq!(second(&without, &token, &phone.code(&without)).await.status, 401);
}
