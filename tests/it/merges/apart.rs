//! Taking records apart again: exactly, and whatever became of them meanwhile.

use super::*;

#[tokio::test]
async fn a_merge_fills_blanks_moves_rows_and_is_undone_exactly() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let (survivor, duplicate) = (registered(&desk, asha()).await, registered(&desk, aasha()).await);
    for patient in [&duplicate, &duplicate, &survivor] {
        note(&clinic, patient).await;
    }
    clinic
        .sql(&format!(
            "update patients set last_visited_at = '2026-01-02T03:04:05.678901Z' where id = '{duplicate}'"
        ))
        .await;
    let before = dump(&clinic).await;

    let merge = merged(&desk, &survivor, &duplicate).await;
    assert_eq!((&merge["survivor_code"], &merge["duplicate_code"]), (&json!("P-00001"), &json!("P-00002")));
    let moved = json!({
        "duplicate_decisions.patient_id": 2, "chart_entries.patient_id": 1, "chart_reviews.patient_id": 1,
    });
    assert_eq!(merge["moved"], moved);
    let now = desk.get(&format!("{PATIENTS}/{survivor}")).await.json;
    for (name, value) in [
        ("first_name", json!("Asha")),
        ("phone_primary", json!("+919822012345")),
        ("dob", json!("1992-03-14")),
        ("address_line1", json!("12 MG Road")),
        ("known_allergies", json!("Penicillin\nPeanuts")),
        ("emergency_contact_phone", json!("+919822099999")),
        ("national_id_number", json!("A1234")),
        ("is_dnr", json!(true)),
        ("consent_sms", json!(false)),
        ("patient_code", json!("P-00001")),
    ] {
        assert_eq!(now[name], value, "{name}");
    }
    let left =
        clinic.sql(&format!("select * from duplicate_decisions where patient_id = '{duplicate}'")).await;
    assert!(left.is_empty());

    let undone = undo(&desk, &merge).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(undone.json["undo_reason"], "Two people");
    assert_eq!(dump(&clinic).await, before);
    let again = undo(&desk, &merge).await;
    assert_eq!((again.status, &again.json["code"]), (409, &json!("merges.already_undone")));
    // And they can be merged again.
    merged(&desk, &survivor, &duplicate).await;
}

#[tokio::test]
async fn chains_lead_to_the_last_one_and_come_apart_in_their_order() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        ids.push(registered(&desk, json!({ "first_name": name })).await);
        note(&clinic, &ids[ids.len() - 1]).await;
    }
    let (a, b, c) = (&ids[0], &ids[1], &ids[2]);
    let start = dump(&clinic).await;
    let first = merged(&desk, b, a).await;
    let between = dump(&clinic).await;
    let second = merged(&desk, c, b).await;
    for id in [a, b, c] {
        assert_eq!(desk.get(&format!("{PATIENTS}/{id}")).await.json["id"], json!(c));
    }
    assert_eq!(desk.get(&format!("{PATIENTS}?search=P-00001")).await.json["items"][0]["id"], json!(c));
    for (survivor, duplicate) in [(a, c), (c, a), (b, c), (c, b)] {
        let reply = merge(&desk, survivor, duplicate, json!({})).await;
        assert_eq!(
            (reply.status, &reply.json["code"]),
            (409, &json!("merges.already_merged")),
            "{}",
            reply.text
        );
    }
    let early = undo(&desk, &first).await;
    assert_eq!((early.status, &early.json["code"]), (409, &json!("merges.survivor_merged")));
    assert_eq!(undo(&desk, &second).await.status, 200);
    assert_eq!(dump(&clinic).await, between);
    assert_eq!(undo(&desk, &first).await.status, 200);
    assert_eq!(dump(&clinic).await, start);
}

#[tokio::test]
async fn racers_merge_once_in_one_direction_and_undo_once() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    for _ in 0..4 {
        let (a, b) = (registered(&desk, asha()).await, registered(&desk, asha()).await);
        let (x, y, z) = tokio::join!(
            merge(&desk, &a, &b, json!({})),
            merge(&desk, &b, &a, json!({})),
            merge(&desk, &a, &b, json!({}))
        );
        let statuses = [x.status, y.status, z.status];
        assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 409).count(), 2, "{statuses:?}");
        let done = [x, y, z].into_iter().find(|reply| reply.status == 201).unwrap().json;
        let (x, y) = tokio::join!(undo(&desk, &done), undo(&desk, &done));
        let mut statuses = [x.status, y.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
    let counts = clinic.sql("select (select value from counters where name = 'patients') as kept, (select count(*) from patients) as n").await;
    assert_eq!(counts[0]["kept"], counts[0]["n"]);
}

