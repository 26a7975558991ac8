//! A list as a whole

use super::*;

#[tokio::test]
async fn not_asked_none_known_and_a_list_are_three_things() {
    let app = TestApp::new().await;
    let (_clinic, desk, path) = stage(&app).await;
    for (list, field, one) in [
        ("allergies", "known_allergies", json!({ "substance": "Latex" })),
        ("conditions", "chronic_conditions", json!({ "text": "Asthma", "icd10_code": "j45.0" })),
    ] {
        let (list, none) = (format!("{path}/{list}"), format!("{path}/{list}/none-known"));
        let fresh = desk.get(&list).await.json;
        assert_eq!((&fresh["asked"], &fresh["items"]), (&Value::Null, &json!([])));
        assert_eq!(text(&desk, &path, field).await, Value::Null);

        let asked = desk.post(&none, &json!({ "asked_at": "2026-01-02T03:04:05Z" })).await;
        assert_eq!(
            (asked.status, &asked.json["asked"]["answer"]),
            (200, &json!("NONE_KNOWN")),
            "{}",
            asked.text
        );
        assert_eq!(asked.json["asked"]["asked_at"], "2026-01-02T03:04:05Z");
        assert_ne!(asked.json["asked"]["recorded_at"], asked.json["asked"]["asked_at"]);
        assert_eq!(text(&desk, &path, field).await, "None known");
        let future = json!({ "asked_at": "2999-01-02T03:04:05Z" });
        assert_eq!(faults(&desk.post(&none, &future).await), ["asked_at".to_owned()].into());

        let made = add(&desk, &list, one).await;
        let shown = desk.get(&list).await.json;
        assert_eq!(shown["asked"]["answer"], "REVIEWED", "an entry ends “none known”");
        let refused = desk.request(Method::POST, &none).send().await;
        assert_eq!(code(&refused), (409, "chart.still_listed"));
        let entry = format!("{list}/{}", made["id"].as_str().unwrap());
        assert_eq!(
            desk.post(&format!("{entry}/entered-in-error"), &json!({ "reason": "Sister's" })).await.status,
            200
        );
        assert_eq!(
            text(&desk, &path, field).await,
            Value::Null,
            "an empty list does not say that there is none"
        );
        assert_eq!(desk.request(Method::POST, &none).send().await.status, 200);
        assert_eq!(text(&desk, &path, field).await, "None known");
    }
    // What is over is no longer shown, and may come back.
    let conditions = format!("{path}/conditions");
    let made = add(&desk, &conditions, json!({ "text": "Hepatitis B", "onset": "1999" })).await;
    let entry = format!("{conditions}/{}", made["id"].as_str().unwrap());
    assert_eq!(desk.patch(&entry, &json!({ "clinical_status": "RESOLVED" })).await.status, 200);
    assert_eq!(text(&desk, &path, "chronic_conditions").await, Value::Null);
    assert_eq!(desk.request(Method::POST, &format!("{conditions}/none-known")).send().await.status, 200);
    assert_eq!(desk.patch(&entry, &json!({ "clinical_status": "ACTIVE" })).await.status, 200);
    assert_eq!(text(&desk, &path, "chronic_conditions").await, "Hepatitis B");
    assert_eq!(desk.get(&conditions).await.json["asked"]["answer"], "REVIEWED");
}

#[tokio::test]
async fn none_known_never_stands_beside_an_allergy_whoever_races() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let (add, none) = (format!("{path}/allergies"), format!("{path}/allergies/none-known"));
    // Somebody holds the patient until all of them stand in line: only then it is a race.
    let hold = clinic.sql("begin; select id from patients for update; select pg_sleep(1.5); commit");
    let race = async {
        let holding = async || {
            let sql = "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
            app.sql(sql).await[0]["n"] == 1
        };
        eventually("the patient is held", holding).await;
        let allergy = json!({ "substance": "Latex" });
        let racers = (0..4).map(|n| {
            let (path, body) = if n % 2 == 0 { (&none, json!({})) } else { (&add, allergy.clone()) };
            let desk = &desk;
            async move { desk.post(path, &body).await }
        });
        join_all(racers).await
    };
    let (_, replies) = tokio::join!(hold, race);
    let added = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(added, 1, "the same allergy twice is one: {replies:?}");
    for reply in replies.iter().filter(|reply| ![200, 201].contains(&reply.status)) {
        assert!(["chart.still_listed", "chart.already_listed"].contains(&code(reply).1), "{}", reply.text);
    }
    let list = desk.get(&add).await;
    assert_eq!(
        (each(&list, "substance"), &list.json["asked"]["answer"]),
        (vec!["Latex"], &json!("REVIEWED"))
    );
    assert_eq!(text(&desk, &path, "known_allergies").await, "Latex");
    let patient = desk.get(&path).await.json;
    assert_eq!(patient["version"], json!(1 + replies.iter().filter(|r| r.status < 300).count()));
}

