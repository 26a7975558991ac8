//! What is written down of a birth, and what is refused.

use super::*;

#[tokio::test]
async fn a_child_has_a_code_a_moment_an_order_and_a_mother() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    clinic
        .admin()
        .await
        .patch(&path_of(&mother), &json!({ "confidentiality": "R", "address_line1": "12 MG Road" }))
        .await;
    let at = hours_ago(3);
    let reply = born(&clinic.admin().await, &mother, json!({ "sex": "FEMALE", "born_at": at })).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let girl = &reply.json["newborns"][0];
    assert_eq!((reply.header("location"), &reply.json["mother_id"]), (path_of(girl).as_str(), &mother["id"]));
    for (name, value) in [
        ("patient_code", json!("P-00002")),
        ("first_name", json!("Girl A")),
        ("last_name", json!("Anna Kovac")),
        ("gender", json!("FEMALE")),
        ("registered_as", json!("BIRTH")),
        ("mother_id", mother["id"].clone()),
        ("birth_order", json!(1)),
        ("birth_count", Value::Null),
        ("dob_unknown", json!(false)),
        ("phone_primary", Value::Null),
        ("city", Value::Null),
        ("address_line1", Value::Null),
        ("emergency_contact_name", json!("Anna Kovac")),
        ("emergency_contact_relation", json!("Mother")),
        ("emergency_contact_phone", json!("+919822012345")),
        ("confidentiality", json!("R")),
        ("known_allergies", Value::Null),
    ] {
        assert_eq!(girl[name], value, "{name}");
    }
    let born_at: Timestamp = girl["born_at"].as_str().unwrap().parse().unwrap();
    assert!((born_at - at.parse::<Timestamp>().unwrap()).abs().compare(1.second()).unwrap().is_lt());
    let day = born_at.in_tz("Asia/Kolkata").unwrap().date().to_string();
    assert_eq!(girl["dob"], day, "the hospital's day");
    let rows = clinic.audit().await;
    let created = rows.iter().find(|row| row["kind"] == "created" && row["entity_id"] == girl["id"]).unwrap();
    assert_eq!(
        created["detail"],
        json!({ "registered_as": "BIRTH", "mother_id": mother["id"], "newborns": [girl["id"]], "over_limit": false,
            "confidentiality": "R" })
    );
    // No phone, no contact; a name in any script.
    let bare = registered(
        &nurse,
        json!({ "first_name": "आशा", "last_name": null, "phone_primary": "+911111111111" }),
    )
    .await;
    nurse.patch(&path_of(&bare), &json!({ "phone_primary": null })).await;
    let boy = child(&nurse, &bare, json!({ "sex": "MALE", "born_at": hours_ago(1) })).await;
    assert_eq!((&boy["first_name"], &boy["last_name"]), (&json!("Boy A"), &json!("आशा")));
    assert_eq!((&boy["emergency_contact_name"], &boy["confidentiality"]), (&Value::Null, &json!("N")));
}

#[tokio::test]
async fn twins_are_registered_together_or_not_at_all() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let twin = |sex: &str, hours| json!({ "sex": sex, "born_at": hours_ago(hours) });
    let half = json!({ "children": [twin("FEMALE", 2), twin("GIRL", -2)] });
    let refused = born(&nurse, &mother, half).await;
    assert_eq!(
        faults(&refused),
        BTreeSet::from(["children[1].sex".to_owned(), "children[1].born_at".to_owned()])
    );
    assert_eq!(clinic.sql("select id from patients").await.len(), 1);

    let body = json!({ "multiple": 2, "children": [twin("FEMALE", 2), twin("MALE", 1)] });
    let path = format!("{}/newborns", path_of(&mother));
    let keyed = async || {
        nurse
            .request(axum::http::Method::POST, &path)
            .header("idempotency-key", "birth-1")
            .json(&body)
            .send()
            .await
    };
    let (reply, again) = (keyed().await, keyed().await);
    assert_eq!((reply.status, again.status), (201, 201), "{}", reply.text);
    assert_eq!(again.json, reply.json, "the same form twice has one effect");
    let both = reply.json["newborns"].as_array().unwrap();
    let names: Vec<_> = both.iter().map(|child| child["first_name"].as_str().unwrap()).collect();
    assert_eq!((names, reply.header("location")), (vec!["Girl A", "Boy B"], ""));
    for (child, order) in both.iter().zip(1..) {
        assert_eq!((&child["birth_order"], &child["birth_count"]), (&json!(order), &json!(2)));
    }
    assert_eq!(clinic.sql("select id from patients").await.len(), 3);
    assert!(taken(&born(&nurse, &mother, body.clone()).await), "without a key it is told");

    // They look alike and are two people: shown, never the same.
    let (a, b) = (&both[0], &both[1]);
    let query = [
        ("first_name", "Girl A"),
        ("last_name", "Anna Kovac"),
        ("phone_primary", "+919822012345"),
        ("dob", a["dob"].as_str().unwrap()),
        ("exclude_patient_id", a["id"].as_str().unwrap()),
    ];
    let query = serde_urlencoded::to_string(query).unwrap();
    let alike = nurse.get(&format!("{PATIENTS}/check-duplicates?{query}")).await.json;
    let twin = alike["candidates"].as_array().unwrap().iter().find(|c| c["id"] == b["id"]);
    if let Some(twin) = twin {
        assert!(twin["match_reason"].as_str().unwrap().contains("twin"), "{twin}");
        assert!(twin["match_score"].as_f64().unwrap() < 0.5, "never asked about: {twin}");
    } else {
        // Born around midnight.
        assert_ne!(a["dob"], b["dob"]);
    }
}

