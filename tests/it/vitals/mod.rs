//! Vital signs: the contract, what is impossible and unlikely, scores, due times, what was entered in error, and pages.

mod contract;
mod due;
mod ended;
mod handover;
mod judged;
mod merged;
mod orders;
mod own;
mod pages;
#[cfg(feature = "pdf")]
mod paper;
mod scored;
mod strangers;
mod tables;
mod times;
mod visit;

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::appointments::{Stage, code, refused};
use crate::harness::{Client, Reply, TestApp};
use crate::patients::{faults, path_of, registered};

pub const VITALS: &str = "/api/v1/vitals";

/// A set of somebody well; NEWS2 is 0.
pub fn well() -> Value {
    json!({
        "respiratory_rate": 18, "spo2": 97, "oxygen_given": false, "systolic_bp": 125, "diastolic_bp": 80,
        "heart_rate": 75, "consciousness": "ALERT", "temperature_c": 37.0,
    })
}

/// The same with other values on top.
pub fn set(patient: &Value, fields: Value) -> Value {
    let mut body = well();
    body["patient_id"] = patient["id"].clone();
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// A set that is taken.
pub async fn recorded(nurse: &Client, body: &Value) -> Value {
    let reply = nurse.post(VITALS, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

pub async fn nurse_of(stage: &Stage<'_>) -> Client {
    stage.clinic.staff(SystemRole::Nurse).await
}

/// Sets of a patient, the newest first.
async fn listed(who: &Client, patient: &Value, more: &str) -> Vec<Value> {
    let reply = who.get(&format!("{VITALS}?patient_id={}{more}", patient["id"].as_str().unwrap())).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json.as_array().unwrap().clone()
}

fn page_of(patient: &Value) -> String {
    format!("/patients/{}/vitals", patient["id"].as_str().unwrap())
}

/// Arrived for the visit.
pub async fn arrived(stage: &Stage<'_>, patient: &Value) -> Value {
    let booked = stage.booked(patient, &stage.quarter(1)).await;
    stage.desk_does(&booked, "check-in", &json!({})).await
}
