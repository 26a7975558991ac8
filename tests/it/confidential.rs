//! Confidential records: in lists, counts, files and panels; opened with a reason; each look on record for good.

use std::collections::BTreeSet;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use hms::modules::MODULES;
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::history::history;
use crate::patients::{PATIENTS, found, list, path_of, registered};

/// One of each level, registered by the desk and marked by a doctor.
struct Stage<'a> {
    clinic: Hospital<'a>,
    desk: Client,
    doctor: Client,
    nurse: Client,
    /// N, R, V
    patients: [Value; 3],
}

impl<'a> Stage<'a> {
    async fn on(app: &'a TestApp) -> Self {
        let clinic = app.hospital("Asha Clinic").await;
        let (desk, doctor, nurse) = (
            clinic.staff(SystemRole::Receptionist).await,
            clinic.staff(SystemRole::Doctor).await,
            clinic.staff(SystemRole::Nurse).await,
        );
        let mut patients = Vec::new();
        for (name, level) in [("Norma", "N"), ("Rekha", "R"), ("Vidya", "V")] {
            let fields = json!({ "first_name": name, "last_name": format!("{name}son"), "city": format!("{name}pur") });
            let made = registered(&desk, fields).await;
            let body = json!({ "confidentiality": level, "change_reason": "Works here" });
            let marked = doctor.patch(&path_of(&made), &body).await;
            assert_eq!(marked.status, 200, "{}", marked.text);
            patients.push(marked.json);
        }
        Self { clinic, desk, doctor, nurse, patients: patients.try_into().unwrap() }
    }

    fn path(&self, n: usize) -> String {
        path_of(&self.patients[n])
    }

    fn page(&self, n: usize) -> String {
        format!("/patients/{}", self.patients[n]["id"].as_str().unwrap())
    }
}

/// Nothing by which those two can be known.
fn tells_nothing(what: &str, reply: &Reply) {
    for secret in ["Rekha", "Vidya"] {
        // What was searched for stands in the answer to a search.
        let mut told = reply.text.clone();
        for repeated in [
            "matches \u{201c}<bdi>Rekha</bdi>",
            "Search: <bdi>Rekha</bdi>",
            "Register \u{201c}<bdi>Rekha</bdi>",
            "value=\"Rekha\"",
        ] {
            told = told.replace(repeated, "");
        }
        assert!(!told.contains(secret), "{what} tells {secret}: {}", reply.text);
    }
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
}

async fn break_glass(person: &Client, path: &str) -> Reply {
    person.post(&format!("{path}/break-glass"), &json!({ "reason": "Emergency: unconscious" })).await
}

#[tokio::test]
async fn only_who_holds_the_right_marks_a_record_and_lifts_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    for (person, n, level) in [(&stage.desk, 0, "R"), (&stage.desk, 1, "N"), (&stage.desk, 2, "R")] {
        let refused = person.patch(&stage.path(n), &json!({ "confidentiality": level })).await;
        assert_eq!(code(&refused), (403, "patients.may_not_restrict".into()), "{n}: {}", refused.text);
    }
    let new = json!({ "first_name": "Secret", "confidentiality": "V" });
    assert_eq!(code(&stage.desk.post(PATIENTS, &new).await), (403, "patients.may_not_restrict".into()));
    assert_eq!(stage.doctor.post(PATIENTS, &new).await.status, 201);
    // Who registered her goes on with the rest of the record.
    assert_eq!(stage.desk.patch(&stage.path(2), &json!({ "city": "Pune" })).await.status, 200);
    assert_eq!(stage.doctor.patch(&stage.path(1), &json!({ "confidentiality": "X" })).await.status, 422);

    let entries = history(&stage.doctor, &stage.path(1)).await;
    assert_eq!(
        (&entries[0]["reason"], &entries[0]["old_values"], &entries[0]["new_values"]),
        (&json!("Works here"), &json!({ "confidentiality": "N" }), &json!({ "confidentiality": "R" }))
    );
    let lifted = stage.clinic.admin().await.patch(&stage.path(1), &json!({ "confidentiality": "N" })).await;
    assert_eq!((lifted.status, &lifted.json["confidentiality"]), (200, &json!("N")));
    assert_eq!(stage.nurse.get(&stage.path(1)).await.status, 200);

    // By the form: a reason is asked for, and the field is there for who may.
    let doctor = stage.doctor.browser().await;
    let edit = format!("{}/edit", stage.page(0));
    assert!(doctor.get(&edit).await.text.contains("name=\"confidentiality\""));
    assert!(!stage.desk.browser().await.get(&edit).await.text.contains("name=\"confidentiality\""));
    let version = stage.doctor.get(&stage.path(0)).await.json["version"].to_string();
    let blank = doctor.submit(&edit, &[("version", &version), ("confidentiality", "R")]).await;
    assert!(blank.status == 422 && blank.text.contains("id=\"change_reason-error\""), "{}", blank.text);
    let form = [("version", version.as_str()), ("confidentiality", "R"), ("change_reason", "In the papers")];
    assert_eq!(doctor.submit(&edit, &form).await.status, 303);
    let shown = doctor.get(&stage.page(0)).await.text;
    assert!(shown.contains("banner-restricted") && shown.contains("Restricted"), "{shown}");
    let forged = stage.desk.browser().await;
    let version = stage.doctor.get(&stage.path(0)).await.json["version"].to_string();
    let form = [("version", version.as_str()), ("confidentiality", "N"), ("change_reason", "Lift it")];
    assert_eq!(forged.submit(&edit, &form).await.status, 403, "a field that the form does not show");
}

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

