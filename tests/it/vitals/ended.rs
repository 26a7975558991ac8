//! Entered in error: readable for ever, and nothing follows from it any more.

use super::*;

fn end_of(set: &Value) -> String {
    format!("{VITALS}/{}/entered-in-error", set["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_is_wrong_stays_readable_and_what_follows_from_it_follows_the_right_one() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let first = recorded(&nurse, &set(&stage.asha, json!({ "appointment_id": visit["id"] }))).await;
    stage.pass(5);
    let wrong = recorded(
        &nurse,
        &set(&stage.asha, json!({ "appointment_id": visit["id"], "respiratory_rate": 25, "spo2": 91, "notes": "By mistake" })),
    )
    .await;
    assert_eq!(wrong["news2"]["total"], 6);
    let waiting = nurse.get("/api/v1/escalations").await.json;
    assert_eq!(waiting["total"], 1, "{waiting}");

    for body in [json!({}), json!({ "reason": " " })] {
        assert_eq!(nurse.post(&end_of(&wrong), &body).await.status, 422, "{body}");
    }
    let values = json!({
        "respiratory_rate": 16, "spo2": 98, "oxygen_given": false, "systolic_bp": 120, "diastolic_bp": 80,
        "heart_rate": 70, "consciousness": "ALERT", "temperature_c": 36.9,
    });
    stage.pass(5);
    let ended = nurse
        .post(&end_of(&wrong), &json!({ "reason": "Values of another patient", "replacement": values }))
        .await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    let replacement = ended.json["entered_in_error"]["replaced_by_id"].clone();
    assert_eq!(ended.json["entered_in_error"]["reason"], "Values of another patient");
    assert_eq!(
        (&ended.json["spo2"], &ended.json["news2"]["total"]),
        (&json!(91), &json!(6)),
        "as it was, scored as it was"
    );

    let all = listed(&nurse, &stage.asha, "").await;
    assert_eq!(all.iter().map(|set| &set["id"]).collect::<Vec<_>>(), [&replacement, &first["id"]]);
    assert_eq!(
        (&all[0]["recorded_at"], &all[0]["appointment_id"], &all[0]["is_late_entry"]),
        (&wrong["recorded_at"], &visit["id"], &json!(false)),
        "taken when the first was, for the same visit"
    );
    assert_eq!(listed(&nurse, &stage.asha, "&include_entered_in_error=true").await.len(), 3);
    let snapshot = stage.doctor.get(&format!("{}/clinical-snapshot", path_of(&stage.asha))).await.json;
    assert_eq!(snapshot["latest_vital"]["spo2"], 98);
    assert_eq!(nurse.get("/api/v1/escalations").await.json["total"], 0, "nobody has to answer");
    let page = nurse.browser().await.get(&page_of(&stage.asha)).await.text;
    for part in ["<s>91</s>", "Values of another patient", "Entered in error", "By mistake"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("<td class=\"r\">91"), "no chart has it");
    let again = nurse.post(&end_of(&wrong), &json!({ "reason": "Once more" })).await;
    assert_eq!(code(&again), refused(409, "vitals.ended"));
    let rows = stage.clinic.audit().await;
    assert!(
        rows.iter()
            .any(|row| row["kind"] == "entered_in_error" && row["detail"]["patient_id"] == stage.asha["id"])
    );
    assert!(
        !serde_json::to_string(&rows).unwrap().contains("another patient"),
        "the reason is kept elsewhere"
    );
}

#[tokio::test]
async fn a_set_is_entered_in_error_once_whoever_races() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let wrong = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    let path = end_of(&wrong);
    let body = json!({ "reason": "Typed twice" });
    let (one, other) = tokio::join!(nurse.post(&path, &body), stage.doctor.post(&path, &body));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, other.text);
    assert_eq!(
        nurse.post(&format!("{VITALS}/{}/entered-in-error", uuid::Uuid::new_v4()), &body).await.status,
        404
    );
    // Nobody removes a set: the hospital's role has no right to.
    let client = app.target().connect(&app.target().app).await.unwrap();
    let role = format!("set role {0}; set search_path to {0}; delete from vitals", stage.clinic.schema);
    assert_eq!(client.batch_execute(&role).await.unwrap_err().code().map(|code| code.code()), Some("42501"));
}

