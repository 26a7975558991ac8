//! A consultation in which nobody was seen: what lists, papers and pages say of it, and what was typed there.

use super::*;
use crate::harness::files::poppler;
use crate::queue::moves;

/// Begun by mistake with something typed into it, sent back, and the patient left.
async fn nobody_was_seen(stage: &Stage<'_>, patient: &Value) -> (String, String) {
    let appointment = stage.appointment(patient, &stage.doctor_id, "CHECKED_IN").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Not said yet" })).await, 200);
    for act in ["back", "left"] {
        let done = moves(&stage.desk, &appointment, act, json!({})).await;
        assert_eq!(done.status, 200, "{act}: {}", done.text);
    }
    (appointment, encounter)
}

#[tokio::test]
async fn its_draft_waits_for_no_signature_and_it_is_no_earlier_visit() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let browser = stage.doctor.browser().await;
    let open = stage.begun_with(&stage.another_patient("Bina").await).await;
    ok(put_note(&stage.doctor, &open, None, json!({ "plan": "Rest" })).await, 200);
    nobody_was_seen(&stage, &stage.patient).await;
    let today = browser.get("/consultations").await.text;
    assert!(today.contains("Bina Iyer"), "{today}");
    let (_, unsigned) = today.split_once("Not signed yet").unwrap_or_else(|| panic!("{today}"));
    let (unsigned, _) = unsigned.split_once("waiting-h").unwrap_or_else(|| panic!("{today}"));
    assert!(!unsigned.contains("Asha Rao"), "nothing can be signed there: {unsigned}");

    let encounter = stage.begun().await;
    let page = browser.get(&format!("/consultations/{encounter}")).await.text;
    assert!(page.contains("This is the first visit here."), "{page}");
}

#[tokio::test]
async fn on_paper_it_says_that_it_was_none() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (_, unseen) = nobody_was_seen(&stage, &stage.patient).await;
    let paper = async |encounter: &str| {
        let reply = stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}/summary.pdf")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        poppler("pdftotext", &["-", "-"], &reply.bytes)
    };
    let told = paper(&unseen).await;
    assert!(told.contains("Entered in error") && told.contains("the patient left before"), "{told}");
    let seen = stage.begun_with(&stage.another_patient("Bina").await).await;
    assert!(!paper(&seen).await.contains("Entered in error"));
}

#[tokio::test]
async fn what_was_typed_when_the_desk_called_it_off_is_still_on_the_page() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let encounter = id(&ok(stage.begin(&stage.doctor, &appointment).await, 200)).to_owned();
    let browser = stage.doctor.browser().await;
    let path = format!("/consultations/{encounter}");
    let author = browser.get(&path).await.field("author").to_owned();
    for act in ["back", "left"] {
        assert_eq!(moves(&stage.desk, &appointment, act, json!({})).await.status, 200);
    }
    let fields =
        [("version", "0"), ("author", author.as_str()), ("plan", "Rest for three days"), ("act", "sign")];
    let refused = browser.submit(&format!("{path}/sign"), &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("nobody was seen in it"), "{}", refused.text);
    assert!(refused.text.contains("Rest for three days"), "{}", refused.text);
}

#[tokio::test]
async fn begun_again_elsewhere_it_ends_with_its_appointment_and_whoever_only_reads_changes_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let appointment = stage.appointment(&stage.patient, &stage.doctor_id, "CHECKED_IN").await;
    let first = ok(stage.begin(&stage.doctor, &appointment).await, 200);
    let encounter = id(&first).to_owned();
    assert_eq!(moves(&stage.desk, &appointment, "back", json!({})).await.status, 200);
    stage
        .clinic
        .sql(&format!(
            "update appointments set created_at = now() - interval '3 hours', checked_in_at = now() - interval '2 hours'
              where id = '{appointment}'"
        ))
        .await;
    let start = format!("/api/v1/appointments/{appointment}/start-consultation");
    let hour = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - 3600).unwrap();
    let started = stage.doctor.patch(&start, &json!({ "happened_at": hour.to_string() })).await;
    assert_eq!(started.status, 200, "{}", started.text);

    // A colleague who opens it looks at it.
    let other = stage.clinic.staff(SystemRole::Doctor).await;
    let looked = ok(stage.begin(&other, &appointment).await, 200);
    assert_eq!((&looked["version"], &looked["started_at"]), (&first["version"], &first["started_at"]));

    let ended = jiff::Timestamp::from_second(hour.as_second() + 600).unwrap().to_string();
    let finish = format!("{ENCOUNTERS}/{encounter}/finish");
    let done = ok(stage.doctor.post(&finish, &json!({ "happened_at": ended })).await, 200);
    assert_eq!((&done["started_at"], &done["ended_at"]), (&json!(hour.to_string()), &json!(ended)));
}
