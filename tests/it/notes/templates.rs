//! Texts to begin with: the hospital's and one's own.

use super::*;
use crate::patients::faults;

const TEMPLATES: &str = "/api/v1/note-templates";

#[tokio::test]
async fn everybody_has_the_hospitals_templates_and_their_own() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let starter = ok(stage.doctor.get(TEMPLATES).await, 200);
    assert!(starter["items"].as_array().unwrap().len() >= 3, "a hospital begins with some");
    let body =
        json!({ "name": "Knee", "specialisation": "Orthopaedics", "texts": { "objective": "Effusion: " } });
    let made = stage.doctor.post(TEMPLATES, &body).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text);
    let mine = made.header("location").to_owned();
    let colleague = stage.clinic.staff(SystemRole::Doctor).await;
    assert_eq!(colleague.get(&mine).await.status, 404, "it is its owner's alone");
    assert_eq!(colleague.patch(&mine, &json!({ "name": "Mine" })).await.status, 404);
    let named = |list: &Value| list["items"].as_array().unwrap().iter().any(|item| item["name"] == "Knee");
    assert!(!named(&ok(colleague.get(TEMPLATES).await, 200)));
    assert_eq!(code(&stage.doctor.post(TEMPLATES, &body).await), (409, "note_templates.name_taken"));
    ok(colleague.post(TEMPLATES, &body).await, 201);

    let mut for_all = body.clone();
    for_all["is_hospitals"] = json!(true);
    assert_eq!(stage.doctor.post(TEMPLATES, &for_all).await.status, 403, "who sets settings sets those");
    let admin = stage.clinic.admin().await;
    let shared = ok(admin.post(TEMPLATES, &for_all).await, 201);
    assert_eq!(shared["owner_id"], Value::Null);
    let shared = format!("{TEMPLATES}/{}", id(&shared));
    assert_eq!(stage.doctor.get(&shared).await.status, 200);
    assert_eq!(stage.doctor.patch(&shared, &json!({ "name": "x" })).await.status, 403);

    let stale = stage.doctor.patch(&mine, &json!({ "name": "Knees", "version": 9 })).await;
    assert_eq!(code(&stale), (412, "note_templates.version_conflict"));
    let changed = ok(stage.doctor.patch(&mine, &json!({ "name": "Knees", "version": 1 })).await, 200);
    assert_eq!((&changed["name"], &changed["texts"]["objective"]), (&json!("Knees"), &json!("Effusion: ")));
    let away = ok(stage.doctor.patch(&mine, &json!({ "is_active": false })).await, 200);
    assert_eq!(away["is_active"], false);
    assert!(!ok(stage.doctor.get(TEMPLATES).await, 200).to_string().contains("Knees"));
    assert!(
        ok(stage.doctor.get(&format!("{TEMPLATES}?include=inactive")).await, 200)
            .to_string()
            .contains("Knees")
    );
    for bad in [json!({ "name": "", "texts": { "plan": "x" } }), json!({ "name": "x", "texts": {} })] {
        assert!(!faults(&stage.doctor.post(TEMPLATES, &bad).await).is_empty());
    }
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.post(TEMPLATES, &body).await.status, 403);
}

#[tokio::test]
async fn templates_are_kept_on_a_page() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let browser = stage.doctor.browser().await;
    let list = browser.get("/note-templates").await;
    assert!(
        list.text.contains("Hypertension follow-up") && list.text.contains("Everybody’s"),
        "{}",
        list.text
    );
    let blank = browser.submit("/note-templates/new", &[("name", "Knee")]).await;
    assert_eq!(blank.status, 422);
    let made = browser.submit("/note-templates/new", &[("name", "Knee"), ("objective", "Effusion: ")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let rows = stage.clinic.sql("select id from note_templates where name = 'Knee'").await;
    let path = format!("/note-templates/{}", id(&rows[0]));
    let form = browser.get(&path).await;
    assert!(form.text.contains("Effusion: "), "{}", form.text);
    let saved =
        browser.submit(&path, &[("name", "Knees"), ("objective", "Effusion: "), ("version", "1")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let stale = browser.submit(&path, &[("name", "Mine"), ("objective", "x"), ("version", "1")]).await;
    assert_eq!(stale.status, 412);
    assert!(stale.text.contains("Mine"), "what was typed stays");
    let away = browser.submit(&format!("{path}/switch"), &[("version", "2"), ("is_active", "false")]).await;
    assert_eq!(away.status, 303, "{}", away.text);
    assert!(browser.get("/note-templates").await.text.contains("Put away"));
}
