//! Encounters: begun with an appointment, ended with it, moved with a merge, kept from whom the record is kept from.

mod anew;
mod begun;
mod ended_earlier;
mod kept_apart;
mod pages;
mod unseen;
mod visits;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::registered;

pub const ENCOUNTERS: &str = "/api/v1/encounters";

/// A clinic with a desk, a doctor and a patient.
pub struct Stage<'a> {
    pub app: &'a TestApp,
    pub clinic: Hospital<'a>,
    pub desk: Client,
    pub doctor: Client,
    pub doctor_id: String,
    pub patient: Value,
}

pub async fn me(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

pub fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}"))
}

/// Status and code of a refusal.
pub fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json["code"].as_str().unwrap_or_else(|| panic!("no code: {}", reply.text)))
}

/// What a reply says, if it is this status.
pub fn ok(reply: Reply, status: u16) -> Value {
    assert_eq!(reply.status, status, "{}", reply.text);
    reply.json
}

impl<'a> Stage<'a> {
    pub async fn on(app: &'a TestApp) -> Self {
        let clinic = app.hospital("Asha Clinic").await;
        let desk = clinic.staff(SystemRole::Receptionist).await;
        let doctor = clinic.staff(SystemRole::Doctor).await;
        let doctor_id = me(&doctor).await;
        let patient = registered(&desk, json!({ "first_name": "Asha", "last_name": "Rao" })).await;
        Self { app, clinic, desk, doctor, doctor_id, patient }
    }

    /// Somebody else.
    pub async fn another_patient(&self, name: &str) -> Value {
        let phone =
            format!("+9198{:08}", name.bytes().fold(7_u64, |n, b| (n * 131 + u64::from(b)) % 100_000_000));
        let body = json!({ "first_name": name, "last_name": "Iyer", "phone_primary": phone, "dob": null, "age_only": 51 });
        registered(&self.desk, body).await
    }

    /// An appointment of now with a doctor, in this state.
    pub async fn appointment(&self, patient: &Value, doctor: &str, status: &str) -> String {
        let stamps = match status {
            "SCHEDULED" => "null, null, null, null, null",
            "CHECKED_IN" => "now(), null, null, null, null",
            "IN_CONSULTATION" => "now(), now(), null, null, null",
            "COMPLETED" => "now(), now(), now(), null, null",
            "CANCELLED" => "null, null, null, now(), 'OTHER'",
            other => panic!("no stamps for {other}"),
        };
        let made = uuid::Uuid::now_v7().to_string();
        self.clinic
            .sql(&format!(
                "insert into appointments (id, patient_id, department_id, doctor_user_id, kind, scheduled_at, ends_at, holds_slot,
                        status, checked_in_at, consultation_started_at, completed_at, cancelled_at, cancelled_reason,
                        created_by_id, created_at, updated_at)
                 select '{made}', '{}', s.department_id, s.user_id, 'WALK_IN', now() - interval '1 second',
                        now() + interval '15 minutes', false, '{status}', {stamps}, s.user_id, now(), now()
                   from staff s where s.user_id = '{doctor}'",
                id(patient)
            ))
            .await;
        made
    }

    /// The encounter of a consultation that this stage's doctor has begun with its patient.
    pub async fn begun(&self) -> String {
        self.begun_with(&self.patient).await
    }

    pub async fn begun_with(&self, patient: &Value) -> String {
        let appointment = self.appointment(patient, &self.doctor_id, "CHECKED_IN").await;
        id(&ok(self.begin(&self.doctor, &appointment).await, 200)).to_owned()
    }

    pub async fn begin(&self, who: &Client, appointment: &str) -> Reply {
        who.post(ENCOUNTERS, &json!({ "appointment_id": appointment })).await
    }

    pub async fn deceased(&self, patient: &Value) {
        let admin = self.clinic.admin().await;
        let path = format!("/api/v1/patients/{}", id(patient));
        let reply = admin.patch(&path, &json!({ "date_of_death": "2026-03-14" })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    pub async fn mark(&self, patient: &Value, level: &str) {
        let path = format!("/api/v1/patients/{}", id(patient));
        let reply = self.doctor.patch(&path, &json!({ "confidentiality": level })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}

/// A draft is kept.
pub async fn put_note(who: &Client, encounter: &str, version: Option<i64>, texts: Value) -> Reply {
    let call = who.request(Method::PUT, &format!("{ENCOUNTERS}/{encounter}/note"));
    let call = match version {
        Some(version) => call.header("if-match", &format!("\"{version}\"")),
        None => call,
    };
    call.json(&json!({ "texts": texts })).send().await
}

/// A note is written and signed.
pub async fn signed_note(who: &Client, encounter: &str, subjective: &str) -> Value {
    let texts = json!({ "subjective": subjective, "plan": "Rest, fluids" });
    ok(put_note(who, encounter, None, texts).await, 200);
    ok(who.post(&format!("{ENCOUNTERS}/{encounter}/note/sign"), &json!({})).await, 200)
}
