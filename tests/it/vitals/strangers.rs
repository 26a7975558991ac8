//! Other hospitals, and records that do not lie open to everybody.

use super::*;

#[tokio::test]
async fn another_hospital_finds_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let made = recorded(&nurse, &set(&stage.asha, json!({ "respiratory_rate": 25 }))).await;
    let alarm = nurse.get("/api/v1/escalations").await.json["items"][0].clone();
    let other = app.hospital("Other Clinic").await;
    let (theirs, prescriber) = (other.staff(SystemRole::Nurse).await, other.staff(SystemRole::Doctor).await);
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    for path in [
        format!("{VITALS}?patient_id={}", id(&stage.asha)),
        format!("{VITALS}/{}", id(&made)),
        format!("{}/oxygen-orders", path_of(&stage.asha)),
        format!("{}/observation-plan", path_of(&stage.asha)),
    ] {
        assert_eq!(theirs.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(theirs.post(VITALS, &set(&stage.asha, json!({}))).await.status, 404);
    let reason = json!({ "reason": "x" });
    assert_eq!(theirs.post(&format!("{VITALS}/{}/entered-in-error", id(&made)), &reason).await.status, 404);
    assert_eq!(
        theirs.post(&format!("/api/v1/escalations/{}/acknowledge", id(&alarm)), &json!({})).await.status,
        404
    );
    assert_eq!(
        prescriber.post(&format!("{}/oxygen-orders", path_of(&stage.asha)), &reason).await.status,
        404
    );
    for path in [format!("{VITALS}/queue"), format!("{VITALS}/due")] {
        assert_eq!(theirs.get(&path).await.json, json!([]), "{path}");
    }
    assert_eq!(theirs.get("/api/v1/escalations?state=all").await.json["total"], 0);
    drop(visit);
}

#[tokio::test]
async fn a_restricted_record_is_masked_in_lists_and_opens_with_a_reason() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(stage.doctor.patch(&path_of(&stage.asha), &mark).await.status, 200);
    let made = recorded(
        &stage.doctor,
        &set(&stage.asha, json!({ "appointment_id": visit["id"], "respiratory_rate": 25, "spo2": 91 })),
    )
    .await;
    let list = format!("{VITALS}?patient_id={}", stage.asha["id"].as_str().unwrap());
    for reply in [
        nurse.get(&list).await,
        nurse.get(&format!("{VITALS}/{}", made["id"].as_str().unwrap())).await,
        nurse.post(VITALS, &set(&stage.asha, json!({}))).await,
        nurse
            .post(
                &format!("{VITALS}/{}/entered-in-error", made["id"].as_str().unwrap()),
                &json!({ "reason": "x" }),
            )
            .await,
    ] {
        assert_eq!(code(&reply), refused(403, "patients.confidential"), "{}", reply.text);
    }
    for path in [format!("{VITALS}/due"), "/api/v1/escalations".to_owned()] {
        let shown = nurse.get(&path).await;
        assert!(
            !shown.text.contains("Asha Rao") && shown.text.contains("Restricted"),
            "{path}: {}",
            shown.text
        );
        assert!(!shown.text.contains("\"news2_total\":6"), "{path}: {}", shown.text);
        assert!(stage.doctor.get(&path).await.text.contains("Asha Rao"), "{path}");
    }
    let page = nurse.browser().await;
    for path in ["/vitals/due", "/escalations"] {
        let shown = page.get(path).await.text;
        assert!(!shown.contains("Asha Rao") && !shown.contains("NEWS2 6"), "{path}: {shown}");
    }
    let opened = json!({ "reason": "Emergency: unconscious" });
    assert_eq!(nurse.post(&format!("{}/break-glass", path_of(&stage.asha)), &opened).await.status, 201);
    assert_eq!(nurse.get(&list).await.json.as_array().unwrap().len(), 1);
    // Nobody may even know of a very restricted one.
    let mark = json!({ "confidentiality": "V", "change_reason": "Works here" });
    assert_eq!(stage.doctor.patch(&path_of(&stage.asha), &mark).await.status, 200);
    assert_eq!(nurse.get(&format!("{VITALS}/due")).await.json, json!([]));
    let line = nurse.get("/api/v1/escalations").await.json["items"][0].clone();
    assert_eq!(
        (
            &line["patient_name"],
            &line["patient_id"],
            &line["patient_code"],
            &line["vitals_id"],
            &line["level"]
        ),
        (&json!("Restricted"), &Value::Null, &Value::Null, &Value::Null, &json!(2)),
        "somebody goes, whoever it is: {line}"
    );
    let place = line["department"].as_str().unwrap();
    let page = nurse.again().await.browser().await;
    let shown = page.get("/escalations").await.text;
    assert!(shown.contains("Restricted record") && shown.contains(place), "{shown}");
    for hidden in [&stage.asha["id"], &stage.asha["patient_code"], &json!("Asha Rao"), &json!("I go<")] {
        assert!(!shown.contains(hidden.as_str().unwrap()), "{hidden} in {shown}");
    }
    assert!(page.get("/escalations/bell").await.text.contains("1 alarm waits: urgent review"));
    let answer = format!("/api/v1/escalations/{}/acknowledge", line["id"].as_str().unwrap());
    let other = nurse_of(&stage).await;
    assert!([403, 404].contains(&other.post(&answer, &json!({})).await.status), "it is not theirs to answer");
    assert_eq!(stage.doctor.post(&answer, &json!({})).await.status, 200);
    assert!(page.get("/escalations/bell").await.text.contains("No alarm waits"));
}
