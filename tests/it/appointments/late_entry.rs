//! Written down later: what happened keeps its time, beside the time at which it was said.

use hms::clinic::appointments;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::windows::stage_in;
use super::{APPOINTMENTS, Stage, an_app, code, later, path_of, refused, set_clock};
use crate::harness::{Client, Reply};
use crate::patients::faults;

/// So many minutes from now, to the minute, as a form says it.
pub(super) fn minute(stage: &Stage<'_>, from_now: i64) -> Timestamp {
    let at = later(stage.now(), from_now).as_second();
    Timestamp::from_second(at.div_euclid(60) * 60).unwrap()
}

pub(super) fn then(at: Timestamp) -> Value {
    json!({ "happened_at": at.to_string() })
}

pub(super) async fn history(stage: &Stage<'_>, appointment: &Value) -> Vec<Value> {
    let told = stage.desk.get(&format!("{}/history", path_of(appointment))).await.json;
    told.as_array().unwrap().clone()
}

#[tokio::test]
async fn stamps_turn_and_history_have_the_time_at_which_it_happened() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.pass(100);
    let (came, began, ended) = (minute(&stage, -85), minute(&stage, -70), minute(&stage, -55));
    let arrived = stage.desk_does(&booked, "check-in", &then(came)).await;
    assert_eq!((&arrived["checked_in_at"], &arrived["token"]), (&json!(came.to_string()), &json!("G-001")));
    let row = stage.row(&booked).await;
    let kept: Timestamp = row["queued_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(kept, came, "waits since then");
    let changed: Timestamp = row["updated_at"].as_str().unwrap().parse().unwrap();
    assert!(changed > later(came, 80), "and was written down now: {row}");
    let visited = stage.desk.get(&crate::patients::path_of(&stage.asha)).await.json;
    assert_eq!(visited["last_visited_at"], arrived["checked_in_at"]);

    let started = stage.doctor_does(&booked, "start-consultation", &then(began)).await;
    assert_eq!(started["consultation_started_at"], json!(began.to_string()));
    assert_eq!(started["checked_in_at"], arrived["checked_in_at"]);
    let body = json!({ "happened_at": ended.to_string(), "closure_note": "Improved" });
    let done = stage.doctor_does(&booked, "complete", &body).await;
    assert_eq!((&done["completed_at"], &done["notes"]), (&json!(ended.to_string()), &json!("Improved")));

    let told = history(&stage, &booked).await;
    for (event, (kind, at)) in
        told[1..].iter().zip([("CHECKED_IN", came), ("STARTED", began), ("COMPLETED", ended)])
    {
        assert_eq!((&event["kind"], &event["happened_at"]), (&json!(kind), &json!(at.to_string())));
        let written: Timestamp = event["recorded_at"].as_str().unwrap().parse().unwrap();
        assert!(written > later(at, 50), "{event}");
    }
    assert_eq!(told[0]["happened_at"], told[0]["recorded_at"], "what is said at once has one time");
    let page = stage.desk.browser().await;
    let page = page.get(&format!("/appointments/{}", booked["id"].as_str().unwrap())).await;
    assert_eq!(page.text.matches("Written down today, ").count(), 3, "{}", page.text);
}

#[tokio::test]
async fn whoever_was_in_time_keeps_the_place_whenever_that_is_written_down() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let first = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let second = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    stage.pass(75);
    // An hour after her time; he came ten minutes after his, which the desk writes down last.
    stage.desk_does(&first, "check-in", &json!({})).await;
    stage.desk_does(&second, "check-in", &then(minute(&stage, -35))).await;
    let queue = stage.desk.get("/api/v1/queue").await.json;
    let waiting: Vec<&Value> = queue["items"].as_array().unwrap().iter().collect();
    let told: Vec<(&Value, &Value)> =
        waiting.iter().map(|entry| (&entry["appointment_id"], &entry["is_late"])).collect();
    assert_eq!(told, [(&second["id"], &json!(false)), (&first["id"], &json!(true))]);
    let minutes = waiting[0]["wait_minutes"].as_i64().unwrap();
    assert!((34..=36).contains(&minutes), "{minutes}");
}

async fn at(stage: &Stage<'_>, who: &Client, one: &Value, step: &str, at: &str) -> Reply {
    stage.act(who, one, step, &json!({ "happened_at": at, "reason": "Train strike" })).await
}

