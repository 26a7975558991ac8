//! A doctor is away: the bookings first, each with its result, and nobody books into it.

mod in_the_house;
mod pages;
mod together;

use hms::clinic::roles::SystemRole;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::doctors::{
    DOCTORS, Doctor, book, booked, code, doctor, free, new_patient, signed_in, today, with_hours,
};
use crate::harness::{Client, Reply, TestApp};
use crate::patients::faults;

const KOLKATA: &str = "Asia/Kolkata";

/// Two days from now.
fn soon(app: &TestApp) -> Date {
    today(app, KOLKATA).checked_add(2.days()).unwrap()
}

fn at(day: Date, time: &str) -> String {
    format!("{day}T{time}:00+05:30")
}

fn leaves(doctor: &Doctor) -> String {
    format!("{DOCTORS}/{}/leaves", doctor.id)
}

async fn take(client: &Client, doctor: &Doctor, day: Date, more: Value) -> Reply {
    let mut body = json!({ "kind": "SICK", "starts_at": day, "ends_at": day });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    client.post(&leaves(doctor), &body).await
}

async fn preview(client: &Client, doctor: &Doctor, day: Date) -> Value {
    let reply = client.get(&format!("{}/preview?from={day}&until={day}", leaves(doctor))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

async fn appointment(client: &Client, booking: &Value) -> Value {
    client.get(&format!("/api/v1/appointments/{}", booking["id"].as_str().unwrap())).await.json
}

#[tokio::test]
async fn twenty_two_bookings_are_shown_first_and_each_has_its_result() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (sick, colleague) = (doctor(&admin, "Nikhil").await, doctor(&admin, "Sara").await);
    with_hours(&admin, &sick, "09:00", "15:00", 15).await;
    // The colleague is there for the first hour alone, and has one of its times taken.
    with_hours(&admin, &colleague, "09:00", "10:00", 15).await;
    let day = soon(&app);
    booked(&desk, "Taken", &colleague, &at(day, "09:15")).await;
    let mut bookings = Vec::new();
    for n in 0..22 {
        let time = format!("{:02}:{:02}", 9 + n / 4, n % 4 * 15);
        bookings.push(booked(&desk, &format!("Patient {n}"), &sick, &at(day, &time)).await);
    }
    // One more on the next day, which the leave does not touch.
    let next = day.checked_add(1.day()).unwrap();
    let untouched = booked(&desk, "Tomorrow", &sick, &at(next, "09:00")).await;

    let shown = preview(&desk, &sick, day).await;
    assert_eq!((shown["bookings"].as_array().unwrap().len(), &shown["hidden"]), (22, &json!(0)));
    let undecided = take(&desk, &sick, day, json!({})).await;
    assert_eq!(code(&undecided), (409, "leave.undecided"));
    assert!(undecided.detail().starts_with("22 bookings"), "{}", undecided.text);
    assert_eq!(desk.get(&leaves(&sick)).await.json, json!([]), "nothing was saved");

    let decide =
        |n: usize, decision: &str| json!({ "appointment_id": bookings[n]["id"], "decision": decision });
    let decisions: Vec<Value> = (0..22)
        .map(|n| {
            decide(n, ["MOVE_DOCTOR", "MOVE_DOCTOR", "KEEP", "CANCEL"].get(n).copied().unwrap_or("MOVE_TIME"))
        })
        .collect();
    let taken = take(&desk, &sick, day, json!({ "decisions": decisions, "note": "Fever" })).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    let results = taken.json["results"].as_array().unwrap();
    let outcomes: Vec<&str> = results.iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes[..4], ["MOVED", "FAILED", "KEPT", "CANCELLED"], "{}", taken.text);
    assert!(outcomes[4..].iter().all(|one| *one == "MOVED"), "{outcomes:?}");
    assert!(results[1]["message"].as_str().unwrap().contains("colleague"), "{}", results[1]);

    // Each of them is so.
    let moved = appointment(&desk, &bookings[0]).await;
    assert_eq!(
        (&moved["doctor_user_id"], &moved["scheduled_at"]),
        (&json!(colleague.id), &bookings[0]["scheduled_at"])
    );
    for kept in [1, 2] {
        let booking = appointment(&desk, &bookings[kept]).await;
        assert_eq!((&booking["status"], &booking["doctor_user_id"]), (&json!("SCHEDULED"), &json!(sick.id)));
    }
    let off = appointment(&desk, &bookings[3]).await;
    assert_eq!(
        (&off["status"], &off["cancelled_reason"]),
        (&json!("CANCELLED"), &json!("DOCTOR_UNAVAILABLE"))
    );
    let mut times = std::collections::BTreeSet::new();
    for (n, booking) in bookings.iter().enumerate().skip(4) {
        let booking = appointment(&desk, booking).await;
        let when: jiff::Timestamp = booking["scheduled_at"].as_str().unwrap().parse().unwrap();
        assert!(
            when >= at(next, "09:15").parse().unwrap(),
            "{n}: behind the leave, and not where somebody is"
        );
        assert!(times.insert(when), "{n}: one time for each");
    }
    assert_eq!(times.first().unwrap(), &at(next, "09:15").parse().unwrap(), "the next free one");
    assert_eq!(appointment(&desk, &untouched).await["scheduled_at"], untouched["scheduled_at"]);

    // What is to be told, and to whom it happened, is on record.
    let told =
        clinic.sql("select kind, count(*)::int as n from booking_notices group by kind order by kind").await;
    assert_eq!(
        json!(told),
        json!([{ "kind": "CANCELLED", "n": 1 }, { "kind": "DOCTOR_AWAY", "n": 1 }, { "kind": "MOVED", "n": 19 }])
    );
    let rows = clinic.audit().await;
    let of =
        |kind: &str| rows.iter().filter(|row| row["kind"] == kind && row["entity"] == "appointment").count();
    assert_eq!((of("rescheduled"), of("cancelled"), of("told")), (19, 1, 1));
    assert!(rows.iter().all(|row| !row.to_string().contains("Fever")), "never the note");

    // Nobody books into it, and its times are not offered.
    assert_eq!(free(&desk, &sick, day).await, [""; 0]);
    let refused = book(&desk, &new_patient(&desk, "Late").await, &sick, &at(day, "09:00")).await;
    assert_eq!(code(&refused), (400, "availability.on_leave"));
    let back = format!("/api/v1/appointments/{}/reschedule", bookings[5]["id"].as_str().unwrap());
    let refused = desk.patch(&back, &json!({ "scheduled_at": at(day, "10:00") })).await;
    assert_eq!(code(&refused), (400, "availability.on_leave"), "moved neither");
}

