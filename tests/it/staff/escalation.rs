//! Nobody climbs: rights that are lacked are not given, who holds more is not changed, nobody changes themselves.

use axum::http::Method;
use hms::clinic::roles::CATALOGUE;
use serde_json::{Value, json};

use super::{USERS, account, invited, joined, path_of, person, role, told};
use crate::harness::{Client, Reply, TestApp, eventually};

/// All that may be done to staff, and nothing else.
const MANAGER: [&str; 5] =
    ["users:view", "users:create", "users:update", "users:deactivate", "users:assign_roles"];

/// Each way to change the person at `path`, with who was tried.
async fn attempts(by: &Client, path: &str) -> Vec<(String, Reply)> {
    let mut replies = Vec::new();
    for body in [
        json!({ "first_name": "Mallory" }),
        json!({ "phone": "9822099999" }),
        json!({ "department": "Emergency" }),
        json!({ "roles": [] }),
        json!({ "roles": ["NURSE"] }),
        json!({ "status": "INACTIVE" }),
        json!({ "status": "PASSWORD_EXPIRED" }),
        json!({ "is_active": false }),
    ] {
        replies.push((body.to_string(), by.patch(path, &body).await));
    }
    for act in ["deactivate", "resend-invitation", "force-password-change", "unlock"] {
        replies.push((act.to_owned(), by.post(&format!("{path}/{act}"), &json!({})).await));
    }
    replies.push(("toggle".into(), by.request(Method::PATCH, &format!("{path}/toggle-active")).send().await));
    replies
}

#[tokio::test]
async fn who_manages_staff_gives_no_right_that_they_lack_and_touches_nobody_who_holds_more() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    role(&clinic, "Manager", &MANAGER).await;
    role(&clinic, "Watcher", &["users:view"]).await;
    role(&clinic, "Auditor of one", &["users:view", "patients:view"]).await;
    let (manager, own) = joined(&app, &admin, &["Manager"]).await;
    // What they hold they may give.
    let watcher = invited(&manager, json!({ "roles": ["Watcher", "Manager"] })).await;
    assert_eq!(manager.patch(&path_of(&watcher), &json!({ "roles": ["Watcher"] })).await.status, 200);
    // One right more is too much, wherever it is tried.
    for name in ["HOSPITAL_ADMIN", "NURSE", "Auditor of one"] {
        let reply = manager.post(USERS, &person(json!({ "roles": ["Watcher", name] }))).await;
        assert_eq!(told(&reply), (403, "staff.grants_more".into()), "{name}: {}", reply.text);
        let reply = manager.patch(&path_of(&watcher), &json!({ "roles": ["Watcher", name] })).await;
        assert_eq!(told(&reply), (403, "staff.grants_more".into()), "{name}: {}", reply.text);
        let people = json!({ "people": [person(json!({ "roles": [name] }))] });
        let reply = manager.post(&format!("{USERS}/import"), &people).await;
        assert_eq!(
            (reply.status, &reply.json["lines"][0]["outcome"]),
            (200, &json!("REFUSED")),
            "{}",
            reply.text
        );
        assert_eq!(reply.json["lines"][0]["errors"][0]["field"], "roles");
    }
    let me = admin.get("/api/v1/auth/me").await.json;
    let (_, nurse) = joined(&app, &admin, &["NURSE"]).await;
    let before = (admin.get(&path_of(&me)).await.json, admin.get(&path_of(&nurse)).await.json);
    for target in [&me, &nurse] {
        for (what, reply) in attempts(&manager, &path_of(target)).await {
            assert_eq!(told(&reply), (403, "staff.outranked".into()), "{what}: {}", reply.text);
        }
    }
    assert_eq!((admin.get(&path_of(&me)).await.json, admin.get(&path_of(&nurse)).await.json), before);
    for (what, reply) in attempts(&manager, &path_of(&own)).await {
        let is_profile = what.contains("first_name") || what.contains("phone");
        match is_profile {
            true => assert_eq!(reply.status, 200, "{what}: {}", reply.text),
            false => assert!(
                ["staff.own_account", "staff.grants_more"].contains(&&*told(&reply).1) && reply.status == 403,
                "{what}: {}",
                reply.text
            ),
        }
    }
    assert_eq!(account(&app, &own, "is_active").await, json!(true));
    let held = manager.get("/api/v1/auth/me").await.json;
    assert_eq!(held["roles"].as_array().unwrap().len(), 1);
    assert_eq!(held["roles"][0]["name"], "Manager");
}

