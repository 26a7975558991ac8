//! One entry of a list

use super::*;

#[tokio::test]
async fn an_allergy_is_added_shown_to_everybody_and_changed_without_being_forgotten() {
    let app = TestApp::new().await;
    let (_clinic, desk, path) = stage(&app).await;
    let allergies = format!("{path}/allergies");
    add(&desk, &allergies, json!({ "substance": "  Dust \t mites " })).await;
    let body = json!({
        "substance": "पेनिसिलिन Penicillin", "code": "764146007", "code_system": "http://snomed.info/sct",
        "category": "MEDICATION", "kind": "ALLERGY", "criticality": "HIGH", "reaction": "hives", "severity": "MODERATE",
        "verification": "CONFIRMED", "onset": "2019-06", "note": "Told twice.\r\nSure.", "source": "FAMILY",
        "told_at": "2026-01-02T10:00:00+05:30",
    });
    let made = desk.post(&allergies, &body).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text);
    let entry = made.header("location").to_owned();
    assert_eq!(entry, format!("{allergies}/{}", made.json["id"].as_str().unwrap()));
    for (name, value) in body.as_object().unwrap() {
        let kept = match name.as_str() {
            "note" => json!("Told twice.\nSure."),
            "told_at" => json!("2026-01-02T04:30:00Z"),
            _ => value.clone(),
        };
        assert_eq!(made.json[name], kept, "{name}");
    }
    let me = desk.get("/api/v1/auth/me").await.json["id"].clone();
    assert_eq!((&made.json["status"], &made.json["recorded_by_id"]), (&json!("ACTIVE"), &me));
    assert_ne!(made.json["recorded_at"], made.json["told_at"], "when it was said is not when it was written");

    // The dangerous one first, in the list and in the text, which counts as a change of the patient.
    assert_eq!(each(&desk.get(&allergies).await, "substance"), ["पेनिसिलिन Penicillin", "Dust mites"]);
    let patient = desk.get(&path).await.json;
    assert_eq!(patient["known_allergies"], "पेनिसिलिन Penicillin (hives, moderate)\nDust mites");
    assert_eq!(patient["version"], 3);

    let change = async |tag: &str, body: Value| {
        desk.request(Method::PATCH, &entry).header("if-match", tag).json(&body).send().await
    };
    let second = change("\"1\"", json!({ "severity": "SEVERE", "note": null })).await;
    assert_eq!((second.status, second.header("etag")), (200, "\"2\""), "{}", second.text);
    let stale = change("\"1\"", json!({ "severity": "MILD" })).await;
    assert_eq!(code(&stale), (412, "chart.version_conflict"));
    assert_eq!(code(&desk.patch(&entry, &json!({ "severity": "MILD", "version": 1 })).await).0, 412);
    let same = change("\"2\"", json!({ "severity": "SEVERE", "reaction": " hives " })).await;
    assert_eq!((same.status, &same.json["version"]), (200, &json!(2)), "a change of nothing writes nothing");
    let shown = desk.get(&entry).await;
    assert_eq!((shown.header("etag"), &shown.json["severity"]), ("\"2\"", &json!("SEVERE")));
    assert_eq!(shown.json["history"].as_array().unwrap().len(), 1);
    let first = &shown.json["history"][0];
    assert_eq!((&first["version"], &first["severity"]), (&json!(1), &json!("MODERATE")));
    assert_eq!(first["note"], "Told twice.\nSure.");
    assert_eq!(
        text(&desk, &path, "known_allergies").await,
        "पेनिसिलिन Penicillin (hives, severe)\nDust mites"
    );

    // Refuted: still on the list, but nothing to warn of.
    assert_eq!(change("\"2\"", json!({ "verification": "REFUTED" })).await.status, 200);
    assert_eq!(text(&desk, &path, "known_allergies").await, "Dust mites");
    assert_eq!(each(&desk.get(&allergies).await, "substance"), ["Dust mites", "पेनिसिलिन Penicillin"]);
}

