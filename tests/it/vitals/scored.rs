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
