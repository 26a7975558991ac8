//! Who sees nothing of it: another hospital, the desk, whom the record is kept from, an administrator by office alone.

use super::*;

#[tokio::test]
async fn another_hospital_and_another_role_find_nothing() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let note = signed_note(&stage.doctor, &encounter, "Headache").await;
    let found = stage
        .doctor
        .post(&format!("{ENCOUNTERS}/{encounter}/diagnoses"), &json!({ "text": "Migraine" }))
        .await;
    let found = ok(found, 201);
    let theirs = app.hospital("Other").await.staff(SystemRole::Doctor).await;
    let (note, diagnosis) = (id(&note), id(&found));
    let reads = [
        format!("{ENCOUNTERS}/{encounter}"),
        format!("{ENCOUNTERS}/{encounter}/notes"),
        format!("{ENCOUNTERS}/{encounter}/note"),
        format!("{ENCOUNTERS}/{encounter}/diagnoses"),
        format!("/api/v1/notes/{note}"),
        format!("/api/v1/notes/{note}/versions"),
        format!("/api/v1/diagnoses/{diagnosis}"),
        format!("/api/v1/patients/{}/visits", id(&stage.patient)),
        format!("/api/v1/patients/{}/diagnoses", id(&stage.patient)),
        format!("/api/v1/patients/{}/visits/export/csv", id(&stage.patient)),
    ];
    for path in &reads {
        assert_eq!(theirs.get(path).await.status, 404, "{path}");
        assert_eq!(stage.desk.get(path).await.status, 403, "{path}");
    }
    let reason = json!({ "reason": "Wrong", "texts": { "plan": "x" }, "certainty": "CONFIRMED" });
    for path in [
        format!("{ENCOUNTERS}/{encounter}/finish"),
        format!("{ENCOUNTERS}/{encounter}/entered-in-error"),
        format!("{ENCOUNTERS}/{encounter}/note/sign"),
        format!("/api/v1/notes/{note}/amend"),
        format!("/api/v1/notes/{note}/entered-in-error"),
        format!("/api/v1/diagnoses/{diagnosis}/revise"),
        format!("/api/v1/diagnoses/{diagnosis}/entered-in-error"),
    ] {
        assert_eq!(theirs.post(&path, &reason).await.status, 404, "{path}");
        assert_eq!(stage.desk.post(&path, &reason).await.status, 403, "{path}");
    }
    assert_eq!(put_note(&theirs, &encounter, None, json!({ "plan": "x" })).await.status, 404);
    let page = theirs.browser().await;
    for path in [format!("/consultations/{encounter}"), format!("/notes/{note}")] {
        assert_eq!(page.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_confidential_record_keeps_its_consultations_too() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let note = signed_note(&stage.doctor, &encounter, "Headache").await;
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    let patient = id(&stage.patient);
    let paths = [
        format!("{ENCOUNTERS}/{encounter}"),
        format!("{ENCOUNTERS}/{encounter}/notes"),
        format!("{ENCOUNTERS}/{encounter}/diagnoses"),
        format!("/api/v1/notes/{}", id(&note)),
        format!("/api/v1/patients/{patient}/visits"),
        format!("{ENCOUNTERS}?patient_id={patient}"),
    ];
    for path in &paths {
        assert_eq!(nurse.get(path).await.status, 200, "{path}");
    }
    stage.mark(&stage.patient, "R").await;
    for path in &paths {
        assert_eq!(code(&nurse.get(path).await), (403, "patients.confidential"), "{path}");
    }
    let glass = format!("/api/v1/patients/{patient}/break-glass");
    ok(nurse.post(&glass, &json!({ "reason": "Emergency, unconscious" })).await, 201);
    assert_eq!(nurse.get(&paths[3]).await.json["texts"]["subjective"], "Headache");
}

#[tokio::test]
async fn an_administrator_reads_no_note_by_office_alone() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    let note = signed_note(&stage.doctor, &encounter, "Headache since Tuesday").await;
    let admin = stage.clinic.admin().await;
    let patient = id(&stage.patient);
    let path = format!("/api/v1/notes/{}", id(&note));
    let amended =
        json!({ "texts": { "subjective": "Headache since Monday" }, "reason": "The day was wrong" });
    ok(stage.doctor.post(&format!("{path}/amend"), &amended).await, 200);
    let places = [
        path.clone(),
        format!("{path}/versions"),
        format!("{ENCOUNTERS}/{encounter}/notes"),
        format!("/api/v1/patients/{patient}/visits"),
        format!("/api/v1/patients/{patient}/visits/export/csv"),
    ];
    for place in &places {
        let told = admin.get(place).await;
        assert_eq!(told.status, 200, "{place}");
        for word in ["Headache", "Tuesday", "Monday", "day was wrong"] {
            assert!(!told.text.contains(word), "{place} tells {word}");
        }
    }
    assert_eq!(admin.get(&path).await.json["is_withheld"], true);
    let browser = admin.browser().await;
    for page in [
        format!("/consultations/{encounter}"),
        format!("/notes/{}", id(&note)),
        format!("/patients/{patient}/visits"),
    ] {
        let page = browser.get(&page).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("Headache") && page.text.contains("for who treats this patient"));
    }
    // Whoever puts themselves on the care team is on record there.
    let team = format!("/api/v1/patients/{patient}/care-team");
    ok(admin.post(&team, &json!({ "user_id": me(&admin).await })).await, 201);
    assert_eq!(admin.get(&path).await.json["texts"]["subjective"], "Headache since Monday");
}

#[tokio::test]
async fn what_was_written_goes_with_a_merge_and_back() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let twin = stage.another_patient("Asha").await;
    let encounter = stage.begun_with(&twin).await;
    let note = signed_note(&stage.doctor, &encounter, "Headache").await;
    let path = format!("{ENCOUNTERS}/{encounter}/diagnoses");
    let found = ok(stage.doctor.post(&path, &json!({ "text": "Migraine" })).await, 201);
    let merge = json!({ "duplicate_id": id(&twin), "reason": "The same" });
    let merged = stage.desk.post(&format!("/api/v1/patients/{}/merge", id(&stage.patient)), &merge).await;
    let merged = ok(merged, 201);
    let owners = async || {
        let of = |reply: Reply| ok(reply, 200)["patient_id"].clone();
        [
            of(stage.doctor.get(&format!("{ENCOUNTERS}/{encounter}")).await),
            of(stage.doctor.get(&format!("/api/v1/notes/{}", id(&note))).await),
            of(stage.doctor.get(&format!("/api/v1/diagnoses/{}", id(&found))).await),
        ]
    };
    assert_eq!(owners().await, [0, 1, 2].map(|_| stage.patient["id"].clone()));
    let visits = stage.doctor.get(&format!("/api/v1/patients/{}/visits", id(&twin))).await;
    assert_eq!(visits.json["total"], 1, "the old id leads to the record that stands");
    let undo = format!("/api/v1/patients/merges/{}/undo", id(&merged));
    ok(stage.desk.post(&undo, &json!({ "reason": "Two people" })).await, 200);
    assert_eq!(owners().await, [0, 1, 2].map(|_| twin["id"].clone()));
}
