//! What the console counts is what is there: after mixed load, after drift, in bytes.

use std::time::Duration;

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use hms::platform::hospitals;
use serde_json::{Value, json};

use super::{TENANTS, list, names};
use crate::cli;
use crate::harness::files::png;
use crate::harness::{Client, Hospital, TestApp, eventually};
use crate::patients::{PATIENTS, QUICK, path_of, patient, registered};

/// What one desk does in a while: registers, merges, takes some of that back, has an emergency, plays.
async fn works(clinic: &Hospital<'_>, desk: &Client, seed: usize) {
    let admin = clinic.admin().await;
    for n in 0..6 {
        let first = registered(desk, json!({ "first_name": format!("Asha {seed} {n}") })).await;
        let second = registered(desk, json!({ "first_name": format!("Aasha {seed} {n}") })).await;
        let refused = desk.post(QUICK, &json!({ "first_name": "" })).await;
        assert_eq!(refused.status, 422);
        let body = json!({ "duplicate_id": second["id"], "reason": "The same person" });
        let merge = admin.post(&format!("{}/merge", path_of(&first)), &body).await;
        assert_eq!(merge.status, 201, "{}", merge.text);
        if n % 2 == 0 {
            let undo = format!("{PATIENTS}/merges/{}/undo", merge.json["id"].as_str().unwrap());
            assert_eq!(admin.post(&undo, &json!({ "reason": "Two people" })).await.status, 200);
        }
        if n % 3 == 0 {
            let urgent = desk.post(&format!("{PATIENTS}/emergency"), &json!({ "first_name": "Ravi" })).await;
            assert_eq!(urgent.status, 201, "{}", urgent.text);
            clinic.staff(SystemRole::Nurse).await;
        }
        let practice = desk.post(&format!("{PATIENTS}/practice"), &json!({})).await;
        assert!(practice.status == 200, "{}", practice.text);
    }
}

/// Accounts and patients of each hospital, as they lie in the tables.
async fn truth(app: &TestApp, clinic: &Hospital<'_>) -> (i64, i64) {
    let users = format!(
        "select count(*) as n from public.users where tenant_id = '{}' and not is_deleted",
        clinic.id
    );
    let users = app.sql(&users).await[0]["n"].as_i64().unwrap();
    let patients =
        clinic.sql("select count(*) as n from patients where merged_into is null and not is_practice").await;
    (users, patients[0]["n"].as_i64().unwrap())
}

