//! Who asks, on pages and through the API.

use super::*;

#[tokio::test]
async fn nurses_ask_too_and_the_audit_names_fields_never_contents() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let (nurse, pharmacist) =
        (clinic.staff(SystemRole::Nurse).await, clinic.staff(SystemRole::Pharmacist).await);
    let allergies = format!("{path}/allergies");
    let body = json!({ "substance": "Secretillin", "reaction": "blushing", "note": "hush" });
    let made = add(&nurse, &allergies, body.clone()).await;
    let entry = format!("{allergies}/{}", made["id"].as_str().unwrap());
    nurse.get(&allergies).await;
    nurse.get(&entry).await;
    nurse.patch(&entry, &json!({ "reaction": "fainting", "severity": "MILD" })).await;
    nurse.patch(&entry, &json!({ "severity": "MILD" })).await;
    nurse.post(&format!("{entry}/entered-in-error"), &json!({ "reason": "whispered" })).await;
    nurse.request(Method::POST, &format!("{allergies}/none-known")).send().await;
    nurse.get(&format!("{path}/clinical-snapshot")).await;
    assert_eq!(pharmacist.get(&allergies).await.status, 403);
    assert_eq!(pharmacist.post(&allergies, &body).await.status, 403);
    assert_eq!(pharmacist.get(&format!("{path}/clinical-snapshot")).await.status, 403);
    desk.get(&path).await;

    let rows = clinic.audit().await;
    let of = |entity: &str| -> Vec<(&str, Value)> {
        let rows = rows.iter().filter(|row| row["entity"] == entity);
        rows.map(|row| (row["kind"].as_str().unwrap(), row["detail"].clone())).collect()
    };
    let patient = json!({ "patient_id": made["patient_id"] });
    let with = |name: &str, value: Value| {
        let mut detail = patient.clone();
        detail[name] = value;
        detail
    };
    let wanted = [
        ("created", patient.clone()),
        ("viewed", patient.clone()),
        ("updated", with("fields", json!(["reaction", "severity"]))),
        ("viewed", patient.clone()),
        ("entered_in_error", with("replaced_by_id", Value::Null)),
    ];
    assert_eq!(of("allergy"), wanted);
    let of_patient: Vec<&str> = of("patient").into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(of_patient, ["created", "viewed", "none_known", "viewed", "viewed"]);
    let written = serde_json::to_string(&rows).unwrap();
    for secret in ["Secretillin", "blushing", "fainting", "hush", "whispered"] {
        assert!(!written.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_clinical_snapshot_has_the_contracts_shape_and_our_lists() {
    let app = TestApp::new().await;
    let (_clinic, desk, path) = stage(&app).await;
    let snapshot = format!("{path}/clinical-snapshot");
    let empty = desk.get(&snapshot).await;
    assert_eq!(empty.status, 200, "{}", empty.text);
    let expected = json!({
        "patient_id": path.rsplit('/').next().unwrap(), "allergies": null, "chronic_conditions": null, "latest_vital": null,
        "active_admission": null, "next_appointment": null, "allergy_list": [], "condition_list": [],
        "allergies_asked": null, "conditions_asked": null,
    });
    assert_eq!(empty.json, expected);
    add(&desk, &format!("{path}/allergies"), json!({ "substance": "Dust" })).await;
    add(&desk, &format!("{path}/allergies"), json!({ "substance": "Latex", "severity": "SEVERE" })).await;
    desk.request(Method::POST, &format!("{path}/conditions/none-known")).send().await;
    let full = desk.get(&snapshot).await.json;
    assert_eq!(
        (&full["allergies"], &full["chronic_conditions"]),
        (&json!("Latex (severe)\nDust"), &json!("None known"))
    );
    assert_eq!(
        (&full["allergy_list"][0]["substance"], &full["condition_list"]),
        (&json!("Latex"), &json!([]))
    );
    assert_eq!(full["allergies_asked"]["answer"], "REVIEWED");
    assert_eq!(full["conditions_asked"]["answer"], "NONE_KNOWN");
}

#[tokio::test]
async fn the_ward_asks_adds_changes_and_corrects_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let nurse = clinic.staff(SystemRole::Nurse).await.browser().await;
    let page = format!("/patients/{}", path.rsplit('/').next().unwrap());
    let list = format!("{page}/allergies");
    let shown = nurse.get(&page).await;
    for part in [
        "Allergies and conditions",
        "Not asked yet",
        "Ask now",
        "Allergies not asked yet",
        &format!("{list}\""),
    ] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let none = nurse.submit(&format!("{list}/none-known"), &[]).await;
    assert_eq!((none.status, none.header("location")), (303, format!("{list}?done=none_known").as_str()));
    let asked = nurse.get(none.header("location")).await;
    for part in ["No known allergies", "asked <time", "Meera Kulkarni", "Noted: none known."] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }

    let bad = nurse
        .submit(&list, &[("substance", "Latex"), ("onset", "soon"), ("code", "1"), ("severity", "SEVERE")])
        .await;
    assert_eq!(bad.status, 422);
    for part in [
        "Since: Write a year",
        "Code system: Say from which system",
        "value=\"Latex\"",
        "value=\"soon\"",
        "<details class=\"panel-body form-part more\" open",
    ] {
        assert!(bad.text.contains(part), "{part} in {}", bad.text);
    }
    let form = [
        ("substance", "Latex"),
        ("reaction", "<b>hives</b>"),
        ("severity", "SEVERE"),
        ("source", "FAMILY"),
        ("onset", "Jun 2019"),
    ];
    let added = nurse.submit(&list, &form).await;
    assert_eq!(
        (added.status, added.header("location")),
        (303, format!("{list}?done=listed").as_str()),
        "{}",
        added.text
    );
    let twice = nurse.submit(&list, &form).await;
    assert!(twice.status == 409 && twice.text.contains("on the list already"), "{}", twice.text);
    let still = nurse.submit(&format!("{list}/none-known"), &[]).await;
    assert!(still.status == 409 && still.text.contains("would be wrong"), "{}", still.text);
    let shown = nurse.get(&list).await;
    for part in ["since Jun 2019", "said by the family", "Severe", "&#60;b&#62;hives", "Unconfirmed"] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let summary = nurse.get(&page).await.text;
    assert!(summary.contains("Latex (&#60;b&#62;hives&#60;/b&#62;, severe)"), "the red strip: {summary}");

    let id = desk.get(&format!("{path}/allergies")).await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let edit = format!("{list}/{id}/edit");
    let opened = nurse.get(&edit).await;
    assert!(
        opened.text.contains("value=\"Jun 2019\"") && opened.text.contains("value=\"Latex\""),
        "{}",
        opened.text
    );
    let mut changed = form.to_vec();
    changed.extend([("version", "1"), ("verification", "CONFIRMED"), ("note", "Line one\r\nLine two")]);
    let saved = nurse.submit(&edit, &changed).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, format!("{list}?done=saved").as_str()),
        "{}",
        saved.text
    );
    let stale = nurse.submit(&edit, &changed).await;
    assert!(
        stale.status == 412 && stale.text.contains("Saved now") && stale.text.contains("Save mine over it"),
        "{}",
        stale.text
    );
    assert!(nurse.get(&list).await.text.contains("1 earlier version"));

    let end = format!("{list}/{id}/entered-in-error");
    let question = nurse.get(&end).await;
    assert!(question.text.contains("as entered in error?") && question.text.contains("stays readable"));
    assert_eq!(nurse.submit(&end, &[("version", "2"), ("reason", "")]).await.status, 422);
    assert_eq!(nurse.submit(&end, &[("version", "1"), ("reason", "Wrong patient")]).await.status, 412);
    let ended = nurse.submit(&end, &[("version", "2"), ("reason", "Wrong patient")]).await;
    assert_eq!(
        (ended.status, ended.header("location")),
        (303, format!("{list}?done=ended").as_str()),
        "{}",
        ended.text
    );
    let after = nurse.get(&list).await.text;
    for part in ["Entered in error", "Wrong patient", "Not asked yet", "2 earlier versions"] {
        assert!(after.contains(part), "{part} in {after}");
    }

    let conditions = format!("{page}/conditions");
    let icd = [("text", "Asthma"), ("clinical_status", "ACTIVE"), ("code", "J4")];
    let bad = nurse.submit(&conditions, &icd).await;
    assert!(bad.status == 422 && bad.text.contains("ICD-10 code: Write a code"), "{}", bad.text);
    let added = nurse
        .submit(&conditions, &[("text", "Asthma"), ("clinical_status", "ACTIVE"), ("code", "j45")])
        .await;
    assert_eq!(added.status, 303, "{}", added.text);
    assert!(nurse.get(&conditions).await.text.contains("ICD-10 J45"));
    // Who may only see patients sees the list and no form; who may not see them gets no page.
    clinic.take("patients:update", SystemRole::Nurse).await;
    let looker = clinic.staff(SystemRole::Nurse).await.browser().await;
    let seen = looker.get(&conditions).await;
    assert!(seen.text.contains("Asthma") && !seen.text.contains("Add a condition"), "{}", seen.text);
    assert!(!seen.text.contains("/edit\"") && !looker.get(&page).await.text.contains("Ask now"));
    assert_eq!(looker.submit(&conditions, &[("text", "Gout")]).await.status, 403);
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await.browser().await;
    assert_eq!(pharmacist.get(&list).await.status, 403);
}

