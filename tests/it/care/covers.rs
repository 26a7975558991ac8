//! Cover: whose patients somebody sees while they stand in, and who may set it.

use super::*;
use crate::appointments::an_app;
use crate::encounters::{ENCOUNTERS, put_note, signed_note};
use crate::queue::WALK_INS;

async fn cover(person: &Client, body: Value) -> Reply {
    person.post(COVERS, &body).await
}

#[tokio::test]
async fn whoever_covers_sees_the_covered_patients_from_the_beginning_to_the_end() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (ana, ben) = (me(&stage.ana).await, me(&stage.ben).await);
    assert_eq!(assign(&stage.admin, &stage.path(0), json!({ "user_id": ana })).await.status, 201);
    // Ana goes off duty and hands over her own patients.
    let body = json!({ "user_id": ben, "for_user_id": ana, "starts_at": later(&app, 600), "ends_at": later(&app, 1800) });
    let made = cover(&stage.ana, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(code(&stage.ben.get(&stage.path(2)).await), not_linked(), "not yet");
    app.app.clock.shift(700);
    for n in [0, 2] {
        assert_eq!(stage.ben.get(&stage.path(n)).await.status, 200, "{n}");
    }
    let mut mine = shown(&stage.ben, &[]).await;
    mine.sort_unstable();
    assert_eq!(mine, ["P-00001", "P-00003"]);
    assert_eq!(code(&stage.ben.get(&stage.path(1)).await), not_linked(), "nobody else's");
    // What is handed over is not handed on.
    let chain = json!({ "user_id": me(&stage.nurse).await, "for_user_id": ben, "ends_at": later(&app, 600) });
    assert_eq!(cover(&stage.admin, chain).await.status, 201);
    assert!(shown(&stage.nurse, &[]).await.is_empty());
    app.app.clock.shift(1200);
    assert_eq!(code(&stage.ben.get(&stage.path(2)).await), not_linked(), "over");
    assert!(shown(&stage.ben, &[]).await.is_empty());
}

#[tokio::test]
async fn who_is_on_call_for_a_department_sees_its_patients() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let cardiology = department(&stage.clinic, "Cardiology").await;
    assert_eq!(
        assign(&stage.admin, &stage.path(1), json!({ "department_id": cardiology })).await.status,
        201
    );
    // A visit to the department is not one to each of its doctors.
    let third = of_department(&stage.clinic, SystemRole::Doctor, "Cardiology").await;
    booked(&stage, (0, &third, "Cardiology"), &quarter(&app, 4)).await;
    assert_eq!(code(&stage.ana.get(&stage.path(0)).await), not_linked());
    assert_eq!(shown(&stage.nurse, &[]).await.len(), 2, "the department's list has both");
    let body = json!({ "user_id": me(&stage.ben).await, "for_department_id": cardiology, "ends_at": later(&app, 1800) });
    let made = cover(&stage.admin, body).await;
    assert_eq!((made.status, &made.json["for_name"]), (201, &json!("Cardiology")), "{}", made.text);
    for n in [0, 1] {
        assert_eq!(stage.ben.get(&stage.path(n)).await.status, 200, "{n}");
    }
    let end = format!("{COVERS}/{}/end", made.json["id"].as_str().unwrap());
    assert_eq!(code(&stage.ana.post(&end, &json!({})).await), (403, "care.not_yours".into()));
    assert_eq!(stage.ben.post(&end, &json!({})).await.status, 200, "who covers may end it");
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "at once");
    assert_eq!(code(&stage.admin.post(&end, &json!({})).await), (409, "care.over".into()));
}

