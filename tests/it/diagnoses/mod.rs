//! Diagnoses: in words or by a code, revised, entered in error; and the codes that are offered.

mod chart;
mod codes;

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::encounters::{ENCOUNTERS, Stage, code, id, ok};
use crate::harness::TestApp;
use crate::patients::faults;

fn of(encounter: &str) -> String {
    format!("{ENCOUNTERS}/{encounter}/diagnoses")
}

#[tokio::test]
async fn a_diagnosis_is_words_or_a_code_and_said_once() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = of(&encounter);
    let words = ok(stage.doctor.post(&path, &json!({ "text": " Tennis  elbow " })).await, 201);
    for (field, value) in [
        ("text", json!("Tennis elbow")),
        ("icd10_code", Value::Null),
        ("certainty", json!("PROVISIONAL")),
        ("rank", json!(1)),
        ("status", json!("ACTIVE")),
        ("patient_id", stage.patient["id"].clone()),
        ("recorded_by_id", json!(stage.doctor_id)),
    ] {
        assert_eq!(words[field], value, "{field}");
    }
    let coded =
        ok(stage.doctor.post(&path, &json!({ "icd10_code": "i10", "certainty": "CONFIRMED" })).await, 201);
    assert_eq!(coded["text"], "Essential (primary) hypertension");
    assert_eq!(
        (&coded["icd10_code"], &coded["icd10_edition"], &coded["rank"]),
        (&json!("I10"), &json!("ICD-10-CM"), &json!(2))
    );
    let own = ok(stage.doctor.post(&path, &json!({ "text": "Sugar", "icd10_code": "E119" })).await, 201);
    assert_eq!(
        (&own["text"], &own["icd10_code"]),
        (&json!("Sugar"), &json!("E11.9")),
        "one's own words beside a code"
    );
    let list = ok(stage.doctor.get(&path).await, 200);
    let texts: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["text"]).collect();
    assert_eq!(texts, [&json!("Tennis elbow"), &json!("Essential (primary) hypertension"), &json!("Sugar")]);

    assert_eq!(
        code(&stage.doctor.post(&path, &json!({ "text": "TENNIS elbow" })).await),
        (409, "diagnoses.already_listed")
    );
    assert_eq!(
        code(&stage.doctor.post(&path, &json!({ "icd10_code": "Q99.9" })).await),
        (409, "diagnoses.unknown_code")
    );
    for (body, field) in [
        (json!({}), "text"),
        (json!({ "text": "x".repeat(301) }), "text"),
        (json!({ "text": "x", "icd10_code": "not a code" }), "icd10_code"),
        (json!({ "text": "x", "certainty": "SURE" }), "certainty"),
        (json!({ "text": "x", "rank": 0 }), "rank"),
        (json!({ "text": "x", "rank": 9_999_999 }), "rank"),
    ] {
        assert!(faults(&stage.doctor.post(&path, &body).await).contains(field), "{body}");
    }
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.post(&path, &json!({ "text": "x" })).await.status, 403);
    assert_eq!(nurse.get(&path).await.status, 200);
    let of_patient = format!("/api/v1/patients/{}/diagnoses", id(&stage.patient));
    assert_eq!(ok(nurse.get(&of_patient).await, 200)["total"], 3);
    let audit = stage.clinic.audit().await;
    assert!(!json!(audit).to_string().contains("Tennis"), "no word of it is in the audit");
}

#[tokio::test]
async fn what_turned_out_otherwise_is_revised_and_what_was_wrong_is_marked() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = of(&encounter);
    let first = ok(stage.doctor.post(&path, &json!({ "icd10_code": "J18.9" })).await, 201);
    let one = |value: &Value| format!("/api/v1/diagnoses/{}", id(value));
    let revise = format!("{}/revise", one(&first));
    for bad in [json!({}), json!({ "certainty": "x" }), json!({ "rank": 101 })] {
        assert_eq!(stage.doctor.post(&revise, &bad).await.status, 422, "{bad}");
    }
    assert_eq!(
        code(&stage.doctor.post(&revise, &json!({ "certainty": "PROVISIONAL" })).await),
        (409, "diagnoses.unchanged")
    );
    let now = ok(stage.doctor.post(&revise, &json!({ "certainty": "CONFIRMED" })).await, 200);
    assert_ne!(now["id"], first["id"]);
    assert_eq!(
        (&now["certainty"], &now["icd10_code"], &now["rank"]),
        (&json!("CONFIRMED"), &json!("J18.9"), &first["rank"])
    );
    let old = ok(stage.doctor.get(&one(&first)).await, 200);
    assert_eq!(
        (&old["status"], &old["certainty"], &old["replaced_by_id"]),
        (&json!("REVISED"), &json!("PROVISIONAL"), &now["id"])
    );
    assert_eq!(
        code(&stage.doctor.post(&revise, &json!({ "certainty": "REFUTED" })).await),
        (409, "diagnoses.ended")
    );

    let end = format!("{}/entered-in-error", one(&now));
    assert_eq!(stage.doctor.post(&end, &json!({ "reason": "" })).await.status, 422);
    let bad = json!({ "reason": "Typed wrong", "replacement": { "icd10_code": "Q99.9" } });
    assert_eq!(code(&stage.doctor.post(&end, &bad).await), (409, "diagnoses.unknown_code"));
    assert_eq!(ok(stage.doctor.get(&one(&now)).await, 200)["status"], "ACTIVE", "nothing was done by half");
    let good = json!({ "reason": "Typed wrong", "replacement": { "icd10_code": "J20.9" } });
    let ended = ok(stage.doctor.post(&end, &good).await, 200);
    assert_eq!(
        (&ended["status"], &ended["ended_reason"]),
        (&json!("ENTERED_IN_ERROR"), &json!("Typed wrong"))
    );
    let list = ok(stage.doctor.get(&path).await, 200);
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["items"][0]["id"]),
        (1, &ended["replaced_by_id"])
    );
    let all = ok(stage.doctor.get(&format!("{path}?include=ended")).await, 200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3, "nothing is forgotten");
    for statement in ["delete from diagnoses", "delete from encounters"] {
        let client = app.target().connect(&app.target().app).await.unwrap();
        let context = format!("begin; set local role {0}; set local search_path to {0}", stage.clinic.schema);
        client.batch_execute(&context).await.unwrap();
        assert_eq!(
            client.batch_execute(statement).await.unwrap_err().code().unwrap().code(),
            "42501",
            "{statement}"
        );
    }
}