#[tokio::test]
async fn look_alikes_and_merges_tell_no_more_than_lists() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other_desk = stage.clinic.staff(SystemRole::Receptionist).await;
    let check = format!(
        "{PATIENTS}/check-duplicates?first_name=Rekha&last_name=Rekhason&dob=1992-03-14&phone_primary=%2B46855500142"
    );
    let alike = other_desk.get(&check).await;
    let candidates: BTreeSet<&str> = alike.json["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| candidate["patient_code"].as_str().unwrap())
        .collect();
    assert_eq!(candidates, BTreeSet::from(["P-00001", "P-00002"]), "{}", alike.text);
    tells_nothing("the check for duplicates", &alike);
    let restricted = &alike.json["candidates"][0];
    assert_eq!((&restricted["phone_primary"], &restricted["dob"]), (&Value::Null, &Value::Null));
    assert!(!restricted["match_reason"].as_str().unwrap().contains("phone"), "{restricted}");
    let form = [
        ("first_name", "Vidya"),
        ("last_name", "Vidyason"),
        ("born", "14/03/1992"),
        ("phone_primary", "+46 8 5550 0142"),
    ];
    let panel = other_desk.browser().await.submit("/patients/duplicates", &form).await;
    assert!(panel.text.contains("P-00002") && !panel.text.contains("P-00003"), "{}", panel.text);
    tells_nothing("the panel", &panel);
    assert!(panel.text.contains("not shown") && !panel.text.contains("Vidyason"));

    // Comparing opens both.
    let page = other_desk.browser().await;
    let compare = page.get(&format!("{}/merge?with=P-00003", stage.page(0))).await;
    assert_eq!(compare.status, 403, "{}", compare.text);
    tells_nothing("the comparison", &compare);
    let merge = json!({ "duplicate_id": stage.patients[2]["id"], "reason": "The same" });
    let refused = other_desk.post(&format!("{}/merge", stage.path(0)), &merge).await;
    assert_eq!(code(&refused), (403, "patients.confidential".into()), "{}", refused.text);

    // Merged by somebody who may: the survivor is as confidential as the stricter one, and the list of merges too.
    let merged = stage.doctor.post(&format!("{}/merge", stage.path(1)), &merge).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    assert_eq!(stage.doctor.get(&stage.path(1)).await.json["confidentiality"], "V");
    let seen = other_desk.get(&format!("{PATIENTS}/merges")).await;
    assert_eq!(seen.json["total"], 0, "{}", seen.text);
    let body = json!({ "duplicate_id": stage.patients[1]["id"], "reason": "Whose name is Vidya" });
    let id = merged.json["id"].as_str().unwrap();
    let undo = other_desk.post(&format!("{PATIENTS}/merges/{id}/undo"), &json!({ "reason": "No" })).await;
    assert_eq!(code(&undo), (403, "patients.confidential".into()));
    assert_eq!(
        stage.doctor.post(&format!("{PATIENTS}/merges/{id}/undo"), &json!({ "reason": "No" })).await.status,
        200
    );
    // One that is only restricted is listed, without names and reason.
    assert_eq!(stage.doctor.post(&format!("{}/merge", stage.path(0)), &body).await.status, 201);
    let seen = other_desk.get(&format!("{PATIENTS}/merges")).await;
    assert_eq!((&seen.json["total"], &seen.json["items"][0]["reason"]), (&json!(1), &json!("Restricted")));
    tells_nothing("the list of merges", &seen);
    tells_nothing("the page of merges", &page.get("/patients/merges").await);
}

