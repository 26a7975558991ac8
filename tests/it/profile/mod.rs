//! A hospital's own profile: name, place, zone, currency, how numbers and times are written, hours and holidays.

mod effect;
mod fields;
mod hours;

use std::time::{Duration, Instant};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, PASSWORD, Reply, TestApp, eventually};
use crate::patients::{faults, registered};

const HOSPITAL: &str = "/api/v1/hospital";
const PAGE: &str = "/settings/hospital";

async fn hospital(client: &Client) -> Value {
    let reply = client.get(HOSPITAL).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

async fn changed(client: &Client, body: &Value) -> Value {
    let reply = client.patch(HOSPITAL, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

/// What the profile's page sends, with these fields on top.
fn form<'a>(version: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let defaults = [
        ("version", version),
        ("name", "Asha Clinic"),
        ("address", "12 MG Road, Pune 411001"),
        ("contact_phone", "020 2612 3456"),
        ("country", "IN"),
        ("time_zone", "Asia/Kolkata"),
        ("clock_hours", "24"),
        ("week_starts_on", "MONDAY"),
        ("currency", "INR"),
        ("locale", "en-IN"),
    ];
    let mut form: Vec<_> =
        defaults.into_iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name)).collect();
    form.extend(fields);
    form
}

/// A role of this hospital may also do this.
async fn grant(clinic: &Hospital<'_>, role: SystemRole, code: &str) {
    let key = role.key();
    clinic
        .sql(&format!(
            "insert into role_permissions (role_id, permission_code) select id, '{code}' from roles where system_key = '{key}'"
        ))
        .await;
}
