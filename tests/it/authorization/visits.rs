//! What a visit needs: a doctor, a booking, somebody who walked in, a consultation.

use axum::http::Method;
use serde_json::{Value, json};

use super::SECRET_NAME;
use super::bodies::next_week;
use crate::harness::routes::Operation;
use crate::harness::{Client, TestApp};

/// A consultation that the administrator has begun, with a draft where one is asked for.
pub(super) async fn encounter(app: &TestApp, admin: &Client, operation: &Operation) -> String {
    let appointment = booked(app, admin, operation).await;
    let begun = admin.post("/api/v1/encounters", &json!({ "appointment_id": appointment })).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let id = begun.json["id"].as_str().unwrap().to_owned();
    if ["notes.own", "notes.sign"].contains(&operation.id.as_str()) {
        let path = format!("/api/v1/encounters/{id}/note");
        let kept = json!({ "texts": { "plan": SECRET_NAME } });
        let kept = admin.request(Method::PUT, &path).json(&kept).send().await;
        assert_eq!(kept.status, 200, "{}", kept.text);
    }
    id
}

/// A booking with a doctor of its own, at this moment, as far as the operation needs it.
pub(super) async fn booked(app: &TestApp, admin: &Client, operation: &Operation) -> String {
    let (schema, doctor) = (schema_of(app, admin).await, a_doctor(app, admin).await);
    let patient = json!({ "first_name": SECRET_NAME });
    let patient = admin.post("/api/v1/patients", &patient).await.json["id"].clone();
    let department = app.sql(&format!("select id from {schema}.departments where name = 'Cardiology'")).await;
    let body = json!({
        "patient_id": patient, "doctor_user_id": doctor, "department_id": department[0]["id"],
        "scheduled_at": next_week(), "notes": SECRET_NAME,
    });
    let made = admin.post("/api/v1/appointments", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json["id"].as_str().unwrap().to_owned();
    // Its time has come a moment ago.
    app.sql(&format!(
        "update {schema}.appointments set scheduled_at = now() - interval '1 second', ends_at = now() + interval '15 minutes'
          where id = '{id}'"
    ))
    .await;
    let step = match operation.id.rsplit('.').next().unwrap_or_default() {
        "complete" | "follow_up" | "propose_follow_up" | "token" => Some("check-in"),
        "arrived_late" => Some("no-show"),
        _ => None,
    };
    if let Some(step) = step {
        let done = admin.patch(&format!("/api/v1/appointments/{id}/{step}"), &json!({})).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    id
}

/// Somebody new with the role, whose account is in use.
async fn a_doctor(app: &TestApp, admin: &Client) -> String {
    let body = json!({
        "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": SECRET_NAME,
        "department": "Cardiology", "roles": ["DOCTOR"],
    });
    let doctor = admin.post("/api/v1/users", &body).await;
    assert_eq!(doctor.status, 201, "{}", doctor.text);
    let (schema, doctor) = (schema_of(app, admin).await, doctor.json["id"].as_str().unwrap().to_owned());
    app.sql(&format!("update {schema}.staff set is_active = true where user_id = '{doctor}'")).await;
    doctor
}

/// Somebody walks in to a doctor of their own: the appointment, with its token.
pub(super) async fn walked_in(app: &TestApp, admin: &Client) -> String {
    let doctor = a_doctor(app, admin).await;
    // In an emergency a first name is enough, whoever looks alike.
    let body = json!({
        "patient": { "first_name": SECRET_NAME }, "doctor_user_id": doctor, "priority": "EMERGENCY",
    });
    let made = admin.post("/api/v1/walk-ins", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json["appointment_id"].as_str().unwrap().to_owned()
}

/// Id of whoever asks.
pub async fn me(client: &Client) -> Value {
    client.get("/api/v1/auth/me").await.json["id"].clone()
}

pub(super) async fn schema_of(app: &TestApp, client: &Client) -> String {
    let tenant = client.get("/api/v1/auth/me").await.json["tenant_id"].clone();
    let query = format!("select schema_name from public.tenants where id = '{}'", tenant.as_str().unwrap());
    app.sql(&query).await[0]["schema_name"].as_str().unwrap().to_owned()
}