#[tokio::test]
async fn an_emergency_that_another_set_says_as_well_alarms_still() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let nine = json!({ "respiratory_rate": 22, "spo2": 93, "oxygen_given": true, "systolic_bp": 105, "heart_rate": 105, "temperature_c": 38.5 });
    let waiting = async || nurse.get("/api/v1/escalations").await.json["items"].as_array().unwrap().clone();
    let first = recorded(&nurse, &set(&stage.asha, nine.clone())).await;
    stage.pass(5);
    let second = recorded(&nurse, &set(&stage.asha, nine.clone())).await;
    let one = waiting().await;
    assert_eq!((one.len(), &one[0]["vitals_id"]), (1, &first["id"]), "the second says nothing new");
    let reason = json!({ "reason": "Values of another patient" });
    assert_eq!(nurse.post(&end_of(&first), &reason).await.status, 200);
    let still = waiting().await;
    assert_eq!(
        (still.len(), &still[0]["vitals_id"], &still[0]["level"]),
        (1, &second["id"], &json!(3)),
        "{still:?}"
    );
    let told = stage.clinic.audit().await;
    assert!(
        told.iter().any(|row| row["kind"] == "entered_in_error" && row["detail"]["alarm_level"] == 3),
        "{told:?}"
    );

    // A wrong set that was well had hidden a late entry that is not.
    stage.pass(10);
    let before = (stage.now() - jiff::SignedDuration::from_mins(5)).to_string();
    let well = recorded(&nurse, &set(&stage.ravi, json!({}))).await;
    let mut late = set(&stage.ravi, nine.clone());
    late["recorded_at"] = json!(before);
    let late = recorded(&nurse, &late).await;
    assert_eq!(waiting().await.len(), 1, "well since");
    assert_eq!(nurse.post(&end_of(&well), &reason).await.status, 200);
    let both = waiting().await;
    assert!(both.len() == 2 && both.iter().any(|alarm| alarm["vitals_id"] == late["id"]), "{both:?}");

    // Nobody is told twice: somebody went, or the set is of days ago.
    let alarm = both.iter().find(|alarm| alarm["vitals_id"] == second["id"]).unwrap();
    let answer = format!("/api/v1/escalations/{}/acknowledge", alarm["id"].as_str().unwrap());
    assert_eq!(nurse.post(&answer, &json!({})).await.status, 200);
    stage.pass(1);
    let wrong = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    assert_eq!(nurse.post(&end_of(&wrong), &reason).await.status, 200);
    assert!(waiting().await.iter().all(|alarm| alarm["patient_id"] == stage.ravi["id"]));
}

#[tokio::test]
async fn a_child_who_is_well_since_alarms_nobody_by_an_older_set() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let today = stage.now().to_zoned(jiff::tz::TimeZone::get("Asia/Kolkata").unwrap()).date();
    let born = today.checked_sub(jiff::Span::new().years(2)).unwrap().to_string();
    // What is not whole does not say that a child is well.
    for (name, phone, more, rings) in [
        ("Tara", "+91 98765 22221", json!({}), false),
        ("Uma", "+91 98765 22223", json!({ "respiratory_rate": null }), true),
    ] {
        let child =
            registered(&stage.desk, json!({ "first_name": name, "phone_primary": phone, "dob": born })).await;
        let values = |pulse: i32, more: &Value| {
            let mut fields =
                json!({ "respiratory_rate": 24, "heart_rate": pulse, "systolic_bp": 90, "diastolic_bp": 55 });
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            set(&child, fields)
        };
        let first = recorded(&nurse, &values(165, &json!({}))).await;
        stage.pass(5);
        let second = recorded(&nurse, &values(170, &json!({}))).await;
        stage.pass(5);
        recorded(&nurse, &values(120, &more)).await;
        let ended = nurse.post(&end_of(&first), &json!({ "reason": "Of another child" })).await;
        assert_eq!(ended.status, 200, "{}", ended.text);
        let open = nurse.get("/api/v1/escalations").await.json;
        let is_told =
            open["items"].as_array().unwrap().iter().any(|alarm| alarm["vitals_id"] == second["id"]);
        assert_eq!(is_told, rings, "{name}: {open}");
    }
}

#[tokio::test]
async fn a_set_in_doubt_hides_no_emergency_when_another_is_in_error() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let nine = json!({ "respiratory_rate": 22, "spo2": 93, "oxygen_given": true, "systolic_bp": 105, "heart_rate": 105, "temperature_c": 38.5 });
    let first = recorded(&nurse, &set(&stage.asha, nine.clone())).await;
    stage.pass(5);
    let second = recorded(&nurse, &set(&stage.asha, nine)).await;
    stage.pass(5);
    let doubt = recorded(&nurse, &set(&stage.asha, json!({ "temperature_c": 41.2 }))).await;
    assert_eq!(doubt["unconfirmed"], json!(["temperature_c"]));
    assert_eq!(nurse.post(&end_of(&first), &json!({ "reason": "Of another patient" })).await.status, 200);
    let open = nurse.get("/api/v1/escalations").await.json;
    assert_eq!((&open["total"], &open["items"][0]["vitals_id"]), (&json!(1), &second["id"]), "{open}");
}
