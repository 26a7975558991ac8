//! Two records that become one: everything about vital signs goes along, and back.

use super::*;

#[tokio::test]
async fn sets_alarms_orders_and_plans_go_with_a_merge_and_come_back() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let made = recorded(&nurse, &set(&stage.ravi, json!({ "respiratory_rate": 25 }))).await;
    let own = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    let reason = json!({ "reason": "COPD" });
    assert_eq!(
        stage.doctor.post(&format!("{}/oxygen-orders", path_of(&stage.ravi)), &reason).await.status,
        201
    );
    let plan = json!({ "interval_minutes": 30 });
    assert_eq!(nurse.post(&format!("{}/observation-plan", path_of(&stage.ravi)), &plan).await.status, 201);

    let body = json!({ "duplicate_id": stage.ravi["id"], "reason": "The same person" });
    let merged = stage.doctor.post(&format!("{}/merge", path_of(&stage.asha)), &body).await;
    assert!(merged.status < 300, "{}", merged.text);
    let all = listed(&nurse, &stage.asha, "").await;
    let ids: Vec<&Value> = all.iter().map(|set| &set["id"]).collect();
    assert!(ids.contains(&&made["id"]) && ids.contains(&&own["id"]) && ids.len() == 2, "{ids:?}");
    let old = listed(&nurse, &stage.ravi, "").await;
    assert_eq!(old.len(), 2, "the old id leads to the one that stays");
    let alarms = nurse.get("/api/v1/escalations").await.json;
    assert_eq!(alarms["items"][0]["patient_id"], stage.asha["id"]);
    assert_eq!(
        nurse.get(&format!("{}/oxygen-orders", path_of(&stage.asha))).await.json.as_array().unwrap().len(),
        1
    );
    assert_eq!(
        nurse.get(&format!("{}/observation-plan", path_of(&stage.asha))).await.json["every_minutes"],
        30
    );
    let refused_here = nurse.post(VITALS, &set(&stage.ravi, json!({}))).await;
    assert_eq!(code(&refused_here), refused(409, "patients.merged"), "{}", refused_here.text);

    let undo = format!("/api/v1/patients/merges/{}/undo", merged.json["id"].as_str().unwrap());
    let undone = stage.doctor.post(&undo, &json!({ "reason": "Two people" })).await;
    assert!(undone.status < 300, "{}", undone.text);
    assert_eq!(listed(&nurse, &stage.ravi, "").await.len(), 1);
    assert_eq!(listed(&nurse, &stage.asha, "").await.len(), 1);
}
