//! Who may look, who may change, and what is on record of it.

use super::*;

#[tokio::test]
async fn who_may_look_may_not_change_and_other_sites_may_do_nothing() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    given(&desk, &patient, &png()).await;
    let before = kept(&app);
    clinic
        .sql(
            "delete from role_permissions where permission_code = 'patients:update'
                and role_id = (select id from roles where system_key = 'NURSE')",
        )
        .await;
    let look_only = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(look_only.get(&of(&patient)).await.status, 200);
    assert_eq!(clinic.staff(SystemRole::Pharmacist).await.get(&of(&patient)).await.status, 403);
    assert_eq!(send(&look_only, &patient, &png()).await.status, 403);
    assert_eq!(look_only.request(Method::DELETE, &of(&patient)).send().await.status, 403);
    let page = look_only.browser().await.get(&format!("/patients/{patient}/picture")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&of(&patient)) && !page.text.contains("type=\"file\""));

    let browser = desk.browser().await;
    for path in [of(&patient), format!("/patients/{patient}/picture")] {
        let reply = browser.upload_from("https://evil.example", &path, &[Part::file(&png())]).await;
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
    }
    let reply = browser
        .submit_from("https://evil.example", &format!("/patients/{patient}/picture/remove"), &[])
        .await;
    assert_eq!(reply.status, 403);
    assert_eq!(kept(&app), before);
    assert_eq!(desk.get(&format!("{PATIENTS}/{patient}")).await.json["version"], 2);
}

#[tokio::test]
async fn the_picture_of_a_restricted_record_is_shown_to_who_sees_the_record() {
    let app = TestApp::new().await;
    let (clinic, _, _) = stage(&app).await;
    let (admin, nurse) = (clinic.admin().await, clinic.staff(SystemRole::Nurse).await);
    let patient = registered(&admin, "Asha").await;
    given(&admin, &patient, &png()).await;
    let restricted = admin.patch(&format!("{PATIENTS}/{patient}"), &json!({ "confidentiality": "R" })).await;
    assert_eq!(restricted.status, 200, "{}", restricted.text);
    for query in ["", "?size=thumb"] {
        assert_eq!(admin.get(&format!("{}{query}", of(&patient))).await.status, 200);
        let reply = nurse.get(&format!("{}{query}", of(&patient))).await;
        assert_eq!(
            (reply.status, &reply.json["code"]),
            (403, &json!("patients.confidential")),
            "{}",
            reply.text
        );
    }
    let listed = nurse.get(PATIENTS).await;
    assert!(
        listed.text.contains("Restricted") && !listed.text.contains("profile-picture"),
        "{}",
        listed.text
    );
    assert!(!nurse.browser().await.get("/patients").await.text.contains("profile-picture"));
    let looks = clinic.audit().await;
    let looks = looks.iter().filter(|row| row["kind"] == "viewed" && row["detail"]["confidentiality"] == "R");
    assert_eq!(looks.count(), 2, "also at the small one");
    // Whoever gave a reason sees it.
    let reply = nurse
        .post(&format!("{PATIENTS}/{patient}/break-glass"), &json!({ "reason": "Brought in unconscious" }))
        .await;
    assert!(reply.status < 300, "{}", reply.text);
    assert_eq!(nurse.get(&of(&patient)).await.status, 200);
}

#[tokio::test]
async fn a_change_is_on_record_and_so_is_a_look_but_not_a_face_in_a_list() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    given(&desk, &patient, &png()).await;
    desk.get(&of(&patient)).await;
    desk.get(&format!("{}?size=thumb", of(&patient))).await;
    desk.get(&format!("{}?size=full", of(&patient))).await;
    assert_eq!(desk.request(Method::DELETE, &of(&patient)).send().await.status, 204);
    assert_eq!(desk.request(Method::DELETE, &of(&patient)).send().await.status, 404);
    assert_eq!(desk.get(&of(&patient)).await.status, 404);

    let rows = clinic.audit().await;
    let rows: Vec<_> =
        rows.iter().filter(|row| row["action"].as_str().unwrap().contains("picture")).collect();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["updated", "viewed", "viewed", "updated"]);
    for row in &rows {
        assert_eq!((&row["entity"], &row["entity_id"]), (&json!("patient"), &json!(patient)));
    }
    assert_eq!(rows[0]["detail"], json!({ "fields": ["picture"] }));

    let history = history(&clinic).await;
    let values: Vec<_> = history.iter().map(|row| (&row["old_values"], &row["new_values"])).collect();
    let (none, one) = (json!({ "photo_path": null }), json!({ "photo_path": true }));
    assert_eq!(values, [(&none, &one), (&one, &none)]);
    assert!(history.iter().all(|row| row["patient_id"] == patient.as_str()));
    let me = desk.get("/api/v1/auth/me").await.json["id"].clone();
    assert!(history.iter().all(|row| row["changed_by_id"] == me));
    assert_eq!(kept(&app), BTreeSet::new());
}

