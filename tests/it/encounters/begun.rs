//! Begun, finished, entered in error.

use futures_util::future::join_all;

use super::*;

async fn status_of(stage: &Stage<'_>, appointment: &str) -> Value {
    let rows = stage.clinic.sql(&format!("select status from appointments where id = '{appointment}'")).await;
    rows[0]["status"].clone()
}

#[tokio::test]
async fn a_consultation_starts_its_appointment_and_ends_with_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let begun = stage.begin(&stage.doctor, &appointment).await;
    assert_eq!((begun.status, begun.header("etag")), (200, "\"1\""), "{}", begun.text);
    let encounter = id(&begun.json).to_owned();
    assert_eq!(begun.header("location"), format!("{ENCOUNTERS}/{encounter}"));
    for (field, value) in [
        ("patient_id", stage.patient["id"].clone()),
        ("appointment_id", json!(appointment)),
        ("doctor_user_id", json!(stage.doctor_id)),
        ("doctor_name", json!("Meera Kulkarni")),
        ("status", json!("IN_PROGRESS")),
        ("class", json!("AMB")),
        ("ended_at", Value::Null),
    ] {
        assert_eq!(begun.json[field], value, "{field}");
    }
    assert_eq!(status_of(&stage, &appointment).await, "IN_CONSULTATION");
    let again = ok(stage.begin(&stage.doctor, &appointment).await, 200);
    assert_eq!(id(&again), encounter, "an appointment has one encounter");

    let path = format!("{ENCOUNTERS}/{encounter}");
    let list = stage.doctor.get(&format!("{ENCOUNTERS}?patient_id={}", id(&stage.patient))).await;
    assert_eq!((&list.json["total"], id(&list.json["items"][0])), (&json!(1), encounter.as_str()));
    assert_eq!(stage.doctor.get(ENCOUNTERS).await.status, 422, "whose encounters has to be said");

    let finish = format!("{path}/finish");
    let done = ok(stage.doctor.post(&finish, &json!({ "closure_note": "Seen, advised" })).await, 200);
    assert_eq!((&done["status"], &done["closure_note"]), (&json!("FINISHED"), &json!("Seen, advised")));
    assert!(done["ended_at"].is_string());
    assert_eq!(status_of(&stage, &appointment).await, "COMPLETED");
    assert_eq!(code(&stage.doctor.post(&finish, &json!({})).await), (409, "encounters.over"));

    let audit = stage.clinic.audit().await;
    for (verb, thing) in [("consultation_started", "encounter"), ("finished", "encounter")] {
        let row = audit.iter().find(|row| row["kind"] == verb).unwrap_or_else(|| panic!("no {verb}"));
        assert_eq!((&row["entity"], &row["entity_id"]), (&json!(thing), &json!(encounter)));
        assert_eq!(row["detail"]["patient_id"], stage.patient["id"]);
        assert!(!row.to_string().contains("advised"), "no word of the record is in the audit");
    }
}

#[tokio::test]
async fn whoever_opens_it_first_makes_the_encounter_and_nobody_makes_a_second() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for _ in 0..20 {
        let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
        let racers = (0..4).map(|_| stage.begin(&stage.doctor, &appointment));
        let replies = join_all(racers).await;
        let first = id(&replies[0].json).to_owned();
        for reply in &replies {
            assert_eq!((reply.status, id(&reply.json)), (200, first.as_str()), "{}", reply.text);
        }
        let finish = format!("{ENCOUNTERS}/{first}/finish");
        let nothing = json!({});
        let ends = join_all((0..3).map(|_| stage.doctor.post(&finish, &nothing))).await;
        assert_eq!(ends.iter().filter(|reply| reply.status == 200).count(), 1, "one ends it");
    }
    let counts = stage.clinic.sql("select count(*) as n from encounters").await;
    assert_eq!(counts[0]["n"], 20);
}

#[tokio::test]
async fn an_appointment_completed_elsewhere_takes_its_encounter_with_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    let complete = format!("/api/v1/appointments/{appointment}/complete");
    let done = stage.doctor.patch(&complete, &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let shown = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await, 200);
    assert_eq!(shown["status"], "FINISHED");
    assert!(shown["ended_at"].is_string());
    let late = stage.doctor.post(&format!("{ENCOUNTERS}/{encounter}/finish"), &json!({})).await;
    assert_eq!(code(&late), (409, "encounters.over"));

    // One that nobody opened is made finished, so that a note can still be written.
    let unseen = stage.appointment(&stage.patient, &stage.doctor_id, "COMPLETED").await;
    let made = ok(stage.begin(&stage.doctor, &unseen).await, 200);
    assert_eq!(made["status"], "FINISHED");
    let note = ok(put_note(&stage.doctor, id(&made), None, json!({ "plan": "Written later" })).await, 200);
    assert_eq!(note["is_late_entry"], true);
}

