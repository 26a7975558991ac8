//! Another consultation of the same appointment; one with whom nobody was seen; who holds what, and in which order.

use futures_util::future::join_all;

use super::*;
use crate::queue::{id_of, moves, room, walks};

async fn encounters_of(stage: &Stage<'_>, appointment: &str) -> Vec<Value> {
    let list = stage.doctor.get(&format!("{ENCOUNTERS}?patient_id={}", id(&stage.patient))).await;
    let items = ok(list, 200)["items"].as_array().unwrap().clone();
    items.into_iter().filter(|one| one["appointment_id"] == appointment).collect()
}

async fn sent_back(stage: &Stage<'_>, appointment: &str) {
    let back = moves(&stage.desk, appointment, "back", json!({})).await;
    assert_eq!(back.status, 200, "{}", back.text);
}

#[tokio::test]
async fn after_one_that_was_entered_in_error_its_appointment_has_another_one() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let wrong = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    ok(put_note(&stage.doctor, &wrong, None, json!({ "plan": "Of somebody else" })).await, 200);
    let end = format!("{ENCOUNTERS}/{wrong}/entered-in-error");
    ok(stage.doctor.post(&end, &json!({ "reason": "Begun for the wrong patient" })).await, 200);
    sent_back(&stage, &appointment).await;

    // Two who begin at once make one.
    let replies = join_all((0..4).map(|_| stage.begin(&stage.doctor, &appointment))).await;
    let right = id(&replies[0].json).to_owned();
    assert_ne!(right, wrong);
    for reply in &replies {
        assert_eq!((reply.status, id(&reply.json)), (200, right.as_str()), "{}", reply.text);
        assert_eq!(reply.json["status"], "IN_PROGRESS");
    }
    assert_eq!(encounters_of(&stage, &appointment).await.len(), 2);
    let old = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{wrong}")).await, 200);
    assert_eq!(
        (&old["status"], &old["error_reason"]),
        (&json!("ENTERED_IN_ERROR"), &json!("Begun for the wrong patient"))
    );
    let own = stage.doctor.get(&format!("{ENCOUNTERS}/{right}/note")).await;
    assert_eq!(own.status, 404, "what was drafted for somebody else is not in it: {}", own.text);

    // No list of the day has the visit twice.
    let queue = stage.doctor.get("/api/v1/queue").await;
    assert_eq!(queue.text.matches(&appointment).count(), 1, "{}", queue.text);
    let list = stage.doctor.get(&format!("/api/v1/appointments?patient_id={}", id(&stage.patient))).await;
    assert_eq!(list.json["total"], 1, "{}", list.text);
    signed_note(&stage.doctor, &right, "Headache").await;
    ok(stage.doctor.post(&format!("{ENCOUNTERS}/{right}/finish"), &json!({})).await, 200);
    let again = ok(stage.begin(&stage.doctor, &appointment).await, 200);
    assert_eq!((id(&again), &again["status"]), (right.as_str(), &json!("FINISHED")));
    let taken = stage.doctor.get(&format!("/api/v1/patients/{}/visits/export/csv", id(&stage.patient))).await;
    assert_eq!(taken.text.matches("Headache").count(), 1, "{}", taken.text);
    assert!(!taken.text.contains("Of somebody else"), "{}", taken.text);
}

