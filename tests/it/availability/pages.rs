//! Pages of hours.

use hms::clinic::roles::SystemRole;
use jiff::ToSpan as _;
use serde_json::json;

use crate::doctors::{doctor, today};
use crate::harness::TestApp;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

#[tokio::test]
async fn a_week_is_written_as_people_type_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let doctor = doctor(&admin, "Nikhil").await;
    let page = admin.browser().await;
    let (one, path) = (format!("/doctors/{}", doctor.id), format!("/doctors/{}/hours", doctor.id));
    assert!(page.get(&one).await.text.contains("No hours are written yet"));
    let from = today(&app, "Asia/Kolkata").to_string();
    let mut fields: Vec<(&str, &str)> = DAYS.iter().map(|day| (*day, "9-13, 16:00-18:00")).collect();
    fields[6].1 = "nine to five";
    fields.extend([("slot_minutes", "30"), ("valid_from", from.as_str())]);
    let refused = page.submit(&path, &fields).await;
    assert!(refused.status == 422 && refused.text.contains("href=\"#sunday\""), "{}", refused.text);
    assert!(refused.text.contains("value=\"nine to five\""), "what was typed is kept");
    fields[6].1 = "closed";
    let saved = page.submit(&path, &fields).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, &*format!("{one}?done=hours-saved")),
        "{}",
        saved.text
    );
    let week = page.get(&one).await.text;
    assert_eq!(week.matches("09:00\u{2013}13:00, 16:00\u{2013}18:00").count(), 6, "{week}");
    assert!(week.contains("Not there"), "{week}");
    assert_eq!(page.get(&path).await.field("monday"), "09:00\u{2013}13:00, 16:00\u{2013}18:00");

    let tomorrow = today(&app, "Asia/Kolkata").checked_add(1.day()).unwrap().to_string();
    let days = format!("/doctors/{}/days", doctor.id);
    let refused = page.submit(&days, &[("on_date", "tomorrow"), ("kind", "CLOSED")]).await;
    assert!(
        refused.status == 422 && refused.field("monday").contains("09:00"),
        "the week stays as it is: {}",
        refused.text
    );
    let added =
        page.submit(&days, &[("on_date", tomorrow.as_str()), ("kind", "CLOSED"), ("note", "Congress")]).await;
    assert_eq!(added.status, 303, "{}", added.text);
    let shown = page.get(&path).await.text;
    assert!(shown.contains("the whole day") && shown.contains("Congress"), "{shown}");
    let remove =
        shown.split("action=\"").find(|part| part.starts_with(&days) && part.contains("/remove\"")).unwrap();
    let removed = page.submit(remove.split('"').next().unwrap(), &[]).await;
    assert_eq!(removed.status, 303);
    assert!(page.get(&path).await.text.contains("None ahead"));

    let desk = clinic.staff(SystemRole::Receptionist).await.browser().await;
    assert_eq!(desk.get(&path).await.status, 403, "who may not write sees no form");
}

#[tokio::test]
async fn the_checklist_is_ticked_once_hours_are_copied() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let line = async || {
        let all = admin.get("/api/v1/hospital/checklist").await.json;
        let lines = all["lines"].as_array().unwrap().clone();
        lines.into_iter().find(|line| line["key"] == "doctor_hours").unwrap()["standing"].clone()
    };
    assert_eq!(line().await, json!("OPEN"));
    doctor(&admin, "Nikhil").await;
    assert!(page.get("/doctors/hours").await.text.contains("Not told yet"));
    let refused = page.submit("/doctors/hours", &[]).await;
    assert!(refused.status == 409 && refused.text.contains("Write them first"), "{}", refused.text);
    let hours = json!({ "opening_hours": [{ "weekday": "MONDAY", "opens": "09:00", "closes": "17:00" }] });
    assert_eq!(admin.patch("/api/v1/hospital", &hours).await.status, 200);
    assert!(page.get("/doctors/hours").await.text.contains("Copy to 1 doctor"));
    let copied = page.submit("/doctors/hours", &[]).await;
    assert_eq!((copied.status, copied.header("location")), (303, "/doctors/hours?done=hours-copied"));
    let after = page.get("/doctors/hours").await.text;
    assert!(after.contains("Has hours") && !after.contains("Copy to"), "{after}");
    assert_eq!(line().await, json!("DONE"));
}
