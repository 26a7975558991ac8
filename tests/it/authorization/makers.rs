//! How the thing is made that a part of a path names: each kind of id has its maker.

use axum::http::Method;
use serde_json::json;

use super::visits::{booked, encounter, me, schema_of, walked_in};
use super::{SECRET_NAME, good_body};
use crate::harness::files::png;
use crate::harness::routes::Operation;
use crate::harness::{Client, TestApp};

/// What stands behind a path parameter, by the part of the path before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Patient,
    Allergy,
    Condition,
    Merge,
    Staff,
    CareRelation,
    Cover,
    Opening,
    Tenant,
    Operator,
    Mail,
    Role,
    Department,
    Session,
    Doctor,
    DoctorDay,
    DoctorLeave,
    Room,
    /// Booked for now.
    Appointment,
    /// Somebody who walked in and waits.
    Waiting,
    PrintJob,
    /// Begun by the administrator.
    Encounter,
    /// Signed by the administrator.
    Note,
    Diagnosis,
    NoteTemplate,
    Vitals,
    OxygenOrder,
    /// Raised by a set of vital signs.
    Alarm,
}

pub(super) const MAKERS: &[(&str, Kind)] = &[
    ("patients/{patient_id}", Kind::Patient),
    ("allergies/{allergy_id}", Kind::Allergy),
    ("conditions/{condition_id}", Kind::Condition),
    ("merges/{merge_id}", Kind::Merge),
    ("users/{user_id}", Kind::Staff),
    ("staff/{user_id}", Kind::Staff),
    ("care-team/{relation_id}", Kind::CareRelation),
    ("covers/{cover_id}", Kind::Cover),
    ("cover/{cover_id}", Kind::Cover),
    ("opened/{glass_id}", Kind::Opening),
    ("tenants/{id}", Kind::Tenant),
    ("hospitals/{id}", Kind::Tenant),
    ("operators/{id}", Kind::Operator),
    ("doctors/{user_id}", Kind::Doctor),
    ("days/{exception_id}", Kind::DoctorDay),
    ("leaves/{leave_id}", Kind::DoctorLeave),
    ("leave/{leave_id}", Kind::DoctorLeave),
    ("rooms/{room_id}", Kind::Room),
    ("vitals/{vitals_id}", Kind::Vitals),
    ("oxygen-orders/{oxygen_order_id}", Kind::OxygenOrder),
    ("oxygen/{oxygen_order_id}", Kind::OxygenOrder),
    ("escalations/{escalation_id}", Kind::Alarm),
    ("mail/{mail_id}", Kind::Mail),
    ("roles/{role_id}", Kind::Role),
    ("departments/{department_id}", Kind::Department),
    ("sessions/{session_id}", Kind::Session),
    ("appointments/{appointment_id}", Kind::Appointment),
    ("queue/{appointment_id}", Kind::Waiting),
    ("walk-ins/{appointment_id}", Kind::Waiting),
    ("print-jobs/{print_job_id}", Kind::PrintJob),
    ("print-later/{print_job_id}", Kind::PrintJob),
    ("encounters/{encounter_id}", Kind::Encounter),
    ("consultations/{encounter_id}", Kind::Encounter),
    ("notes/{note_id}", Kind::Note),
    ("diagnoses/{diagnosis_id}", Kind::Diagnosis),
    ("note-templates/{template_id}", Kind::NoteTemplate),
];

/// What a variable part of a path is of.
pub fn kind_of(parameter: &str) -> Option<Kind> {
    MAKERS.iter().find(|(of, _)| *of == parameter).map(|(_, kind)| *kind)
}

