//! Weekly hours, days that differ, holidays: whether a time can be booked.

mod pages;
mod stretches;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::doctors::{
    DOCTORS, WEEK, book, booked, code, doctor, every_day, free, new_patient, put, signed_in, today,
    with_hours,
};
use crate::harness::{Client, TestApp};
use crate::patients::faults;

const KOLKATA: &str = "Asia/Kolkata";

async fn hours(client: &Client, doctor: &str) -> Value {
    let reply = client.get(&format!("{DOCTORS}/{doctor}/hours")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

#[tokio::test]
async fn hours_are_replaced_for_their_days_and_go_on_behind_them() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let doctor = doctor(&admin, "Nikhil").await;
    let path = format!("{DOCTORS}/{}/hours", doctor.id);
    assert_eq!(hours(&desk, &doctor.id).await["has_hours"], false);
    with_hours(&admin, &doctor, "09:00", "10:00", 60).await;

    // A week in which it is another time; then as before.
    let day = today(&app, KOLKATA);
    let (first, last) = (day.checked_add(7.days()).unwrap(), day.checked_add(13.days()).unwrap());
    let mut week = every_day("14:00", "15:00", 60);
    week["valid_from"] = json!(first);
    week["valid_until"] = json!(last);
    assert_eq!(put(&admin, &path, &week).await.status, 200);
    let times = async |day: jiff::civil::Date| {
        let all = free(&desk, &doctor, day).await;
        all.into_iter().map(|at| at[11..16].to_owned()).collect::<Vec<_>>()
    };
    for (days, time) in [(6, "09:00"), (7, "14:00"), (13, "14:00"), (14, "09:00")] {
        assert_eq!(times(day.checked_add(days.days()).unwrap()).await, [time], "{days}");
    }
    // Written again, over the end of that week: what is in it is replaced, what goes on behind begins behind.
    let mut week = every_day("17:00", "18:00", 60);
    week["valid_from"] = json!(day.checked_add(10.days()).unwrap());
    week["valid_until"] = json!(day.checked_add(20.days()).unwrap());
    assert_eq!(put(&admin, &path, &week).await.status, 200);
    for (days, time) in
        [(6, "09:00"), (9, "14:00"), (10, "17:00"), (14, "17:00"), (20, "17:00"), (21, "09:00")]
    {
        assert_eq!(times(day.checked_add(days.days()).unwrap()).await, [time], "{days}");
    }
    // And for good, with nothing in it: not there from then on.
    let none = json!({ "hours": [], "valid_from": day.checked_add(1.day()).unwrap() });
    assert_eq!(put(&admin, &path, &none).await.status, 200);
    for days in [1, 10, 21, 300] {
        assert_eq!(times(day.checked_add(days.days()).unwrap()).await, [""; 0], "{days}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_hours_is_told() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let doctor = doctor(&admin, "Nikhil").await;
    let path = format!("{DOCTORS}/{}/hours", doctor.id);
    let span = |day: &str, from: &str, to: &str| json!({ "weekday": day, "starts_at": from, "ends_at": to });
    for (body, field) in [
        (json!({}), "hours"),
        (json!({ "hours": null }), "hours"),
        (json!({ "hours": [span("MONDAY", "09:00", "09:10")] }), "hours"),
        (json!({ "hours": [span("Monday!", "09:00", "10:00")] }), "hours"),
        (json!({ "hours": [span("MONDAY", "10:00", "09:00")] }), "hours"),
        (json!({ "hours": [span("MONDAY", "20:00", "25:00")] }), "hours"),
        (json!({ "hours": [span("MONDAY", "09:00", "12:00"), span("MONDAY", "11:00", "13:00")] }), "monday"),
        (json!({ "hours": [], "valid_from": "2020-01-01" }), "valid_from"),
        (json!({ "hours": [], "valid_from": "9999-12-31" }), "valid_from"),
        (json!({ "hours": [], "valid_from": "soon" }), "valid_from"),
        (json!({ "hours": [], "valid_until": "2020-01-01" }), "valid_until"),
    ] {
        let told = put(&admin, &path, &body).await;
        assert_eq!(faults(&told), [field.to_owned()].into(), "{body}");
    }
    let many = json!({ "hours": vec![span("MONDAY", "09:00", "10:00"); 57] });
    assert_eq!(faults(&put(&admin, &path, &many).await), ["hours".to_owned()].into());
    let mut foreign = every_day("09:00", "10:00", 60);
    foreign["hours"][0]["room_id"] = json!(uuid::Uuid::new_v4());
    assert_eq!(code(&put(&admin, &path, &foreign).await), (400, "doctors.no_room"));
    assert_eq!(hours(&admin, &doctor.id).await["hours"], json!([]), "nothing was written");
}

#[tokio::test]
async fn a_doctor_writes_their_own_hours_and_nobody_elses() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (client, own) = signed_in(&clinic, &admin).await;
    let other = doctor(&admin, "Nikhil").await;
    let week = every_day("09:00", "10:00", 60);
    let path = |id: &str| format!("{DOCTORS}/{id}/hours");
    assert_eq!(put(&client, &path(&own.id), &week).await.status, 200);
    assert_eq!(code(&put(&client, &path(&other.id), &week).await), (403, "availability.not_yours"));
    assert_eq!(code(&put(&desk, &path(&other.id), &week).await), (403, "availability.not_yours"));
    let nurse = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(put(&nurse, &path(&own.id), &week).await.status, 403);
    assert_eq!(nurse.get(&path(&own.id)).await.status, 200);
    let day = json!({ "on_date": today(&app, KOLKATA), "kind": "CLOSED" });
    let days = |id: &str| format!("{DOCTORS}/{id}/days");
    assert_eq!(code(&client.post(&days(&other.id), &day).await), (403, "availability.not_yours"));
    let made = client.post(&days(&own.id), &day).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let one = format!("{}/{}", days(&own.id), made.json["id"].as_str().unwrap());
    assert_eq!(code(&desk.request(Method::DELETE, &one).send().await), (403, "availability.not_yours"));
    let elsewhere = format!("{}/{}", days(&other.id), made.json["id"].as_str().unwrap());
    assert_eq!(admin.request(Method::DELETE, &elsewhere).send().await.status, 404, "a day of somebody else");
    assert_eq!(client.request(Method::DELETE, &one).send().await.status, 204);
    assert_eq!(client.request(Method::DELETE, &one).send().await.status, 404);
    let rows = clinic.audit().await;
    let kinds: Vec<&str> = rows.iter().filter_map(|row| row["kind"].as_str()).collect();
    for kind in ["hours_set", "created", "removed"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_time_is_booked_within_hours_days_and_holidays_alone() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let doctor = doctor(&admin, "Nikhil").await;
    let day = today(&app, KOLKATA).checked_add(3.days()).unwrap();
    let patient = new_patient(&desk, "Ravi").await;
    let at = |time: &str| format!("{day}T{time}:00+05:30");
    // Without hours, every time.
    booked(&desk, "Asha", &doctor, &at("03:00")).await;
    with_hours(&admin, &doctor, "09:00", "12:00", 30).await;
    let ask = async |time: &str| {
        let reply = book(&desk, &patient, &doctor, &at(time)).await;
        (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |code: &str| (400, code.to_owned());
    assert_eq!(ask("08:45").await, refused("availability.outside_hours"));
    assert_eq!(ask("11:45").await, refused("availability.outside_hours"), "it would end behind them");
    assert_eq!(ask("12:00").await, refused("availability.outside_hours"));
    let booking = booked(&desk, "Meera", &doctor, &at("11:30")).await;
    assert_eq!(
        booking["scheduled_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(),
        at("11:30").parse().unwrap()
    );

    let days = format!("{DOCTORS}/{}/days", doctor.id);
    let add = async |body: Value| admin.post(&days, &body).await;
    let falls_out = json!({ "on_date": day, "kind": "CLOSED", "starts_at": "09:00", "ends_at": "10:00" });
    assert_eq!(add(falls_out.clone()).await.status, 201);
    assert_eq!(code(&add(falls_out).await), (409, "availability.overlap"));
    assert_eq!(ask("09:30").await, refused("availability.closed"));
    assert_eq!(add(json!({ "on_date": day, "kind": "EXTRA", "starts_at": "18:00", "ends_at": "19:00", "slot_minutes": 60 })).await.status, 201);
    assert_eq!(ask("18:00").await.0, 201);
    let all: Vec<String> = free(&desk, &doctor, day).await;
    assert_eq!(all, [at("10:00"), at("10:30"), at("11:00")], "what is booked and what falls out is not free");

    let holidays = json!({ "holidays": [{ "day": day, "name": "Holi" }] });
    assert_eq!(admin.patch("/api/v1/hospital", &holidays).await.status, 200);
    let closed = book(&desk, &patient, &doctor, &at("10:00")).await;
    assert_eq!(code(&closed), (400, "availability.closed"));
    assert!(closed.detail().contains("Holi"), "{}", closed.text);
    assert_eq!(free(&desk, &doctor, day).await, [""; 0]);
    let extra = json!({ "on_date": day, "kind": "EXTRA", "starts_at": "20:00", "ends_at": "21:00" });
    assert_eq!(faults(&add(extra).await), ["on_date".to_owned()].into());

    let profile = format!("{DOCTORS}/{}/profile", doctor.id);
    assert_eq!(put(&admin, &profile, &json!({ "accepts_bookings": false })).await.status, 200);
    assert_eq!(ask("10:30").await, refused("availability.not_accepting"));
}

#[tokio::test]
async fn the_opening_hours_are_copied_to_all_doctors_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let copy = async || admin.post("/api/v1/doctors/hours/copy", &json!({})).await;
    assert_eq!(code(&copy().await), (409, "availability.no_opening_hours"));
    let span =
        |day: &str, opens: &str, closes: &str| json!({ "weekday": day, "opens": opens, "closes": closes });
    // Over midnight, and not on a quarter of an hour.
    let mut spans: Vec<Value> = WEEK[..6].iter().map(|day| span(day, "09:05", "17:00")).collect();
    spans.push(span("SUNDAY", "20:00", "02:00"));
    let told = admin.patch("/api/v1/hospital", &json!({ "opening_hours": spans })).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(code(&copy().await), (409, "availability.nobody_needs_hours"), "no doctors yet");
    let (a, b, c) = (doctor(&admin, "A").await, doctor(&admin, "B").await, doctor(&admin, "C").await);
    with_hours(&admin, &b, "06:00", "07:00", 60).await;
    assert_eq!(
        put(&admin, &format!("{DOCTORS}/{}/profile", c.id), &json!({ "slot_minutes": 60 })).await.status,
        200
    );

    let (first, second) = tokio::join!(copy(), copy());
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "two at once give them once: {} {}", first.text, second.text);
    assert_eq!(hours(&desk, &b.id).await["hours"].as_array().unwrap().len(), 7, "hers stay");
    let of_a = hours(&desk, &a.id).await["hours"].clone();
    assert_eq!(of_a.as_array().unwrap().len(), 8, "six days, and Sunday night in two parts: {of_a}");
    assert_eq!((&of_a[0]["starts_at"], &of_a[0]["ends_at"]), (&json!("00:00"), &json!("02:00")));
    assert_eq!((&of_a[1]["starts_at"], &of_a[1]["slot_minutes"]), (&json!("09:15"), &json!(15)));
    assert_eq!(hours(&desk, &c.id).await["hours"][1]["slot_minutes"], 60);
    let tomorrow = today(&app, KOLKATA).checked_add(1.day()).unwrap();
    assert!(!free(&desk, &a, tomorrow).await.is_empty(), "bookable tomorrow");
    assert_eq!(desk.post("/api/v1/doctors/hours/copy", &json!({})).await.status, 403);
}
