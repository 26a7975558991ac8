//! Changing a patient, and the record of who did.

use std::collections::BTreeSet;

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Reply, TestApp};
use crate::patients::{PATIENTS, faults, list, path_of, registered};

#[tokio::test]
async fn a_stale_change_is_refused_and_writes_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = path_of(&registered(&desk, json!({})).await);
    let change = async |tag: &str, body: Value| {
        desk.request(Method::PATCH, &path).header("if-match", tag).json(&body).send().await
    };

    let second = change("\"1\"", json!({ "city": "Malmö" })).await;
    assert_eq!((second.status, second.header("etag")), (200, "\"2\""));
    let before = desk.get(&path).await.json;
    for stale in [
        change("\"1\"", json!({ "city": "Pune" })).await,
        change("W/\"1\"", json!({ "city": "Pune" })).await,
        desk.patch(&path, &json!({ "city": "Pune", "version": 1 })).await,
        change("\"2\"", json!({ "city": "Pune", "version": 1 })).await,
    ] {
        assert_eq!(
            (stale.status, &stale.json["code"]),
            (412, &json!("patients.version_conflict")),
            "{}",
            stale.text
        );
    }
    assert_eq!(desk.get(&path).await.json, before);
    assert_eq!(
        desk.patch(&path, &json!({ "city": "Pune" })).await.json["version"],
        3,
        "no version, no check"
    );

    let bodies: Vec<Value> = (0..10).map(|i| json!({ "city": format!("City {i}"), "version": 3 })).collect();
    let racers = join_all(bodies.iter().map(|body| desk.patch(&path, body))).await;
    assert_eq!(racers.iter().filter(|r| r.status == 200).count(), 1);
    assert_eq!(racers.iter().filter(|r| r.status == 412).count(), 9);
}

#[tokio::test]
async fn null_clears_a_field_absence_leaves_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let path = path_of(&registered(&desk, json!({ "email": "z@example.org", "consent_email": true })).await);

    let cleared = desk.patch(&path, &json!({ "last_name": null, "gender": null, "middle_name": "B" })).await;
    assert_eq!(cleared.status, 200, "{}", cleared.text);
    assert_eq!((&cleared.json["last_name"], &cleared.json["gender"]), (&Value::Null, &Value::Null));
    assert_eq!((&cleared.json["middle_name"], &cleared.json["city"]), (&json!("B"), &json!("Lund")));
    assert_eq!(
        faults(&desk.patch(&path, &json!({ "first_name": null })).await),
        BTreeSet::from(["first_name".into()])
    );
    let both = desk.patch(&path, &json!({ "email": null })).await;
    assert_eq!((both.status, &both.json["email"]), (200, &Value::Null));
    assert_eq!(both.json["consent_email"], false, "it ends with the address that it is about");
    let wall = desk.patch(&path, &json!({ "consent_sms": true })).await;
    assert_eq!(faults(&wall), BTreeSet::from(["consent_sms".into()]), "no text message reaches a landline");
    desk.patch(&path, &json!({ "phone_primary": "+46 70 174 06 05" })).await;
    let sms = desk.patch(&path, &json!({ "consent_sms": true })).await;
    assert_eq!(sms.status, 200, "the phone is on the record: {}", sms.text);
    let same =
        desk.patch(&path, &json!({ "city": "Lund", "patient_code": "P-9", "created_by_id": null })).await;
    assert_eq!(
        (&same.json["version"], &same.json["patient_code"]),
        (&sms.json["version"], &json!("P-00001"))
    );
}