/// Make the thing that a path's parameter names, ready for `operation`; its id. `within`: the thing named before it.
pub async fn make(
    kind: Kind,
    app: &TestApp,
    admin: &Client,
    boss: &Client,
    operation: &Operation,
    within: Option<&str>,
) -> String {
    match kind {
        Kind::Allergy | Kind::Condition => {
            let patient = within.expect("the list is a patient's");
            let (list, body) = match kind {
                Kind::Allergy => ("allergies", json!({ "substance": "Latex", "note": SECRET_NAME })),
                _ => ("conditions", json!({ "text": "Gout", "note": SECRET_NAME })),
            };
            let made = admin.post(&format!("/api/v1/patients/{patient}/{list}"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Patient => {
            let body = json!({
                "first_name": SECRET_NAME, "phone_primary": "9820012345", "gender": "FEMALE", "city": "Pune",
                "dob_unknown": true,
            });
            let made = match operation.path.ends_with("/identify") {
                true => admin.post("/api/v1/patients/unidentified", &json!({ "note": SECRET_NAME })).await,
                false => admin.post("/api/v1/patients/quick-register", &body).await,
            };
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            let first = match operation.id.as_str() {
                id if id.ends_with("deceased.undo") => json!({ "date_of_death": "2026-03-14" }),
                id if id.contains("confidential.") => json!({ "confidentiality": "R" }),
                _ => json!({}),
            };
            let ready = admin.patch(&format!("/api/v1/patients/{id}"), &first).await;
            assert_eq!(ready.status, 200, "{}", ready.text);
            if operation.id.ends_with("vitals.end_plan") {
                let path = format!("/api/v1/patients/{id}/observation-plan");
                let planned = admin.post(&path, &json!({ "interval_minutes": 60 })).await;
                assert_eq!(planned.status, 201, "{}", planned.text);
            }
            if operation.path.contains("picture") {
                let path = format!("/api/v1/patients/{id}/profile-picture");
                let given = admin.request(Method::POST, &path).file(&png()).send().await;
                assert_eq!(given.status, 200, "{}", given.text);
            }
            id
        }
        Kind::CareRelation => {
            let path = format!("/api/v1/patients/{}/care-team", within.expect("a team is a patient's"));
            let made = admin.post(&path, &json!({ "user_id": me(admin).await, "note": SECRET_NAME })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Cover => {
            let rows =
                app.sql(&format!("select id from {}.departments limit 1", schema_of(app, admin).await)).await;
            let ends_at = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(8)).to_string();
            let body = json!({
                "user_id": me(admin).await, "for_department_id": rows[0]["id"], "ends_at": ends_at,
            });
            let made = admin.post("/api/v1/care/covers", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Opening => {
            let patient = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let body = json!({ "reason": "Emergency, unconscious" });
            let made = admin.post(&format!("/api/v1/patients/{patient}/break-glass"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            // As somebody else had opened it: nobody reviews their own.
            let schema = schema_of(app, admin).await;
            app.sql(&format!(
                "update {schema}.break_glass set user_id = gen_random_uuid() where id = '{id}'"
            ))
            .await;
            id
        }
        Kind::Merge => {
            let survivor = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let duplicate = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let body = json!({ "duplicate_id": duplicate, "reason": "The same person" });
            let made = admin.post(&format!("/api/v1/patients/{survivor}/merge"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Staff => {
            let body = json!({
                "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": SECRET_NAME,
                "department": "Cardiology", "roles": ["NURSE"],
            });
            let made = admin.post("/api/v1/users", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            if operation.path.ends_with("/reset-mfa") {
                app.sql(&format!(
                    "insert into public.mfa_secrets (user_id, sealed, key_id, created_at, confirmed_at)
                     values ('{id}', 'x', 'x', now(), now())"
                ))
                .await;
            }
            id
        }
        Kind::Doctor => {
            let body = json!({
                "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": SECRET_NAME,
                "department": "Cardiology", "roles": ["DOCTOR"],
            });
            let made = admin.post("/api/v1/users", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            if operation.path.contains("photo") {
                let path = format!("/api/v1/doctors/{id}/photo");
                let given = admin.request(Method::POST, &path).file(&png()).send().await;
                assert_eq!(given.status, 200, "{}", given.text);
            }
            id
        }
        Kind::DoctorDay | Kind::DoctorLeave => {
            let doctor = within.expect("it is a doctor's");
            let (path, body) = match kind {
                Kind::DoctorDay => ("days", good_body("availability.add_day")),
                _ => ("leaves", good_body("leave.take")),
            };
            let made = admin.post(&format!("/api/v1/doctors/{doctor}/{path}"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = if kind == Kind::DoctorDay { &made.json["id"] } else { &made.json["leave"]["id"] };
            id.as_str().unwrap().to_owned()
        }
        Kind::Room => {
            let body = json!({ "name": format!("Room {}", uuid::Uuid::new_v4()) });
            let made = admin.post("/api/v1/rooms", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Tenant => {
            if operation.path.ends_with("/reject") {
                return app.pending_hospital(SECRET_NAME).await.id;
            }
            let hospital = app.hospital(SECRET_NAME).await;
            let first = match operation.path.rsplit('/').next() {
                Some("activate") => Some("suspend"),
                Some("lift") => Some("restrict"),
                _ => None,
            };
            if let Some(verb) = first {
                let path = format!("/api/v1/platform/tenants/{}/{verb}", hospital.id);
                let reply = boss.patch(&path, &json!({})).await;
                assert_eq!(reply.status, 200, "{}", reply.text);
            }
            if operation.path.ends_with("/reset-admin-mfa") {
                app.sql(&format!(
                    "insert into public.mfa_secrets (user_id, sealed, key_id, created_at, confirmed_at)
                     select id, 'x', 'x', now(), now() from public.users where tenant_id = '{}'",
                    hospital.id
                ))
                .await;
            }
            // Only what is limited can be raised.
            if operation.id == "pages.hospitals.raise" {
                hospital.set_limit(10).await;
            }
            hospital.id
        }
        Kind::Role | Kind::Department => {
            let path = if kind == Kind::Role { "/api/v1/roles" } else { "/api/v1/departments" };
            let short = uuid::Uuid::new_v4().simple().to_string();
            let made = admin.post(path, &json!({ "name": format!("{SECRET_NAME} {short}") })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Operator => {
            let email = format!("{}@platform.example", hms::kernel::ids::new_uuid());
            let made = boss.post("/api/v1/platform/operators", &json!({ "email": email })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            if operation.path.ends_with("/activate") {
                let path = format!("/api/v1/platform/operators/{id}/deactivate");
                assert_eq!(boss.patch(&path, &json!({})).await.status, 200);
            }
            if operation.path.ends_with("/unlock") {
                app.sql(&format!(
                    "update public.users set locked_until = now() + interval '1 hour' where id = '{id}'"
                ))
                .await;
            }
            id
        }
        Kind::Appointment => booked(app, admin, operation).await,
        Kind::Waiting => {
            let id = walked_in(app, admin).await;
            if operation.id.ends_with("queue.back") {
                let called = admin.post(&format!("/api/v1/queue/{id}/call"), &json!({})).await;
                assert_eq!(called.status, 200, "{}", called.text);
            }
            id
        }
        Kind::Vitals | Kind::Alarm => {
            let patient = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let grown = admin
                .patch(
                    &format!("/api/v1/patients/{patient}"),
                    &json!({ "dob": "1980-03-14", "dob_unknown": false }),
                )
                .await;
            assert_eq!(grown.status, 200, "{}", grown.text);
            let set = json!({ "patient_id": patient, "consciousness": "VOICE", "notes": SECRET_NAME });
            let made = admin.post("/api/v1/vitals", &set).await;
            assert_eq!(made.status, 201, "{}", made.text);
            if kind == Kind::Vitals {
                return made.json["id"].as_str().unwrap().to_owned();
            }
            let alarms = admin.get("/api/v1/escalations?page_size=500").await;
            let items = alarms.json["items"].as_array().unwrap();
            let alarm = items.iter().find(|alarm| alarm["vitals_id"] == made.json["id"]);
            alarm.unwrap_or_else(|| panic!("no alarm: {}", alarms.text))["id"].as_str().unwrap().to_owned()
        }
        Kind::OxygenOrder => {
            let path = format!("/api/v1/patients/{}/oxygen-orders", within.expect("an order is a patient's"));
            let made = admin.post(&path, &json!({ "reason": SECRET_NAME })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::PrintJob => {
            let patient = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let made = admin.post("/api/v1/print-jobs", &json!({ "kind": "LABEL", "ids": [patient] })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json[0]["id"].as_str().unwrap().to_owned()
        }
        Kind::Encounter => encounter(app, admin, operation).await,
        Kind::Note => {
            let of = encounter(app, admin, operation).await;
            let path = format!("/api/v1/encounters/{of}/note");
            let kept = json!({ "texts": { "subjective": SECRET_NAME } });
            let kept = admin.request(Method::PUT, &path).json(&kept).send().await;
            assert_eq!(kept.status, 200, "{}", kept.text);
            let signed = admin.post(&format!("{path}/sign"), &json!({})).await;
            assert_eq!(signed.status, 200, "{}", signed.text);
            signed.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Diagnosis => {
            let of = encounter(app, admin, operation).await;
            let path = format!("/api/v1/encounters/{of}/diagnoses");
            let made = admin.post(&path, &json!({ "text": SECRET_NAME })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::NoteTemplate => {
            let name = format!("Knee {}", uuid::Uuid::new_v4());
            let body = json!({ "name": name, "texts": { "plan": SECRET_NAME } });
            let made = admin.post("/api/v1/note-templates", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Session => {
            admin.again().await;
            let sessions = admin.get("/api/v1/auth/sessions").await;
            sessions.json[0]["id"].as_str().unwrap().to_owned()
        }
        Kind::Mail => {
            app.pending_hospital("With mail").await;
            let rows = app.sql("select id from public.mails order by id desc limit 1").await;
            let id = rows[0]["id"].as_str().unwrap().to_owned();
            hms::platform::messages::send(&app.app, id.parse().unwrap()).await.unwrap();
            id
        }
    }
}