#[tokio::test]
async fn a_client_that_writes_the_text_changes_the_list() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let allergies = format!("{path}/allergies");
    add(&desk, &allergies, json!({ "substance": "Penicillin", "reaction": "hives", "severity": "SEVERE" }))
        .await;
    add(&desk, &allergies, json!({ "substance": "Latex" })).await;

    // What was read and is written back changes nothing at all.
    let whole = desk.get(&path).await.json;
    let versions = async || clinic.sql("select count(*) as n from chart_versions").await[0]["n"].clone();
    let before = versions().await;
    for echo in [whole.clone(), json!({ "known_allergies": "latex\n\n Penicillin  (hives, severe)" })] {
        let echoed = desk.patch(&path, &echo).await;
        assert_eq!((echoed.status, &echoed.json), (200, &whole), "{}", echoed.text);
    }
    assert_eq!(versions().await, before);

    let text = "Penicillin (hives, severe)\r\n🥜 Peanuts\nשקדים";
    let written = desk.patch(&path, &json!({ "known_allergies": text, "version": whole["version"] })).await;
    assert_eq!(
        written.json["known_allergies"], "Penicillin (hives, severe)\n🥜 Peanuts\nשקדים",
        "{}",
        written.text
    );
    assert_eq!(written.json["version"], json!(whole["version"].as_i64().unwrap() + 1));
    let all = desk.get(&format!("{allergies}?include=ended")).await;
    assert_eq!(each(&all, "substance"), ["Penicillin", "🥜 Peanuts", "שקדים", "Latex"]);
    let (new, gone) = (&all.json["items"][1], &all.json["items"][3]);
    assert_eq!((&new["source"], &new["verification"]), (&json!("RECORD"), &json!("UNCONFIRMED")));
    assert_eq!(
        (&gone["status"], &gone["error_reason"]),
        (&json!("ENTERED_IN_ERROR"), &json!("removed from the text"))
    );

    // "None" ends what the text shows, and is an answer; blank is as if nobody had asked.
    let none = desk.patch(&path, &json!({ "known_allergies": "NKDA" })).await;
    assert_eq!(none.json["known_allergies"], "None known", "{}", none.text);
    assert_eq!(desk.get(&allergies).await.json["asked"]["answer"], "NONE_KNOWN");
    let blank = desk.patch(&path, &json!({ "known_allergies": "  " })).await;
    assert_eq!(blank.json["known_allergies"], Value::Null);
    assert_eq!(desk.get(&allergies).await.json["asked"], Value::Null);
    assert_eq!(
        desk.patch(&path, &json!({ "known_allergies": null })).await.json["version"],
        blank.json["version"]
    );
    let audit = clinic.audit().await;
    assert_eq!(
        audit.iter().rfind(|row| row["kind"] == "updated").unwrap()["detail"],
        json!({ "fields": ["known_allergies"] })
    );

    let made = desk.post(PATIENTS, &json!({ "first_name": "B", "known_allergies": "none", "chronic_conditions": "Asthma\nasthma\nGout" })).await;
    assert_eq!((&made.json["known_allergies"], &made.json["version"]), (&json!("None known"), &json!(1)));
    assert_eq!(made.json["chronic_conditions"], "Asthma\nGout");
    let conditions = desk.get(&format!("{}/conditions", path_of(&made.json))).await;
    assert_eq!(each(&conditions, "clinical_status"), ["ACTIVE", "ACTIVE"]);
    assert_eq!(desk.get(&path_of(&made.json)).await.json, made.json);
}

