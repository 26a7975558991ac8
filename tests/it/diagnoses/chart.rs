//! What is found becomes a condition of the chart: by one act, once, and only for who may change the chart.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::of;
use crate::encounters::{Stage, code, id, ok};
use crate::harness::TestApp;
use crate::patients::faults;

fn one(diagnosis: &Value) -> String {
    format!("/api/v1/diagnoses/{}", id(diagnosis))
}

fn to_chart(diagnosis: &Value) -> String {
    format!("{}/chart-condition", one(diagnosis))
}

/// The conditions of the stage's patient.
async fn listed(stage: &Stage<'_>) -> Vec<Value> {
    let path = format!("/api/v1/patients/{}/conditions", id(&stage.patient));
    let list = ok(stage.doctor.get(&path).await, 200);
    assert_eq!(list["total"], json!(list["items"].as_array().unwrap().len()));
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_diagnosis_becomes_a_condition_of_the_chart_once() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let path = of(&stage.begun().await);
    let none = format!("/api/v1/patients/{}/conditions/none-known", id(&stage.patient));
    ok(stage.doctor.post(&none, &json!({})).await, 200);
    let found = json!({ "icd10_code": "I10", "certainty": "CONFIRMED" });
    let found = ok(stage.doctor.post(&path, &found).await, 201);
    let reply = stage.doctor.post(&to_chart(&found), &json!({ "onset": "2019-06" })).await;
    let location = reply.header("location").to_owned();
    let charted = ok(reply, 200);
    assert_eq!((&charted["was_listed"], &charted["diagnosis_id"]), (&json!(false), &found["id"]));
    let condition = &charted["condition"];
    for (field, value) in [
        ("patient_id", stage.patient["id"].clone()),
        ("text", found["text"].clone()),
        ("icd10_code", json!("I10")),
        ("clinical_status", json!("ACTIVE")),
        ("onset", json!("2019-06")),
        ("source", json!("CLINICIAN")),
        ("told_at", found["event_at"].clone()),
        ("recorded_by_id", json!(stage.doctor_id)),
    ] {
        assert_eq!(condition[field], value, "{field}");
    }
    assert!(condition["note"].as_str().unwrap().starts_with("Confirmed diagnosis of "), "{condition}");
    assert_eq!(ok(stage.doctor.get(&location).await, 200)["id"], condition["id"]);
    let patient = ok(stage.doctor.get(&format!("/api/v1/patients/{}", id(&stage.patient))).await, 200);
    assert_eq!(
        patient["chronic_conditions"], found["text"],
        "the patient's text says it, and no more “none”"
    );

    // Again, also without a body: said, and not doubled.
    for body in [json!({}), json!({ "onset": "2020" })] {
        let again = ok(stage.doctor.post(&to_chart(&found), &body).await, 200);
        assert_eq!((&again["was_listed"], &again["condition"]), (&json!(true), condition));
    }
    // The same code in other words, and the same words without a code.
    let sugar = json!({ "text": "Sugar", "icd10_code": "E11.9" });
    let conditions = format!("/api/v1/patients/{}/conditions", id(&stage.patient));
    ok(stage.doctor.post(&conditions, &sugar).await, 201);
    ok(stage.doctor.post(&conditions, &json!({ "text": "Gout" })).await, 201);
    for body in [json!({ "icd10_code": "E11.9" }), json!({ "text": " GOUT" })] {
        let found = ok(stage.doctor.post(&path, &body).await, 201);
        assert_eq!(
            ok(stage.doctor.post(&to_chart(&found), &json!({})).await, 200)["was_listed"],
            true,
            "{body}"
        );
    }
    assert_eq!(listed(&stage).await.len(), 3);

    let audit = stage.clinic.audit().await;
    let added: Vec<&Value> = audit
        .iter()
        .filter(|row| row["entity"] == "condition" && row["entity_id"] == condition["id"])
        .collect();
    assert_eq!(added[0]["kind"], "created", "{added:?}");
    assert_eq!(
        (&added[0]["detail"]["patient_id"], &added[0]["detail"]["diagnosis_id"]),
        (&stage.patient["id"], &found["id"])
    );
    assert!(added.iter().skip(1).all(|row| row["kind"] == "viewed"), "{added:?}");
    assert!(!json!(audit).to_string().contains("hypertension"), "no word of it is in the audit");
}

