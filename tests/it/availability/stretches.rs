//! The page of the hours keeps length and room of each stretch, as the API has them.

use serde_json::{Value, json};

use crate::doctors::{DOCTORS, doctor, put, today};
use crate::harness::{Client, Reply, TestApp};

async fn room(admin: &Client, name: &str) -> String {
    let made = admin.post("/api/v1/rooms", &json!({ "name": name })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json["id"].as_str().unwrap().to_owned()
}

/// What is chosen in a list of a page.
fn chosen<'a>(page: &'a Reply, name: &str) -> &'a str {
    let list = page.text.split(&format!("<select class=\"form-select\" id=\"{name}\"")).nth(1);
    let list =
        list.unwrap_or_else(|| panic!("no {name} in {}", page.text)).split("</select>").next().unwrap();
    let option = list.split("<option value=\"").find(|option| option.contains("\" selected>"));
    option.map_or("", |option| option.split('"').next().unwrap())
}

/// Everything that the form of the week would send, as the page shows it.
fn sent(page: &Reply) -> Vec<(String, String)> {
    let form = page.text.split("Days that differ").next().unwrap();
    let names = form.split(" name=\"").skip(1).map(|part| part.split('"').next().unwrap().to_owned());
    let value = |name: String| {
        let is_list = form.contains(&format!("<select class=\"form-select\" id=\"{name}\""));
        let value = if is_list { chosen(page, &name) } else { page.field(&name) }.to_owned();
        (name, value)
    };
    let days = ["day_room_id", "search", "q"];
    names
        .filter(|name| {
            let of_week = name.contains("day") || ["slot_minutes", "room_id"].contains(&name.as_str());
            (of_week || name.starts_with("valid_")) && !days.contains(&name.as_str())
        })
        .map(value)
        .collect()
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The hours as the API tells them, without from when they hold.
async fn told(admin: &Client, path: &str) -> Vec<Value> {
    let hours = admin.get(path).await.json["hours"].as_array().unwrap().clone();
    let fields = ["weekday", "starts_at", "ends_at", "slot_minutes", "room_id", "valid_until"];
    hours.iter().map(|span| fields.iter().map(|field| span[*field].clone()).collect()).collect()
}

#[tokio::test]
async fn what_the_api_wrote_for_a_stretch_stays_when_the_page_is_saved() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let doctor = doctor(&admin, "Nikhil").await;
    let (one, two) = (room(&admin, "Room 1").await, room(&admin, "Room 2").await);
    let api = format!("{DOCTORS}/{}/hours", doctor.id);
    let span = |day: &str, from: &str, to: &str, slot: i64, room: Value| json!({ "weekday": day, "starts_at": from, "ends_at": to, "slot_minutes": slot, "room_id": room });
    let week = json!({ "hours": [
        span("MONDAY", "09:00", "13:00", 15, json!(one)),
        span("MONDAY", "14:00", "15:00", 30, json!(two)),
        span("MONDAY", "16:00", "18:00", 15, json!(one)),
        span("MONDAY", "18:00", "20:00", 30, json!(two)),
        span("TUESDAY", "09:00", "13:00", 15, json!(one)),
        span("WEDNESDAY", "10:00", "13:00", 45, Value::Null),
        span("WEDNESDAY", "20:00", "24:00", 60, json!(two)),
    ] });
    assert_eq!(put(&admin, &api, &week).await.status, 200);
    let before = told(&admin, &api).await;
    let browser = admin.browser().await;
    let path = format!("/doctors/{}/hours", doctor.id);
    let page = browser.get(&path).await;
    for (name, value) in [
        ("monday", "09:00\u{2013}13:00, 16:00\u{2013}18:00"),
        ("monday_2", "14:00\u{2013}15:00, 18:00\u{2013}20:00"),
        ("monday_3", ""),
        ("tuesday", "09:00\u{2013}13:00"),
        ("tuesday_2", ""),
        ("wednesday", ""),
        ("wednesday_2", "10:00\u{2013}13:00"),
        ("wednesday_3", "20:00\u{2013}24:00"),
        ("thursday", "closed"),
    ] {
        assert_eq!(page.field(name), value, "{name}");
    }
    for (name, value) in [
        ("slot_minutes", "15"),
        ("room_id", &*one),
        ("monday_2_slot", "30"),
        ("monday_2_room", &*two),
        ("wednesday_2_slot", "45"),
        ("wednesday_2_room", ""),
        ("tuesday_2_slot", "15"),
        ("tuesday_2_room", &*one),
    ] {
        assert_eq!(chosen(&page, name), value, "{name}");
    }
    assert_eq!(page.text.matches("<details class=\"twin\" open>").count(), 2, "only where something differs");

    // Saved as it is: nothing is another.
    let fields = sent(&page);
    let saved = browser.submit(&path, &pairs(&fields)).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(told(&admin, &api).await, before);

    // A room that is taken out of use stays where it is, and nobody moves into it.
    let out = json!({ "is_active": false });
    assert_eq!(admin.patch(&format!("/api/v1/rooms/{two}"), &out).await.status, 200);
    let page = browser.get(&path).await;
    assert!(page.text.contains("Room 2 (out of use)"), "{}", page.text);
    let fields = sent(&page);
    assert_eq!(browser.submit(&path, &pairs(&fields)).await.status, 303);
    assert_eq!(told(&admin, &api).await, before);
    let other = crate::doctors::doctor(&admin, "Sara").await;
    let theirs = format!("/doctors/{}/hours", other.id);
    let from = today(&app, "Asia/Kolkata").to_string();
    let moved = [("monday", "9-13"), ("slot_minutes", "15"), ("room_id", &*two), ("valid_from", &*from)];
    let refused = browser.submit(&theirs, &moved).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}

