//! The order, as a table, and what moves do to it.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::{QUEUE, code, id_of, moves, names, queue, room, walks};
use crate::harness::TestApp;
use crate::patients::faults;

#[tokio::test]
async fn everybody_is_called_in_the_order_of_the_written_rule() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    // Name, kind, minutes ago of the booked time and of the arrival, urgency.
    let table = [
        ("Late", "BOOKED", 60, 20, "ROUTINE"),
        ("Walked", "WALK_IN", 2, 2, "ROUTINE"),
        ("Pressing", "WALK_IN", 3, 3, "PRIORITY"),
        ("Second", "BOOKED", 5, 15, "ROUTINE"),
        ("Dying", "WALK_IN", 1, 1, "EMERGENCY"),
        ("Early", "WALK_IN", 25, 25, "ROUTINE"),
        ("First", "BOOKED", 20, 10, "ROUTINE"),
        ("Bleeding", "BOOKED", 90, 5, "EMERGENCY"),
    ];
    let wanted = ["Bleeding", "Dying", "Pressing", "First", "Second", "Early", "Late", "Walked"];
    for (name, kind, booked, came, urgency) in table {
        let walked = walks(&desk, &room, name, json!({})).await;
        let id = id_of(&walked);
        clinic
            .sql(&format!(
                "update appointments set kind = '{kind}', scheduled_at = now() - interval '{booked} minutes',
                        ends_at = now() - interval '{booked} minutes' + interval '15 minutes',
                        checked_in_at = now() - interval '{came} minutes', queued_at = now() - interval '{came} minutes'
                  where id = '{id}'"
            ))
            .await;
        if urgency != "ROUTINE" {
            let body = json!({ "priority": urgency, "reason": "Severe pain" });
            let moved = moves(&desk, &id, "prioritise", body).await;
            assert_eq!((moved.status, &moved.json["priority"]), (200, &json!(urgency)), "{}", moved.text);
        }
    }
    assert_eq!(names(&desk, "WAITING").await, wanted, "the board");
    let told = queue(&desk).await;
    let late = told["items"].as_array().unwrap().iter().find(|e| e["patient_name"] == "Late Walker").unwrap();
    assert_eq!(
        (&late["is_late"], &late["position"], &late["wait_minutes"]),
        (&json!(true), &json!(7), &json!(20))
    );
    assert_eq!(told["longest_wait_minutes"], json!(25));

    // "Next" is the same order: nobody else decides.
    let mut called = Vec::new();
    for _ in wanted {
        let next = desk.post(&format!("{QUEUE}/next"), &json!({ "doctor_user_id": room.doctor_id })).await;
        assert_eq!(next.status, 200, "{}", next.text);
        called.push(next.json["patient_name"].as_str().unwrap().trim_end_matches(" Walker").to_owned());
    }
    assert_eq!(called, wanted);
    let nobody = desk.post(&format!("{QUEUE}/next"), &json!({ "doctor_user_id": room.doctor_id })).await;
    assert_eq!((nobody.status, code(&nobody)), (409, "queue.nobody_waits"), "{}", nobody.text);
    let whose = desk.post(&format!("{QUEUE}/next"), &json!({})).await;
    assert_eq!((whose.status, code(&whose)), (422, "queue.whose"), "{}", whose.text);
    // Each jump is in the history, with its reason.
    let jumps = clinic
        .sql("select reason from appointment_events where kind = 'PRIORITISED' order by recorded_at")
        .await;
    assert_eq!(jumps.len(), 3);
    assert!(jumps.iter().all(|row| row["reason"].as_str().unwrap().ends_with(": Severe pain")), "{jumps:?}");
}