#[tokio::test]
async fn each_act_needs_its_own_right() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    role(&clinic, "Editor", &["users:view", "users:update"]).await;
    role(&clinic, "Inviter", &["users:view", "users:create"]).await;
    role(&clinic, "Stopper", &["users:view", "users:deactivate"]).await;
    let (editor, _) = joined(&app, &admin, &["Editor"]).await;
    let (inviter, _) = joined(&app, &admin, &["Inviter"]).await;
    let (stopper, _) = joined(&app, &admin, &["Stopper"]).await;
    let missing = (403, "auth.permission_missing".to_owned());
    let target = invited(&inviter, json!({})).await;
    let path = path_of(&target);
    assert_eq!(told(&inviter.post(USERS, &person(json!({ "roles": ["Inviter"] }))).await), missing);
    assert_eq!(inviter.post(USERS, &person(json!({ "roles": [] }))).await.status, 201);
    assert_eq!(told(&inviter.patch(&path, &json!({ "first_name": "Mira" })).await), missing);
    assert_eq!(editor.patch(&path, &json!({ "first_name": "Mira" })).await.status, 200);
    assert_eq!(told(&editor.patch(&path, &json!({ "roles": ["Editor"] })).await), missing, "assign_roles");
    for body in
        [json!({ "status": "INACTIVE" }), json!({ "is_active": false }), json!({ "status": "LOCKED" })]
    {
        assert_eq!(told(&editor.patch(&path, &body).await), missing, "{body}");
    }
    assert_eq!(told(&editor.post(USERS, &person(json!({}))).await), missing);
    assert_eq!(told(&editor.post(&format!("{path}/deactivate"), &json!({})).await), missing);
    assert_eq!(stopper.post(&format!("{path}/deactivate"), &json!({})).await.status, 200);
    assert_eq!(told(&stopper.patch(&path, &json!({ "phone": "9822012345" })).await), missing);
    assert_eq!(told(&stopper.post(&format!("{path}/force-password-change"), &json!({})).await), missing);
    assert_eq!(account(&app, &target, "is_active").await, json!(false));
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    // Holds all rights without the role.
    let all: Vec<&str> = CATALOGUE.iter().map(|permission| permission.code).collect();
    role(&clinic, "Everything", &all).await;
    let (deputy, _) = joined(&app, &admin, &["Everything"]).await;
    let me = admin.get("/api/v1/auth/me").await.json;
    // Invited and never came: nobody could sign in as administrator.
    let second = invited(&admin, json!({ "roles": ["HOSPITAL_ADMIN"] })).await;
    let path = path_of(&me);
    for body in [
        json!({ "roles": [] }),
        json!({ "roles": ["Everything"] }),
        json!({ "status": "INACTIVE" }),
        json!({ "status": "LOCKED" }),
    ] {
        let reply = deputy.patch(&path, &body).await;
        assert_eq!(told(&reply), (403, "staff.last_administrator".into()), "{body}: {}", reply.text);
    }
    let reply = deputy.post(&format!("{path}/deactivate"), &json!({})).await;
    assert_eq!(told(&reply), (403, "staff.last_administrator".into()));
    assert_eq!(admin.get(USERS).await.status, 200, "still there");
    super::chooses_password(&app, second["email"].as_str().unwrap()).await;
    let reply = deputy.post(&format!("{path}/deactivate"), &json!({})).await;
    assert_eq!(reply.status, 200, "now there is another one: {}", reply.text);
    let reply = deputy.patch(&path_of(&second), &json!({ "roles": [] })).await;
    assert_eq!(told(&reply), (403, "staff.last_administrator".into()));
}

