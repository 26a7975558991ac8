//! The platform's hospitals: who sees them, suspending, activating, searching, and the operators' pages.

mod counts;
mod details;
mod here;
mod limits;
mod lists;
mod pages;
mod raise;
mod rejecting;
mod restricted;
mod second_step;
mod standing;

use std::time::{Duration, Instant};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Reply, TestApp, eventually};

const TENANTS: &str = "/api/v1/platform/tenants";
const ME: &str = "/api/v1/auth/me";
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn change(boss: &Client, id: &str, verb: &str) -> Reply {
    boss.request(Method::PATCH, &format!("{TENANTS}/{id}/{verb}")).send().await
}

async fn list(boss: &Client, query: &[(&str, &str)]) -> Reply {
    boss.get(&format!("{TENANTS}?{}", serde_urlencoded::to_string(query).unwrap())).await
}

fn names(reply: &Reply) -> Vec<&str> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect()
}

async fn found(boss: &Client, search: &str) -> Vec<String> {
    names(&list(boss, &[("search", search), ("sort", "name")]).await).into_iter().map(str::to_owned).collect()
}

/// Kind and detail of what was done to a hospital.
async fn history(app: &TestApp, id: &str) -> Vec<(String, Value)> {
    let done = app.audit().await.into_iter().filter(|row| row["entity_id"] == id);
    done.filter(|row| row["kind"] == "suspended" || row["kind"] == "activated")
        .map(|row| (row["kind"].as_str().unwrap().to_owned(), row["detail"].clone()))
        .collect()
}

/// Value of a hidden field.
fn field(html: &str, name: &str) -> String {
    let at = html.find(&format!(r#"name="{name}""#)).unwrap_or_else(|| panic!("{name} in {html}"));
    let value = html[at..].split_once(r#"value=""#).unwrap().1;
    value.split('"').next().unwrap().to_owned()
}
