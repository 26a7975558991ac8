//! Search over everything: who finds what, what is told of it, and what is recorded.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use hms::modules::{acts, navigation};
use serde_json::json;

use crate::harness::routes;
use crate::harness::{Browser, Client, Hospital, Reply, TestApp};

async fn register(client: &Client, first: &str, last: &str, phone: &str) -> (String, String) {
    let body = json!({
        "first_name": first, "last_name": last, "phone_primary": phone, "gender": "FEMALE", "city": "Pune",
        "dob": "1992-03-14",
    });
    let made = client.post("/api/v1/patients/quick-register", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let text = |key: &str| made.json[key].as_str().unwrap().to_owned();
    (format!("/patients/{}", text("id")), text("patient_code"))
}

async fn stage<'a>(app: &'a TestApp) -> (Hospital<'a>, Client, Browser) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let browser = desk.browser().await;
    (clinic, desk, browser)
}

/// The options of the palette for this text.
async fn options(client: &Client, text: &str) -> Reply {
    let call = client.request(Method::POST, "/search").header("hx-request", "true");
    call.form(&[("search", text)]).send().await
}

#[tokio::test]
async fn the_desk_finds_patients_then_pages_then_acts() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = stage(&app).await;
    let (hers, code) = register(&desk, "Patricia", "देशमुख", "+91 98220 10142").await;
    let found = page.submit("/search", &[("search", "pat")]).await;
    assert_eq!((found.status, found.header("cache-control")), (200, "no-store"), "{}", found.text);
    let places: Vec<usize> = [hers.as_str(), r#"href="/patients""#, "Register patient</bdi></a>"]
        .map(|part| found.text.rfind(part).unwrap_or_else(|| panic!("{part} in {}", found.text)))
        .into();
    assert!(places.is_sorted(), "people, pages, acts: {places:?}");
    for part in [code.as_str(), "Female", "•••• ••42", "ending 42"] {
        assert!(found.text.contains(part), "{part} in {}", found.text);
    }
    assert!(!found.text.contains("10142"), "the phone is masked");
    for text in ["देशमुख", "10142", "patricia देशमुख", &code] {
        assert!(options(&desk, text).await.text.contains(&hers), "{text}");
    }
    let none = page.submit("/search", &[("search", "Desmukh")]).await;
    assert!(none.text.contains("No patient, page or act matches “<bdi>Desmukh</bdi>”"), "{}", none.text);
}

