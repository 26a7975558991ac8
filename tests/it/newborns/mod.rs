//! Children registered from their mother's chart: their names, their order, their mother, whoever races.

mod births;
mod families;
mod pages;

use std::collections::BTreeSet;

use hms::clinic::roles::SystemRole;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::{PATIENTS, faults, found, path_of, registered};

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, Value) {
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let anna = json!({ "first_name": "Anna", "last_name": "Kovac", "phone_primary": "+919822012345", "dob": "1994-02-03" });
    let mother = registered(&nurse, anna).await;
    (clinic, nurse, mother)
}

fn hours_ago(hours: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(hours)).to_string()
}

async fn born(client: &Client, mother: &Value, body: Value) -> Reply {
    client.post(&format!("{}/newborns", path_of(mother)), &body).await
}

async fn child(client: &Client, mother: &Value, body: Value) -> Value {
    let reply = born(client, mother, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["newborns"][0].clone()
}

fn taken(reply: &Reply) -> bool {
    reply.status == 409 && reply.json["code"] == "newborns.order_taken"
}

async fn merge(client: &Client, stays: &Value, goes: &Value) -> Reply {
    let body = json!({ "duplicate_id": goes["id"], "reason": "Compared" });
    client.post(&format!("{}/merge", path_of(stays)), &body).await
}

fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default())
}

fn clock(hours: i64) -> String {
    let now = Timestamp::now().in_tz("Asia/Kolkata").unwrap();
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap().strftime("%Y-%m-%dT%H:%M").to_string()
}