#[tokio::test]
async fn a_leave_is_taken_back_and_only_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    with_hours(&admin, &sick, "09:00", "10:00", 30).await;
    let day = soon(&app);
    let taken = take(&desk, &sick, day, json!({})).await;
    assert_eq!((taken.status, &taken.json["results"]), (201, &json!([])), "{}", taken.text);
    assert_eq!(code(&take(&desk, &sick, day, json!({})).await), (409, "availability.leave_overlaps"));
    let everybody = desk.get("/api/v1/doctors/leaves").await.json;
    assert_eq!((&everybody["total"], &everybody["items"][0]["user_id"]), (&json!(1), &json!(sick.id)));
    let other = doctor(&admin, "Sara").await;
    let leave = taken.json["leave"]["id"].as_str().unwrap();
    let of_other = format!("{}/{leave}/withdraw", leaves(&other));
    assert_eq!(desk.post(&of_other, &json!({})).await.status, 404, "somebody else's");
    let path = format!("{}/{leave}/withdraw", leaves(&sick));
    let back = desk.post(&path, &json!({})).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert!(back.json["withdrawn_at"].is_string());
    assert_eq!(code(&desk.post(&path, &json!({})).await), (409, "availability.leave_over"));
    assert_eq!(free(&desk, &sick, day).await.len(), 2);
    booked(&desk, "Asha", &sick, &at(day, "09:00")).await;
    assert_eq!(
        take(&desk, &sick, day, json!({ "all_bookings": "KEEP" })).await.status,
        201,
        "the time is free for another one"
    );
}