#[tokio::test]
async fn htmx_gets_the_options_alone_and_nobody_else_does() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = stage(&app).await;
    register(&desk, "Asha", "Rao", "+91 98220 10142").await;
    let part = options(&desk, "asha").await;
    assert!(
        part.text.trim_start().starts_with(r#"<div id="palette-list" data-for="asha">"#),
        "{}",
        part.text
    );
    assert!(part.text.contains(r#"role="option""#) && !part.text.contains("<html"));
    assert!(part.header("vary").to_lowercase().contains("hx-request"));
    let whole = page.submit("/search", &[("search", "asha")]).await;
    assert!(whole.text.contains("<title>Search · Asha Clinic · HMS</title>"));
    assert!(!whole.text.split("<main").nth(1).unwrap().split("</main>").next().unwrap().contains("listbox"));
    let typed = page.submit("/search", &[("search", "<b>\"x\"")]).await;
    assert!(typed.text.contains("&#60;b&#62;&#34;x&#34;") && !typed.text.contains("<b>\"x\""));
}

#[tokio::test]
async fn a_code_typed_whole_leads_straight_to_its_patient() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = stage(&app).await;
    let (hers, code) = register(&desk, "Asha", "Rao", "+91 98220 10142").await;
    register(&desk, "Ravi", "Rao", "+91 98220 10143").await;
    for typed in [code.clone(), format!(" {} ", code.to_lowercase())] {
        let straight = page.submit("/search", &[("search", &typed)]).await;
        assert_eq!((straight.status, straight.header("location")), (303, hers.as_str()), "{typed}");
    }
    for text in ["P-0000", "Asha", "10142"] {
        assert_eq!(page.submit("/search", &[("search", text)]).await.status, 200, "{text}");
    }
}

#[tokio::test]
async fn who_may_not_see_patients_finds_none() {
    let app = TestApp::new().await;
    let (clinic, desk, _) = stage(&app).await;
    let (hers, code) = register(&desk, "Today", "Rao", "+91 98220 10142").await;
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    let before = clinic.audit().await.len();
    for text in ["today", code.as_str(), "10142", ""] {
        let found = options(&pharmacist, text).await;
        assert_eq!(found.status, 200);
        assert!(!found.text.contains(&hers) && !found.text.contains("Rao"), "{text}: {}", found.text);
    }
    let page = pharmacist.browser().await.submit("/search", &[("search", "today")]).await;
    assert!(page.text.contains(r#"href="/today""#), "the page is found");
    assert!(!page.text.contains("Register patient") && !page.text.contains(">Patients<"));
    assert_eq!(clinic.audit().await.len(), before, "no table was touched");
}

#[tokio::test]
async fn a_blank_search_shows_what_this_person_opened_last() {
    let app = TestApp::new().await;
    let (clinic, desk, page) = stage(&app).await;
    let mut all = Vec::new();
    for n in 0..10 {
        all.push(register(&desk, "Asha", &format!("Rao{n}"), &format!("+91 98220 101{n}2")).await);
    }
    let other = clinic.staff(SystemRole::Doctor).await;
    assert!(!options(&other, "").await.text.contains("Opened last"), "nothing yet");
    // The first two again at the end: each stands once, where it was opened last.
    for (href, _) in all.iter().chain(&all[..2]) {
        assert_eq!(page.get(href).await.status, 200);
    }
    let found = options(&desk, "").await.text;
    let place = |n: usize| found.find(&format!("href=\"{}\"", all[n].0));
    let shown: Vec<usize> = [1, 0, 9, 8, 7, 6, 5, 4].map(|n| place(n).unwrap()).into();
    assert!(shown.is_sorted() && place(3).is_none() && place(2).is_none(), "{found}");
    assert!(!options(&other, "").await.text.contains("Rao"), "nobody else's");

    // A record that became part of another one leaves.
    let id = |n: usize| all[n].0.trim_start_matches("/patients/").to_owned();
    let merge = json!({ "duplicate_id": id(9), "reason": "The same person" });
    let admin = clinic.admin().await;
    assert_eq!(admin.post(&format!("/api/v1/patients/{}/merge", id(8)), &merge).await.status, 201);
    assert!(!options(&desk, "").await.text.contains(&all[9].0));
}

#[tokio::test]
async fn more_than_eight_lead_to_the_whole_list() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = stage(&app).await;
    for n in 0..9 {
        register(&desk, "Asha", &format!("Rao{n}"), &format!("+91 98220 101{n}2")).await;
    }
    let found = page.submit("/search", &[("search", "asha")]).await.text;
    assert_eq!(found.matches("href=\"/patients/0").count(), 8, "{found}");
    assert!(
        found.contains(r#"form="search-form" formaction="/patients/search""#)
            && found.contains("All 9 patients")
    );
    assert!(page.submit("/patients/search", &[("search", "asha")]).await.text.contains("1–9 of 9"));
}

#[tokio::test]
async fn patients_of_other_hospitals_are_not_there() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = stage(&app).await;
    let (hers, code) = register(&desk, "Zebunnisa", "Rao", "+91 98220 10142").await;
    page.get(&hers).await;
    let stranger = app.hospital("Other").await.admin().await;
    for text in ["Zebunnisa", code.as_str(), "10142", ""] {
        let found = options(&stranger, text).await.text;
        assert!(!found.contains(&hers) && !found.contains("Rao"), "{text}: {found}");
    }
}

#[tokio::test]
async fn looking_is_recorded_and_the_text_is_not() {
    let app = TestApp::new().await;
    let (clinic, desk, page) = stage(&app).await;
    register(&desk, "Zebunnisa", "Rao", "+91 98220 10142").await;
    page.submit("/search", &[("search", "Zebunnisa")]).await;
    options(&desk, "nobody-of-that-name").await;
    let rows = clinic.audit().await;
    let listed: Vec<_> = rows.iter().filter(|row| row["action"] == "POST /search").collect();
    assert_eq!(listed.len(), 2);
    for (row, count) in listed.iter().zip([1, 0]) {
        assert_eq!(
            (&row["kind"], &row["entity"], &row["detail"]["count"]),
            (&json!("listed"), &json!("patient"), &json!(count))
        );
    }
    let text = format!("{rows:?}").to_lowercase();
    assert!(!text.contains("zebunnisa") && !text.contains("nobody-of"), "{text}");
}

#[tokio::test]
async fn operators_find_hospitals_and_never_a_patient() {
    let app = TestApp::new().await;
    let (clinic, desk, _) = stage(&app).await;
    app.hospital("Zen Hospital").await;
    register(&desk, "Asha", "Rao", "+91 98220 10142").await;
    let boss = app.super_admin().await;
    let found = options(&boss, "asha").await.text;
    assert!(
        found.contains("Asha Clinic") && !found.contains("Zen Hospital") && !found.contains("Rao"),
        "{found}"
    );
    assert!(found.contains(r#"formaction="/console/hospitals/search""#));
    let licence = clinic.email.clone();
    assert!(options(&boss, &licence).await.text.contains("Asha Clinic"));
    let blank = options(&boss, "").await.text;
    assert!(
        !blank.contains("Asha Clinic")
            && blank.contains("/console/health")
            && !blank.contains("Register patient")
    );
    let listed = app.audit().await.into_iter().filter(|row| row["action"] == "POST /search").count();
    assert_eq!(listed, 3);
    assert!(!options(&desk, "zen").await.text.contains("Zen Hospital"), "hospitals are not for staff");
}

#[tokio::test]
async fn a_text_that_is_none_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let (_clinic, desk, page) = stage(&app).await;
    let bad = page.submit("/search", &[("search", "a\u{0}b")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text.contains("Error: Search") && bad.text.contains(r#"id="search-error""#), "{}", bad.text);
    let long = "x".repeat(5_000);
    assert_eq!(page.submit("/search", &[("search", &long)]).await.status, 422);
    assert!(options(&desk, "a\u{0}b").await.text.contains("Nothing matches"));
}

#[test]
fn what_the_palette_names_demands_the_right_by_which_it_is_named() {
    let pages = routes::pages();
    let named = navigation().into_iter().map(|entry| (entry.label, entry.href, entry.permission));
    let named = named.chain(acts().into_iter().map(|act| (act.label, act.href, act.permission)));
    for (label, href, permission) in named {
        let page = pages.iter().find(|page| page.is_read() && page.path == href);
        let page = page.unwrap_or_else(|| panic!("{label}: nothing is at {href}"));
        assert_eq!(page.permission.as_deref(), Some(permission), "{label}");
    }
}
