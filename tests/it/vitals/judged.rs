//! Impossible: refused at the field. Unlikely: asked about once, and the answer is kept.

use super::*;

#[tokio::test]
async fn impossible_values_are_refused_at_their_fields_all_at_once() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    for (fields, expected) in [
        (
            json!({ "systolic_bp": 19, "diastolic_bp": 10, "spo2": 0, "temperature_c": 19.9 }),
            vec!["spo2", "systolic_bp", "temperature_c"],
        ),
        (json!({ "temperature_c": 45.1 }), vec!["temperature_c"]),
        (json!({ "temperature_c": 98.6 }), vec!["temperature_c"]),
        (json!({ "diastolic_bp": 125 }), vec!["diastolic_bp"]),
        (json!({ "heart_rate": 0 }), vec!["heart_rate"]),
        (json!({ "heart_rate": 301 }), vec!["heart_rate"]),
        (json!({ "spo2": 100.6 }), vec!["spo2"]),
        (json!({ "respiratory_rate": -1 }), vec!["respiratory_rate"]),
        (json!({ "weight_kg": 0.2 }), vec!["weight_kg"]),
        (json!({ "weight_kg": 1e300 }), vec!["weight_kg"]),
        (json!({ "oxygen_flow_l_min": 2 }), vec!["oxygen_flow_l_min"]),
        (json!({ "pain": 5 }), vec!["pain_scale"]),
        (json!({ "pain": 8, "pain_scale": "NIPS" }), vec!["pain"]),
        (json!({ "consciousness": "DROWSY" }), vec!["consciousness"]),
        (json!({ "glucose_mg_dl": 90, "glucose_reading": "HI" }), vec!["glucose_reading"]),
        (json!({ "absent": { "spo2": "REFUSED" } }), vec!["spo2"]),
        (json!({ "absent": { "spleen": "REFUSED" } }), vec!["absent"]),
        (json!({ "absent": { "weight_kg": "FORGOTTEN" } }), vec!["absent"]),
        (json!({ "confirmed": ["spleen"] }), vec!["confirmed"]),
        (json!({ "spo2": "97" }), vec!["spo2"]),
    ] {
        let reply = nurse.post(VITALS, &set(&stage.asha, fields.clone())).await;
        let found = faults(&reply);
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            expected,
            "{fields}: {}",
            reply.text
        );
    }
    let fahrenheit = nurse.post(VITALS, &set(&stage.asha, json!({ "temperature_c": 98.6 }))).await;
    assert!(fahrenheit.text.contains("37.0 °C"), "{}", fahrenheit.text);
    // Severe hypothermia and a heart that stands still are possible.
    let fields = json!({
        "temperature_c": 20.0, "heart_rate": 0, "notes": "Asystole, resuscitation", "systolic_bp": null, "diastolic_bp": null,
        "absent": { "systolic_bp": "NOT_RECORDABLE" }, "confirmed": ["temperature_c", "heart_rate"],
    });
    let made = recorded(&nurse, &set(&stage.asha, fields)).await;
    assert_eq!(made["absent"], json!({ "systolic_bp": "NOT_RECORDABLE" }));
    assert_eq!((&made["news2"]["total"], &made["news2"]["single_red"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn what_is_unlikely_is_asked_about_once_and_the_answer_is_kept() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let unlikely = json!({ "heart_rate": 181, "temperature_c": 41.1, "weight_kg": 251, "confirmed": [] });
    let reply = nurse.post(VITALS, &set(&stage.asha, unlikely.clone())).await;
    assert_eq!(code(&reply), refused(409, "vitals.unlikely"), "{}", reply.text);
    let named: Vec<&str> = reply.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["heart_rate", "temperature_c", "weight_kg"], "{}", reply.text);
    assert!(reply.detail().contains("heart_rate, temperature_c, weight_kg"), "{}", reply.text);
    assert!(listed(&nurse, &stage.asha, "").await.is_empty(), "nothing was written");

    let mut some = unlikely.clone();
    some["confirmed"] = json!(["heart_rate"]);
    let reply = nurse.post(VITALS, &set(&stage.asha, some)).await;
    assert_eq!(reply.json["errors"].as_array().unwrap().len(), 2, "the rest is still asked about");

    let mut all = unlikely;
    // What was not in doubt is not kept as confirmed.
    all["confirmed"] = json!(["heart_rate", "temperature_c", "weight_kg", "spo2"]);
    let made = recorded(&nurse, &set(&stage.asha, all)).await;
    assert_eq!(made["confirmed"], json!(["heart_rate", "temperature_c", "weight_kg"]));

    // Ten percent within a week, either way; at the limit nobody is asked.
    let stage_weight = |kg: f64| set(&stage.ravi, json!({ "weight_kg": kg, "confirmed": [] }));
    recorded(&nurse, &stage_weight(50.0)).await;
    stage.pass(5);
    recorded(&nurse, &stage_weight(55.0)).await;
    stage.pass(5);
    let reply = nurse.post(VITALS, &stage_weight(49.4)).await;
    assert_eq!(code(&reply), refused(409, "vitals.unlikely"), "{}", reply.text);
    assert!(reply.text.contains("55.0 kg at the last weighing, within 7 days"), "{}", reply.text);
    stage.pass(8 * 24 * 60);
    let nurse = nurse.again().await;
    recorded(&nurse, &stage_weight(49.4)).await;
}

#[tokio::test]
async fn children_are_judged_by_their_age_and_coloured_instead_of_scored() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let born = |years: i16| {
        let today = stage.now().to_zoned(jiff::tz::TimeZone::get("Asia/Kolkata").unwrap()).date();
        today.checked_sub(jiff::Span::new().years(years)).unwrap().to_string()
    };
    let fields = json!({ "first_name": "Tara", "phone_primary": "+91 98765 22222", "dob": born(2) });
    let child = registered(&stage.desk, fields).await;
    let values = |more: Value| {
        let mut fields = json!({
            "respiratory_rate": 24, "heart_rate": 120, "systolic_bp": 90, "diastolic_bp": 55, "weight_kg": 12, "height_cm": 87,
            "confirmed": [],
        });
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        set(&child, fields)
    };
    let made = recorded(&nurse, &values(json!({}))).await;
    assert_eq!(
        (&made["news2"]["state"], &made["news2"]["reason"], &made["flags"]),
        (&json!("NOT_APPLICABLE"), &json!("UNDER_16"), &json!({}))
    );
    assert_eq!(
        (&made["news2"]["table_version"], &made["bmi"]),
        (&json!("PALS-2020-ESI-4-HMS-2"), &json!(15.9))
    );
    // What an adult would be asked about is usual here, and the other way round.
    let fast = recorded(&nurse, &values(json!({ "heart_rate": 150 }))).await;
    assert_eq!(fast["flags"], json!({ "heart_rate": "HIGH" }));
    let reply = nurse.post(VITALS, &values(json!({ "heart_rate": 183 }))).await;
    assert_eq!(code(&reply), refused(409, "vitals.unlikely"), "30 % above the band: {}", reply.text);
    let reply = nurse.post(VITALS, &values(json!({ "systolic_bp": 73 }))).await;
    assert_eq!(code(&reply), refused(409, "vitals.unlikely"), "hypotension: {}", reply.text);
    let shock = recorded(&nurse, &values(json!({ "systolic_bp": 73, "confirmed": ["systolic_bp"] }))).await;
    assert_eq!(shock["flags"], json!({ "systolic_bp": "DANGER_LOW" }));
    assert_eq!(shock["news2"]["response"]["risk"], "HIGH");
    // The height fell.
    let reply = nurse.post(VITALS, &values(json!({ "height_cm": 86.9 }))).await;
    assert_eq!(code(&reply), refused(409, "vitals.unlikely"), "{}", reply.text);

    let sixteen = registered(
        &stage.desk,
        json!({ "first_name": "Uma", "phone_primary": "+91 98765 33333", "dob": born(16) }),
    )
    .await;
    let made = recorded(&nurse, &set(&sixteen, json!({}))).await;
    assert_eq!(made["news2"]["total"], 0, "from the day of the birthday on");
    let unknown = registered(
        &stage.desk,
        json!({ "first_name": "Vani", "phone_primary": "+91 98765 44444", "dob": null, "dob_unknown": true }),
    )
    .await;
    let made = recorded(&nurse, &set(&unknown, json!({}))).await;
    assert_eq!(made["news2"]["reason"], "AGE_UNKNOWN");
}

