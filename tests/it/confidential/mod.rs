//! Confidential records: in lists, counts, files and panels; opened with a reason; each look on record for good.

mod alerts;
mod family;
mod glass;
mod lists;
mod marks;
mod merges;

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

/// Statements outside of `patients` that read its table, and how they keep what is confidential. A new one reaches a
/// patient through `patients::show`, or says here how it does.
const READ_PATIENTS: &[(&str, &str)] = &[
    ("appointments::store::FIND", "asks Look::sight, or opens the record"),
    ("appointments::store::LOCK", "the record is held, and so opened, before"),
    ("appointments::store::RECORD", "an id alone"),
    ("appointments::store::lists::FOLLOW_UPS", "asks Look::sight for each row"),
    ("appointments::store::lists::OF_ALL", "asks Look::sight for each row"),
    ("appointments::store::lists::OF_DOCTORS", "asks Look::sight for each row"),
    ("appointments::store::lists::OPEN_OF_PATIENT", "asks Look::sight for each row"),
    ("appointments::store::lists::PAGE", "leaves out what is hidden, asks Look::sight for the rest"),
    ("appointments::store::lists::TOTAL", "leaves out what is hidden"),
    ("appointments::store::steps::OF_THE_DEAD", "ids alone, for a job"),
    ("appointments::store::steps::OPEN_IDS", "ids alone, of a record that is held"),
    ("audit::store::BATCH", "codes alone, for who reads the audit trail"),
    ("audit::store::COUNTED_OF_PATIENT", "ids alone, for who reads the audit trail"),
    ("audit::store::OF_PATIENT", "codes alone, for who reads the audit trail"),
    ("audit::store::PAGE", "codes alone, for who reads the audit trail"),
    ("audit::store::RECORDS", "ids alone, for who reads the audit trail"),
    ("confidential::store::REVIEWERS", "asks only whether it is practice"),
    ("confidential::store::PAGE", "codes and levels, for who sees every record whole"),
    ("confidential::store::TOTAL", "a number, for who sees every record whole"),
    ("confidential::store::TO_REVIEW", "a number, for who sees every record whole"),
    ("departments::store::PATIENTS", "a number, without records that are in no count"),
    ("duplicates::store::CANDIDATES", "asks Look::sight for each row"),
    ("encounters::store::HOLD_PATIENT", "an id alone, to hold it"),
    (
        "hms::platform::hospitals::store::measure::of_hospital::COUNT",
        "a number, which an operator's command puts right",
    ),
    (
        "hms::platform::hospitals::store::measure::of_hospital::COUNT_APPOINTMENTS",
        "a number, which an operator's command puts right",
    ),
    (
        "figures::store::DAY",
        "numbers, without records that are in no count or of which the reader may not know",
    ),
    (
        "figures::store::REGISTERED",
        "numbers, without records that are in no count or of which the reader may not know",
    ),
    (
        "figures::store::STATUSES",
        "numbers, without records that are in no count or of which the reader may not know",
    ),
    (
        "figures::store::UPCOMING",
        "numbers, without records that are in no count or of which the reader may not know",
    ),
    ("history::store::PAGE", "codes, and levels for Look::sight; the record was opened before"),
    ("history::store::TOTAL", "ids alone; the record was opened before"),
    ("merges::store::BOTH", "both were opened before"),
    ("merges::store::LOCK_BOTH", "both were opened before"),
    ("merges::store::SHOW", "asks Look::sight for each of the two"),
    ("merges::store::PAGE", "leaves out what is hidden, asks Look::sight for the rest"),
    ("merges::store::TOTAL", "leaves out what is hidden"),
    ("newborns::store::HIGHEST", "a number alone; the mother was opened before"),
    ("newborns::store::HOLD", "an id alone; the mother is opened with the next statement"),
    ("pictures::store::IS_NEEDED", "asks only whether a row names the file"),
    ("pictures::store::NAMED", "names of files, for a backup"),
    ("pictures::store::UNNEEDED", "asks only whether a row names the file"),
    ("practice::store::MADE", "says whether there is one"),
    ("printing::store::ONE", "asks Look::sight before it names anybody"),
    ("printing::store::OPEN", "asks Look::sight for each row"),
    ("printing::store::WAITING", "the record was opened before"),
    ("queue::store::FIND", "asks Look::sight before it names anybody"),
    ("queue::store::FIRST", "a place in the queue alone"),
    ("queue::store::LIST", "asks Look::sight for each row"),
    ("queue::store::NEXT", "an id alone"),
    ("queue::store::SCREEN", "tokens and rooms; asks only who is there for practice"),
    ("unidentified::store::NAMES_IN_USE", "made-up names, compared and never shown"),
    ("vitals::store::handover::FACTS", "asks Look::sight for each row"),
    ("vitals::store::waiting::QUEUE", "asks Look::sight for each row"),
    ("vitals::store::waiting::DUE", "asks Look::sight for each row"),
    ("escalations::store::ALIVE_AFTER_ALL", "ids alone, for a task"),
    ("escalations::store::FIND", "the record is opened with the next statement"),
    ("escalations::store::PAGE", "asks Look::sight for each row"),
    ("escalations::store::SPEED", "numbers alone"),
    ("escalations::store::TOTAL", "a number alone"),
    ("escalations::store::OF_THE_DEAD", "ids alone, for a task"),
    ("escalations::store::WAITING", "a number alone"),
    ("escalations::store::WAITING_PAGE", "asks Look::sight for each row"),
    ("escalations::store::WAITING_TOTAL", "a number alone"),
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
