//! What is not merged, and how pages say it.

use super::*;

#[tokio::test]
async fn what_must_not_be_merged_is_refused() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let a = registered(&desk, json!({ "first_name": "A", "blood_group": "A+" })).await;
    let b = registered(&desk, json!({ "first_name": "B", "blood_group": "O-" })).await;
    let dead = registered(&desk, json!({ "first_name": "D", "is_deceased": true })).await;
    let other = app.hospital("Other Clinic").await;
    let theirs = other.staff(SystemRole::Receptionist).await;
    let foreign = registered(&theirs, asha()).await;

    let code = |reply: &Reply| (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned());
    let code = |reply: Reply| code(&reply);
    let none = json!({});
    assert_eq!(code(merge(&desk, &a, &a, none.clone()).await), (409, "merges.same_patient".into()));
    assert_eq!(code(merge(&desk, &a, &b, none.clone()).await), (409, "merges.blood_groups_differ".into()));
    assert_eq!(code(merge(&desk, &a, &dead, none.clone()).await), (409, "merges.death_differs".into()));
    assert_eq!(merge(&desk, &a, &foreign, none.clone()).await.status, 404);
    assert_eq!(merge(&desk, &foreign, &a, none.clone()).await.status, 404);
    assert_eq!(merge(&desk, &a, &dead, json!({ "reason": " " })).await.status, 422);
    assert_eq!(merge(&desk, &a, &dead, json!({ "fields": { "shoe": "duplicate" } })).await.status, 422);
    let stale = json!({ "survivor_version": 7, "fields": { "death": "survivor" } });
    assert_eq!(code(merge(&desk, &a, &dead, stale).await), (412, "merges.version_conflict".into()));
    for staff in [clinic.looker().await, clinic.staff(SystemRole::Pharmacist).await] {
        assert_eq!(merge(&staff, &a, &b, none.clone()).await.status, 403);
        assert_eq!(staff.get(&format!("{PATIENTS}/merges")).await.status, 403);
    }
    assert!(clinic.sql("select id from merges").await.is_empty());

    let chosen = merge(&desk, &a, &dead, json!({ "fields": { "death": "duplicate" } })).await;
    assert_eq!(chosen.status, 201, "{}", chosen.text);
    assert_eq!(desk.get(&format!("{PATIENTS}/{a}")).await.json["is_deceased"], true);
    assert_eq!(undo(&theirs, &chosen.json).await.status, 404);
    let admin = clinic.admin().await;
    let second = merge(
        &admin,
        &a,
        &b,
        json!({ "reason": "Both typed again in the lab: O-", "fields": { "blood_group": "duplicate", "death": "survivor" } }),
    )
    .await;
    assert_eq!(second.status, 201, "{}", second.text);
    assert_eq!(desk.get(&format!("{PATIENTS}/{a}")).await.json["blood_group"], "O-");

    let list = desk.get(&format!("{PATIENTS}/merges?patient_id={b}")).await.json;
    assert_eq!((&list["total"], &list["items"][0]["duplicate_id"]), (&json!(1), &json!(b)));
    let audit = clinic.audit().await;
    let did = audit.iter().rfind(|row| row["kind"] == "merged").unwrap();
    assert_eq!((&did["entity_id"], &did["detail"]["duplicate_id"]), (&json!(a), &json!(b)));
    assert!(!did.to_string().contains("O-"), "names of fields, never values");
}

#[tokio::test]
async fn the_desk_compares_merges_and_undoes_without_a_script() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let (survivor, duplicate) = (registered(&desk, asha()).await, registered(&desk, aasha()).await);
    let page = desk.browser().await;
    let path = format!("/patients/{survivor}/merge");
    assert!(page.get(&path).await.text.contains("Code of the other record"));
    let nobody = page.get(&format!("{path}?with=P-99999")).await;
    assert!(nobody.status == 404 && nobody.text.contains("was not found"), "{}", nobody.text);
    let both = page.get(&format!("{path}?with=p-00002")).await;
    assert_eq!(both.status, 200);
    for part in [
        "Asha",
        "Aasha",
        "12 MG Road",
        "Both kept",
        "take.first_name",
        "Merge P-00002 into P-00001",
        "14 Mar 1992",
    ] {
        assert!(both.text.contains(part), "{part} in {}", both.text);
    }
    let form = [
        ("duplicate_id", duplicate.as_str()),
        ("survivor_version", "1"),
        ("duplicate_version", "1"),
        ("take.first_name", "duplicate"),
    ];
    let blank = page.submit(&path, &form).await;
    assert!(blank.status == 422 && blank.text.contains("Reason: This is needed."), "{}", blank.text);
    let mut whole = form.to_vec();
    whole.push(("reason", "Same passport"));
    let done = page.submit(&path, &whole).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, format!("/patients/{survivor}?done=merged").as_str())
    );
    let shown = page.get(done.header("location")).await;
    assert!(shown.text.contains("Aasha Kulkarni") && shown.text.contains("Records merged."));
    let twice = page.submit(&path, &whole).await;
    assert!(
        twice.status == 409 && twice.text.contains("merged into another record already"),
        "{}",
        twice.text
    );

    let list = page.get("/patients/merges").await;
    assert!(list.text.contains("Same passport") && list.text.contains("P-00002"));
    let id = clinic.sql("select id from merges").await[0]["id"].as_str().unwrap().to_owned();
    let action = format!("/patients/merges/{id}/undo");
    assert_eq!(page.submit(&action, &[("reason", "")]).await.status, 422);
    let undone = page.submit(&action, &[("reason", "Sisters")]).await;
    assert_eq!((undone.status, undone.header("location")), (303, "/patients/merges?done=unmerged"));
    let again = page.submit(&action, &[("reason", "Sisters")]).await;
    assert!(again.status == 409 && again.text.contains("undone already"), "{}", again.text);
    assert_eq!(desk.get(PATIENTS).await.json["total"], 2);
}