#[tokio::test]
async fn what_was_entered_in_error_leaves_the_text_and_stays_readable() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let allergies = format!("{path}/allergies");
    let wrong = add(&desk, &allergies, json!({ "substance": "Penicilin", "severity": "MILD" })).await;
    let entry = format!("{allergies}/{}", wrong["id"].as_str().unwrap());
    let end = format!("{entry}/entered-in-error");
    assert_eq!(
        faults(&desk.post(&end, &json!({ "reason": " \u{200b}" })).await),
        ["reason".to_owned()].into()
    );
    let bad = json!({ "reason": "Misspelt", "replacement": { "substance": "", "severity": "BAD" } });
    assert_eq!(faults(&desk.post(&end, &bad).await), ["replacement".to_owned()].into());
    let stale = json!({ "reason": "Misspelt", "version": 9 });
    assert_eq!(code(&desk.post(&end, &stale).await), (412, "chart.version_conflict"));
    assert_eq!(text(&desk, &path, "known_allergies").await, "Penicilin (mild)");

    let right = json!({ "substance": "Penicillin", "severity": "SEVERE" });
    let ended = desk.post(&end, &json!({ "reason": "Misspelt", "replacement": right })).await;
    assert_eq!((ended.status, &ended.json["status"]), (200, &json!("ENTERED_IN_ERROR")), "{}", ended.text);
    let replacement = ended.json["replaced_by_id"].as_str().unwrap();
    assert_eq!(text(&desk, &path, "known_allergies").await, "Penicillin (severe)");
    let list = desk.get(&allergies).await;
    assert_eq!(each(&list, "id"), [replacement]);
    let all = desk.get(&format!("{allergies}?include=ended")).await;
    assert_eq!(each(&all, "substance"), ["Penicillin", "Penicilin"]);
    let old = desk.get(&entry).await.json;
    assert_eq!((&old["error_reason"], &old["version"]), (&json!("Misspelt"), &json!(2)));
    assert_eq!(
        (&old["history"][0]["severity"], &old["history"][0]["status"]),
        (&json!("MILD"), &json!("ACTIVE"))
    );

    assert_eq!(code(&desk.post(&end, &json!({ "reason": "Again" })).await), (409, "chart.entered_in_error"));
    assert_eq!(code(&desk.patch(&entry, &json!({ "note": "x" })).await), (409, "chart.entered_in_error"));
    // Nobody who serves requests can change what was written, not even with a statement of their own.
    for statement in
        ["update chart_versions set text = 'x'", "delete from chart_versions", "delete from chart_entries"]
    {
        let client = app.target().connect(&app.target().app).await.unwrap();
        let context = format!("begin; set local role {0}; set local search_path to {0}", clinic.schema);
        client.batch_execute(&context).await.unwrap();
        let refused = client.batch_execute(statement).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501", "{statement}");
    }
}

#[tokio::test]
async fn bad_entries_are_refused_at_their_field() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let (allergies, conditions) = (format!("{path}/allergies"), format!("{path}/conditions"));
    for substance in [&"é".repeat(200), "🥜", "مكسّرات \u{200f}", "क\u{94d}\u{200d}ष"] {
        let made = add(&desk, &allergies, json!({ "substance": substance })).await;
        assert_eq!(made["substance"], substance.trim_end());
    }
    let good = json!({ "substance": "Latex" });
    for (field, value) in [
        ("substance", json!("é".repeat(201))),
        ("substance", json!("\u{200b}\u{200d}\u{feff}")),
        ("substance", json!("\u{200b}\u{2060}")),
        ("substance", Value::Null),
        ("substance", json!("NKDA")),
        ("substance", json!("a\u{202e}b")),
        ("category", json!("food")),
        ("severity", json!("FATAL")),
        ("verification", json!("MAYBE")),
        ("reaction", json!("x".repeat(201))),
        ("onset", json!("2999")),
        ("onset", json!("last year")),
        ("note", json!("x".repeat(1001))),
        ("source", json!("GOSSIP")),
        ("told_at", json!("2999-01-01T00:00:00Z")),
        ("told_at", json!("yesterday")),
        ("code_system", json!("http://snomed.info/sct")),
        ("code", json!("1")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let named = faults(&desk.post(&allergies, &body).await);
        // Of a code and its system, the one that is missing is named.
        let wanted = match field {
            "code" => "code_system",
            "code_system" => "code",
            _ => field,
        };
        assert!(named.contains(wanted), "{field} = {value}: {named:?}");
    }
    let both = json!({ "substance": "Latex", "code": "1", "code_system": "snomed" });
    assert_eq!(faults(&desk.post(&allergies, &both).await), ["code_system".to_owned()].into());
    for (field, value) in [("icd10_code", "asthma"), ("clinical_status", "GONE"), ("text", "none known")] {
        let mut body = json!({ "text": "Asthma" });
        body[field] = json!(value);
        assert_eq!(faults(&desk.post(&conditions, &body).await), [field.to_owned()].into(), "{value}");
    }
    let twice = desk.post(&allergies, &json!({ "substance": "🥜\u{200b}" })).await;
    assert_eq!(code(&twice), (409, "chart.already_listed"));
    let entries = clinic.sql("select id from chart_entries").await;
    assert_eq!(entries.len(), 4, "nothing of what was refused was kept");
}

