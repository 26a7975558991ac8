//! Choosing a password, forgetting it, and what a wrong one leads to.

mod changes;
mod links;
mod rests;

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

/// Each from an address of its own, so that no brake hides what lies behind it.
async fn change(who: &Client, old: &str, new: &str) -> Reply {
    static ASKED: AtomicU8 = AtomicU8::new(0);
    let call = who.request(Method::POST, CHANGE).json(&json!({ "old_password": old, "new_password": new }));
    call.from(&format!("203.0.113.{}", ASKED.fetch_add(1, Ordering::Relaxed))).await
}