#[tokio::test]
async fn the_ward_says_when_something_was_told() {
    let app = TestApp::new().await;
    let (_clinic, desk, path) = stage(&app).await;
    let page = desk.browser().await;
    let list = path.replace("/api/v1", "") + "/allergies";
    assert!(page.get(&list).await.text.contains("name=\"told_at\""));
    for wrong in ["yesterday", "2999-01-01T10:00"] {
        let reply =
            page.submit(&list, &[("substance", "Dust"), ("source", "PATIENT"), ("told_at", wrong)]).await;
        assert!(
            reply.status == 422 && reply.text.contains("id=\"told_at-error\""),
            "{wrong}: {}",
            reply.text
        );
        assert!(reply.text.contains(&format!("value=\"{wrong}\"")), "{wrong}: {}", reply.text);
    }
    let told = [("substance", "Dust"), ("source", "PATIENT"), ("told_at", "2026-03-14T09:30")];
    assert_eq!(page.submit(&list, &told).await.status, 303);
    let entry = desk.get(&format!("{path}/allergies")).await.json["items"][0].clone();
    assert_eq!(entry["told_at"], "2026-03-14T04:00:00Z", "{entry}");
    // A later word is of its own time.
    let edit = format!("{list}/{}/edit", entry["id"].as_str().unwrap());
    let form = [
        ("version", "1"),
        ("substance", "House dust"),
        ("source", "FAMILY"),
        ("verification", "UNCONFIRMED"),
        ("told_at", "2026-05-01T10:00"),
    ];
    assert_eq!(page.submit(&edit, &form).await.status, 303);
    let entry = desk.get(&format!("{path}/allergies")).await.json["items"][0].clone();
    assert_eq!(
        (&entry["told_at"], &entry["substance"]),
        (&json!("2026-05-01T04:30:00Z"), &json!("House dust"))
    );
}