#[tokio::test]
async fn a_client_that_does_not_know_the_question_charts_the_very_sick_and_the_page_says_not_confirmed() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let mut body =
        json!({ "patient_id": stage.asha["id"], "systolic_bp": 65, "diastolic_bp": 40, "heart_rate": 30 });
    let made = recorded(&nurse, &body).await;
    assert_eq!(
        (&made["unconfirmed"], &made["confirmed"]),
        (&json!(["systolic_bp", "heart_rate"]), &json!([])),
        "{made}"
    );
    assert_eq!(made["news2"]["parts"], json!({ "systolic_bp": 3, "heart_rate": 3 }), "scored like any other");
    let alarms = nurse.get("/api/v1/escalations").await.json;
    assert_eq!(alarms["items"][0]["vitals_id"], made["id"], "{alarms}");
    let shown = nurse.browser().await.get(&page_of(&stage.asha)).await.text;
    assert!(shown.contains("Unlikely, and not confirmed: systolic blood pressure, heart rate."), "{shown}");
    // Whoever sends the field knows the question, and is asked by the names of the fields.
    body["confirmed"] = json!(["heart_rate"]);
    let asked = nurse.post(VITALS, &body).await;
    assert_eq!(code(&asked), refused(409, "vitals.unlikely"), "{}", asked.text);
    assert!(
        asked.detail().contains("systolic_bp") && !asked.detail().contains("heart_rate"),
        "{}",
        asked.text
    );
    body["confirmed"] = json!(["heart_rate", "systolic_bp"]);
    let made = recorded(&nurse, &body).await;
    assert_eq!(made["unconfirmed"], json!([]));
    // What is impossible is refused all the same.
    let impossible = json!({ "patient_id": stage.asha["id"], "heart_rate": 301 });
    assert_eq!(nurse.post(VITALS, &impossible).await.status, 422);
}

