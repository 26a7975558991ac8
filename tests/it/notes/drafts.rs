//! What is typed is kept, for its author alone, and never over what was typed elsewhere.

use axum::http::Method;
use futures_util::future::join_all;

use super::*;
use crate::encounters::me;

#[tokio::test]
async fn a_draft_is_there_after_a_restart_and_each_save_names_its_version() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let path = note_of(&encounter);
    assert_eq!(stage.doctor.get(&path).await.status, 404, "none yet");
    let texts = json!({ "subjective": "सिरदर्द\r\nfor four days ", "objective": "BP 150/90" });
    let first = put_note(&stage.doctor, &encounter, None, texts).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"1\""), "{}", first.text);
    assert_eq!(
        first.json["texts"]["subjective"], "सिरदर्द\nfor four days ",
        "as typed, with one kind of line end"
    );
    assert_eq!((&first.json["status"], &first.json["kind"]), (&json!("DRAFT"), &json!("SOAP")));
    for n in 2..6_i64 {
        let texts = json!({ "subjective": format!("Headache, {n} days") });
        let saved = put_note(&stage.doctor, &encounter, Some(n - 1), texts).await;
        assert_eq!((saved.status, &saved.json["version"]), (200, &json!(n)), "{}", saved.text);
    }
    // Another process: what was acknowledged is there.
    let restarted = app.second_instance().await;
    let after = stage.doctor.on(&restarted.router).get(&path).await;
    assert_eq!(after.json["texts"]["subjective"], "Headache, 5 days", "{}", after.text);
    assert_eq!(after.header("etag"), "\"5\"");
    let audit = stage.clinic.audit().await;
    let drafted: Vec<_> = audit.iter().filter(|row| row["kind"] == "drafted").collect();
    assert_eq!(drafted.len(), 1, "one stretch of writing");
    assert!(!json!(audit).to_string().contains("Headache"), "no word of it is in the audit");
}

#[tokio::test]
async fn of_two_devices_the_later_is_given_both_texts() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let phone = stage.doctor.again().await;
    ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Written at the desk" })).await, 200);
    for version in [None, Some(0), Some(7)] {
        let both = put_note(&phone, &encounter, version, json!({ "plan": "Written on the phone" })).await;
        assert_eq!(code(&both), (412, "notes.version_conflict"));
        assert_eq!(both.json["saved"]["texts"]["plan"], "Written at the desk");
        assert_eq!(both.json["saved"]["version"], 1);
        assert_eq!(both.json["sent"]["plan"], "Written on the phone");
    }
    let kept = ok(stage.doctor.get(&note_of(&encounter)).await, 200);
    assert_eq!(kept["texts"]["plan"], "Written at the desk", "nothing was changed");
    // The same text again is the answer that was lost on its way, and no conflict.
    let again = put_note(&phone, &encounter, None, json!({ "plan": "Written at the desk" })).await;
    assert_eq!((again.status, &again.json["version"]), (200, &json!(1)), "{}", again.text);
    // A decision.
    let over = put_note(&phone, &encounter, Some(1), json!({ "plan": "Written on the phone" })).await;
    assert_eq!((over.status, &over.json["version"]), (200, &json!(2)));
    let tag = phone.request(Method::PUT, &note_of(&encounter)).header("if-match", "\"2\"");
    let two = tag.json(&json!({ "texts": { "plan": "x" }, "version": 1 })).send().await;
    assert_eq!(two.status, 412, "two versions that differ fit none");
}

#[tokio::test]
async fn devices_that_save_at_once_lose_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for _ in 0..20 {
        let encounter = stage.begun().await;
        let racers =
            (0..4).map(|n| {
                let (stage, encounter) = (&stage, &encounter);
                async move {
                    put_note(&stage.doctor, encounter, None, json!({ "plan": format!("Text {n}") })).await
                }
            });
        let replies = join_all(racers).await;
        let won: Vec<&Value> = replies.iter().filter(|r| r.status == 200).map(|r| &r.json["texts"]).collect();
        assert_eq!(won.len(), 1, "one of them is kept");
        for lost in replies.iter().filter(|reply| reply.status != 200) {
            assert_eq!(code(lost), (412, "notes.version_conflict"));
            assert_eq!(&lost.json["saved"]["texts"], won[0], "the others are given it beside their own");
        }
        let rows =
            stage.clinic.sql(&format!("select plan from notes where encounter_id = '{encounter}'")).await;
        assert_eq!((rows.len(), &rows[0]["plan"]), (1, &won[0]["plan"]));
    }
}

