//! Somebody whom nobody knows arrives, and nobody is refused in an emergency.

use super::*;

#[tokio::test]
async fn somebody_unknown_has_a_code_and_a_name_with_nothing_asked() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let nothing = nurse.post(UNIDENTIFIED, &json!({})).await;
    assert_eq!((nothing.status, nothing.header("etag")), (201, "\"1\""), "{}", nothing.text);
    assert_eq!(nothing.header("location"), path_of(&nothing.json));
    let (first, second, number) = words(&nothing.json);
    assert!(FIRST.contains(&first.as_str()) && SECOND.contains(&second.as_str()) && number.len() == 4);
    for (name, value) in [
        ("patient_code", json!("P-00001")),
        ("is_unidentified", json!(true)),
        ("registered_as", json!("EMERGENCY")),
        ("gender", json!("UNKNOWN")),
        ("dob", Value::Null),
        ("dob_unknown", json!(true)),
        ("phone_primary", Value::Null),
        ("city", Value::Null),
        ("over_limit", json!(false)),
    ] {
        assert_eq!(nothing.json[name], value, "{name}");
    }
    let note = json!({ "sex": "MALE", "age_band": "ADULT", "note": "Platform 3, red jacket" });
    let adult = stranger(&nurse, note).await;
    assert_eq!(
        (&adult["gender"], &adult["clinical_notes"]),
        (&json!("MALE"), &json!("Platform 3, red jacket"))
    );
    assert_eq!((&adult["age_only"], &adult["dob_unknown"]), (&json!(52), &json!(true)), "no birthday");
    let newborn = stranger(&nurse, json!({ "age_band": "NEWBORN" })).await;
    assert_eq!((&newborn["age_only"], &newborn["dob_unknown"]), (&json!(0), &json!(true)));
    // Found by each word and by the number.
    for word in [&first, &second, &number] {
        assert!(found(&nurse, word).await.contains(&first), "{word}");
    }
    for (body, field) in [
        (json!({ "sex": "male" }), "sex"),
        (json!({ "age_band": "OLD" }), "age_band"),
        (json!({ "note": "x".repeat(501) }), "note"),
    ] {
        assert_eq!(faults(&nurse.post(UNIDENTIFIED, &body).await), BTreeSet::from([field.to_owned()]));
    }
    let rows = clinic.audit().await;
    let created =
        rows.iter().find(|row| row["entity_id"] == adult["id"] && row["kind"] == "created").unwrap();
    assert_eq!(created["detail"], json!({ "registered_as": "EMERGENCY", "over_limit": false }));
    assert!(!json!(rows).to_string().contains("red jacket"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_of_one_night_have_no_word_in_common() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let (clinic, nurse) = stage(&app).await;
    clinic.set_limit(5).await;
    let nothing = json!({});
    let replies = join_all((0..50).map(|_| nurse.post(UNIDENTIFIED, &nothing))).await;
    for reply in &replies {
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    let names: Vec<_> = replies.iter().map(|reply| words(&reply.json)).collect();
    let codes: BTreeSet<_> = replies.iter().map(|reply| reply.json["patient_code"].to_string()).collect();
    let first: BTreeSet<_> = names.iter().map(|(first, ..)| first).collect();
    let second: BTreeSet<_> = names.iter().map(|(_, second, _)| second).collect();
    assert_eq!((codes.len(), first.len(), second.len()), (50, 50, 50));
    let over = replies.iter().filter(|reply| reply.json["over_limit"] == true).count();
    assert_eq!(over, 45, "the first five are within the limit");
    // When the words run out, pairs are still nobody else's.
    for _ in 0..14 {
        stranger(&nurse, json!({})).await;
    }
    let pairs = "select count(*) as n, count(distinct (first_name, split_part(last_name, ' ', 1))) as pairs,
                        count(distinct first_name) as words from patients";
    let row = &clinic.sql(pairs).await[0];
    assert_eq!((&row["n"], &row["pairs"], &row["words"]), (&json!(64), &json!(64), &json!(60)));
    // A word is free again once its owner is known.
    let known = identify(&nurse, &replies[0].json, json!({ "first_name": "Ravi" })).await;
    assert_eq!(known.status, 200, "{}", known.text);
}

#[tokio::test]
async fn the_limit_refuses_the_desk_and_nobody_in_an_emergency() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let boss = app.super_admin().await;
    registered(&nurse, json!({})).await;
    clinic.set_limit(1).await;
    let refused = nurse.post(PATIENTS, &json!({ "first_name": "Desk" })).await;
    assert_eq!((refused.status, &refused.json["code"]), (400, &json!("patients.limit_reached")));

    let known = nurse.post(EMERGENCY, &json!({ "first_name": "Asha", "blood_group": "O-" })).await;
    assert_eq!(known.status, 201, "{}", known.text);
    assert_eq!(
        (&known.json["registered_as"], &known.json["over_limit"]),
        (&json!("EMERGENCY"), &json!(true))
    );
    assert_eq!(
        (&known.json["is_unidentified"], &known.json["patient_code"]),
        (&json!(false), &json!("P-00002"))
    );
    let unknown = stranger(&nurse, json!({ "sex": "FEMALE" })).await;
    assert_eq!(unknown["over_limit"], true);
    assert_eq!(faults(&nurse.post(EMERGENCY, &json!({})).await), BTreeSet::from(["first_name".into()]));
    let audit = clinic.audit().await;
    let row =
        audit.iter().find(|row| row["entity_id"] == known.json["id"] && row["kind"] == "created").unwrap();
    assert_eq!(row["detail"], json!({ "registered_as": "EMERGENCY", "over_limit": true }));

    // Shown to the hospital and to the platform.
    let page = clinic.admin().await.browser().await;
    let today = page.get("/today").await.text;
    assert!(today.contains("of 1 allowed, ") && today.contains("2 over"), "{today}");
    let hospitals = boss.get("/api/v1/platform/tenants").await.json;
    let ours = hospitals["items"].as_array().unwrap().iter().find(|h| h["id"] == clinic.id.as_str()).unwrap();
    assert_eq!((&ours["patient_count"], &ours["patients_over_limit"]), (&json!(3), &json!(2)));
    assert!(boss.browser().await.get("/console/hospitals").await.text.contains("2 over"));
    clinic.set_limit(10).await;
    assert!(!page.get("/today").await.text.contains(" over</strong>"));
    let within = nurse.post(EMERGENCY, &json!({ "first_name": "Within" })).await.json;
    assert_eq!((&within["registered_as"], &within["over_limit"]), (&json!("EMERGENCY"), &json!(false)));
}

#[tokio::test]
async fn the_form_offers_the_emergency_when_the_limit_refuses() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let page = nurse.browser().await;
    registered(&nurse, json!({ "first_name": "Other", "phone_primary": "+911111111111" })).await;
    clinic.set_limit(1).await;
    let key = page.get("/patients/new").await.field("form_key").to_owned();
    let mut form = vec![
        ("form_key", key.as_str()),
        ("first_name", "Zoë"),
        ("gender", "FEMALE"),
        ("born", "34y"),
        ("phone_primary", "+46 8 5550 0142"),
        ("city", "Lund"),
    ];
    let refused = page.submit("/patients/new", &form).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("This is an emergency: register anyway"), "{}", refused.text);
    assert_eq!((refused.field("first_name"), refused.field("form_key")), ("Zoë", key.as_str()));
    form.push(("emergency", "1"));
    let done = page.submit("/patients/new", &form).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let shown = page.get(done.header("location")).await.text;
    assert!(shown.contains("This hospital has more patients than it may: 2 of 1."), "{shown}");
    let again = page.submit("/patients/new", &form).await;
    assert_eq!(again.header("location"), done.header("location"), "sent twice, registered once");
    let rows = clinic.sql("select registered_as, over_limit from patients where first_name = 'Zoë'").await;
    assert_eq!(rows, [json!({ "registered_as": "EMERGENCY", "over_limit": true })]);
    // Somebody who looks alike does not stop it either, nor do blank fields.
    let bare = page.submit("/patients/new", &[("first_name", "Zoë"), ("emergency", "1")]).await;
    assert_eq!(bare.status, 303, "{}", bare.text);
    assert_eq!(page.submit("/patients/new", &[("first_name", " "), ("emergency", "1")]).await.status, 422);
}
