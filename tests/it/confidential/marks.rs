//! Who marks a record, and who may change a marked one.

use super::*;

#[tokio::test]
async fn only_who_holds_the_right_marks_a_record_and_lifts_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for (person, n, level) in [(&stage.desk, 0, "R"), (&stage.desk, 1, "N"), (&stage.desk, 2, "R")] {
        let refused = person.patch(&stage.path(n), &json!({ "confidentiality": level })).await;
        assert_eq!(code(&refused), (403, "patients.may_not_restrict".into()), "{n}: {}", refused.text);
    }
    let new = json!({ "first_name": "Secret", "confidentiality": "V" });
    assert_eq!(code(&stage.desk.post(PATIENTS, &new).await), (403, "patients.may_not_restrict".into()));
    assert_eq!(stage.doctor.post(PATIENTS, &new).await.status, 201);
    // Who registered her goes on with the rest of the record.
    assert_eq!(stage.desk.patch(&stage.path(2), &json!({ "city": "Pune" })).await.status, 200);
    assert_eq!(stage.doctor.patch(&stage.path(1), &json!({ "confidentiality": "X" })).await.status, 422);

    let entries = history(&stage.doctor, &stage.path(1)).await;
    assert_eq!(
        (&entries[0]["reason"], &entries[0]["old_values"], &entries[0]["new_values"]),
        (&json!("Works here"), &json!({ "confidentiality": "N" }), &json!({ "confidentiality": "R" }))
    );
    let lifted = stage.clinic.admin().await.patch(&stage.path(1), &json!({ "confidentiality": "N" })).await;
    assert_eq!((lifted.status, &lifted.json["confidentiality"]), (200, &json!("N")));
    assert_eq!(stage.nurse.get(&stage.path(1)).await.status, 200);

    // By the form: a reason is asked for, and the field is there for who may.
    let doctor = stage.doctor.browser().await;
    let edit = format!("{}/edit", stage.page(0));
    assert!(doctor.get(&edit).await.text.contains("name=\"confidentiality\""));
    assert!(!stage.desk.browser().await.get(&edit).await.text.contains("name=\"confidentiality\""));
    let version = stage.doctor.get(&stage.path(0)).await.json["version"].to_string();
    let blank = doctor.submit(&edit, &[("version", &version), ("confidentiality", "R")]).await;
    assert!(blank.status == 422 && blank.text.contains("id=\"change_reason-error\""), "{}", blank.text);
    let form = [("version", version.as_str()), ("confidentiality", "R"), ("change_reason", "In the papers")];
    assert_eq!(doctor.submit(&edit, &form).await.status, 303);
    let shown = doctor.get(&stage.page(0)).await.text;
    assert!(shown.contains("banner-restricted") && shown.contains("Restricted"), "{shown}");
    let forged = stage.desk.browser().await;
    let version = stage.doctor.get(&stage.path(0)).await.json["version"].to_string();
    let form = [("version", version.as_str()), ("confidentiality", "N"), ("change_reason", "Lift it")];
    assert_eq!(forged.submit(&edit, &form).await.status, 403, "a field that the form does not show");
}

#[tokio::test]
async fn who_may_not_open_a_record_cannot_change_it_either() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other_desk = stage.clinic.staff(SystemRole::Receptionist).await;
    let look = "select to_jsonb(p) as row from patients p order by id";
    let before = stage.clinic.sql(look).await;
    for n in [1, 2] {
        for (method, part, body) in [
            (Method::PATCH, "", json!({ "city": "Pune" })),
            (Method::PATCH, "/profile", json!({ "city": "Pune" })),
            (Method::POST, "/consents", json!({ "kind": "SMS", "given": false, "source": "DESK" })),
            (Method::POST, "/deceased", json!({ "died_at": "2020-01-01" })),
            (Method::POST, "/identify", json!({ "first_name": "Known" })),
            (Method::POST, "/merge", json!({ "duplicate_id": stage.patients[0]["id"], "reason": "x" })),
        ] {
            let path = format!("{}{part}", stage.path(n));
            let refused = other_desk.request(method, &path).json(&body).send().await;
            assert_eq!(code(&refused), (403, "patients.confidential".into()), "{part}: {}", refused.text);
            tells_nothing(part, &refused);
        }
    }
    assert_eq!(stage.clinic.sql(look).await, before);
    assert_eq!(break_glass(&other_desk, &stage.path(1)).await.status, 201);
    assert_eq!(other_desk.patch(&stage.path(1), &json!({ "city": "Pune" })).await.status, 200);
}
