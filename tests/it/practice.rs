//! The practice patient: there to be tried out, and nowhere else.

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, TestApp};
use crate::patients::{PATIENTS, found, list, path_of, registered};

const PRACTICE: &str = "/api/v1/patients/practice";

async fn practice(desk: &Client) -> Value {
    let reply = desk.post(PRACTICE, &json!({})).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

async fn desk<'a>(app: &'a TestApp) -> (Hospital<'a>, Client) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    (clinic, desk)
}

#[tokio::test]
async fn ten_who_ask_at_once_get_the_same_one() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let (clinic, desk) = desk(&app).await;
    let asked = join_all((0..10).map(|_| practice(&desk))).await;
    assert!(asked.iter().all(|made| made["id"] == asked[0]["id"] && made["patient_code"] == "PRACTICE-1"));
    assert_eq!(asked.iter().filter(|made| made["is_new"] == true).count(), 1);
    let rows = clinic.sql("select is_practice, registered_as from patients").await;
    assert_eq!(rows, [json!({ "is_practice": true, "registered_as": "PRACTICE" })]);
    assert_eq!(practice(&desk).await["is_new"], false);

    let wish = json!({ "start_over": true });
    let over = join_all((0..5).map(|_| desk.post(PRACTICE, &wish))).await;
    let now = clinic.sql("select id from patients where practice_retired_at is null").await;
    assert_eq!(now.len(), 1, "one at a time, whoever starts over");
    assert!(over.iter().all(|reply| reply.status == 200));
    assert_eq!(practice(&desk).await["id"], now[0]["id"]);
}

#[tokio::test]
async fn it_is_in_no_list_count_export_limit_or_report() {
    let app = TestApp::new().await;
    let (clinic, desk) = desk(&app).await;
    clinic.set_limit(1).await;
    let made = practice(&desk).await;
    let fields = json!({
        "phone_primary": "+46 8 5550 0142", "city": "Lund", "dob": "1992-03-14", "dob_unknown": false, "gender": "FEMALE",
        "national_id_number": "AB-1234", "national_id_type": "Passport", "first_name": "Zoë", "last_name": "Ångström",
    });
    let changed = desk.patch(&path_of(&made), &fields).await;
    assert_eq!(
        (changed.status, &changed.json["registered_as"]),
        (200, &json!("PRACTICE")),
        "{}",
        changed.text
    );

    // Lists and totals, with each kind of filter.
    let today = app.app.clock.now().to_string();
    for query in [
        &[][..],
        &[("gender", "FEMALE")],
        &[("registered_from", "2020-01-01")],
        &[("registered_to", today.as_str()), ("page_size", "500")],
    ] {
        let reply = list(&desk, query).await;
        assert_eq!((&reply.json["total"], &reply.json["items"]), (&json!(0), &json!([])), "{query:?}");
    }
    // Whoever looks alike: phone, document, birthday and name are the same.
    let check = "check-duplicates?first_name=Zo%C3%AB&last_name=%C3%85ngstr%C3%B6m&phone_primary=%2B46855500142&dob=1992-03-14&national_id_number=AB-1234";
    let alike = desk.get(&format!("{PATIENTS}/{check}")).await;
    assert_eq!((&alike.json["has_duplicates"], &alike.json["candidates"]), (&json!(false), &json!([])));
    // Files, with and without the search that finds it.
    for query in ["", "?search=Zo%C3%AB", "?search=PRACTICE"] {
        let file = desk.get(&format!("{PATIENTS}/export/csv{query}")).await;
        assert_eq!((file.status, file.text.lines().count()), (200, 1), "{query}: {}", file.text);
    }
    // Start page and the head of the list.
    let page = desk.browser().await;
    let shown = page.get("/today").await.text;
    assert!(shown.contains("No patients yet") && !shown.contains("Ångström"), "{shown}");
    assert!(page.get("/patients").await.text.contains("No patients yet"));
    // The limit is for real ones: the one place is still free, and then taken.
    let real = registered(&desk, json!({})).await;
    assert_eq!(real["patient_code"], "P-00001", "no number of the hospital's row was used up");
    assert_eq!(
        desk.post("/api/v1/patients/quick-register", &crate::patients::patient(json!({}))).await.status,
        400
    );
    let over = desk.post(PRACTICE, &json!({ "start_over": true })).await;
    assert_eq!(over.status, 200, "nobody is refused practice for the limit");
    // What the platform counts, and what its console shows.
    let usage = app
        .sql(&format!("select patients from public.tenant_usage where schema_name = '{}'", clinic.schema))
        .await;
    assert_eq!(usage, [json!({ "patients": 1 })]);
    let boss = app.super_admin().await;
    let seen = boss.get("/api/v1/platform/tenants").await;
    assert_eq!(seen.json["items"][0]["patient_count"], 1, "{}", seen.text);
    let counted = clinic.sql("select value from counters where name = 'patients'").await;
    assert_eq!(counted, [json!({ "value": 1 })]);
}

#[tokio::test]
async fn a_search_finds_it_only_when_nobody_else_is_meant() {
    let app = TestApp::new().await;
    let (_clinic, desk) = desk(&app).await;
    assert_eq!(found(&desk, "practice").await, [""; 0]);
    let made = practice(&desk).await;
    for search in ["practice", "Patient Practice", "PRACTICE-1", "pract"] {
        assert_eq!(found(&desk, search).await, ["Practice"], "{search}");
    }
    assert_eq!(found(&desk, "practice nobody").await, [""; 0]);
    let reply = list(&desk, &[("search", "practice-1")]).await;
    assert_eq!(
        (&reply.json["items"][0]["id"], &reply.json["items"][0]["registered_as"]),
        (&made["id"], &json!("PRACTICE"))
    );
    registered(&desk, json!({ "first_name": "Patience", "last_name": "Practicer" })).await;
    assert_eq!(found(&desk, "practice").await, ["Patience"], "the real one alone");
    assert_eq!(found(&desk, "practice patient").await, ["Practice"]);
}