#[tokio::test]
async fn what_does_not_hold_is_not_added_and_what_stands_is_said() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let path = of(&stage.begun().await);
    let gout = ok(stage.doctor.post(&path, &json!({ "text": "Gout" })).await, 201);
    for onset in ["soon", "2019-13", "2999", "1700"] {
        let refused = stage.doctor.post(&to_chart(&gout), &json!({ "onset": onset })).await;
        assert!(faults(&refused).contains("onset"), "{onset}: {}", refused.text);
    }
    for words in ["None known".to_owned(), "x".repeat(201)] {
        let found = ok(stage.doctor.post(&path, &json!({ "text": words })).await, 201);
        let refused = stage.doctor.post(&to_chart(&found), &json!({})).await;
        assert_eq!(code(&refused), (409, "diagnoses.not_for_chart"));
    }
    assert!(listed(&stage).await.is_empty(), "nothing was done by half");
    let condition = ok(stage.doctor.post(&to_chart(&gout), &json!({})).await, 200)["condition"].clone();

    // Refuted, then entered in error: the condition stands, and both say so.
    let revise = format!("{}/revise", one(&gout));
    let refuted = ok(stage.doctor.post(&revise, &json!({ "certainty": "REFUTED" })).await, 200);
    assert_eq!(
        (&refuted["certainty"], &refuted["chart_condition_id"]),
        (&json!("REFUTED"), &condition["id"])
    );
    assert_eq!(code(&stage.doctor.post(&to_chart(&gout), &json!({})).await), (409, "diagnoses.ended"));
    assert_eq!(code(&stage.doctor.post(&to_chart(&refuted), &json!({})).await), (409, "diagnoses.refuted"));
    let end = format!("{}/entered-in-error", one(&refuted));
    let ended = ok(stage.doctor.post(&end, &json!({ "reason": "Wrong patient" })).await, 200);
    assert_eq!(
        (&ended["status"], &ended["chart_condition_id"]),
        (&json!("ENTERED_IN_ERROR"), &condition["id"])
    );
    let now = listed(&stage).await;
    assert_eq!((now.len(), &now[0]), (1, &condition), "the chart says what it said");

    // What is ended there is not named any more.
    let chart =
        format!("/api/v1/patients/{}/conditions/{}/entered-in-error", id(&stage.patient), id(&condition));
    ok(stage.doctor.post(&chart, &json!({ "reason": "Wrong patient" })).await, 200);
    let again = ok(stage.doctor.post(&path, &json!({ "text": "Gout" })).await, 201);
    let end = format!("{}/entered-in-error", one(&again));
    let ended = ok(stage.doctor.post(&end, &json!({ "reason": "Typed twice" })).await, 200);
    assert_eq!(ended["chart_condition_id"], Value::Null);
}

#[tokio::test]
async fn who_may_not_change_the_chart_or_not_see_consultations_adds_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let found = ok(stage.doctor.post(&of(&stage.begun().await), &json!({ "text": "Gout" })).await, 201);
    // The desk changes patients and sees no consultation.
    assert_eq!(stage.desk.post(&to_chart(&found), &json!({})).await.status, 403);
    let technician = stage.clinic.staff(SystemRole::LabTechnician).await;
    assert_eq!(technician.post(&to_chart(&found), &json!({})).await.status, 403);
    let other = app.hospital("Zen Hospital").await;
    assert_eq!(other.admin().await.post(&to_chart(&found), &json!({})).await.status, 404);
    assert!(listed(&stage).await.is_empty());
    // A nurse keeps charts, and sees what was found; not of a record that is kept from her.
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(ok(nurse.post(&to_chart(&found), &json!({})).await, 200)["was_listed"], false);
    let secret = stage.another_patient("Meera").await;
    let secret_found = of(&stage.begun_with(&secret).await);
    let secret_found = ok(stage.doctor.post(&secret_found, &json!({ "text": "Gout" })).await, 201);
    stage.mark(&secret, "R").await;
    let refused = nurse.post(&to_chart(&secret_found), &json!({})).await;
    assert_eq!(code(&refused), (403, "patients.confidential"));
    let entries = stage.clinic.sql("select patient_id from chart_entries").await;
    assert_eq!((entries.len(), &entries[0]["patient_id"]), (1, &stage.patient["id"]));
}

#[tokio::test]
async fn of_two_who_add_the_same_one_finds_it_there() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    let path = of(&stage.begun().await);
    for round in 0..20 {
        let found = json!({ "text": format!("Finding {round}") });
        let found = ok(stage.doctor.post(&path, &found).await, 201);
        let (to, body) = (to_chart(&found), json!({}));
        let (one, two) = tokio::join!(stage.doctor.post(&to, &body), nurse.post(&to, &body));
        let (one, two) = (ok(one, 200), ok(two, 200));
        assert_eq!(one["condition"]["id"], two["condition"]["id"]);
        assert_ne!(one["was_listed"], two["was_listed"], "round {round}");
    }
    assert_eq!(listed(&stage).await.len(), 20);
}