#[tokio::test]
async fn a_stretch_of_another_length_is_written_on_the_page_without_a_script() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let doctor = doctor(&admin, "Nikhil").await;
    let one = room(&admin, "Room 1").await;
    let (api, path) = (format!("{DOCTORS}/{}/hours", doctor.id), format!("/doctors/{}/hours", doctor.id));
    let browser = admin.browser().await;
    let until = today(&app, "Asia/Kolkata").to_string();
    let with = |hours: &'static str, slot: &'static str| {
        [
            ("monday", "9-13"),
            ("monday_2", hours),
            ("monday_2_slot", slot),
            ("monday_2_room", one.as_str()),
            ("friday_2", "10-12"),
            ("friday_2_slot", "45"),
            ("friday_2_room", ""),
            ("slot_minutes", "15"),
            ("room_id", ""),
            ("valid_from", until.as_str()),
        ]
    };
    for (hours, slot, field) in [
        ("nine to five", "30", "monday_2"),
        ("16-18", "20", "monday_2_slot"),
        ("16:10-18", "30", "monday"),
        ("12-14", "30", "monday"),
    ] {
        let refused = browser.submit(&path, &with(hours, slot)).await;
        assert_eq!(refused.status, 422, "{hours} {slot}: {}", refused.text);
        assert!(refused.text.contains(&format!("href=\"#{field}\"")), "{hours}: {}", refused.text);
        assert_eq!((refused.field("monday_2"), refused.field("friday_2")), (hours, "10-12"));
        assert_eq!(chosen(&refused, "friday_2_slot"), "45", "what was typed is kept");
        assert!(refused.text.matches("<details class=\"twin\" open>").count() >= 2);
    }
    assert_eq!(told(&admin, &api).await, Vec::<Value>::new(), "nothing was written");
    let saved = browser.submit(&path, &with("16-18", "30")).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(
        json!(told(&admin, &api).await),
        json!([
            ["MONDAY", "09:00", "13:00", 15, null, null],
            ["MONDAY", "16:00", "18:00", 30, one, null],
            ["FRIDAY", "10:00", "12:00", 45, null, null],
        ])
    );

    // A day that is refused leaves the week on the page as it is.
    let refused = browser.submit(&format!("/doctors/{}/days", doctor.id), &[("on_date", "soon")]).await;
    assert_eq!((refused.status, refused.field("monday_2")), (422, "16:00\u{2013}18:00"));
    assert_eq!(chosen(&refused, "monday_2_room"), one);
}