#[tokio::test]
async fn a_draft_is_its_authors_alone() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let draft =
        ok(put_note(&stage.doctor, &encounter, None, json!({ "plan": "Suspects lymphoma" })).await, 200);
    let note = format!("/api/v1/notes/{}", id(&draft));
    let colleague = stage.clinic.staff(SystemRole::Doctor).await;
    let readers =
        [colleague.clone(), stage.clinic.staff(SystemRole::Nurse).await, stage.clinic.admin().await];
    let patient = id(&stage.patient);
    for reader in &readers {
        for path in [note.clone(), format!("{note}/versions")] {
            assert_eq!(reader.get(&path).await.status, 404, "{path}");
        }
        let list = ok(reader.get(&format!("{ENCOUNTERS}/{encounter}/notes")).await, 200);
        assert_eq!(list["items"], json!([]));
        for path in [
            format!("/api/v1/patients/{patient}/visits"),
            format!("/api/v1/patients/{patient}/visits/export/csv"),
        ] {
            assert!(!reader.get(&path).await.text.contains("lymphoma"), "{path}");
        }
        let browser = reader.browser().await;
        for path in [
            format!("/consultations/{encounter}"),
            format!("/patients/{patient}/visits"),
            format!("/patients/{patient}"),
        ] {
            assert!(!browser.get(&path).await.text.contains("lymphoma"), "{path}");
        }
    }
    for act in ["amend", "entered-in-error"] {
        let body = json!({ "reason": "x", "texts": { "plan": "x" } });
        assert_eq!(colleague.post(&format!("{note}/{act}"), &body).await.status, 404, "{act}");
    }
    // A note of their own does not touch it.
    signed_note(&colleague, &encounter, "Second opinion").await;
    let mine = ok(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}/notes")).await, 200);
    let said: Vec<&Value> =
        mine["items"].as_array().unwrap().iter().map(|note| &note["texts"]["plan"]).collect();
    assert_eq!(said, [&json!("Suspects lymphoma"), &json!("Rest, fluids")]);
}

#[tokio::test]
async fn a_note_is_of_its_own_patient_whatever_the_request_names() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other = stage.another_patient("Ravi").await;
    let (mine, theirs) = (stage.begun().await, stage.begun_with(&other).await);
    let foreign = signed_note(&stage.doctor, &theirs, "Of Ravi").await;
    assert_eq!(foreign["patient_id"], other["id"]);
    let put = async |body: Value| stage.doctor.request(Method::PUT, &note_of(&mine)).json(&body).send().await;
    let of_nobody = uuid::Uuid::now_v7().to_string();
    for body in [
        json!({ "texts": { "plan": "x" }, "copied_from_id": id(&foreign) }),
        json!({ "texts": { "plan": "x" }, "copied_from_id": of_nobody }),
        json!({ "texts": { "plan": "x" }, "template_id": of_nobody }),
    ] {
        assert_eq!(put(body.clone()).await.status, 404, "{body}");
    }
    assert_eq!(put(json!({ "texts": { "plan": "x".repeat(10_001) } })).await.status, 422);
    assert!(
        stage.clinic.sql(&format!("select id from notes where encounter_id = '{mine}'")).await.is_empty()
    );
    // Whatever else it names is passed over.
    let kept =
        put(json!({ "texts": { "plan": "x" }, "patient_id": other["id"], "author_id": of_nobody })).await;
    assert_eq!((kept.status, &kept.json["patient_id"]), (200, &stage.patient["id"]), "{}", kept.text);
    assert_eq!(kept.json["author_id"], json!(me(&stage.doctor).await));
    // Of the patient's own earlier notes texts may be taken over, and that is said.
    let earlier = signed_note(&stage.doctor, &stage.begun().await, "Earlier").await;
    let body = json!({ "texts": { "plan": "Earlier" }, "copied_from_id": id(&earlier), "version": 1 });
    assert_eq!(ok(put(body).await, 200)["copied_from_id"], earlier["id"]);
}

/// How many rows of the audit say this of a note.
async fn rows(stage: &Stage<'_>, verb: &str) -> usize {
    stage.clinic.audit().await.iter().filter(|row| row["kind"] == verb && row["entity"] == "note").count()
}

#[tokio::test]
async fn the_audit_tells_of_each_stretch_of_writing_and_of_every_signature() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let source = stage.begun().await;
    let source = signed_note(&stage.doctor, &source, "Headache").await;
    let (drafted, signed) = (rows(&stage, "drafted").await, rows(&stage, "signed").await);
    assert_eq!((drafted, signed), (1, 1));

    let encounter = stage.begun().await;
    let mut version = 0;
    let mut write = async |text: &str| {
        let saved = put_note(&stage.doctor, &encounter, Some(version), json!({ "plan": text })).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        version += 1;
        assert_eq!(saved.json["version"], version, "every save is kept");
    };
    for text in ["R", "Re", "Res", "Rest"] {
        write(text).await;
    }
    assert_eq!(rows(&stage, "drafted").await, 2, "a row for the note that was begun");
    app.app.clock.shift(601);
    for text in ["Rest.", "Rest. F", "Rest. Fluids"] {
        write(text).await;
    }
    assert_eq!(rows(&stage, "drafted").await, 3, "and one when its author goes on later");
    // The answer that was lost on its way changes nothing, and says nothing.
    let again = put_note(&stage.doctor, &encounter, Some(1), json!({ "plan": "Rest. Fluids" })).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(rows(&stage, "drafted").await, 3);
    // What is taken over from elsewhere is told at once.
    let taken = json!({ "texts": { "plan": "Rest. Fluids. Headache" }, "copied_from_id": source["id"], "version": 7 });
    let taken = stage.doctor.request(Method::PUT, &note_of(&encounter)).json(&taken).send().await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    assert_eq!(rows(&stage, "drafted").await, 4);
    let other = stage.clinic.staff(SystemRole::Doctor).await;
    ok(put_note(&other, &encounter, None, json!({ "plan": "Agree" })).await, 200);
    assert_eq!(rows(&stage, "drafted").await, 5, "each author's own");

    ok(stage.doctor.post(&format!("{}/sign", note_of(&encounter)), &json!({})).await, 200);
    ok(other.post(&format!("{}/sign", note_of(&encounter)), &json!({})).await, 200);
    assert_eq!(rows(&stage, "signed").await, 3, "what is signed is told each time");
}
