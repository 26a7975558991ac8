//! A patient has died: on the hospital's clock, months later, by mistake.

use std::time::Duration;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, Reply, TestApp};
use crate::history::history;
use crate::patients::{faults, path_of, registered};

/// Let the hospital's clock be another one.
async fn set_zone(app: &TestApp, clinic: &Hospital<'_>, zone: &str) {
    app.sql(&format!("update public.tenants set time_zone = '{zone}' where id = '{}'", clinic.id)).await;
    app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", clinic.id)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn stage<'a>(app: &'a TestApp) -> (Hospital<'a>, Client, Value, String) {
    // The night in question lies back, whenever this runs.
    let later: jiff::Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
    app.app.clock.shift(later.duration_since(app.app.clock.now()).as_secs().max(0));
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = registered(&desk, json!({ "dob": "1940-03-14" })).await;
    let path = path_of(&made);
    (clinic, desk, made, path)
}

fn page_of(patient: &Value) -> String {
    format!("/patients/{}", patient["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_time_on_the_hospitals_clock_is_a_moment_also_at_the_change_of_clocks() {
    let app = TestApp::new().await;
    let (clinic, _, _, path) = stage(&app).await;
    set_zone(&app, &clinic, "Europe/Berlin").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let to = format!("{path}/deceased");
    let record = async |body: Value| desk.post(&to, &body).await;

    // Half past two came twice in the night of 25 October 2026, and never in that of 29 March.
    let twice = record(json!({ "died_at": "2026-10-25T02:30" })).await;
    assert_eq!(faults(&twice), ["offset".to_owned()].into());
    assert!(twice.detail().contains("+02:00") && twice.detail().contains("+01:00"), "{}", twice.detail());
    assert_eq!(desk.get(&path).await.json["is_deceased"], false, "nothing was written");
    for (offset, moment) in [("+02:00", "2026-10-25T00:30:00Z"), ("+01:00", "2026-10-25T01:30:00Z")] {
        let body = json!({ "died_at": "2026-10-25T02:30", "offset": offset, "certified_by": "Dr. Rao" });
        let done = record(body).await;
        assert_eq!((done.status, &done.json["died_at"]), (200, &json!(moment)), "{}", done.text);
        assert_eq!(done.json["date_of_death"], "2026-10-25");
    }
    let never = record(json!({ "died_at": "2026-03-29T02:30" })).await;
    assert!(never.detail().contains("+01:00") && never.detail().contains("+02:00"), "{}", never.detail());
    let meant = record(json!({ "died_at": "2026-03-29T02:30", "offset": "+01:00" })).await;
    assert_eq!(meant.json["died_at"], "2026-03-29T01:30:00Z");
    // A moment with its offset needs no question; its day is the hospital's.
    let moment = record(json!({ "died_at": "2026-07-01T22:30:00Z" })).await;
    assert_eq!((&moment.json["date_of_death"], moment.status), (&json!("2026-07-02"), 200));
    for (body, at) in [
        (json!({}), "died_at"),
        (json!({ "died_at": "last night" }), "died_at"),
        (json!({ "died_at": "2999-01-01" }), "date_of_death"),
        (json!({ "died_at": "2999-01-01T10:00" }), "died_at"),
        (json!({ "died_at": "1930-01-01" }), "date_of_death"),
        (json!({ "died_at": "2026-07-01T02:30", "offset": "+05:30" }), "offset"),
        (json!({ "died_at": "2026-07-01T02:30", "offset": "summer" }), "offset"),
        (json!({ "died_at": "2026-07-01", "offset": "+02:00" }), "offset"),
        (json!({ "died_at": "2026-07-01", "note": "x".repeat(501) }), "note"),
        (json!({ "died_at": "2026-07-01", "certified_by": "x".repeat(201) }), "certified_by"),
    ] {
        assert!(faults(&record(body.clone()).await).contains(at), "{body}");
    }
    assert_eq!(faults(&record(json!({ "note": "x".repeat(501), "certified_by": "a\u{0}" })).await).len(), 3);
}

#[tokio::test]
async fn a_late_note_is_taken_and_only_an_administrator_takes_it_back() {
    let app = TestApp::new().await;
    let (clinic, desk, made, path) = stage(&app).await;
    let (admin, doctor) = (clinic.admin().await, clinic.staff(SystemRole::Doctor).await);
    let code = |reply: &Reply| (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned());
    let undo = json!({ "reason": "He came in this morning" });

    let late = desk
        .post(
            &format!("{path}/deceased"),
            &json!({ "died_at": "2019-05-06", "note": "Told by the daughter" }),
        )
        .await;
    assert_eq!((late.status, late.header("etag")), (200, "\"2\""), "{}", late.text);
    assert_eq!((&late.json["date_of_death"], &late.json["died_at"]), (&json!("2019-05-06"), &Value::Null));
    let stale = desk.request(Method::POST, &format!("{path}/deceased")).header("if-match", "\"1\"");
    assert_eq!(stale.json(&json!({ "died_at": "2019-05-07" })).send().await.status, 412);

    for person in [&desk, &doctor] {
        let refused = person.patch(&path, &json!({ "is_deceased": false })).await;
        assert_eq!(code(&refused), (403, "patients.may_not_undo_death".into()), "{}", refused.text);
        assert!(refused.detail().contains("administrator"), "{}", refused.detail());
        assert_eq!(person.post(&format!("{path}/deceased/undo"), &undo).await.status, 403);
        assert_eq!(
            code(&person.patch(&format!("{path}/profile"), &json!({ "is_deceased": false })).await).0,
            403
        );
    }
    assert_eq!(desk.get(&path).await.json["is_deceased"], true);
    // Other fields of the dead can be corrected by the desk.
    assert_eq!(desk.patch(&path, &json!({ "city": "Pune", "is_deceased": true })).await.status, 200);

    assert_eq!(admin.post(&format!("{path}/deceased/undo"), &json!({ "reason": " " })).await.status, 422);
    let undone = admin.post(&format!("{path}/deceased/undo"), &undo).await;
    assert_eq!((undone.status, &undone.json["is_deceased"]), (200, &json!(false)), "{}", undone.text);
    let now = desk.get(&path).await.json;
    for field in ["date_of_death", "died_at", "death_certified_by"] {
        assert_eq!(now[field], Value::Null, "{field}");
    }
    let again = admin.post(&format!("{path}/deceased/undo"), &undo).await;
    assert_eq!(code(&again), (409, "deceased.not_deceased".into()));
    // An administrator may also do it by the field; the date goes with it.
    desk.patch(&path, &json!({ "died_at": "2026-01-02T10:00:00Z", "death_certified_by": "Dr. Rao" })).await;
    let lives = admin.patch(&path, &json!({ "is_deceased": false, "change_reason": "Mixed up" })).await;
    assert_eq!((lives.status, &lives.json["date_of_death"]), (200, &Value::Null), "{}", lives.text);

    let entries = history(&desk, &path).await;
    let steps: Vec<(&str, Option<&str>)> =
        entries.iter().map(|entry| (entry["action"].as_str().unwrap(), entry["reason"].as_str())).collect();
    assert_eq!(
        steps,
        [
            ("NOT_DECEASED", Some("Mixed up")),
            ("DECEASED", None),
            ("NOT_DECEASED", Some("He came in this morning")),
            ("UPDATE", None),
            ("DECEASED", Some("Told by the daughter")),
            ("CREATE", None),
        ]
    );
    assert_eq!(entries[4]["new_values"], json!({ "is_deceased": true, "date_of_death": "2019-05-06" }));
    let kinds: Vec<Value> = clinic
        .sql(&format!(
            "select kind from audit_events where entity_id = '{}' order by at, id",
            made["id"].as_str().unwrap()
        ))
        .await;
    let kinds: Vec<&str> = kinds.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"deceased") && kinds.contains(&"not_deceased"), "{kinds:?}");
}

