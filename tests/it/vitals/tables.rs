//! The tables behind every judgement: shown with version and source, signed by a clinician, replaced by a hospital.

use hms::clinic::vitals::TableName;

use super::*;

const TABLES: &str = "/api/v1/vitals/tables";

async fn table(who: &Client, name: &str) -> Value {
    let tables = who.get(TABLES).await;
    assert_eq!(tables.status, 200, "{}", tables.text);
    tables.json.as_array().unwrap().iter().find(|table| table["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_hospitals_own_table_counts_from_its_signature_and_rescores_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let admin = stage.clinic.admin().await;
    let before = recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 95 }))).await;
    assert_eq!(
        (&before["news2"]["total"], &before["news2"]["table_version"]),
        (&json!(1), &json!("RCP-2017"))
    );
    let shown = table(&nurse, "news2").await;
    assert!(shown["source"].as_str().unwrap().contains("Royal College of Physicians"), "{shown}");
    assert_eq!((&shown["is_built_in"], &shown["signed_at"]), (&json!(true), &Value::Null));

    // Signed as it is, by somebody who prescribes, once.
    let sign = format!("{TABLES}/sign");
    assert_eq!(nurse.post(&sign, &json!({ "name": "news2", "version": "RCP-2017" })).await.status, 403);
    assert_eq!(
        stage.doctor.post(&sign, &json!({ "name": "news2", "version": "RCP-2018" })).await.status,
        404
    );
    let signed = stage.doctor.post(&sign, &json!({ "name": "news2", "version": "RCP-2017" })).await;
    assert_eq!(
        (signed.status, &signed.json["signed_by_id"]),
        (200, &json!(stage.doctor_id)),
        "{}",
        signed.text
    );
    let again = stage.doctor.post(&sign, &json!({ "name": "news2", "version": "RCP-2017" })).await;
    assert_eq!(code(&again), refused(409, "vitals.signed"));

    let mut body = TableName::News2.body();
    body["heart_rate"][2]["up_to"] = json!(100);
    let keep = TABLES;
    let own = json!({ "name": "news2", "version": "Ward 4, 2026", "source": "Decision of the medical board", "body": body });
    assert_eq!(nurse.post(keep, &own).await.status, 403);
    for (field, value) in [
        ("body", json!({ "heart_rate": [] })),
        ("body", json!("everything is fine")),
        ("version", json!("RCP-2017")),
        ("source", json!("")),
    ] {
        let mut wrong = own.clone();
        wrong[field] = value;
        let reply = admin.post(keep, &wrong).await;
        assert_eq!(faults(&reply).into_iter().collect::<Vec<_>>(), [field], "{}", reply.text);
    }
    assert_eq!(admin.post(keep, &own).await.status, 201);
    assert_eq!(code(&admin.post(keep, &own).await), refused(409, "vitals.version_taken"));
    let mut strange = own.clone();
    strange["name"] = json!("spleen");
    assert_eq!(admin.post(keep, &strange).await.status, 422);
    stage.pass(1);
    let made = recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 95 }))).await;
    assert_eq!(made["news2"]["total"], 1, "unsigned, so it does not count");
    let page = stage.doctor.browser().await;
    let shown = page.get("/vitals/tables").await.text;
    assert!(shown.contains("Sign Ward 4, 2026") && shown.contains("Signed by"), "{shown}");
    let done = page.submit("/vitals/tables/sign", &[("name", "news2"), ("version", "Ward 4, 2026")]).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/vitals/tables?done=table-signed"),
        "{}",
        done.text
    );
    stage.pass(1);
    let after = recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 95 }))).await;
    assert_eq!(
        (&after["news2"]["total"], &after["news2"]["table_version"]),
        (&json!(0), &json!("Ward 4, 2026"))
    );
    let old = nurse.get(&format!("{VITALS}/{}", before["id"].as_str().unwrap())).await.json;
    assert_eq!(
        (&old["news2"]["total"], &old["news2"]["table_version"]),
        (&json!(1), &json!("RCP-2017")),
        "as it was"
    );
    // Another hospital judges as before.
    let other = app.hospital("Other Clinic").await;
    let theirs = other.staff(SystemRole::Nurse).await;
    assert_eq!(table(&theirs, "news2").await["is_built_in"], true);
}