#[tokio::test]
async fn a_disabled_role_is_not_given_and_grants_nothing_and_a_name_is_just_a_name() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let id = role(&clinic, "Night desk", &["patients:view"]).await;
    role(&clinic, "SUPER_ADMIN", &["users:view"]).await;
    let (desk, user) = joined(&app, &admin, &["Night desk"]).await;
    assert_eq!(desk.get("/api/v1/patients").await.status, 200);
    clinic.sql(&format!("update roles set is_active = false where id = '{id}'")).await;
    app.sql("select pg_notify('hms_registry', 'all')").await;
    eventually("it grants nothing", async || desk.get("/api/v1/patients").await.status == 403).await;
    let shown = admin.get(&path_of(&user)).await.json;
    assert_eq!(
        (&shown["roles"][0]["is_active"], &shown["roles"][0]["permissions"]),
        (&json!(false), &json!([]))
    );
    let reply = admin.post(USERS, &person(json!({ "roles": ["Night desk"] }))).await;
    assert_eq!(told(&reply), (400, "staff.role_disabled".into()));
    // Who has it keeps it beside another one: it is not new to them.
    let kept = admin.patch(&path_of(&user), &json!({ "roles": ["Night desk", "NURSE"] })).await;
    assert_eq!((kept.status, kept.json["roles"].as_array().unwrap().len()), (200, 2), "{}", kept.text);

    let (boss, _) = joined(&app, &admin, &["SUPER_ADMIN"]).await;
    assert_eq!(boss.get(USERS).await.status, 200, "what the role grants, and no more");
    assert_eq!(told(&boss.get("/api/v1/platform/tenants").await), (403, "auth.super_admin_required".into()));
    assert_eq!(boss.get("/api/v1/patients").await.status, 403);
}

#[tokio::test]
async fn fields_that_are_not_for_people_have_no_effect() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Other").await;
    let admin = clinic.admin().await;
    let smuggled = json!({
        "is_super_admin": true, "email_verified": true, "password_hash": "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA",
        "hashed_password": "x", "must_change_password": false, "is_deleted": true, "locked_until": "2099-01-01T00:00:00Z",
        "id": other.id, "user_id": other.id, "created_at": "1999-01-01T00:00:00Z", "failed_attempts": 99,
        "permissions": ["settings:update"], "changed_by_id": other.id,
    });
    let user = invited(&admin, smuggled.clone()).await;
    let changed = admin.patch(&path_of(&user), &smuggled).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let id = user["id"].as_str().unwrap();
    let rows = app.sql(&format!("select * from public.users where id = '{id}'")).await;
    for (column, value) in [
        ("tenant_id", json!(clinic.id)),
        ("is_super_admin", json!(false)),
        ("email_verified", json!(false)),
        ("password_hash", Value::Null),
        ("is_deleted", json!(false)),
        ("locked_until", Value::Null),
        ("failed_attempts", json!(0)),
    ] {
        assert_eq!(rows[0][column], value, "{column}");
    }
    let foreign = admin.patch(&path_of(&user), &json!({ "tenant_id": other.id, "version": null })).await;
    assert_eq!((foreign.status, &foreign.json["tenant_id"]), (200, &json!(clinic.id)), "{}", foreign.text);
    assert!(foreign.json["roles"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn people_of_another_hospital_are_not_there_and_nothing_happens_to_them() {
    let app = TestApp::new().await;
    let (ours, theirs) = (app.hospital("Ours").await, app.hospital("Theirs").await);
    let (admin, stranger) = (ours.admin().await, theirs.admin().await);
    let (nurse, user) = joined(&app, &admin, &["NURSE"]).await;
    let before = app.sql("select * from public.users order by id").await;
    for path in [path_of(&user), format!("{USERS}/{}", uuid::Uuid::now_v7())] {
        let shown = stranger.get(&path).await;
        assert_eq!(told(&shown), (404, "not_found".into()), "{}", shown.text);
        for (what, reply) in attempts(&stranger, &path).await {
            assert_eq!(told(&reply), (404, "not_found".into()), "{what}: {}", reply.text);
            assert!(!reply.text.contains("Meera"), "{what}");
        }
    }
    assert_eq!(app.sql("select * from public.users order by id").await, before);
    assert_eq!(nurse.get("/api/v1/patients").await.status, 200, "and is still signed in");
    // Its roles are not ours either.
    let foreign = ours.sql("select id from roles where system_key = 'NURSE'").await[0]["id"].clone();
    let page = stranger.browser().await;
    let field = format!("role_{}", foreign.as_str().unwrap());
    let form = [
        ("email", "x1@example.org"),
        ("first_name", "Xenia"),
        ("department", "Cardiology"),
        (&*field, "true"),
    ];
    let refused = page.submit("/staff/new", &form).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(app.sql("select id from public.users where email = 'x1@example.org'").await.is_empty());
}
