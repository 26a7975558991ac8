//! Patients whom nobody knows, and people in an emergency: never refused, never confused, identified later.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use hms::clinic::unidentified::{FIRST, SECOND};
use serde_json::{Value, json};

use crate::harness::{Browser, Client, Hospital, Reply, TestApp};
use crate::patients::{PATIENTS, faults, found, path_of, registered};

const UNIDENTIFIED: &str = "/api/v1/patients/unidentified";
const EMERGENCY: &str = "/api/v1/patients/emergency";

async fn stage(app: &TestApp) -> (Hospital<'_>, Client) {
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    (clinic, nurse)
}

async fn stranger(nurse: &Client, body: Value) -> Value {
    let reply = nurse.post(UNIDENTIFIED, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

/// First word, second word, number.
fn words(patient: &Value) -> (String, String, String) {
    let (second, number) = patient["last_name"].as_str().unwrap().split_once(' ').unwrap();
    (patient["first_name"].as_str().unwrap().to_owned(), second.to_owned(), number.to_owned())
}

async fn identify(client: &Client, patient: &Value, body: Value) -> Reply {
    client.post(&format!("{}/identify", path_of(patient)), &body).await
}

#[tokio::test]
async fn somebody_unknown_has_a_code_and_a_name_with_nothing_asked() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let nothing = nurse.post(UNIDENTIFIED, &json!({})).await;
    assert_eq!((nothing.status, nothing.header("etag")), (201, "\"1\""), "{}", nothing.text);
    assert_eq!(nothing.header("location"), path_of(&nothing.json));
    let (first, second, number) = words(&nothing.json);
    assert!(FIRST.contains(&first.as_str()) && SECOND.contains(&second.as_str()) && number.len() == 4);
    for (name, value) in [
        ("patient_code", json!("P-00001")),
        ("is_unidentified", json!(true)),
        ("registered_as", json!("EMERGENCY")),
        ("gender", json!("UNKNOWN")),
        ("dob", Value::Null),
        ("dob_unknown", json!(true)),
        ("phone_primary", Value::Null),
        ("city", Value::Null),
        ("over_limit", json!(false)),
    ] {
        assert_eq!(nothing.json[name], value, "{name}");
    }
    let note = json!({ "sex": "MALE", "age_band": "ADULT", "note": "Platform 3, red jacket" });
    let adult = stranger(&nurse, note).await;
    assert_eq!(
        (&adult["gender"], &adult["clinical_notes"]),
        (&json!("MALE"), &json!("Platform 3, red jacket"))
    );
    assert_eq!((&adult["age_only"], &adult["dob_unknown"]), (&json!(52), &json!(true)), "no birthday");
    let newborn = stranger(&nurse, json!({ "age_band": "NEWBORN" })).await;
    assert_eq!((&newborn["age_only"], &newborn["dob_unknown"]), (&json!(0), &json!(true)));
    // Found by each word and by the number.
    for word in [&first, &second, &number] {
        assert!(found(&nurse, word).await.contains(&first), "{word}");
    }
    for (body, field) in [
        (json!({ "sex": "male" }), "sex"),
        (json!({ "age_band": "OLD" }), "age_band"),
        (json!({ "note": "x".repeat(501) }), "note"),
    ] {
        assert_eq!(faults(&nurse.post(UNIDENTIFIED, &body).await), BTreeSet::from([field.to_owned()]));
    }
    let rows = clinic.audit().await;
    let created =
        rows.iter().find(|row| row["entity_id"] == adult["id"] && row["kind"] == "created").unwrap();
    assert_eq!(created["detail"], json!({ "registered_as": "EMERGENCY", "over_limit": false }));
    assert!(!json!(rows).to_string().contains("red jacket"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_of_one_night_have_no_word_in_common() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let (clinic, nurse) = stage(&app).await;
    clinic.set_limit(5).await;
    let nothing = json!({});
    let replies = join_all((0..50).map(|_| nurse.post(UNIDENTIFIED, &nothing))).await;
    for reply in &replies {
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    let names: Vec<_> = replies.iter().map(|reply| words(&reply.json)).collect();
    let codes: BTreeSet<_> = replies.iter().map(|reply| reply.json["patient_code"].to_string()).collect();
    let first: BTreeSet<_> = names.iter().map(|(first, ..)| first).collect();
    let second: BTreeSet<_> = names.iter().map(|(_, second, _)| second).collect();
    assert_eq!((codes.len(), first.len(), second.len()), (50, 50, 50));
    let over = replies.iter().filter(|reply| reply.json["over_limit"] == true).count();
    assert_eq!(over, 45, "the first five are within the limit");
    // When the words run out, pairs are still nobody else's.
    for _ in 0..14 {
        stranger(&nurse, json!({})).await;
    }
    let pairs = "select count(*) as n, count(distinct (first_name, split_part(last_name, ' ', 1))) as pairs,
                        count(distinct first_name) as words from patients";
    let row = &clinic.sql(pairs).await[0];
    assert_eq!((&row["n"], &row["pairs"], &row["words"]), (&json!(64), &json!(64), &json!(60)));
    // A word is free again once its owner is known.
    let known = identify(&nurse, &replies[0].json, json!({ "first_name": "Ravi" })).await;
    assert_eq!(known.status, 200, "{}", known.text);
}

#[tokio::test]
async fn the_limit_refuses_the_desk_and_nobody_in_an_emergency() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let boss = app.super_admin().await;
    registered(&nurse, json!({})).await;
    clinic.set_limit(1).await;
    let refused = nurse.post(PATIENTS, &json!({ "first_name": "Desk" })).await;
    assert_eq!((refused.status, &refused.json["code"]), (400, &json!("patients.limit_reached")));

    let known = nurse.post(EMERGENCY, &json!({ "first_name": "Asha", "blood_group": "O-" })).await;
    assert_eq!(known.status, 201, "{}", known.text);
    assert_eq!(
        (&known.json["registered_as"], &known.json["over_limit"]),
        (&json!("EMERGENCY"), &json!(true))
    );
    assert_eq!(
        (&known.json["is_unidentified"], &known.json["patient_code"]),
        (&json!(false), &json!("P-00002"))
    );
    let unknown = stranger(&nurse, json!({ "sex": "FEMALE" })).await;
    assert_eq!(unknown["over_limit"], true);
    assert_eq!(faults(&nurse.post(EMERGENCY, &json!({})).await), BTreeSet::from(["first_name".into()]));
    let audit = clinic.audit().await;
    let row =
        audit.iter().find(|row| row["entity_id"] == known.json["id"] && row["kind"] == "created").unwrap();
    assert_eq!(row["detail"], json!({ "registered_as": "EMERGENCY", "over_limit": true }));

    // Shown to the hospital and to the platform.
    let page = nurse.browser().await;
    let today = page.get("/today").await.text;
    assert!(today.contains("of 1 allowed, ") && today.contains("2 over"), "{today}");
    let hospitals = boss.get("/api/v1/platform/tenants").await.json;
    let ours = hospitals["items"].as_array().unwrap().iter().find(|h| h["id"] == clinic.id.as_str()).unwrap();
    assert_eq!((&ours["patient_count"], &ours["patients_over_limit"]), (&json!(3), &json!(2)));
    assert!(boss.browser().await.get("/console/hospitals").await.text.contains("2 over"));
    clinic.set_limit(10).await;
    assert!(!page.get("/today").await.text.contains(" over</strong>"));
    let within = nurse.post(EMERGENCY, &json!({ "first_name": "Within" })).await.json;
    assert_eq!((&within["registered_as"], &within["over_limit"]), (&json!("EMERGENCY"), &json!(false)));
}

#[tokio::test]
async fn the_form_offers_the_emergency_when_the_limit_refuses() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let page = nurse.browser().await;
    registered(&nurse, json!({ "first_name": "Other", "phone_primary": "+911111111111" })).await;
    clinic.set_limit(1).await;
    let key = page.get("/patients/new").await.field("form_key").to_owned();
    let mut form = vec![
        ("form_key", key.as_str()),
        ("first_name", "Zoë"),
        ("gender", "FEMALE"),
        ("born", "34y"),
        ("phone_primary", "+46 8 5550 0142"),
        ("city", "Lund"),
    ];
    let refused = page.submit("/patients/new", &form).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("This is an emergency: register anyway"), "{}", refused.text);
    assert_eq!((refused.field("first_name"), refused.field("form_key")), ("Zoë", key.as_str()));
    form.push(("emergency", "1"));
    let done = page.submit("/patients/new", &form).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let shown = page.get(done.header("location")).await.text;
    assert!(shown.contains("This hospital has more patients than it may: 2 of 1."), "{shown}");
    let again = page.submit("/patients/new", &form).await;
    assert_eq!(again.header("location"), done.header("location"), "sent twice, registered once");
    let rows = clinic.sql("select registered_as, over_limit from patients where first_name = 'Zoë'").await;
    assert_eq!(rows, [json!({ "registered_as": "EMERGENCY", "over_limit": true })]);
    // Somebody who looks alike does not stop it either, nor do blank fields.
    let bare = page.submit("/patients/new", &[("first_name", "Zoë"), ("emergency", "1")]).await;
    assert_eq!(bare.status, 303, "{}", bare.text);
    assert_eq!(page.submit("/patients/new", &[("first_name", " "), ("emergency", "1")]).await.status, 422);
}

#[tokio::test]
async fn identifying_keeps_the_code_and_the_made_up_name() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let unknown = stranger(&nurse, json!({ "sex": "MALE", "age_band": "ADULT", "note": "Platform 3" })).await;
    let made_up =
        format!("{} {}", unknown["first_name"].as_str().unwrap(), unknown["last_name"].as_str().unwrap());
    let path = path_of(&unknown);
    // Tested here, while nobody knew who it is.
    assert_eq!(nurse.patch(&path, &json!({ "blood_group": "A+" })).await.status, 200);

    let guessed =
        identify(&nurse, &unknown, json!({ "first_name": "Ravi", "blood_group": "O-", "dob": "x" })).await;
    assert_eq!(faults(&guessed), BTreeSet::from(["blood_group".into(), "dob".into()]));
    assert!(guessed.text.contains("not taken over"), "{}", guessed.text);
    assert_eq!(faults(&identify(&nurse, &unknown, json!({})).await), BTreeSet::from(["first_name".into()]));
    let stale = identify(&nurse, &unknown, json!({ "first_name": "Ravi", "version": 1 })).await;
    assert_eq!((stale.status, &stale.json["code"]), (412, &json!("patients.version_conflict")));

    let body =
        json!({ "first_name": "Ravi", "dob": "1970-05-06", "phone_primary": "+919822012345", "version": 2 });
    let (x, y) = tokio::join!(identify(&nurse, &unknown, body.clone()), identify(&nurse, &unknown, body));
    let (known, late) = if x.status == 200 { (x, y) } else { (y, x) };
    assert_eq!(known.status, 200, "{}", known.text);
    assert_eq!((late.status, &late.json["code"]), (409, &json!("unidentified.known")));
    for (name, value) in [
        ("patient_code", &unknown["patient_code"]),
        ("first_name", &json!("Ravi")),
        ("last_name", &Value::Null),
        ("is_unidentified", &json!(false)),
        ("former_names", &json!([made_up])),
        ("blood_group", &json!("A+")),
        ("dob", &json!("1970-05-06")),
        ("clinical_notes", &json!("Platform 3")),
        ("registered_as", &json!("EMERGENCY")),
    ] {
        assert_eq!(&known.json[name], value, "{name}");
    }
    assert_eq!(known.header("etag"), format!("\"{}\"", known.json["version"]));
    assert_eq!(nurse.get(&path).await.json, known.json);
    assert_eq!(found(&nurse, &made_up).await, ["Ravi"], "as on the wristband");

    let history = clinic.sql("select * from patient_changes where action = 'IDENTIFY'").await;
    assert_eq!((history.len(), &history[0]["patient_id"]), (1, &unknown["id"]));
    assert_eq!(history[0]["changed_by_id"], nurse.get("/api/v1/auth/me").await.json["id"]);
    let (old, new) = (&history[0]["old_values"], &history[0]["new_values"]);
    assert_eq!((&old["first_name"], &new["first_name"]), (&unknown["first_name"], &json!("Ravi")));
    assert_eq!((&old["last_name"], &new["last_name"]), (&unknown["last_name"], &Value::Null));
    assert!(new.get("blood_group").is_none() && new.get("version").is_none(), "{new}");
    let audit = clinic.audit().await;
    let did = audit.iter().find(|row| row["kind"] == "identified").unwrap();
    assert!(did["detail"]["fields"].as_array().unwrap().contains(&json!("first_name")), "{did}");
    assert!(!json!(audit).to_string().contains("Ravi"));

    let foreign = app.hospital("Zen Hospital").await.staff(SystemRole::Nurse).await;
    assert_eq!(identify(&foreign, &unknown, json!({ "first_name": "X" })).await.status, 404);
    let looker = clinic.looker().await;
    assert_eq!(identify(&looker, &unknown, json!({ "first_name": "X" })).await.status, 403);
    assert_eq!(looker.post(UNIDENTIFIED, &json!({})).await.status, 403);
}

