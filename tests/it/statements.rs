//! Every statement against the real schema: it prepares and may be executed by the role that will, with the parameter
//! types that it declares, and finds its rows by an index in a full table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hms::db::StmtInfo;
use hms::db::statement::Plan;
use hms::modules::MODULES;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::harness::{Hospital, TestApp};

/// Functions of the platform that a hospital's role may call. They must take the hospital from the role that asks.
const FUNCTIONS_FOR_TENANTS: &[&str] =
    &["public.enqueue", "public.note_patients", "public.note_appointments"];

fn registered() -> Vec<&'static StmtInfo> {
    MODULES.iter().flat_map(|module| module.statements).flat_map(|file| file.iter()).copied().collect()
}

/// A connection as requests have it: the app's login, in a transaction with the scope's role and path.
async fn in_context(app: &TestApp, hospital: &Hospital<'_>, scope: &str) -> Client {
    let client = app.target().connect(&app.target().app).await.unwrap();
    let context = match scope {
        "tenant" => format!("set local role {0}; set local search_path to {0}, extensions", hospital.schema),
        _ => "set local role hms_platform; set local search_path to extensions".to_owned(),
    };
    client.batch_execute(&format!("begin; {context}")).await.unwrap();
    client
}

#[test]
fn every_statement_in_the_source_is_in_the_registry() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for file in crate::architecture::sources() {
        let module = file.module();
        for name in statements_in(&file.code) {
            *written.entry(format!("{module}::{name}")).or_default() += 1;
        }
    }
    assert!(written.len() > 20, "the scan of {} found {}", src.display(), written.len());
    let modules: BTreeSet<String> = crate::architecture::sources().iter().map(|f| f.module()).collect();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for info in registered() {
        assert!(names.insert(info.name), "{} is registered twice", info.name);
        // Inline modules have no file: the statement belongs to the longest path that is one.
        let (path, last) = info.name.rsplit_once("::").unwrap();
        let mut file = path;
        while !modules.contains(file) {
            file = file.rsplit_once("::").unwrap_or_else(|| panic!("no file for {}", info.name)).0;
        }
        *known.entry(format!("{file}::{last}")).or_default() += 1;
    }
    let forgotten: Vec<_> =
        written.iter().filter(|(name, n)| known.get(*name).is_none_or(|k| k < n)).collect();
    assert!(forgotten.is_empty(), "in the source but not in MODULES: {forgotten:?}");
    let unseen: Vec<_> = known.keys().filter(|name| !written.contains_key(*name)).collect();
    assert!(unseen.is_empty(), "registered, but the scan did not find them: {unseen:?}");
}

/// Names of the statements that `statements! { … }` blocks of this text declare.
fn statements_in(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for block in code.split("statements! {").skip(1) {
        let mut depth = 1_usize;
        let end = block.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let block = &block[..end.map_or(block.len(), |(at, _)| at)];
        for line in block.lines().map(str::trim) {
            let line = line.strip_prefix("hot ").unwrap_or(line);
            let Some((name, _)) = line.split_once('(') else { continue };
            let shouted = name.len() > 1
                && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            // Types stand in the parameter lists of long declarations; those lines end with a comma or open the text.
            if shouted && name.parse::<usize>().is_err() {
                names.push(name.to_owned());
            }
        }
    }
    names
}