#[tokio::test]
async fn of_two_who_register_the_same_twin_one_is_told() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    for order in [1, 2] {
        let body = json!({ "sex": "MALE", "born_at": hours_ago(2), "birth_order": order, "multiple": 2 });
        let (x, y, z) = tokio::join!(
            born(&nurse, &mother, body.clone()),
            born(&nurse, &mother, body.clone()),
            born(&nurse, &mother, body)
        );
        let replies = [x, y, z];
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        let told: Vec<&Reply> = replies.iter().filter(|reply| taken(reply)).collect();
        assert_eq!(told.len(), 2);
        let code = format!("as P-{:05}", order + 1);
        assert!(told[0].detail().contains(&code), "{}", told[0].detail());
    }
    assert_eq!(clinic.sql("select id from patients where mother_id is not null").await.len(), 2);
    // The database holds it even where nobody looks.
    let copy = "insert into patients (id, patient_code, first_name, mother_id, birth_order, born_at, created_by_id, updated_by_id)
                select gen_random_uuid(), 'X-1', 'Boy A', mother_id, birth_order, born_at + interval '30 days', created_by_id, created_by_id
                  from patients where birth_order = 1";
    let refused = format!(
        "do $$ begin {copy}; raise 'taken twice'; exception when exclusion_violation then null; end $$"
    );
    clinic.sql(&refused).await;
}

#[tokio::test]
async fn an_only_child_becomes_a_twin_and_another_birth_begins_anew() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let a = child(&nurse, &mother, json!({ "sex": "MALE", "born_at": hours_ago(5) })).await;
    let unclear = born(&nurse, &mother, json!({ "sex": "MALE", "born_at": hours_ago(4) })).await;
    assert!(taken(&unclear), "perhaps the same child: {}", unclear.text);
    let b =
        child(&nurse, &mother, json!({ "sex": "UNKNOWN", "born_at": hours_ago(4), "birth_order": 2 })).await;
    assert_eq!((&b["first_name"], &b["birth_count"]), (&json!("Baby B"), &json!(2)));
    let a = nurse.get(&path_of(&a)).await.json;
    assert_eq!((&a["birth_count"], &a["version"]), (&json!(2), &json!(2)), "of two, after all");

    clinic
        .sql("update patients set born_at = born_at - interval '300 days' where mother_id is not null")
        .await;
    let c = child(&nurse, &mother, json!({ "sex": "FEMALE", "born_at": hours_ago(1) })).await;
    assert_eq!((&c["first_name"], &c["birth_order"]), (&json!("Girl A"), &json!(1)));
    assert_eq!(nurse.get(&path_of(&a)).await.json["birth_count"], 2);
}