#[tokio::test]
async fn a_reason_opens_a_record_to_one_person_for_four_hours() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other = stage.clinic.staff(SystemRole::Nurse).await;
    for n in [1, 2] {
        let path = stage.path(n);
        for part in ["", "/history", "/consents"] {
            let closed = stage.nurse.get(&format!("{path}{part}")).await;
            assert_eq!(code(&closed), (403, "patients.confidential".into()), "{part}");
            tells_nothing(part, &closed);
        }
        for reason in [
            json!({}),
            json!({ "reason": " " }),
            json!({ "reason": "x" }),
            json!({ "reason": "x".repeat(501) }),
        ] {
            assert_eq!(
                stage.nurse.post(&format!("{path}/break-glass"), &reason).await.status,
                422,
                "{reason}"
            );
        }
        let opened = break_glass(&stage.nurse, &path).await;
        assert_eq!((opened.status, opened.header("location")), (201, path.as_str()), "{}", opened.text);
        let seen = stage.nurse.get(&path).await;
        assert_eq!((seen.status, &seen.json["last_name"]), (200, &stage.patients[n]["last_name"]));
        assert_eq!(seen.json["is_withheld"], false);
        assert_eq!(stage.nurse.get(&format!("{path}/history")).await.status, 200);
        assert_eq!(
            code(&other.get(&path).await),
            (403, "patients.confidential".into()),
            "it opens to one person"
        );
    }
    let rows = stage.clinic.sql("select * from break_glass order by opened_at, id").await;
    let me = stage.nurse.get("/api/v1/auth/me").await.json["id"].clone();
    assert_eq!(rows.len(), 2);
    for (row, n) in rows.iter().zip([1, 2]) {
        assert_eq!((&row["user_id"], &row["patient_id"]), (&me, &stage.patients[n]["id"]));
        assert_eq!(row["reason"], "Emergency: unconscious");
    }
    assert_eq!(list(&stage.nurse, &[]).await.json["total"], 2, "lists stay as they are");
    assert_eq!(
        code(&break_glass(&stage.nurse, &stage.path(0)).await),
        (409, "patients.not_restricted".into())
    );
    // Without the right to see patients there is no glass.
    let pharmacist = stage.clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(break_glass(&pharmacist, &stage.path(1)).await.status, 403);

    app.app.clock.shift(4 * 3600 - 60);
    let nurse = stage.nurse.again().await;
    assert_eq!(nurse.get(&stage.path(1)).await.status, 200, "still open");
    app.app.clock.shift(120);
    assert_eq!(
        code(&nurse.get(&stage.path(1)).await),
        (403, "patients.confidential".into()),
        "and closed again"
    );
}

