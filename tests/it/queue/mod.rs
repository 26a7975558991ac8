//! The queue: in which order people are called, what two desks do at once, what the waiting room sees, who walks in.

mod desks;
mod handed_over;
mod left_later;
mod order;
mod pages;
mod taken_back;
mod walk_ins;

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply};
use crate::patients::patient;

pub const QUEUE: &str = "/api/v1/queue";
pub const WALK_INS: &str = "/api/v1/walk-ins";

/// A doctor whom people see in one department.
pub struct Room {
    pub doctor: Client,
    pub doctor_id: String,
    pub department_id: String,
}

/// A doctor of General Medicine.
pub async fn room(clinic: &Hospital<'_>) -> Room {
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let doctor_id = me(&doctor).await;
    let found = clinic.sql("select id from departments where name = 'General Medicine'").await;
    let department_id = found[0]["id"].as_str().unwrap().to_owned();
    let moved = format!("update staff set department_id = '{department_id}' where user_id = '{doctor_id}'");
    clinic.sql(&moved).await;
    Room { doctor, doctor_id, department_id }
}

pub async fn me(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

/// What a desk sends for somebody new, with these fields on top.
pub fn walk_in(room: &Room, name: &str, more: Value) -> Value {
    let phone =
        format!("+9198{:08}", name.bytes().fold(7_u64, |n, b| (n * 131 + u64::from(b)) % 100_000_000));
    let mut body = json!({
        // Without a birthday: two of one surname look less alike.
        "patient": patient(json!({
            "first_name": name, "last_name": "Walker", "phone_primary": phone, "dob": null, "age_only": 34,
        })),
        "doctor_user_id": room.doctor_id, "reason": "Fever",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Somebody walks in.
pub async fn walks(desk: &Client, room: &Room, name: &str, more: Value) -> Value {
    let reply = desk.post(WALK_INS, &walk_in(room, name, more)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

/// What a refusal is called.
pub fn code(reply: &Reply) -> &str {
    reply.json["code"].as_str().unwrap_or_default()
}

pub fn id_of(walked: &Value) -> String {
    walked["appointment_id"].as_str().unwrap().to_owned()
}

/// The queue as the API tells it.
pub async fn queue(desk: &Client) -> Value {
    let reply = desk.get(QUEUE).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

/// First names of those in one state, in order.
pub async fn names(desk: &Client, state: &str) -> Vec<String> {
    let queue = queue(desk).await;
    let items = queue["items"].as_array().unwrap().iter();
    items
        .filter(|entry| entry["queue_state"] == state)
        .map(|entry| entry["patient_name"].as_str().unwrap().split(' ').next().unwrap().to_owned())
        .collect()
}

pub async fn moves(desk: &Client, id: &str, act: &str, body: Value) -> Reply {
    desk.post(&format!("{QUEUE}/{id}/{act}"), &body).await
}