#[tokio::test]
async fn nobody_takes_over_patients_by_themselves() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (ana, ben) = (me(&stage.ana).await, me(&stage.ben).await);
    let ends_at = later(&app, 3600);
    let cardiology = department(&stage.clinic, "Cardiology").await;
    for body in [
        json!({ "user_id": ben, "for_user_id": ana, "ends_at": ends_at }),
        json!({ "user_id": ben, "for_department_id": cardiology, "ends_at": ends_at }),
        json!({ "user_id": me(&stage.nurse).await, "for_user_id": ana, "ends_at": ends_at }),
    ] {
        assert_eq!(code(&cover(&stage.ben, body).await), (403, "care.not_yours".into()));
    }
    for body in [
        json!({}),
        json!({ "user_id": ben, "for_user_id": ben, "ends_at": ends_at }),
        json!({ "user_id": ben, "for_user_id": ana }),
        json!({ "user_id": ben, "for_user_id": ana, "ends_at": later(&app, -60) }),
        json!({ "user_id": ben, "for_user_id": ana, "ends_at": later(&app, 40 * 86_400) }),
    ] {
        let refused = cover(&stage.admin, body).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
    }
    let desk = cover(&stage.desk, json!({})).await;
    assert_eq!(code(&desk), (403, "auth.permission_missing".into()));
    assert!(stage.clinic.sql("select id from care_covers").await.is_empty());
}

#[tokio::test]
async fn the_page_of_covers_hands_over_and_ends() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let ana = stage.ana.browser().await;
    let page = ana.get("/care/cover").await;
    assert!(
        page.text.contains("Hand over your patients") && !page.text.contains("For a colleague"),
        "{}",
        page.text
    );
    let ben = me(&stage.ben).await;
    let ben = ben.as_str().unwrap();
    let blank = ana.submit("/care/cover", &[("user_id", ben), ("ends_at", "")]).await;
    assert!(blank.status == 422 && blank.text.contains("id=\"ends_at-error\""), "{}", blank.text);
    let ends_at = later(&app, 3600);
    let made = ana.submit("/care/cover", &[("user_id", ben), ("ends_at", &ends_at)]).await;
    assert_eq!((made.status, made.header("location")), (303, "/care/cover?done=covered"), "{}", made.text);
    assert_eq!(stage.ben.get(&stage.path(2)).await.status, 200);
    assert!(ana.get("/care/cover").await.text.contains("Covers now"));
    let id = stage.clinic.sql("select id from care_covers").await[0]["id"].clone();
    let ended = ana.submit(&format!("/care/cover/{}/end", id.as_str().unwrap()), &[]).await;
    assert_eq!(ended.header("location"), "/care/cover?done=cover-ended", "{}", ended.text);
    assert_eq!(code(&stage.ben.get(&stage.path(2)).await), not_linked());
    let admin = stage.admin.browser().await.get("/care/cover").await;
    assert!(admin.text.contains("For a colleague"), "{}", admin.text);
    let kinds = stage
        .clinic
        .sql("select kind from audit_events where entity = 'care_cover' and kind <> 'listed' order by at")
        .await;
    assert_eq!(kinds, [json!({ "kind": "created" }), json!({ "kind": "ended" })]);
}

/// A patient of the stage walks in to Ana: the appointment.
async fn walks_in_to_ana(stage: &Stage<'_>, n: usize) -> Value {
    let body = json!({
        "patient_id": stage.patients[n]["id"], "doctor_user_id": me(&stage.ana).await, "reason": "Fever",
        "department_id": department(&stage.clinic, "Cardiology").await,
    });
    let walked = stage.desk.post(WALK_INS, &body).await;
    assert_eq!(walked.status, 201, "{}", walked.text);
    walked.json["appointment_id"].clone()
}

