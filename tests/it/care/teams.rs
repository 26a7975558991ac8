//! Care teams: who is put on one, from when to when, and who may not put themselves there.

use super::*;

#[tokio::test]
async fn a_care_team_opens_a_record_from_its_beginning_to_its_end() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let ben = me(&stage.ben).await;
    let body = json!({ "user_id": ben, "since": later(&app, 600), "until": later(&app, 1200), "note": "Takes over" });
    let made = assign(&stage.admin, &stage.path(0), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        (&made.json["kind"], &made.json["is_current"]),
        (&json!("TEAM"), &json!(false)),
        "{}",
        made.text
    );
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "not yet");
    app.app.clock.shift(700);
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200);
    assert_eq!(shown(&stage.ben, &[]).await, ["P-00001"]);
    assert_eq!(shown(&stage.ben, &[("search", "Ash")]).await, ["P-00001"], "by any part of the name");
    let changed = stage.ben.patch(&stage.path(0), &json!({ "city": "Pune" })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    app.app.clock.shift(600);
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "over");
    assert!(shown(&stage.ben, &[]).await.is_empty());

    // A department's team is its doctors'; ended by hand.
    let pediatrics = department(&stage.clinic, "Pediatrics").await;
    let made = assign(&stage.admin, &stage.path(0), json!({ "department_id": pediatrics })).await;
    assert_eq!((made.status, &made.json["name"]), (201, &json!("Pediatrics")), "{}", made.text);
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200);
    assert_eq!(code(&stage.ana.get(&stage.path(0)).await), not_linked(), "of another department");
    let end = format!("{}/care-team/{}/end", stage.path(0), made.json["id"].as_str().unwrap());
    assert_eq!(code(&stage.ana.post(&end, &json!({})).await), not_linked(), "by a stranger");
    let ended = stage.ben.post(&end, &json!({})).await;
    assert_eq!((ended.status, &ended.json["is_current"]), (200, &json!(false)), "{}", ended.text);
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked());
    assert_eq!(code(&stage.admin.post(&end, &json!({})).await), (409, "care.over".into()));
    let wrong = format!("{}/care-team/{}/end", stage.path(1), made.json["id"].as_str().unwrap());
    assert_eq!(stage.admin.post(&wrong, &json!({})).await.status, 404, "of another patient");

    let team = stage.admin.get(&format!("{}/care-team", stage.path(0))).await;
    assert_eq!(team.json["members"].as_array().unwrap().len(), 2, "{}", team.text);
    let rows = stage.clinic.audit().await;
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((of("care_assigned"), of("care_ended")), (2, 1));
    assert!(!serde_json::to_string(&rows).unwrap().contains("Takes over"), "the note is kept elsewhere");
}

#[tokio::test]
async fn nobody_puts_themselves_on_the_team_of_a_patient_who_is_not_theirs() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let ben = json!({ "user_id": me(&stage.ben).await });
    assert_eq!(code(&assign(&stage.ben, &stage.path(0), ben.clone()).await), not_linked());
    assert_eq!(break_glass(&stage.ben, &stage.path(0)).await.status, 201);
    let refused = assign(&stage.ben, &stage.path(0), ben.clone()).await;
    assert_eq!(code(&refused), (403, "patients.opened_with_reason".into()), "four hours would never end");
    let page = stage.ben.browser().await;
    let team = page.get(&format!("{}/care-team", stage.page(0))).await;
    assert!(team.status == 200 && !team.text.contains("Add to the care team"), "{}", team.text);
    let id = me(&stage.ben).await;
    let fields = [("user_id", id.as_str().unwrap())];
    assert_eq!(page.submit(&format!("{}/care-team", stage.page(0)), &fields).await.status, 403);
    // Nor by merging it into one of their own.
    let own = registered(&stage.ben, json!({ "first_name": "Mine" })).await;
    for (survivor, duplicate) in [(path_of(&own), &stage.patients[0]), (stage.path(0), &own)] {
        let body = json!({ "duplicate_id": duplicate["id"], "reason": "The same" });
        let refused = stage.ben.post(&format!("{survivor}/merge"), &body).await;
        assert_eq!(code(&refused), (403, "patients.opened_with_reason".into()), "{}", refused.text);
    }
    // Nor may those whose role does not assign teams.
    assert_eq!(
        code(&assign(&stage.desk, &stage.path(0), ben).await),
        (403, "auth.permission_missing".into())
    );
    assert!(stage.clinic.sql("select id from care_relations").await.is_empty());
}

#[tokio::test]
async fn of_two_who_add_the_same_person_at_once_one_does() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (a, b) = (stage.admin.again().await, stage.nurse.again().await);
    let body = json!({ "user_id": me(&stage.ben).await });
    for _ in 0..5 {
        let path = path_of(&registered(&stage.desk, json!({ "first_name": "Gita" })).await);
        let (one, other) = tokio::join!(assign(&a, &path, body.clone()), assign(&b, &path, body.clone()));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", one.text, other.text);
    }
    let later = json!({ "user_id": me(&stage.ben).await, "since": later(&app, 60) });
    let again = assign(&stage.admin, &stage.path(0), body).await;
    assert_eq!(again.status, 201);
    assert_eq!(code(&assign(&stage.admin, &stage.path(0), later).await), (409, "care.on_team".into()));
}