#[tokio::test]
async fn a_page_asks_for_the_reason_and_leads_back() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = stage.nurse.browser().await;
    let record = stage.page(2);
    for part in ["", "/history"] {
        let led = nurse.get(&format!("{record}{part}")).await;
        assert_eq!(
            (led.status, led.header("location")),
            (303, format!("{record}/break-glass?next={record}{part}").as_str())
        );
    }
    // In no list, and reached all the same by who holds the code.
    let search = nurse.submit("/patients/search", &[("search", "p-00003")]).await;
    assert!(search.text.contains("action=\"/patients/open\"") && search.text.contains("No patient matches"));
    assert!(
        !nurse.submit("/patients/search", &[("search", "Vidyason")]).await.text.contains("/patients/open")
    );
    let held = nurse.submit("/patients/open", &[("code", "p-00003")]).await;
    assert_eq!((held.status, held.header("location")), (303, record.as_str()));
    let nobody = nurse.submit("/patients/open", &[("code", "P-09999")]).await;
    assert!(nobody.status == 200 && nobody.text.contains("No patient matches"), "{}", nobody.text);
    let asked = nurse.get(&format!("{record}/break-glass?next={record}/history")).await;
    assert_eq!(asked.status, 200);
    tells_nothing("the question", &asked);
    for part in ["P-00003", "very restricted", "4 hours", "Open the record"] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }
    let to = format!("{record}/break-glass");
    let blank = nurse.submit(&to, &[("reason", ""), ("next", &record)]).await;
    assert!(blank.status == 422 && blank.text.contains("id=\"reason-error\""), "{}", blank.text);
    let revealed = nurse.submit(&format!("{record}/reveal"), &[("field", "phone")]).await;
    assert_eq!((revealed.status, revealed.header("hx-redirect")), (403, to.as_str()), "{}", revealed.text);
    assert!(revealed.text.contains("This record asks for a reason first"), "{}", revealed.text);

    let next = format!("{record}/history");
    let opened = nurse.submit(&to, &[("reason", "She is unconscious"), ("next", &next)]).await;
    assert_eq!((opened.status, opened.header("location")), (303, next.as_str()));
    for elsewhere in ["https://evil.example", "/patients", "//evil.example", "/patients/../console", &to] {
        let led = nurse.submit(&to, &[("reason", "She is unconscious"), ("next", elsewhere)]).await;
        assert_eq!(led.header("location"), record, "{elsewhere}");
    }
    let shown = nurse.get(&record).await.text;
    assert!(
        shown.contains("is-opened")
            && shown.contains("Very restricted")
            && shown.contains("Open to you until"),
        "{shown}"
    );
    assert_eq!(nurse.get(&to).await.header("location"), record, "it lies open already");
    // Known attempts of known people are on record.
    crate::harness::eventually("the refusals are on record", async || {
        let rows = app.sql("select route from public.denied_attempts where status = 403").await;
        rows.iter().filter(|row| row["route"] == "/patients/{patient_id}").count() == 1
    })
    .await;
}

#[tokio::test]
async fn each_look_at_a_confidential_record_is_audited_durably_with_its_level() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    // At COMMIT, after everything that the transaction set for itself.
    stage
        .clinic
        .sql(
            "create table looks (kind text, entity_id uuid, sync text);
             create function looked() returns trigger language plpgsql security definer as $$
             begin
                 insert into looks values (new.kind, new.entity_id, current_setting('synchronous_commit'));
                 return null;
             end $$;
             alter function looked() set search_path from current;
             create constraint trigger looked after insert on audit_events deferrable initially deferred
                 for each row execute function looked()",
        )
        .await;
    // The databases of tests are set to be quick; new connections are as a hospital's would be.
    app.sql("do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$")
        .await;
    let second = app.second_instance().await;
    let (doctor, nurse) = (stage.doctor.on(&second.router), stage.nurse.on(&second.router));
    break_glass(&nurse, &stage.path(1)).await;
    for n in 0..3 {
        doctor.get(&stage.path(n)).await;
    }
    nurse.get(&stage.path(1)).await;
    doctor.browser().await.get(&stage.page(2)).await;
    doctor.get(&format!("{}/history", stage.path(2))).await;
    doctor.get(&format!("{}/consents", stage.path(1))).await;
    let looks = stage.clinic.sql("select kind, sync, entity_id from looks where kind = 'viewed'").await;
    assert_eq!(looks.len(), 7);
    for look in looks {
        let plain = look["entity_id"] == stage.patients[0]["id"];
        assert_eq!(look["sync"], if plain { "off" } else { "on" }, "{look}");
    }
    let rows = stage.clinic.audit().await;
    let details: Vec<&Value> =
        rows.iter().filter(|row| row["kind"] == "viewed").map(|row| &row["detail"]).collect();
    // The first one is of the stage: a mark that changed nothing.
    assert_eq!(
        details[1..],
        [
            &Value::Null,
            &json!({ "confidentiality": "R" }),
            &json!({ "confidentiality": "V" }),
            &json!({ "confidentiality": "R", "opened": "break_glass" }),
            &json!({ "confidentiality": "V" }),
            &json!({ "confidentiality": "V", "part": "history" }),
            &json!({ "confidentiality": "R", "part": "consents" }),
        ]
    );
    let broke = rows.iter().find(|row| row["kind"] == "broke_glass").unwrap();
    assert_eq!(
        (&broke["entity_id"], &broke["detail"]["confidentiality"]),
        (&stage.patients[1]["id"], &json!("R"))
    );
    assert!(!serde_json::to_string(&rows).unwrap().contains("unconscious"), "the reason is kept elsewhere");
}

