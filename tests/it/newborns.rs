//! Children registered from their mother's chart: their names, their order, their mother, whoever races.

use std::collections::BTreeSet;

use hms::clinic::roles::SystemRole;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::{PATIENTS, faults, found, path_of, registered};

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, Value) {
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let anna = json!({ "first_name": "Anna", "last_name": "Kovac", "phone_primary": "+919822012345", "dob": "1994-02-03" });
    let mother = registered(&nurse, anna).await;
    (clinic, nurse, mother)
}

fn hours_ago(hours: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(hours)).to_string()
}

async fn born(client: &Client, mother: &Value, body: Value) -> Reply {
    client.post(&format!("{}/newborns", path_of(mother)), &body).await
}

async fn child(client: &Client, mother: &Value, body: Value) -> Value {
    let reply = born(client, mother, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["newborns"][0].clone()
}

fn taken(reply: &Reply) -> bool {
    reply.status == 409 && reply.json["code"] == "newborns.order_taken"
}

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

#[tokio::test]
async fn a_child_is_found_by_the_name_that_it_had_first() {
    let app = TestApp::new().await;
    let (_clinic, nurse, mother) = stage(&app).await;
    let girl = child(&nurse, &mother, json!({ "sex": "FEMALE", "born_at": hours_ago(1) })).await;
    assert_eq!(found(&nurse, "Kovac Girl").await, ["Girl A"]);
    let renamed = nurse.patch(&path_of(&girl), &json!({ "first_name": "Mila", "last_name": "Kovac" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(
        (&renamed.json["former_names"], &renamed.json["mother_id"]),
        (&json!(["Anna Kovac, Girl A"]), &mother["id"])
    );
    nurse.patch(&path_of(&girl), &json!({ "city": "Pune" })).await;
    let again = nurse.patch(&path_of(&girl), &json!({ "first_name": "Milana" })).await;
    assert_eq!(again.json["former_names"], json!(["Anna Kovac, Girl A", "Mila Kovac"]));
    let back = nurse.patch(&path_of(&girl), &json!({ "first_name": "Mila" })).await;
    assert_eq!(back.json["former_names"], json!(["Anna Kovac, Girl A", "Milana Kovac"]));
    for search in ["Girl A", "girl kovac anna", "Milana"] {
        assert_eq!(found(&nurse, search).await, ["Mila"], "{search}");
    }
    // Everybody else's too.
    let married = nurse.patch(&path_of(&mother), &json!({ "last_name": "Novak" })).await;
    assert_eq!(married.json["former_names"], json!(["Anna Kovac"]));
    assert!(found(&nurse, "Anna Kovac").await.contains(&"Anna".to_owned()));
}

async fn merge(client: &Client, stays: &Value, goes: &Value) -> Reply {
    let body = json!({ "duplicate_id": goes["id"], "reason": "Compared" });
    client.post(&format!("{}/merge", path_of(stays)), &body).await
}

fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn children_follow_their_mother_and_twins_stay_two() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let twice = registered(&nurse, json!({ "first_name": "Ana", "phone_primary": "+914444444444" })).await;
    let boy = |hours| json!({ "sex": "MALE", "born_at": hours_ago(hours), "birth_order": 2 });
    let a = child(&nurse, &mother, json!({ "sex": "FEMALE", "born_at": hours_ago(3) })).await;
    let b = child(&nurse, &twice, boy(2)).await;
    let done = merge(&nurse, &mother, &twice).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert_eq!(done.json["moved"], json!({ "patients.mother_id": 1 }));
    assert_eq!(nurse.get(&path_of(&b)).await.json["mother_id"], mother["id"]);
    assert!(taken(&born(&nurse, &mother, boy(1)).await));

    for (stays, goes) in [(&a, &b), (&b, &a)] {
        assert_eq!(code(&merge(&nurse, stays, goes).await), (409, "merges.different_children"));
    }
    for (stays, goes) in [(&a, &mother), (&mother, &a)] {
        assert_eq!(code(&merge(&clinic.admin().await, stays, goes).await), (409, "merges.mother_and_child"));
    }
    let page = nurse.browser().await;
    let asked = page
        .get(&format!(
            "/patients/{}/merge?with={}",
            a["id"].as_str().unwrap(),
            b["patient_code"].as_str().unwrap()
        ))
        .await;
    assert!(asked.text.contains("These are two children of one birth."), "{}", asked.text);
    let undo = |merge: &Value| format!("{PATIENTS}/merges/{}/undo", merge["id"].as_str().unwrap());
    let undone = nurse.post(&undo(&done.json), &json!({ "reason": "Two women" })).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(nurse.get(&path_of(&b)).await.json["mother_id"], twice["id"]);

    // One woman and one child, both registered twice: the child first.
    let same = child(&nurse, &twice, json!({ "sex": "FEMALE", "born_at": hours_ago(3) })).await;
    assert_eq!(code(&merge(&nurse, &mother, &twice).await), (409, "merges.children_collide"));
    let child_merge = merge(&nurse, &a, &same).await;
    assert_eq!(child_merge.status, 201, "{}", child_merge.text);
    assert_eq!(merge(&nurse, &mother, &twice).await.status, 201);
    let early = nurse.post(&undo(&child_merge.json), &json!({ "reason": "Two children" })).await;
    assert_eq!(code(&early), (409, "merges.children_collide"));
    // With a second person twins can become one child.
    let admin = clinic.admin().await;
    let forced = merge(&admin, &a, &b).await;
    assert_eq!(forced.status, 201, "{}", forced.text);
}

fn clock(hours: i64) -> String {
    let now = Timestamp::now().in_tz("Asia/Kolkata").unwrap();
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap().strftime("%Y-%m-%dT%H:%M").to_string()
}

#[tokio::test]
async fn a_nurse_writes_down_a_birth_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, nurse, mother) = stage(&app).await;
    let page = nurse.browser().await;
    let mothers = format!("/patients/{}", mother["id"].as_str().unwrap());
    let path = format!("{mothers}/newborns");
    assert!(page.get(&mothers).await.text.contains(&format!(r#"href="{path}""#)), "the act is offered");
    let one = page.get(&path).await;
    assert!(one.text.contains("Child A") && !one.text.contains("Child B"), "{}", one.text);
    let two = page.get(&format!("{path}?count=2")).await;
    assert!(two.text.contains("Child B") && two.text.contains("Register 2 newborns"));
    let key = two.field("form_key").to_owned();
    let (first, second) = (clock(30), clock(29));
    let mut form = vec![
        ("form_key", key.as_str()),
        ("count", "2"),
        ("first_order", "1"),
        ("sex_1", "FEMALE"),
        ("born_1", first.as_str()),
        ("sex_2", ""),
        ("born_2", "yesterday"),
    ];
    let faulty = page.submit(&path, &form).await;
    assert!(
        faulty.status == 422
            && faulty.text.contains("id=\"sex_2-error\"")
            && faulty.text.contains("id=\"born_2-error\"")
    );
    assert_eq!(faulty.field("born_1"), first, "kept as typed");
    form[5].1 = "MALE";
    form[6].1 = &second;
    let done = page.submit(&path, &form).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, format!("{mothers}?done=born").as_str()),
        "{}",
        done.text
    );
    assert_eq!(
        page.submit(&path, &form).await.header("location"),
        done.header("location"),
        "the same form twice"
    );
    assert_eq!(clinic.sql("select id from patients where mother_id is not null").await.len(), 2);

    let family = page.get(&mothers).await.text;
    for part in ["Girl A, Anna Kovac", "Boy B, Anna Kovac", "A of 2", "30 h", "29 h", "Family"] {
        assert!(family.contains(part), "{part} in {family}");
    }
    let row = clinic.sql("select id from patients where birth_order = 1").await;
    let girls = format!("/patients/{}", row[0]["id"].as_str().unwrap());
    let girl = page.get(&girls).await.text;
    for part in ["Anna Kovac, Girl A", "Baby of", &format!(r#"href="{mothers}""#), "(30 h)", "P-00002"] {
        assert!(girl.contains(part), "{part} in {girl}");
    }
    assert!(!girl.contains("Register newborn"), "she is too young");
    let list = page.get("/patients").await.text;
    assert!(
        list.contains("Girl A, Anna Kovac") && list.contains("Boy B, Anna Kovac") && list.contains("30 h")
    );

    // The third one comes later; somebody else has the form open as well.
    let third = page.get(&path).await;
    assert!(third.text.contains("Registered already") && third.text.contains("Child C"), "{}", third.text);
    let born_at = clock(1);
    let late = [
        ("form_key", third.field("form_key")),
        ("count", "1"),
        ("first_order", "3"),
        ("sex_1", "MALE"),
        ("born_1", &born_at),
    ];
    let done = page.submit(&path, &late).await;
    assert!(done.status == 303 && done.header("location").ends_with("?done=registered"), "{}", done.text);
    let mut other = late;
    other[0].1 = "01890a5d-ac96-774b-bcce-b302099a8057";
    let told = page.submit(&path, &other).await;
    assert!(
        told.status == 409 && told.text.contains("Child C of this birth is registered already as P-00004"),
        "{}",
        told.text
    );
    assert_eq!(clinic.sql("select id from patients where birth_count = 3").await.len(), 3);

    nurse.patch(&path_of(&mother), &json!({ "is_deceased": true })).await;
    assert!(page.get(&path).await.text.contains("The mother has died."));
    let man = registered(&nurse, json!({ "gender": "MALE", "phone_primary": "+913333333333" })).await;
    let mans = format!("/patients/{}", man["id"].as_str().unwrap());
    assert!(!page.get(&mans).await.text.contains("Register newborn"));
    assert_eq!(page.get(&format!("{mans}/newborns")).await.status, 409);
}
