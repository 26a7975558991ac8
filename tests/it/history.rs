//! The history of a record: every change with its old and new values, its reason and its author; nobody rewrites it.

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;

use crate::harness::{Client, TestApp};
use crate::patients::{PATIENTS, path_of, registered};

/// The entries of a record, newest first.
pub async fn history(person: &Client, path: &str) -> Vec<Value> {
    let reply = person.get(&format!("{path}/history")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json["total"], json!(reply.json["items"].as_array().unwrap().len()));
    reply.json["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_change_is_kept_with_what_changed_and_nothing_else() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let me = desk.get("/api/v1/auth/me").await.json["id"].clone();
    let made = registered(&desk, json!({ "change_reason": "ignored: not a field of the short form" })).await;
    let path = path_of(&made);

    let begun = history(&desk, &path).await;
    assert_eq!(begun.len(), 1);
    assert_eq!((&begun[0]["action"], &begun[0]["old_values"]), (&json!("CREATE"), &json!({})));
    assert_eq!(
        begun[0]["new_values"],
        json!({
            "first_name": "Zoë", "last_name": "Ångström", "gender": "FEMALE", "birth": { "on": "1992-03-14" },
            "phone_primary": "+46855500142", "phone_typed": "+46 (8) 5550-0142", "phone_e164": "+46855500142",
            "phone_is_landline": true, "city": "Lund",
        }),
        "what was said, and no blank"
    );

    desk.patch(&path, &json!({ "city": "Pune", "gender": "FEMALE", "change_reason": "Moved" })).await;
    desk.patch(&path, &json!({ "city": "Pune" })).await;
    assert_eq!(desk.patch(&path, &json!({ "city": "P" })).await.status, 422);
    desk.patch(&path, &json!({ "dob": null, "age_only": 30, "dob_unknown": true, "city": null })).await;
    let entries = history(&desk, &path).await;
    assert_eq!(entries.len(), 3, "a change of nothing, and a refused one, are no history");
    assert_eq!(entries[1]["old_values"], json!({ "city": "Lund" }));
    assert_eq!(entries[1]["new_values"], json!({ "city": "Pune" }));
    assert_eq!((&entries[1]["reason"], &entries[1]["action"]), (&json!("Moved"), &json!("UPDATE")));
    assert_eq!(
        (&entries[1]["changed_by_id"], &entries[1]["changed_by_name"]),
        (&me, &json!("Meera Kulkarni"))
    );
    assert_eq!(entries[0]["old_values"], json!({ "birth": { "on": "1992-03-14" }, "city": "Pune" }));
    assert_eq!(entries[0]["new_values"]["city"], Value::Null);
    assert_eq!(entries[0]["new_values"]["birth"]["about"]["age_years"], 30);
    assert_eq!(entries[0]["reason"], Value::Null);

    let second = desk.get(&format!("{path}/history?page=2&page_size=2")).await.json;
    assert_eq!((&second["total"], &second["items"][0]["id"]), (&json!(3), &entries[2]["id"]));
    assert_eq!(desk.get(&format!("{path}/history?page=0")).await.status, 422);
    assert_eq!(clinic.staff(SystemRole::Pharmacist).await.get(&format!("{path}/history")).await.status, 403);
    // The audit still names fields and never values.
    assert!(!serde_json::to_string(&clinic.audit().await).unwrap().contains("Pune"));
}

#[tokio::test]
async fn racers_leave_a_chain_in_which_each_old_value_is_the_new_one_before() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = path_of(&registered(&desk, json!({})).await);
    let bodies: Vec<Value> = (0..12).map(|n| json!({ "city": format!("City {n}") })).collect();
    let replies = join_all(bodies.iter().map(|body| desk.patch(&path, body))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    let rows = clinic
        .sql("select old_values ->> 'city' as old, new_values ->> 'city' as new from patient_changes where action = 'UPDATE'
                order by changed_at, id")
        .await;
    assert_eq!(rows.len(), 12);
    // From the first city, step by step, in the order of their times.
    let mut at = json!("Lund");
    for row in &rows {
        assert_eq!(row["old"], at, "{rows:?}");
        at = row["new"].clone();
    }
    assert_eq!(desk.get(&path).await.json["city"], at);
}

#[tokio::test]
async fn what_was_merged_is_history_of_the_one_that_stays() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let stays = desk.post(PATIENTS, &json!({ "first_name": "Asha" })).await.json;
    let goes = desk.post(PATIENTS, &json!({ "first_name": "Asha", "city": "Pune" })).await.json;
    let path = path_of(&stays);
    let body = json!({ "duplicate_id": goes["id"], "reason": "Same passport" });
    let merge = desk.post(&format!("{path}/merge"), &body).await;
    assert_eq!(merge.status, 201, "{}", merge.text);

    let entries = history(&desk, &path).await;
    let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["MERGE", "CREATE", "CREATE"], "the other record's own history is read along");
    assert_eq!(entries[1]["patient_code"], "P-00002");
    assert_eq!(
        (&entries[0]["reason"], &entries[0]["new_values"]),
        (&json!("Same passport"), &json!({ "city": "Pune" }))
    );
    assert_eq!(history(&desk, &path_of(&goes)).await, entries, "its old id leads there");

    let id = merge.json["id"].as_str().unwrap();
    desk.post(&format!("{PATIENTS}/merges/{id}/undo"), &json!({ "reason": "Sisters" })).await;
    let entries = history(&desk, &path).await;
    assert_eq!(
        (&entries[0]["action"], &entries[0]["is_withheld"], &entries[0]["reason"]),
        (&json!("UNMERGE"), &json!(true), &json!("Sisters"))
    );
    // What the other record said is another person's now: the fields stay, their values do not.
    for entry in &entries[..2] {
        assert_eq!(
            (&entry["old_values"], &entry["new_values"]),
            (&json!({ "city": null }), &json!({ "city": null })),
            "{entry}"
        );
    }
    assert_eq!(entries.len(), 3);
    assert_eq!(history(&desk, &path_of(&goes)).await.len(), 1);
}