#[tokio::test]
async fn a_time_that_cannot_be_is_refused_at_its_field_and_changes_nothing() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(4)).await;
    stage.pass(70);
    let (desk, doctor) = (&stage.desk, &stage.doctor);
    for (typed, says) in [
        (minute(&stage, 7).to_string(), "in the future"),
        (minute(&stage, -25 * 60).to_string(), "more than 24 hours ago"),
        (minute(&stage, -75).to_string(), "before the booking at "),
        ("2399-01-01T09:00:00Z".to_owned(), "in the future"),
        ("9999-12-31T23:59:59Z".to_owned(), "Write the time like"),
        ("soon".to_owned(), "Write the time like"),
        ("2026-03-14".to_owned(), "Write the time like"),
    ] {
        let reply = at(&stage, desk, &booked, "check-in", &typed).await;
        assert!(reply.status == 422 && faults(&reply).contains("happened_at"), "{typed}: {}", reply.text);
        assert!(reply.text.contains(says), "{typed}: {}", reply.text);
    }
    // Judged by the moment at which it happened, not by now.
    let early = at(&stage, desk, &booked, "check-in", &minute(&stage, -60).to_string()).await;
    assert_eq!(code(&early), refused(400, "appointment.too_early"));
    assert_eq!(desk.get(&path_of(&booked)).await.json, booked, "nothing was changed");

    // In the order of things: after the check-in, after the start. In the same minute is after it.
    let came = minute(&stage, -30);
    let arrived = stage.desk_does(&booked, "check-in", &then(came)).await;
    assert_eq!(arrived["token"], "G-001", "no number was used up");
    let before = at(&stage, doctor, &booked, "start-consultation", &minute(&stage, -31).to_string()).await;
    assert!(before.status == 422 && before.text.contains("before the check-in at "), "{}", before.text);
    stage.pass(5);
    let started = stage.doctor_does(&booked, "start-consultation", &json!({})).await;
    let before = at(&stage, doctor, &booked, "complete", &minute(&stage, -2).to_string()).await;
    assert!(
        before.status == 422 && before.text.contains("before the start of the consultation at "),
        "{}",
        before.text
    );
    stage.pass(3);
    let began: Timestamp = started["consultation_started_at"].as_str().unwrap().parse().unwrap();
    let same = Timestamp::from_second(began.as_second().div_euclid(60) * 60).unwrap();
    let done = stage.doctor_does(&booked, "complete", &then(same)).await;
    assert_eq!(done["completed_at"], started["consultation_started_at"]);
    // A clock that is a little ahead says now.
    let other = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    let arrived = stage.desk_does(&other, "check-in", &then(minute(&stage, 4))).await;
    let came: Timestamp = arrived["checked_in_at"].as_str().unwrap().parse().unwrap();
    assert!(came <= stage.now());
}

#[tokio::test]
async fn the_next_morning_yesterday_is_written_down_as_it_was() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let (came, day) = (minute(&stage, 10), stage.row(&booked).await["scheduled_at"].clone());
    stage.pass(15 + 181);
    appointments::housekeep(&app.app).await.unwrap();
    stage.pass(19 * 60);
    let desk = app.sign_in(&stage.clinic.email).await;
    let now = stage.act(&desk, &booked, "arrived-late", &json!({ "reason": "No network" })).await;
    assert_eq!(code(&now), refused(400, "appointment.not_late"), "today she did not come");
    let body = json!({ "reason": "No network", "happened_at": came.to_string() });
    let arrived = stage.act(&desk, &booked, "arrived-late", &body).await;
    assert_eq!(arrived.status, 200, "{}", arrived.text);
    assert_eq!(arrived.json["checked_in_at"], json!(came.to_string()));
    assert_eq!(arrived.json["arrived_late"], false, "she was there before she was given up");
    assert!(day.as_str().unwrap().starts_with(arrived.json["token_day"].as_str().unwrap()), "{day}");
    let started = stage.act(&desk, &booked, "start-consultation", &then(later(came, 5))).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let done = stage.act(&desk, &booked, "complete", &then(later(came, 15))).await;
    assert_eq!((done.status, &done.json["completed_at"]), (200, &json!(later(came, 15).to_string())));
    // A later day is no longer written down here.
    let other = desk.post(APPOINTMENTS, &stage.body(&stage.ravi, &stage.quarter(1))).await.json;
    stage.pass(49 * 60);
    let desk = app.sign_in(&stage.clinic.email).await;
    let late = at(&stage, &desk, &other, "check-in", &minute(&stage, -10).to_string()).await;
    assert_eq!(code(&late), refused(400, "appointment.day_over"));
}

