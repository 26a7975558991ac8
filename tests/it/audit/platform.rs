//! The platform's own audit: for operators, about the platform, and nothing of a patient.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{AUDIT, id_of, kinds};
use crate::harness::{Client, TestApp};
use crate::patients::{path_of, registered};

const PLATFORM: &str = "/api/v1/platform/audit";

async fn lines(boss: &Client, query: &str) -> Vec<Value> {
    let reply = boss.get(&format!("{PLATFORM}?page_size=500&{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    reply.json["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn operators_read_what_was_done_on_the_platform_by_each_filter() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let boss = app.super_admin().await;
    let change = async |id: &str, verb: &str| {
        let reply =
            boss.request(Method::PATCH, &format!("/api/v1/platform/tenants/{id}/{verb}")).send().await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    };
    change(&asha.id, "suspend").await;
    change(&asha.id, "activate").await;
    change(&zen.id, "suspend").await;

    let of_asha = lines(&boss, &format!("tenant_id={}&kind=changes", asha.id)).await;
    assert_eq!(kinds(&of_asha)[..2], ["activated", "suspended"]);
    assert!(of_asha.iter().all(|line| line["tenant_id"] == json!(asha.id)), "{of_asha:?}");
    assert_eq!(
        (&of_asha[0]["tenant_name"], &of_asha[0]["actor_email"]),
        (&json!("Asha Clinic"), &json!("boss@platform.example"))
    );
    assert_eq!(of_asha[1]["detail"]["to"], "SUSPENDED");
    assert_eq!(lines(&boss, "kind=suspended").await.len(), 2);
    let mine = lines(&boss, &format!("actor_id={}", id_of(&boss).await)).await;
    assert!(
        kinds(&mine).iter().filter(|kind| **kind == "listed").count() >= 2,
        "reading it is on it: {mine:?}"
    );
    let by_way = "action=PATCH+%2Fapi%2Fv1%2Fplatform%2Ftenants%2F%7Bid%7D%2Factivate";
    assert_eq!(lines(&boss, by_way).await.len(), 1);
    assert_eq!(lines(&boss, "to=2026-01-01").await.len(), 0);
    let wrong = boss.get(&format!("{PLATFORM}?from=yesterday&tenant_id=asha")).await;
    assert_eq!((wrong.status, wrong.json["errors"].as_array().unwrap().len()), (422, 2));
    let signed_in = lines(&boss, "kind=signed_in").await;
    assert!(signed_in.iter().any(|line| line["subject_email"] == "boss@platform.example"), "{signed_in:?}");
}

#[tokio::test]
async fn it_is_for_operators_alone_and_holds_no_patient() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = registered(&desk, json!({ "first_name": "Zebunnisa" })).await;
    admin.get(&path_of(&made)).await;
    let boss = app.super_admin().await;
    for path in ["", "/failed-sign-ins", "/denied-attempts", "/export/csv"] {
        assert_eq!(admin.get(&format!("{PLATFORM}{path}")).await.status, 403, "{path}");
        let reply = boss.get(&format!("{PLATFORM}{path}")).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        for secret in
            ["Zebunnisa", made["id"].as_str().unwrap(), made["patient_code"].as_str().unwrap(), "\"patient\""]
        {
            assert!(!reply.text.contains(secret), "{path} tells {secret}: {}", reply.text);
        }
    }
    for path in [
        AUDIT.to_owned(),
        format!("{AUDIT}/failed-sign-ins"),
        format!("{AUDIT}/denied-attempts"),
        format!("{AUDIT}/export/csv"),
        format!("{}/audit", path_of(&made)),
    ] {
        assert_eq!(boss.get(&path).await.status, 403, "{path}");
    }
    let page = boss.browser().await;
    for path in ["/audit", "/audit/sign-ins", "/audit/denied"] {
        assert_eq!(page.get(path).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn the_console_shows_it_and_takes_it_away_as_a_file() {
    let app = TestApp::new().await;
    let clinic = app.hospital("=1+1 Clinic").await;
    let boss = app.super_admin().await;
    boss.request(Method::PATCH, &format!("/api/v1/platform/tenants/{}/suspend", clinic.id))
        .json(&json!({ "reason": "Asked for it" }))
        .send()
        .await;
    let page = boss.browser().await;
    let list = page.get(&format!("/console/audit?tenant_id={}&kind=suspended", clinic.id)).await;
    assert_eq!(list.status, 200, "{}", list.text);
    for part in [
        "Suspended",
        "=1+1 Clinic",
        "boss@platform.example",
        "Asked for it",
        "Only of",
        "1–1 of 1",
        "Save as CSV",
    ] {
        assert!(list.text.contains(part), "{part}: {}", list.text);
    }
    assert!(
        page.get("/console/hospitals").await.text.contains("href=\"/console/audit\""),
        "it is in the side bar"
    );
    for path in ["/console/audit/sign-ins", "/console/audit/denied"] {
        let reply = page.get(path).await;
        assert!(reply.status == 200 && reply.text.contains("Parts of the audit"), "{path}: {}", reply.text);
    }
    let csv = page.get(&format!("/console/audit/export/csv?tenant_id={}&kind=suspended", clinic.id)).await;
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 2, "{}", csv.text);
    assert!(lines[1].contains(",'=1+1 Clinic,"), "{}", lines[1]);
    let taken = app.audit().await.into_iter().find(|row| row["kind"] == "exported").unwrap();
    assert_eq!(taken["detail"], json!({ "count": 1, "format": "csv" }));
    let wrong = page.get("/console/audit?to=tomorrow").await;
    assert!(wrong.status == 422 && wrong.text.contains("Use a date like 2026-03-14"), "{}", wrong.text);
}

#[tokio::test]
async fn who_signs_in_is_named() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    admin.browser().await;
    let me = admin.get("/api/v1/auth/me").await.json["id"].clone();
    let rows = app.audit().await;
    let signed_in: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "signed_in").collect();
    assert_eq!(signed_in.len(), 2, "a program and a browser");
    assert!(signed_in.iter().all(|row| row["actor_id"] == me), "{signed_in:?}");
}
