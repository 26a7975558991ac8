//! Look-alikes and merges: no way around what a record keeps to itself.

use super::*;

#[tokio::test]
async fn look_alikes_and_merges_tell_no_more_than_lists() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other_desk = stage.clinic.staff(SystemRole::Receptionist).await;
    let check = format!(
        "{PATIENTS}/check-duplicates?first_name=Rekha&last_name=Rekhason&dob=1992-03-14&phone_primary=%2B46855500142"
    );
    let alike = other_desk.get(&check).await;
    let candidates: BTreeSet<&str> = alike.json["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| candidate["patient_code"].as_str().unwrap())
        .collect();
    assert_eq!(candidates, BTreeSet::from(["P-00001", "P-00002"]), "{}", alike.text);
    tells_nothing("the check for duplicates", &alike);
    let restricted = &alike.json["candidates"][1];
    assert_eq!((&restricted["phone_primary"], &restricted["dob"]), (&Value::Null, &Value::Null));
    assert!(!restricted["match_reason"].as_str().unwrap().contains("phone"), "{restricted}");
    let form = [
        ("first_name", "Vidya"),
        ("last_name", "Vidyason"),
        ("born", "14/03/1992"),
        ("phone_primary", "+46 8 5550 0142"),
    ];
    let panel = other_desk.browser().await.submit("/patients/duplicates", &form).await;
    assert!(panel.text.contains("P-00002") && !panel.text.contains("P-00003"), "{}", panel.text);
    tells_nothing("the panel", &panel);
    assert!(panel.text.contains("not shown") && !panel.text.contains("Vidyason"));

    // Comparing opens both.
    let page = other_desk.browser().await;
    let compare = page.get(&format!("{}/merge?with=P-00003", stage.page(0))).await;
    assert_eq!(compare.status, 403, "{}", compare.text);
    tells_nothing("the comparison", &compare);
    let merge = json!({ "duplicate_id": stage.patients[2]["id"], "reason": "The same" });
    let refused = other_desk.post(&format!("{}/merge", stage.path(0)), &merge).await;
    assert_eq!(code(&refused), (403, "patients.confidential".into()), "{}", refused.text);

    // Merged by somebody who may: the survivor is as confidential as the stricter one, and the list of merges too.
    let merged = stage.doctor.post(&format!("{}/merge", stage.path(1)), &merge).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    assert_eq!(stage.doctor.get(&stage.path(1)).await.json["confidentiality"], "V");
    let seen = other_desk.get(&format!("{PATIENTS}/merges")).await;
    assert_eq!(seen.json["total"], 0, "{}", seen.text);
    let body = json!({ "duplicate_id": stage.patients[1]["id"], "reason": "Whose name is Vidya" });
    let id = merged.json["id"].as_str().unwrap();
    let undo = other_desk.post(&format!("{PATIENTS}/merges/{id}/undo"), &json!({ "reason": "No" })).await;
    assert_eq!(code(&undo), (403, "patients.confidential".into()));
    assert_eq!(
        stage.doctor.post(&format!("{PATIENTS}/merges/{id}/undo"), &json!({ "reason": "No" })).await.status,
        200
    );
    // One that is only restricted is listed, without names and reason.
    assert_eq!(stage.doctor.post(&format!("{}/merge", stage.path(0)), &body).await.status, 201);
    let seen = other_desk.get(&format!("{PATIENTS}/merges")).await;
    assert_eq!((&seen.json["total"], &seen.json["items"][0]["reason"]), (&json!(1), &json!("Restricted")));
    tells_nothing("the list of merges", &seen);
    tells_nothing("the page of merges", &page.get("/patients/merges").await);
}

#[tokio::test]
async fn a_withheld_look_alike_tells_the_same_whatever_is_alike() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other_desk = stage.clinic.staff(SystemRole::Receptionist).await;
    let (phone, other) = ("phone_primary=%2B46855500142", "phone_primary=%2B919011199999");
    let mut told = BTreeSet::new();
    for query in [
        format!("first_name=Rekha&last_name=Rekhason&dob=1992-03-14&{phone}"),
        format!("first_name=Rekha&last_name=Rekhason&{phone}"),
        format!("first_name=Rekha&{phone}"),
        format!("first_name=Ravi&{phone}"),
        format!("first_name=Rekha&last_name=Rekhason&dob=1992-03-14&{other}"),
    ] {
        let reply = other_desk.get(&format!("{PATIENTS}/check-duplicates?{query}")).await;
        let candidates = reply.json["candidates"].as_array().unwrap_or_else(|| panic!("{}", reply.text));
        let last = candidates.last().unwrap();
        assert_eq!(last["patient_code"], "P-00002", "behind all others: {query}");
        told.insert(last.to_string());
    }
    assert_eq!(told.len(), 1, "{told:?}");
    // The desk is asked, and a reason is no more than welcome: a whole match would need one.
    let form = [
        ("first_name", "Rekha"),
        ("last_name", "Rekhason"),
        ("born", "14/03/1992"),
        ("phone_primary", "+46 8 5550 0142"),
        ("gender", "FEMALE"),
        ("city", "Pune"),
    ];
    let page = other_desk.browser().await;
    let asked = page.submit("/patients/new", &form).await;
    assert_eq!(asked.status, 409, "{}", asked.text);
    assert!(asked.text.contains("Why register anyway <span class=\"optional\">"), "{}", asked.text);
    let anyway = [&form[..], &[("anyway", "1")]].concat();
    assert_eq!(page.submit("/patients/new", &anyway).await.status, 303);
}

