//! Databases that give less: one login, no right to make roles, roles switched off. The boot says what holds.

use hms::db::{Db, Isolation, Target, boot, migrate, schemas};
use serde_json::json;

use crate::harness::{Blank, TestApp};

pub async fn prepare(blank: &Blank, target: Target, roles: &str) -> TestApp {
    let config = blank.config(&[("TENANT_ROLES", roles)]);
    let db = Db::open(&config, target.clone()).await.unwrap();
    hms::jobs::migrate(&target, db.isolation()).await.unwrap();
    migrate::platform(&target, db.isolation()).await.unwrap();
    schemas::keep_warm(&target, db.isolation(), 1).await.unwrap();
    TestApp::over(blank, target, &[("TENANT_ROLES", roles)]).await
}

/// Two hospitals work and do not see each other's staff.
async fn works(app: &TestApp) {
    let (north, south) = (app.hospital("North").await, app.hospital("South").await);
    let me = north.admin().await.get("/api/v1/auth/me").await;
    assert_eq!((me.status, &me.json["tenant"]["name"]), (200, &json!("North")), "{}", me.text);
    let nurse = south.staff(hms::clinic::roles::SystemRole::Nurse).await;
    assert_eq!(nurse.get("/api/v1/auth/me").await.json["tenant"]["name"], "South");
    assert_eq!(north.sql("select count(*) as n from staff").await[0]["n"], 1);
    assert_eq!(south.sql("select count(*) as n from staff").await[0]["n"], 2);
}

fn safeguard(app: &TestApp, name: &str) -> bool {
    app.app.db.report.safeguards.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("{name}")).on
}

#[tokio::test]
async fn two_logins_with_roles_switched_off_keep_hospitals_apart_by_path() {
    let blank = Blank::create().await;
    let app = prepare(&blank, blank.target(), "off").await;
    assert_eq!(app.app.db.isolation(), Isolation::PathOnly);
    assert!(!safeguard(&app, "a role per hospital"));
    assert!(safeguard(&app, "two logins"));
    works(&app).await;
}

#[tokio::test]
async fn one_login_that_may_make_roles_takes_the_owners_role_for_ddl_only() {
    let blank = Blank::create().await;
    let target = blank.one_login("createrole").await;
    let app = prepare(&blank, target, "auto").await;
    assert_eq!(app.app.db.isolation(), Isolation::Roles);
    assert!(safeguard(&app, "a role per hospital"));
    assert!(!safeguard(&app, "two logins"));
    let owner = app.sql("select distinct tableowner from pg_tables where schemaname = 'public'").await;
    assert_eq!(owner, [json!({ "tableowner": "hms_owner" })]);
    works(&app).await;
}

#[tokio::test]
async fn one_login_that_owns_a_database_and_nothing_else_works_by_path() {
    let blank = Blank::create().await;
    let target = blank.one_login("nocreaterole").await;
    let app = prepare(&blank, target, "auto").await;
    assert_eq!(app.app.db.isolation(), Isolation::PathOnly);
    assert!(!safeguard(&app, "a role per hospital"));
    works(&app).await;
}

#[tokio::test]
async fn roles_that_are_demanded_and_cannot_be_made_stop_the_boot_with_a_reason() {
    let blank = Blank::create().await;
    let target = blank.one_login("nocreaterole").await;
    let config = blank.config(&[("TENANT_ROLES", "on")]);
    let refused = Db::open(&config, target).await.unwrap_err();
    assert!(format!("{refused:#}").contains("TENANT_ROLES=on"), "{refused:#}");
}