#[tokio::test]
async fn no_client_writes_or_reads_where_a_picture_lies() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let record = format!("{PATIENTS}/{patient}");
    given(&desk, &patient, &png()).await;
    let before = named(&clinic, &patient).await;
    for value in [json!("/etc/passwd"), json!("../../other.jpg"), Value::Null] {
        let reply = desk.patch(&record, &json!({ "photo_path": value, "city": "Pune" })).await;
        assert_eq!((reply.status, &reply.json["photo_path"]), (200, &json!(of(&patient))));
    }
    assert_eq!(named(&clinic, &patient).await, before);
    // A row that was changed behind our back leads nowhere else.
    for bad in ["../../../../etc/passwd", "/etc/passwd", "patients/x/y.jpg"] {
        clinic.sql(&format!("update patients set photo_path = '{bad}' where id = '{patient}'")).await;
        let reply = desk.get(&of(&patient)).await;
        assert_eq!(reply.status, 500, "{}", reply.text);
        assert!(!reply.text.contains("root:") && !reply.text.contains(bad), "{}", reply.text);
    }
}

// -------------------------------------------------------------------------- files

#[tokio::test]
async fn a_picture_is_given_and_taken_away_at_a_browser_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, desk, patient) = stage(&app).await;
    let browser = desk.browser().await;
    let (record, page) = (format!("/patients/{patient}"), format!("/patients/{patient}/picture"));
    let thumb = format!("src=\"{}?size=thumb\"", of(&patient));
    let first = browser.get(&record).await;
    assert!(first.text.contains(&format!("href=\"{page}\"")) && !first.text.contains(&thumb));
    let form = browser.get(&page).await;
    assert!(form.text.contains("enctype=\"multipart/form-data\"") && form.text.contains("No picture yet"));
    for part in ["accept=\"image/jpeg,image/png,image/webp,image/gif\"", "capture=\"environment\""] {
        assert!(form.text.contains(part), "{part}");
    }
    assert_eq!(browser.get(&format!("{page}/remove")).await.header("location"), page);

    // Faults stand at the field, on the page.
    let (blank, text, large) =
        (Part { file_name: Some(""), ..Part::file(b"") }, b"no picture", vec![0; 6_000_000]);
    for (parts, status, sentence) in [
        (vec![blank.clone(), blank.clone()], 422, "Choose a file."),
        (vec![Part::file(text)], 400, "This is not a picture that can be shown here."),
        (vec![Part::file(&png()[..40])], 400, "The picture cannot be read"),
        (vec![Part::file(&large)], 413, "The file has more than 5 MB. Choose a smaller one."),
    ] {
        let reply = browser.upload(&page, &parts).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        assert!(
            reply.text.contains("<title>Error: ") && reply.text.contains("id=\"file-error\""),
            "{sentence}"
        );
        assert!(reply.text.contains("aria-invalid=\"true\"") && reply.text.contains(sentence), "{sentence}");
    }

    // Two inputs, for the camera and for a file: one of them stays blank.
    let sent = browser.upload(&page, &[blank, Part::file(&png())]).await;
    assert_eq!((sent.status, sent.header("location")), (303, format!("{record}?done=picture").as_str()));
    let shown = browser.get(&format!("{record}?done=picture")).await;
    assert!(shown.text.contains(&thumb) && shown.text.contains("Picture saved."));
    assert!(browser.get("/patients").await.text.contains(&thumb), "the list shows it too");
    let looked = browser.get(&page).await;
    assert!(looked.text.contains(&format!("src=\"{}\"", of(&patient))));
    assert_eq!(browser.get(&of(&patient)).await.status, 200, "the session of the page opens it");

    let ask = browser.get(&format!("{page}/remove")).await;
    assert!(ask.text.contains("Remove the picture of") && ask.text.contains("data-ask"));
    for _ in 0..2 {
        let removed = browser.submit(&format!("{page}/remove"), &[]).await;
        assert_eq!(
            (removed.status, removed.header("location")),
            (303, format!("{record}?done=picture-removed").as_str())
        );
    }
    assert_eq!(kept(&app), BTreeSet::new());
    assert_eq!(history(&clinic).await.len(), 2);
}
