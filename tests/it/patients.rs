//! Patients over the API: registering, finding, changing, and what must never happen.

use std::collections::BTreeSet;

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp, eventually};

pub const PATIENTS: &str = "/api/v1/patients";
pub const QUICK: &str = "/api/v1/patients/quick-register";

/// What the contract calls a patient, and in the last lines what we know beyond it.
const FIELDS: &str = "id patient_code first_name middle_name last_name dob dob_unknown age_only gender phone_primary \
    phone_alternate city email address_line1 address_line2 postal_code state country blood_group marital_status \
    preferred_language emergency_contact_name emergency_contact_relation emergency_contact_phone known_allergies \
    chronic_conditions clinical_notes is_dnr is_deceased date_of_death national_id_type national_id_number photo_path \
    consent_sms consent_email created_by_id updated_by_id created_at updated_at last_visited_at patient_type \
    has_active_admission next_eligible_opd_appointment_at \
    version name_alternate former_names phone_typed phone_e164 phone_is_landline no_phone_reason no_address_reason \
    confidentiality is_withheld is_not_linked died_at death_certified_by registered_as over_limit is_unidentified mother_id birth_order birth_count born_at";

/// A complete quick registration, with these fields on top.
pub fn patient(fields: Value) -> Value {
    let mut body = json!({
        "first_name": "Zoë", "last_name": "Ångström", "phone_primary": "+46 (8) 5550-0142", "gender": "FEMALE",
        "city": "Lund", "dob": "1992-03-14",
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub async fn registered(desk: &Client, fields: Value) -> Value {
    let reply = desk.post(QUICK, &patient(fields)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

pub fn path_of(patient: &Value) -> String {
    format!("{PATIENTS}/{}", patient["id"].as_str().unwrap())
}

pub async fn list(desk: &Client, query: &[(&str, &str)]) -> Reply {
    desk.get(&format!("{PATIENTS}?{}", serde_urlencoded::to_string(query).unwrap())).await
}

/// First names of whom a search finds, in the list's order.
pub async fn found(desk: &Client, search: &str) -> Vec<String> {
    let reply = list(desk, &[("search", search)]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let items = reply.json["items"].as_array().unwrap();
    assert_eq!(reply.json["total"], json!(items.len()), "the total of {search:?}");
    items.iter().map(|p| p["first_name"].as_str().unwrap().to_owned()).collect()
}

/// The fields that a 422 names.
pub fn faults(reply: &Reply) -> BTreeSet<String> {
    assert_eq!(reply.status, 422, "{}", reply.text);
    assert!(reply.detail().ends_with('.'), "{}", reply.text);
    let errors = reply.json["errors"].as_array().unwrap();
    errors.iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
}

/// Run the racers while somebody holds the hospital's counters, until at least eight of their connections stand in
/// line: only then it is a race.
async fn racing(
    app: &TestApp,
    clinic: &Hospital<'_>,
    racers: impl Future<Output = Vec<Reply>>,
) -> Vec<Reply> {
    let hold = clinic.sql(
        "begin;
         select value from counters for update;
         do $$ begin
           for n in 1..600 loop
             perform pg_sleep(0.05), pg_stat_clear_snapshot();
             if (select count(*) from pg_stat_activity
                  where datname = current_database() and usename = 'hms_app' and wait_event_type = 'Lock') >= 8 then
               return;
             end if;
           end loop;
           raise exception 'after thirty seconds eight connections do not stand in line';
         end $$;
         commit",
    );
    let run = async {
        let held = "select count(*) as n from pg_stat_activity
                     where datname = current_database() and wait_event = 'PgSleep'";
        eventually("the counters are held", async || app.sql(held).await[0]["n"] == 1).await;
        racers.await
    };
    tokio::join!(hold, run).1
}

async fn count(clinic: &Hospital<'_>) -> Value {
    clinic.sql("select count(*) as n from patients").await[0]["n"].clone()
}

#[tokio::test]
async fn a_patient_is_registered_and_shown_as_the_contract_says() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;

    let made = desk
        .post(QUICK, &patient(json!({ "email": "Zoe@Example.org", "photo_path": "/etc/passwd", "id": 7 })))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["patient_code"], "P-00001");
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(made.header("location"), path_of(&made.json));

    let shown = desk.get(&path_of(&made.json)).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"1\""));
    assert_eq!(shown.json, made.json);
    let expected = json!({
        "first_name": "Zoë", "middle_name": null, "last_name": "Ångström", "gender": "FEMALE", "city": "Lund",
        "dob": "1992-03-14", "dob_unknown": false, "age_only": null, "phone_primary": "+46855500142",
        "email": "zoe@example.org", "consent_sms": false, "consent_email": false, "is_dnr": false, "is_deceased": false,
        "photo_path": null, "patient_type": "OPD", "has_active_admission": null, "last_visited_at": null, "version": 1,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&shown.json[name], value, "{name}");
    }
    let names: BTreeSet<&str> = shown.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, FIELDS.split_whitespace().collect(), "the contract's fields, and ours");
    assert!(shown.json["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(shown.json["created_by_id"], desk.get("/api/v1/auth/me").await.json["id"]);
}

#[tokio::test]
async fn a_full_registration_needs_only_a_first_name_and_gets_a_code_too() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;

    let only_name = desk.post(PATIENTS, &json!({ "first_name": "Cher", "surprise": [1] })).await;
    assert_eq!((only_name.status, &only_name.json["patient_code"]), (201, &json!("P-00001")));
    let body = json!({
        "first_name": "Khalid", "middle_name": "ibn", "gender": "MALE", "age_only": 34, "blood_group": "ab+",
        "emergency_contact_name": "Mona", "emergency_contact_relation": "sister", "emergency_contact_phone": "٠٥٥٥٠١٢٣٤",
        "national_id_type": "Passport", "national_id_number": "A-123/4", "postal_code": "SW1A 1AA",
        "known_allergies": "Penicillin\r\nPeanuts", "phone_primary": "0555 0142 33", "consent_sms": true,
    });
    let full = desk.post(PATIENTS, &body).await;
    assert_eq!(full.status, 201, "{}", full.text);
    assert_eq!(full.json["blood_group"], "AB+");
    assert_eq!(full.json["emergency_contact_phone"], "055501234");
    assert_eq!(full.json["known_allergies"], "Penicillin\nPeanuts");
    assert_eq!((&full.json["age_only"], &full.json["dob_unknown"]), (&json!(34), &json!(true)));
    assert!(full.json["dob"].as_str().unwrap().ends_with("-01-01"));
    assert_eq!(full.json["consent_sms"], true);
}

#[tokio::test]
async fn names_with_emoji_joiners_and_both_directions_survive() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for name in
        ["Ana 👩\u{200d}⚕\u{fe0f}", "क\u{94d}\u{200d}ष", "מרים Miriam", "\u{200f}ليلى", "Nguyễn Thị", "𠮷田"]
    {
        let made = registered(&desk, json!({ "first_name": name })).await;
        assert_eq!(desk.get(&path_of(&made)).await.json["first_name"], *name);
    }
    let decomposed = registered(&desk, json!({ "first_name": "Jose\u{301}  Maria" })).await;
    assert_eq!(decomposed["first_name"], "José Maria", "composed, and without the double space");
}

#[tokio::test]
async fn every_fault_of_a_quick_registration_is_told_at_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;

    let empty = desk.post(QUICK, &json!({})).await;
    let needed = ["city", "dob", "first_name", "gender", "phone_primary"].map(str::to_owned);
    assert_eq!(faults(&empty), BTreeSet::from(needed));
    for (field, value) in [
        ("first_name", json!("")),
        ("first_name", json!("12345")),
        ("first_name", json!("x".repeat(201))),
        ("first_name", json!("As\u{0}ha")),
        ("first_name", json!("As\u{202e}ha")),
        ("last_name", json!("x".repeat(201))),
        ("last_name", json!("a\u{0}")),
        ("gender", json!("female")),
        ("gender", json!("ROBOT")),
        ("phone_primary", json!("1234567")),
        ("phone_primary", json!("1234567890123456")),
        ("phone_primary", json!("call me")),
        ("city", json!("X")),
        ("city", json!("x".repeat(81))),
        ("dob", json!("2999-01-01")),
        ("dob", json!("1850-01-01")),
        ("dob", json!("14/03/1992")),
        ("dob", json!("2021-02-30")),
        ("email", json!("zoe@")),
    ] {
        let reply = desk.post(QUICK, &patient(json!({ field: value }))).await;
        assert_eq!(faults(&reply), BTreeSet::from([field.to_owned()]), "{field}: {value}");
    }
    for (age, sign) in
        [(json!(-1), 422), (json!(131), 422), (json!(i64::MAX), 422), (json!(0), 201), (json!(130), 201)]
    {
        let reply = desk.post(QUICK, &patient(json!({ "dob": null, "age_only": age }))).await;
        assert_eq!(reply.status, sign, "{age}: {}", reply.text);
    }
    let unknown = registered(&desk, json!({ "dob": null, "dob_unknown": true })).await;
    assert_eq!((&unknown["dob"], &unknown["age_only"]), (&Value::Null, &Value::Null));
    assert_eq!(faults(&desk.post(QUICK, &patient(json!({ "dob_unknown": true }))).await).len(), 1);
    for wrong in [
        json!({ "first_name": 5 }),
        json!({ "age_only": "old" }),
        json!(["Asha"]),
        json!("Asha"),
        json!(null),
    ] {
        assert_eq!(desk.post(QUICK, &wrong).await.status, 422, "{wrong}");
        assert_eq!(desk.post(PATIENTS, &wrong).await.status, 422, "{wrong}");
    }
    assert_eq!(count(&clinic).await, 3, "nothing else was written");
}

