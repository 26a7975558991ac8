//! Patients at the desk's browser: plain forms, without a script.

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::harness::{Browser, Client, Hospital, Reply, TestApp};

const KEY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn form<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let defaults = [
        ("form_key", KEY),
        ("first_name", "Zoë"),
        ("last_name", "Ångström"),
        ("gender", "FEMALE"),
        ("born", "14/03/1992"),
        ("phone_primary", "+46 8 5550 0142"),
        ("city", "Lund"),
    ];
    let mut form: Vec<_> =
        defaults.into_iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name)).collect();
    form.extend(fields);
    form
}

/// The same, although somebody looks alike.
fn anyway<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = form(fields);
    form.extend([("anyway", "1"), ("anyway_reason", "OTHER_PERSON")]);
    form
}

async fn desk<'a>(app: &'a TestApp) -> (Hospital<'a>, Client, Browser) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let browser = desk.browser().await;
    (clinic, desk, browser)
}

/// Where the page sends the browser next, without what was done.
fn next(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    reply.header("location").split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_desk_registers_a_patient_and_finds_her_again() {
    let app = TestApp::new().await;
    let (_clinic, _, page) = desk(&app).await;
    assert!(page.get("/patients").await.text.contains("No patients yet"));
    let empty = page.get("/patients/new").await;
    let key = empty.field("form_key").to_owned();

    let done = page.submit("/patients/new", &form(&[("form_key", &key), ("consent_sms", "false")])).await;
    assert!(done.header("location").ends_with("?done=registered"));
    let shown = page.get(done.header("location")).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
    for part in [
        "Registered as",
        "P-00001",
        "Zoë Ångström",
        "14 Mar 1992 (",
        "Allergies not asked yet",
        "Edit details",
        "Meera Kulkarni",
    ] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let list = page.get("/patients").await;
    assert!(
        list.text.contains("1–1 of 1") && list.text.contains("Zoë Ångström") && !list.text.contains("5550")
    );
    for (search, found) in [("angstrom zoe", true), ("5550-0142", true), ("nobody", false)] {
        let reply = page.submit("/patients/search", &[("search", search)]).await;
        assert_eq!((reply.status, reply.text.contains("P-00001")), (200, found), "{search}");
    }
    let blank = page
        .submit("/patients/search", &[("search", " "), ("gender", "MALE"), ("registered", "today")])
        .await;
    assert_eq!((blank.status, blank.header("location")), (303, "/patients?gender=MALE&registered=today"));
    assert!(page.get("/patients?gender=MALE").await.text.contains("No patient matches these filters"));
    assert!(page.get("/patients?gender=FEMALE&registered=week&page=77").await.status == 200);
    let today = page.get("/today").await;
    assert!(today.text.contains("Registered today") && today.text.contains("P-00001"), "{}", today.text);
}

#[tokio::test]
async fn a_form_with_faults_comes_back_as_it_was_typed() {
    let app = TestApp::new().await;
    let (clinic, _, page) = desk(&app).await;
    let wrong = form(&[
        ("born", "tomorrow"),
        ("phone_primary", "12"),
        ("city", "Sankt <b>Gallen"),
        ("consent_sms", "true"),
    ]);
    let back = page.submit("/patients/new", &wrong).await;
    assert_eq!(back.status, 422, "{}", back.text);
    for part in [
        "Error: Register patient",
        "id=\"born-error\"",
        "id=\"phone_primary-error\"",
        "Sankt &#60;b&#62;Gallen",
        "Zoë",
    ] {
        assert!(back.text.contains(part), "{part} in {}", back.text);
    }
    assert_eq!((back.field("form_key"), back.field("born")), (KEY, "tomorrow"));
    let empty = page.submit("/patients/new", &[]).await;
    assert_eq!(empty.status, 422);
    for field in ["first_name", "gender", "born", "phone_primary", "city"] {
        assert!(empty.text.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
    assert_eq!(clinic.sql("select count(*) as n from patients").await, [json!({ "n": 0 })]);
    clinic.set_limit(1).await;
    page.submit("/patients/new", &form(&[])).await;
    let full =
        page.submit("/patients/new", &anyway(&[("form_key", "01890a5d-ac96-774b-bcce-b302099a8058")])).await;
    assert!(full.status == 400 && full.text.contains("as many patients as it may (1)"), "{}", full.text);
}

#[tokio::test]
async fn a_form_sent_twice_registers_one_patient() {
    let app = TestApp::new().await;
    let (clinic, _, page) = desk(&app).await;
    let fields = form(&[]);
    let racers = join_all((0..8).map(|_| page.submit("/patients/new", &fields))).await;
    let first = next(&racers[0]);
    for reply in &racers {
        assert_eq!(next(reply), first);
    }
    assert_eq!(next(&page.submit("/patients/new", &fields).await), first);
    let other =
        page.submit("/patients/new", &anyway(&[("form_key", "01890a5d-ac96-774b-bcce-b302099a8058")])).await;
    assert_ne!(next(&other), first, "another form may register an equal patient");
    let codes = clinic.sql("select patient_code from patients order by patient_code").await;
    assert_eq!(codes, [json!({ "patient_code": "P-00001" }), json!({ "patient_code": "P-00002" })]);
    assert_eq!(
        clinic.sql("select value from counters where name = 'patients'").await,
        [json!({ "value": 2 })]
    );
}

#[tokio::test]
async fn a_name_is_text_and_never_markup() {
    let app = TestApp::new().await;
    let (_clinic, _, page) = desk(&app).await;
    let evil = "<script>alert(1)</script>";
    let path =
        next(&page.submit("/patients/new", &form(&[("first_name", evil), ("city", "\"><img src=x>")])).await);
    for path in [path.as_str(), "/patients", "/today", &format!("{path}/edit")] {
        let text = page.get(path).await.text;
        assert!(!text.contains("<script>alert") && !text.contains("<img"), "{path}");
        assert!(text.contains("&#60;script&#62;alert(1)"), "{path}");
    }
    let found = page.submit("/patients/search", &[("search", "<b>nobody")]).await.text;
    assert!(found.contains("&#60;b&#62;nobody") && !found.contains("<b>nobody"));
}

#[tokio::test]
async fn an_age_is_taken_and_shown_as_an_age() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = desk(&app).await;
    let cases =
        [("34y", "(34 y)"), ("0d", "(0 d)"), ("unknown", "Unknown"), ("Mar 2001", "about Mar 2001 (")];
    for (i, (born, shown)) in cases.into_iter().enumerate() {
        let key = format!("01890a5d-ac96-774b-bcce-b302099a806{i}");
        let path = next(&page.submit("/patients/new", &anyway(&[("form_key", &key), ("born", born)])).await);
        let text = page.get(&path).await.text;
        assert!(text.contains(shown) && !text.contains("1 Jan"), "{born}: {text}");
        let edit = page.get(&format!("{path}/edit")).await;
        let (version, written) = (edit.field("version").to_owned(), edit.field("born").to_owned());
        let before = desk.get(&format!("/api/v1{path}")).await.json;
        let fields = form(&[("version", &version), ("born", &written), ("city", "Pune")]);
        assert_eq!(page.submit(&format!("{path}/edit"), &fields).await.status, 303);
        let after = desk.get(&format!("/api/v1{path}")).await.json;
        assert_eq!(
            (&after["dob"], &after["age_only"], &after["city"]),
            (&before["dob"], &before["age_only"], &json!("Pune"))
        );
    }
}

#[tokio::test]
async fn two_people_who_edit_one_patient_see_each_other() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = desk(&app).await;
    let path = next(&page.submit("/patients/new", &form(&[])).await);
    let edit = format!("{path}/edit");
    let version = page.get(&edit).await.field("version").to_owned();
    let api = format!("/api/v1{path}");
    assert_eq!(desk.patch(&api, &json!({ "city": "Malmö" })).await.status, 200);

    let conflict = page.submit(&edit, &form(&[("version", &version), ("city", "Pune")])).await;
    assert_eq!(conflict.status, 412, "{}", conflict.text);
    for part in ["Meera Kulkarni", "Malmö", "Pune", "Save mine over it", "City or village"] {
        assert!(conflict.text.contains(part), "{part} in {}", conflict.text);
    }
    assert_eq!(desk.get(&api).await.json["city"], "Malmö", "nothing was saved");
    assert_eq!((conflict.field("version"), conflict.field("city")), ("2", "Pune"));
    let saved = page.submit(&edit, &form(&[("version", "2"), ("city", "Pune")])).await;
    assert_eq!(saved.header("location"), format!("{path}?done=saved"));
    assert_eq!(desk.get(&api).await.json["city"], "Pune");
    let faulty = page.submit(&edit, &form(&[("version", "3"), ("born", ""), ("phone_primary", "1")])).await;
    assert_eq!(faulty.status, 422);
    assert!(faulty.text.contains("id=\"born-error\"") && faulty.text.contains("id=\"phone_primary-error\""));
    assert_eq!(page.submit(&edit, &form(&[("version", "x")])).await.status, 412);
}

#[tokio::test]
async fn pages_show_only_what_a_person_may_do() {
    let app = TestApp::new().await;
    let (clinic, _, page) = desk(&app).await;
    let path = next(&page.submit("/patients/new", &form(&[])).await);
    let looker = clinic.looker().await.browser().await;
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await.browser().await;

    let seen = looker.get(&path).await;
    assert!(seen.status == 200 && !seen.text.contains("Edit details"));
    assert!(!looker.get("/patients").await.text.contains("Register patient"));
    assert_eq!(looker.get("/patients/new").await.status, 403);
    assert_eq!(looker.get(&format!("{path}/edit")).await.status, 403);
    assert_eq!(looker.submit(&format!("{path}/edit"), &form(&[("version", "1")])).await.status, 403);
    assert_eq!(pharmacist.get("/patients").await.status, 403);
    let today = pharmacist.get("/today").await;
    assert!(
        today.text.contains("Nothing waits for you here yet") && !today.text.contains("href=\"/patients\"")
    );
    assert_eq!(page.get("/patients/01890a5d-ac96-774b-bcce-b302099a8057").await.status, 404);
    let foreign = app.hospital("Zen Hospital").await.staff(SystemRole::Receptionist).await.browser().await;
    assert_eq!(foreign.get(&path).await.status, 404);
    assert_eq!(foreign.submit(&format!("{path}/edit"), &form(&[("version", "1")])).await.status, 404);
    let visitor = Browser::new(app.router.clone());
    assert_eq!(visitor.get("/patients").await.header("location"), "/sign-in?next=/patients");
}

#[tokio::test]
async fn htmx_gets_the_rows_alone_and_no_search_text_in_the_address() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = desk(&app).await;
    page.submit("/patients/new", &form(&[])).await;
    let fields = [("search", "zoe"), ("gender", "FEMALE"), ("registered", "")];
    let rows = desk
        .request(Method::POST, "/patients/search")
        .header("hx-request", "true")
        .form(&fields)
        .send()
        .await;
    assert_eq!((rows.status, rows.header("hx-push-url")), (200, "/patients?gender=FEMALE"));
    assert!(rows.text.starts_with("<div id=\"rows\">") && rows.text.contains("P-00001"), "{}", rows.text);
    let turned = desk.request(Method::GET, "/patients?page=2").header("hx-request", "true").send().await;
    assert!(turned.status == 200 && !turned.text.contains("<html"));
}
