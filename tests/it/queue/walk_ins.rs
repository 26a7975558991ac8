//! Who walks in: offered when they have been here before, never blocked, written down late with both times.

use hms::clinic::roles::SystemRole;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{QUEUE, WALK_INS, code, id_of, names, queue, room, walk_in, walks};
use crate::harness::TestApp;
use crate::patients::{faults, patient, registered};

#[tokio::test]
async fn who_has_been_here_is_offered_and_create_anyway_keeps_who_and_why() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let meera = registered(&desk, json!({ "first_name": "Meera", "phone_primary": "+919822011223" })).await;
    let again = json!({ "first_name": "Meera", "phone_primary": "+919822011223" });
    let body = |more: Value| walk_in(&room, "Meera", more);
    let asked = desk.post(WALK_INS, &body(json!({ "patient": patient(again.clone()) }))).await;
    assert_eq!((asked.status, code(&asked)), (409, "duplicates.looks_alike"), "{}", asked.text);
    assert_eq!(names(&desk, "WAITING").await, Vec::<String>::new(), "nothing is saved yet");
    // It is her: no second record.
    let known = json!({ "patient_id": meera["id"], "doctor_user_id": room.doctor_id });
    let walked = desk.post(WALK_INS, &known).await;
    assert_eq!((walked.status, &walked.json["registered"]), (201, &json!(false)), "{}", walked.text);
    assert_eq!(walked.json["patient_code"], meera["patient_code"]);
    // It is her daughter.
    let daughter = body(json!({
        "patient": patient(again), "anyway": true, "anyway_reason": "FAMILY", "anyway_note": "Daughter, same name",
    }));
    let walked = desk.post(WALK_INS, &daughter).await;
    assert_eq!((walked.status, &walked.json["registered"]), (201, &json!(true)), "{}", walked.text);
    let kept = clinic.sql("select reason, note, decided_by_id from duplicate_decisions").await;
    assert_eq!((&kept[0]["reason"], &kept[0]["note"]), (&json!("FAMILY"), &json!("Daughter, same name")));
    assert_eq!(kept[0]["decided_by_id"].as_str().unwrap(), super::me(&desk).await);
    let audit = clinic.audit().await;
    let kinds: Vec<_> =
        audit.iter().filter(|row| row["entity"] == "appointment").map(|row| &row["kind"]).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "walked_in").count(), 2, "{kinds:?}");
}

#[tokio::test]
async fn no_limit_stops_an_emergency_and_a_first_name_is_enough() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    walks(&desk, &room, "Asha", json!({})).await;
    clinic.set_limit(1).await;
    let full = desk.post(WALK_INS, &walk_in(&room, "Bina", json!({}))).await;
    assert_eq!((full.status, code(&full)), (400, "patients.limit_reached"), "{}", full.text);
    assert_eq!(
        clinic.sql("select count(*) as n from appointments").await[0]["n"],
        1,
        "and no visit is left behind"
    );
    assert_eq!(clinic.sql("select value from token_counters").await[0]["value"], 1, "nor a number");
    let urgent = json!({
        "patient": { "first_name": "Chitra" }, "doctor_user_id": room.doctor_id, "priority": "EMERGENCY",
        "reason": "Chest pain",
    });
    let walked = desk.post(WALK_INS, &urgent).await;
    assert_eq!((walked.status, &walked.json["token"]), (201, &json!("G-002")), "{}", walked.text);
    assert_eq!(names(&desk, "WAITING").await, ["Chitra", "Asha"], "and goes first");
    let row = clinic.sql("select registered_as, over_limit from patients where first_name = 'Chitra'").await;
    assert_eq!((&row[0]["registered_as"], &row[0]["over_limit"]), (&json!("EMERGENCY"), &json!(true)));
    let first = queue(&desk).await["items"][0].clone();
    assert_eq!(first["priority_reason"], "Chest pain", "{first}");
}

