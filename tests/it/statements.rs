//! Every statement against the real schema: it prepares and may be executed by the role that will, with the parameter
//! types that it declares, and finds its rows by an index in a full table.

mod audit_and_platform;
mod fill;
mod looked_at;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hms::db::StmtInfo;
use hms::db::statement::Plan;
use hms::modules::MODULES;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::harness::{Hospital, TestApp};
use audit_and_platform::AUDIT_AND_PLATFORM;
use fill::fill;
use looked_at::{LOOKED_AT, Looked};

/// Functions of the platform that a hospital's role may call. They must take the hospital from the role that asks.
const FUNCTIONS_FOR_TENANTS: &[&str] =
    &["public.enqueue", "public.note_patients", "public.note_appointments", "public.audit_of_hospital"];

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
        "hospitals::store::measure::of_hospital::COUNT_APPOINTMENTS",
        "counts every appointment; a command of the operator asks for it",
    ),
    (
        "appointments::store::lists::OF_ALL",
        "up to 5,000 visits of some days with their patients: one pass over these is cheaper than so many look-ups",
    ),
];

/// All that is looked at with values of its own.
fn looked_at() -> impl Iterator<Item = &'static Looked> {
    LOOKED_AT.iter().chain(AUDIT_AND_PLATFORM)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_by_their_indexes_when_tables_are_full() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    fill(&app, &clinic).await;
    let mut faults = Vec::new();
    let mut looked = BTreeSet::new();
    for info in registered() {
        let mut cases: Vec<(Vec<&str>, Option<&str>)> = looked_at()
            .filter(|(name, ..)| is(info, name))
            .map(|(_, values, index)| (values.to_vec(), Some(*index)))
            .collect();
        for (name, ..) in looked_at().filter(|(name, ..)| is(info, name)) {
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
    for (name, ..) in looked_at() {
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