#[tokio::test]
async fn of_one_who_left_unseen_there_was_no_consultation_and_the_draft_is_its_authors() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let cancelled = json!({ "reason": "OTHER" });
    for (route, told) in
        [("left", "the patient left before"), ("cancel", "was cancelled"), ("death", "was cancelled")]
    {
        let patient = stage.another_patient(&format!("Bina {route}")).await;
        let appointment = stage.appointment(&patient, &stage.doctor_id, "CHECKED_IN").await;
        let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
        ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Not said yet" })).await, 200);
        sent_back(&stage, &appointment).await;
        let path = format!("{ENCOUNTERS}/{encounter}");
        assert_eq!(stage.doctor.get(&path).await.json["status"], "IN_PROGRESS", "the patient waits");
        match route {
            "left" => assert_eq!(moves(&stage.desk, &appointment, "left", json!({})).await.status, 200),
            "cancel" => {
                let off =
                    stage.desk.patch(&format!("/api/v1/appointments/{appointment}/cancel"), &cancelled).await;
                assert_eq!(off.status, 200, "{}", off.text);
            }
            _ => {
                let died = format!("/api/v1/patients/{}/deceased", id(&patient));
                ok(stage.desk.post(&died, &json!({ "died_at": "2026-03-14" })).await, 200);
            }
        }
        let shown = ok(stage.doctor.get(&path).await, 200);
        assert_eq!(
            (&shown["status"], &shown["ended_at"]),
            (&json!("ENTERED_IN_ERROR"), &Value::Null),
            "{route}"
        );
        assert!(shown["error_reason"].as_str().unwrap().contains(told), "{shown}");
        let visits = format!("/api/v1/patients/{}/visits/export/csv", id(&patient));
        let taken = stage.doctor.get(&visits).await.text;
        assert!(taken.contains("Entered in error") && !taken.contains("Finished"), "{taken}");
        assert!(!taken.contains("Not said yet"), "{taken}");

        let own = stage.doctor.get(&format!("{path}/note")).await;
        assert!(own.status == 200 && own.text.contains("Not said yet"), "{}", own.text);
        let other = stage.clinic.staff(SystemRole::Doctor).await;
        assert_eq!(other.get(&format!("{path}/note")).await.status, 404);
        let late = put_note(&stage.doctor, &encounter, Some(1), json!({ "plan": "x" })).await;
        assert_eq!(code(&late), (409, "encounters.entered_in_error"));
        assert_eq!(code(&stage.begin(&stage.doctor, &appointment).await), (409, "encounters.not_seen"));
    }

    // What somebody signed meanwhile is a consultation.
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    sent_back(&stage, &appointment).await;
    signed_note(&stage.doctor, &encounter, "Looked at in passing").await;
    let off = stage.desk.patch(&format!("/api/v1/appointments/{appointment}/cancel"), &cancelled).await;
    assert_eq!(off.status, 200, "{}", off.text);
    let shown = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await, 200);
    assert_eq!((&shown["status"], &shown["error_reason"]), (&json!("FINISHED"), &Value::Null));
}

#[tokio::test]
async fn who_is_given_up_on_and_comes_after_all_has_the_consultation_with_its_draft() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Rest" })).await, 200);
    sent_back(&stage, &appointment).await;
    let stands = async |to: &str| {
        stage.clinic.sql(&format!("update appointments set {to} where id = '{appointment}'")).await;
        ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await, 200)
    };
    let missed = stands("status = 'NO_SHOW', no_show_at = now()").await;
    assert_eq!(missed["status"], "ENTERED_IN_ERROR");
    assert!(missed["error_reason"].as_str().unwrap().contains("did not come"), "{missed}");
    let came = stands("status = 'CHECKED_IN', no_show_at = null").await;
    assert_eq!((&came["status"], &came["error_reason"]), (&json!("IN_PROGRESS"), &Value::Null));
    let again = ok(stage.begin(&stage.doctor, &appointment).await, 200);
    assert_eq!((id(&again), encounters_of(&stage, &appointment).await.len()), (encounter.as_str(), 1));
}

#[tokio::test]
async fn who_writes_and_who_sends_back_or_finishes_never_wait_for_each_other() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for round in 0..15 {
        let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
        let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
        let found = format!("{ENCOUNTERS}/{encounter}/diagnoses");
        let finish = format!("{ENCOUNTERS}/{encounter}/finish");
        let adds = (0..4).map(|n| {
            let (stage, found) = (&stage, &found);
            async move { stage.doctor.post(found, &json!({ "text": format!("Gout {n}") })).await }
        });
        let write = put_note(&stage.doctor, &encounter, None, json!({ "plan": "Rest" }));
        let ends = async {
            let nothing = json!({});
            if round % 2 == 0 {
                stage.doctor.post(&finish, &nothing).await
            } else {
                moves(&stage.desk, &appointment, "back", nothing).await
            }
        };
        let (added, written, ended) = tokio::join!(join_all(adds), write, ends);
        for reply in added.iter().chain([&written, &ended]) {
            assert_ne!(reply.json["code"], "conflict.retry", "{}", reply.text);
            assert!(reply.status < 500, "{}", reply.text);
        }
    }
}