#[tokio::test]
async fn an_entry_opens_only_with_its_own_patient_and_a_merged_id_leads_on() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let other = path_of(&registered(&desk, json!({ "phone_primary": "+46855500143" })).await);
    let made = add(&desk, &format!("{other}/allergies"), json!({ "substance": "Latex" })).await;
    let id = made["id"].as_str().unwrap();
    let theirs = app.hospital("Other").await.staff(SystemRole::Receptionist).await;
    let right = format!("{other}/allergies/{id}");
    for (who, entry) in [
        (&desk, format!("{path}/allergies/{id}")),
        (&desk, format!("{other}/conditions/{id}")),
        (&theirs, right.clone()),
    ] {
        assert_eq!(who.get(&entry).await.status, 404, "{entry}");
        assert_eq!(who.patch(&entry, &json!({ "note": "x" })).await.status, 404, "{entry}");
        let end = format!("{entry}/entered-in-error");
        assert_eq!(who.post(&end, &json!({ "reason": "x" })).await.status, 404, "{entry}");
    }
    assert_eq!(theirs.get(&format!("{other}/allergies")).await.status, 404);
    assert_eq!(theirs.get(&format!("{other}/clinical-snapshot")).await.status, 404);

    let survivor = path.rsplit('/').next().unwrap();
    let duplicate = other.rsplit('/').next().unwrap();
    let merge = json!({ "duplicate_id": duplicate, "reason": "The same" });
    assert_eq!(desk.post(&format!("{path}/merge"), &merge).await.status, 201);
    for rest in ["allergies", &format!("allergies/{id}"), "clinical-snapshot"] {
        let led = desk.get(&format!("{other}/{rest}")).await;
        assert_eq!(
            (led.status, led.header("content-location")),
            (200, format!("{path}/{rest}").as_str()),
            "{}",
            led.text
        );
        assert_eq!(led.json["patient_id"], survivor, "{rest}");
    }
    let page = desk.browser().await.get(&format!("/patients/{duplicate}/allergies")).await;
    assert_eq!(
        (page.status, page.header("location")),
        (303, format!("/patients/{survivor}/allergies").as_str())
    );
    for reply in [
        desk.post(&format!("{other}/allergies"), &json!({ "substance": "Nuts" })).await,
        desk.patch(&right, &json!({ "note": "x" })).await,
        desk.request(Method::POST, &format!("{other}/conditions/none-known")).send().await,
    ] {
        assert_eq!(code(&reply), (409, "patients.merged"));
    }
    assert_eq!(clinic.sql("select id from chart_entries").await.len(), 1);
}

#[tokio::test]
async fn a_replacement_needs_room_on_the_list_and_notes_are_composed() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let allergies = format!("{path}/allergies");
    let composed = add(&desk, &allergies, json!({ "substance": "Dust", "note": "cafe\u{301}" })).await;
    assert_eq!(composed["note"], "caf\u{e9}");
    let refuted = add(&desk, &allergies, json!({ "substance": "Latex", "verification": "REFUTED" })).await;
    let lines: Vec<String> = (0..499).map(|n| format!("Substance {n}")).collect();
    clinic
        .sql(&format!(
            "with made as (
                 insert into chart_entries (id, patient_id, list, version, line, is_active, is_urgent, created_at)
                 select gen_random_uuid(), p.id, 'ALLERGY', 1, line, true, false, now()
                   from patients p, unnest(string_to_array('{}', '|')) as line returning id, line)
             insert into chart_versions (entry_id, version, list, text, verification, source, told_at, recorded_by_id, recorded_at)
             select id, 1, 'ALLERGY', line, 'UNCONFIRMED', 'RECORD', now(), gen_random_uuid(), now() from made",
            lines.join("|")
        ))
        .await;
    let end = |entry: &Value| format!("{allergies}/{}/entered-in-error", entry["id"].as_str().unwrap());
    let body = |substance: &str| json!({ "reason": "Misspelt", "replacement": { "substance": substance } });
    assert_eq!(code(&desk.post(&end(&refuted), &body("One more")).await), (409, "chart.full"));
    let done = desk.post(&end(&composed), &body("In its place")).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[tokio::test]
async fn a_look_at_an_entry_names_its_patient() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let dust = add(&desk, &format!("{path}/allergies"), json!({ "substance": "Dust" })).await;
    let patient = desk.get(&path).await.json["id"].clone();
    let entry = format!("/patients/{}/allergies/{}", patient.as_str().unwrap(), dust["id"].as_str().unwrap());
    let page = desk.browser().await;
    for part in ["edit", "entered-in-error"] {
        let to = format!("{entry}/{part}");
        for reply in [page.get(&to).await, page.submit(&to, &[("version", "1")]).await] {
            assert!([200, 422].contains(&reply.status), "{part}: {}", reply.text);
            let rows = clinic.audit().await;
            let look = rows.last().unwrap();
            assert_eq!(
                (&look["entity_id"], &look["detail"]["patient_id"]),
                (&dust["id"], &patient),
                "{part}"
            );
        }
    }
}
