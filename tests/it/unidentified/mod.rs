//! Patients whom nobody knows, and people in an emergency: never refused, never confused, identified later.

mod arrivals;
mod known;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use hms::clinic::unidentified::{FIRST, SECOND};
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, Reply, TestApp};
use crate::patients::{PATIENTS, faults, found, path_of, registered};

const UNIDENTIFIED: &str = "/api/v1/patients/unidentified";
const EMERGENCY: &str = "/api/v1/patients/emergency";

async fn stage(app: &TestApp) -> (Hospital<'_>, Client) {
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    (clinic, nurse)
}

async fn stranger(nurse: &Client, body: Value) -> Value {
    let reply = nurse.post(UNIDENTIFIED, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

/// First word, second word, number.
fn words(patient: &Value) -> (String, String, String) {
    let (second, number) = patient["last_name"].as_str().unwrap().split_once(' ').unwrap();
    (patient["first_name"].as_str().unwrap().to_owned(), second.to_owned(), number.to_owned())
}

async fn identify(client: &Client, patient: &Value, body: Value) -> Reply {
    client.post(&format!("{}/identify", path_of(patient)), &body).await
}

async fn next(reply: Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    reply.header("location").to_owned()
}