#[tokio::test]
async fn who_is_skipped_comes_back_behind_the_next_one_and_who_was_called_to_the_own_place() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let mut ids = Vec::new();
    for name in ["Asha", "Bina", "Chitra", "Devi"] {
        ids.push(id_of(&walks(&desk, &room, name, json!({})).await));
    }
    // The doctor, who names no queue, calls from the own one.
    let called = room.doctor.post(&format!("{QUEUE}/next"), &json!({})).await;
    assert_eq!(
        (called.status, &called.json["patient_name"]),
        (200, &json!("Asha Walker")),
        "{}",
        called.text
    );
    assert_eq!(moves(&desk, &ids[0], "back", json!({})).await.status, 200);
    assert_eq!(names(&desk, "WAITING").await, ["Asha", "Bina", "Chitra", "Devi"], "the own place");

    assert_eq!(moves(&desk, &ids[0], "call", json!({})).await.status, 200, "it is her turn");
    assert_eq!(moves(&desk, &ids[0], "skip", json!({})).await.status, 200);
    assert_eq!(names(&desk, "SKIPPED").await, ["Asha"]);
    let back = moves(&desk, &ids[0], "back", json!({})).await;
    assert_eq!((back.status, &back.json["queue_state"]), (200, &json!("WAITING")), "{}", back.text);
    assert_eq!(names(&desk, "WAITING").await, ["Bina", "Asha", "Chitra", "Devi"], "behind the next one");

    // Whose turn has not come goes nowhere forward by being skipped.
    assert_eq!(
        moves(&desk, &ids[3], "skip", json!({ "reason": "Went to the laboratory" })).await.status,
        200
    );
    assert_eq!(moves(&desk, &ids[3], "back", json!({})).await.status, 200);
    assert_eq!(names(&desk, "WAITING").await, ["Bina", "Asha", "Chitra", "Devi"]);

    // Before others only with a reason.
    let jumped = moves(&desk, &ids[3], "call", json!({})).await;
    assert_eq!((jumped.status, code(&jumped)), (422, "queue.out_of_turn"), "{}", jumped.text);
    assert_eq!(names(&desk, "CALLED").await, Vec::<String>::new(), "nothing was changed");
    let reasoned = moves(&desk, &ids[3], "call", json!({ "reason": "The child sleeps now" })).await;
    assert_eq!(reasoned.status, 200, "{}", reasoned.text);
    let kept = clinic
        .sql("select reason from appointment_events where kind = 'CALLED' and reason is not null")
        .await;
    assert_eq!(kept[0]["reason"], "The child sleeps now");

    // Out of order: who is called does not come back twice, who waits is not sent back.
    let waits = moves(&desk, &ids[1], "back", json!({})).await;
    assert_eq!((waits.status, code(&waits)), (409, "queue.wrong_state"), "{}", waits.text);
    let left = moves(&desk, &ids[1], "left", json!({ "reason": "Had to fetch a child" })).await;
    assert_eq!((left.status, &left.json["queue_state"]), (200, &json!("LEFT")), "{}", left.text);
    for act in ["call", "skip", "back", "left"] {
        let gone = moves(&desk, &ids[1], act, json!({})).await;
        assert_eq!((gone.status, code(&gone)), (409, "queue.wrong_state"), "{act}: {}", gone.text);
    }
    let off = clinic
        .sql(&format!("select status, cancelled_reason from appointments where id = '{}'", ids[1]))
        .await;
    assert_eq!(
        (&off[0]["status"], &off[0]["cancelled_reason"]),
        (&json!("CANCELLED"), &json!("LEFT_WITHOUT_BEING_SEEN"))
    );
    // Counts are those of the rows.
    let told = queue(&desk).await;
    let of =
        |state: &str| told["items"].as_array().unwrap().iter().filter(|e| e["queue_state"] == state).count();
    for (count, state) in [
        ("waiting", "WAITING"),
        ("called", "CALLED"),
        ("with_doctor", "WITH_DOCTOR"),
        ("skipped", "SKIPPED"),
        ("done", "DONE"),
        ("left", "LEFT"),
    ] {
        assert_eq!(told["counts"][count], json!(of(state)), "{count} in {told}");
    }
    assert_eq!(told["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_no_reason_and_no_patient_of_this_hospital_moves_nobody() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other Clinic").await);
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let id = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    let stranger = other.staff(SystemRole::Receptionist).await;
    for act in ["call", "skip", "back", "left"] {
        assert_eq!(moves(&stranger, &id, act, json!({})).await.status, 404, "{act}");
    }
    let body = json!({ "priority": "PRIORITY", "reason": "Wheelchair" });
    assert_eq!(moves(&stranger, &id, "prioritise", body).await.status, 404);
    assert_eq!(queue(&stranger).await["items"], json!([]), "and sees nobody");
    let foreign = json!({ "doctor_user_id": room.doctor_id });
    let nobody = stranger.post(&format!("{QUEUE}/next"), &foreign).await;
    assert_eq!(code(&nobody), "queue.nobody_waits");

    for (body, field) in [
        (json!({ "priority": "PRIORITY" }), "reason"),
        (json!({ "priority": "VIP", "reason": "Knows the director" }), "priority"),
        (json!({ "reason": "Wheelchair" }), "priority"),
        (json!({ "priority": "PRIORITY", "reason": "x".repeat(201) }), "reason"),
    ] {
        let refused = moves(&desk, &id, "prioritise", body).await;
        assert!(faults(&refused).contains(field), "{}", refused.text);
    }
    assert_eq!(moves(&desk, "not-an-id", "call", json!({})).await.status, 404);
    assert_eq!(names(&desk, "WAITING").await, ["Asha"], "all the while she waits");
    // Whoever may only look moves nobody.
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(pharmacist.get(QUEUE).await.status, 403);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.get(QUEUE).await.status, 200);
    assert_eq!(moves(&nurse, &id, "call", json!({})).await.status, 403);
}