#[tokio::test]
async fn the_pages_ask_say_what_follows_and_offer_no_more_what_makes_no_sense() {
    let app = TestApp::new().await;
    let (clinic, _, made, path) = stage(&app).await;
    set_zone(&app, &clinic, "Europe/Berlin").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let page: Browser = desk.browser().await;
    let record = page_of(&made);
    let to = format!("{record}/deceased");
    let before = page.get(&record).await.text;
    assert!(
        before.contains(&format!("href=\"{to}\"")) && before.contains(&format!("href=\"{record}/consents\""))
    );

    let asked = page.get(&to).await;
    assert_eq!(asked.status, 200);
    for part in ["What follows", "Only an administrator can take it back", "Berlin time", "Record death"] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }
    assert!(!asked.text.contains("name=\"offset\""), "not asked before it is needed");
    let wrong = page.submit(&to, &[("version", "1"), ("died_on", "tomorrow"), ("died_time", "25:00")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("id=\"died_on-error\"") && wrong.text.contains("id=\"died_time-error\""));
    let form = |more: &[(&'static str, &'static str)]| {
        let mut form = vec![
            ("version", "1"),
            ("died_on", "25/10/2026"),
            ("died_time", "02:30"),
            ("certified_by", "Dr. Rao"),
            ("note", "On the ward"),
        ];
        form.extend(more);
        form
    };
    let twice = page.submit(&to, &form(&[])).await;
    assert_eq!(twice.status, 422);
    for part in
        ["name=\"offset\"", "+02:00, before the clock changed", "+01:00, after the clock changed", "Dr. Rao"]
    {
        assert!(twice.text.contains(part), "{part} in {}", twice.text);
    }
    let done = page.submit(&to, &form(&[("offset", "+01:00")])).await;
    assert_eq!((done.status, done.header("location")), (303, format!("{record}?done=deceased").as_str()));
    assert_eq!(desk.get(&path).await.json["died_at"], "2026-10-25T01:30:00Z");

    let shown = page.get(done.header("location")).await.text;
    for part in
        ["Deceased", "25 Oct 2026, 02:30 (+01:00)", "Dr. Rao", "Correct the time of death", "Edit details"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(
        !shown.contains("Record death<") && !shown.contains(&format!("href=\"{record}/consents\"")),
        "{shown}"
    );
    let consents = page.get(&format!("{record}/consents")).await;
    assert!(consents.status == 200 && !consents.text.contains("Save answer"), "nobody is asked any more");
    let list = page.get("/patients").await.text;
    assert!(list.contains("Deceased"));
    let stale = page.submit(&to, &form(&[("offset", "+01:00")])).await;
    assert_eq!(stale.status, 412, "{}", stale.text);
    let correct = page.get(&to).await.text;
    assert!(
        correct.contains("Save correction")
            && correct.contains("value=\"02:30\"")
            && !correct.contains("It was a mistake")
    );
    assert!(correct.contains("<option value=\"+01:00\" selected>"), "the hour that was chosen: {correct}");

    let admin = clinic.admin().await.browser().await;
    assert!(admin.get(&to).await.text.contains("It was a mistake"));
    assert_eq!(page.submit(&format!("{to}/undo"), &[("reason", "Alive")]).await.status, 403);
    let undone = admin.submit(&format!("{to}/undo"), &[("reason", "Alive")]).await;
    assert_eq!(undone.header("location"), format!("{record}?done=alive"));
    let shown = page.get(&record).await.text;
    assert!(!shown.contains("banner-died") && shown.contains(&format!("href=\"{to}\"")), "{shown}");
}

/// Let the hospital's clock go twice round a day.
async fn twelve_hours(app: &TestApp, clinic: &Hospital<'_>) {
    app.sql(&format!("update public.tenants set clock_hours = 12 where id = '{}'", clinic.id)).await;
    app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", clinic.id)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn a_time_of_twelve_hours_is_read_as_the_form_writes_it() {
    let app = TestApp::new().await;
    let (clinic, _, made, path) = stage(&app).await;
    twelve_hours(&app, &clinic).await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let page = desk.browser().await;
    let to = format!("{}/deceased", page_of(&made));
    let submit = async |version: &str, on: &str, time: &str| {
        page.submit(&to, &[("version", version), ("died_on", on), ("died_time", time)]).await
    };
    assert!(page.get(&to).await.text.contains("2:30\u{a0}pm, Kolkata time"), "as it is written there");
    assert_eq!(submit("1", "14/03/2026", "2:30 pm").await.status, 303);
    assert_eq!(desk.get(&path).await.json["died_at"], "2026-03-14T09:00:00Z");
    // As it stands in the form, and corrected.
    let form = page.get(&to).await;
    assert_eq!((form.field("died_time"), form.field("died_on")), ("2:30\u{a0}pm", "14 Mar 2026"));
    assert_eq!(submit("2", form.field("died_on"), form.field("died_time")).await.status, 303);
    assert_eq!(desk.get(&path).await.json["died_at"], "2026-03-14T09:00:00Z");
    let corrected = submit("2", form.field("died_on"), "12:05 AM").await;
    assert_eq!(corrected.status, 303, "{}", corrected.text);
    assert_eq!(desk.get(&path).await.json["died_at"], "2026-03-13T18:35:00Z");
    for wrong in ["13:00 pm", "0:30 am", "24:00", "9:5"] {
        assert_eq!(submit("3", "14/03/2026", wrong).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn another_time_zone_neither_locks_a_record_nor_moves_a_death() {
    let app = TestApp::new().await;
    let (clinic, desk, made, path) = stage(&app).await;
    // In the night: the second of July in Kolkata, the first in New York.
    let at = json!({ "died_at": "2026-07-01T22:30:00Z" });
    assert_eq!(desk.post(&format!("{path}/deceased"), &at).await.json["date_of_death"], "2026-07-02");
    set_zone(&app, &clinic, "America/New_York").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let changed = desk.patch(&path, &json!({ "city": "Pune" })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let page = desk.browser().await;
    let to = format!("{}/deceased", page_of(&made));
    let form = page.get(&to).await;
    assert_eq!((form.field("died_on"), form.field("died_time")), ("1 Jul 2026", "18:30"));
    let version = form.field("version").to_owned();
    let fields = [
        ("version", version.as_str()),
        ("died_on", form.field("died_on")),
        ("died_time", form.field("died_time")),
        ("certified_by", "Dr. Rao"),
    ];
    assert_eq!(page.submit(&to, &fields).await.status, 303);
    let now = desk.get(&path).await.json;
    assert_eq!(
        (&now["died_at"], &now["death_certified_by"]),
        (&json!("2026-07-01T22:30:00Z"), &json!("Dr. Rao"))
    );
    // Of the two, one told alone still has to fit.
    assert!(faults(&desk.patch(&path, &json!({ "date_of_death": "2026-07-04" })).await).contains("died_at"));
}

#[tokio::test]
async fn taking_a_death_back_takes_the_right_to_change_patients_as_well() {
    let app = TestApp::new().await;
    let (clinic, desk, made, path) = stage(&app).await;
    desk.post(&format!("{path}/deceased"), &json!({ "died_at": "2026-01-02" })).await;
    clinic.take("patients:update", SystemRole::HospitalAdmin).await;
    let admin = clinic.admin().await;
    let undo = json!({ "reason": "Alive" });
    let refused = admin.post(&format!("{path}/deceased/undo"), &undo).await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (403, &json!("auth.permission_missing")),
        "{}",
        refused.text
    );
    let to = format!("{}/deceased/undo", page_of(&made));
    assert_eq!(admin.browser().await.submit(&to, &[("reason", "Alive")]).await.status, 403);
    assert_eq!(desk.get(&path).await.json["is_deceased"], true);
}