#[tokio::test]
async fn a_doctor_takes_their_own_leave_and_the_desk_anybodys() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (client, own) = signed_in(&clinic, &admin).await;
    let other = doctor(&admin, "Nikhil").await;
    let day = soon(&app);
    assert_eq!(code(&take(&client, &other, day, json!({})).await), (403, "leave.not_yours"));
    let taken = take(&client, &own, day, json!({ "kind": "TRAINING" })).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    let theirs = take(&desk, &other, day, json!({})).await.json["leave"]["id"].as_str().unwrap().to_owned();
    let back = client.post(&format!("{}/{theirs}/withdraw", leaves(&other)), &json!({})).await;
    assert_eq!(code(&back), (403, "leave.not_yours"));
    let nurse = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(take(&nurse, &own, day, json!({})).await.status, 403);
    assert_eq!(nurse.get(&leaves(&own)).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_with_a_leave_is_told() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let elsewhere = app.hospital("Other").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    let day = soon(&app);
    for (more, fields) in [
        (json!({ "kind": "BORED" }), vec!["kind"]),
        (json!({ "starts_at": "" }), vec!["starts_at"]),
        (json!({ "starts_at": "2020-01-01" }), vec!["starts_at"]),
        (json!({ "ends_at": "2020-01-01" }), vec!["ends_at"]),
        (json!({ "ends_at": "9999-12-31" }), vec!["ends_at"]),
        (json!({ "ends_at": "soon" }), vec!["ends_at"]),
        (json!({ "all_bookings": "DELETE" }), vec!["all_bookings"]),
        (
            json!({ "decisions": [{ "appointment_id": uuid::Uuid::new_v4(), "decision": "x" }] }),
            vec!["decisions"],
        ),
        (json!({ "note": "x".repeat(501) }), vec!["note"]),
    ] {
        let told = take(&desk, &sick, day, more.clone()).await;
        assert_eq!(faults(&told), fields.into_iter().map(str::to_owned).collect(), "{more}");
    }
    for id in [
        crate::doctors::me(&desk).await,
        doctor(&elsewhere.admin().await, "Far").await.id,
        uuid::Uuid::new_v4().to_string(),
    ] {
        let nobody = Doctor { id, department: sick.department.clone() };
        assert_eq!(take(&desk, &nobody, day, json!({})).await.status, 404);
        assert_eq!(
            desk.get(&format!("{}/preview?from={day}&until={day}", leaves(&nobody))).await.status,
            404
        );
    }
    // A decision about a booking of somebody else's changes nothing of it.
    let other = doctor(&admin, "Sara").await;
    let booking = booked(&desk, "Asha", &other, &at(day, "09:00")).await;
    let decisions = json!({ "decisions": [{ "appointment_id": booking["id"], "decision": "CANCEL" }] });
    let taken = take(&desk, &sick, day, decisions).await;
    assert_eq!((taken.status, &taken.json["results"]), (201, &json!([])), "{}", taken.text);
    assert_eq!(appointment(&desk, &booking).await["status"], "SCHEDULED");
    let preview = async |query: &str| desk.get(&format!("{}/preview?{query}", leaves(&sick))).await;
    assert_eq!(preview("").await.status, 200, "today");
    assert_eq!(faults(&preview("from=someday").await), ["from".to_owned(), "until".to_owned()].into());
    assert_eq!(faults(&preview(&format!("from={day}&until=2020-01-01")).await), ["until".to_owned()].into());
}