#[tokio::test]
async fn a_second_boot_changes_nothing() {
    let app = TestApp::new().await;
    let acl = "select (select datacl::text from pg_database where datname = current_database()) as d, \
               (select string_agg(nspacl::text, ' ' order by nspname) from pg_namespace) as n, \
               (select count(*) from pg_auth_members) as m";
    let before = app.sql(acl).await;
    let report = boot::check(app.target(), hms::config::TenantRoles::Auto).await.unwrap();
    assert!(report.safeguards.iter().all(|s| s.on), "{:?}", report.safeguards);
    assert_eq!(app.sql(acl).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_instances_boot_and_migrate_at_once() {
    let blank = Blank::create().await;
    let all = (0..4).map(|_| {
        let (target, config) = (blank.target(), blank.config(&[]));
        tokio::spawn(async move {
            let db = Db::open(&config, target.clone()).await.unwrap();
            hms::jobs::migrate(&target, db.isolation()).await.unwrap();
            migrate::platform(&target, db.isolation()).await.unwrap();
            schemas::keep_warm(&target, db.isolation(), 2).await.unwrap();
        })
    });
    for done in futures_util::future::join_all(all).await {
        done.unwrap();
    }
    works(&TestApp::over(&blank, blank.target(), &[]).await).await;
}

#[tokio::test]
async fn a_hospital_behind_its_version_gets_503_and_comes_back_after_migration() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Late Clinic").await;
    let admin = clinic.admin().await;
    app.sql(&format!("update public.tenant_schemas set version = 0 where name = '{}'", clinic.schema)).await;
    app.sql("select pg_notify('hms_registry', 'all')").await;
    crate::harness::eventually("503 with Retry-After", async || {
        let reply = admin.get("/api/v1/patients").await;
        reply.status == 503 && reply.header("retry-after") == "5"
    })
    .await;
    assert_eq!(admin.get("/api/v1/auth/me").await.status, 200, "who they are can still be asked");
    let outcomes = migrate::tenants(app.target(), app.app.db.isolation(), 2, |_| {}).await.unwrap();
    assert!(outcomes.iter().all(|o| o.result.is_ok()), "{outcomes:?}");
    crate::harness::eventually("served again", async || admin.get("/api/v1/patients").await.status == 200)
        .await;
    // A newer HMS has migrated it already: this one goes on serving.
    app.sql(&format!(
        "update public.tenant_schemas set version = version + 1 where name = '{}'",
        clinic.schema
    ))
    .await;
    app.sql("select pg_notify('hms_registry', 'all')").await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(admin.get("/api/v1/patients").await.status, 200);
}

#[tokio::test]
async fn one_hospitals_failing_migration_is_named_and_the_others_go_on() {
    let app = TestApp::new().await;
    let (good, bad) = (app.hospital("Good").await, app.hospital("Bad").await);
    // As if V1 had to be run again in both; in one of them a table is in the way.
    for clinic in [&good, &bad] {
        app.sql(&format!("drop schema {0} cascade; create schema {0} authorization hms_owner; grant usage on schema {0} to {0}", clinic.schema)).await;
        app.sql(&format!("update public.tenant_schemas set version = 0 where name = '{}'", clinic.schema))
            .await;
    }
    app.sql(&format!("create table {}.staff (id int)", bad.schema)).await;
    let outcomes = migrate::tenants(app.target(), app.app.db.isolation(), 2, |_| {}).await.unwrap();
    let failed: Vec<&str> =
        outcomes.iter().filter(|o| o.result.is_err()).map(|o| o.schema.as_str()).collect();
    assert_eq!(failed, [bad.schema.as_str()]);
    let rows = app
        .sql(&format!("select version, error from public.tenant_schemas where name = '{}'", bad.schema))
        .await;
    assert!(rows[0]["version"] == 0 && rows[0]["error"].as_str().unwrap().contains("42P07"), "{rows:?}");
    app.sql(&format!("drop table {}.staff", bad.schema)).await;
    let again = migrate::tenants(app.target(), app.app.db.isolation(), 2, |_| {}).await.unwrap();
    assert_eq!(again.len(), 1, "only what is behind is tried again");
    assert!(again[0].result.is_ok(), "{again:?}");
}
