//! A name is known: identified, or merged with who was registered before.

use super::*;

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

#[tokio::test]
async fn a_made_up_name_of_another_is_told_on_the_form_for_changes() {
    let app = TestApp::new().await;
    let (_clinic, nurse) = stage(&app).await;
    let (a, b) = (stranger(&nurse, json!({})).await, stranger(&nurse, json!({})).await);
    let form = [
        ("version", "1"),
        ("first_name", b["first_name"].as_str().unwrap()),
        ("last_name", b["last_name"].as_str().unwrap()),
        ("change_reason", "Typed wrong"),
    ];
    let edit = format!("/patients/{}/edit", a["id"].as_str().unwrap());
    let told = nurse.browser().await.submit(&edit, &form).await;
    assert!(
        told.status == 409 && told.text.contains("has this name already"),
        "{} {}",
        told.status,
        told.text
    );
    assert!(told.text.contains("Typed wrong"), "what was typed is kept");
}

#[tokio::test]
async fn consents_are_asked_again_when_somebody_is_identified() {
    let app = TestApp::new().await;
    let (clinic, nurse) = stage(&app).await;
    let unknown = stranger(&nurse, json!({})).await;
    let path = path_of(&unknown);
    let agreed = json!({ "phone_primary": "+919822012345", "email": "a@example.org", "consent_sms": true, "consent_email": true });
    assert_eq!(nurse.patch(&path, &agreed).await.status, 200);
    let page = nurse.browser().await;
    let identify = format!("/patients/{}/identify", unknown["id"].as_str().unwrap());
    let form = page.get(&identify).await;
    assert!(form.text.matches("<option value=\"true\" selected>").count() == 2, "{}", form.text);
    let typed = |name: &'static str| {
        vec![
            ("version", "2"),
            ("first_name", name),
            ("gender", "UNKNOWN"),
            ("born", "unknown"),
            ("phone_primary", "+91 98220 12345"),
            ("email", "a@example.org"),
            ("consent_sms", "false"),
            ("consent_email", "true"),
        ]
    };
    // A fault is a look at the record.
    assert_eq!(page.submit(&identify, &typed("")).await.status, 422);
    let rows = clinic.audit().await;
    let look = rows.last().unwrap();
    assert_eq!((&look["kind"], &look["entity_id"]), (&json!("viewed"), &unknown["id"]));
    assert_eq!(nurse.get(&path).await.json["is_unidentified"], true, "nothing of it was written");
    assert_eq!(
        next(page.submit(&identify, &typed("Ravi")).await).await,
        format!("/patients/{}?done=identified", unknown["id"].as_str().unwrap())
    );
    let now = nurse.get(&path).await.json;
    assert_eq!((&now["consent_sms"], &now["consent_email"]), (&json!(false), &json!(true)));
    let kept = nurse.get(&format!("{path}/consents")).await.json;
    let answers: Vec<_> =
        kept["answers"].as_array().unwrap().iter().map(|a| (&a["kind"], &a["given"], &a["source"])).collect();
    assert_eq!(answers.len(), 3, "a yes that stood there was not asked again: {answers:?}");
    assert_eq!(answers[0], (&json!("SMS"), &json!(false), &json!("DESK")));
}
