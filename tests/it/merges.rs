//! Two records become one and two again: nothing lost, nothing forgotten, whoever races.

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
async fn the_old_code_and_id_still_find_her_and_she_counts_once() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let (survivor, duplicate) = (registered(&desk, asha()).await, registered(&desk, aasha()).await);
    clinic.set_limit(2).await;
    assert_eq!(desk.post(PATIENTS, &asha()).await.status, 400, "full");
    let merge = merged(&desk, &survivor, &duplicate).await;

    let list = desk.get(PATIENTS).await.json;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(survivor)));
    for (search, total) in [("P-00002", 1), ("p-00002", 1), ("P-00001", 1), ("Aasha", 0), ("Kulkarni", 1)] {
        let found = desk.get(&format!("{PATIENTS}?search={search}")).await.json;
        assert_eq!(found["total"], total, "{search}");
        assert!(total == 0 || found["items"][0]["id"] == json!(survivor), "{search}");
    }
    let old = desk.get(&format!("{PATIENTS}/{duplicate}")).await;
    assert_eq!((old.status, &old.json["id"]), (200, &json!(survivor)));
    assert_eq!(old.header("content-location"), format!("{PATIENTS}/{survivor}"));
    assert_eq!(desk.get(&format!("{PATIENTS}/{survivor}")).await.header("content-location"), "");
    let change = desk.patch(&format!("{PATIENTS}/{duplicate}"), &json!({ "city": "Goa" })).await;
    assert_eq!((change.status, &change.json["code"]), (409, &json!("patients.merged")));
    let page = desk.browser().await.get(&format!("/patients/{duplicate}")).await;
    assert_eq!((page.status, page.header("location")), (303, format!("/patients/{survivor}").as_str()));
    let check = format!("{PATIENTS}/check-duplicates?first_name=Aasha&phone_primary=%2B919822012345");
    let candidates = desk.get(&check).await.json["candidates"].clone();
    assert_eq!((candidates.as_array().unwrap().len(), &candidates[0]["id"]), (1, &json!(survivor)));

    let counted = async || {
        let usage =
            format!("select patients from public.tenant_usage where schema_name = '{}'", clinic.schema);
        let value =
            clinic.sql("select value from counters where name = 'patients'").await[0]["value"].clone();
        (value, app.sql(&usage).await[0]["patients"].clone())
    };
    assert_eq!(counted().await, (json!(1), json!(1)));
    registered(&desk, json!({ "first_name": "Freed" })).await;
    // An undo is never refused for the limit.
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(counted().await, (json!(3), json!(3)));
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

/// What is on a list, and what the text says.
async fn allergies(desk: &Client, patient: &str) -> (Vec<String>, Value) {
    let list = desk.get(&format!("{PATIENTS}/{patient}/allergies")).await;
    let items = list.json["items"].as_array().unwrap_or_else(|| panic!("{}", list.text));
    let lines = items.iter().map(|item| item["substance"].as_str().unwrap().to_owned()).collect();
    (lines, desk.get(&format!("{PATIENTS}/{patient}")).await.json["known_allergies"].clone())
}

#[tokio::test]
async fn lists_are_joined_an_entry_on_both_sides_shows_once_and_they_come_apart_again() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let a = registered(&desk, json!({ "first_name": "A", "known_allergies": "Penicillin\nLatex" })).await;
    let b = registered(&desk, json!({ "first_name": "B", "known_allergies": "penicillin" })).await;
    let severe = json!({ "substance": "Peanuts", "severity": "SEVERE", "reaction": "collapse" });
    assert_eq!(desk.post(&format!("{PATIENTS}/{b}/allergies"), &severe).await.status, 201);
    desk.post(&format!("{PATIENTS}/{a}/conditions"), &json!({ "text": "Asthma" })).await;
    let before = dump(&clinic).await;

    let merge = merged(&desk, &a, &b).await;
    let (list, text) = allergies(&desk, &a).await;
    assert_eq!(list, ["Peanuts", "Penicillin", "Latex", "penicillin"]);
    assert_eq!(text, "Peanuts (collapse, severe)\nPenicillin\nLatex");
    assert_eq!(allergies(&desk, &b).await, (list, text), "the old id leads on");
    assert_eq!(undo(&desk, &merge).await.status, 200);
    assert_eq!(dump(&clinic).await, before);

    // What was added since stays with the one that stood, and what moved goes back as it is by then.
    let merge = merged(&desk, &a, &b).await;
    let list = desk.get(&format!("{PATIENTS}/{a}/allergies")).await.json;
    let peanuts = list["items"][0]["id"].as_str().unwrap();
    let milder = json!({ "severity": "MILD" });
    assert_eq!(desk.patch(&format!("{PATIENTS}/{a}/allergies/{peanuts}"), &milder).await.status, 200);
    assert_eq!(
        desk.post(&format!("{PATIENTS}/{a}/allergies"), &json!({ "substance": "Dust" })).await.status,
        201
    );
    let undone = undo(&desk, &merge).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(allergies(&desk, &a).await.1, "Penicillin\nLatex\nDust");
    assert_eq!(allergies(&desk, &b).await.1, "penicillin\nPeanuts (collapse, mild)");
}

#[tokio::test]
async fn an_allergy_wins_over_none_known_and_a_list_longer_than_its_text_is_merged_too() {
    let app = TestApp::new().await;
    let (clinic, desk) = stage(&app).await;
    let lines =
        |from: usize| (from..from + 40).map(|n| format!("Substance number {n}\n")).collect::<String>();
    for (mine, theirs, wins) in [
        (json!("None known"), json!("Peanuts"), "Peanuts".to_owned()),
        (json!("Peanuts"), json!("NKDA"), "Peanuts".to_owned()),
        (json!("none"), Value::Null, "None known".to_owned()),
        (Value::Null, json!("none"), "None known".to_owned()),
        (json!(lines(0)), json!(lines(40)), "and 31 more".to_owned()),
    ] {
        let a = registered(&desk, json!({ "first_name": "A", "known_allergies": mine })).await;
        let b = registered(&desk, json!({ "first_name": "B", "known_allergies": theirs })).await;
        let before = dump(&clinic).await;
        let merge = merged(&desk, &a, &b).await;
        let text = allergies(&desk, &a).await.1;
        assert_eq!(text.as_str().unwrap().lines().last(), Some(wins.as_str()), "{mine} and {theirs}: {text}");
        assert_eq!(undo(&desk, &merge).await.status, 200);
        assert_eq!(dump(&clinic).await, before, "{mine} and {theirs}");
    }
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
