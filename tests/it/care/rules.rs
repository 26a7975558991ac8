//! The hospital's choice: who makes it, for whom it holds, and that it holds at once and everywhere.

use super::*;

#[tokio::test]
async fn off_is_as_it_ever_was() {
    let app = TestApp::new().await;
    let stage = Stage::off(&app).await;
    let rules = stage.admin.get(RULES).await;
    assert_eq!((&rules.json["row_rules"], rules.header("etag")), (&json!(false), "\"1\""), "{}", rules.text);
    for person in [&stage.ana, &stage.ben, &stage.nurse] {
        assert_eq!(shown(person, &[]).await.len(), 3);
        assert_eq!(shown(person, &[("search", "Bela")]).await, ["P-00002"]);
        for n in 0..3 {
            assert_eq!(person.get(&stage.path(n)).await.status, 200);
        }
    }
    let broken = break_glass(&stage.ben, &stage.path(0)).await;
    assert_eq!(code(&broken), (409, "patients.not_restricted".into()));
    assert!(!stage.ana.browser().await.get("/patients").await.text.contains("My patients"));
}

#[tokio::test]
async fn the_choice_holds_at_once_on_every_instance_and_is_on_record() {
    let app = TestApp::new().await;
    let stage = Stage::off(&app).await;
    let second = app.second_instance().await;
    let elsewhere = stage.ben.on(&second.router);
    assert_eq!(elsewhere.get(&stage.path(0)).await.status, 200);
    switch(&stage.admin, true).await;
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked(), "here at once");
    let heard = tokio::time::timeout(std::time::Duration::from_secs(1), async {
        while elsewhere.get(&stage.path(0)).await.status != 403 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    heard.await.expect("elsewhere within a second");
    switch(&stage.admin, false).await;
    assert_eq!(stage.ben.get(&stage.path(0)).await.status, 200, "and off again");

    for person in [&stage.desk, &stage.ana, &stage.nurse] {
        let refused = person.patch(RULES, &json!({ "row_rules": true })).await;
        assert_eq!(code(&refused), (403, "auth.permission_missing".into()), "{}", refused.text);
    }
    let stale = stage.admin.patch(RULES, &json!({ "row_rules": true, "version": 1 })).await;
    assert_eq!(code(&stale), (412, "care.version_conflict".into()));
    assert_eq!(stage.admin.patch(RULES, &json!({})).await.status, 422);
    let rows = stage.clinic.audit().await;
    let kinds: Vec<&str> = rows.iter().filter_map(|row| row["kind"].as_str()).collect();
    for kind in ["row_rules_on", "row_rules_off"] {
        assert_eq!(kinds.iter().filter(|k| **k == kind).count(), 1, "{kind}");
    }

    // By the page, which says what it does.
    let page = stage.admin.browser().await;
    let form = page.get("/settings/care").await;
    for part in ["Nobody is shut out", "2 doctors are", "1 nurse", "Off now"] {
        assert!(form.text.contains(part), "{part} in {}", form.text);
    }
    assert!(page.get("/settings/hospital").await.text.contains("href=\"/settings/care\""));
    let version = form.field("version").to_owned();
    for (row_rules, version, status) in [("maybe", version.as_str(), 422), ("on", "1", 412)] {
        let refused = page.submit("/settings/care", &[("row_rules", row_rules), ("version", version)]).await;
        assert_eq!(refused.status, status, "{}", refused.text);
    }
    let saved = page.submit("/settings/care", &[("row_rules", "on"), ("version", &version)]).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/settings/care?done=saved"),
        "{}",
        saved.text
    );
    assert_eq!(code(&stage.ben.get(&stage.path(0)).await), not_linked());
    assert_eq!(stage.desk.browser().await.get("/settings/care").await.status, 403);
}

#[tokio::test]
async fn the_roles_decide_and_not_their_names() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let ben = me(&stage.ben).await;
    let ben = ben.as_str().unwrap();
    let give = async |key: &str| {
        let query = format!(
            "insert into user_roles (user_id, role_id) select '{ben}', id from roles where system_key = '{key}'"
        );
        stage.clinic.sql(&query).await;
        let person = stage.ben.again().await;
        let status = person.get(&stage.path(0)).await.status;
        stage
            .clinic
            .sql(&format!(
                "delete from user_roles u using roles r where r.id = u.role_id and u.user_id = '{ben}' and r.system_key = '{key}'"
            ))
            .await;
        status
    };
    for (key, status) in [("RECEPTIONIST", 200), ("HOSPITAL_ADMIN", 200), ("NURSE", 403), ("PHARMACIST", 403)]
    {
        assert_eq!(give(key).await, status, "a doctor who is {key} too");
    }
    // A role of the hospital's own is no system role, whatever it is called.
    stage
        .clinic
        .sql(&format!(
            "delete from user_roles where user_id = '{ben}';
             insert into roles (id, name) values ('00000000-0000-7000-8000-000000000001', 'doctor (own)');
             insert into role_permissions values ('00000000-0000-7000-8000-000000000001', 'patients:view');
             insert into user_roles (user_id, role_id) values ('{ben}', '00000000-0000-7000-8000-000000000001')"
        ))
        .await;
    assert_eq!(stage.ben.again().await.get(&stage.path(0)).await.status, 200);
}

#[tokio::test]
async fn one_hospitals_choice_and_people_are_none_of_anothers() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other = app.hospital("Other").await;
    let (desk, doctor) = (other.staff(SystemRole::Receptionist).await, other.staff(SystemRole::Doctor).await);
    let theirs = registered(&desk, json!({ "first_name": "Gita" })).await;
    assert_eq!(doctor.get(&path_of(&theirs)).await.status, 200, "they did not switch anything on");
    let stranger = me(&doctor).await;
    let department = department(&other, "Cardiology").await;
    for body in [json!({ "user_id": stranger }), json!({ "department_id": department })] {
        let refused = assign(&stage.admin, &stage.path(0), body).await;
        assert_eq!(refused.status, 404, "{}", refused.text);
    }
    let ends_at = later(&app, 3600);
    for body in [
        json!({ "user_id": stranger, "for_user_id": me(&stage.ben).await, "ends_at": ends_at }),
        json!({ "user_id": me(&stage.ben).await, "for_user_id": stranger, "ends_at": ends_at }),
        json!({ "user_id": me(&stage.ben).await, "for_department_id": department, "ends_at": ends_at }),
    ] {
        assert_eq!(stage.admin.post(COVERS, &body).await.status, 404);
    }
    assert_eq!(assign(&doctor, &stage.path(0), json!({ "user_id": stranger })).await.status, 404);
    assert_eq!(break_glass(&doctor, &stage.path(0)).await.status, 404);
}
