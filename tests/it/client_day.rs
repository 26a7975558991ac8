//! The day as an existing client of the contract goes through it: its calls, in its order, with the fields it relies on.

use hms::clinic::roles::SystemRole;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const API: &str = "/api/v1";

/// The next quarter of an hour.
fn next_quarter(now: Timestamp) -> Timestamp {
    let quarter = 900;
    Timestamp::from_second((now.as_second() / quarter + 1) * quarter).unwrap()
}

async fn got(client: &Client, path: &str) -> Value {
    let reply = client.get(&format!("{API}{path}")).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    reply.json
}

async fn moved(client: &Client, id: &str, act: &str, body: &Value) -> Value {
    let reply = client.patch(&format!("{API}/appointments/{id}/{act}"), body).await;
    assert_eq!(reply.status, 200, "{act}: {}", reply.text);
    reply.json
}

/// Every field of the contract's shape is there.
fn has_all(what: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        assert!(what.get(field).is_some(), "{field} is missing in {what}");
    }
}

#[tokio::test]
async fn a_client_of_the_contract_gets_through_an_outpatient_day() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let desk = clinic.staff(SystemRole::Receptionist).await;

    // The menu, and what a form for booking offers.
    let me = got(&desk, "/auth/me").await;
    has_all(
        &me,
        "id tenant_id email first_name last_name roles department tenant_name must_change_password is_active",
    );
    let departments = got(&desk, "/departments?for_patients=true").await;
    let department = departments
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == "General Medicine"))
        .map(|one| one["id"].clone())
        .unwrap();
    let users = got(&desk, "/users").await;
    let is_doctor =
        |user: &&Value| user["roles"].as_array().unwrap().iter().any(|role| role["name"] == "DOCTOR");
    let with = users.as_array().unwrap().iter().find(is_doctor).unwrap()["id"].clone();

    // Register and book.
    let typed = json!({ "first_name": "Leela", "last_name": "Nair", "phone_primary": "+919822034567",
                        "gender": "FEMALE", "city": "Pune", "dob": "1980-05-17" });
    let registered = desk.post(&format!("{API}/patients/quick-register"), &typed).await;
    assert_eq!(registered.status, 201, "{}", registered.text);
    let patient = registered.json["id"].as_str().unwrap().to_owned();
    let at = next_quarter(app.app.clock.now());
    let wish = json!({ "patient_id": patient, "scheduled_at": at.to_string(), "department_id": department,
                       "doctor_user_id": with, "notes": "Brings old papers" });
    let booked = desk.post(&format!("{API}/appointments"), &wish).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    has_all(
        &booked.json,
        "id patient_id department_id doctor_user_id scheduled_at status notes created_at checked_in_at \
         consultation_started_at completed_at no_show_at cancelled_reason cancelled_note linked_ipd_admission_id \
         patient_name patient_code doctor_name department has_prescription prescription_count prescription_status",
    );
    assert_eq!(booked.json["status"], "SCHEDULED");
    assert_eq!(booked.json["patient_name"], "Leela Nair");
    assert_eq!(booked.json["department"], "General Medicine");
    let id = booked.json["id"].as_str().unwrap().to_owned();

    // The list that the client shows, and the patient's own.
    let day = at.to_string();
    let day = day.get(..10).unwrap();
    let list = got(
        &desk,
        "/appointments?page=1&page_size=10&visit_type=OPD&status=SCHEDULED,CHECKED_IN&search=Leela",
    )
    .await;
    has_all(&list, "items total page page_size");
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(id)));
    let own = got(&desk, &format!("/appointments?patient_id={patient}&date_from={day}")).await;
    assert_eq!(own["items"][0]["id"], json!(id));
    let snapshot = got(&doctor, &format!("/patients/{patient}/clinical-snapshot")).await;
    assert_eq!(snapshot["next_appointment"]["id"], json!(id));
    assert_eq!(snapshot["latest_vital"], Value::Null);

    // Check in, measure, consult, finish.
    assert_eq!(moved(&desk, &id, "check-in", &json!({})).await["status"], "CHECKED_IN");
    let set = json!({ "patient_id": patient, "appointment_id": id, "systolic_bp": 128, "diastolic_bp": 82,
                      "heart_rate": 76, "temperature_c": 36.8, "respiratory_rate": 16, "spo2": 98,
                      "weight_kg": 61.5, "height_cm": 162, "notes": "Sitting" });
    let measured = nurse.post(&format!("{API}/vitals"), &set).await;
    assert_eq!(measured.status, 201, "{}", measured.text);
    has_all(
        &measured.json,
        "id patient_id appointment_id admission_id recorded_by_id systolic_bp diastolic_bp heart_rate temperature_c \
         respiratory_rate spo2 weight_kg height_cm notes recorded_at",
    );
    let sets = got(&doctor, &format!("/vitals?patient_id={patient}")).await;
    assert_eq!((&sets[0]["temperature_c"], &sets[0]["weight_kg"]), (&json!(36.8), &json!(61.5)));
    let started = moved(&doctor, &id, "start-consultation", &json!({})).await;
    assert_eq!(started["status"], "IN_CONSULTATION");
    let done = moved(&doctor, &id, "complete", &json!({ "with_rx": false, "closure_note": "Rest" })).await;
    assert_eq!(done["status"], "COMPLETED");
    assert!(done["notes"].as_str().unwrap().contains("Rest"), "{done}");
    has_all(&done, "completed_at");

    // What is over is over, in the contract's words and codes.
    let again = desk.patch(&format!("{API}/appointments/{id}/cancel"), &json!({ "reason": "OTHER" })).await;
    assert_eq!(again.status, 400, "{}", again.text);
    assert!(again.json["detail"].is_string());
    let seen = got(&desk, &format!("/patients/{patient}")).await;
    assert!(seen["last_visited_at"].is_string(), "{seen}");
    let snapshot = got(&doctor, &format!("/patients/{patient}/clinical-snapshot")).await;
    assert_eq!(snapshot["latest_vital"]["systolic_bp"], 128);
    assert_eq!(snapshot["next_appointment"], Value::Null);

    // The page that the client opens first.
    let figures = got(&desk, "/dashboard/metrics?trends_date_range=last_7_days").await;
    assert_eq!(figures["appointments_today"], 1, "{figures}");
    assert_eq!(figures["opd_completed_today"], 1, "{figures}");
    let tomorrow = (at + 24.hours()).to_string();
    let next = json!({ "patient_id": patient, "scheduled_at": tomorrow, "department_id": department, "doctor_user_id": with });
    assert_eq!(desk.post(&format!("{API}/appointments"), &next).await.status, 201);
    let figures = got(&desk, "/dashboard/metrics").await;
    assert_eq!(figures["upcoming_appointments"], 1, "{figures}");
}