#[tokio::test]
async fn what_is_out_of_order_is_refused() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let off = stage.appointment(&stage.patient, &stage.doctor_id, "CANCELLED").await;
    assert_eq!(code(&stage.begin(&stage.doctor, &off).await), (409, "encounters.not_seen"));
    let open = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let stranger = stage.clinic.staff(SystemRole::Doctor).await;
    assert_eq!(code(&stage.begin(&stranger, &open).await), (403, "appointment.not_yours"));
    assert_eq!(stage.begin(&stage.desk, &open).await.status, 403, "the desk writes no consultations");
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(stage.begin(&nurse, &open).await.status, 403, "nurses read them");
    for body in [json!({}), json!({ "appointment_id": null })] {
        assert_eq!(stage.doctor.post(ENCOUNTERS, &body).await.status, 422);
    }
    let nobody = json!({ "appointment_id": uuid::Uuid::now_v7() });
    assert_eq!(stage.doctor.post(ENCOUNTERS, &nobody).await.status, 404);

    let old = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    stage
        .clinic
        .sql(&format!(
            "update appointments set scheduled_at = now() - interval '3 days', ends_at = now() - interval '2 days' where id = '{old}'"
        ))
        .await;
    assert_eq!(code(&stage.begin(&stage.doctor, &old).await), (400, "appointment.not_today"));

    let dead = stage.another_patient("Ravi").await;
    let late = stage.appointment(&dead, &stage.doctor_id, "CHECKED_IN").await;
    stage.deceased(&dead).await;
    let refused = stage.begin(&stage.doctor, &late).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text);
    let counts = stage.clinic.sql("select count(*) as n from encounters").await;
    assert_eq!(counts[0]["n"], 0, "nothing of what was refused was kept");
}

#[tokio::test]
async fn one_that_was_begun_for_the_wrong_patient_is_entered_in_error() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = format!("{ENCOUNTERS}/{encounter}");
    let end = format!("{path}/entered-in-error");
    assert_eq!(stage.doctor.post(&end, &json!({})).await.status, 422);
    let note = signed_note(&stage.doctor, &encounter, "Headache").await;
    let reason = json!({ "reason": "Wrong patient" });
    assert_eq!(code(&stage.doctor.post(&end, &reason).await), (409, "encounters.in_use"));
    let wrong = format!("/api/v1/notes/{}/entered-in-error", id(&note));
    ok(stage.doctor.post(&wrong, &reason).await, 200);
    let ended = ok(stage.doctor.post(&end, &reason).await, 200);
    assert_eq!(
        (&ended["status"], &ended["error_reason"]),
        (&json!("ENTERED_IN_ERROR"), &json!("Wrong patient"))
    );
    assert_eq!(code(&stage.doctor.post(&end, &reason).await), (409, "encounters.entered_in_error"));
    let refused = put_note(&stage.doctor, &encounter, None, json!({ "plan": "x" })).await;
    assert_eq!(code(&refused), (409, "encounters.entered_in_error"));
    let refused = stage.doctor.post(&format!("{path}/diagnoses"), &json!({ "text": "Gout" })).await;
    assert_eq!(code(&refused), (409, "encounters.entered_in_error"));
    assert_eq!(stage.doctor.get(&path).await.json["error_reason"], "Wrong patient", "it stays readable");
}

#[tokio::test]
async fn a_follow_up_is_booked_with_the_end_or_nothing_is_done() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    // Departments that see no patients take no bookings.
    stage.clinic.sql("update departments set is_for_patients = true").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    let finish = format!("{ENCOUNTERS}/{encounter}/finish");
    let wish = |wish: Value| json!({ "follow_up": wish });
    assert_eq!(stage.doctor.post(&finish, &wish(json!({}))).await.status, 422);
    let past = stage.doctor.post(&finish, &wish(json!({ "scheduled_at": "2020-01-01T10:00:00Z" }))).await;
    assert!((400..500).contains(&past.status), "{}", past.text);
    assert_eq!(status_of(&stage, &appointment).await, "IN_CONSULTATION", "nothing was done");
    let shown = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await, 200);
    assert_eq!(shown["status"], "IN_PROGRESS");

    let done = ok(stage.doctor.post(&finish, &wish(json!({ "weeks": 2 }))).await, 200);
    assert_eq!(done["status"], "FINISHED");
    let next = done["follow_up_appointment_id"].as_str().unwrap_or_else(|| panic!("{done}"));
    let rows = stage
        .clinic
        .sql(&format!("select kind, status, follow_up_of, patient_id from appointments where id = '{next}'"))
        .await;
    assert_eq!(rows[0]["kind"], "FOLLOW_UP");
    assert_eq!(rows[0]["follow_up_of"], json!(appointment));
    assert_eq!(rows[0]["patient_id"], stage.patient["id"]);
}
