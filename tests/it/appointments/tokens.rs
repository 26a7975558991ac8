//! Tokens: a number of the department and the hospital's day, one after the other, whoever gives them.

use serde_json::{Value, json};

use super::{Stage, allow_overbooking, an_app, doctor_of};
use crate::harness::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_desks_give_numbers_without_gap_or_repetition() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    allow_overbooking(&stage.clinic, &stage.doctor_id, 9).await;
    let second = app.second_instance().await;
    second.app.clock.shift(stage.now().as_second() - second.app.clock.now().as_second());
    let desks = [stage.desk.again().await, stage.desk.on(&second.router), stage.desk.again().await];
    let mut three = Vec::new();
    for n in 0..3 {
        three.push(stage.booked(&stage.patient(n).await, &stage.quarter(1)).await);
    }
    // Somebody came before: the counter is there, and its row is what the desks meet at.
    let first = stage.booked(&stage.asha, &stage.quarter(2)).await;
    stage.desk_does(&first, "check-in", &json!({})).await;
    let door = app.superuser().await;
    let hold = format!("begin; select value from {}.token_counters for update", stage.clinic.schema);
    let mut numbers = Vec::new();
    for round in 0..100 {
        door.batch_execute(&hold).await.unwrap();
        let open = async {
            eventually("two wait", async || app.waiting().await >= 2).await;
            door.batch_execute("commit").await.unwrap();
        };
        let nothing = json!({});
        let (a, b, c, ()) = tokio::join!(
            stage.act(&desks[0], &three[0], "check-in", &nothing),
            stage.act(&desks[1], &three[1], "check-in", &nothing),
            stage.act(&desks[2], &three[2], "check-in", &nothing),
            open
        );
        for reply in [a, b, c] {
            assert_eq!(reply.status, 200, "round {round}: {}", reply.text);
            numbers.push(reply.json["token_number"].as_i64().unwrap());
        }
        // The same three arrive again.
        let again = format!(
            "update appointments set status = 'SCHEDULED', checked_in_at = null, token_day = null, token_prefix = null,
                    token_number = null, queue_state = null, queued_at = null
              where token_number is not null and id <> '{}'",
            first["id"].as_str().unwrap()
        );
        stage.clinic.sql(&again).await;
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=301).collect::<Vec<i64>>());
}

#[tokio::test]
async fn each_department_and_day_counts_for_itself_and_a_refusal_takes_no_number() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let heart = super::department_of(&stage.clinic, "Cardiology").await;
    let (_, other) = doctor_of(&stage.clinic, &heart).await;
    stage.clinic.sql(&format!("update departments set token_prefix = 'HRT' where id = '{heart}'")).await;
    let one = stage.booked(&stage.asha, &stage.quarter(1)).await;
    assert_eq!(stage.desk_does(&one, "check-in", &json!({})).await["token"], "G-001");
    // Twice is refused and takes no number.
    assert_eq!(stage.act(&stage.desk, &one, "check-in", &json!({})).await.status, 400);
    let mut body = stage.body(&stage.ravi, &stage.quarter(1));
    (body["doctor_user_id"], body["department_id"]) = (json!(other), json!(heart));
    let two: Value = stage.desk.post(super::APPOINTMENTS, &body).await.json;
    assert_eq!(stage.desk_does(&two, "check-in", &json!({})).await["token"], "HRT-001");
    let three = stage.booked(&stage.patient(3).await, &stage.quarter(2)).await;
    assert_eq!(stage.desk_does(&three, "check-in", &json!({})).await["token"], "G-002");
    let later = stage.patient(4).await;
    stage.pass(24 * 60);
    let desk = app.sign_in(&stage.clinic.email).await;
    let four: Value = desk.post(super::APPOINTMENTS, &stage.body(&later, &stage.quarter(1))).await.json;
    let arrived = stage.act(&desk, &four, "check-in", &json!({})).await;
    assert_eq!(arrived.json["token"], "G-001", "a new day: {}", arrived.text);
}