#[tokio::test]
async fn fields_that_belong_together_come_together() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for (fields, at) in [
        (
            json!({ "emergency_contact_name": "Mona" }),
            vec!["emergency_contact_phone", "emergency_contact_relation"],
        ),
        (json!({ "national_id_type": "Passport" }), vec!["national_id_number"]),
        (json!({ "national_id_number": "A-123" }), vec!["national_id_type"]),
        (json!({ "national_id_type": "ID", "national_id_number": "A1" }), vec!["national_id_number"]),
        (json!({ "national_id_type": "ID", "national_id_number": "A 123 €" }), vec!["national_id_number"]),
        (json!({ "consent_sms": true }), vec!["consent_sms"]),
        (json!({ "consent_email": true }), vec!["consent_email"]),
        (json!({ "blood_group": "C+" }), vec!["blood_group"]),
        (json!({ "postal_code": "1".repeat(21) }), vec!["postal_code"]),
        (json!({ "clinical_notes": "x".repeat(1001) }), vec!["clinical_notes"]),
        (json!({ "known_allergies": "a\u{0}b" }), vec!["known_allergies"]),
        (json!({ "date_of_death": "2999-01-01" }), vec!["date_of_death"]),
        (json!({ "date_of_death": "1990-01-01", "dob": "1992-03-14" }), vec!["date_of_death"]),
        (json!({ "date_of_death": "1993-01-01", "is_deceased": false }), vec!["date_of_death"]),
    ] {
        let mut body = fields.clone();
        body["first_name"] = json!("Asha");
        let reply = desk.post(PATIENTS, &body).await;
        assert_eq!(faults(&reply), at.into_iter().map(str::to_owned).collect(), "{fields}");
    }
    let late = json!({ "first_name": "Asha", "dob": "1940-01-01", "date_of_death": "1993-01-01" });
    let late = desk.post(PATIENTS, &late).await;
    assert_eq!((late.status, &late.json["is_deceased"]), (201, &json!(true)), "a late note is never refused");
    assert_eq!(count(&clinic).await, 1);
}