#[tokio::test]
async fn blood_is_never_guessed_from_who_somebody_is_said_to_be() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let known = registered(&desk, json!({ "first_name": "Ravi", "blood_group": "O-" })).await;
    let stranger = desk.post(&format!("{PATIENTS}/unidentified"), &json!({})).await.json;
    let stranger = stranger["id"].as_str().unwrap().to_owned();
    for (stays, goes) in [(&known, &stranger), (&stranger, &known)] {
        let refused = merge(&desk, stays, goes, json!({})).await;
        assert_eq!((refused.status, &refused.json["code"]), (409, &json!("merges.blood_group_guessed")));
    }
    let compare = desk.browser().await.get(&format!("/patients/{known}/merge?with={stranger}")).await;
    assert!(compare.text.contains("has no tested blood group"), "{}", compare.text);
    // A second person may; also then the stranger's record takes over no group.
    let admin = clinic.admin().await;
    let done = merge(&admin, &stranger, &known, json!({})).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let now = desk.get(&format!("{PATIENTS}/{stranger}")).await.json;
    assert_eq!((&now["first_name"], &now["blood_group"]), (&json!("Ravi"), &Value::Null));
    assert_eq!(undo(&admin, &done.json).await.status, 200);
    // Tested here, while nobody knew who it is: that is nobody's guess.
    desk.patch(&format!("{PATIENTS}/{stranger}"), &json!({ "blood_group": "O-" })).await;
    assert_eq!(merge(&desk, &stranger, &known, json!({})).await.status, 201);
}

#[tokio::test]
async fn a_birth_after_the_death_is_told_by_name() {
    let app = TestApp::new().await;
    let (_clinic, desk) = stage(&app).await;
    let a = registered(&desk, json!({ "first_name": "A", "date_of_death": "1990-01-01" })).await;
    let b = registered(&desk, json!({ "first_name": "A", "is_deceased": true, "dob": "1995-05-05" })).await;
    let refused = merge(&desk, &a, &b, json!({})).await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (409, &json!("merges.born_after_death")),
        "{}",
        refused.text
    );
    assert!(
        refused.detail().contains("Born") && refused.detail().contains("Deceased"),
        "{}",
        refused.detail()
    );
    desk.patch(&format!("{PATIENTS}/{b}"), &json!({ "dob": "1985-05-05" })).await;
    merged(&desk, &a, &b).await;
}

#[tokio::test]
async fn an_address_and_the_reason_for_none_are_one_decision() {
    let app = TestApp::new().await;
    let (_clinic, desk) = stage(&app).await;
    let none = json!({ "first_name": "A", "no_address_reason": "NONE" });
    let place = json!({ "first_name": "A", "city": "Pune" });
    for (mine, theirs) in [(&none, &place), (&place, &none)] {
        let (a, b) = (registered(&desk, mine.clone()).await, registered(&desk, theirs.clone()).await);
        let merge = merged(&desk, &a, &b).await;
        let now = desk.get(&format!("{PATIENTS}/{a}")).await.json;
        assert_eq!((&now["city"], &now["no_address_reason"]), (&json!("Pune"), &Value::Null));
        assert_eq!(undo(&desk, &merge).await.status, 200);
        let now = desk.get(&format!("{PATIENTS}/{a}")).await.json;
        assert_eq!(now["no_address_reason"], mine["no_address_reason"]);
    }
}

#[tokio::test]
async fn children_that_collide_are_told_on_the_page_and_so_is_who_looked() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let mut mothers = Vec::new();
    for name in ["Anna", "Ana"] {
        let mother = registered(&desk, json!({ "first_name": name, "gender": "FEMALE" })).await;
        let born_at = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string();
        let child = json!({ "sex": "MALE", "born_at": born_at });
        assert_eq!(desk.post(&format!("{PATIENTS}/{mother}/newborns"), &child).await.status, 201);
        mothers.push(mother);
    }
    let form = [
        ("duplicate_id", mothers[1].as_str()),
        ("survivor_version", "1"),
        ("duplicate_version", "1"),
        ("reason", "The same woman"),
    ];
    let page = desk.browser().await;
    let path = format!("/patients/{}/merge", mothers[0]);
    let told = page.submit(&path, &form).await;
    assert!(
        told.status == 409 && told.text.contains("merge the children first"),
        "{} {}",
        told.status,
        told.text
    );
    assert!(told.text.contains("The same woman"), "what was typed is kept");

    let looks = async || {
        let rows = clinic.audit().await;
        let looks =
            rows.iter().filter(|row| row["kind"] == "viewed" && row["entity_id"] == json!(mothers[0]));
        looks.count()
    };
    let before = looks().await;
    assert_eq!(page.get(&format!("{path}?with=P-99999")).await.status, 404);
    assert_eq!(looks().await, before + 1, "her name stood above the refusal");
}