#[tokio::test]
async fn what_cannot_be_a_birth_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let at = hours_ago(2);
    let many: Vec<Value> = (0..13).map(|_| json!({ "sex": "MALE", "born_at": at })).collect();
    for (body, fields) in [
        (json!({}), vec!["sex", "born_at"]),
        (json!({ "sex": "girl", "born_at": "2026-03-01T10:00:00" }), vec!["sex", "born_at"]),
        (json!({ "sex": "MALE", "born_at": hours_ago(-1) }), vec!["born_at"]),
        (json!({ "sex": "MALE", "born_at": hours_ago(24 * 400) }), vec!["born_at"]),
        (json!({ "sex": "MALE", "born_at": at, "birth_order": 0 }), vec!["birth_order"]),
        (json!({ "sex": "MALE", "born_at": at, "birth_order": 13 }), vec!["birth_order"]),
        (json!({ "sex": "MALE", "born_at": at, "birth_order": 3, "multiple": 2 }), vec!["birth_order"]),
        (json!({ "sex": "MALE", "born_at": at, "multiple": 2 }), vec!["birth_order"]),
        (json!({ "sex": "MALE", "born_at": at, "multiple": 13 }), vec!["multiple"]),
        (json!({ "sex": "MALE", "born_at": at, "multiple": 0 }), vec!["multiple"]),
        (json!({ "children": many }), vec!["children"]),
        (json!({ "children": [] }), vec!["children"]),
        (json!({ "children": [{ "sex": "MALE", "born_at": at }], "sex": "MALE" }), vec!["children"]),
        (
            json!({ "children": [{ "sex": "MALE", "born_at": at }, { "sex": "MALE", "born_at": at }], "multiple": 1 }),
            vec!["multiple"],
        ),
        (
            json!({ "children": [{ "sex": "MALE", "born_at": at, "birth_order": 2 }, { "sex": "MALE", "born_at": at }] }),
            vec!["children[1].birth_order"],
        ),
        (
            json!({ "children": [{ "sex": "MALE", "born_at": at }, { "sex": "MALE", "born_at": hours_ago(24 * 200) }] }),
            vec!["children[1].born_at"],
        ),
    ] {
        let reply = born(&nurse, &mother, body.clone()).await;
        let wanted: BTreeSet<String> = fields.into_iter().map(str::to_owned).collect();
        assert_eq!(faults(&reply), wanted, "{body}: {}", reply.text);
    }
    let good = json!({ "sex": "MALE", "born_at": at });
    let young = registered(
        &nurse,
        json!({ "first_name": "Mia", "dob": null, "age_only": 6, "phone_primary": "+912222222222" }),
    )
    .await;
    assert_eq!(faults(&born(&nurse, &young, good.clone()).await), BTreeSet::from(["born_at".into()]));
    let man = registered(&nurse, json!({ "gender": "MALE", "phone_primary": "+913333333333" })).await;
    let reply = born(&nurse, &man, good.clone()).await;
    assert_eq!((reply.status, &reply.json["code"]), (409, &json!("newborns.not_a_mother")));
    let foreign = app.hospital("Zen Hospital").await.staff(SystemRole::Nurse).await;
    assert_eq!(born(&foreign, &mother, good.clone()).await.status, 404);
    let twice = registered(&nurse, json!({ "first_name": "Ana", "phone_primary": "+914444444444" })).await;
    let merge = json!({ "duplicate_id": twice["id"], "reason": "The same woman" });
    assert_eq!(nurse.post(&format!("{}/merge", path_of(&mother)), &merge).await.status, 201);
    let gone = born(&nurse, &twice, good.clone()).await;
    assert_eq!((gone.status, &gone.json["code"]), (409, &json!("patients.merged")), "{}", gone.text);
    assert!(clinic.sql("select id from patients where mother_id is not null").await.is_empty());

    // A mother whom nobody knows, one who has died, one beyond the limit: all of them can have a child.
    let unknown = nurse.post("/api/v1/patients/unidentified", &json!({ "sex": "FEMALE" })).await.json;
    clinic.set_limit(1).await;
    let baby = child(&nurse, &unknown, good.clone()).await;
    assert_eq!(
        baby["last_name"],
        format!("{} {}", unknown["first_name"].as_str().unwrap(), unknown["last_name"].as_str().unwrap())
    );
    assert_eq!(
        (&baby["registered_as"], &baby["over_limit"], &baby["is_unidentified"]),
        (&json!("BIRTH"), &json!(true), &json!(false))
    );
    nurse.patch(&path_of(&mother), &json!({ "is_deceased": true })).await;
    let orphan = child(&nurse, &mother, good.clone()).await;
    assert_eq!((&orphan["mother_id"], &orphan["emergency_contact_name"]), (&mother["id"], &Value::Null));
    assert_eq!(born(&clinic.looker().await, &mother, good).await.status, 403);
}
