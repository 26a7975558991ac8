//! Pictures of patients: what is kept of a file, what is refused, who sees it, and that no file is lost or left behind.

mod content;
mod merged;
mod rights;
mod storage;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::pictures;
use hms::clinic::roles::SystemRole;
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::harness::files::{Part, halves, multipart, png, written};
use crate::harness::{Client, Hospital, Reply, TestApp, eventually};

const PATIENTS: &str = "/api/v1/patients";

fn of(patient: &str) -> String {
    format!("{PATIENTS}/{patient}/profile-picture")
}

async fn registered(desk: &Client, name: &str) -> String {
    let made = desk.post(PATIENTS, &json!({ "first_name": name })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json["id"].as_str().unwrap().to_owned()
}

async fn stage(app: &TestApp) -> (Hospital<'_>, Client, String) {
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let patient = registered(&desk, "Asha").await;
    (clinic, desk, patient)
}

async fn send(desk: &Client, patient: &str, file: &[u8]) -> Reply {
    desk.request(Method::POST, &of(patient)).file(file).send().await
}

/// Give the patient this picture; the patient as answered.
async fn given(desk: &Client, patient: &str, file: &[u8]) -> Value {
    let reply = send(desk, patient, file).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

async fn shown(desk: &Client, patient: &str, query: &str) -> RgbImage {
    let reply = desk.get(&format!("{}{query}", of(patient))).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "image/jpeg"), "{}", reply.text);
    image::load_from_memory_with_format(&reply.bytes, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// Every file of the storage, by its path below the root.
fn kept(app: &TestApp) -> BTreeSet<String> {
    let root = &app.app.config.files;
    let mut files = BTreeSet::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// Names of both files that the patient's row stands for.
async fn named(clinic: &Hospital<'_>, patient: &str) -> BTreeSet<String> {
    let rows = clinic.sql(&format!("select photo_path from patients where id = '{patient}'")).await;
    let Some(name) = rows[0]["photo_path"].as_str() else { return BTreeSet::new() };
    let full = format!("{}/{name}", clinic.schema);
    BTreeSet::from([full.replace(".jpg", ".thumb.jpg"), full])
}

/// What the history of records says about pictures, oldest first.
async fn history(clinic: &Hospital<'_>) -> Vec<Value> {
    clinic.sql("select * from patient_changes where action = 'PICTURE' order by changed_at").await
}

/// As if it had been written two days ago.
fn age(path: &Path) {
    let then = SystemTime::now() - Duration::from_secs(48 * 3600);
    fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

fn age_all(app: &TestApp) {
    kept(app).iter().for_each(|name| age(&app.app.config.files.join(name)));
}
