//! The early-warning score of real sets, as it was scored then.

use super::*;

#[tokio::test]
async fn the_published_vectors_come_out_of_the_api() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    for (fields, total, single_red) in [
        (json!({}), 0, false),
        (
            json!({ "respiratory_rate": 22, "spo2": 93, "oxygen_given": true, "systolic_bp": 105, "heart_rate": 105, "temperature_c": 38.5 }),
            9,
            false,
        ),
        (json!({ "respiratory_rate": 25 }), 3, true),
        (json!({ "temperature_c": 35.0, "systolic_bp": 220 }), 6, true),
        (json!({ "consciousness": "CONFUSION" }), 3, true),
        // What is shown is what is scored: 35.04 is shown as 35.0.
        (json!({ "temperature_c": 35.04 }), 3, true),
        (json!({ "temperature_c": 35.05 }), 1, false),
        (json!({ "oxygen_given": null, "oxygen_flow_l_min": 2 }), 2, false),
    ] {
        let made = recorded(&nurse, &set(&stage.asha, fields.clone())).await;
        let news2 = &made["news2"];
        assert_eq!(
            (&news2["total"], &news2["single_red"]),
            (&json!(total), &json!(single_red)),
            "{fields}: {made}"
        );
        let parts: i64 =
            news2["parts"].as_object().unwrap().values().map(|points| points.as_i64().unwrap()).sum();
        assert_eq!((parts, news2["parts"].as_object().unwrap().len()), (total, 7), "{fields}");
        assert_eq!((&news2["scale"], &news2["table_version"]), (&json!(1), &json!("RCP-2017")));
    }
}

#[tokio::test]
async fn what_is_missing_is_never_counted_as_zero() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    for missing in [
        "respiratory_rate",
        "spo2",
        "oxygen_given",
        "systolic_bp",
        "heart_rate",
        "consciousness",
        "temperature_c",
    ] {
        let made = recorded(&nurse, &set(&stage.asha, json!({ missing: null }))).await;
        let news2 = &made["news2"];
        assert_eq!((&news2["state"], &news2["total"]), (&json!("INCOMPLETE"), &Value::Null), "{missing}");
        assert!(news2["parts"].get(missing).is_none(), "{missing}");
    }
    let pregnant = recorded(&nurse, &set(&stage.asha, json!({ "is_pregnant": true }))).await;
    assert_eq!(
        (&pregnant["news2"]["state"], &pregnant["news2"]["reason"]),
        (&json!("NOT_APPLICABLE"), &json!("PREGNANT"))
    );
}

#[tokio::test]
async fn a_pregnancy_is_of_the_visit_at_which_somebody_said_so_and_silences_nobody() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let alarms = async |who: &Client| who.get("/api/v1/escalations").await.json["items"].clone();
    let sepsis = json!({ "respiratory_rate": 28, "spo2": 93, "systolic_bp": 85, "diastolic_bp": 50, "heart_rate": 135 });
    let visit = arrived(&stage, &stage.asha).await;
    let said = recorded(&nurse, &set(&stage.asha, json!({ "is_pregnant": true }))).await;
    assert_eq!((&said["appointment_id"], &said["news2"]["reason"]), (&visit["id"], &json!("PREGNANT")));
    stage.pass(5);
    let still = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    assert_eq!((&still["news2"]["reason"], &still["is_pregnant"]), (&json!("PREGNANT"), &Value::Null));
    let form = nurse.browser().await.get(&format!("{}/new", page_of(&stage.asha))).await.text;
    assert!(form.contains("Pregnant, as answered before at this visit"), "{form}");
    assert_eq!(alarms(&nurse).await, json!([]));
    // In danger by limits of her own.
    stage.pass(5);
    let severe =
        recorded(&nurse, &set(&stage.asha, json!({ "systolic_bp": 165, "diastolic_bp": 100 }))).await;
    assert_eq!(severe["flags"]["systolic_bp"], "DANGER_HIGH", "{severe}");
    assert_eq!(alarms(&nurse).await[0]["vitals_id"], severe["id"]);

    // Another week, and nobody asked: scored like anybody.
    stage.pass(7 * 24 * 60);
    let nurse = nurse.again().await;
    let after = recorded(&nurse, &set(&stage.asha, sepsis.clone())).await;
    assert_eq!(
        (&after["news2"]["state"], &after["news2"]["total"]),
        (&json!("SCORED"), &json!(11)),
        "{after}"
    );
    // Without a visit no answer holds for the next set, and one that is given silences no emergency.
    recorded(&nurse, &set(&stage.ravi, json!({ "is_pregnant": true }))).await;
    stage.pass(5);
    let unasked = recorded(&nurse, &set(&stage.ravi, json!({}))).await;
    assert_eq!(unasked["news2"]["total"], 0);
    stage.pass(5);
    let mut asked = set(&stage.ravi, sepsis);
    asked["is_pregnant"] = json!(true);
    let asked = recorded(&nurse, &asked).await;
    assert_eq!((&asked["news2"]["reason"], &asked["news2"]["total"]), (&json!("PREGNANT"), &Value::Null));
    let open = alarms(&nurse).await;
    let hers = open.as_array().unwrap().iter().find(|alarm| alarm["vitals_id"] == asked["id"]);
    assert_eq!(hers.map(|alarm| &alarm["level"]), Some(&json!(3)), "{open}");
}

#[tokio::test]
async fn of_unknown_age_somebody_alarms_like_an_adult() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let unknown = registered(
        &stage.desk,
        json!({ "first_name": "Vani", "phone_primary": "+91 98765 44444", "dob": null, "dob_unknown": true }),
    )
    .await;
    // Medium by its sum alone: nothing is red.
    let made = recorded(
        &nurse,
        &set(&unknown, json!({ "respiratory_rate": 22, "heart_rate": 115, "temperature_c": 38.5 })),
    )
    .await;
    assert_eq!((&made["news2"]["reason"], &made["news2"]["total"]), (&json!("AGE_UNKNOWN"), &Value::Null));
    let open = nurse.get("/api/v1/escalations").await.json;
    assert_eq!(
        (&open["items"][0]["vitals_id"], &open["items"][0]["level"]),
        (&made["id"], &json!(2)),
        "{open}"
    );
}
