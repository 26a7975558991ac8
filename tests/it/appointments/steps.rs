//! Each step from each state, and who may do it.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{Stage, an_app, code, doctor_of, path_of, refused};
use crate::harness::Client;

/// One appointment in this state.
async fn in_state(stage: &Stage<'_>, patient: &Value, status: &str) -> Value {
    let booked = stage.booked(patient, &stage.quarter(1)).await;
    match status {
        "SCHEDULED" => {}
        "CHECKED_IN" => drop(stage.desk_does(&booked, "check-in", &json!({})).await),
        "IN_CONSULTATION" => drop(stage.doctor_does(&booked, "start-consultation", &json!({})).await),
        "COMPLETED" => {
            stage.desk_does(&booked, "check-in", &json!({})).await;
            stage.doctor_does(&booked, "complete", &json!({})).await;
        }
        "CANCELLED" => drop(stage.desk_does(&booked, "cancel", &json!({ "reason": "OTHER" })).await),
        "NO_SHOW" => {
            stage.pass(16);
            stage.desk_does(&booked, "no-show", &json!({})).await;
        }
        other => panic!("{other}"),
    }
    let shown = stage.desk.get(&path_of(&booked)).await.json;
    assert_eq!(shown["status"], status);
    shown
}

const STATES: [&str; 6] = ["SCHEDULED", "CHECKED_IN", "IN_CONSULTATION", "COMPLETED", "CANCELLED", "NO_SHOW"];

#[tokio::test]
async fn each_step_is_possible_from_its_states_alone() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let admin = stage.clinic.admin().await;
    let mut n = 0;
    for (step, states, after) in [
        ("check-in", &["SCHEDULED"][..], "CHECKED_IN"),
        ("start-consultation", &["SCHEDULED", "CHECKED_IN"], "IN_CONSULTATION"),
        ("complete", &["CHECKED_IN", "IN_CONSULTATION"], "COMPLETED"),
        ("cancel", &["SCHEDULED", "CHECKED_IN"], "CANCELLED"),
        ("no-show", &["SCHEDULED"], "NO_SHOW"),
        ("reschedule", &["SCHEDULED", "CHECKED_IN"], "SCHEDULED"),
        ("arrived-late", &["NO_SHOW"], "CHECKED_IN"),
    ] {
        for state in STATES {
            n += 1;
            let patient = stage.patient(n).await;
            let before = in_state(&stage, &patient, state).await;
            if step == "no-show" && state == "SCHEDULED" {
                stage.pass(16);
            }
            let body = match step {
                "cancel" => json!({ "reason": "PATIENT_REQUEST" }),
                "reschedule" => json!({ "scheduled_at": stage.quarter(6) }),
                "arrived-late" => json!({ "reason": "The bus was late" }),
                _ => json!({}),
            };
            let reply = stage.act(&admin, &before, step, &body).await;
            if states.contains(&state) {
                assert_eq!(reply.status, 200, "{step} from {state}: {}", reply.text);
                assert_eq!(reply.json["status"], after, "{step} from {state}");
            } else {
                let expected =
                    if step == "arrived-late" { "appointment.not_late" } else { "appointment.wrong_status" };
                assert_eq!(code(&reply), refused(400, expected), "{step} from {state}");
                let untouched = stage.desk.get(&path_of(&before)).await.json;
                assert_eq!(untouched, before, "{step} from {state}");
            }
            // The time of this round is free again.
            stage.clinic.sql("update appointments set holds_slot = false").await;
        }
    }
}

