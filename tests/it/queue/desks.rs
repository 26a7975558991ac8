//! Several desks at once: numbers without gaps, nobody called twice, one form makes one.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::{QUEUE, WALK_INS, code, names, room, walk_in, walks};
use crate::harness::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_desks_at_once_give_sixty_tokens_and_sixty_codes_without_a_gap() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let room = room(&clinic).await;
    let mut desks = Vec::new();
    for _ in 0..3 {
        desks.push(clinic.staff(SystemRole::Receptionist).await);
    }
    let room = &room;
    let made = join_all(desks.iter().enumerate().map(|(d, desk)| async move {
        let mut made = Vec::new();
        for n in 0..20 {
            let letters = "abcdefghijklmnopqrst";
            let name = format!("Asha{}{}", ["x", "y", "z"][d], letters.get(n..=n).unwrap());
            let walked = walks(desk, room, &name, json!({})).await;
            let text = |name: &str| walked[name].as_str().unwrap().to_owned();
            made.push((text("token"), text("patient_code")));
        }
        made
    }))
    .await;
    let made: Vec<(String, String)> = made.into_iter().flatten().collect();
    let tokens: BTreeSet<String> = made.iter().map(|(token, _)| token.clone()).collect();
    let codes: BTreeSet<String> = made.iter().map(|(_, code)| code.clone()).collect();
    assert_eq!(tokens, (1..=60).map(|n| format!("G-{n:03}")).collect(), "tokens");
    assert_eq!(codes, (1..=60).map(|n| format!("P-{n:05}")).collect(), "codes");
    let rows = clinic.sql("select count(*) as n from appointments where queue_state = 'WAITING'").await;
    assert_eq!(rows[0]["n"], 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_call_the_next_one_at_once_call_two_patients() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let rounds = 12;
    let letters = "abcdefghijklmnopqrstuvwxyz";
    let mut waiting = Vec::new();
    for n in 0..2 * rounds {
        let name = format!("Asha{}", letters.get(n..=n).unwrap());
        walks(&desk, &room, &name, json!({})).await;
        waiting.push(name);
    }
    let door = app.superuser().await;
    let body = json!({ "doctor_user_id": room.doctor_id });
    let path = format!("{QUEUE}/next");
    let mut called = Vec::new();
    for round in 0..rounds {
        // Both have found the same patient and wait for her row; only then it is given free.
        let hold = format!(
            "begin; select id from {}.appointments where queue_state = 'WAITING' order by token_number limit 1 for update",
            clinic.schema
        );
        door.batch_execute(&hold).await.unwrap();
        let free = async {
            eventually("both stand before the same row", async || app.waiting().await >= 2).await;
            door.batch_execute("commit").await.unwrap();
        };
        let both = join(desk.post(&path, &body), room.doctor.post(&path, &body));
        let ((one, other), ()) = join(both, free).await;
        assert_eq!((one.status, other.status), (200, 200), "round {round}: {} {}", one.text, other.text);
        assert_ne!(one.json["appointment_id"], other.json["appointment_id"], "round {round}");
        let name = |reply: &crate::harness::Reply| {
            reply.json["patient_name"].as_str().unwrap().split(' ').next().unwrap().to_owned()
        };
        let mut pair = [name(&one), name(&other)];
        pair.sort();
        called.extend(pair);
    }
    assert_eq!(called, waiting, "two by two in their order, and nobody left out");
    assert_eq!(names(&desk, "WAITING").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_form_sent_twice_makes_one_patient_one_visit_and_one_token() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let door = app.superuser().await;
    for round in 0..10 {
        let key = uuid::Uuid::now_v7();
        let name = format!("Twice{}", "abcdefghij".get(round..=round).unwrap());
        let body = walk_in(&room, &name, json!({ "registration_key": key }));
        // Held at the counter of tokens, so that both are under way.
        let hold = format!("begin; lock table {}.counters in share row exclusive mode", clinic.schema);
        door.batch_execute(&hold).await.unwrap();
        let free = async {
            eventually("both are under way", async || app.waiting().await >= 2).await;
            door.batch_execute("commit").await.unwrap();
        };
        let both = join(desk.post(WALK_INS, &body), desk.post(WALK_INS, &body));
        let ((one, other), ()) = join(both, free).await;
        assert_eq!((one.status, other.status), (201, 201), "{} {}", one.text, other.text);
        for field in ["appointment_id", "patient_id", "token"] {
            assert_eq!(one.json[field], other.json[field], "{field} in round {round}");
        }
        let again = [&one, &other].iter().filter(|reply| reply.json["sent_again"] == json!(true)).count();
        assert_eq!(again, 1, "one of them did it");
    }
    for (table, n) in [("patients", 10), ("appointments", 10), ("walk_ins", 10)] {
        assert_eq!(clinic.sql(&format!("select count(*) as n from {table}")).await[0]["n"], n, "{table}");
    }
    assert_eq!(clinic.sql("select value from token_counters").await[0]["value"], 10, "no number is left out");

    // Somebody who is registered already: the same.
    let known = clinic.sql("select id from patients limit 1").await;
    let other = super::room(&clinic).await;
    let body = json!({
        "patient_id": known[0]["id"], "doctor_user_id": other.doctor_id, "registration_key": uuid::Uuid::now_v7(),
    });
    let (one, two) = join(desk.post(WALK_INS, &body), desk.post(WALK_INS, &body)).await;
    assert_eq!((one.status, two.status), (201, 201), "{} {}", one.text, two.text);
    assert_eq!(one.json["token"], two.json["token"]);
    // And with a header, the answer is the same to the letter.
    let body = json!({ "patient_id": known[0]["id"], "doctor_user_id": other.doctor_id });
    let waits = desk.post(WALK_INS, &body).await;
    assert_eq!((waits.status, code(&waits)), (409, "queue.waits_already"), "{}", waits.text);
}
