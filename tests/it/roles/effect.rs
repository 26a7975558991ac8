//! What a change does to those who hold the role: at once, everywhere, and nothing by its name.

use std::time::{Duration, Instant};

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{ROLES, codes, give, made, path_of, somebody, system};
use crate::harness::{Client, TestApp};

/// Until this person is answered so, which must not take a second.
async fn within_a_second(client: &Client, path: &str, status: u16) {
    let begun = Instant::now();
    while client.get(path).await.status != status {
        assert!(begun.elapsed() < Duration::from_secs(1), "{path} does not answer {status} after a second");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_change_holds_on_every_instance_within_a_second() {
    let app = TestApp::new().await;
    let second = app.second_instance().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (here, role) = somebody(&clinic, &admin, &["patients:view"]).await;
    let there = here.on(&second.router);
    let path = path_of(&role);
    let patients = "/api/v1/patients";
    // Both instances know this person, and would not ask again by themselves.
    assert_eq!([here.get(patients).await.status, there.get(patients).await.status], [200, 200]);
    assert_eq!(here.get(ROLES).await.status, 403);
    for (codes, can_see_patients, can_see_roles) in [
        (json!(["roles:view"]), 403, 200),
        (json!([]), 403, 403),
        (json!(["patients:view", "roles:view"]), 200, 200),
    ] {
        let changed = admin.patch(&path, &json!({ "permission_codes": codes })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(here.get(patients).await.status, can_see_patients, "this instance knows at once");
        within_a_second(&there, patients, can_see_patients).await;
        within_a_second(&there, ROLES, can_see_roles).await;
    }
    let held: Vec<Value> = here.get("/api/v1/auth/me").await.json["roles"].as_array().unwrap().clone();
    assert_eq!(held.len(), 2);
    // Disabled it grants nothing, and is not even named; enabled it grants again.
    let toggle = format!("{path}/toggle-active");
    assert_eq!(admin.on(&second.router).patch(&toggle, &json!({})).await.status, 200);
    assert_eq!(there.get(patients).await.status, 403, "whichever instance was asked");
    within_a_second(&here, patients, 403).await;
    assert_eq!(here.get("/api/v1/auth/me").await.json["roles"].as_array().unwrap().len(), 1);
    assert_eq!(here.again().await.get(patients).await.status, 403, "and not by signing in again");
    assert_eq!(admin.patch(&toggle, &json!({})).await.status, 200);
    within_a_second(&there, patients, 200).await;
}

#[tokio::test]
async fn two_roles_grant_what_either_grants() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(nurse.get(ROLES).await.status, 403);
    let extra = made(&admin, "Also sees roles", &["roles:view"]).await;
    let nurse = give(&clinic, &nurse, &extra).await;
    assert_eq!([nurse.get(ROLES).await.status, nurse.get("/api/v1/patients").await.status], [200, 200]);
}

#[tokio::test]
async fn a_name_grants_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Other").await;
    let admin = clinic.admin().await;
    // Names of the system's own roles are taken, in any case; that of the platform's is only a name.
    for name in SystemRole::ALL.map(SystemRole::key) {
        let reply = admin.post(ROLES, &json!({ "name": name.to_lowercase() })).await;
        assert_eq!((reply.status, &reply.json["code"]), (400, &json!("roles.name_taken")), "{name}");
    }
    for name in ["SUPER_ADMIN", "super admin", "HOSPITAL ADMIN", "tenants:manage"] {
        let role = made(&admin, name, &["dashboard:view"]).await;
        let person = clinic.staff(SystemRole::Dispatcher).await;
        let person = give(&clinic, &person, &role).await;
        let me = person.get("/api/v1/auth/me").await.json;
        assert!(me["roles"].as_array().unwrap().iter().any(|r| r["name"] == name), "{me}");
        for path in ["/api/v1/platform/tenants", ROLES, "/api/v1/patients", "/api/v1/hospital"] {
            assert_eq!(person.get(path).await.status, 403, "{name} {path}");
        }
        let suspend = format!("/api/v1/platform/tenants/{}/suspend", other.id);
        assert_eq!(person.patch(&suspend, &json!({})).await.status, 403, "{name}");
        let page = person.browser().await;
        assert_eq!(page.get("/console/hospitals").await.status, 403, "{name}");
        assert_eq!(page.get("/home").await.header("location"), "/today", "{name}");
    }
}

#[tokio::test]
async fn the_same_toggle_sent_twice_switches_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let role = made(&admin, "Porter", &["dashboard:view"]).await;
    let toggle = format!("{}/toggle-active", path_of(&role));
    let send = async || {
        admin.request(Method::PATCH, &toggle).header("idempotency-key", "k-1").json(&json!({})).send().await
    };
    let first = send().await;
    assert_eq!((first.status, &first.json["is_active"]), (200, &json!(false)), "{}", first.text);
    let again = send().await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"), "{}", again.text);
    assert_eq!(again.json, first.json);
    assert_eq!(admin.get(&path_of(&role)).await.json["is_active"], false);

    let create = async || {
        let body = json!({ "name": "Driver" });
        admin.request(Method::POST, ROLES).header("idempotency-key", "k-2").json(&body).send().await
    };
    assert_eq!((create().await.status, create().await.status), (201, 201));
    assert_eq!(clinic.sql("select id from roles where name = 'Driver'").await.len(), 1);
}

#[tokio::test]
async fn the_system_roles_hold_what_their_work_needs_and_no_more() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let desk = system(&admin, SystemRole::Receptionist).await;
    for code in [
        "patients:create",
        "patients:update",
        "appointments:view",
        "appointments:create",
        "appointments:update_status",
        "departments:view",
        "users:view",
    ] {
        assert!(codes(&desk).contains(&code), "the desk cannot book, register or check in without {code}");
    }
    let doctor = system(&admin, SystemRole::Doctor).await;
    for code in ["appointments:create", "departments:view", "users:view", "vitals:record"] {
        assert!(codes(&doctor).contains(&code), "a doctor cannot book a follow-up without {code}");
    }
    let nurse = system(&admin, SystemRole::Nurse).await;
    assert!(["vitals:view", "vitals:record"].iter().all(|code| codes(&nurse).contains(code)));
    let auditor = system(&admin, SystemRole::Auditor).await;
    assert!(codes(&auditor).contains(&"audit:view"));
    assert!(!codes(&auditor).iter().any(|code| code.starts_with("patients:")), "reads no record");
    for role in SystemRole::ALL.into_iter().filter(|role| *role != SystemRole::HospitalAdmin) {
        let granted = role.permissions();
        let rules = |code: &&str| {
            let governs =
                ["roles:", "users:", "departments:", "settings:"].iter().any(|area| code.starts_with(area));
            governs && !code.ends_with(":view")
        };
        assert!(!granted.iter().any(rules), "{role:?} rules over others: {granted:?}");
    }

    // And in effect: they choose departments where they book, and nobody else sees the roles.
    for role in SystemRole::ALL {
        let person = clinic.staff(role).await;
        let holds = |code| if role.permissions().contains(&code) { 200 } else { 403 };
        assert_eq!(
            person.get("/api/v1/departments?for_patients=true").await.status,
            holds("departments:view")
        );
        assert_eq!(person.get(ROLES).await.status, holds("roles:view"), "{role:?}");
        assert_eq!(person.get("/api/v1/patients").await.status, holds("patients:view"), "{role:?}");
        assert_eq!(person.browser().await.get("/today").await.status, 200, "{role:?} has a start page");
    }
}