#[tokio::test]
async fn the_page_asks_for_the_time_and_says_what_is_wrong_with_it() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(4)).await;
    let path = format!("/appointments/{}", booked["id"].as_str().unwrap());
    let (desk, doctor) = (stage.desk.browser().await, stage.doctor.browser().await);
    stage.pass(90);
    let zone = jiff::tz::TimeZone::get("Asia/Kolkata").unwrap();
    let typed = |from_now: i64| {
        minute(&stage, from_now).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let page = desk.get(&path).await;
    assert!(page.text.contains("The patient came earlier"), "{}", page.text);
    assert!(!page.text.contains("name=\"began_at\""), "the desk treats nobody");
    let step = format!("{path}/check-in");
    for (from_now, status, says) in [
        (60, 422, "in the future"),
        (-95, 422, "before the booking at"),
        (-65, 400, "Check-in opens 30 minutes"),
    ] {
        let wrong = desk.submit(&step, &[("came_at", &typed(from_now))]).await;
        assert_eq!(wrong.status, status, "{from_now}: {}", wrong.text);
        let value = format!("value=\"{}\"", typed(from_now));
        for part in ["id=\"came_at-error\"", "href=\"#came_at\"", says, &value] {
            assert!(wrong.text.contains(part), "{part} in {}", wrong.text);
        }
    }
    assert_eq!(desk.submit(&step, &[("came_at", &typed(-50))]).await.status, 303);
    let step = format!("{path}/start-consultation");
    let wrong = doctor.submit(&step, &[("began_at", &typed(-60))]).await;
    assert!(wrong.status == 422 && wrong.text.contains("id=\"began_at-error\""), "{}", wrong.text);
    assert_eq!(doctor.submit(&step, &[("began_at", &typed(-45))]).await.status, 303);
    let step = format!("{path}/complete");
    let ended = typed(-48);
    let fields = [("closure_note", "Improved"), ("ended_at", ended.as_str())];
    let wrong = doctor.submit(&step, &fields).await;
    assert!(wrong.status == 422 && wrong.text.contains("id=\"ended_at-error\""), "{}", wrong.text);
    assert!(wrong.text.contains("Improved"), "what was typed is kept: {}", wrong.text);
    assert_eq!(doctor.submit(&step, &[("ended_at", &typed(-30))]).await.status, 303);
    let done = desk.get(&path).await;
    assert_eq!(done.text.matches("Written down today, ").count(), 3, "{}", done.text);
    let row = stage.row(&booked).await;
    let stamp = |name: &str| row[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(
        ["checked_in_at", "consultation_started_at", "completed_at"].map(stamp),
        [minute(&stage, -50), minute(&stage, -45), minute(&stage, -30)]
    );
}

#[tokio::test]
async fn of_an_hour_that_comes_twice_the_page_asks_which() {
    let app = an_app().await;
    let start: Timestamp = "2027-10-30T22:30:00Z".parse().unwrap();
    let stage = stage_in(&app, "Europe/Berlin", start).await;
    // 02:30 comes twice that night, at 00:30 and at 01:30 in UTC.
    let booked = stage.booked(&stage.asha, "2027-10-31T00:30:00Z").await;
    let other = stage.booked(&stage.ravi, "2027-10-31T00:45:00Z").await;
    set_clock(&app, "2027-10-31T02:00:00Z".parse().unwrap());
    let path = format!("/appointments/{}", booked["id"].as_str().unwrap());
    let desk = stage.desk.browser().await;
    let step = format!("{path}/check-in");
    let asked = desk.submit(&step, &[("came_at", "2027-10-31T02:30")]).await;
    assert_eq!(asked.status, 422, "{}", asked.text);
    assert!(asked.text.contains("twice that night") && asked.text.contains("name=\"came_fold\""));
    let fields = [("came_at", "2027-10-31T02:30"), ("came_fold", "second")];
    let arrived = desk.submit(&step, &fields).await;
    assert_eq!(arrived.status, 303, "{}", arrived.text);
    let shown = stage.desk.get(&path_of(&booked)).await.json;
    assert_eq!(shown["checked_in_at"], "2027-10-31T01:30:00Z");
    assert!(desk.get(&path).await.text.contains("02:30 (UTC+01)"), "and the history says which it was");
    // In the API a time without an offset is UTC, as everywhere there.
    let arrived = stage.desk_does(&other, "check-in", &json!({ "happened_at": "2027-10-31T00:40:00" })).await;
    assert_eq!(arrived["checked_in_at"], "2027-10-31T00:40:00Z");
}

#[tokio::test]
async fn so_does_the_form_of_a_walk_in() {
    let app = an_app().await;
    let now: Timestamp = "2027-10-31T02:00:00Z".parse().unwrap();
    let stage = stage_in(&app, "Europe/Berlin", now).await;
    let desk = stage.desk.browser().await;
    let (key, whom) = (uuid::Uuid::now_v7().to_string(), format!("doctor:{}", stage.doctor_id));
    let mut fields = vec![
        ("form_key", key.as_str()),
        ("patient_id", stage.asha["id"].as_str().unwrap()),
        ("whom", &whom),
        ("arrived_at", "2027-10-31T02:30"),
    ];
    let asked = desk.submit("/walk-ins/new", &fields).await;
    assert_eq!(asked.status, 422, "{}", asked.text);
    assert!(asked.text.contains("twice that night") && asked.text.contains("name=\"arrived_fold\""));
    fields.push(("arrived_fold", "first"));
    let saved = desk.submit("/walk-ins/new", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let came =
        stage.clinic.sql("select checked_in_at = '2027-10-31T00:30:00Z' as first from appointments").await;
    assert_eq!(came, [json!({ "first": true })]);
}
