//! People who want the same time at the same moment: held at the doctor's door until they stand before it together.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{APPOINTMENTS, Stage, allow_overbooking, an_app};
use crate::harness::{Client, Reply, TestApp, eventually};

/// Let all of these go for the doctor at once; at least two have overlapped.
async fn at_once(
    stage: &Stage<'_>,
    door: &tokio_postgres::Client,
    racers: impl IntoIterator<Item = impl Future<Output = Reply>>,
) -> Vec<Reply> {
    let hold = format!(
        "begin; select user_id from {}.staff where user_id = '{}' for update",
        stage.clinic.schema, stage.doctor_id
    );
    door.batch_execute(&hold).await.unwrap();
    let open = async {
        eventually("two wait", async || stage.app.waiting().await >= 2).await;
        door.batch_execute("commit").await.unwrap();
    };
    let (replies, ()) = tokio::join!(join_all(racers), open);
    replies
}

fn won(replies: &[Reply], status: u16) -> usize {
    let told: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert!(told.iter().all(|one| [status, 409].contains(one)), "{told:?}: {}", replies[0].text);
    told.iter().filter(|one| **one == status).count()
}

/// Desks that are no one's sole connection: each of another sign-in, half of them at another instance.
async fn desks(stage: &Stage<'_>, second: &TestApp, n: usize) -> Vec<Client> {
    let mut desks = Vec::new();
    for at in 0..n {
        let desk = stage.desk.again().await;
        desks.push(if at % 2 == 0 { desk } else { desk.on(&second.router) });
    }
    desks
}

async fn second(stage: &Stage<'_>) -> TestApp {
    let second = stage.app.second_instance().await;
    second.app.clock.shift(stage.now().as_second() - second.app.clock.now().as_second());
    second
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_slot_is_given_to_one_of_many_and_never_to_more_than_allowed() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let second = second(&stage).await;
    let desks = desks(&stage, &second, 4).await;
    let door = app.superuser().await;
    let mut patients = Vec::new();
    for n in 0..4 {
        patients.push(stage.patient(n).await);
    }
    for round in 0..100 {
        let overbooking = if round % 5 == 4 { 1 } else { 0 };
        allow_overbooking(&stage.clinic, &stage.doctor_id, overbooking).await;
        let at = stage.quarter(4 + round);
        let bodies: Vec<Value> = patients.iter().map(|patient| stage.body(patient, &at)).collect();
        let racers = desks.iter().zip(&bodies).map(|(desk, body)| desk.post(APPOINTMENTS, body));
        let replies = at_once(&stage, &door, racers).await;
        let places = 1 + usize::from(overbooking);
        assert_eq!(won(&replies, 201), places, "round {round}");
        let rows =
            stage.clinic.sql(&format!("select seat from appointments where scheduled_at = '{at}'")).await;
        assert_eq!(rows.len(), places, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_are_moved_into_one_slot_one_is() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let second = second(&stage).await;
    let desks = desks(&stage, &second, 4).await;
    let door = app.superuser().await;
    let mut booked = Vec::new();
    for n in 0..4 {
        let patient = stage.patient(n).await;
        booked.push(stage.booked(&patient, &stage.quarter(4 + i64::try_from(n).unwrap())).await);
    }
    for round in 0..100 {
        let body = json!({ "scheduled_at": stage.quarter(20 + round) });
        let racers = desks.iter().zip(&booked).map(|(desk, one)| stage.act(desk, one, "reschedule", &body));
        let replies = at_once(&stage, &door, racers).await;
        assert_eq!(won(&replies, 200), 1, "round {round}");
        let rows = stage
            .clinic
            .sql("select count(*) as n, count(distinct scheduled_at) as times from appointments")
            .await;
        assert_eq!(rows, [json!({ "n": 4, "times": 4 })], "round {round}: nobody lost a time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_is_not_booked_twice_by_two_desks() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (_, other) = super::doctor_of(&stage.clinic, &stage.department).await;
    let desks = [stage.desk.again().await, stage.desk.again().await];
    let door = app.superuser().await;
    let patient = stage.asha["id"].as_str().unwrap();
    for round in 0..100 {
        let at = stage.quarter(4 + round);
        let mut bodies = [stage.body(&stage.asha, &at), stage.body(&stage.asha, &at)];
        bodies[1]["doctor_user_id"] = json!(other);
        let hold = format!(
            "begin; select id from {}.patients where id = '{patient}' for update",
            stage.clinic.schema
        );
        door.batch_execute(&hold).await.unwrap();
        let open = async {
            eventually("both wait", async || app.waiting().await >= 2).await;
            door.batch_execute("commit").await.unwrap();
        };
        let (a, b, ()) = tokio::join!(
            desks[0].post(APPOINTMENTS, &bodies[0]),
            desks[1].post(APPOINTMENTS, &bodies[1]),
            open
        );
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 400], "round {round}: {} {}", a.text, b.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_ends_a_visit_with_the_next_one_and_who_books_do_not_wait_for_each_other() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let door = app.superuser().await;
    let hold = format!(
        "begin; select user_id from {}.staff where user_id = '{}' for update",
        stage.clinic.schema, stage.doctor_id
    );
    for round in 0..10_i64 {
        let patient = stage.patient(usize::try_from(round).unwrap()).await;
        let visit = stage.booked(&patient, &stage.quarter(1)).await;
        let begun = stage.doctor.post("/api/v1/encounters", &json!({ "appointment_id": visit["id"] })).await;
        assert_eq!(begun.status, 200, "{}", begun.text);
        let finish = format!("/api/v1/encounters/{}/finish", begun.json["id"].as_str().unwrap());
        let wish = json!({ "follow_up": { "weeks": 1, "scheduled_at": stage.quarter(40 + round) } });
        let body = stage.body(&patient, &stage.quarter(80 + round));
        door.batch_execute(&hold).await.unwrap();
        // The one who books stands before the doctor first; behind them the one who ends the visit of the same patient.
        let ends = async {
            eventually("one waits", async || app.waiting().await >= 1).await;
            stage.doctor.post(&finish, &wish).await
        };
        let open = async {
            eventually("two wait", async || app.waiting().await >= 2).await;
            door.batch_execute("commit").await.unwrap();
        };
        let (booked, ended, ()) = tokio::join!(stage.desk.post(APPOINTMENTS, &body), ends, open);
        assert_eq!((booked.status, ended.status), (201, 200), "{round}: {} {}", booked.text, ended.text);
        stage.clinic.sql("update appointments set holds_slot = false").await;
    }
}
