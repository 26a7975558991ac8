//! A hospital's own table, made on the page: value by value, or as a document.

use super::*;

const NEW: &str = "/vitals/tables/new";
const TABLES: &str = "/api/v1/vitals/tables";

async fn counts(who: &Client, name: &str) -> Value {
    let tables = who.get(TABLES).await.json;
    tables.as_array().unwrap().iter().find(|table| table["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_version_is_made_value_by_value_and_counts_once_it_is_signed() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let page = admin.browser().await;
    assert!(page.get("/vitals/tables").await.text.contains("/vitals/tables/new?name=response"));
    let form = page.get(&format!("{NEW}?name=response")).await;
    assert_eq!(
        (form.field("at.medium.every_minutes"), form.field("at.low_from")),
        ("60", "1"),
        "{}",
        form.text
    );
    let about = [("name", "response"), ("by", "values")];
    // All faults at once, each at its field, and what was typed stays.
    let wrong = [
        ("version", ""),
        ("source", "The medical board"),
        ("at.medium.every_minutes", "soon"),
        ("at.high.says", ""),
        ("at.low.every_minutes", "180"),
    ];
    let reply = page.submit(NEW, &[&about[..], &wrong[..]].concat()).await;
    assert_eq!(reply.status, 422, "{}", reply.text);
    for part in [
        "href=\"#version\"",
        "href=\"#at.medium.every_minutes\"",
        "href=\"#at.high.says\"",
        "value=\"soon\"",
        "value=\"180\"",
    ] {
        assert!(reply.text.contains(part), "{part} in {}", reply.text);
    }
    // Each value is well, and the table is not.
    let crossed = [
        ("version", "Ward 4"),
        ("source", "The medical board"),
        ("at.medium_from", "9"),
        ("at.high_from", "7"),
    ];
    let reply = page.submit(NEW, &[&about[..], &crossed[..]].concat()).await;
    assert!(reply.status == 422 && reply.text.contains("begin one above the other"), "{}", reply.text);
    let right = [("version", "Ward 4"), ("source", "The medical board"), ("at.medium.every_minutes", "30")];
    let right = [&about[..], &right[..]].concat();
    let made = page.submit(NEW, &right).await;
    assert_eq!(
        (made.status, made.header("location")),
        (303, "/vitals/tables?done=table-kept"),
        "{}",
        made.text
    );
    let again = page.submit(NEW, &right).await;
    assert!(again.status == 409 && again.text.contains("a version of this name"), "{}", again.text);
    assert_eq!(counts(&admin, "response").await["is_built_in"], true, "nobody signed it yet");
    let doctor = stage.doctor.browser().await;
    assert!(doctor.get("/vitals/tables").await.text.contains("Sign Ward 4"));
    let sign = [("name", "response"), ("version", "Ward 4")];
    assert_eq!(doctor.submit("/vitals/tables/sign", &sign).await.status, 303);
    let now = counts(&admin, "response").await;
    assert_eq!((&now["version"], &now["body"]["medium"]["every_minutes"]), (&json!("Ward 4"), &json!(30)));
    assert_eq!(now["body"]["low"]["every_minutes"], 240, "what was not changed");
    let audit = stage.clinic.audit().await;
    let kept = audit.iter().find(|row| row["kind"] == "created" && row["entity"] == "vitals_table").unwrap();
    assert_eq!(kept["detail"], json!({ "table": "response", "version": "Ward 4" }));
    // Whoever may not change settings makes none.
    assert_eq!(doctor.get(NEW).await.status, 403);
    assert_eq!(doctor.submit(NEW, &right).await.status, 403);
    assert!(!doctor.get("/vitals/tables").await.text.contains(NEW));
}

#[tokio::test]
async fn a_limit_may_be_open_and_never_wider_than_what_is_possible() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let page = admin.browser().await;
    let form = page.get(&format!("{NEW}?name=plausibility")).await.text;
    assert!(form.contains("Heart rate, /min") && form.contains("Adult, from"), "{form}");
    let about = [("name", "plausibility"), ("by", "values"), ("version", "2026"), ("source", "The board")];
    let wide = [("at.measures.heart_rate.to", "400")];
    let reply = page.submit(NEW, &[&about[..], &wide[..]].concat()).await;
    assert!(reply.status == 422 && reply.text.contains("beyond what is possible"), "{}", reply.text);
    let own = [("at.measures.heart_rate.adult.1", ""), ("at.measures.temperature_c.adult.1", "40,5")];
    assert_eq!(page.submit(NEW, &[&about[..], &own[..]].concat()).await.status, 303);
    let sign = json!({ "name": "plausibility", "version": "2026" });
    assert_eq!(stage.doctor.post(&format!("{TABLES}/sign"), &sign).await.status, 200);
    let nurse = nurse_of(&stage).await;
    assert_eq!(
        nurse.post(VITALS, &set(&stage.asha, json!({ "heart_rate": 220, "confirmed": [] }))).await.status,
        201
    );
    let hot = nurse.post(VITALS, &set(&stage.asha, json!({ "temperature_c": 40.7, "confirmed": [] }))).await;
    assert_eq!(code(&hot), refused(409, "vitals.unlikely"), "asked about from the hospital's own limit on");
}

#[tokio::test]
async fn a_document_is_downloaded_changed_and_sent_back() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let page = admin.browser().await;
    let file = page.get("/vitals/tables/document?name=news2").await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/json"), "{}", file.text);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"news2.json\"");
    let mut document: Value = serde_json::from_str(&file.text).unwrap();
    let about = [("name", "news2"), ("by", "document"), ("version", "2026"), ("source", "The board")];
    for (text, fault) in [
        ("", "This is needed."),
        ("{\n  \"heart_rate\": [\n  }", "Line 3"),
        ("{ \"heart_rate\": 7 }", "at heart_rate"),
    ] {
        let reply = page.submit(NEW, &[&about[..], &[("body", text)][..]].concat()).await;
        assert!(reply.status == 422 && reply.text.contains(fault), "{fault} in {}", reply.text);
    }
    // It is read with each set: no table is a book.
    let mut long = document.clone();
    long["body"]["heart_rate"] = json!(vec![json!({ "points": 0 }); 2000]);
    let reply = page.submit(NEW, &[&about[..], &[("body", long.to_string().as_str())][..]].concat()).await;
    assert!(reply.status == 422 && reply.text.contains("at most 20000 characters"), "{}", reply.status);
    // By this one nobody would ever be ill.
    let mut mild = document.clone();
    mild["body"]["heart_rate"] = json!([{ "points": 0 }]);
    let reply = page.submit(NEW, &[&about[..], &[("body", mild.to_string().as_str())][..]].concat()).await;
    assert!(reply.status == 422 && reply.text.contains("gives more than 0 points"), "{}", reply.text);
    // One band more: what no form of values can do.
    document["body"]["heart_rate"] = json!([
        { "up_to": 40, "points": 3 }, { "up_to": 45, "points": 2 }, { "up_to": 50, "points": 1 },
        { "up_to": 90, "points": 0 }, { "up_to": 110, "points": 1 }, { "up_to": 130, "points": 2 }, { "points": 3 },
    ]);
    let text = serde_json::to_string_pretty(&document).unwrap();
    let made = page.submit(NEW, &[&about[..], &[("body", text.as_str())][..]].concat()).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let sign = json!({ "name": "news2", "version": "2026" });
    assert_eq!(stage.doctor.post(&format!("{TABLES}/sign"), &sign).await.status, 200);
    let nurse = nurse_of(&stage).await;
    let slow = recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 44 }))).await;
    assert_eq!((&slow["news2"]["total"], &slow["news2"]["table_version"]), (&json!(2), &json!("2026")));
}