#[tokio::test]
async fn stamps_reasons_and_notes_are_kept() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let arrived = stage.desk_does(&booked, "check-in", &json!({})).await;
    assert!(arrived["checked_in_at"].is_string());
    assert_eq!((&arrived["token"], &arrived["queue_state"]), (&json!("G-001"), &json!("WAITING")));
    let visited = stage.desk.get(&crate::patients::path_of(&stage.asha)).await.json;
    assert_eq!(visited["last_visited_at"], arrived["checked_in_at"]);
    stage.pass(5);
    let started = stage.doctor_does(&booked, "start-consultation", &json!({})).await;
    assert_eq!(started["checked_in_at"], arrived["checked_in_at"]);
    assert!(started["consultation_started_at"].as_str() > started["checked_in_at"].as_str());
    assert_eq!(started["queue_state"], "WITH_DOCTOR");
    let noted = stage.doctor.patch(&path_of(&booked), &json!({ "notes": "Come back fasting" })).await;
    assert_eq!((noted.status, &noted.json["notes"]), (200, &json!("Come back fasting")), "{}", noted.text);
    let done = stage
        .doctor_does(&booked, "complete", &json!({ "with_rx": false, "closure_note": "Improved" }))
        .await;
    assert_eq!(done["notes"], "Come back fasting\nImproved");
    assert!(done["completed_at"].is_string());
    assert_eq!(done["queue_state"], "DONE");
    let history = stage.desk.get(&format!("{}/history", path_of(&booked))).await.json;
    let kinds: Vec<&str> =
        history.as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["BOOKED", "CHECKED_IN", "STARTED", "NOTED", "COMPLETED"]);
    assert_eq!(history[4]["from_status"], "IN_CONSULTATION");

    let other = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    let off =
        stage.desk_does(&other, "cancel", &json!({ "reason": "DOCTOR_UNAVAILABLE", "note": "Ill" })).await;
    assert_eq!(
        (&off["cancelled_reason"], &off["cancelled_note"]),
        (&json!("DOCTOR_UNAVAILABLE"), &json!("Ill"))
    );
    for body in [
        json!({}),
        json!({ "reason": "PATIENT_DECEASED" }),
        json!({ "reason": "because" }),
        json!({ "reason": "OTHER", "note": "x".repeat(501) }),
    ] {
        assert_eq!(
            code(&stage.act(&stage.desk, &other, "cancel", &body).await),
            refused(422, "validation_failed"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn starting_checks_in_whoever_was_not() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let started = stage.doctor_does(&booked, "start-consultation", &json!({})).await;
    assert_eq!(started["checked_in_at"], started["consultation_started_at"]);
    assert_eq!(started["token"], "G-001");
}

#[tokio::test]
async fn only_notes_are_patched_and_never_the_status() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let path = path_of(&booked);
    for body in [json!({ "status": "COMPLETED" }), json!({ "status": "SCHEDULED", "notes": "x" })] {
        assert_eq!(
            code(&stage.desk.patch(&path, &body).await),
            refused(400, "appointment.status_in_patch"),
            "{body}"
        );
    }
    assert_eq!(stage.desk.get(&path).await.json, booked, "nothing was changed");
    assert_eq!(stage.desk.patch(&path, &json!({ "notes": null })).await.json["notes"], Value::Null);
    let stale = stage
        .desk
        .request(axum::http::Method::PATCH, &path)
        .header("if-match", "\"9\"")
        .json(&json!({ "notes": "x" }))
        .send()
        .await;
    assert_eq!(code(&stale), refused(412, "appointment.version_conflict"));
    stage.desk_does(&booked, "cancel", &json!({ "reason": "OTHER" })).await;
    assert_eq!(
        code(&stage.desk.patch(&path, &json!({ "notes": "late" })).await),
        refused(400, "appointment.closed")
    );
}

async fn asked(stage: &Stage<'_>, who: &Client, appointment: &Value, step: &str) -> (u16, String) {
    let body = match step {
        "cancel" => json!({ "reason": "OTHER" }),
        "reschedule" => json!({ "scheduled_at": stage.quarter(9) }),
        "arrived-late" => json!({ "reason": "Rain" }),
        _ => json!({}),
    };
    code(&stage.act(who, appointment, step, &body).await)
}

#[tokio::test]
async fn the_desk_runs_the_day_and_the_doctor_the_consultation() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    for step in ["check-in", "cancel", "no-show", "reschedule", "arrived-late"] {
        assert_eq!(
            asked(&stage, &stage.doctor, &booked, step).await,
            refused(403, "appointment.desk_only"),
            "{step}"
        );
    }
    stage.desk_does(&booked, "check-in", &json!({})).await;
    let (other, other_id) = doctor_of(&stage.clinic, &stage.department).await;
    for (who, name) in [(&stage.desk, "desk"), (&other, "another doctor")] {
        for step in ["start-consultation", "complete"] {
            assert_eq!(
                asked(&stage, who, &booked, step).await,
                refused(403, "appointment.not_yours"),
                "{name} {step}"
            );
        }
    }
    assert_eq!(other.patch(&path_of(&booked), &json!({ "notes": "x" })).await.status, 403);
    // Whoever covers for the doctor stands in.
    let until = super::later(stage.now(), 600).to_string();
    let cover = stage
        .doctor
        .post(
            "/api/v1/care/covers",
            &json!({ "user_id": other_id, "for_user_id": stage.doctor_id, "ends_at": until }),
        )
        .await;
    assert_eq!(cover.status, 201, "{}", cover.text);
    assert_eq!(stage.act(&other, &booked, "start-consultation", &json!({})).await.status, 200);
    // And an administrator, always.
    let admin = stage.clinic.admin().await;
    assert_eq!(stage.act(&admin, &booked, "complete", &json!({})).await.status, 200);
}