#[tokio::test]
async fn an_undone_merge_leaves_nothing_of_the_other_person_in_the_history() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let secrets = json!({ "email": "vidya@example.org", "national_id_type": "Passport", "national_id_number": "V1234567" });
    assert_eq!(stage.doctor.patch(&stage.path(2), &secrets).await.status, 200);
    let body = json!({ "duplicate_id": stage.patients[2]["id"], "reason": "Vidya is her other name" });
    let merged = stage.doctor.post(&format!("{}/merge", stage.path(0)), &body).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    let standing = &history(&stage.doctor, &stage.path(0)).await[0];
    assert_eq!(
        (&standing["new_values"]["national_id_number"], &standing["reason"], &standing["is_withheld"]),
        (&json!("V1234567"), &json!("Vidya is her other name"), &json!(false)),
        "while it stands, to who may see both"
    );
    let undo = format!("{PATIENTS}/merges/{}/undo", merged.json["id"].as_str().unwrap());
    let undone = stage.doctor.post(&undo, &json!({ "reason": "Vidya is her sister" })).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    // As such an entry was written before.
    stage
        .clinic
        .sql(&format!(
            "insert into patient_changes (id, patient_id, action, reason, old_values, new_values, changed_by_id, changed_at)
             values (gen_random_uuid(), '{}', 'MERGE', 'Vidya too', '{{\"email\": null}}', '{{\"email\": \"vidya@example.org\"}}',
                     gen_random_uuid(), now())",
            stage.patients[0]["id"].as_str().unwrap()
        ))
        .await;

    let read = stage.nurse.get(&format!("{}/history", stage.path(0))).await;
    let page = stage.nurse.browser().await.get(&format!("{}/history", stage.page(0))).await;
    for (what, reply) in [("the history", &read), ("its page", &page)] {
        assert_eq!(reply.status, 200, "{what}: {}", reply.text);
        tells_nothing(what, reply);
        for secret in ["vidya", "V1234567", "sister", "other name"] {
            assert!(!reply.text.contains(secret), "{what} tells {secret}: {}", reply.text);
        }
    }
    assert!(page.text.contains("Identity document") && page.text.contains("Not shown"), "{}", page.text);
    let entries = read.json["items"].as_array().unwrap();
    for action in ["MERGE", "UNMERGE"] {
        let entry =
            entries.iter().find(|e| e["action"] == action && e["new_values"]["national_id_number"].is_null());
        let entry = entry.unwrap_or_else(|| panic!("{action} in {}", read.text));
        assert_eq!((&entry["is_withheld"], &entry["reason"]), (&json!(true), &Value::Null), "{entry}");
    }
    // Who may see both reads why, and no value of the other person either.
    let whole = history(&stage.doctor, &stage.path(0)).await;
    assert!(whole.iter().any(|entry| entry["reason"] == "Vidya is her sister"), "{whole:?}");
    assert!(!json!(whole).to_string().contains("V1234567"), "{whole:?}");
}

#[tokio::test]
async fn who_opened_a_record_with_a_reason_cannot_keep_it_by_merging() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let mine = registered(&stage.nurse, json!({ "first_name": "Mine" })).await;
    assert_eq!(break_glass(&stage.nurse, &stage.path(2)).await.status, 201);
    let merge = async |person: &Client, survivor: &str, duplicate: &Value| {
        let body = json!({ "duplicate_id": duplicate["id"], "reason": "The same" });
        person.post(&format!("{survivor}/merge"), &body).await
    };
    let refusal = (403, "patients.may_not_restrict".to_owned());
    assert_eq!(code(&merge(&stage.nurse, &path_of(&mine), &stage.patients[2]).await), refusal);
    assert_eq!(code(&merge(&stage.nurse, &stage.path(2), &mine).await), refusal);
    let compared = stage.nurse.browser().await;
    let compared =
        compared.get(&format!("/patients/{}/merge?with=P-00003", mine["id"].as_str().unwrap())).await;
    assert!(compared.status == 403 && !compared.text.contains("Vidya"), "{}", compared.text);
    // Nor does who registered it make another one's record as confidential as hers.
    assert_eq!(code(&merge(&stage.desk, &path_of(&mine), &stage.patients[2]).await), refusal);
    assert_eq!(stage.nurse.get(&path_of(&mine)).await.json["confidentiality"], "N");
    app.app.clock.shift(4 * 3600 + 60);
    assert_eq!(stage.nurse.again().await.get(&stage.path(2)).await.status, 403, "closed again");

    // Lifting by undoing takes the right as well.
    let merged = merge(&stage.doctor.again().await, &path_of(&mine), &stage.patients[2]).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    let undo = format!("{PATIENTS}/merges/{}/undo", merged.json["id"].as_str().unwrap());
    let refused = stage.nurse.again().await.post(&undo, &json!({ "reason": "Mine" })).await;
    assert_eq!(code(&refused), refusal, "{}", refused.text);
    assert_eq!(stage.doctor.again().await.post(&undo, &json!({ "reason": "No" })).await.status, 200);
}

#[tokio::test]
async fn while_a_merge_stands_both_names_follow_the_stricter_level() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other_desk = stage.clinic.staff(SystemRole::Receptionist).await;
    let stays = registered(&stage.desk, json!({ "first_name": "Asha" })).await;
    let goes = registered(&stage.desk, json!({ "first_name": "Rekha" })).await;
    let body = json!({ "duplicate_id": goes["id"], "reason": "The same" });
    let merged = stage.desk.post(&format!("{}/merge", path_of(&stays)), &body).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    let page = other_desk.browser().await;
    assert!(page.get("/patients/merges").await.text.contains("Rekha"));
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(stage.doctor.patch(&path_of(&stays), &mark).await.status, 200);
    let seen = page.get("/patients/merges").await;
    assert!(seen.text.contains(goes["patient_code"].as_str().unwrap()), "{}", seen.text);
    tells_nothing("the page of merges", &seen);
}
