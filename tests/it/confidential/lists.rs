//! What lists, counts, searches and files tell of marked records.

use super::*;

#[tokio::test]
async fn lists_counts_and_searches_tell_only_what_a_person_may_know() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let codes = |reply: &Reply| -> Vec<String> {
        reply.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["patient_code"].as_str().unwrap().into())
            .collect()
    };
    for person in [&stage.desk, &stage.doctor] {
        let all = list(person, &[]).await;
        assert_eq!((codes(&all).len(), &all.json["total"]), (3, &json!(3)));
        assert!(
            all.text.contains("Rekha") && all.text.contains("Vidya"),
            "the creator, and who holds the right"
        );
    }
    let all = list(&stage.nurse, &[]).await;
    assert_eq!((codes(&all), &all.json["total"]), (vec!["P-00002".into(), "P-00001".into()], &json!(2)));
    tells_nothing("the list", &all);
    let masked = &all.json["items"][0];
    assert_eq!(
        (&masked["first_name"], &masked["is_withheld"], &masked["confidentiality"]),
        (&json!("Restricted"), &json!(true), &json!("R"))
    );
    let says = |value: &Value| !value.is_null() && *value != json!(false) && *value != json!([]);
    let said: BTreeSet<&str> =
        masked.as_object().unwrap().iter().filter(|(_, v)| says(v)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        said,
        BTreeSet::from([
            "id",
            "patient_code",
            "first_name",
            "confidentiality",
            "registered_as",
            "created_by_id",
            "updated_by_id",
            "created_at",
            "updated_at",
            "patient_type",
            "is_withheld",
            "version"
        ])
    );

    // What is withheld cannot be asked for either, by any filter or word; the code alone finds it.
    for (query, total) in [
        (vec![("search", "Rekha")], 0),
        (vec![("search", "Vidyason")], 0),
        (vec![("search", "55500142")], 1),
        (vec![("search", "P-00002")], 1),
        (vec![("search", "p-00002")], 1),
        (vec![("search", "P-00002 Rekha")], 0),
        (vec![("search", "P-0000")], 1),
        (vec![("search", "P-00003")], 0),
        (vec![("gender", "FEMALE")], 1),
        (vec![("date_from", "2020-01-01")], 0),
        (vec![("registered_from", "2020-01-01")], 2),
        (vec![("search", "P-00002"), ("gender", "FEMALE")], 0),
    ] {
        let reply = list(&stage.nurse, &query).await;
        assert_eq!((reply.status, &reply.json["total"]), (200, &json!(total)), "{query:?}: {}", reply.text);
        assert_eq!(codes(&reply).len(), total, "{query:?}");
        tells_nothing(&format!("{query:?}"), &reply);
    }
    assert_eq!(found(&stage.desk, "Rekha").await, ["Rekha"]);
    assert_eq!(found(&stage.doctor, "Vidyason").await, ["Vidya"]);
    let page = list(&stage.nurse, &[("page_size", "1"), ("page", "2")]).await;
    assert_eq!((codes(&page), &page.json["total"]), (vec!["P-00001".into()], &json!(2)));

    // Pages: rows, counts, the start page, files.
    let nurse = stage.nurse.browser().await;
    let patients = nurse.get("/patients").await;
    assert!(
        patients.text.contains("2 patients registered") && patients.text.contains("1–2 of 2"),
        "{}",
        patients.text
    );
    assert!(patients.text.contains("Restricted") && patients.text.contains("Open P-00002"));
    let today = nurse.get("/today").await;
    for (what, reply) in [
        ("the list", &patients),
        ("the start page", &today),
        ("a search", &nurse.submit("/patients/search", &[("search", "Rekha")]).await),
        ("the CSV of the page", &nurse.submit("/patients/export/csv", &[]).await),
        ("a CSV", &stage.nurse.get(&format!("{PATIENTS}/export/csv")).await),
        ("a CSV of a search", &stage.nurse.get(&format!("{PATIENTS}/export/csv?search=Vidya")).await),
    ] {
        assert_eq!(reply.status, 200, "{what}: {}", reply.text);
        tells_nothing(what, reply);
    }
    let csv = stage.nurse.get(&format!("{PATIENTS}/export/csv")).await.text;
    assert!(csv.contains("P-00002,Restricted,,,,,,") && !csv.contains("P-00003"), "{csv}");
    assert!(stage.doctor.get(&format!("{PATIENTS}/export/csv")).await.text.contains("Vidya"));
}
