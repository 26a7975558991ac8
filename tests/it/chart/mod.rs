//! Allergies and conditions: lists that forget nothing, texts that are their views, and who races.

mod entries;
mod lists;
mod people;

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp, eventually};
use crate::patients::{PATIENTS, faults, path_of, registered};

/// The migration that made lists of the texts.
const MIGRATION: &str = include_str!("../../../tenant_migrations/V6__chart.sql");

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, String) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = path_of(&registered(&desk, json!({})).await);
    (clinic, desk, path)
}

async fn add(desk: &Client, list: &str, body: Value) -> Value {
    let reply = desk.post(list, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

async fn text(desk: &Client, path: &str, field: &str) -> Value {
    desk.get(path).await.json[field].clone()
}

fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json["code"].as_str().unwrap_or_else(|| panic!("no code: {}", reply.text)))
}

/// Values of a field of each item.
fn each<'a>(list: &'a Reply, field: &str) -> Vec<&'a str> {
    let items = list.json["items"].as_array().unwrap_or_else(|| panic!("no list: {}", list.text));
    assert_eq!(list.json["total"], json!(items.len()));
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}