#[tokio::test]
async fn moving_frees_the_old_time_takes_the_new_one_and_keeps_the_history() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (old, new) = (stage.quarter(1), stage.quarter(8));
    let booked = stage.booked(&stage.asha, &old).await;
    stage.desk_does(&booked, "check-in", &json!({})).await;
    for (at, expected) in [
        (stage.quarter(0), refused(400, "appointment.in_the_past")),
        ("2399-01-01T09:00:00Z".to_owned(), refused(400, "appointment.too_far")),
        (format!("{}09:07:00Z", &new[..11]), refused(422, "validation_failed")),
    ] {
        let reply = stage.act(&stage.desk, &booked, "reschedule", &json!({ "scheduled_at": at })).await;
        assert_eq!(code(&reply), expected, "{at}");
    }
    let moved =
        stage.desk_does(&booked, "reschedule", &json!({ "scheduled_at": new, "reason": "Traffic" })).await;
    assert_eq!((&moved["status"], &moved["scheduled_at"]), (&json!("SCHEDULED"), &json!(new)));
    for cleared in ["checked_in_at", "consultation_started_at", "token", "token_number", "queue_state"] {
        assert_eq!(moved[cleared], Value::Null, "{cleared}");
    }
    stage.booked(&stage.ravi, &old).await;
    let third = stage.patient(3).await;
    let taken = stage.desk.post(super::APPOINTMENTS, &stage.body(&third, &new)).await;
    assert_eq!(code(&taken), refused(409, "appointment.slot_taken"));
    let history = stage.desk.get(&format!("{}/history", path_of(&booked))).await.json;
    let event = &history[2];
    assert_eq!(
        (&event["kind"], &event["from_time"], &event["to_time"]),
        (&json!("RESCHEDULED"), &json!(old), &json!(new))
    );
    assert_eq!(event["reason"], "Traffic");
    // A later check-in gives another number: the one that was called off is never given again.
    stage.pass(100);
    assert_eq!(stage.desk_does(&booked, "check-in", &json!({})).await["token"], "G-002");
}

#[tokio::test]
async fn moving_goes_to_another_doctor_and_into_their_department() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let heart = super::department_of(&stage.clinic, "Cardiology").await;
    let (_, other) = doctor_of(&stage.clinic, &heart).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(4)).await;
    let body = json!({ "scheduled_at": stage.quarter(4), "doctor_user_id": other });
    let moved = stage.desk_does(&booked, "reschedule", &body).await;
    assert_eq!((&moved["doctor_user_id"], &moved["department"]), (&json!(other), &json!("Cardiology")));
    let body = json!({ "scheduled_at": stage.quarter(5), "doctor_user_id": stage.asha["id"] });
    assert_eq!(code(&stage.act(&stage.desk, &booked, "reschedule", &body).await), refused(404, "not_found"));
    let nurse = super::id_of(&stage.clinic.staff(SystemRole::Nurse).await).await;
    let body = json!({ "scheduled_at": stage.quarter(5), "doctor_user_id": nurse });
    assert_eq!(
        code(&stage.act(&stage.desk, &booked, "reschedule", &body).await),
        refused(400, "appointment.not_a_doctor")
    );
}