#[tokio::test]
async fn pain_is_counted_by_a_scale_of_the_age_and_in_steps_of_the_scale() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    for (pain, scale) in [(5.0, "FPS_R"), (3.5, "NUMERIC"), (0.5, "FPS_R"), (8.0, "NIPS"), (-2.0, "FPS_R")] {
        let reply = nurse.post(VITALS, &set(&stage.asha, json!({ "pain": pain, "pain_scale": scale }))).await;
        assert_eq!(
            faults(&reply).into_iter().collect::<Vec<_>>(),
            ["pain"],
            "{scale} {pain}: {}",
            reply.text
        );
    }
    for pain in [0, 2, 10] {
        recorded(&nurse, &set(&stage.asha, json!({ "pain": pain, "pain_scale": "FPS_R" }))).await;
    }
    let born = |months: i32| {
        let today = stage.now().to_zoned(jiff::tz::TimeZone::get("Asia/Kolkata").unwrap()).date();
        today.checked_sub(jiff::Span::new().months(months)).unwrap().to_string()
    };
    type Case = (&'static str, i32, &'static [&'static str], &'static [&'static str]);
    let cases: [Case; 4] = [
        ("Tara", 1, &["NIPS"], &["FLACC", "FPS_R", "NUMERIC", "PAINAD"]),
        ("Uma", 30, &["FLACC"], &["NIPS", "FPS_R", "NUMERIC"]),
        ("Zoya", 60, &["FLACC", "FPS_R"], &["NIPS", "NUMERIC"]),
        ("Hari", 40 * 12, &["NUMERIC", "FPS_R", "FLACC", "PAINAD"], &["NIPS"]),
    ];
    for (name, months, fit, unfit) in cases {
        let phone = format!("+91 98765 6{months:04}");
        let fields = json!({ "first_name": name, "phone_primary": phone, "dob": born(months) });
        let patient = registered(&stage.desk, fields).await;
        let told = |scale: &str, confirmed: Value| json!({ "patient_id": patient["id"], "pain": 4, "pain_scale": scale, "confirmed": confirmed });
        for scale in fit {
            recorded(&nurse, &told(scale, json!([]))).await;
        }
        for scale in unfit {
            let reply = nurse.post(VITALS, &told(scale, json!([]))).await;
            assert_eq!(code(&reply), refused(409, "vitals.unlikely"), "{months} {scale}: {}", reply.text);
            assert_eq!(reply.json["errors"][0]["field"], "pain", "{}", reply.text);
            let kept = recorded(&nurse, &told(scale, json!(["pain"]))).await;
            assert_eq!(kept["confirmed"], json!(["pain"]), "asked once");
        }
    }
}

#[tokio::test]
async fn what_nobody_confirmed_asks_for_the_next_set_sooner_and_never_later() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let due = async |who: &Client| who.get(&format!("{VITALS}/due")).await.json.as_array().unwrap().len();
    let nine = json!({ "respiratory_rate": 22, "spo2": 93, "oxygen_given": true, "systolic_bp": 105, "heart_rate": 105, "temperature_c": 38.5 });
    recorded(&nurse, &set(&stage.asha, nine.clone())).await;
    stage.pass(16);
    assert_eq!(due(&nurse).await, 1, "seven points and more, so after 15 minutes");
    let mild = set(&stage.asha, json!({ "temperature_c": 41.2 }));
    let made = recorded(&nurse, &mild).await;
    assert_eq!((&made["unconfirmed"], &made["news2"]["total"]), (&json!(["temperature_c"]), &json!(2)));
    assert_eq!(due(&nurse).await, 1, "in doubt, so somebody comes all the same");
    // Nor does it hide what is written down later of a little earlier.
    let before = (stage.now() - jiff::SignedDuration::from_mins(5)).to_string();
    recorded(&nurse, &set(&stage.ravi, json!({ "temperature_c": 41.2 }))).await;
    let mut late = set(&stage.ravi, nine);
    late["recorded_at"] = json!(before);
    let late = recorded(&nurse, &late).await;
    let open = nurse.get("/api/v1/escalations").await.json;
    assert!(open["items"].as_array().unwrap().iter().any(|alarm| alarm["vitals_id"] == late["id"]), "{open}");
    // Confirmed, it counts like any other.
    stage.pass(1);
    let mut sure = mild;
    sure["confirmed"] = json!(["temperature_c"]);
    recorded(&nurse, &sure).await;
    let asha = stage.asha["id"].as_str().unwrap();
    assert!(!nurse.get(&format!("{VITALS}/due")).await.text.contains(asha), "nobody has to come for her");
    // Worse, and in doubt: somebody comes at once.
    let worse = recorded(&nurse, &set(&stage.asha, json!({ "heart_rate": 190 }))).await;
    assert_eq!(worse["unconfirmed"], json!(["heart_rate"]));
    stage.pass(61);
    let nurse = nurse.again().await;
    let lines = nurse.get(&format!("{VITALS}/due")).await;
    assert!(lines.text.contains(stage.asha["id"].as_str().unwrap()), "{}", lines.text);
}
