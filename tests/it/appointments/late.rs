//! Arrived after being given up: seen all the same, and nobody loses a time for it.

use hms::clinic::appointments;
use serde_json::{Value, json};

use super::{APPOINTMENTS, Stage, an_app, code, path_of, refused};

#[tokio::test]
async fn who_comes_late_is_checked_in_with_a_reason_and_holds_no_time() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.pass(15 + 181);
    appointments::housekeep(&app.app).await.unwrap();
    let blank = stage.act(&stage.desk, &booked, "arrived-late", &json!({})).await;
    assert_eq!(code(&blank), refused(422, "validation_failed"));
    let late = stage.desk_does(&booked, "arrived-late", &json!({ "reason": "Train strike" })).await;
    assert_eq!((&late["status"], &late["arrived_late"]), (&json!("CHECKED_IN"), &json!(true)));
    assert!(late["no_show_at"].is_string() && late["checked_in_at"].is_string());
    assert_eq!((&late["token"], &late["queue_state"]), (&json!("G-001"), &json!("WAITING")));
    assert_eq!(stage.row(&booked).await["holds_slot"], json!(false));
    let history = stage.desk.get(&format!("{}/history", path_of(&booked))).await.json;
    let last = &history[2];
    assert_eq!(
        (&last["kind"], &last["reason"], &last["from_status"]),
        (&json!("ARRIVED_LATE"), &json!("Train strike"), &json!("NO_SHOW"))
    );
    stage.doctor_does(&booked, "start-consultation", &json!({})).await;
    stage.doctor_does(&booked, "complete", &json!({})).await;
}

#[tokio::test]
async fn the_time_that_was_given_up_may_be_somebody_elses_by_then() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let at = stage.quarter(8);
    let booked = stage.booked(&stage.asha, &at).await;
    // Given up by the desk a moment after its time, then arrived: a booking into the same time is not in the way.
    stage.pass(8 * 15 + 1);
    stage.desk_does(&booked, "no-show", &json!({})).await;
    stage.clinic.sql("update appointments set scheduled_at = scheduled_at + interval '1 hour', ends_at = ends_at + interval '1 hour'").await;
    let same: Value = stage.desk.get(&path_of(&booked)).await.json["scheduled_at"].clone();
    stage.booked(&stage.ravi, same.as_str().unwrap()).await;
    let late = stage.desk_does(&booked, "arrived-late", &json!({ "reason": "Rain" })).await;
    assert_eq!(late["status"], "CHECKED_IN");
    let third = stage.patient(3).await;
    let taken = stage.desk.post(APPOINTMENTS, &stage.body(&third, same.as_str().unwrap())).await;
    assert_eq!(code(&taken), refused(409, "appointment.slot_taken"), "still once");
}

#[tokio::test]
async fn tomorrow_is_too_late() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.pass(16);
    stage.desk_does(&booked, "no-show", &json!({})).await;
    stage.pass(24 * 60);
    let desk = app.sign_in(&stage.clinic.email).await;
    let reply = stage.act(&desk, &booked, "arrived-late", &json!({ "reason": "Forgot" })).await;
    assert_eq!(code(&reply), refused(400, "appointment.not_late"));
}

#[tokio::test]
async fn a_no_show_is_not_before_its_time() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let reply = stage.act(&stage.desk, &booked, "no-show", &json!({})).await;
    assert_eq!(code(&reply), refused(400, "appointment.not_yet"));
}