#[tokio::test]
async fn who_may_not_open_a_record_cannot_change_it_either() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other_desk = stage.clinic.staff(SystemRole::Receptionist).await;
    let look = "select to_jsonb(p) as row from patients p order by id";
    let before = stage.clinic.sql(look).await;
    for n in [1, 2] {
        for (method, part, body) in [
            (Method::PATCH, "", json!({ "city": "Pune" })),
            (Method::PATCH, "/profile", json!({ "city": "Pune" })),
            (Method::POST, "/consents", json!({ "kind": "SMS", "given": false, "source": "DESK" })),
            (Method::POST, "/deceased", json!({ "died_at": "2020-01-01" })),
            (Method::POST, "/merge", json!({ "duplicate_id": stage.patients[0]["id"], "reason": "x" })),
        ] {
            let path = format!("{}{part}", stage.path(n));
            let refused = other_desk.request(method, &path).json(&body).send().await;
            assert_eq!(code(&refused), (403, "patients.confidential".into()), "{part}: {}", refused.text);
            tells_nothing(part, &refused);
        }
    }
    assert_eq!(stage.clinic.sql(look).await, before);
    assert_eq!(break_glass(&other_desk, &stage.path(1)).await.status, 201);
    assert_eq!(other_desk.patch(&stage.path(1), &json!({ "city": "Pune" })).await.status, 200);
}

/// Statements outside of `patients` that read its table, and how they keep what is confidential. A new one reaches a
/// patient through `patients::show`, or says here how it does.
const READ_PATIENTS: &[(&str, &str)] = &[
    ("duplicates::store::CANDIDATES", "asks Viewer::sight for each row"),
    ("history::store::PAGE", "the code alone; the record was opened before"),
    ("history::store::TOTAL", "ids alone; the record was opened before"),
    ("merges::store::BOTH", "both were opened before"),
    ("merges::store::LOCK_BOTH", "both were opened before"),
    ("merges::store::SHOW", "asks Viewer::sight for each of the two"),
    ("merges::store::PAGE", "leaves out what is hidden, asks Viewer::sight for the rest"),
    ("merges::store::TOTAL", "leaves out what is hidden"),
    ("newborns::store::HOLD", "an id alone; the mother is opened with the next statement"),
    ("pictures::store::IS_NEEDED", "asks only whether a row names the file"),
    ("pictures::store::UNNEEDED", "asks only whether a row names the file"),
    ("practice::store::MADE", "says whether there is one"),
    ("unidentified::store::NAMES_IN_USE", "made-up names, compared and never shown"),
    ("unidentified::store::HOLD", "state and version; the record is opened before anything is written"),
];

#[test]
fn every_statement_that_reads_patients_is_known_to_keep_what_is_confidential() {
    let mut reading = BTreeSet::new();
    for info in MODULES.iter().flat_map(|module| module.statements).flat_map(|file| file.iter()) {
        let words: Vec<&str> = info.sql.split_whitespace().collect();
        let reads = words
            .windows(2)
            .any(|w| ["from", "join"].contains(&w[0]) && w[1].trim_end_matches([',', ')']) == "patients");
        if reads && !info.name.contains("::clinic::patients::") {
            reading.insert(info.name.trim_start_matches("hms::clinic::").to_owned());
        }
    }
    let listed: BTreeSet<String> = READ_PATIENTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(reading, listed, "left: in the source; right: listed with its reason");
}