#[tokio::test]
async fn a_patient_who_is_kept_from_the_desk_is_counted_and_not_named() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    let day = soon(&app);
    let secret = new_patient(&admin, "Quentin").await;
    assert_eq!(book(&admin, &secret, &sick, &at(day, "09:00")).await.status, 201);
    let very = admin.patch(&format!("/api/v1/patients/{secret}"), &json!({ "confidentiality": "V" })).await;
    assert_eq!(very.status, 200, "{}", very.text);
    let shown = preview(&desk, &sick, day).await;
    assert_eq!((&shown["bookings"], &shown["hidden"]), (&json!([]), &json!(1)));
    let taken = take(&desk, &sick, day, json!({ "all_bookings": "CANCEL" })).await;
    assert_eq!((taken.status, &taken.json["hidden"]), (201, &json!(1)), "{}", taken.text);
    assert!(!taken.text.contains("Quentin"));
    let rows = clinic.sql("select status from appointments").await;
    assert_eq!(rows[0]["status"], "SCHEDULED", "somebody else looks at it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_at_the_same_moment_is_seen_by_the_leave_or_refused() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    let door = app.superuser().await;
    let first = soon(&app);
    let (mut seen, mut refused) = (0, 0);
    for round in 0..16_i64 {
        let day = first.checked_add(round.days()).unwrap();
        let patient = new_patient(&desk, &format!("Patient {round}")).await;
        // Both have passed everything but the doctor's row; only then it is given free.
        let hold = format!(
            "begin; select user_id from {}.staff where user_id = '{}' for update",
            clinic.schema, sick.id
        );
        door.batch_execute(&hold).await.unwrap();
        let booking = async { book(&desk, &patient, &sick, &at(day, "09:00")).await };
        let leave = async { take(&admin, &sick, day, json!({ "all_bookings": "CANCEL" })).await };
        let open = async {
            for _ in 0..400 {
                if app.waiting().await >= 2 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            assert!(app.waiting().await >= 2, "round {round}: both wait for the doctor");
            door.batch_execute("commit").await.unwrap();
        };
        let (booked, taken, ()) = tokio::join!(booking, leave, open);
        assert_eq!(taken.status, 201, "round {round}: {}", taken.text);
        let results = taken.json["results"].as_array().unwrap();
        match code(&booked) {
            (201, _) => {
                assert_eq!(results.len(), 1, "round {round}: a booking that the leave did not see");
                assert_eq!(results[0]["outcome"], "CANCELLED", "{}", taken.text);
                seen += 1;
            }
            (400, "availability.on_leave") => {
                assert_eq!(results.len(), 0);
                refused += 1;
            }
            other => panic!("round {round}: {other:?} {}", booked.text),
        }
    }
    assert_eq!(seen + refused, 16);
    let unseen = clinic
        .sql(
            "select count(*)::int as n from appointments a join doctor_leaves l on l.user_id = a.doctor_user_id
              where a.holds_slot and tstzrange(a.scheduled_at, a.ends_at) && tstzrange(l.starts_at, l.ends_at)",
        )
        .await;
    assert_eq!(unseen[0]["n"], 0);
}

#[tokio::test]
async fn of_two_who_record_the_same_absence_one_does() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    let first = soon(&app);
    for round in 0..10_i64 {
        let day = first.checked_add(round.days()).unwrap();
        booked(&desk, &format!("Patient {round}"), &sick, &at(day, "09:00")).await;
        let all = json!({ "all_bookings": "CANCEL" });
        let (a, b) =
            tokio::join!(take(&admin, &sick, day, all.clone()), take(&desk, &sick, day, all.clone()));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "round {round}: {} {}", a.text, b.text);
    }
    let told = clinic.sql("select count(*)::int as n from booking_notices").await;
    assert_eq!(told[0]["n"], 10, "each patient hears of it once");
}