#[tokio::test]
async fn renaming_is_not_identifying_and_real_names_may_be_alike() {
    let app = TestApp::new().await;
    let (_clinic, nurse) = stage(&app).await;
    let (a, b) = (stranger(&nurse, json!({})).await, stranger(&nurse, json!({})).await);
    let name = json!({ "first_name": "Ravi", "last_name": "Kumar" });
    let said = nurse.patch(&path_of(&a), &name).await;
    assert_eq!((said.status, &said.json["is_unidentified"]), (200, &json!(true)), "somebody says so");
    assert_eq!(said.json["former_names"].as_array().unwrap().len(), 1);
    let twice = nurse.patch(&path_of(&b), &name).await;
    assert_eq!((twice.status, &twice.json["code"]), (409, &json!("patients.name_in_use")));
    // Once it is known there may be two of that name.
    assert_eq!(identify(&nurse, &b, name.clone()).await.status, 200);
    assert_eq!(identify(&nurse, &a, name).await.status, 200);
}

#[tokio::test]
async fn who_was_registered_before_is_merged_and_found_by_the_made_up_name() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let known = registered(&nurse, json!({ "first_name": "Ravi", "last_name": "Shah" })).await;
    for unknown_stays in [false, true] {
        let unknown = stranger(&nurse, json!({ "age_band": "ADULT" })).await;
        let (first, second, _) = words(&unknown);
        let (stays, goes) = if unknown_stays { (&unknown, &known) } else { (&known, &unknown) };
        let body = json!({ "duplicate_id": goes["id"], "reason": "Family came" });
        let merge = nurse.post(&format!("{}/merge", path_of(stays)), &body).await;
        assert_eq!(merge.status, 201, "{}", merge.text);
        let now = nurse.get(&path_of(&unknown)).await.json;
        assert_eq!(
            (&now["id"], &now["first_name"], &now["last_name"]),
            (&stays["id"], &json!("Ravi"), &json!("Shah"))
        );
        assert_eq!((&now["is_unidentified"], &now["dob"]), (&json!(false), &json!("1992-03-14")));
        assert_eq!(found(&nurse, &format!("{first} {second}")).await, ["Ravi"]);
        let again = identify(&nurse, goes, json!({ "first_name": "X" })).await;
        assert_eq!((again.status, &again.json["code"]), (409, &json!("patients.merged")));

        // Taken apart, unless the name has a new owner meanwhile.
        let undo = format!("{PATIENTS}/merges/{}/undo", merge.json["id"].as_str().unwrap());
        let other = stranger(&nurse, json!({})).await;
        let same = json!({ "first_name": first, "last_name": format!("{second} 0000") });
        assert_eq!(nurse.patch(&path_of(&other), &same).await.status, 200, "free while merged");
        let refused = nurse.post(&undo, &json!({ "reason": "Two people" })).await;
        assert_eq!((refused.status, &refused.json["code"]), (409, &json!("merges.name_in_use")));
        let free = json!({ "first_name": format!("Somebody {unknown_stays}") });
        assert_eq!(nurse.patch(&path_of(&other), &free).await.status, 200);
        let undone = nurse.post(&undo, &json!({ "reason": "Two people" })).await;
        assert_eq!(undone.status, 200, "{}", undone.text);
        assert_eq!(nurse.get(&path_of(&unknown)).await.json["is_unidentified"], true);
    }
    // On the page the choices stand as they will be taken.
    let unknown = stranger(&nurse, json!({})).await;
    let page = nurse.browser().await;
    let compare =
        page.get(&format!("/patients/{}/merge?with=P-00001", unknown["id"].as_str().unwrap())).await;
    assert!(compare.text.contains(r#"name="take.first_name" value="duplicate" checked"#), "{}", compare.text);
    assert_eq!(clinic.sql("select id from patients where merged_into is not null").await.len(), 0);
}

async fn next(reply: Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    reply.header("location").to_owned()
}

#[tokio::test]
async fn a_nurse_registers_and_identifies_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let page: Browser = nurse.browser().await;
    registered(
        &nurse,
        json!({ "first_name": "Ravi", "last_name": "Shah", "phone_primary": "+919822012345" }),
    )
    .await;
    for start in ["/today", "/patients"] {
        let text = page.get(start).await.text;
        assert!(text.contains(r#"href="/patients/unidentified" aria-keyshortcuts="u""#), "{start}");
    }
    let blank = page.get("/patients/unidentified").await;
    let key = blank.field("form_key").to_owned();
    let form =
        [("form_key", key.as_str()), ("sex", "MALE"), ("age_band", "ADULT"), ("note", "Red <b>jacket")];
    let wrong = page.submit("/patients/unidentified", &[("sex", "X"), ("note", &"x".repeat(501))]).await;
    assert!(wrong.status == 422 && wrong.text.contains("Error: Unidentified patient"), "{}", wrong.text);
    let to = next(page.submit("/patients/unidentified", &form).await).await;
    assert_eq!(next(page.submit("/patients/unidentified", &form).await).await, to, "one form, one patient");
    let shown = page.get(&to).await.text;
    let about = format!("about {}", jiff::Timestamp::now().in_tz("Asia/Kolkata").unwrap().year() - 52);
    for part in
        ["UNIDENTIFIED", "Nobody knows yet who this is", "Red &#60;b&#62;jacket", &about, ", estimated on "]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let list = page.get("/patients").await.text;
    assert!(list.contains("Unidentified</span>"), "{list}");

    let path = to.split('?').next().unwrap().to_owned();
    let identify = format!("{path}/identify");
    assert!(shown.contains(&format!(r#"href="{identify}""#)));
    let form = page.get(&identify).await;
    assert_eq!((form.field("version"), form.field("born")), ("1", about.as_str()));
    let born = form.field("born").to_owned();
    let mut typed = vec![
        ("version", "1"),
        ("first_name", ""),
        ("last_name", "Shah"),
        ("gender", "MALE"),
        ("born", born.as_str()),
        ("phone_primary", "098220 12345"),
    ];
    let nameless = page.submit(&identify, &typed).await;
    assert!(
        nameless.status == 422 && nameless.text.contains("First name: This is needed."),
        "{}",
        nameless.text
    );
    typed[1].1 = "Ravi";
    typed[4].1 = "tomorrow";
    assert!(page.submit(&identify, &typed).await.text.contains("id=\"born-error\""));
    typed[4].1 = &born;
    // Somebody looks alike: shown first, with the way to merge.
    let asked = page.submit(&identify, &typed).await;
    assert_eq!(asked.status, 409, "{}", asked.text);
    assert!(
        asked.text.contains("/merge?with=P-00002") && asked.text.contains("Identify anyway"),
        "{}",
        asked.text
    );
    let panel = page.submit(&format!("{identify}/alike"), &typed).await;
    assert!(panel.status == 200 && panel.text.contains("Merge into this record"), "{}", panel.text);
    typed.push(("anyway", "1"));
    typed.push(("anyway_reason", "OTHER_PERSON"));
    typed[0].1 = "7";
    assert_eq!(page.submit(&identify, &typed).await.status, 412);
    typed[0].1 = "1";
    assert_eq!(next(page.submit(&identify, &typed).await).await, format!("{path}?done=identified"));
    let shown = page.get(&format!("{path}?done=identified")).await.text;
    assert!(shown.contains("Ravi Shah") && shown.contains("Former names") && !shown.contains("UNIDENTIFIED"));
    assert_eq!(
        clinic.sql("select reason from duplicate_decisions").await,
        [json!({ "reason": "OTHER_PERSON" })]
    );
    assert_eq!(next(page.get(&identify).await).await, path, "nothing to identify any more");
    let looker = clinic.looker().await.browser().await;
    let text = looker.get("/today").await.text;
    assert!(!text.contains("/patients/unidentified"));
    assert_eq!(looker.get("/patients/unidentified").await.status, 403);
}
