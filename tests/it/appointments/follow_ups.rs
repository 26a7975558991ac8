//! The visit after a visit.

use serde_json::{Value, json};

use super::{Stage, an_app, code, in_weeks, path_of, refused};

async fn seen<'a>(stage: &Stage<'a>) -> Value {
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.desk_does(&booked, "check-in", &json!({})).await;
    stage.doctor_does(&booked, "complete", &json!({})).await
}

#[tokio::test]
async fn the_same_weekday_and_time_is_proposed_and_booked() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let visit = seen(&stage).await;
    let wanted =
        in_weeks(visit["scheduled_at"].as_str().unwrap().parse().unwrap(), 6, "Asia/Kolkata").to_string();
    let path = format!("{}/follow-up", path_of(&visit));
    let proposed = stage.desk.get(&format!("{path}?weeks=6")).await;
    assert_eq!(
        proposed.json,
        json!({ "wanted_at": wanted, "scheduled_at": wanted, "why": null }),
        "{}",
        proposed.text
    );
    let next = stage.doctor.post(&path, &json!({ "weeks": 6, "reason": "Blood pressure" })).await;
    assert_eq!(next.status, 201, "{}", next.text);
    for (field, value) in [
        ("scheduled_at", json!(wanted)),
        ("kind", json!("FOLLOW_UP")),
        ("follow_up_of", visit["id"].clone()),
        ("doctor_user_id", visit["doctor_user_id"].clone()),
        ("patient_id", visit["patient_id"].clone()),
        ("reason", json!("Blood pressure")),
    ] {
        assert_eq!(next.json[field], value, "{field}");
    }
}

#[tokio::test]
async fn on_leave_or_taken_the_next_free_time_is_proposed_and_none_is_said() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let visit = seen(&stage).await;
    let wanted = in_weeks(visit["scheduled_at"].as_str().unwrap().parse().unwrap(), 2, "Asia/Kolkata");
    let path = format!("{}/follow-up", path_of(&visit));
    let leave = |days: i64| {
        let (id, doctor) = (uuid::Uuid::from_u128(u128::try_from(days).unwrap()), &stage.doctor_id);
        format!(
            "delete from doctor_leaves;
             insert into doctor_leaves (id, user_id, kind, starts_at, ends_at, made_by_id, made_at)
             values ('{id}', '{doctor}', 'LEAVE', '{wanted}'::timestamptz - interval '1 hour', '{wanted}'::timestamptz + interval '{days} days', '{doctor}', now())"
        )
    };
    stage.clinic.sql(&leave(2)).await;
    let proposed = stage.desk.get(&format!("{path}?weeks=2")).await.json;
    assert_eq!(proposed["wanted_at"], wanted.to_string());
    let later = wanted + jiff::SignedDuration::from_hours(2 * 24);
    assert_eq!(proposed["scheduled_at"], later.to_string(), "the first time after the leave: {proposed}");
    assert!(proposed["why"].as_str().unwrap().contains("away"), "{proposed}");
    let booked = stage.desk.post(&path, &json!({ "weeks": 2 })).await;
    assert_eq!(booked.json["scheduled_at"], later.to_string());
    stage.clinic.sql(&leave(60)).await;
    let none = stage.desk.post(&path, &json!({ "weeks": 2 })).await;
    assert_eq!(code(&none), refused(409, "appointment.no_follow_up"));
    let at = later.to_string();
    assert_eq!(
        stage.desk.post(&path, &json!({ "scheduled_at": at })).await.status,
        400,
        "also when it is asked for"
    );
}

#[tokio::test]
async fn who_was_not_seen_has_no_follow_up_and_weeks_are_sensible() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let path = format!("{}/follow-up", path_of(&booked));
    assert_eq!(code(&stage.desk.get(&path).await), refused(400, "appointment.not_seen"));
    assert_eq!(
        code(&stage.desk.post(&path, &json!({ "scheduled_at": stage.quarter(90) })).await),
        refused(400, "appointment.not_seen")
    );
    stage.desk_does(&booked, "check-in", &json!({})).await;
    for weeks in [0, -1, 105] {
        assert_eq!(
            code(&stage.desk.post(&path, &json!({ "weeks": weeks })).await),
            refused(422, "validation_failed"),
            "{weeks}"
        );
    }
}