#[tokio::test]
async fn the_hospitals_own_role_can_add_to_histories_and_never_change_them() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    registered(&desk, json!({ "email": "z@example.org", "consent_email": true })).await;
    let client = app.target().connect(&app.target().app).await.unwrap();
    for table in ["patient_changes", "consents", "break_glass"] {
        for sql in [
            format!("update {table} set id = id"),
            format!("delete from {table}"),
            format!("truncate {table}"),
        ] {
            let begin =
                format!("begin; set local role {0}; set local search_path to {0}, extensions", clinic.schema);
            client.batch_execute(&begin).await.unwrap();
            let refused = client.batch_execute(&sql).await.unwrap_err();
            assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{sql}");
            client.batch_execute("rollback").await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_page_tells_it_in_plain_words_and_masks_numbers() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = registered(&desk, json!({ "city": "<b>Lund" })).await;
    let path = path_of(&made);
    desk.patch(
        &path,
        &json!({ "phone_primary": "+919822012345", "national_id_type": "Passport", "national_id_number": "A1234567",
                 "gender": "OTHER", "change_reason": "Papers <i>seen" }),
    )
    .await;
    let page = desk.browser().await.get(&format!("/patients/{}/history", made["id"].as_str().unwrap())).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Registered",
        "Changed",
        "Female",
        "Other",
        "•••• ••45",
        "•••• ••67",
        "Reason: <bdi class=\"break\">Papers &#60;i&#62;seen",
        "&#60;b&#62;Lund",
        "Meera Kulkarni",
        "14 Mar 1992",
        "Landline",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    for secret in ["9822012345", "A1234567", "55500142"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
    // It opens like the record: recorded as a look.
    let audit = clinic.audit().await;
    let look = audit.iter().rfind(|row| row["kind"] == "viewed").unwrap();
    assert_eq!((&look["entity_id"], &look["detail"]), (&made["id"], &json!({ "part": "history" })));
    let older =
        desk.browser().await.get(&format!("/patients/{}/history?page=9", made["id"].as_str().unwrap())).await;
    assert!(older.status == 200 && older.text.contains("None of 2"), "{}", older.text);
}