fn told(row: &Value) -> (i64, i64) {
    (row["user_count"].as_i64().unwrap(), row["patient_count"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_mixed_load_the_console_counts_what_is_there() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let clinics = [
        app.hospital("One").await,
        app.hospital("Two").await,
        app.hospital("Three").await,
        app.hospital("Empty").await,
    ];
    let mut desks = Vec::new();
    for clinic in &clinics[..3] {
        for _ in 0..2 {
            desks.push((clinic, clinic.staff(SystemRole::Receptionist).await));
        }
    }
    join_all(desks.iter().enumerate().map(|(seed, (clinic, desk))| works(clinic, desk, seed))).await;

    let boss = app.super_admin().await;
    let listed = list(&boss, &[]).await;
    let mut sum = (0, 0);
    for clinic in &clinics {
        let row = listed.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == clinic.id.as_str())
            .unwrap();
        let is = truth(&app, clinic).await;
        assert_eq!(told(row), is, "{}", clinic.name);
        let details = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await.json;
        let metrics = &details["metrics"];
        assert_eq!((&metrics["user_count"], &metrics["total_patients"]), (&json!(is.0), &json!(is.1)));
        sum = (sum.0 + is.0, sum.1 + is.1);
    }
    let (_, most) = truth(&app, &clinics[0]).await;
    assert!(most > 15, "{most}: there was load");
    let overview = boss.get("/api/v1/platform/dashboard").await.json;
    assert_eq!((&overview["user_count"], &overview["patient_count"]), (&json!(sum.0), &json!(sum.1)));
}

#[tokio::test]
async fn lists_are_sorted_by_what_hospitals_use() {
    let app = TestApp::new().await;
    let (small, great) = (app.hospital("Small").await, app.hospital("Great").await);
    app.hospital("Unused").await;
    let desk = great.staff(SystemRole::Receptionist).await;
    great.staff(SystemRole::Nurse).await;
    registered(&desk, json!({})).await;
    assert_eq!(small.admin().await.get("/api/v1/auth/me").await.status, 200);
    let boss = app.super_admin().await;
    eventually("both were seen", async || app.sql("select from public.tenant_activity").await.len() == 2)
        .await;
    app.sql(&format!(
        "update public.tenant_activity set last_active_at = now() - interval '1 day' where tenant_id = '{}'",
        great.id
    ))
    .await;
    for (sort, expected) in [
        ("-users", vec!["Great", "Unused", "Small"]),
        ("users", vec!["Small", "Unused", "Great"]),
        ("-patients", vec!["Great", "Unused", "Small"]),
        ("patients", vec!["Small", "Unused", "Great"]),
        ("-active", vec!["Small", "Great", "Unused"]),
        ("active", vec!["Unused", "Great", "Small"]),
    ] {
        assert_eq!(names(&list(&boss, &[("sort", sort)]).await), expected, "{sort}");
        let paged = list(&boss, &[("sort", sort), ("page_size", "1"), ("page", "2")]).await;
        assert_eq!(names(&paged), [expected[1]], "{sort}");
    }
    let page = boss.browser().await.get("/console/hospitals?sort=-active").await.text;
    assert!(page.contains(r#"aria-sort="descending""#) && page.contains("sort=active"), "{page}");
}

#[tokio::test]
async fn activity_is_noted_now_and_then_and_not_with_every_request() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let details = format!("{TENANTS}/{}/details", clinic.id);
    assert_eq!(boss.get(&details).await.json["tenant"]["last_active_at"], Value::Null, "nobody has used it");
    let desk = clinic.staff(SystemRole::Receptionist).await;
    desk.get(PATIENTS).await;
    eventually("it was seen", async || !boss.get(&details).await.json["tenant"]["last_active_at"].is_null())
        .await;
    let first = boss.get(&details).await.json["tenant"]["last_active_at"].clone();
    join_all((0..20).map(|_| desk.get(PATIENTS))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(boss.get(&details).await.json["tenant"]["last_active_at"], first);
}

#[tokio::test]
async fn storage_is_measured_and_counts_that_drifted_are_put_right() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let anna = registered(&desk, json!({})).await;
    registered(&desk, json!({ "first_name": "Ravi" })).await;
    let picture = format!("{}/profile-picture", path_of(&anna));
    assert_eq!(desk.request(Method::POST, &picture).file(&png()).send().await.status, 200);
    let boss = app.super_admin().await;
    let details = async |id: &str| boss.get(&format!("{TENANTS}/{id}/details")).await.json;
    assert_eq!(details(&clinic.id).await["tenant"]["storage_bytes"], Value::Null, "not measured yet");

    assert_eq!(hospitals::measure_all(&app.app).await.unwrap(), 2);
    let (with, without) = (details(&clinic.id).await, details(&other.id).await);
    let on_disk: u64 = files_below(&app.app.config.files.join(&clinic.schema));
    assert!(on_disk > 0);
    assert_eq!(with["metrics"]["file_bytes"], json!(on_disk));
    assert_eq!(without["metrics"]["file_bytes"], 0);
    let data = with["metrics"]["data_bytes"].as_i64().unwrap();
    assert!(data > 100_000, "{data}: tables with their indexes");
    assert_eq!(with["tenant"]["storage_bytes"], json!(data + i64::try_from(on_disk).unwrap()));

    // The platform's numbers and the hospital's own counter are wrong.
    let room = crate::queue::room(&clinic).await;
    let book = async |hours: i64| {
        let at = (app.app.clock.now().as_second() / 3600 + hours) * 3600;
        let body = json!({
            "patient_id": anna["id"], "doctor_user_id": room.doctor_id, "department_id": room.department_id,
            "scheduled_at": jiff::Timestamp::from_second(at).unwrap().to_string(),
        });
        let booked = desk.post("/api/v1/appointments", &body).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
    };
    book(30).await;
    app.sql(&format!(
        "update public.tenant_usage set patients = 99, appointments = 12 where schema_name = '{}'",
        clinic.schema
    ))
    .await;
    clinic.sql("update counters set value = 7 where name = 'patients'").await;
    let ran = cli::hms(&app, &["tenant", "recount", &clinic.id]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("2 patients (put right, 7 was kept), 1 appointment (put right, 12 was kept)")
            && !ran.out.contains("Zen"),
        "{}",
        ran.out
    );
    assert_eq!(details(&clinic.id).await["metrics"]["total_patients"], 2);
    assert_eq!(details(&clinic.id).await["metrics"]["total_appointments"], 1);
    let audit = clinic.audit().await;
    let row = audit.iter().find(|row| row["kind"] == "recounted").unwrap();
    let told = json!({ "kept": 7, "is": 2, "kept_appointments": 12, "appointments": 1 });
    assert_eq!(row["detail"], told);
    book(40).await;
    assert_eq!(details(&clinic.id).await["metrics"]["total_appointments"], 2, "and it goes on from there");
    assert_eq!(desk.post(QUICK, &patient(json!({}))).await.status, 201);
    assert_eq!(details(&clinic.id).await["metrics"]["total_patients"], 3, "and it goes on from there");
    let all = cli::hms(&app, &["tenant", "recount"]).await;
    assert!(
        all.code == 0 && all.out.contains("3 patients (as kept)") && all.out.contains("Zen"),
        "{}",
        all.out
    );
}

fn files_below(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            if about.is_dir() { files_below(&entry.path()) } else { about.len() }
        })
        .sum()
}