#[tokio::test]
async fn what_is_written_down_later_keeps_both_times() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    walks(&desk, &room, "Now", json!({})).await;
    let ago = |hours: i64, seconds: i64| {
        (Timestamp::now() - SignedDuration::from_hours(hours) + SignedDuration::from_secs(seconds))
            .to_string()
    };
    let came = ago(2, 0);
    let id = id_of(&walks(&desk, &room, "Earlier", json!({ "arrived_at": came })).await);
    assert_eq!(names(&desk, "WAITING").await, ["Earlier", "Now"], "by arrival");
    let kept = clinic
        .sql(&format!(
            "select w.arrived_at = a.checked_in_at as same, w.recorded_at - w.arrived_at >= interval '1 hour 59 minutes' as late,
                    (select count(*) from appointment_events e
                      where e.appointment_id = a.id and e.happened_at = w.arrived_at and e.recorded_at = w.recorded_at) as told
               from walk_ins w join appointments a on a.id = w.appointment_id where a.id = '{id}'"
        ))
        .await;
    assert_eq!(
        (&kept[0]["same"], &kept[0]["late"], &kept[0]["told"]),
        (&json!(true), &json!(true), &json!(1))
    );
    let page = desk.browser().await.get(&format!("/walk-ins/{id}")).await;
    assert!(page.text.contains("written down"), "{}", page.text);
    for (at, fine) in [(ago(24, 30), true), (ago(24, -60), false), (ago(0, 240), true), (ago(0, 360), false)]
    {
        let name = format!("At{}", if fine { "fine" } else { "wrong" });
        let body = json!({ "arrived_at": at, "anyway": true, "anyway_reason": "OTHER_PERSON" });
        let reply = desk.post(WALK_INS, &walk_in(&room, &name, body)).await;
        match fine {
            true => assert_eq!(reply.status, 201, "{at}: {}", reply.text),
            false => assert!(faults(&reply).contains("arrived_at"), "{at}: {}", reply.text),
        }
    }
}

#[tokio::test]
async fn numbers_begin_anew_with_the_hospitals_day() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    // Quarters of an hour away from everybody else, and the clock put to ten minutes before midnight.
    app.sql(&format!("update public.tenants set time_zone = 'Asia/Kathmandu' where id = '{}'", clinic.id))
        .await;
    app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", clinic.id)).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let zone = jiff::tz::TimeZone::get("Asia/Kathmandu").unwrap();
    let now = app.app.clock.now().to_zoned(zone.clone());
    let midnight = now.tomorrow().unwrap().start_of_day().unwrap();
    app.app.clock.shift(midnight.timestamp().as_second() - now.timestamp().as_second() - 600);
    let room = room(&clinic).await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for n in 1..=3 {
        let walked = walks(&desk, &room, ["Asha", "Bina", "Chitra"][n - 1], json!({})).await;
        assert_eq!(walked["token"], format!("G-{n:03}"));
    }
    let day = queue(&desk).await["day"].as_str().unwrap().to_owned();
    app.app.clock.shift(1_200);
    let desk = desk.again().await;
    let walked = walks(&desk, &room, "Devi", json!({})).await;
    assert_eq!(walked["token"], "G-001", "the next day begins at the hospital's midnight");
    let told = queue(&desk).await;
    let tomorrow: jiff::civil::Date = day.parse().unwrap();
    assert_eq!(told["day"], tomorrow.tomorrow().unwrap().to_string());
    assert_eq!(told["counts"]["waiting"], 4, "who came before midnight still waits: {told}");
    assert_eq!(names(&desk, "WAITING").await, ["Asha", "Bina", "Chitra", "Devi"]);
    // And not for ever.
    app.app.clock.shift(6 * 3_600);
    let desk = desk.again().await;
    assert_eq!(names(&desk, "WAITING").await, ["Devi"]);
}

