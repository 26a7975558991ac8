//! Backups: one hospital comes back as it was beside others that go on (`hospital`), all of it comes back into an empty
//! database (`whole`), and what is damaged, newer, foreign or in the way is told before anything is touched (`refused`).

mod hospital;
mod refused;
mod whole;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::cli::{Ran, run};
use crate::harness::files::png;
use crate::harness::{Client, Hospital, TestApp};
use crate::patients::{PATIENTS, registered};

fn folder(app: &TestApp, name: &str) -> PathBuf {
    fs::create_dir_all(&app.app.config.home).unwrap();
    app.app.config.home.join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Run `hms`, which waits for nobody here.
async fn hms(app: &TestApp, arguments: &[&str]) -> Ran {
    let ran = tokio::time::timeout(Duration::from_secs(120), run(&app.cli_env(), arguments)).await;
    ran.unwrap_or_else(|_| panic!("hms {arguments:?} does not end"))
}

/// Run `hms`, which must succeed; what it said.
async fn done(app: &TestApp, arguments: &[&str]) -> String {
    let ran = hms(app, arguments).await;
    assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
    ran.out
}

/// Run `hms`, which must refuse; why.
async fn refusal(app: &TestApp, arguments: &[&str]) -> String {
    let ran = hms(app, arguments).await;
    assert_eq!(ran.code, 1, "{arguments:?}: {}{}", ran.out, ran.err);
    ran.err.lines().skip_while(|line| !line.starts_with("hms: ")).collect::<Vec<_>>().join("\n")
}

/// What a hospital's people see of their patients.
async fn seen(desk: &Client) -> Value {
    let list = desk.get(&format!("{PATIENTS}?page_size=100&sort_by=patient_code")).await;
    assert_eq!(list.status, 200, "{}", list.text);
    list.json
}

const NAMES: [&str; 4] = ["आरती", "Zoë", "王小明", "O'Neil"];

/// A hospital with patients whose rows are hard to write down, the first of them with a picture.
async fn stage<'a>(app: &'a TestApp, name: &str) -> (Hospital<'a>, Client, String) {
    let clinic = app.hospital(name).await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let mut first = None;
    for name in NAMES {
        let made = registered(&desk, json!({ "first_name": name })).await;
        first.get_or_insert_with(|| made["id"].as_str().unwrap().to_owned());
    }
    let first = first.unwrap();
    clinic.sql(r"update patients set known_allergies = E'a\ttab\r\nand a \\. line, \\N and \\\\ ''quoted', version = version + 1").await;
    let sent = desk.request(Method::POST, &picture(&first)).file(&png()).send().await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    (clinic, desk, first)
}

fn picture(patient: &str) -> String {
    format!("{PATIENTS}/{patient}/profile-picture")
}

/// A digest of each table of a hospital.
async fn digests(clinic: &Hospital<'_>) -> BTreeMap<String, Value> {
    let tables = clinic
        .sql(&format!("select tablename as t from pg_tables where schemaname = '{}'", clinic.schema))
        .await;
    let mut found = BTreeMap::new();
    for table in tables {
        let name = table["t"].as_str().unwrap();
        let rows = clinic
            .sql(&format!(
                "select count(*) as n, md5(coalesce(string_agg(x::text, '' order by x::text), '')) as d from {name} x"
            ))
            .await;
        found.insert(name.to_owned(), rows[0].clone());
    }
    found
}

/// Everything below a folder, itself included.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        if path.is_dir() {
            found.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
        at += 1;
    }
    found
}
