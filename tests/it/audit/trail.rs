//! Who did what to which record, when and from where.

use std::collections::BTreeSet;

use hms::clinic::roles::SystemRole;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AUDIT, id_of, kinds, many, trail};
use crate::harness::TestApp;
use crate::patients::{path_of, registered};

#[tokio::test]
async fn each_act_says_who_what_when_and_from_where_newest_first() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (desk, doctor) =
        (clinic.staff(SystemRole::Receptionist).await, clinic.staff(SystemRole::Doctor).await);
    let admin = clinic.admin().await;
    let made = registered(&desk, json!({})).await;
    let path = path_of(&made);
    let seen = doctor.request(axum::http::Method::GET, &path).from("203.0.113.9").await;
    assert_eq!(seen.status, 200);
    assert_eq!(doctor.patch(&path, &json!({ "city": "Nashik" })).await.status, 200);
    let allergy = doctor.post(&format!("{path}/allergies"), &json!({ "substance": "Latex" })).await;
    assert_eq!(allergy.status, 201, "{}", allergy.text);

    let lines = trail(&admin, "").await;
    assert_eq!(kinds(&lines[..4]), ["created", "updated", "viewed", "created"]);
    let [of_allergy, changed, looked, registered] = [0, 1, 2, 3].map(|n| &lines[n]);
    assert_eq!((&looked["what"], &looked["ip"]), (&json!("Looked at"), &json!("203.0.113.9")));
    assert_eq!(
        (&looked["actor_id"], &looked["actor_name"]),
        (&json!(id_of(&doctor).await), &json!("Meera Kulkarni"))
    );
    assert_eq!((&looked["entity"], &looked["entity_id"]), (&json!("patient"), &made["id"]));
    assert_eq!((&looked["patient_id"], &looked["patient_code"]), (&made["id"], &made["patient_code"]));
    assert_eq!(looked["action"], "GET /api/v1/patients/{patient_id}");
    assert_eq!(looked["request_id"], seen.header("x-request-id"));
    assert_eq!(changed["detail"]["fields"], json!(["city"]), "names of fields, never values");
    assert_eq!(registered["actor_id"], json!(id_of(&desk).await));
    assert_eq!(
        (&of_allergy["entity"], &of_allergy["patient_code"]),
        (&json!("allergy"), &made["patient_code"])
    );
    for value in ["Nashik", "Latex", "Zoë"] {
        assert!(!Value::from(lines.clone()).to_string().contains(value), "{value}");
    }

    let again = trail(&admin, "").await;
    assert_eq!((&again[0]["kind"], &again[0]["entity"]), (&json!("listed"), &json!("audit_event")));
    assert_eq!(again[0]["actor_id"], json!(id_of(&admin).await), "reading the audit is on it");
    assert_eq!(again[0]["detail"]["count"], json!(lines.len()));
}