#[tokio::test]
async fn an_undo_is_refused_for_what_was_changed_since_and_keeps_later_visits() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let (survivor, duplicate) = (registered(&desk, asha()).await, registered(&desk, aasha()).await);
    clinic
        .sql(&format!(
            "update patients set last_visited_at = '2026-01-02T03:04:05Z' where id = '{duplicate}'"
        ))
        .await;
    let merge = merged(&desk, &survivor, &duplicate).await;
    let path = format!("{PATIENTS}/{survivor}");
    desk.patch(&path, &json!({ "phone_primary": "+911234567890", "gender": "OTHER" })).await;
    let refused = undo(&desk, &merge).await;
    assert_eq!((refused.status, &refused.json["code"]), (409, &json!("merges.changed_since")));
    assert!(refused.detail().contains("Phone") && !refused.detail().contains("Sex"), "{}", refused.detail());
    desk.patch(&path, &json!({ "phone_primary": "+919822012345" })).await;
    clinic
        .sql(&format!("update patients set last_visited_at = '2026-05-05T00:00:00Z' where id = '{survivor}'"))
        .await;
    assert_eq!(undo(&desk, &merge).await.status, 200);
    let now = desk.get(&path).await.json;
    assert_eq!((&now["phone_primary"], &now["gender"]), (&Value::Null, &json!("OTHER")));
    assert!(now["last_visited_at"].as_str().unwrap().starts_with("2026-05-05"));
}

/// A child that was born an hour or more ago.
async fn born(desk: &Client, mother: &str, order: i64, multiple: Option<i64>) -> Value {
    let born_at = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(5 - order)).to_string();
    let body = json!({ "sex": "MALE", "born_at": born_at, "birth_order": order, "multiple": multiple });
    let reply = desk.post(&format!("{PATIENTS}/{mother}/newborns"), &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["newborns"][0].clone()
}

#[tokio::test]
async fn what_nobody_can_set_back_stands_in_no_undoings_way() {
    let app = TestApp::new().await;
    let (_clinic, desk) = stage(&app).await;
    // A stranger, merged into the wrong person, whose name is then corrected.
    let stranger = desk.post(&format!("{PATIENTS}/unidentified"), &json!({})).await.json;
    let made_up = stranger["last_name"].as_str().unwrap();
    let wrong = registered(&desk, asha()).await;
    let merge = merged(&desk, &wrong, stranger["id"].as_str().unwrap()).await;
    let path = format!("{PATIENTS}/{wrong}");
    let corrected = desk.patch(&path, &json!({ "last_name": "Kulkarny" })).await;
    assert_eq!(corrected.json["former_names"].as_array().unwrap().len(), 2, "{}", corrected.text);
    let undone = undo(&desk, &merge).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(desk.get(&path).await.json["former_names"], json!(["Asha Kulkarni"]), "her own stays");
    let search = serde_urlencoded::to_string([("search", made_up)]).unwrap();
    let found = desk.get(&format!("{PATIENTS}?{search}")).await.json;
    assert_eq!((&found["total"], &found["items"][0]["id"]), (&json!(1), &stranger["id"]));

    // A child who was registered at the desk as well; then a twin is born.
    let mother = registered(&desk, json!({ "first_name": "Anna", "gender": "FEMALE" })).await;
    let a = born(&desk, &mother, 1, None).await;
    let twice = registered(&desk, json!({ "first_name": "Ravi", "gender": "MALE" })).await;
    let merge = merged(&desk, &twice, a["id"].as_str().unwrap()).await;
    assert_eq!(desk.get(&format!("{PATIENTS}/{twice}")).await.json["mother_id"], json!(mother));
    born(&desk, &mother, 2, Some(2)).await;
    assert_eq!(desk.get(&format!("{PATIENTS}/{twice}")).await.json["birth_count"], 2);
    let undone = undo(&desk, &merge).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    let now = desk.get(&format!("{PATIENTS}/{twice}")).await.json;
    for name in ["mother_id", "birth_order", "birth_count", "born_at"] {
        assert_eq!(now[name], Value::Null, "{name}");
    }
    let a = desk.get(&format!("{PATIENTS}/{}", a["id"].as_str().unwrap())).await.json;
    assert_eq!((&a["mother_id"], &a["birth_count"]), (&json!(mother), &json!(2)), "of two, as is known now");
}