#[tokio::test]
async fn an_age_stays_what_was_told_until_a_birthday_is_known() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = registered(&desk, json!({ "dob": null, "dob_unknown": true, "age_only": 34 })).await;
    let path = path_of(&made);
    clinic.sql("update patients set dob = '1980-01-01', age_told_on = '2014-05-06'").await;

    let mut echo = desk.get(&path).await.json;
    assert_eq!((&echo["dob"], &echo["age_only"]), (&json!("1980-01-01"), &json!(34)));
    echo["city"] = json!("Pune");
    let echoed = desk.patch(&path, &echo).await.json;
    assert_eq!(
        (&echoed["dob"], &echoed["city"]),
        (&json!("1980-01-01"), &json!("Pune")),
        "not counted again"
    );
    let born = desk.patch(&path, &json!({ "dob": "1979-07-08", "dob_unknown": false })).await.json;
    assert_eq!(
        (&born["dob"], &born["dob_unknown"], &born["age_only"]),
        (&json!("1979-07-08"), &json!(false), &Value::Null)
    );
    let nobody_knows = desk.patch(&path, &json!({ "dob": null, "dob_unknown": true })).await.json;
    assert_eq!((&nobody_knows["dob"], &nobody_knows["dob_unknown"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn who_did_what_with_a_record_is_kept_without_its_contents() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let me = desk.get("/api/v1/auth/me").await.json["id"].clone();
    let made = registered(&desk, json!({})).await;
    let path = path_of(&made);
    desk.get(&path).await;
    desk.patch(&path, &json!({ "city": "Secretville", "phone_primary": "99988877" })).await;
    desk.patch(&path, &json!({ "city": "Secretville" })).await;
    list(&desk, &[("search", "Zoë")]).await;

    let rows = clinic.audit().await;
    let rows: Vec<_> = rows.iter().filter(|row| row["entity"] == "patient").collect();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "viewed", "updated", "viewed", "listed"], "a change of nothing is a look");
    assert_eq!(rows[2]["detail"], json!({ "fields": ["phone_primary", "phone_is_landline", "city"] }));
    assert_eq!(rows[4]["detail"], json!({ "count": 1 }));
    for row in &rows[..4] {
        assert_eq!((&row["entity_id"], &row["actor_id"]), (&made["id"], &me));
    }
    let written = serde_json::to_string(&rows).unwrap();
    for secret in ["Secretville", "99988877", "Zoë", "Ångström"] {
        assert!(!written.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_address_ends_the_reason_for_none_and_a_reason_needs_that_there_is_none() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = desk.post(PATIENTS, &json!({ "first_name": "Asha", "no_address_reason": "NONE" })).await.json;
    let path = path_of(&made);
    let both = |reply: &Reply| (reply.json["city"].clone(), reply.json["no_address_reason"].clone());
    let moved = desk.patch(&path, &json!({ "city": "Pune" })).await;
    assert_eq!(both(&moved), (json!("Pune"), Value::Null), "{}", moved.text);
    for body in [
        json!({ "no_address_reason": "NOT_GIVEN" }),
        json!({ "no_address_reason": "NONE", "address_line1": "12 MG Road" }),
    ] {
        let refused = desk.patch(&path, &body).await;
        assert_eq!(faults(&refused), ["no_address_reason".to_owned()].into(), "{body}");
    }
    let left = desk.patch(&path, &json!({ "no_address_reason": "NONE", "city": null })).await;
    assert_eq!(both(&left), (Value::Null, json!("NONE")), "{}", left.text);
    // Both stood in records of before: such a record is no dead end, by the form neither.
    clinic.sql("update patients set city = 'Pune'").await;
    assert_eq!(desk.patch(&path, &json!({ "email": "a@example.org" })).await.status, 200);
    let page = desk.browser().await;
    let version = desk.get(&path).await.json["version"].to_string();
    let edit = format!("/patients/{}/edit", made["id"].as_str().unwrap());
    let form = [("version", version.as_str()), ("city", "Pune"), ("no_address_reason", "NONE")];
    assert_eq!(page.submit(&edit, &form).await.status, 303);
    assert_eq!(both(&desk.get(&path).await), (json!("Pune"), Value::Null));
}

#[tokio::test]
async fn a_look_by_an_old_id_is_one_at_the_record_that_is_shown() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let stays = registered(&desk, json!({})).await;
    let goes = registered(&desk, json!({})).await;
    let body = json!({ "duplicate_id": goes["id"], "reason": "The same" });
    assert_eq!(desk.post(&format!("{}/merge", path_of(&stays)), &body).await.status, 201);
    let page = desk.browser().await;
    let old = format!("/patients/{}", goes["id"].as_str().unwrap());
    for (part, form) in [("edit", &[("version", "1"), ("city", "P")][..]), ("consents", &[("kind", "")][..])]
    {
        for reply in
            [page.get(&format!("{old}/{part}")).await, page.submit(&format!("{old}/{part}"), form).await]
        {
            assert!([200, 409, 412, 422].contains(&reply.status), "{part}: {} {}", reply.status, reply.text);
            let rows = clinic.audit().await;
            let look = rows.last().unwrap();
            assert_eq!((&look["kind"], &look["entity_id"]), (&json!("viewed"), &stays["id"]), "{part}");
        }
    }
}
