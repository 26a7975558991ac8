//! Two records become one and two again: nothing lost, nothing forgotten, whoever races.

mod apart;
mod found;
mod lists;
mod refused;

use std::collections::BTreeSet;

use hms::clinic::merges::{FOLLOWS, GROUPS, OWN, STAYS};
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};

const PATIENTS: &str = "/api/v1/patients";

async fn registered(desk: &Client, fields: Value) -> String {
    let reply = desk.post(PATIENTS, &fields).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["id"].as_str().unwrap().to_owned()
}

fn asha() -> Value {
    json!({ "first_name": "Asha", "last_name": "Kulkarni", "gender": "FEMALE", "city": "Pune", "known_allergies": "Penicillin" })
}

fn aasha() -> Value {
    json!({
        "first_name": "Aasha", "last_name": "Kulkarni", "phone_primary": "+919822012345", "dob": "1992-03-14",
        "city": "Pune", "address_line1": "12 MG Road", "known_allergies": "Peanuts", "consent_sms": true,
        "emergency_contact_name": "Ravi", "emergency_contact_relation": "Brother", "emergency_contact_phone": "+919822099999",
        "national_id_type": "Passport", "national_id_number": "A1234", "is_dnr": true,
    })
}

async fn merge(desk: &Client, survivor: &str, duplicate: &str, more: Value) -> Reply {
    let mut body = json!({ "duplicate_id": duplicate, "reason": "Same passport" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    desk.post(&format!("{PATIENTS}/{survivor}/merge"), &body).await
}

async fn merged(desk: &Client, survivor: &str, duplicate: &str) -> Value {
    let reply = merge(desk, survivor, duplicate, json!({})).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

async fn undo(desk: &Client, merge: &Value) -> Reply {
    let id = merge["id"].as_str().unwrap();
    desk.post(&format!("{PATIENTS}/merges/{id}/undo"), &json!({ "reason": "Two people" })).await
}

/// Every row that has to do with patients, whole; who and when the row itself was touched left out.
async fn dump(clinic: &Hospital<'_>) -> Value {
    let mut all = json!({});
    let tables: BTreeSet<&str> =
        FOLLOWS.iter().map(|follow| follow.table).chain(["patients", "counters"]).collect();
    for table in tables {
        let rows = clinic.sql(&format!("select * from {table} t order by to_jsonb(t)::text")).await;
        let mut rows: Vec<Value> = rows
            .into_iter()
            .map(|mut row| {
                if table == "patients" {
                    for name in ["version", "updated_at", "updated_by_id"] {
                        row.as_object_mut().unwrap().remove(name);
                    }
                }
                row
            })
            .collect();
        rows.sort_by_key(Value::to_string);
        all[table] = Value::Array(rows);
    }
    all
}

async fn stage(app: &TestApp) -> (Hospital<'_>, Client) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    (clinic, desk)
}

/// A note about look-alikes: a row that names a patient.
async fn note(clinic: &Hospital<'_>, patient: &str) {
    clinic
        .sql(&format!(
            "insert into duplicate_decisions (id, patient_id, candidate_ids, decided_by_id, decided_at)
             values (gen_random_uuid(), '{patient}', '{{}}', gen_random_uuid(), now())"
        ))
        .await;
}

#[tokio::test]
async fn every_column_that_names_a_patient_is_followed_or_stays_for_a_reason() {
    let app = TestApp::new().await;
    let (clinic, _) = stage(&app).await;
    let named = clinic
        .sql(
            "select c.relname as tab, a.attname as col from pg_attribute a join pg_class c on c.oid = a.attrelid
              where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attnum > 0
                and not a.attisdropped
                and (a.attname like '%patient\\_id'
                     or exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid
                                   and k.confrelid = 'patients'::regclass and a.attnum = any (k.conkey)))",
        )
        .await;
    let named: BTreeSet<(String, String)> = named
        .iter()
        .map(|row| (row["tab"].as_str().unwrap().to_owned(), row["col"].as_str().unwrap().to_owned()))
        .collect();
    let listed: BTreeSet<(String, String)> = FOLLOWS
        .iter()
        .map(|follow| (follow.table, follow.column))
        .chain(STAYS.iter().map(|(table, column, _)| (*table, *column)))
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect();
    assert!(named.len() >= 4, "{named:?}");
    assert_eq!(
        named, listed,
        "left: in the catalogue; right: in FOLLOWS and STAYS of clinic/merges/store/moves.rs"
    );
}

#[tokio::test]
async fn every_column_of_a_patient_has_a_rule() {
    let app = TestApp::new().await;
    let (clinic, _) = stage(&app).await;
    let rows = clinic
        .sql("select attname as col from pg_attribute where attrelid = 'patients'::regclass and attnum > 0 and not attisdropped")
        .await;
    let columns: BTreeSet<&str> = rows.iter().map(|row| row["col"].as_str().unwrap()).collect();
    let ruled: BTreeSet<&str> = GROUPS.iter().flat_map(|group| group.columns).chain(OWN).copied().collect();
    assert_eq!(columns, ruled, "left: in the catalogue; right: in GROUPS and OWN of clinic/merges/model.rs");
}

/// What is on a list, and what the text says.
async fn allergies(desk: &Client, patient: &str) -> (Vec<String>, Value) {
    let list = desk.get(&format!("{PATIENTS}/{patient}/allergies")).await;
    let items = list.json["items"].as_array().unwrap_or_else(|| panic!("{}", list.text));
    let lines = items.iter().map(|item| item["substance"].as_str().unwrap().to_owned()).collect();
    (lines, desk.get(&format!("{PATIENTS}/{patient}")).await.json["known_allergies"].clone())
}