/// Somebody opens its consultation.
async fn begun(who: &Client, appointment: &Value) -> String {
    let begun = who.post(ENCOUNTERS, &json!({ "appointment_id": appointment })).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    begun.json["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_treated_under_a_cover_keeps_what_they_answer_for() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.clinic.in_the_morning().await;
    let ben = me(&stage.ben).await;
    let body = json!({ "user_id": ben, "for_user_id": me(&stage.ana).await, "ends_at": later(&app, 1800) });
    let made = cover(&stage.admin, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // One is signed, one is a draft still, and about the third nothing is written.
    let signed = begun(&stage.ben, &walks_in_to_ana(&stage, 0).await).await;
    let note = signed_note(&stage.ben, &signed, "Fever since Monday").await;
    let drafted = begun(&stage.ben, &walks_in_to_ana(&stage, 1).await).await;
    let texts = json!({ "subjective": "Cough" });
    assert_eq!(put_note(&stage.ben, &drafted, None, texts).await.status, 200);
    begun(&stage.ben, &walks_in_to_ana(&stage, 2).await).await;
    let end = format!("{COVERS}/{}/end", made.json["id"].as_str().unwrap());
    assert_eq!(stage.ben.post(&end, &json!({})).await.status, 200);

    let reads = stage.ben.get(&format!("/api/v1/notes/{}", note["id"].as_str().unwrap())).await;
    assert_eq!(reads.status, 200, "{}", reads.text);
    let own = stage.ben.get(&format!("{ENCOUNTERS}/{drafted}/note")).await;
    assert_eq!(own.status, 200, "their own draft: {}", own.text);
    let done = stage.ben.post(&format!("{ENCOUNTERS}/{drafted}/note/sign"), &json!({})).await;
    assert_eq!(done.status, 200, "and it is finished: {}", done.text);
    for n in [0, 1] {
        assert_eq!(stage.ben.get(&stage.path(n)).await.status, 200, "{n}");
    }
    let mut mine = shown(&stage.ben, &[]).await;
    mine.sort_unstable();
    assert_eq!(mine, ["P-00001", "P-00002"]);
    assert_eq!(code(&stage.ben.get(&stage.path(2)).await), not_linked(), "nothing was written");
    // What was never so ties nobody.
    let wrong = format!("/api/v1/notes/{}/entered-in-error", note["id"].as_str().unwrap());
    assert_eq!(stage.ben.post(&wrong, &json!({ "reason": "Another patient" })).await.status, 200);
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked());
    assert_eq!(shown(&stage.ben, &[]).await, ["P-00002"]);
}

#[tokio::test]
async fn a_draft_stays_its_authors_when_a_colleague_takes_over() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.clinic.in_the_morning().await;
    let visit = walks_in_to_ana(&stage, 0).await;
    let encounter = begun(&stage.ana, &visit).await;
    let texts = json!({ "subjective": "Cough" });
    assert_eq!(put_note(&stage.ana, &encounter, None, texts).await.status, 200);
    let queue = format!("/api/v1/queue/{}", visit.as_str().unwrap());
    let to = json!({ "doctor_user_id": me(&stage.ben).await, "reason": "Called away" });
    for (step, body) in [("back", json!({})), ("hand-over", to)] {
        let done = stage.desk.post(&format!("{queue}/{step}"), &body).await;
        assert_eq!(done.status, 200, "{step}: {}", done.text);
    }
    let own = stage.ana.get(&format!("{ENCOUNTERS}/{encounter}/note")).await;
    assert_eq!(own.status, 200, "{}", own.text);
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200);
}

#[tokio::test]
async fn nobody_makes_a_reason_last_by_writing_something() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.clinic.in_the_morning().await;
    let encounter = begun(&stage.ana, &walks_in_to_ana(&stage, 0).await).await;
    assert_eq!(break_glass(&stage.ben, &stage.path(0)).await.status, 201);
    signed_note(&stage.ben, &encounter, "Seen in the hall").await;
    let list = format!("{ENCOUNTERS}/{encounter}/diagnoses");
    let found = stage.ben.post(&list, &json!({ "text": "Syncope", "certainty": "PROVISIONAL" })).await;
    assert_eq!(found.status, 201, "{}", found.text);
    assert!(shown(&stage.ben, &[]).await.is_empty());
    app.app.clock.shift(4 * 3600 + 60);
    let ben = stage.ben.again().await;
    assert_eq!(code(&ben.get(&stage.path(0)).await), not_linked(), "the four hours are over");
    // Nor by a record that became part of another one.
    let body = json!({ "duplicate_id": stage.patients[0]["id"], "reason": "The same" });
    let admin = stage.admin.again().await;
    let merged = admin.post(&format!("{}/merge", stage.path(1)), &body).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    assert_eq!(code(&ben.get(&stage.path(1)).await), not_linked());
    assert!(shown(&ben, &[]).await.is_empty());
}