#[tokio::test]
async fn a_merge_takes_the_care_along_and_gives_it_back() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let ben = json!({ "user_id": me(&stage.ben).await });
    for n in [0, 1] {
        assert_eq!(assign(&stage.admin, &stage.path(n), ben.clone()).await.status, 201);
    }
    let cardiology = json!({ "department_id": department(&stage.clinic, "Cardiology").await });
    assert_eq!(assign(&stage.admin, &stage.path(1), cardiology).await.status, 201);
    let body = json!({ "duplicate_id": stage.patients[1]["id"], "reason": "The same" });
    let merged = stage.admin.post(&format!("{}/merge", stage.path(0)), &body).await;
    assert_eq!(
        (merged.status, &merged.json["moved"]["care_relations.patient_id"]),
        (201, &json!(1)),
        "{}",
        merged.text
    );
    assert_eq!(shown(&stage.ana, &[]).await.len(), 2, "the department's team went along");
    assert_eq!(stage.ana.get(&stage.path(1)).await.json["id"], stage.patients[0]["id"]);
    assert_eq!(shown(&stage.ben, &[]).await, ["P-00001"]);
    // Who registered a record that is part of another one now still knows the patient.
    let body = json!({ "duplicate_id": stage.patients[2]["id"], "reason": "The same" });
    let third = registered(&stage.desk, json!({ "first_name": "Hari" })).await;
    let other = stage.admin.post(&format!("{}/merge", path_of(&third)), &body).await;
    assert_eq!(other.status, 201, "{}", other.text);
    assert_eq!(stage.ana.get(&path_of(&third)).await.status, 200);
    let seen = stage.ben.get(&format!("{PATIENTS}/merges")).await;
    assert!(!seen.text.contains("Chandra") && !seen.text.contains("Hari"), "{}", seen.text);
    assert!(!stage.ben.browser().await.get("/patients/merges").await.text.contains("Chandra"));

    let undo = format!("{PATIENTS}/merges/{}/undo", merged.json["id"].as_str().unwrap());
    assert_eq!(stage.admin.post(&undo, &json!({ "reason": "Two" })).await.status, 200);
    assert_eq!(stage.ana.get(&stage.path(1)).await.status, 200);
    assert_eq!(code(&stage.ana.get(&stage.path(0)).await), not_linked());
    let mut both = shown(&stage.ben, &[]).await;
    both.sort_unstable();
    assert_eq!(both, ["P-00001", "P-00002"]);
}

#[tokio::test]
async fn who_cares_for_a_mother_cares_for_her_newborn() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let mother = registered(&stage.desk, json!({ "first_name": "Indu", "dob": "1990-01-01" })).await;
    let ben = json!({ "user_id": me(&stage.ben).await });
    assert_eq!(assign(&stage.admin, &path_of(&mother), ben).await.status, 201);
    let born_at = (app.app.clock.now() - jiff::SignedDuration::from_hours(1)).to_string();
    let body = json!({ "sex": "FEMALE", "born_at": born_at });
    let born = stage.nurse.post(&format!("{}/newborns", path_of(&mother)), &body).await;
    assert_eq!(born.status, 201, "{}", born.text);
    let girl = path_of(&born.json["newborns"][0]);
    assert_eq!(stage.ben.get(&girl).await.status, 200);
    assert_eq!(code(&stage.ana.get(&girl).await), not_linked());
}

#[tokio::test]
async fn the_page_of_a_care_team_adds_and_ends() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let (nurse, to) = (stage.nurse.browser().await, format!("{}/care-team", stage.page(0)));
    assert!(nurse.get(&stage.page(0)).await.text.contains("Care team"), "a part of the record");
    assert!(nurse.get(&to).await.text.contains("Nobody is on the care team yet"));
    let nobody = nurse.submit(&to, &[("user_id", ""), ("until", "never")]).await;
    assert!(nobody.status == 422 && nobody.text.contains("id=\"until-error\""), "{}", nobody.text);
    let ben = me(&stage.ben).await;
    let fields = [("user_id", ben.as_str().unwrap()), ("note", "After the operation")];
    let added = nurse.submit(&to, &fields).await;
    assert_eq!(
        (added.status, added.header("location")),
        (303, format!("{to}?done=assigned").as_str()),
        "{}",
        added.text
    );
    let twice = nurse.submit(&to, &fields).await;
    assert!(twice.status == 409 && twice.text.contains("already"), "{}", twice.text);
    let shown = nurse.get(&to).await.text;
    assert!(shown.contains("Cares now") && shown.contains("After the operation"), "{shown}");
    let id = stage.clinic.sql("select id from care_relations").await[0]["id"].clone();
    let ended = nurse.submit(&format!("{to}/{}/end", id.as_str().unwrap()), &[]).await;
    assert_eq!(ended.header("location"), format!("{to}?done=care-ended"), "{}", ended.text);
    assert!(nurse.get(&to).await.text.contains("Over"));
    let desk = stage.desk.browser().await.get(&to).await;
    assert!(desk.status == 200 && !desk.text.contains("Add to the care team"), "{}", desk.text);
}