#[tokio::test]
async fn a_department_gives_whoever_is_there_and_has_the_fewest_waiting() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let (one, other) = (room(&clinic).await, room(&clinic).await);
    let of_department = |name: &str| {
        let mut body = walk_in(&one, name, json!({ "department_id": one.department_id }));
        body.as_object_mut().unwrap().remove("doctor_user_id");
        body
    };
    let mut seen = std::collections::BTreeMap::<String, i32>::new();
    for name in ["Asha", "Bina", "Chitra", "Devi"] {
        let walked = desk.post(WALK_INS, &of_department(name)).await;
        assert_eq!(walked.status, 201, "{}", walked.text);
        *seen.entry(walked.json["doctor_user_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(seen, [(one.doctor_id.clone(), 2), (other.doctor_id.clone(), 2)].into());
    // One is away: everybody to the other one. Both: the desk is told.
    let away = |doctor: &str| {
        format!(
            "insert into doctor_leaves (id, user_id, kind, starts_at, ends_at, made_by_id, made_at)
             values (gen_random_uuid(), '{doctor}', 'SICK', now() - interval '1 hour', now() + interval '8 hours', '{doctor}', now())"
        )
    };
    clinic.sql(&away(&one.doctor_id)).await;
    let walked = desk.post(WALK_INS, &of_department("Esha")).await;
    assert_eq!(
        (walked.status, &walked.json["doctor_user_id"]),
        (201, &json!(other.doctor_id)),
        "{}",
        walked.text
    );
    let refused = desk.post(WALK_INS, &walk_in(&one, "Farah", json!({}))).await;
    assert_eq!((refused.status, code(&refused)), (409, "queue.doctor_away"), "{}", refused.text);
    clinic.sql(&away(&other.doctor_id)).await;
    let refused = desk.post(WALK_INS, &of_department("Farah")).await;
    assert_eq!((refused.status, code(&refused)), (409, "queue.no_doctor"), "{}", refused.text);
}

#[tokio::test]
async fn what_is_missing_or_of_somebody_else_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other Clinic").await);
    clinic.in_the_morning().await;
    let (desk, home, abroad) =
        (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await, room(&other).await);
    let theirs = registered(&other.staff(SystemRole::Receptionist).await, json!({})).await;
    for (body, field) in [
        (json!({ "doctor_user_id": home.doctor_id }), "patient_id"),
        (
            json!({ "patient": { "first_name": "A" }, "patient_id": theirs["id"], "doctor_user_id": home.doctor_id }),
            "patient_id",
        ),
        (walk_in(&home, "Asha", json!({ "doctor_user_id": null })), "doctor_user_id"),
        (walk_in(&home, "Asha", json!({ "doctor_user_id": "Dr. Rao" })), "doctor_user_id"),
        (walk_in(&home, "Asha", json!({ "priority": "PRIORITY" })), "priority_reason"),
        (walk_in(&home, "Asha", json!({ "registration_key": "again" })), "registration_key"),
    ] {
        let refused = desk.post(WALK_INS, &body).await;
        assert!(faults(&refused).contains(field), "{field}: {}", refused.text);
    }
    let foreign = [
        json!({ "patient_id": theirs["id"], "doctor_user_id": home.doctor_id }),
        walk_in(&home, "Asha", json!({ "doctor_user_id": abroad.doctor_id })),
        walk_in(&home, "Asha", json!({ "doctor_user_id": null, "department_id": abroad.department_id })),
        walk_in(&home, "Asha", json!({ "department_id": abroad.department_id })),
    ];
    for body in foreign {
        let refused = desk.post(WALK_INS, &body).await;
        assert_eq!(refused.status, 404, "{body}: {}", refused.text);
    }
    assert_eq!(
        clinic.sql("select count(*) as n from patients").await[0]["n"],
        0,
        "and nobody was registered"
    );
    // Somebody who has died gets no visit; what is paused in a restricted hospital is paused here too.
    let dead = registered(&desk, json!({})).await;
    clinic.sql("update patients set is_deceased = true, date_of_death = current_date").await;
    let body = json!({ "patient_id": dead["id"], "doctor_user_id": home.doctor_id });
    let refused = desk.post(WALK_INS, &body).await;
    assert_eq!((refused.status, code(&refused)), (400, "appointment.patient_deceased"), "{}", refused.text);
    assert_eq!(
        desk.post(&format!("{QUEUE}/next"), &json!({ "doctor_user_id": home.doctor_id })).await.status,
        409
    );
}
