//! What lists, searches, counts and files show a doctor and a nurse, and what they keep.

use super::*;

/// Nothing by which the desk's two patients can be known.
fn tells_nothing(what: &str, reply: &Reply) {
    for secret in ["Asha", "Bela", "Shah", "1961-02-03", "55500142"] {
        // The hospital has a patient's name.
        let told = reply.text.replace("Asha Clinic", "").replace("Asha Admin", "");
        assert!(!told.contains(secret), "{what} tells {secret}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_doctor_is_shown_their_own_patients_and_nobody_elses_facts() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    // Ana's own patient has another birthday and number, so that what is looked for is the others'.
    let own = json!({ "dob": "1990-01-01", "phone_primary": "+91 98220 12345" });
    assert_eq!(stage.ana.patch(&stage.path(2), &own).await.status, 200);
    assert_eq!(shown(&stage.ana, &[]).await, ["P-00003"]);
    assert!(shown(&stage.ben, &[]).await.is_empty());
    for person in [&stage.admin, &stage.desk] {
        assert_eq!(shown(person, &[]).await.len(), 3, "others are shown everybody");
        assert_eq!(shown(person, &[("whose", "mine")]).await.len(), 3);
        assert_eq!(person.get(&stage.path(2)).await.status, 200);
    }

    let all = list(&stage.ana, &[("whose", "all")]).await;
    assert_eq!(codes(&all).1, 3);
    tells_nothing("the list of everybody", &all);
    let lines = all.json["items"].as_array().unwrap();
    let closed: Vec<&Value> = lines.iter().filter(|line| line["is_not_linked"] == true).collect();
    assert_eq!(closed.len(), 2, "{}", all.text);
    for line in closed {
        assert_eq!((&line["first_name"], &line["is_withheld"]), (&json!("Not your patient"), &json!(true)));
    }
    let open = lines.iter().find(|line| line["is_not_linked"] == false).unwrap();
    assert_eq!((&open["first_name"], &open["is_withheld"]), (&json!("Chandra"), &json!(false)));

    // What a line does not tell cannot be asked for either: by no word, number, filter or mixture of them.
    for query in [
        vec![("search", "Asha")],
        vec![("search", "Rao"), ("whose", "all")],
        vec![("search", "ash rao")],
        vec![("search", "Asha Rao Ashapur")],
        vec![("search", "55500142")],
        vec![("search", "P-0000"), ("gender", "FEMALE")],
        vec![("search", "Asha Rao"), ("gender", "FEMALE")],
        vec![("search", "P-00001"), ("registered_from", "2020-01-01")],
        vec![("gender", "FEMALE"), ("whose", "all")],
        vec![("search", "P-0000")],
    ] {
        let reply = list(&stage.ana, &query).await;
        let own: Vec<String> = codes(&reply).0.into_iter().filter(|code| code != "P-00003").collect();
        assert!(own.is_empty(), "{query:?}: {}", reply.text);
    }
    assert_eq!(shown(&stage.ana, &[("search", "P-0000")]).await, ["P-00003"]);

    // Nobody is shut out: the whole code or the whole name finds anybody, in any order.
    let by_code = list(&stage.ana, &[("search", "p-00001")]).await;
    assert_eq!(codes(&by_code).0, ["P-00001"]);
    tells_nothing("a search for a code", &by_code);
    for name in ["Asha Rao", "rao ASHA"] {
        let found = list(&stage.ben, &[("search", name)]).await;
        assert_eq!(codes(&found), (vec!["P-00001".to_owned()], 1), "{name}");
        let line = &found.json["items"][0];
        assert_eq!(
            (&line["first_name"], &line["last_name"], &line["dob"], &line["is_not_linked"]),
            (&json!("Asha"), &json!("Rao"), &json!("1961-02-03"), &json!(true)),
            "who it is, so that the right record is opened"
        );
        for kept in
            ["phone_primary", "city", "email", "national_id_number", "clinical_notes", "last_visited_at"]
        {
            assert_eq!(line[kept], Value::Null, "{kept}");
        }
    }
    let mononym = registered(&stage.desk, json!({ "first_name": "王伟", "last_name": null })).await;
    assert_eq!(shown(&stage.ben, &[("search", "王伟")]).await, [mononym["patient_code"].as_str().unwrap()]);
    assert!(shown(&stage.ben, &[("search", "王")]).await.is_empty());

    // Own ones stand before others, through all pages.
    for _ in 0..3 {
        registered(&stage.ben, json!({ "first_name": "Dev", "last_name": "Nair" })).await;
    }
    registered(&stage.desk, json!({ "first_name": "Dev", "last_name": "Nair" })).await;
    let mut seen = Vec::new();
    for page in ["1", "2", "3"] {
        let reply = list(&stage.ben, &[("search", "Dev Nair"), ("page_size", "2"), ("page", page)]).await;
        assert_eq!(codes(&reply).1, 4);
        seen.extend(reply.json["items"].as_array().unwrap().iter().map(|line| line["is_not_linked"].clone()));
    }
    assert_eq!(seen, [json!(false), json!(false), json!(false), json!(true)]);
}

#[tokio::test]
async fn pages_counts_and_files_of_a_doctor_are_about_their_own() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let ana = stage.ana.browser().await;
    let page = ana.get("/patients").await;
    for part in ["1 patient of yours", "My patients", "Chandra"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("Bela"));
    let all = ana.get("/patients?whose=all").await;
    assert!(all.text.contains("Not your patient") && all.text.contains("Open P-00002"), "{}", all.text);
    assert!(!all.text.contains("Bela"), "{}", all.text);
    let named = ana.submit("/patients/search", &[("search", "Bela Shah")]).await;
    assert!(named.text.contains("Not your patient") && named.text.contains("<bdi"), "{}", named.text);
    assert!(!named.text.contains("Belapur") && !named.text.contains("ending 42"), "{}", named.text);
    let part = ana.submit("/patients/search", &[("search", "Bela")]).await;
    assert!(part.text.contains("Type the whole name or the code"), "{}", part.text);
    let palette = ana.submit("/search", &[("search", "Bela Shah")]).await;
    assert!(palette.text.contains("not your patient"), "{}", palette.text);
    let today = ana.get("/today").await;
    assert!(today.text.contains("Your patients") && !today.text.contains("Bela"), "{}", today.text);
    assert!(!stage.desk.browser().await.get("/patients").await.text.contains("My patients"));

    for query in ["", "?whose=all", "?search=Bela%20Shah"] {
        let csv = stage.ana.get(&format!("{PATIENTS}/export/csv{query}")).await;
        assert_eq!(csv.status, 200);
        assert!(!csv.text.contains("P-00001") && !csv.text.contains("P-00002"), "{query}: {}", csv.text);
    }
    assert!(stage.ana.get(&format!("{PATIENTS}/export/csv")).await.text.contains("Chandra"));
    assert!(stage.desk.get(&format!("{PATIENTS}/export/csv")).await.text.contains("Bela"));

    // Opened records of a while ago, when they were somebody's own, are lines without a name now.
    switch(&stage.admin, false).await;
    stage.ben.get(&stage.path(1)).await;
    switch(&stage.admin, true).await;
    let last = stage.ben.browser().await.submit("/search", &[("search", "")]).await;
    assert!(last.text.contains("P-00002") && !last.text.contains("Bela"), "{}", last.text);
}

#[tokio::test]
async fn whoever_registers_finds_everybody_who_looks_alike() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let check = format!(
        "{PATIENTS}/check-duplicates?first_name=Bela&last_name=Shah&dob=1961-02-03&phone_primary=%2B46855500142"
    );
    let alike = stage.ben.get(&check).await;
    let candidates = alike.json["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 3, "{}", alike.text);
    for candidate in candidates {
        assert_eq!(candidate["first_name"], "Not your patient");
        for kept in ["last_name", "dob", "phone_primary", "age", "last_visited_at"] {
            assert_eq!(candidate[kept], Value::Null, "{kept}");
        }
        assert_eq!(candidate["match_score"], candidates[0]["match_score"], "the same, whatever is alike");
    }
    let mine = stage.ana.get(&check).await;
    assert!(mine.text.contains("Chandra") && !mine.text.contains("\"Bela\""), "{}", mine.text);
}

#[tokio::test]
async fn a_nurses_list_is_the_departments_and_hides_nobody() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    assert!(shown(&stage.nurse, &[]).await.is_empty());
    let cardiology = department(&stage.clinic, "Cardiology").await;
    let made = assign(&stage.admin, &stage.path(1), json!({ "department_id": cardiology })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(shown(&stage.nurse, &[]).await, ["P-00002"]);
    let own = registered(&stage.nurse, json!({ "first_name": "Farah", "last_name": "Noor" })).await;
    assert_eq!(shown(&stage.nurse, &[]).await.len(), 2, "{own}");
    let all = list(&stage.nurse, &[("whose", "all")]).await;
    assert_eq!(codes(&all).1, 4);
    assert!(all.text.contains("Chandra") && !all.text.contains("\"is_withheld\":true"), "{}", all.text);
    assert!(shown(&stage.nurse, &[("search", "Chandra")]).await.is_empty(), "beyond the department");
    let found = list(&stage.nurse, &[("search", "Chandra Iyer")]).await;
    assert_eq!(
        (codes(&found).0, &found.json["items"][0]["city"]),
        (vec!["P-00003".into()], &json!("Chandrapur"))
    );
    for n in 0..3 {
        assert_eq!(stage.nurse.get(&stage.path(n)).await.status, 200, "the list alone is narrowed");
    }
    let page = stage.nurse.browser().await.get("/patients").await;
    assert!(page.text.contains("My department") && page.text.contains("of your department"), "{}", page.text);
    let csv = stage.nurse.get(&format!("{PATIENTS}/export/csv")).await;
    assert!(csv.text.contains("Bela") && !csv.text.contains("Chandra"), "{}", csv.text);

    // Where no patients are seen, there is no list of a department.
    let office = of_department(&stage.clinic, SystemRole::Nurse, "Administrator").await;
    assert_eq!(shown(&office, &[]).await.len(), 4);
}