#[tokio::test]
async fn a_text_that_is_too_short_for_its_list_says_so_and_removes_only_what_it_shows() {
    let app = TestApp::new().await;
    let (_clinic, desk, path) = stage(&app).await;
    let allergies = format!("{path}/allergies");
    for n in 0..8 {
        let body = json!({ "substance": format!("{n} {}", "s".repeat(150)), "reaction": "r".repeat(40) });
        add(&desk, &allergies, body).await;
    }
    let shown = text(&desk, &path, "known_allergies").await;
    let shown = shown.as_str().unwrap();
    assert!(shown.chars().count() <= 1000 && shown.ends_with("\nand 3 more"), "{shown}");
    let none = desk.patch(&path, &json!({ "known_allergies": "none" })).await;
    assert_eq!(code(&none), (409, "patients.list_longer_than_text"));
    let first = shown.lines().next().unwrap();
    let kept = desk.patch(&path, &json!({ "known_allergies": first })).await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    assert_eq!(
        each(&desk.get(&allergies).await, "status").len(),
        4,
        "the first and the three that were not shown"
    );
    let cleared = desk.patch(&path, &json!({ "known_allergies": null })).await;
    assert_eq!(cleared.json["known_allergies"], Value::Null, "by now it shows all of them");
    assert_eq!(desk.get(&allergies).await.json["total"], 0);
    let long = desk.patch(&path, &json!({ "chronic_conditions": "x".repeat(1000) })).await;
    assert_eq!(
        (long.status, &long.json["chronic_conditions"]),
        (200, &json!("x".repeat(1000))),
        "{}",
        long.text
    );
}

#[tokio::test]
async fn the_texts_of_before_become_lists_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let (clinic, desk, _) = stage(&app).await;
    let start = MIGRATION.find("with written as").unwrap();
    let length = MIGRATION[start..].find(";\n").unwrap();
    let long = "y".repeat(1000);
    let mut ids = Vec::new();
    for (allergies, conditions) in [
        (Some("Penicillin (hives)\n\n  Pea  nuts\npenicillin (HIVES)\nCats, dogs"), Some("none")),
        (Some("NKDA."), None),
        (Some("None known"), Some("Asthma\nnone known\nGout")),
        (Some("NKDA\nLatex"), Some("nkda")),
        (None, Some(long.as_str())),
        (Some("🥜\nשקדים"), Some("   ")),
        (None, None),
    ] {
        let id = path_of(&registered(&desk, json!({})).await).rsplit('/').next().unwrap().to_owned();
        let sql = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("$t${text}$t$"));
        let update = format!(
            "update patients set known_allergies = {}, chronic_conditions = {} where id = '{id}'",
            sql(allergies),
            sql(conditions)
        );
        clinic.sql(&update).await;
        ids.push(id);
    }
    clinic.sql(&MIGRATION[start..start + length]).await;
    let wanted = [
        (json!("Penicillin (hives)\nPea nuts\nCats, dogs"), json!("None known")),
        (json!("None known"), Value::Null),
        (json!("None known"), json!("Asthma\nGout")),
        (json!("NKDA\nLatex"), json!("nkda")),
        (Value::Null, json!(long)),
        (json!("🥜\nשקדים"), Value::Null),
        (Value::Null, Value::Null),
    ];
    for (id, (allergies, conditions)) in ids.iter().zip(wanted) {
        let path = format!("{PATIENTS}/{id}");
        let patient = desk.get(&path).await.json;
        assert_eq!(
            (&patient["known_allergies"], &patient["chronic_conditions"]),
            (&allergies, &conditions),
            "{id}"
        );
        for (list, name, text) in
            [("allergies", "substance", &allergies), ("conditions", "text", &conditions)]
        {
            let shown = desk.get(&format!("{path}/{list}")).await;
            let lines = each(&shown, name);
            let answer = shown.json["asked"]["answer"].as_str();
            match text.as_str() {
                None => assert_eq!((lines.len(), answer), (0, None)),
                Some("None known") => assert_eq!((lines.len(), answer), (0, Some("NONE_KNOWN"))),
                Some(text) => assert_eq!((lines.join("\n").as_str(), answer), (text, Some("REVIEWED"))),
            }
            assert!(shown.json["items"].as_array().unwrap().iter().all(|item| item["source"] == "RECORD"));
        }
        // The view agrees with the text: what is read and written back changes nothing.
        assert_eq!(desk.patch(&path, &patient).await.json, patient);
    }
}
