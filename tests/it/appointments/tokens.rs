//! Tokens: a number of the department and the hospital's day, one after the other, whoever gives them.

use serde_json::{Value, json};

use super::{Stage, allow_overbooking, an_app, doctor_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_desks_give_numbers_without_gap_or_repetition() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    allow_overbooking(&stage.clinic, &stage.doctor_id, 9).await;
    let second = app.second_instance().await;
    second.app.clock.shift(stage.now().as_second() - second.app.clock.now().as_second());
    let desks = [stage.desk.again().await, stage.desk.on(&second.router), stage.desk.again().await];
    let mut numbers = Vec::new();
    for round in 0..12 {
        let mut three = Vec::new();
        for n in 0..3 {
            let patient = stage.patient(round * 3 + n).await;
            three.push(stage.booked(&patient, &stage.quarter(1 + i64::try_from(round % 2).unwrap())).await);
        }
        let nothing = json!({});
        let (a, b, c) = tokio::join!(
            stage.act(&desks[0], &three[0], "check-in", &nothing),
            stage.act(&desks[1], &three[1], "check-in", &nothing),
            stage.act(&desks[2], &three[2], "check-in", &nothing),
        );
        for reply in [a, b, c] {
            assert_eq!(reply.status, 200, "{}", reply.text);
            numbers.push(reply.json["token_number"].as_i64().unwrap());
        }
        stage.clinic.sql("update appointments set holds_slot = false").await;
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=36).collect::<Vec<i64>>());
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
