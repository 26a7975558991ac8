//! Free times: right over jumps of the clock, without what is booked, and for many doctors at once.

use hms::clinic::roles::SystemRole;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::doctors::{
    DOCTORS, book, booked, code, department, doctor, free, new_patient, put, today, with_hours,
};
use crate::harness::{Client, TestApp};
use crate::patients::faults;

const SLOTS: &str = "/api/v1/appointments/available-slots";

async fn slots(client: &Client, query: &str) -> Value {
    let reply = client.get(&format!("{SLOTS}?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

/// The day of the next jump of a zone's clock, forward or back.
fn jump(app: &TestApp, zone: &str, forward: bool) -> jiff::civil::Date {
    let zone = TimeZone::get(zone).unwrap();
    let offset = |at: Timestamp| zone.to_offset(at).seconds();
    let now = app.app.clock.now() + 48.hours();
    let jump = zone.following(now).find(|jump| {
        let at = jump.timestamp();
        (offset(at) > offset(at - 1.second())) == forward
    });
    jump.unwrap().timestamp().to_zoned(zone.clone()).date()
}

#[tokio::test]
async fn what_the_clock_never_shows_is_no_slot_and_what_it_shows_twice_is_two() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let moved = admin.patch("/api/v1/hospital", &json!({ "time_zone": "America/New_York" })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let doctor = doctor(&admin, "Nikhil").await;
    with_hours(&admin, &doctor, "01:00", "04:00", 30).await;
    let (spring, autumn) = (jump(&app, "America/New_York", true), jump(&app, "America/New_York", false));
    let on = |day: jiff::civil::Date, times: &[&str]| {
        times.iter().map(|time| format!("{day}T{time}")).collect::<Vec<_>>()
    };
    assert_eq!(
        free(&admin, &doctor, spring).await,
        on(spring, &["01:00:00-05:00", "01:30:00-05:00", "03:00:00-04:00", "03:30:00-04:00"])
    );
    let twice = free(&admin, &doctor, autumn).await;
    assert_eq!(
        twice,
        on(
            autumn,
            &[
                "01:00:00-04:00",
                "01:30:00-04:00",
                "01:00:00-05:00",
                "01:30:00-05:00",
                "02:00:00-05:00",
                "02:30:00-05:00",
                "03:00:00-05:00",
                "03:30:00-05:00",
            ]
        )
    );
    // Both times that the clock shows are booked, each once.
    let desk = clinic.staff(SystemRole::Receptionist).await;
    booked(&desk, "Asha", &doctor, &twice[0]).await;
    booked(&desk, "Ravi", &doctor, &twice[2]).await;
    assert_eq!(free(&desk, &doctor, autumn).await.len(), 6);
    let taken = book(&desk, &new_patient(&desk, "Meera").await, &doctor, &twice[2]).await;
    assert_eq!(code(&taken), (409, "appointment.slot_taken"));
}

#[tokio::test]
async fn a_slot_is_free_until_it_is_booked_and_again_when_it_is_off() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let doctor = doctor(&admin, "Nikhil").await;
    with_hours(&admin, &doctor, "09:00", "10:00", 30).await;
    let day = today(&app, "Asia/Kolkata").checked_add(2.days()).unwrap();
    let at = |time: &str| format!("{day}T{time}:00+05:30");
    assert_eq!(free(&desk, &doctor, day).await, [at("09:00"), at("09:30")]);
    let first = booked(&desk, "Asha", &doctor, &at("09:00")).await;
    assert_eq!(free(&desk, &doctor, day).await, [at("09:30")]);
    let refused = book(&desk, &new_patient(&desk, "Ravi").await, &doctor, &at("09:15")).await;
    assert_eq!(code(&refused), (409, "appointment.slot_taken"), "within it");

    // With places for more, they are told apart.
    let profile = format!("{DOCTORS}/{}/profile", doctor.id);
    assert_eq!(put(&admin, &profile, &json!({ "overbooking": 1 })).await.status, 200);
    let query = format!("doctor_user_id={}&date_from={day}&date_to={day}", doctor.id);
    assert_eq!(slots(&desk, &query).await["doctors"][0]["days"][0]["slots"].as_array().unwrap().len(), 1);
    let more = slots(&desk, &format!("{query}&with_overbooking=true")).await;
    let nine = &more["doctors"][0]["days"][0]["slots"][0];
    assert_eq!(
        (&nine["starts_at"], &nine["booked"], &nine["overbookings_left"]),
        (&json!(at("09:00")), &json!(1), &json!(1))
    );
    booked(&desk, "Meera", &doctor, &at("09:00")).await;
    let full = slots(&desk, &format!("{query}&with_overbooking=true")).await;
    assert_eq!(full["doctors"][0]["days"][0]["slots"].as_array().unwrap().len(), 1, "{full}");

    let cancel = format!("/api/v1/appointments/{}/cancel", first["id"].as_str().unwrap());
    let off = desk.patch(&cancel, &json!({ "reason": "PATIENT_REQUEST" })).await;
    assert_eq!(off.status, 200, "{}", off.text);
    let again = slots(&desk, &format!("{query}&with_overbooking=true")).await;
    assert_eq!(again["doctors"][0]["days"][0]["slots"][0]["overbookings_left"], json!(1));
}

#[tokio::test]
async fn a_colleague_in_the_room_leaves_no_slot() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (a, b) = (doctor(&admin, "A").await, doctor(&admin, "B").await);
    let room = admin.post("/api/v1/rooms", &json!({ "name": "Room 3" })).await.json["id"].clone();
    for doctor in [&a, &b] {
        let profile = format!("{DOCTORS}/{}/profile", doctor.id);
        assert_eq!(put(&admin, &profile, &json!({ "room_id": room })).await.status, 200);
        with_hours(&admin, doctor, "09:00", "10:00", 30).await;
    }
    let day = today(&app, "Asia/Kolkata").checked_add(2.days()).unwrap();
    let at = |time: &str| format!("{day}T{time}:00+05:30");
    booked(&desk, "Asha", &a, &at("09:00")).await;
    assert_eq!(free(&desk, &b, day).await, [at("09:30")]);
    let refused = book(&desk, &new_patient(&desk, "Ravi").await, &b, &at("09:00")).await;
    assert_eq!(code(&refused), (409, "appointment.room_taken"));
}

#[tokio::test]
async fn doctors_are_asked_for_by_department_and_specialisation_and_in_bounds() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (a, b) = (doctor(&admin, "A").await, doctor(&admin, "B").await);
    let pediatrics = department(&admin, "Pediatrics").await;
    clinic
        .sql(&format!("update staff set department_id = '{pediatrics}', specialization = 'Neonates' where user_id = '{}'", b.id))
        .await;
    with_hours(&admin, &a, "09:00", "10:00", 30).await;
    with_hours(&admin, &b, "14:00", "15:00", 60).await;
    let ids = async |query: &str| {
        let all = slots(&desk, query).await["doctors"].as_array().unwrap().clone();
        all.iter().map(|one| one["doctor_user_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [a.id.clone(), b.id.clone()]);
    assert_eq!(ids(&format!("department_id={pediatrics}")).await, [b.id.as_str()]);
    assert_eq!(ids("specialization=NEONATES").await, [b.id.as_str()]);
    assert_eq!(ids("specialization=Nothing").await, [""; 0]);
    let week = slots(&desk, &format!("doctor_user_id={}", b.id)).await;
    assert!(
        (6..=7).contains(&week["doctors"][0]["days"].as_array().unwrap().len()),
        "seven days from today on: {week}"
    );

    let day = today(&app, "Asia/Kolkata");
    let to = |days: i64| day.checked_add(days.days()).unwrap();
    for (query, field) in [
        (format!("date_from={day}&date_to={}", to(14)), "date_to"),
        (format!("doctor_user_id={}&date_from={day}&date_to={}", a.id, to(31)), "date_to"),
        (format!("date_from={}&date_to={day}", to(1)), "date_to"),
        ("date_from=9999-01-01".to_owned(), "date_from"),
    ] {
        assert_eq!(
            faults(&desk.get(&format!("{SLOTS}?{query}")).await),
            [field.to_owned()].into(),
            "{query}"
        );
    }
    for query in [
        "date_from=soon",
        "doctor_user_id=x",
        "department_id=0",
        "with_overbooking=maybe",
        "date_from=2026-02-30",
    ] {
        assert_eq!(desk.get(&format!("{SLOTS}?{query}")).await.status, 422, "{query}");
    }
    let past =
        slots(&desk, &format!("doctor_user_id={}&date_from=2020-01-01&date_to=2020-01-05", a.id)).await;
    assert_eq!(past["doctors"][0]["days"], json!([]), "nothing of the past can be booked");
    let nurse = crate::doctors::me(&clinic.staff(SystemRole::Nurse).await).await;
    for id in [nurse, uuid::Uuid::new_v4().to_string()] {
        assert_eq!(desk.get(&format!("{SLOTS}?doctor_user_id={id}")).await.status, 404);
    }
    assert_eq!(clinic.staff(SystemRole::Pharmacist).await.get(SLOTS).await.status, 403);

    let next = desk.get(&format!("{DOCTORS}/next-free")).await;
    assert_eq!((next.status, &next.json["total"]), (200, &json!(2)), "{}", next.text);
    let first = next.json["items"][0]["next_free"]["starts_at"].as_str().unwrap();
    let at: Timestamp = first.parse().unwrap();
    assert!(at > app.app.clock.now() && at < app.app.clock.now() + 25.hours(), "{first}");
    assert_eq!(
        faults(&desk.get(&format!("{DOCTORS}/next-free?page_size=51")).await),
        ["page_size".to_owned()].into()
    );
}

#[tokio::test]
async fn the_next_free_time_is_found_behind_weeks_without_any() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (far, never) = (doctor(&admin, "A").await, doctor(&admin, "B").await);
    let begins = today(&app, "Asia/Kolkata").checked_add(40.days()).unwrap();
    for (doctor, from) in [(&far, begins), (&never, begins.checked_add(365.days()).unwrap())] {
        let mut week = crate::doctors::every_day("09:00", "10:00", 30);
        week["valid_from"] = json!(from);
        assert_eq!(put(&admin, &format!("{DOCTORS}/{}/hours", doctor.id), &week).await.status, 200);
    }
    let next = admin.get(&format!("{DOCTORS}/next-free")).await.json;
    assert_eq!(next["items"][0]["next_free"]["starts_at"], json!(format!("{begins}T09:00:00+05:30")));
    assert_eq!(next["items"][1]["next_free"], Value::Null);
}
