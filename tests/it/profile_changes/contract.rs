//! Changes by the API: rules, reasons, versions.

use super::*;

#[tokio::test]
async fn the_profile_has_the_contracts_rules_and_takes_late_notes() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = format!("{}/profile", path_of(&registered(&desk, json!({ "dob": "1940-01-01" })).await));
    for (body, at) in [
        (
            json!({ "emergency_contact_name": "Mona" }),
            vec!["emergency_contact_phone", "emergency_contact_relation"],
        ),
        (json!({ "national_id_type": "Passport" }), vec!["national_id_number"]),
        (json!({ "national_id_number": "A-123" }), vec!["national_id_type"]),
        (json!({ "national_id_type": "ID", "national_id_number": "A1" }), vec!["national_id_number"]),
        (json!({ "address_line1": "ab" }), vec!["address_line1"]),
        (json!({ "address_line2": "x".repeat(121) }), vec!["address_line2"]),
        (json!({ "clinical_notes": "x".repeat(1001) }), vec!["clinical_notes"]),
        (json!({ "date_of_death": "2999-01-01" }), vec!["date_of_death"]),
        (json!({ "change_reason": "x".repeat(501) }), vec!["change_reason"]),
        (
            json!({ "first_name": "", "address_line1": "ab", "city": "x".repeat(81) }),
            vec!["address_line1", "city", "first_name"],
        ),
    ] {
        let reply = desk.patch(&path, &body).await;
        assert_eq!(faults(&reply), at.into_iter().map(str::to_owned).collect(), "{body}");
    }
    for body in [
        json!({ "postal_code": "SW1A 1AA", "address_line1": "12B", "country": "United Kingdom" }),
        json!({ "emergency_contact_name": "Mona", "emergency_contact_relation": "Sister", "emergency_contact_phone": "+44 20 7946 0018" }),
        json!({ "national_id_type": "Passport", "national_id_number": "A-123/4" }),
        json!({ "date_of_death": "1993-01-01" }),
        json!({}),
    ] {
        let reply = desk.patch(&path, &body).await;
        assert_eq!(reply.status, 200, "{body}: {}", reply.text);
    }
    assert_eq!(clinic.looker().await.patch(&path, &json!({})).await.status, 403);

    // A PIN code has six digits in India, for addresses in India, and only when it is changed.
    set_country(&app, &clinic, "IN").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let abroad = json!({ "city": "London", "postal_code": "SW1A 1AA" });
    assert_eq!(desk.patch(&path, &abroad).await.status, 200, "a visitor's code");
    for code in ["41100", "4110011", "411 001", "41100a", "SW1A 2AA"] {
        let reply = desk.patch(&path, &json!({ "postal_code": code, "country": "India" })).await;
        assert_eq!(faults(&reply), BTreeSet::from(["postal_code".to_owned()]), "{code}");
        assert_eq!(
            faults(&desk.patch(&path, &json!({ "postal_code": code, "country": null })).await).len(),
            1
        );
    }
    let home = desk.patch(&path, &json!({ "postal_code": "411001", "country": null })).await;
    assert_eq!((home.status, &home.json["postal_code"]), (200, &json!("411001")), "{}", home.text);
    let plain = path.trim_end_matches("/profile");
    assert_eq!(
        desk.patch(plain, &json!({ "postal_code": "7", "address_line1": "ab" })).await.status,
        200,
        "the other way asks less"
    );
    assert_eq!(
        desk.patch(&path, &json!({ "postal_code": "7", "city": "Pune" })).await.status,
        200,
        "not touched"
    );
}

#[tokio::test]
async fn a_reason_is_kept_a_stale_version_refused_and_a_repeated_request_done_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let record = path_of(&registered(&desk, json!({})).await);
    let path = format!("{record}/profile");
    desk.patch(&format!("{path}?change_reason=Moved%20house"), &json!({ "city": "Pune" })).await;
    let both = json!({ "city": "Goa", "change_reason": "In the body" });
    desk.patch(&format!("{path}?change_reason=In+the+address"), &both).await;
    assert_eq!(
        desk.patch(&format!("{path}?change_reason={}", "x".repeat(501)), &json!({})).await.status,
        422
    );
    let entries = history(&desk, &record).await;
    assert_eq!(
        (&entries[1]["reason"], &entries[0]["reason"]),
        (&json!("Moved house"), &json!("In the body"))
    );

    let send = async |tag: &str, key: &str, city: &str| {
        let call = desk.request(Method::PATCH, &path).header("if-match", tag).header("idempotency-key", key);
        call.json(&json!({ "city": city })).send().await
    };
    let stale = send("\"1\"", "a", "Nashik").await;
    assert_eq!((stale.status, &stale.json["code"]), (412, &json!("patients.version_conflict")));
    let first = send("\"3\"", "key-1", "Nashik").await;
    let again = send("\"3\"", "key-1", "Nashik").await;
    assert_eq!((first.status, first.header("etag")), (200, "\"4\""), "{}", first.text);
    assert_eq!((again.status, &again.json, again.header("etag")), (200, &first.json, "\"4\""));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(send("\"3\"", "key-1", "Satara").await.status, 422, "the key belongs to another request");
    assert_eq!(history(&desk, &record).await.len(), 4);
    let known = desk.patch(&path, &json!({ "city": "Mumbai", "version": 3 })).await;
    assert_eq!(known.status, 412);
}

#[tokio::test]
async fn who_somebody_is_changes_only_with_a_reason() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = desk.post(PATIENTS, &everything()).await.json;
    let (path, edit) = (path_of(&made), format!("/patients/{}/edit", made["id"].as_str().unwrap()));
    let page = desk.browser().await;
    let form = controls(&page.get(&edit).await, &edit);
    for change in [
        ("first_name", "Usha"),
        ("last_name", ""),
        ("name_alternate", "उषा"),
        ("gender", "OTHER"),
        ("born", "15/03/1992"),
        ("born", "unknown"),
        ("national_id_number", "A7654321"),
        ("national_id_type", "Licence"),
    ] {
        let back = page.submit(&edit, &as_pairs(&with(form.clone(), &[change]))).await;
        assert_eq!(back.status, 422, "{change:?}");
        assert!(back.text.contains("id=\"change_reason-error\""), "{change:?}: {}", back.text);
        assert_eq!(desk.get(&path).await.json, made);
    }
    let told = with(form, &[("first_name", "Usha"), ("change_reason", "Misspelt")]);
    assert_eq!(page.submit(&edit, &as_pairs(&told)).await.status, 303);
    assert_eq!(history(&desk, &path).await[0]["reason"], "Misspelt");
    // What nobody knew before is filled in without one.
    let blank = desk.post(PATIENTS, &json!({ "first_name": "Cher" })).await.json;
    let edit = format!("/patients/{}/edit", blank["id"].as_str().unwrap());
    let form = controls(&page.get(&edit).await, &edit);
    let filled = with(
        form,
        &[("gender", "FEMALE"), ("born", "34y"), ("national_id_type", "ID"), ("national_id_number", "A123")],
    );
    assert_eq!(page.submit(&edit, &as_pairs(&filled)).await.status, 303);
}