#[tokio::test]
async fn each_filter_leaves_what_it_says() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (desk, doctor) =
        (clinic.staff(SystemRole::Receptionist).await, clinic.staff(SystemRole::Doctor).await);
    let admin = clinic.admin().await;
    let (one, two) =
        (registered(&desk, json!({})).await, registered(&desk, json!({ "first_name": "Ravi" })).await);
    doctor.get(&path_of(&one)).await;
    let looked = doctor.get(&path_of(&two)).await;
    let allergy =
        doctor.post(&format!("{}/allergies", path_of(&two)), &json!({ "substance": "Latex" })).await;
    doctor.get("/api/v1/patients").await;
    // The days are the hospital's: 1 March begins in Pune at 18:30 UTC of the day before.
    clinic
        .sql(
            "insert into audit_events (id, at, action, kind) values
             (gen_random_uuid(), '2026-02-28T18:29:59Z', 'before', 'restored'),
             (gen_random_uuid(), '2026-02-28T18:30:00Z', 'first', 'restored'),
             (gen_random_uuid(), '2026-03-01T18:29:59Z', 'last', 'restored'),
             (gen_random_uuid(), '2026-03-01T18:30:00Z', 'after', 'restored')",
        )
        .await;

    let count = async |query: &str| trail(&admin, query).await.len();
    let doctors = format!("actor_id={}", id_of(&doctor).await);
    assert_eq!(kinds(&trail(&admin, &doctors).await), ["listed", "created", "viewed", "viewed", "signed_in"]);
    assert_eq!(kinds(&trail(&admin, &format!("{doctors}&kind=looks")).await), ["listed", "viewed", "viewed"]);
    assert_eq!(kinds(&trail(&admin, &format!("{doctors}&kind=changes")).await), ["created"]);
    assert_eq!(count(&format!("{doctors}&kind=viewed")).await, 2);
    assert_eq!(count("kind=files").await, 0);
    assert_eq!(count("kind=never_heard_of").await, 0);
    assert_eq!(count("entity=allergy").await, 1);
    let id = allergy.json["id"].as_str().unwrap();
    assert_eq!(count(&format!("entity=allergy&entity_id={id}")).await, 1);
    let two_id = two["id"].as_str().unwrap();
    let of_two = trail(&admin, &format!("patient_id={two_id}")).await;
    assert_eq!(kinds(&of_two), ["created", "viewed", "created"], "the allergy is this patient's");
    let of_two = trail(&admin, &format!("patient_id={two_id}&kind=looks")).await;
    assert_eq!(of_two.len(), 2, "the look itself, and who read this list of hers");
    assert_eq!(
        (&of_two[0]["entity"], &of_two[0]["actor_id"]),
        (&json!("audit_event"), &json!(id_of(&admin).await))
    );
    assert_eq!(count("action=GET+%2Fapi%2Fv1%2Fpatients%2F%7Bpatient_id%7D").await, 2);
    assert_eq!(count(&format!("request_id={}", looked.header("x-request-id"))).await, 1);
    let actions = async |query: &str| {
        let lines = trail(&admin, &format!("kind=restored&{query}")).await;
        lines.iter().map(|line| line["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(actions("from=2026-03-01&to=2026-03-01").await, ["last", "first"]);
    assert_eq!(actions("from=2026-03-02").await, ["after"]);
    assert_eq!(actions("to=2026-02-28T18:29:59Z").await, ["before"]);

    let wrong = admin.get(&format!("{AUDIT}?from=yesterday&actor_id=P-1&entity_id={id}&page=0")).await;
    let at: BTreeSet<&str> = wrong.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!((wrong.status, at), (422, BTreeSet::from(["from", "actor_id", "entity", "page"])));
}

#[tokio::test]
async fn pages_hold_each_line_once_and_the_count_stops_at_ten_thousand() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    many(&clinic, 10_400).await;
    clinic
        .sql(
            "update audit_events set at = '2026-03-14T09:00:00Z'
              where action = 'made up' and id < '80000000-0000-0000-0000-000000000000'",
        )
        .await;
    let page =
        async |n: usize| admin.get(&format!("{AUDIT}?action=made+up&page={n}&page_size=500")).await.json;
    let first = page(1).await;
    assert_eq!((&first["total"], &first["total_is_more"]), (&json!(10_000), &json!(true)));
    let mut ids = BTreeSet::new();
    let mut last: Option<(Timestamp, String)> = None;
    for n in 1..=21 {
        for line in page(n).await["items"].as_array().unwrap() {
            let [at, id] = ["at", "id"].map(|name| line[name].as_str().unwrap());
            let key = (at.parse::<Timestamp>().unwrap(), id.to_owned());
            assert!(ids.insert(id.to_owned()), "twice: {line}");
            assert!(last.as_ref().is_none_or(|last| *last > key), "newest first");
            last = Some(key);
        }
    }
    assert_eq!(ids.len(), 10_400, "also those beyond the count");
    let few = admin.get(&format!("{AUDIT}?kind=created")).await.json;
    assert_eq!(
        (&few["total"], &few["total_is_more"]),
        (&json!(few["items"].as_array().unwrap().len()), &json!(false))
    );
}

#[tokio::test]
async fn a_hospital_reads_its_own_trail_and_only_who_may() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let desk = asha.staff(SystemRole::Receptionist).await;
    let made = registered(&desk, json!({})).await;
    let stranger = zen.admin().await;
    let theirs = trail(&stranger, &format!("patient_id={}", made["id"].as_str().unwrap())).await;
    assert_eq!(theirs, Vec::<Value>::new());
    let theirs = trail(&stranger, &format!("actor_id={}", id_of(&desk).await)).await;
    assert_eq!(theirs, Vec::<Value>::new());
    for path in [AUDIT.to_owned(), format!("{}/audit", path_of(&made)), format!("{AUDIT}/export/csv")] {
        assert_eq!(desk.get(&path).await.status, 403, "{path}");
        let operator = app.super_admin().await.get(&path).await;
        assert_eq!(operator.status, 403, "no operator reads a hospital's trail: {path}");
        assert_eq!(app.anonymous().get(&path).await.status, 401, "{path}");
    }
    // The right alone is enough: an auditor need not see patients.
    asha.sql(
        "insert into role_permissions (role_id, permission_code) select id, 'audit:view' from roles where system_key = 'PHARMACIST';
         delete from role_permissions p using roles r where r.id = p.role_id and r.system_key = 'PHARMACIST'
            and p.permission_code <> 'audit:view'",
    )
    .await;
    let auditor = asha.staff(SystemRole::Pharmacist).await;
    let lines = trail(&auditor, "entity=patient").await;
    assert_eq!(lines[0]["patient_code"], made["patient_code"]);
    assert_eq!(auditor.get(&path_of(&made)).await.status, 403);
}
