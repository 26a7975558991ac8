//! A patient's visits: to read, and to take away.

use super::*;

#[tokio::test]
async fn visits_tell_what_was_found_and_written_and_never_a_draft() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let first = stage.begun().await;
    signed_note(&stage.doctor, &first, "=1+1 Headache").await;
    let path = format!("{ENCOUNTERS}/{first}/diagnoses");
    ok(stage.doctor.post(&path, &json!({ "icd10_code": "I10", "certainty": "CONFIRMED" })).await, 201);
    ok(stage.doctor.post(&format!("{ENCOUNTERS}/{first}/finish"), &json!({})).await, 200);
    let second = stage.begun().await;
    ok(put_note(&stage.doctor, &second, None, json!({ "plan": "Not signed yet" })).await, 200);

    let visits = format!("/api/v1/patients/{}/visits", id(&stage.patient));
    for reader in [&stage.doctor, &stage.clinic.staff(SystemRole::Nurse).await] {
        let list = ok(reader.get(&visits).await, 200);
        assert_eq!(list["total"], 2);
        let [newest, oldest] = [&list["items"][0], &list["items"][1]];
        assert_eq!(id(&newest["encounter"]), second, "the latest first");
        assert_eq!(newest["notes"], json!([]), "a draft is no part of a visit");
        assert_eq!(oldest["diagnoses"][0]["icd10_code"], "I10");
        assert_eq!(oldest["diagnoses"][0]["text"], "Essential (primary) hypertension");
        assert_eq!(oldest["notes"][0]["texts"]["subjective"], "=1+1 Headache");
    }
    let file = stage.doctor.get(&format!("{visits}/export/csv")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert!(file.text.contains("Essential (primary) hypertension (I10, confirmed)"), "{}", file.text);
    assert!(file.text.contains("'=1+1 Headache") && !file.text.contains("Not signed yet"), "{}", file.text);
    assert_eq!(file.text.lines().count(), 3, "{}", file.text);
    let audit = stage.clinic.audit().await;
    let taken = audit.iter().find(|row| row["kind"] == "exported").expect("a file is on record");
    assert_eq!(taken["detail"]["patient_id"], stage.patient["id"]);
    let page = stage.doctor.browser().await.get(&format!("/patients/{}/visits", id(&stage.patient))).await;
    assert!(page.text.contains("=1+1 Headache") && !page.text.contains("Not signed yet"), "{}", page.text);
}

#[tokio::test]
async fn a_visit_is_taken_away_on_paper() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let encounter = stage.begun().await;
    signed_note(&stage.doctor, &encounter, "सिरदर्द #import \"x\"\nfor four days").await;
    let path = format!("{ENCOUNTERS}/{encounter}/summary.pdf");
    let paper = stage.doctor.get(&path).await;
    assert_eq!((paper.status, paper.header("content-type")), (200, "application/pdf"), "{}", paper.text);
    assert!(paper.bytes.starts_with(b"%PDF"));
    assert_eq!(paper.header("cache-control"), "private, no-store");
    assert_eq!(stage.desk.get(&path).await.status, 403);
    stage.mark(&stage.patient, "R").await;
    let nurse = stage.clinic.staff(SystemRole::Nurse).await;
    assert_eq!(code(&nurse.get(&path).await), (403, "patients.confidential"));
    let audit = stage.clinic.audit().await;
    let taken: Vec<_> = audit.iter().filter(|row| row["kind"] == "exported").collect();
    assert_eq!((taken.len(), &taken[0]["detail"]["format"]), (1, &json!("pdf")));
}