#[tokio::test]
async fn fifty_desks_at_once_get_fifty_codes_without_a_gap() {
    let app = TestApp::configured(&[("HMS_LANES", "16")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let bodies: Vec<Value> =
        (0..50).map(|i: usize| patient(json!({ "first_name": format!("Racer {i}") }))).collect();

    let path = |i: usize| if i.is_multiple_of(2) { QUICK } else { PATIENTS };
    let racers = join_all(bodies.iter().enumerate().map(|(i, body)| desk.post(path(i), body)));
    let replies = racing(&app, &clinic, racers).await;

    let codes: BTreeSet<_> =
        replies.iter().map(|r| r.json["patient_code"].as_str().unwrap_or(&r.text)).collect();
    let expected: Vec<String> = (1..=50).map(|n| format!("P-{n:05}")).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected);
    let noted = app
        .sql(&format!("select patients from public.tenant_usage where schema_name = '{}'", clinic.schema))
        .await;
    assert_eq!(noted, [json!({ "patients": 50 })], "the platform knows the exact total");
}

#[tokio::test]
async fn fifty_racers_cannot_pass_the_hospitals_limit() {
    let app = TestApp::configured(&[("HMS_LANES", "16")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    clinic.set_limit(7).await;
    let body = patient(json!({}));

    let replies = racing(&app, &clinic, join_all((0..50).map(|_| desk.post(QUICK, &body)))).await;

    assert_eq!(replies.iter().filter(|r| r.status == 201).count(), 7);
    let refused = replies.iter().find(|r| r.status != 201).unwrap();
    assert_eq!((refused.status, &refused.json["code"]), (400, &json!("patients.limit_reached")));
    assert_eq!(count(&clinic).await, 7);
    clinic.set_limit(8).await;
    let next = desk.post(QUICK, &body).await;
    assert_eq!(next.json["patient_code"], "P-00008", "a refusal costs no code");
}

#[tokio::test]
async fn a_repeated_request_with_its_key_registers_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let send = |body: Value, key: &'static str| {
        let call = desk.request(Method::POST, QUICK).header("idempotency-key", key).json(&body);
        async move { call.send().await }
    };

    let first = send(patient(json!({})), "key-1").await;
    let again = send(patient(json!({})), "key-1").await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json, again.json);
    assert_eq!(again.header("location"), path_of(&first.json));
    assert_eq!(send(patient(json!({ "city": "Pune" })), "key-1").await.status, 422);
    let racers = join_all((0..8).map(|_| send(patient(json!({})), "key-2"))).await;
    let ids: BTreeSet<_> = racers.iter().map(|r| r.json["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(count(&clinic).await, 2);
}

#[tokio::test]
async fn another_hospitals_patient_does_not_exist() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (home, foreign) =
        (asha.staff(SystemRole::Receptionist).await, zen.staff(SystemRole::Receptionist).await);
    let made = registered(&home, json!({})).await;
    let path = path_of(&made);
    assert_eq!(home.get(&path).await.status, 200);

    let (seen, changed) =
        (foreign.get(&path).await, foreign.patch(&path, &json!({ "city": "Stolen" })).await);
    assert_eq!((seen.status, changed.status), (404, 404));
    assert_eq!(seen.detail(), "The patient was not found.");
    assert!(found(&foreign, "Zoë").await.is_empty());
    assert_eq!(list(&foreign, &[]).await.json["total"], 0);
    assert_eq!(home.get(&path).await.json["city"], "Lund");
    assert_eq!(home.get(&format!("{PATIENTS}/not-an-id")).await.status, 404);
    assert!(zen.audit().await.iter().all(|row| row["entity_id"] != made["id"]), "nothing to find out there");
}

#[tokio::test]
async fn rights_decide_who_sees_registers_and_changes() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let path = path_of(&registered(&desk, json!({})).await);

    assert_eq!(nurse.patch(&path, &json!({ "city": "Pune" })).await.status, 200, "nurses may by default");
    let (looker, pharmacist) = (clinic.looker().await, clinic.staff(SystemRole::Pharmacist).await);
    assert_eq!(looker.get(&path).await.status, 200);
    assert_eq!(looker.post(QUICK, &patient(json!({}))).await.status, 403);
    assert_eq!(looker.patch(&path, &json!({ "city": "Pune" })).await.status, 403);
    let refused = pharmacist.get(&path).await;
    assert_eq!(
        (refused.status, refused.detail()),
        (403, "Insufficient permissions. Required: patients:view")
    );
    assert_eq!(pharmacist.get(PATIENTS).await.status, 403);
    assert_eq!(app.anonymous().get(&path).await.status, 401);
    assert_eq!(count(&clinic).await, 1);
    let denied =
        format!("select count(*) as n from public.denied_attempts where tenant_id = '{}'", clinic.id);
    eventually("four refusals are on record", async || app.sql(&denied).await[0]["n"] == 4).await;
}

#[tokio::test]
async fn a_hospital_can_note_only_its_own_use() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let note = |schema: &str| {
        format!(
            "begin; set local role {}; do $$ begin perform public.note_patients('{schema}', 5); exception
                   when insufficient_privilege then null; end $$; commit",
            asha.schema
        )
    };
    asha.sql(&note(&zen.schema)).await;
    asha.sql(&note("public")).await;
    assert!(app.sql("select * from public.tenant_usage").await.is_empty());
    asha.sql(&note(&asha.schema)).await;
    let rows = app.sql("select schema_name, patients from public.tenant_usage").await;
    assert_eq!(rows, [json!({ "schema_name": asha.schema, "patients": 5 })]);
}