#[tokio::test]
async fn every_statement_prepares_in_its_scope_with_the_types_it_declares() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let mut faults = Vec::new();
    for info in registered() {
        let client = in_context(&app, &clinic, info.scope).await;
        let prepared = match client.prepare(info.sql).await {
            Ok(prepared) => prepared,
            Err(error) => {
                faults.push(format!("{}: {}", info.name, error.as_db_error().map_or("", |e| e.message())));
                continue;
            }
        };
        let inferred: Vec<&str> = prepared.params().iter().map(Type::name).collect();
        let declared: Vec<&str> = info.params.iter().map(Type::name).collect();
        if inferred != declared {
            faults.push(format!("{} declares {declared:?}, PostgreSQL expects {inferred:?}", info.name));
        }
        if let Err(error) = client.prepare_typed(info.sql, info.params).await {
            faults.push(format!("{} with its types: {error}", info.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_statement_is_within_the_rights_of_its_role() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let mut faults = Vec::new();
    for info in registered() {
        let client = in_context(&app, &clinic, info.scope).await;
        let nulls = vec!["null"; info.params.len()];
        // EXPLAIN checks the rights on each table, like the execution would.
        if let Err(error) = plan(&client, info, &nulls).await {
            faults.push(format!("{}: {}", info.name, error.as_db_error().map_or("", |e| e.message())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The plan as JSON, with these SQL expressions as values.
async fn plan(client: &Client, info: &StmtInfo, values: &[&str]) -> Result<Value, tokio_postgres::Error> {
    let types: Vec<&str> = info.params.iter().map(Type::name).collect();
    let (types, values) = match types.is_empty() {
        true => (String::new(), String::new()),
        false => (format!("({})", types.join(", ")), format!("({})", values.join(", "))),
    };
    // What is kept has a generic plan, sooner or later; the others are planned for their values.
    let mode = if info.plan == Plan::Hot { "force_generic_plan" } else { "force_custom_plan" };
    client
        .batch_execute(&format!(
            "set local plan_cache_mode = {mode}; prepare looked_at {types} as {}",
            info.sql
        ))
        .await?;
    let row = client.query_one(&format!("explain (format json) execute looked_at {values}"), &[]).await?;
    client.batch_execute("deallocate looked_at").await?;
    Ok(row.get(0))
}

#[test]
fn statements_stay_on_their_side_and_name_their_columns() {
    for info in registered() {
        let sql = info.sql.to_lowercase();
        let words: Vec<&str> =
            sql.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.' || c == '*')).collect();
        assert!(!words.iter().any(|w| *w == "*" && sql.contains("select *")), "{}: select *", info.name);
        assert!(!words.iter().any(|w| w.ends_with(".*")), "{}: columns by `.*`", info.name);
        assert!(!sql.contains("returning *"), "{}: returning *", info.name);
        if info.scope == "tenant" {
            for word in words.iter().filter(|w| w.starts_with("public.")) {
                assert!(FUNCTIONS_FOR_TENANTS.contains(word), "{} reaches out to {word}", info.name);
            }
            let names_a_schema = |word: &str| {
                word.split('.').any(|w| w.len() == 18 && w.starts_with("t_") && !w[2..].contains('_'))
            };
            assert!(!words.iter().any(|w| names_a_schema(w)), "{} names a schema", info.name);
        }
        for forbidden in
            ["set_config", "set role", "set local", "search_path", "pg_sleep", "drop ", "truncate ", "alter "]
        {
            assert!(!sql.contains(forbidden), "{}: {forbidden}", info.name);
        }
        // A placeholder inside quotes is text, and a gap in the numbers is a parameter that nobody reads.
        for n in 1..=info.params.len() {
            assert!(words_with_dollar(&sql).contains(&n), "{} does not use ${n}", info.name);
        }
    }
}

fn words_with_dollar(sql: &str) -> BTreeSet<usize> {
    sql.split('$')
        .skip(1)
        .filter_map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok())
        .collect()
}

// ---------------------------------------------------------------------------- in full tables

const PATIENTS: usize = 100_000;
const TENANTS: usize = 5_000;

/// Tables that grow with use: nothing may read one of them whole.
const BIG: &[&str] = &[
    "patients",
    "chart_entries",
    "chart_versions",
    "chart_reviews",
    "tenants",
    "users",
    "sessions",
    "refresh_tokens",
    "audit_events",
    "denied_attempts",
    "failed_sign_ins",
    "patient_changes",
    "care_relations",
    "appointments",
    "encounters",
    "notes",
    "note_versions",
    "diagnoses",
    "vitals",
    "escalations",
    "oxygen_orders",
    "observation_plans",
    "appointment_events",
    "consents",
    "tenant_usage",
    "tenant_activity",
    "tenant_schemas",
];

/// Statements that read a big table whole, and why that is right. May only shrink.
const READS_ALL: &[(&str, &str)] = &[
    ("access::system::PING", "stops at the first row"),
    ("health::store::COUNTS", "counts schemas by state; one page of operators shows it"),
    ("hospitals::store::TOTALS", "counts every account; one page of operators shows it"),
    (
        "hospitals::store::measure::of_hospital::COUNT",
        "counts every patient; a command of the operator asks for it",
    ),
    (
        "appointments::store::lists::OF_ALL",
        "up to 5,000 visits of some days with their patients: one pass over these is cheaper than so many look-ups",
    ),
];

/// The values of a search for these two words, over all patients.
macro_rules! search {
    ($first:literal, $second:literal; $($more:literal),*) => {
        &[EVER, NEVER, "null", "null", "null", "false", "gen_random_uuid()", $first, $second, "'{}'", $($more),*]
    };
}

/// The values of a filtered audit: who, way, verbs, kind of thing, its id, records, request; at any time.
macro_rules! trail {
    ($($filter:literal),*; $($more:literal),*) => {
        &["null", "null", $($filter,)* $($more),*]
    };
}

/// The values of a list of somebody's own patients, with this word.
macro_rules! own {
    ($first:literal; $($more:literal),*) => {
        &["null", "null", "null", "null", "null", "false", "gen_random_uuid()", $first, "null", "'{}'", SOME, SOME, SOME,
          "now()", $($more),*]
    };
}

/// The values of a list of appointments: from, statuses, patient, doctor, department, found, for whom; at any time.
macro_rules! booked {
    ($($filter:literal),*; $($more:literal),*) => {
        &[$($filter,)* "false", "gen_random_uuid()", $($more),*]
    };
}

/// Values for which a statement is looked at, and the index that must answer (or how its name begins, where the
/// planner may choose). Others get a value by type.
const LOOKED_AT: &[(&str, &[&str], &str)] = &[
    ("directory::platform::SESSION", &["gen_random_uuid()"], "sessions_pkey"),
    ("patients::store::SHOW", &["gen_random_uuid()", "gen_random_uuid()", "now()"], "patients_pkey"),
    ("patients::store::LOCK", &["gen_random_uuid()", "gen_random_uuid()", "now()"], "patients_pkey"),
    ("patients::store::BY_REGISTRATION_KEY", &["gen_random_uuid()"], "patients_registration_key_unique"),
    ("patients::store::PAGE", &["false", "gen_random_uuid()", "20", "0"], "patients_by_visit"),
    ("patients::store::HIDDEN", &["gen_random_uuid()"], "patients_very_restricted"),
    ("encounters::store::OF_PATIENT", &["gen_random_uuid()", "20", "0"], "encounters_by_patient"),
    ("encounters::store::OF_APPOINTMENT", &["gen_random_uuid()"], "encounters_appointment_unique"),
    ("notes::store::OWN", &["gen_random_uuid()", "gen_random_uuid()"], "notes_one_of_author"),
    ("notes::store::DRAFTS", &["gen_random_uuid()", "50"], "notes_drafts"),
    ("diagnoses::store::OF_PATIENT", &["gen_random_uuid()", "false", "50", "0"], "diagnoses_by_patient"),
    ("vitals::store::PAGE", &["gen_random_uuid()", "null", "null", "false", "50", "0"], "vitals_by_patient"),
    ("vitals::store::TOTAL", &["gen_random_uuid()", "null", "null", "false"], "vitals_by_patient"),
    ("vitals::store::LATEST", &["gen_random_uuid()"], "vitals_by_patient"),
    ("vitals::store::STANDING", &["gen_random_uuid()"], "vitals_by_patient"),
    ("vitals::store::EARLIER", &["gen_random_uuid()", "now()"], "vitals_by_patient"),
    ("vitals::store::waiting::DUE", &["now() - interval '72 hours'", "now()", "500"], "vitals_by_due"),
    ("vitals::store::waiting::QUEUE", &["now() - interval '10 hours'", "500"], "appointments_by_status"),
    ("vitals::store::raising::OPEN_LEVEL", &["gen_random_uuid()"], "escalations_by_"),
    ("vitals::store::raising::CLOSE", &["gen_random_uuid()", "now()"], "escalations_once_a_set"),
    ("vitals::store::plans::ORDER_AT", &["gen_random_uuid()", "now()"], "oxygen_orders_by_patient"),
    ("vitals::store::plans::OPEN_PLAN", &["gen_random_uuid()"], "observation_plans_by_patient"),
    ("escalations::store::SILENT", &["now()"], "escalations_by_next"),
    ("escalations::store::WAITING", &[], "escalations_by_next"),
    ("escalations::store::PAGE", &["null", "false", "25", "0"], "escalations_by_time"),
    ("diagnoses::store::codes::BY_CODE", &["'E11%'", "20"], "icd10_codes_"),
    (
        "diagnoses::store::codes::BY_WORDS",
        &["'hypertension'", "'primary'", "null", "20"],
        "icd10_codes_search",
    ),
    ("appointments::store::FIND", &["gen_random_uuid()"], "appointments_pkey"),
    ("appointments::store::LOCK", &["gen_random_uuid()"], "appointments_pkey"),
    (
        "appointments::store::FREE_SEAT",
        &["gen_random_uuid()", "now()", "now() + interval '15 minutes'", "3", "null"],
        "appointments_doctor_free",
    ),
    (
        "appointments::store::PATIENT_BUSY",
        &["gen_random_uuid()", "now()", "now() + interval '15 minutes'", "null"],
        "appointments_patient_free",
    ),
    ("appointments::store::steps::DUE", &["now() - interval '3 hours'", "200"], "appointments_due"),
    ("appointments::store::steps::OF_THE_DEAD", &["now()", "200"], "patients_deceased"),
    (
        "appointments::store::events::OF_APPOINTMENT",
        &["gen_random_uuid()"],
        "appointment_events_by_appointment",
    ),
    ("appointments::store::lists::OPEN_OF_PATIENT", &["gen_random_uuid()"], "appointments_by_patient"),
    ("appointments::store::lists::FOLLOW_UPS", &["gen_random_uuid()"], "appointments_by_follow_up"),
    (
        "appointments::store::lists::OF_DOCTORS",
        &[SOME, "now()", "now() + interval '7 days'", "5000"],
        "appointments_by_doctor",
    ),
    (
        "appointments::store::lists::OF_ALL",
        &["now()", "now() + interval '1 day'", "5000"],
        "appointments_by_time",
    ),
    ("appointments::store::lists::BUSY", &[SOME, "now()", "now() + interval '1 day'"], "appointments_"),
    // All of them, of a day, by status, of a patient, of a doctor, of a department, of whom a search found, of a circle.
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_time",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["now()", "now() + interval '1 day'", "null", "null", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_time",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "array['CANCELLED', 'NO_SHOW']", "null", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "gen_random_uuid()", "null", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_patient",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "md5('d7')::uuid", "null", "null", "null", "null"; "50", "0"],
        "appointments_by_doctor",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "gen_random_uuid()", "null", "null", "null"; "50", "0"],
        "appointments_by_department",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "null", "array[gen_random_uuid()]", "null", "null"; "50", "0"],
        "appointments_by_patient",
    ),
    (
        "appointments::store::lists::PAGE",
        booked!["null", "null", "null", "null", "null", "null", "null", "array[md5('d7')::uuid]", "'{}'::uuid[]"; "50", "0"],
        "appointments_",
    ),
    (
        "appointments::store::lists::TOTAL",
        booked!["null", "null", "null", "null", "null", "null", "null", "null", "null"; "10001"],
        "appointments_by_time",
    ),
    (
        "appointments::store::lists::TOTAL",
        booked!["null", "null", "null", "null", "md5('d7')::uuid", "null", "null", "null", "null"; "10001"],
        "appointments_by_doctor",
    ),
    (
        "figures::store::DAY",
        &[DAYS_AGO_1, "now()", "now()", "false", "gen_random_uuid()", "null", "null"],
        "appointments_by_time",
    ),
    (
        "figures::store::STATUSES",
        &[DAYS_AGO_2, "now()", "false", "gen_random_uuid()", "null", "null"],
        "appointments_by_time",
    ),
    (
        "figures::store::REGISTERED",
        &[DAYS_AGO_2, "now()", "'Asia/Kolkata'", "'2026-03-14'", "false", "gen_random_uuid()", "false"],
        "patients_by_created",
    ),
    // All of them by stretches of ids.
    (
        "patients::store::search::BATCH",
        &[
            EVER,
            NEVER,
            "null",
            "null",
            "null",
            "false",
            "gen_random_uuid()",
            "'00000000-0000-0000-0000-000000000000'",
            "2000",
        ],
        "patients_",
    ),
    (
        "patients::store::search::SEARCHED_BATCH",
        search!["'asha1a2b'", "'asha1a2b'"; "'00000000-0000-0000-0000-000000000000'", "2000"],
        "patients_search",
    ),
    ("patients::store::REGISTERED_LAST", &["false", "gen_random_uuid()", "8"], "patients_by_created"),
    ("store::viewed::VIEWED_LAST", &["false", "gen_random_uuid()", "8"], "audit_events_by_actor"),
    (
        "patients::store::REGISTERED",
        &["false", "gen_random_uuid()", DAYS_AGO_2, DAYS_AGO_1, "now()"],
        "patients_by_created",
    ),
    // By sex, by day of registration, by day of the last visit.
    (
        "patients::store::search::FILTERED",
        &[EVER, NEVER, "'MALE'", "null", "null", "false", "gen_random_uuid()", "20", "0"],
        "patients_by_visit",
    ),
    (
        "patients::store::search::FILTERED",
        &[DAYS_AGO_1, NEVER, "null", "null", "null", "false", "gen_random_uuid()", "20", "0"],
        "patients_by_",
    ),
    (
        "patients::store::search::FILTERED",
        &[EVER, NEVER, "null", DAYS_AGO_1, "now()", "false", "gen_random_uuid()", "20", "0"],
        "patients_by_visit",
    ),
    (
        "patients::store::search::FILTERED_TOTAL",
        &[DAYS_AGO_1, NEVER, "null", "null", "null", "false", "gen_random_uuid()"],
        "patients_by_created",
    ),
    // A name, part of a phone number, two words, a word in another script.
    (
        "patients::store::search::SEARCHED",
        search!["'asha1a2b'", "null"; "20", "0", "null"],
        "patients_search",
    ),
    (
        "patients::store::search::SEARCHED",
        search!["'80007919'", "null"; "20", "0", "null"],
        "patients_search",
    ),
    (
        "patients::store::search::SEARCHED",
        search!["'asha1a2b'", "'rao0c'"; "20", "0", "null"],
        "patients_search",
    ),
    ("patients::store::search::SEARCHED", search!["'आशा'", "null"; "20", "0", "null"], "patients_search"),
    ("patients::store::search::SEARCHED", search!["'asha1a2b'", "null"; "20", "0", "null"], "patients_pkey"),
    ("patients::store::search::SEARCHED_TOTAL", search!["'asha1a2b'", "null";], "patients_search"),
    // One or two letters: also those that everybody has.
    ("patients::store::search::LETTERS_TOTAL", search!["'a'", "null";], "patients_grams"),
    ("patients::store::search::LETTERS_TOTAL", search!["'p-'", "null";], "patients_grams"),
    ("patients::store::search::LETTERS_TOTAL", search!["'qx'", "'zy'";], "patients_grams"),
    ("patients::store::search::LETTERS_FEW", search!["'王'", "null"; "20", "0"], "patients_grams"),
    ("patients::store::search::LETTERS_MANY", search!["'a'", "null"; "20", "0"], "patients_by_visit"),
    ("patients::store::search::LETTERS_MANY", search!["'ив'", "null"; "20", "0"], "patients_by_visit"),
    // Of somebody who is shown their own patients first: by whom they registered and whom they care for.
    ("store::care::OWN_OF", &[SOME, SOME, SOME, SOME, "now()"], "care_relations_by_"),
    ("store::care::OWN_OF", &[SOME, SOME, SOME, SOME, "now()"], "patients_pkey"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "patients_by_registrar"),
    ("store::care::OWN_PAGE", own!("null"; "20", "0"), "care_relations_by_"),
    ("store::care::OWN_PAGE", own!("'asha1a2b'"; "20", "0"), "care_relations_by_"),
    ("store::care::OWN_TOTAL", own!("null";), "care_relations_by_"),
    (
        "store::care::OWN_BATCH",
        own!("null"; "'00000000-0000-0000-0000-000000000000'", "2000"),
        "care_relations_by_",
    ),
    (
        "store::care::OTHERS_NAMED",
        &["'asha1a2b'", "array['asha1a2b', 'rao0c']", "false", SOME, SOME, SOME, "now()"],
        "patients_search",
    ),
    (
        "store::care::OTHERS_NAMED_SHORT",
        &["'王'", "array['王']", "false", SOME, SOME, SOME, "now()"],
        "patients_grams",
    ),
    ("store::care::BY_CODE", &["'P-000077'"], "patients_code_unique"),
    ("care::store::OF_PATIENT", &["gen_random_uuid()", "200"], "care_relations_by_patient"),
    ("store::moves::CARE", &["gen_random_uuid()", "gen_random_uuid()"], "care_relations_"),
    ("history::store::PAGE", &["gen_random_uuid()", "25", "0"], "patient_changes_by_patient"),
    ("history::store::TOTAL", &["gen_random_uuid()"], "patient_changes_by_patient"),
    ("store::kept::ANSWERS", &["gen_random_uuid()", "50"], "consents_by_patient"),
    ("patients::store::BY_OLD_CODE", &["'P-000077'"], "patients_code_unique"),
    ("patients::store::PRACTICE", &[], "patients_practice_once"),
    ("patients::store::PRACTICE_FOUND", &["'practice'", "'patient'", "'{}'"], "patients_practice"),
    ("patients::store::RETIRE_PRACTICE", &["now()", "gen_random_uuid()"], "patients_practice"),
    ("practice::store::MADE", &[], "patients_practice"),
    // A phone with its swapped digits, a document, a birthday: each by its index.
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_phone_end"),
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_other_phone_end"),
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_document"),
    ("duplicates::store::CANDIDATES", LOOKS_ALIKE, "patients_by_birthday"),
    ("merges::store::LOCK_BOTH", &["array[gen_random_uuid(), gen_random_uuid()]"], "patients_pkey"),
    ("store::moves::EARLIER", &["gen_random_uuid()", "gen_random_uuid()"], "patients_by_survivor"),
    ("store::moves::ENTRIES", &["gen_random_uuid()", "gen_random_uuid()"], "chart_entries_by_patient"),
    ("store::moves::REVIEWS", &["gen_random_uuid()", "gen_random_uuid()"], "chart_reviews_by_patient"),
    ("chart::store::ACTIVE", &["gen_random_uuid()"], "chart_entries_by_patient"),
    ("chart::store::ASKED", &["gen_random_uuid()"], "chart_reviews_by_patient"),
    ("chart::store::VERSIONS", &["gen_random_uuid()", "'ALLERGY'", "100"], "chart_versions_pkey"),
    ("lists::LINES", &["gen_random_uuid()", "'ALLERGY'"], "chart_entries_by_patient"),
    ("pictures::store::FORGET_AT_MERGED", &["gen_random_uuid()", "'a'"], "patients_by_"),
    ("pictures::store::IS_NEEDED", &["'patients/a/b.jpg'"], "patients_by_photo"),
    (
        "pictures::store::UNNEEDED",
        &["string_to_array(repeat('patients/a/b.jpg,', 500), ',')"],
        "patients_by_photo",
    ),
    // The audit by each of its filters; without one, by time.
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "null", "null", "null", "null"; "25", "0"],
        "audit_events_by_time",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["gen_random_uuid()", "null", "null", "null", "null", "null", "null"; "25", "0"],
        "audit_events_by_actor",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "'GET /rare'", "null", "null", "null", "null", "null"; "25", "0"],
        "audit_events_by_action",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "array['rare']", "null", "null", "null", "null"; "25", "0"],
        "audit_events_by_kind",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "'rare'", "null", "null", "null"; "25", "0"],
        "audit_events_by_entity",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "'patient'", "gen_random_uuid()", "null", "null"; "25", "0"],
        "audit_events_by_entity",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "null", "null", "array[gen_random_uuid()]", "null"; "25", "0"],
        "audit_events_by_patient",
    ),
    (
        "clinic::audit::store::PAGE",
        trail!["null", "null", "null", "null", "null", "null", "'rare'"; "25", "0"],
        "audit_events_by_request",
    ),
    (
        "clinic::audit::store::COUNTED",
        trail!["gen_random_uuid()", "null", "null", "null", "null", "null", "null"; "10001"],
        "audit_events_by_actor",
    ),
    (
        "clinic::audit::store::COUNTED",
        trail!["null", "null", "null", "null", "null", "array[gen_random_uuid()]", "null"; "10001"],
        "audit_events_by_patient",
    ),
    (
        "clinic::audit::store::BATCH",
        trail!["null", "null", "null", "null", "null", "null", "null"; "now()", "gen_random_uuid()", "2000"],
        "audit_events_by_time",
    ),
    ("clinic::audit::store::OF_PATIENT", &["gen_random_uuid()", "25", "0"], "audit_events_by_patient"),
    ("clinic::audit::store::COUNTED_OF_PATIENT", &["gen_random_uuid()", "10001"], "audit_events_by_patient"),
    (
        "audit::store::attempts::FAILED",
        &["md5('t77')::uuid", "null", "null", "null", "25", "0"],
        "failed_sign_ins_by_user",
    ),
    (
        "audit::store::attempts::FAILED_COUNTED",
        &["md5('t77')::uuid", "null", "null", "null", "10001"],
        "failed_sign_ins_by_user",
    ),
    (
        "audit::store::attempts::DENIED",
        &["md5('t77')::uuid", "null", "null", "null", "25", "0"],
        "denied_attempts_by_tenant",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "null", "null", "null", "25", "0"],
        "audit_events_by_time",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "md5('t77')::uuid", "null", "null", "null", "25", "0"],
        "audit_events_by_",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "gen_random_uuid()", "null", "null", "25", "0"],
        "audit_events_by_actor",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "null", "'GET /rare'", "null", "25", "0"],
        "audit_events_by_action",
    ),
    (
        "platform::audit::store::PAGE",
        &["null", "null", "null", "null", "null", "array['rare']", "25", "0"],
        "audit_events_by_kind",
    ),
    (
        "platform::audit::store::BATCH",
        &["null", "null", "null", "null", "null", "null", "now()", "gen_random_uuid()", "2000"],
        "audit_events_by_time",
    ),
    ("platform::audit::store::FAILED", &["null", "null", "null", "25", "0"], "failed_sign_ins_by_"),
    (
        "platform::audit::store::FAILED",
        &["null", "null", "md5('t77')::uuid", "25", "0"],
        "failed_sign_ins_by_",
    ),
    ("platform::audit::store::REFUSED", &["null", "null", "25", "0"], "denied_attempts_by_tenant"),
    // Through all of them, a hundred at a time.
    ("directory::platform::HOSPITALS", &["'00000000-0000-0000-0000-000000000000'", "1"], "tenants_pkey"),
    ("hospitals::store::FIND", &["gen_random_uuid()"], "tenants_pkey"),
    ("hospitals::store::FIND_BY_LICENSE", &["'lic-77'"], "tenants_license_unique"),
    ("hospitals::store::BY_NAME", &["null", "null", "25", "0", "null"], "tenants_by_name"),
    ("hospitals::store::BY_NAME_DOWN", &["null", "null", "25", "0", "null"], "tenants_by_name"),
    ("hospitals::store::BY_CREATED", &["null", "null", "25", "0", "null"], "tenants_by_created"),
    ("hospitals::store::BY_CREATED_DOWN", &["null", "null", "25", "0", "null"], "tenants_by_created"),
    ("hospitals::store::BY_CREATED_DOWN", &["'SUSPENDED'", "null", "25", "0", "null"], "tenants_by_status"),
    ("hospitals::store::BY_NAME", &["null", "'Clinic a1b2'", "25", "0", "null"], "tenants_search"),
    ("hospitals::store::COUNTS", &["null", "'Clinic a1b2'", "null"], "tenants_search"),
    ("hospitals::store::BY_CREATED_DOWN", &["null", "null", "25", "0", "true"], "tenants_restricted"),
    ("hospitals::store::NEAR_LIMIT", &["8"], "tenants_near_limit"),
    ("store::limits::DUE", &["now()"], "tenants_limited"),
    ("store::people::ADMINISTRATORS", &["gen_random_uuid()"], "users_pkey"),
    ("store::people::EVENTS", &["gen_random_uuid()", "20"], "audit_events_by_entity"),
    ("dashboard::store::SIGNUPS", &["'day'", "now() - interval '3 days'"], "tenants_by_created"),
    ("dashboard::store::WAITING", &["now()"], "tenants_by_status"),
    ("operators::store::LIST", &[], "users_operators"),
    ("operators::store::HOLD_ABLE", &[], "users_operators"),
    ("account::store::SESSIONS", &["gen_random_uuid()", "now()"], "sessions_by_user"),
    ("hospitals::store::SIGNED_IN", &["gen_random_uuid()", "now()"], "users_"),
];
const LOOKS_ALIKE: &[&str] = &[
    "'asha1a2b'",
    "'rao0c'",
    "array['80007919', '80009719']",
    "'AB1234'",
    "date '1990-01-01'",
    "null",
    "null",
];
const SOME: &str = "array[gen_random_uuid(), gen_random_uuid()]";
const EVER: &str = "'epoch'";
const NEVER: &str = "'infinity'";
const DAYS_AGO_1: &str = "now() - interval '1 day'";
const DAYS_AGO_2: &str = "now() - interval '2 days'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_by_their_indexes_when_tables_are_full() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    fill(&app, &clinic).await;
    let mut faults = Vec::new();
    let mut looked = BTreeSet::new();
    for info in registered() {
        let mut cases: Vec<(Vec<&str>, Option<&str>)> = LOOKED_AT
            .iter()
            .filter(|(name, ..)| is(info, name))
            .map(|(_, values, index)| (values.to_vec(), Some(*index)))
            .collect();
        for (name, ..) in LOOKED_AT.iter().filter(|(name, ..)| is(info, name)) {
            looked.insert(*name);
        }
        if cases.is_empty() {
            cases.push((info.params.iter().map(usual_value).collect(), None));
        }
        for (values, index) in cases {
            let client = in_context(&app, &clinic, info.scope).await;
            let plan = match plan(&client, info, &values).await {
                Ok(plan) => plan,
                Err(error) => {
                    faults.push(format!("{}: {error:?}", info.name));
                    continue;
                }
            };
            let mut seen = Vec::new();
            nodes(&plan, &mut seen);
            if let Some(index) = index
                && !seen
                    .iter()
                    .any(|(_, _, used)| used == index || (index.ends_with('_') && used.starts_with(index)))
            {
                faults.push(format!("{} {values:?} does not use {index}: {seen:?}", info.name));
            }
            let whole = seen
                .iter()
                .find(|(kind, table, _)| kind.ends_with("Seq Scan") && BIG.contains(&table.as_str()));
            let excused = READS_ALL.iter().any(|(name, _)| is(info, name));
            match whole {
                Some((_, table, _)) if !excused => {
                    faults.push(format!("{} {values:?} reads {table} whole", info.name));
                }
                None if excused => faults.push(format!("{} uses indexes: take it off READS_ALL", info.name)),
                _ => {}
            }
        }
    }
    for (name, ..) in LOOKED_AT {
        if !looked.contains(name) {
            faults.push(format!("LOOKED_AT names {name}, which is not there"));
        }
    }
    for (name, _) in READS_ALL {
        if !registered().iter().any(|info| is(info, name)) {
            faults.push(format!("READS_ALL names {name}, which is not there"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn is(info: &StmtInfo, name: &str) -> bool {
    info.name.ends_with(&format!("::{name}"))
}

fn usual_value(parameter: &Type) -> &'static str {
    match parameter.name() {
        "uuid" => "gen_random_uuid()",
        "text" => "'asha'",
        "int2" | "int4" | "int8" => "20",
        "_int2" => "array[20::int2]",
        "_date" => "array[current_date]",
        "bool" => "false",
        "timestamptz" => "now()",
        "date" => "current_date",
        "_bytea" => "array['\\x00'::bytea]",
        "bytea" => "'\\x00'::bytea",
        "json" | "jsonb" => "'{}'",
        "inet" => "'127.0.0.1'",
        "_uuid" => "array[gen_random_uuid()]",
        "_bool" => "array[false]",
        "_text" => "'{}'::text[]",
        other => panic!("a usual value for {other} is missing here"),
    }
}

/// Kind of node, table and index of each part of a plan.
fn nodes(plan: &Value, found: &mut Vec<(String, String, String)>) {
    match plan {
        Value::Object(map) => {
            if let Some(kind) = map.get("Node Type") {
                let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                found.push((kind.as_str().unwrap().to_owned(), text("Relation Name"), text("Index Name")));
            }
            map.values().for_each(|value| nodes(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| nodes(item, found)),
        _ => {}
    }
}

async fn fill(app: &TestApp, clinic: &Hospital<'_>) {
    // The rows are made as superuser without looking at foreign keys: only their number counts.
    let platform = format!(
        "set session_replication_role = replica;
         insert into public.tenant_schemas (name, state, version, tenant_id)
         select 't_' || substr(md5(n::text), 1, 16), 'claimed', 1, md5('t' || n)::uuid from generate_series(1, {TENANTS}) n;
         insert into public.tenants (id, name, license_number, schema_name, contact_email, status, time_zone, currency, created_at)
         select md5('t' || n)::uuid, 'Clinic ' || md5(n::text), 'LIC-' || n, 't_' || substr(md5(n::text), 1, 16),
                'office' || n || '@example.org', case when n % 50 = 0 then 'SUSPENDED' else 'ACTIVE' end, 'UTC', 'USD',
                now() - n * interval '1 hour'
           from generate_series(1, {TENANTS}) n;
         insert into public.tenant_usage (schema_name, patients)
         select 't_' || substr(md5(n::text), 1, 16), n from generate_series(1, {TENANTS}) n;
         insert into public.tenant_activity (tenant_id, last_active_at)
         select md5('t' || n)::uuid, now() - n * interval '1 minute' from generate_series(1, {TENANTS}) n;
         insert into public.users (id, tenant_id, email, display_name)
         select md5('u' || n)::uuid, md5('t' || (n % {TENANTS} + 1))::uuid, 'u' || n || '@example.org', 'U ' || n
           from generate_series(1, 20000) n;
         insert into public.sessions (id, user_id, kind, expires_at)
         select md5('s' || n)::uuid, md5('u' || n)::uuid, 'api', now() + n * interval '1 minute' from generate_series(1, 20000) n;
         insert into public.refresh_tokens (token_hash, session_id, expires_at)
         select decode(md5(n::text), 'hex'), md5('s' || n)::uuid, now() + n * interval '1 minute' from generate_series(1, 20000) n;
         insert into public.audit_events (id, at, actor_id, action, kind, entity, entity_id)
         select md5('a' || n)::uuid, now() - n * interval '1 minute', md5('u' || n % 5000)::uuid, 'GET /way/' || n % 50,
                (array['listed', 'viewed', 'signed_in'])[1 + n % 3], (array['hospital', 'user', 'session'])[1 + n % 3],
                md5('t' || n)::uuid
           from generate_series(1, 50000) n;
         insert into public.denied_attempts (id, at, actor_id, tenant_id, method, route, status)
         select md5('d' || n)::uuid, now() - n * interval '1 minute', md5('u' || n % 5000)::uuid,
                case when n % 100 > 0 then md5('t' || n % 1000)::uuid end, 'GET', '/way/' || n % 50, 403
           from generate_series(1, 50000) n;
         insert into public.failed_sign_ins (id, at, user_id, reason)
         select md5('f' || n)::uuid, now() - n * interval '1 minute',
                case when n % 5 > 0 then md5('u' || n % 20000 + 1)::uuid end, 'wrong password'
           from generate_series(1, 50000) n;
         analyze"
    );
    app.sql(&platform).await;
    let patients = format!(
        "set session_replication_role = replica;
         insert into patients (id, patient_code, first_name, last_name, gender, dob_unknown, phone_primary, city,
                               last_visited_at, created_by_id, updated_by_id, created_at)
         select md5('p' || n)::uuid, 'P-' || lpad(n::text, 6, '0'), 'Asha' || substr(md5(n::text), 1, 6),
                'Rao' || substr(md5('l' || n), 1, 6), case when n % 2 = 0 then 'FEMALE' else 'MALE' end, true,
                '98' || lpad((n * 7919 % 100000000)::text, 8, '0'), 'Pune',
                case when n % 3 = 0 then now() - n * interval '5 minutes' end, md5('u1')::uuid, md5('u1')::uuid,
                now() - n * interval '5 minutes'
           from generate_series(1, {PATIENTS}) n;
         insert into audit_events (id, at, actor_id, action, kind, entity, entity_id, detail, request_id)
         select md5('a' || n)::uuid, now() - n * interval '1 minute', md5('u' || n % 500)::uuid, 'GET /way/' || n % 50,
                (array['listed', 'viewed', 'updated'])[1 + n % 3], (array['patient', 'patient', 'allergy'])[1 + n % 3],
                case when n % 3 > 0 then md5('p' || n % 20000)::uuid end,
                case when n % 3 = 2 then jsonb_build_object('patient_id', md5('p' || n % 20000)::uuid) end, md5('r' || n)
           from generate_series(1, {PATIENTS}) n;
         insert into patient_changes (id, patient_id, action, changed_by_id, changed_at)
         select md5('c' || n)::uuid, md5('p' || n)::uuid, 'CREATE', md5('u1')::uuid, now() - n * interval '5 minutes'
           from generate_series(1, {PATIENTS}) n;
         insert into consents (id, patient_id, kind, given, source, asked_at, recorded_by_id, recorded_at)
         select md5('k' || n)::uuid, md5('p' || n)::uuid, 'SMS', true, 'DESK', now(), md5('u1')::uuid, now()
           from generate_series(1, 20000) n;
         update patients set confidentiality = 'V' where id in (select md5('p' || n)::uuid from generate_series(1, 300) n);
         insert into care_relations (id, patient_id, user_id, kind, since, added_by_id, added_at)
         select md5('w' || n)::uuid, md5('p' || n)::uuid, md5('d' || n % 200)::uuid, 'TEAM', now(), md5('u1')::uuid, now()
           from generate_series(1, 20000) n;
         insert into chart_entries (id, patient_id, list, version, line, is_active, is_urgent, created_at)
         select md5('e' || n)::uuid, md5('p' || n)::uuid, case when n % 3 = 0 then 'CONDITION' else 'ALLERGY' end, 1,
                'Line ' || n, true, false, now()
           from generate_series(1, {PATIENTS}) n;
         insert into chart_versions (entry_id, version, list, text, verification, clinical_status, source, told_at,
                                     recorded_by_id, recorded_at)
         select id, 1, list, line, case list when 'ALLERGY' then 'CONFIRMED' end, case list when 'CONDITION' then 'ACTIVE' end,
                'PATIENT', now(), md5('u1')::uuid, now() from chart_entries;
         insert into chart_reviews (id, patient_id, list, answer, asked_at, recorded_by_id, recorded_at)
         select md5('r' || n)::uuid, md5('p' || n)::uuid, 'ALLERGY', 'REVIEWED', now(), md5('u1')::uuid, now()
           from generate_series(1, {PATIENTS}) n;
         insert into appointments (id, patient_id, department_id, doctor_user_id, scheduled_at, ends_at, holds_slot, status,
                                   completed_at, no_show_at, cancelled_at, cancelled_reason, created_by_id, created_at, updated_at)
         select md5('b' || n)::uuid, md5('p' || n % {PATIENTS})::uuid, md5('g' || n % 10)::uuid, md5('d' || n % 50)::uuid, at,
                at + interval '15 minutes', n > 160000 and n % 20 > 1, status, case status when 'COMPLETED' then at end,
                case status when 'NO_SHOW' then at end, case status when 'CANCELLED' then at end,
                case status when 'CANCELLED' then 'OTHER' end, md5('u1')::uuid, now(), now()
           from (select n, now() + (n - 180000) * interval '1 minute' as at,
                        case n % 20 when 0 then 'NO_SHOW' when 1 then 'CANCELLED'
                             else case when n < 180000 then 'COMPLETED' else 'SCHEDULED' end end as status
                   from generate_series(1, 200000) n) as booked;
         insert into appointment_events (id, appointment_id, kind, to_status, happened_at, recorded_at)
         select md5('v' || n)::uuid, md5('b' || n)::uuid, 'BOOKED', 'SCHEDULED', now(), now() from generate_series(1, {PATIENTS}) n;
         insert into encounters (id, patient_id, appointment_id, doctor_user_id, department_id, status, started_at, ended_at,
                                 created_by_id, created_at, updated_at)
         select md5('x' || n)::uuid, md5('p' || n % 20000)::uuid, md5('b' || n)::uuid, md5('d' || n % 50)::uuid,
                md5('g' || n % 10)::uuid, 'FINISHED', now() - n * interval '1 minute', now(), md5('u1')::uuid, now(), now()
           from generate_series(1, {PATIENTS}) n;
         insert into notes (id, encounter_id, patient_id, author_id, status, signed_version, saved_at, created_at)
         select md5('n' || n)::uuid, md5('x' || n)::uuid, md5('p' || n % 20000)::uuid, md5('d' || n % 50)::uuid,
                case when n % 500 = 0 then 'DRAFT' else 'SIGNED' end, case when n % 500 > 0 then 1 end, now(), now()
           from generate_series(1, {PATIENTS}) n;
         insert into note_versions (note_id, version, subjective, objective, assessment, plan, signed_by_id, signed_at)
         select id, 1, 'Headache', '', '', '', author_id, now() from notes where status = 'SIGNED';
         insert into diagnoses (id, encounter_id, patient_id, text, certainty, rank, recorded_by_id, recorded_at)
         select md5('y' || n)::uuid, md5('x' || n)::uuid, md5('p' || n % 20000)::uuid, 'Migraine', 'CONFIRMED', 1,
                md5('u1')::uuid, now()
           from generate_series(1, {PATIENTS}) n;
         insert into icd10_codes (code, title, edition)
         select chr(65 + n % 20) || lpad((n / 20 % 100)::text, 2, '0') || '.' || lpad((n / 2000)::text, 3, '0'),
                'Thing ' || md5(n::text), 'Own'
           from generate_series(0, 39999) n on conflict do nothing;
         insert into vitals (id, patient_id, appointment_id, recorded_by_id, recorded_at, entered_at, systolic_bp, weight_grams,
                             height_mm, next_due_at, is_watched)
         select md5('z' || n)::uuid, md5('p' || n % 20000)::uuid, md5('b' || n)::uuid, md5('u1')::uuid,
                now() - n * interval '1 minute', now(), 120, 60000, 1700, now() - n * interval '1 minute', n % 5 = 0
           from generate_series(1, {PATIENTS}) n;
         insert into escalations (id, vitals_id, patient_id, doctor_user_id, reason, first_level, level, raised_at, next_at,
                                  acknowledged_at, acknowledged_by_id)
         select md5('q' || n)::uuid, md5('z' || n)::uuid, md5('p' || n % 20000)::uuid, md5('d' || n % 50)::uuid, 'SCORE', 2, 2,
                now() - n * interval '5 minutes', case when n <= 50 then now() end, case when n > 50 then now() end,
                case when n > 50 then md5('u1')::uuid end
           from generate_series(1, 20000) n;
         insert into oxygen_orders (id, patient_id, target_low, target_high, reason, ordered_by_id, ordered_at)
         select md5('o' || n)::uuid, md5('p' || n)::uuid, 88, 92, 'COPD', md5('u1')::uuid, now() from generate_series(1, 20000) n;
         insert into observation_plans (id, patient_id, interval_minutes, up_to_risk, is_lower, set_by_id, set_at)
         select md5('h' || n)::uuid, md5('p' || n)::uuid, 30, 1, false, md5('u1')::uuid, now() from generate_series(1, 20000) n;
         analyze vitals; analyze escalations; analyze oxygen_orders; analyze observation_plans;
         analyze encounters; analyze notes; analyze note_versions; analyze diagnoses; analyze icd10_codes;
         analyze appointments; analyze appointment_events;
         analyze patients; analyze audit_events; analyze patient_changes; analyze consents; analyze care_relations; analyze chart_entries;
         analyze chart_versions; analyze chart_reviews"
    );
    clinic.sql(&patients).await;
}
