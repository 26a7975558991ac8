//! Allergies and conditions: lists that forget nothing, texts that are their views, and who races.

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp, eventually};
use crate::patients::{PATIENTS, faults, path_of, registered};

/// The migration that made lists of the texts.
const MIGRATION: &str = include_str!("../../tenant_migrations/V6__chart.sql");

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, String) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = path_of(&registered(&desk, json!({})).await);
    (clinic, desk, path)
}

async fn add(desk: &Client, list: &str, body: Value) -> Value {
    let reply = desk.post(list, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

async fn text(desk: &Client, path: &str, field: &str) -> Value {
    desk.get(path).await.json[field].clone()
}

fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json["code"].as_str().unwrap_or_else(|| panic!("no code: {}", reply.text)))
}

/// Values of a field of each item.
fn each<'a>(list: &'a Reply, field: &str) -> Vec<&'a str> {
    let items = list.json["items"].as_array().unwrap_or_else(|| panic!("no list: {}", list.text));
    assert_eq!(list.json["total"], json!(items.len()));
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}

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
async fn nurses_ask_too_and_the_audit_names_fields_never_contents() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let (nurse, pharmacist) =
        (clinic.staff(SystemRole::Nurse).await, clinic.staff(SystemRole::Pharmacist).await);
    let allergies = format!("{path}/allergies");
    let body = json!({ "substance": "Secretillin", "reaction": "blushing", "note": "hush" });
    let made = add(&nurse, &allergies, body.clone()).await;
    let entry = format!("{allergies}/{}", made["id"].as_str().unwrap());
    nurse.get(&allergies).await;
    nurse.get(&entry).await;
    nurse.patch(&entry, &json!({ "reaction": "fainting", "severity": "MILD" })).await;
    nurse.patch(&entry, &json!({ "severity": "MILD" })).await;
    nurse.post(&format!("{entry}/entered-in-error"), &json!({ "reason": "whispered" })).await;
    nurse.request(Method::POST, &format!("{allergies}/none-known")).send().await;
    nurse.get(&format!("{path}/clinical-snapshot")).await;
    assert_eq!(pharmacist.get(&allergies).await.status, 403);
    assert_eq!(pharmacist.post(&allergies, &body).await.status, 403);
    assert_eq!(pharmacist.get(&format!("{path}/clinical-snapshot")).await.status, 403);
    desk.get(&path).await;

    let rows = clinic.audit().await;
    let of = |entity: &str| -> Vec<(&str, Value)> {
        let rows = rows.iter().filter(|row| row["entity"] == entity);
        rows.map(|row| (row["kind"].as_str().unwrap(), row["detail"].clone())).collect()
    };
    let patient = json!({ "patient_id": made["patient_id"] });
    let with = |name: &str, value: Value| {
        let mut detail = patient.clone();
        detail[name] = value;
        detail
    };
    let wanted = [
        ("created", patient.clone()),
        ("viewed", patient.clone()),
        ("updated", with("fields", json!(["reaction", "severity"]))),
        ("viewed", patient.clone()),
        ("entered_in_error", with("replaced_by_id", Value::Null)),
    ];
    assert_eq!(of("allergy"), wanted);
    let of_patient: Vec<&str> = of("patient").into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(of_patient, ["created", "viewed", "none_known", "viewed", "viewed"]);
    let written = serde_json::to_string(&rows).unwrap();
    for secret in ["Secretillin", "blushing", "fainting", "hush", "whispered"] {
        assert!(!written.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_clinical_snapshot_has_the_contracts_shape_and_our_lists() {
    let app = TestApp::new().await;
    let (_clinic, desk, path) = stage(&app).await;
    let snapshot = format!("{path}/clinical-snapshot");
    let empty = desk.get(&snapshot).await;
    assert_eq!(empty.status, 200, "{}", empty.text);
    let expected = json!({
        "patient_id": path.rsplit('/').next().unwrap(), "allergies": null, "chronic_conditions": null, "latest_vital": null,
        "active_admission": null, "next_appointment": null, "allergy_list": [], "condition_list": [],
        "allergies_asked": null, "conditions_asked": null,
    });
    assert_eq!(empty.json, expected);
    add(&desk, &format!("{path}/allergies"), json!({ "substance": "Dust" })).await;
    add(&desk, &format!("{path}/allergies"), json!({ "substance": "Latex", "severity": "SEVERE" })).await;
    desk.request(Method::POST, &format!("{path}/conditions/none-known")).send().await;
    let full = desk.get(&snapshot).await.json;
    assert_eq!(
        (&full["allergies"], &full["chronic_conditions"]),
        (&json!("Latex (severe)\nDust"), &json!("None known"))
    );
    assert_eq!(
        (&full["allergy_list"][0]["substance"], &full["condition_list"]),
        (&json!("Latex"), &json!([]))
    );
    assert_eq!(full["allergies_asked"]["answer"], "REVIEWED");
    assert_eq!(full["conditions_asked"]["answer"], "NONE_KNOWN");
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

#[tokio::test]
async fn the_ward_asks_adds_changes_and_corrects_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, desk, path) = stage(&app).await;
    let nurse = clinic.staff(SystemRole::Nurse).await.browser().await;
    let page = format!("/patients/{}", path.rsplit('/').next().unwrap());
    let list = format!("{page}/allergies");
    let shown = nurse.get(&page).await;
    for part in [
        "Allergies and conditions",
        "Not asked yet",
        "Ask now",
        "Allergies not asked yet",
        &format!("{list}\""),
    ] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let none = nurse.submit(&format!("{list}/none-known"), &[]).await;
    assert_eq!((none.status, none.header("location")), (303, format!("{list}?done=none_known").as_str()));
    let asked = nurse.get(none.header("location")).await;
    for part in ["No known allergies", "asked <time", "Meera Kulkarni", "Noted: none known."] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }

    let bad = nurse
        .submit(&list, &[("substance", "Latex"), ("onset", "soon"), ("code", "1"), ("severity", "SEVERE")])
        .await;
    assert_eq!(bad.status, 422);
    for part in [
        "Since: Write a year",
        "Code system: Say from which system",
        "value=\"Latex\"",
        "value=\"soon\"",
        "<details class=\"panel-body form-part more\" open",
    ] {
        assert!(bad.text.contains(part), "{part} in {}", bad.text);
    }
    let form = [
        ("substance", "Latex"),
        ("reaction", "<b>hives</b>"),
        ("severity", "SEVERE"),
        ("source", "FAMILY"),
        ("onset", "Jun 2019"),
    ];
    let added = nurse.submit(&list, &form).await;
    assert_eq!(
        (added.status, added.header("location")),
        (303, format!("{list}?done=listed").as_str()),
        "{}",
        added.text
    );
    let twice = nurse.submit(&list, &form).await;
    assert!(twice.status == 409 && twice.text.contains("on the list already"), "{}", twice.text);
    let still = nurse.submit(&format!("{list}/none-known"), &[]).await;
    assert!(still.status == 409 && still.text.contains("would be wrong"), "{}", still.text);
    let shown = nurse.get(&list).await;
    for part in ["since Jun 2019", "said by the family", "Severe", "&#60;b&#62;hives", "Unconfirmed"] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let summary = nurse.get(&page).await.text;
    assert!(summary.contains("Latex (&#60;b&#62;hives&#60;/b&#62;, severe)"), "the red strip: {summary}");

    let id = desk.get(&format!("{path}/allergies")).await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let edit = format!("{list}/{id}/edit");
    let opened = nurse.get(&edit).await;
    assert!(
        opened.text.contains("value=\"Jun 2019\"") && opened.text.contains("value=\"Latex\""),
        "{}",
        opened.text
    );
    let mut changed = form.to_vec();
    changed.extend([("version", "1"), ("verification", "CONFIRMED"), ("note", "Line one\r\nLine two")]);
    let saved = nurse.submit(&edit, &changed).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, format!("{list}?done=saved").as_str()),
        "{}",
        saved.text
    );
    let stale = nurse.submit(&edit, &changed).await;
    assert!(
        stale.status == 412 && stale.text.contains("Saved now") && stale.text.contains("Save mine over it"),
        "{}",
        stale.text
    );
    assert!(nurse.get(&list).await.text.contains("1 earlier version"));

    let end = format!("{list}/{id}/entered-in-error");
    let question = nurse.get(&end).await;
    assert!(question.text.contains("as entered in error?") && question.text.contains("stays readable"));
    assert_eq!(nurse.submit(&end, &[("version", "2"), ("reason", "")]).await.status, 422);
    assert_eq!(nurse.submit(&end, &[("version", "1"), ("reason", "Wrong patient")]).await.status, 412);
    let ended = nurse.submit(&end, &[("version", "2"), ("reason", "Wrong patient")]).await;
    assert_eq!(
        (ended.status, ended.header("location")),
        (303, format!("{list}?done=ended").as_str()),
        "{}",
        ended.text
    );
    let after = nurse.get(&list).await.text;
    for part in ["Entered in error", "Wrong patient", "Not asked yet", "2 earlier versions"] {
        assert!(after.contains(part), "{part} in {after}");
    }

    let conditions = format!("{page}/conditions");
    let icd = [("text", "Asthma"), ("clinical_status", "ACTIVE"), ("code", "J4")];
    let bad = nurse.submit(&conditions, &icd).await;
    assert!(bad.status == 422 && bad.text.contains("ICD-10 code: Write a code"), "{}", bad.text);
    let added = nurse
        .submit(&conditions, &[("text", "Asthma"), ("clinical_status", "ACTIVE"), ("code", "j45")])
        .await;
    assert_eq!(added.status, 303, "{}", added.text);
    assert!(nurse.get(&conditions).await.text.contains("ICD-10 J45"));
    // Who may only see patients sees the list and no form; who may not see them gets no page.
    clinic.take("patients:update", SystemRole::Nurse).await;
    let looker = clinic.staff(SystemRole::Nurse).await.browser().await;
    let seen = looker.get(&conditions).await;
    assert!(seen.text.contains("Asthma") && !seen.text.contains("Add a condition"), "{}", seen.text);
    assert!(!seen.text.contains("/edit\"") && !looker.get(&page).await.text.contains("Ask now"));
    assert_eq!(looker.submit(&conditions, &[("text", "Gout")]).await.status, 403);
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await.browser().await;
    assert_eq!(pharmacist.get(&list).await.status, 403);
}
