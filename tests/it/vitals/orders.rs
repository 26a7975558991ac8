//! Scale 2 by a prescriber's order alone; how often somebody is looked at.

use super::*;

#[tokio::test]
async fn scale_2_holds_while_a_prescriber_has_ordered_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let orders = format!("{}/oxygen-orders", path_of(&stage.asha));
    let values = json!({ "respiratory_rate": 20, "spo2": 95, "oxygen_given": true, "systolic_bp": 111, "heart_rate": 90, "temperature_c": 36.1 });
    let mut second = values.clone();
    second["news2_scale"] = json!(2);
    let reply = nurse.post(VITALS, &set(&stage.asha, second.clone())).await;
    assert_eq!(code(&reply), refused(409, "vitals.no_oxygen_order"), "{}", reply.text);
    let made = recorded(&nurse, &set(&stage.asha, values.clone())).await;
    assert_eq!((&made["news2"]["total"], &made["news2"]["scale"]), (&json!(3), &json!(1)));

    let why = json!({ "reason": "COPD, known hypercapnia" });
    assert_eq!(nurse.post(&orders, &why).await.status, 403, "a nurse does not prescribe");
    assert_eq!(stage.doctor.post(&orders, &json!({})).await.status, 422);
    for body in [
        json!({ "reason": "x", "target_low": 92, "target_high": 88 }),
        json!({ "reason": "x", "target_low": 49 }),
        json!({ "reason": "x", "target_high": 101 }),
    ] {
        assert_eq!(stage.doctor.post(&orders, &body).await.status, 422, "{body}");
    }
    let order = stage.doctor.post(&orders, &why).await;
    assert_eq!(order.status, 201, "{}", order.text);
    assert_eq!(
        (
            &order.json["target_low"],
            &order.json["target_high"],
            &order.json["is_scale_2"],
            &order.json["ordered_by_id"]
        ),
        (&json!(88), &json!(92), &json!(true), &json!(stage.doctor_id))
    );
    stage.pass(1);
    let made = recorded(&nurse, &set(&stage.asha, second.clone())).await;
    assert_eq!(
        (&made["news2"]["total"], &made["news2"]["scale"]),
        (&json!(4), &json!(2)),
        "the vector of scale 2"
    );
    let other = recorded(&nurse, &set(&stage.ravi, values.clone())).await;
    assert_eq!(other["news2"]["scale"], 1, "an order is of one patient");

    let end = format!("{orders}/{}/end", order.json["id"].as_str().unwrap());
    let strange =
        format!("{}/oxygen-orders/{}/end", path_of(&stage.ravi), order.json["id"].as_str().unwrap());
    assert_eq!(stage.doctor.post(&strange, &json!({})).await.status, 404, "another patient's order");
    assert_eq!(nurse.post(&end, &json!({})).await.status, 403);
    assert_eq!(stage.doctor.post(&end, &json!({})).await.status, 200);
    assert_eq!(code(&stage.doctor.post(&end, &json!({})).await), refused(409, "vitals.over"));
    stage.pass(1);
    assert_eq!(nurse.post(VITALS, &set(&stage.asha, second)).await.status, 409, "ended");
    // A target that is not 88 to 92 is an order, and no scale 2.
    let body = json!({ "reason": "After surgery", "target_low": 94, "target_high": 98 });
    assert_eq!(stage.doctor.post(&orders, &body).await.json["is_scale_2"], false);
    let kept = nurse.get(&orders).await.json;
    assert_eq!((kept.as_array().unwrap().len(), &kept[1]["reason"]), (2, &json!("COPD, known hypercapnia")));
}

#[tokio::test]
async fn more_often_is_free_and_less_often_is_for_a_prescriber_with_a_reason() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let plan = format!("{}/observation-plan", path_of(&stage.asha));
    let first = recorded(&nurse, &set(&stage.asha, json!({ "spo2": 95 }))).await;
    let rhythm = nurse.get(&plan).await.json;
    assert_eq!(
        (&rhythm["risk"], &rhythm["every_minutes"], &rhythm["plan"]),
        (&json!("LOW"), &json!(240), &Value::Null)
    );

    let more = nurse.post(&plan, &json!({ "interval_minutes": 30 })).await;
    assert_eq!((more.status, &more.json["every_minutes"]), (201, &json!(30)), "{}", more.text);
    for minutes in [json!(4), json!(1441), json!(null)] {
        assert_eq!(nurse.post(&plan, &json!({ "interval_minutes": minutes })).await.status, 422, "{minutes}");
    }
    let less = json!({ "interval_minutes": 480, "reason": "Known for years" });
    let reply = nurse.post(&plan, &less).await;
    assert_eq!(code(&reply), refused(403, "vitals.needs_doctor"), "{}", reply.text);
    assert_eq!(stage.doctor.post(&plan, &json!({ "interval_minutes": 480 })).await.status, 422, "no reason");
    let lowered = stage.doctor.post(&plan, &less).await;
    assert_eq!((lowered.status, &lowered.json["every_minutes"]), (201, &json!(480)), "{}", lowered.text);
    assert_eq!(lowered.json["plan"]["is_lower"], true);
    let minutes = |from: &Value, until: &Value| {
        let at = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        at(from).duration_until(at(until)).as_mins()
    };
    assert_eq!(minutes(&first["recorded_at"], &lowered.json["next_due_at"]), 480, "from the last set");

    // It never slows down the answer to a higher risk than was accepted.
    stage.pass(1);
    let worse = recorded(&nurse, &set(&stage.asha, json!({ "respiratory_rate": 25, "spo2": 93 }))).await;
    assert_eq!(minutes(&worse["recorded_at"], &worse["next_due_at"]), 60, "{worse}");
    assert_eq!(nurse.post(&format!("{plan}/end"), &json!({})).await.status, 200);
    assert_eq!(code(&nurse.post(&format!("{plan}/end"), &json!({})).await), refused(409, "vitals.no_plan"));
}