#[tokio::test]
async fn who_writes_waits_for_the_patient_before_holding_the_consultation() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = format!("{ENCOUNTERS}/{encounter}/diagnoses");
    let first = ok(stage.doctor.post(&path, &json!({ "text": "Gout" })).await, 201);
    let mut other = app.superuser().await;
    let holder = other.transaction().await.unwrap();
    holder
        .execute(
            &format!(
                "select from {}.patients where id = '{}' for update",
                stage.clinic.schema,
                id(&stage.patient)
            ),
            &[],
        )
        .await
        .unwrap();
    let one = format!("/api/v1/diagnoses/{}", id(&first));
    let body = json!({ "text": "Fever" });
    let adds = stage.doctor.post(&path, &body);
    let holds = async {
        while app.waiting().await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        // It waits for the patient and does not hold the encounter, so that this one gets it at once.
        holder
            .execute(
                &format!(
                    "select from {}.encounters where id = '{encounter}' for update nowait",
                    stage.clinic.schema
                ),
                &[],
            )
            .await
            .unwrap();
        holder.rollback().await.unwrap();
    };
    let (added, ()) = tokio::join!(adds, holds);
    assert_eq!(added.status, 201, "{}", added.text);
    assert_eq!(stage.doctor.get(&one).await.status, 200);
}

#[tokio::test]
async fn who_signs_and_completes_holds_the_appointment_before_what_is_written_and_ends_it_once() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Rest" })).await, 200);
    let browser = stage.doctor.browser().await;
    let path = format!("/consultations/{encounter}");
    let author = browser.get(&path).await.field("author").to_owned();
    let fields = [("version", "1"), ("author", author.as_str()), ("plan", "Rest"), ("act", "complete")];
    let sign = format!("{path}/sign");
    let mut other = app.superuser().await;
    let holder = other.transaction().await.unwrap();
    let hold = |table: &str| format!("select from {}.{table} for update nowait", stage.clinic.schema);
    holder.execute(&hold("appointments"), &[]).await.unwrap();
    let holds = async {
        while app.waiting().await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        // They wait for the appointment, and hold nothing that comes after it.
        for table in ["encounters", "notes"] {
            holder.execute(&hold(table), &[]).await.unwrap();
        }
        holder.rollback().await.unwrap();
    };
    // Two tabs at once.
    let (one, two, ()) = tokio::join!(browser.submit(&sign, &fields), browser.submit(&sign, &fields), holds);
    let (done, late) = if one.status == 303 { (one, two) } else { (two, one) };
    assert_eq!(done.header("location"), "/consultations?done=visit-completed", "{}", done.text);
    assert!((400..500).contains(&late.status), "{} {}", late.status, late.text);
    let told = "select (select count(*) from appointment_events where kind = 'COMPLETED') as ends,
                       (select count(*) from notes where status = 'SIGNED') as notes";
    let told = &stage.clinic.sql(told).await[0];
    assert_eq!((&told["ends"], &told["notes"]), (&json!(1), &json!(1)), "{told}");
}

#[tokio::test]
async fn begun_again_as_of_an_earlier_time_it_has_that_start_and_its_new_doctor() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let (one, other) = (room(&clinic).await, room(&clinic).await);
    let appointment = id_of(&walks(&desk, &one, "Asha", json!({})).await);
    let begin =
        async |who: &Client| ok(who.post(ENCOUNTERS, &json!({ "appointment_id": appointment })).await, 200);
    let came = app.app.clock.now();
    app.app.clock.shift(1800);
    let first = begin(&one.doctor).await;
    let start = format!("/api/v1/appointments/{appointment}/start-consultation");
    let earlier = jiff::Timestamp::from_second(came.as_second() + 600).unwrap();

    assert_eq!(moves(&desk, &appointment, "back", json!({})).await.status, 200);
    let started = one.doctor.patch(&start, &json!({ "happened_at": earlier.to_string() })).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let again = begin(&one.doctor).await;
    assert_eq!(
        (&again["id"], &again["started_at"]),
        (&first["id"], &started.json["consultation_started_at"])
    );
    assert!(again["started_at"].as_str() < first["started_at"].as_str(), "{again}");
    let opened = begin(&one.doctor).await;
    assert_eq!(opened["version"], again["version"], "opened, it is not begun again");

    // The doctor changes too.
    assert_eq!(moves(&desk, &appointment, "back", json!({})).await.status, 200);
    let quarter = (app.app.clock.now().as_second().div_euclid(900) + 2) * 900;
    let at = jiff::Timestamp::from_second(quarter).unwrap().to_string();
    let body = json!({ "scheduled_at": at, "doctor_user_id": other.doctor_id });
    let moved = desk.patch(&format!("/api/v1/appointments/{appointment}/reschedule"), &body).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let started = other.doctor.patch(&start, &json!({ "happened_at": earlier.to_string() })).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let theirs = begin(&other.doctor).await;
    assert_eq!((&theirs["id"], &theirs["doctor_user_id"]), (&first["id"], &json!(other.doctor_id)));
}
