//! The second step of signing in: set up, asked for, guessed at, raced, demanded, lost and taken away.

mod lost;
mod owed;
mod signing_in;
mod stolen;

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

/// What switches it on.
fn first(code: &str) -> Value {
    json!({ "code": code, "password": PASSWORD })
}

async fn enrolled(app: &TestApp, person: &Client) -> Phone {
    let begun = person.post(&format!("{MFA}/enrol"), &json!({})).await;
    assert_eq!((begun.status, begun.header("cache-control")), (200, "no-store"), "{}", begun.text);
    let text = begun.json["secret"].as_str().unwrap().to_owned();
    let secret = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap();
    let mut phone = Phone { text, secret, recovery: Vec::new() };
    let on = person.post(&format!("{MFA}/confirm"), &first(&phone.code(app))).await;
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
