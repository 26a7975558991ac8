//! Who does not come is marked as missed by a job, once, and the console's count is exact.

use hms::clinic::appointments;
use serde_json::json;

use super::{APPOINTMENTS, Stage, an_app, path_of};
use crate::harness::TestApp;
use crate::patients::path_of as patient_path;

#[tokio::test]
async fn three_hours_after_its_time_an_appointment_is_marked_as_missed() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (gone, waits, seen) = (
        stage.booked(&stage.asha, &stage.quarter(1)).await,
        stage.booked(&stage.ravi, &stage.quarter(3)).await,
        stage.booked(&stage.patient(3).await, &stage.quarter(2)).await,
    );
    stage.desk_does(&seen, "check-in", &json!({})).await;
    stage.pass(179);
    assert_eq!(appointments::housekeep(&app.app).await.unwrap(), 0, "not yet");
    stage.pass(20);
    assert_eq!(appointments::housekeep(&app.app).await.unwrap(), 1);
    assert_eq!(appointments::housekeep(&app.app).await.unwrap(), 0, "once");
    let missed = stage.desk.get(&path_of(&gone)).await.json;
    assert_eq!(missed["status"], "NO_SHOW");
    assert!(missed["no_show_at"].is_string());
    for (other, status) in [(&waits, "SCHEDULED"), (&seen, "CHECKED_IN")] {
        assert_eq!(stage.desk.get(&path_of(other)).await.json["status"], status);
    }
    let history = stage.desk.get(&format!("{}/history", path_of(&gone))).await.json;
    assert_eq!((&history[1]["kind"], &history[1]["actor_id"]), (&json!("NO_SHOW"), &serde_json::Value::Null));
    // Its time can be given to somebody else, if it were not over.
    assert_eq!(stage.row(&gone).await["holds_slot"], json!(false));
}

#[tokio::test]
async fn how_long_is_waited_is_the_operators_choice() {
    let app = TestApp::configured(&[
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "1440"),
        ("OPD_NO_SHOW_MINUTES_AFTER_SCHEDULED", "60"),
        ("OPD_CHECKIN_GRACE_MINUTES", "90"),
    ])
    .await;
    let stage = Stage::on(&app).await;
    let early = stage.booked(&stage.asha, &stage.quarter(5)).await;
    stage.desk_does(&early, "check-in", &json!({})).await;
    stage.booked(&stage.ravi, &stage.quarter(1)).await;
    stage.pass(76);
    assert_eq!(appointments::housekeep(&app.app).await.unwrap(), 1);
}

#[tokio::test]
async fn a_death_that_was_written_down_elsewhere_calls_bookings_off_too() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(8)).await;
    let admin = stage.clinic.admin().await;
    let patched = admin.patch(&patient_path(&stage.asha), &json!({ "is_deceased": true })).await;
    assert_eq!(patched.status, 200, "{}", patched.text);
    appointments::housekeep(&app.app).await.unwrap();
    let shown = stage.desk.get(&path_of(&booked)).await.json;
    assert_eq!(
        (&shown["status"], &shown["cancelled_reason"]),
        (&json!("CANCELLED"), &json!("PATIENT_DECEASED"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_consoles_count_is_exact_after_a_mixed_load() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let mut patients = Vec::new();
    for n in 0..6 {
        patients.push(stage.patient(n).await);
    }
    let book = |n: usize| {
        let stage = &stage;
        let (patient, at) = (&patients[n % 6], stage.quarter(4 + i64::try_from(n / 2).unwrap()));
        async move { stage.desk.post(APPOINTMENTS, &stage.body(patient, &at)).await.status }
    };
    let mut made = 0;
    for round in 0..6 {
        let n = round * 4;
        let (a, b, c, d) = tokio::join!(book(n), book(n + 1), book(n + 2), book(n + 3));
        made += [a, b, c, d].iter().filter(|status| **status == 201).count();
    }
    let rows = stage.clinic.sql("select count(*) as n from appointments").await;
    assert_eq!(rows[0]["n"], json!(made));
    let boss = app.super_admin().await;
    let details = boss.get(&format!("/api/v1/platform/tenants/{}/details", stage.clinic.id)).await.json;
    assert_eq!(details["metrics"]["total_appointments"], json!(made));
}
