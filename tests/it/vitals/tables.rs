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

/// So many unsigned versions of a table, made a minute apart: `Draft 1` is the oldest.
async fn drafted(stage: &Stage<'_>, name: &str, many: i64) {
    let sql = format!(
        "insert into vitals_tables (id, name, version, source, body, made_by_id, made_at)
         select gen_random_uuid(), '{name}', 'Draft ' || n, 'The board', '{}'::jsonb, '{}',
                timestamptz '{}' - interval '1 day' + n * interval '1 minute'
           from generate_series(1, {many}) n",
        TableName::from_code(name).unwrap().body(),
        stage.doctor_id,
        stage.now()
    );
    stage.clinic.sql(&sql).await;
}

fn names(versions: &Value) -> Vec<&str> {
    versions.as_array().unwrap().iter().map(|version| version["version"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn many_versions_of_one_table_hide_no_other_and_each_can_be_reached() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let mut body = TableName::Response.body();
    body["medium"]["every_minutes"] = json!(30);
    let own = json!({ "name": "response", "version": "Ward 4", "source": "The board", "body": body });
    assert_eq!(admin.post(TABLES, &own).await.status, 201);
    let sign = format!("{TABLES}/sign");
    let signed = stage.doctor.post(&sign, &json!({ "name": "response", "version": "Ward 4" })).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    drafted(&stage, "children", 230).await;
    drafted(&stage, "news2", 30).await;

    let response = table(&admin, "response").await;
    assert_eq!(
        (&response["version"], &response["is_built_in"], names(&response["versions"])),
        (&json!("Ward 4"), &json!(false), vec!["Ward 4"])
    );
    let news2 = table(&admin, "news2").await;
    let newest: Vec<String> = (11..=30).rev().map(|n| format!("Draft {n}")).collect();
    assert_eq!(names(&news2["versions"]), newest, "the newest, and the newest first");

    // Older ones by paging, of one table or of all.
    let older = admin.get(&format!("{TABLES}/versions?name=news2&page=2&page_size=20")).await;
    assert_eq!((older.status, &older.json["total"]), (200, &json!(30)), "{}", older.text);
    let rest: Vec<String> = (1..=10).rev().map(|n| format!("Draft {n}")).collect();
    assert_eq!(names(&older.json["items"]), rest);
    assert!(older.json["items"].as_array().unwrap().iter().all(|version| version["name"] == "news2"));
    let all = admin.get(&format!("{TABLES}/versions")).await;
    assert_eq!(all.json["total"], 261, "{}", all.text);
    assert_eq!(admin.get(&format!("{TABLES}/versions?page=0")).await.status, 422);

    // The page shows the same, and the oldest of all can still be signed.
    let page = stage.doctor.browser().await;
    let shown = page.get("/vitals/tables").await.text;
    assert!(shown.contains("Sign Draft 30") && !shown.contains("Sign Draft 10<"), "{shown}");
    assert!(shown.contains("href=\"/vitals/tables/versions?name=news2\""), "{shown}");
    assert!(!shown.contains("versions?name=plausibility"), "nobody wrote or signed one");
    let first = page.get("/vitals/tables/versions?name=news2").await.text;
    assert!(
        first.contains("1–25 of 30") && first.contains("page=2") && !first.contains("Counts now"),
        "{first}"
    );
    let second = page.get("/vitals/tables/versions?name=news2&page=2").await.text;
    assert!(second.contains("26–30 of 30") && second.contains("value=\"Draft 1\""), "{second}");
    let done = page.submit("/vitals/tables/sign", &[("name", "news2"), ("version", "Draft 1")]).await;
    assert_eq!(done.header("location"), "/vitals/tables?done=table-signed", "{}", done.text);
    assert_eq!(table(&admin, "news2").await["version"], "Draft 1", "it counts, however old it is");
    let again = stage.doctor.post(&sign, &json!({ "name": "news2", "version": "Draft 1" })).await;
    assert_eq!(code(&again), refused(409, "vitals.signed"));
    let kept =
        stage.clinic.sql("select id from vitals_tables where name = 'news2' and version = 'Draft 1'").await;
    let audit = stage.clinic.audit().await;
    let row = audit.iter().rfind(|row| row["kind"] == "signed").unwrap();
    assert_eq!(row["entity_id"], kept[0]["id"], "the row names the version: {row}");

    // What counts has no button; what counted once can be brought back; who may only look has none at all.
    let second = page.get("/vitals/tables/versions?name=news2&page=2").await.text;
    assert!(second.contains("Counts now") && !second.contains("value=\"Draft 1\""), "{second}");
    stage.pass(1);
    let signed = stage.doctor.post(&sign, &json!({ "name": "news2", "version": "Draft 2" })).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    let second = page.get("/vitals/tables/versions?name=news2&page=2").await.text;
    assert!(second.contains("Sign again") && second.contains("value=\"Draft 1\""), "{second}");
    let nurse = nurse_of(&stage).await.browser().await;
    let looked = nurse.get("/vitals/tables/versions?name=news2").await;
    assert!(looked.status == 200 && !looked.text.contains("/vitals/tables/sign"), "{}", looked.text);
    let none = nurse.get("/vitals/tables/versions?name=plausibility").await.text;
    assert!(none.contains("No version here"), "{none}");
}

#[tokio::test]
async fn a_signature_below_what_hms_came_with_before_is_none_below_what_it_comes_with_now() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let before = format!(
        "insert into vitals_tables (id, name, version, source, made_by_id, made_at, signed_by_id, signed_at)
         values (gen_random_uuid(), 'children', 'PALS-2020-ESI-4', 'PALS', '{0}', now(), '{0}', now())",
        stage.doctor_id
    );
    stage.clinic.sql(&before).await;
    let shown = table(&stage.doctor, "children").await;
    let ours = TableName::Children.built_in().version;
    assert_eq!(
        (&shown["version"], &shown["is_built_in"], &shown["signed_at"]),
        (&json!(ours), &json!(true), &Value::Null),
        "{shown}"
    );
    let sign = format!("{TABLES}/sign");
    let old = stage.doctor.post(&sign, &json!({ "name": "children", "version": "PALS-2020-ESI-4" })).await;
    assert_eq!(old.status, 404, "its values are not here any more: {}", old.text);
    let page = stage.doctor.browser().await.get("/vitals/tables/versions?name=children").await.text;
    assert!(page.contains("HMS came with it before") && !page.contains("Sign again"), "{page}");
    let new = stage.doctor.post(&sign, &json!({ "name": "children", "version": ours })).await;
    assert_eq!(new.status, 200, "{}", new.text);
    assert!(table(&stage.doctor, "children").await["signed_at"].is_string());
}