#[tokio::test]
async fn every_page_says_that_it_is_practice() {
    let app = TestApp::new().await;
    let (_clinic, desk) = desk(&app).await;
    let page = desk.browser().await;
    let made = page.submit("/patients/practice", &[]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let path = made.header("location").split('?').next().unwrap().to_owned();
    let strip = "<strong>Practice:</strong> in no count or report";
    for address in [path.clone(), format!("{path}/edit")] {
        assert!(page.get(&address).await.text.contains(strip), "{address}");
    }
    let rows = page.submit("/patients/search", &[("search", "practice")]).await.text;
    assert!(rows.contains("Practice</span>") && rows.contains("is-active"), "{rows}");
    let real = registered(&desk, json!({})).await;
    let shown = page.get(&format!("/patients/{}", real["id"].as_str().unwrap())).await.text;
    assert!(!shown.contains(strip), "and no other");
}

#[tokio::test]
async fn it_is_never_merged_with_a_real_patient() {
    let app = TestApp::new().await;
    let (clinic, desk) = desk(&app).await;
    let (made, real) = (practice(&desk).await, registered(&desk, json!({})).await);
    let retired = made.clone();
    desk.post(PRACTICE, &json!({ "start_over": true })).await;
    let made = practice(&desk).await;
    let page = desk.browser().await;
    for (survivor, duplicate) in [(&made, &real), (&real, &made), (&retired, &real), (&made, &retired)] {
        let body = json!({ "duplicate_id": duplicate["id"], "reason": "The same person" });
        let refused = desk.post(&format!("{}/merge", path_of(survivor)), &body).await;
        assert_eq!(
            (refused.status, &refused.json["code"]),
            (409, &json!("merges.practice")),
            "{}",
            refused.text
        );
        let address = format!(
            "/patients/{}/merge?with={}",
            survivor["id"].as_str().unwrap(),
            duplicate["patient_code"].as_str().unwrap()
        );
        let shown = page.get(&address).await;
        assert_eq!(shown.status, 409);
        assert!(shown.text.contains("is a practice patient"), "{}", shown.text);
    }
    let merged = clinic.sql("select id from patients where merged_into is not null").await;
    assert!(merged.is_empty());
}

#[tokio::test]
async fn starting_over_gives_a_blank_one_and_keeps_what_was_written() {
    let app = TestApp::new().await;
    let (clinic, desk) = desk(&app).await;
    let first = practice(&desk).await;
    desk.patch(&path_of(&first), &json!({ "city": "Nowhere", "known_allergies": "Chalk" })).await;
    let page = desk.browser().await;
    let over = page.submit("/patients/practice", &[("start_over", "yes")]).await;
    let second = practice(&desk).await;
    assert!(over.header("location").starts_with(&format!("/patients/{}", second["id"].as_str().unwrap())));
    assert_eq!(second["patient_code"], "PRACTICE-2");
    assert_eq!(desk.get(&path_of(&second)).await.json["city"], Value::Null);
    let old = desk.get(&path_of(&first)).await;
    assert_eq!((old.status, &old.json["city"]), (200, &json!("Nowhere")));
    assert_eq!(found(&desk, "PRACTICE-1").await, [""; 0], "only its address leads there");
    let rows = clinic.audit().await;
    let row = rows.iter().rfind(|row| row["kind"] == "created").unwrap();
    assert_eq!((&row["entity_id"], &row["detail"]["retired"]), (&second["id"], &json!([first["id"]])));

    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(pharmacist.post(PRACTICE, &json!({})).await.status, 403);
    assert_eq!(clinic.sql("select id from patients").await.len(), 2);
}

#[tokio::test]
async fn a_child_that_is_born_for_practice_is_for_practice() {
    let app = TestApp::new().await;
    let (clinic, desk) = desk(&app).await;
    let mother = practice(&desk).await;
    let now = app.app.clock.now().to_string();
    let birth = json!({ "children": [{ "sex": "FEMALE", "born_at": now }] });
    let born = desk.post(&format!("{}/newborns", path_of(&mother)), &birth).await;
    assert_eq!(born.status, 201, "{}", born.text);
    let rows = clinic.sql("select patient_code, is_practice from patients where mother_id is not null").await;
    assert_eq!(rows, [json!({ "patient_code": "PRACTICE-2", "is_practice": true })]);
    assert_eq!(list(&desk, &[]).await.json["total"], 0);
    assert_eq!(list(&desk, &[("search", "practice")]).await.json["total"], 2, "both are found");
    let paged = list(&desk, &[("search", "practice"), ("page_size", "1"), ("page", "2")]).await.json;
    assert_eq!((paged["items"].as_array().unwrap().len(), &paged["total"]), (1, &json!(2)));
    assert_eq!(practice(&desk).await["id"], mother["id"], "still the one");
    desk.post(PRACTICE, &json!({ "start_over": true })).await;
    assert_eq!(list(&desk, &[("search", "practice")]).await.json["total"], 1, "retired together");
}
