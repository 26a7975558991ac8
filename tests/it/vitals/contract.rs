//! The contract: fields, numbers, links, lists.

use super::*;

/// The fields of the contract, in its words.
const FIELDS: &str = "id patient_id appointment_id admission_id recorded_by_id systolic_bp diastolic_bp heart_rate \
    temperature_c respiratory_rate spo2 weight_kg height_cm notes recorded_at";

#[tokio::test]
async fn a_set_of_an_older_client_is_taken_as_the_contract_says() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let body = json!({
        "patient_id": stage.asha["id"], "appointment_id": visit["id"], "systolic_bp": 152.0, "diastolic_bp": 92,
        "heart_rate": 96.4, "temperature_c": 36.65, "respiratory_rate": 18, "spo2": 98, "weight_kg": 64.25,
        "height_cm": 161.5, "notes": "After stairs",
    });
    let made = recorded(&nurse, &body).await;
    for field in FIELDS.split_whitespace() {
        assert!(made.get(field).is_some(), "{field} in {made}");
    }
    assert_eq!(
        (
            &made["systolic_bp"],
            &made["heart_rate"],
            &made["temperature_c"],
            &made["weight_kg"],
            &made["height_cm"]
        ),
        (&json!(152), &json!(96), &json!(36.7), &json!(64.25), &json!(161.5)),
        "rounded as it is shown"
    );
    assert_eq!((&made["appointment_id"], &made["admission_id"]), (&visit["id"], &Value::Null));
    assert_eq!(made["recorded_by_id"], json!(crate::appointments::id_of(&nurse).await));
    assert_eq!((&made["bmi"], &made["is_late_entry"]), (&json!(24.6), &json!(false)));
    // Oxygen and consciousness were not asked, so nothing is totalled.
    assert_eq!((&made["news2"]["state"], &made["news2"]["total"]), (&json!("INCOMPLETE"), &Value::Null));
    assert_eq!(nurse.get(&format!("{VITALS}/{}", made["id"].as_str().unwrap())).await.json, made);

    stage.pass(1);
    let second = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    let all = listed(&nurse, &stage.asha, "").await;
    assert_eq!(
        all.iter().map(|set| &set["id"]).collect::<Vec<_>>(),
        [&second["id"], &made["id"]],
        "newest first"
    );
    let of_visit =
        listed(&nurse, &stage.asha, &format!("&appointment_id={}", visit["id"].as_str().unwrap())).await;
    assert_eq!(
        (of_visit.len(), &of_visit[1]["id"]),
        (2, &made["id"]),
        "the second by itself: it is their one visit"
    );
    let nobody = uuid::Uuid::new_v4();
    assert!(listed(&nurse, &stage.asha, &format!("&admission_id={nobody}")).await.is_empty());
    let part =
        nurse.get(&format!("{VITALS}?patient_id={}&page_size=1", stage.asha["id"].as_str().unwrap())).await;
    assert_eq!((part.header("x-total-count"), part.json.as_array().unwrap().len()), ("2", 1));
    assert!(
        part.header("link").contains("page=2") && part.header("link").contains("rel=\"next\""),
        "{:?}",
        part.headers
    );

    // The snapshot and the page of the patient follow.
    let snapshot = stage.doctor.get(&format!("{}/clinical-snapshot", path_of(&stage.asha))).await.json;
    assert_eq!(
        (&snapshot["latest_vital"]["systolic_bp"], &snapshot["latest_vital"]["recorded_at"]),
        (&json!(125), &second["recorded_at"])
    );
    let snapshot = stage.doctor.get(&format!("{}/clinical-snapshot", path_of(&stage.ravi))).await.json;
    assert_eq!(snapshot["latest_vital"], Value::Null);
    let rows = stage.clinic.audit().await;
    let created = rows.iter().filter(|row| row["entity"] == "vitals" && row["kind"] == "created").count();
    assert_eq!(created, 2);
    assert!(!serde_json::to_string(&rows).unwrap().contains("After stairs"), "no value is in the audit");
}

#[tokio::test]
async fn measures_are_told_with_code_unit_and_limits() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let measures = nurse_of(&stage).await.get(&format!("{VITALS}/measures")).await;
    assert_eq!(measures.status, 200, "{}", measures.text);
    let of = |code: &str| {
        measures.json.as_array().unwrap().iter().find(|measure| measure["measure"] == code).unwrap().clone()
    };
    let temperature = of("temperature_c");
    assert_eq!((&temperature["loinc"], &temperature["unit"]), (&json!(["8310-5"]), &json!("Cel")));
    assert_eq!(temperature["possible"], json!({ "from": 20.0, "to": 45.0 }));
    assert_eq!(temperature["likely_adult"], json!({ "from": 34.0, "to": 41.0 }));
    assert_eq!(of("spo2")["loinc"], json!(["59408-5", "2708-6"]));
    assert_eq!(of("systolic_bp")["unit"], json!("mm[Hg]"));
    assert_eq!(of("weight_kg")["unit"], json!("kg"));
}

#[tokio::test]
async fn what_a_set_belongs_to_is_checked() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let nobody = json!(uuid::Uuid::new_v4());
    for (fields, expected) in [
        (json!({ "appointment_id": visit["id"], "admission_id": nobody }), refused(400, "vitals.two_links")),
        (json!({ "appointment_id": nobody }), refused(404, "not_found")),
        (json!({ "admission_id": nobody }), refused(404, "not_found")),
        (json!({ "patient_id": nobody }), refused(404, "not_found")),
        (
            json!({ "patient_id": stage.ravi["id"], "appointment_id": visit["id"] }),
            refused(400, "vitals.other_patient"),
        ),
        (json!({ "patient_id": null }), refused(422, "validation_failed")),
    ] {
        let reply = nurse.post(VITALS, &set(&stage.asha, fields.clone())).await;
        assert_eq!(code(&reply), expected, "{fields}: {}", reply.text);
    }
    let empty = nurse.post(VITALS, &json!({ "patient_id": stage.asha["id"] })).await;
    assert_eq!(code(&empty), refused(422, "validation_failed"), "nothing was measured");
    let died = json!({ "died_at": "2026-03-14T04:05", "certified_by": "Dr. Rao" });
    let reply = stage.doctor.post(&format!("{}/deceased", path_of(&stage.ravi)), &died).await;
    assert!(reply.status < 300, "{}", reply.text);
    let reply = nurse.post(VITALS, &set(&stage.ravi, json!({}))).await;
    assert_eq!(code(&reply), refused(400, "vitals.patient_deceased"), "{}", reply.text);
    assert!(stage.clinic.sql("select id from vitals").await.is_empty(), "nothing was written");
}

#[tokio::test]
async fn who_may_see_and_who_may_record_differ() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let list = format!("{VITALS}?patient_id={}", stage.asha["id"].as_str().unwrap());
    assert_eq!(stage.desk.get(&list).await.status, 403);
    assert_eq!(stage.desk.post(VITALS, &set(&stage.asha, json!({}))).await.status, 403);
    stage.clinic.take("vitals:record", SystemRole::Nurse).await;
    let nurse = nurse_of(&stage).await;
    assert_eq!(nurse.get(&list).await.status, 200);
    assert_eq!(nurse.post(VITALS, &set(&stage.asha, json!({}))).await.status, 403);
    recorded(&stage.doctor, &set(&stage.asha, json!({}))).await;
    let snapshot = stage.desk.get(&format!("{}/clinical-snapshot", path_of(&stage.asha))).await.json;
    assert_eq!(snapshot["latest_vital"], Value::Null, "not for the desk");
}
