//! Nobody gets further by a role: each code opens exactly what it promises, and nothing grants what its giver lacks.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{ROLES, codes, delete, give, made, path_of, somebody, system};
use crate::harness::{Reply, TestApp};

fn refused(reply: &Reply, code: &str) {
    assert_eq!((reply.status, &reply.json["code"]), (403, &json!(code)), "{}", reply.text);
}

fn needs(reply: &Reply, permission: &str) {
    refused(reply, "auth.permission_missing");
    assert_eq!(reply.detail(), format!("Insufficient permissions. Required: {permission}"));
}

#[tokio::test]
async fn each_code_opens_exactly_what_it_promises() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let target = path_of(&made(&admin, "Target", &["dashboard:view"]).await);

    let (sees, _) = somebody(&clinic, &admin, &["roles:view"]).await;
    for path in [ROLES.to_owned(), format!("{ROLES}/permissions"), target.clone()] {
        assert_eq!(sees.get(&path).await.status, 200);
    }
    needs(&sees.post(ROLES, &json!({ "name": "Mine" })).await, "roles:create");
    needs(&sees.patch(&target, &json!({})).await, "roles:update");
    needs(&sees.patch(&format!("{target}/toggle-active"), &json!({})).await, "roles:update");
    needs(&delete(&sees, &target).await, "roles:delete");

    // Making and changing is one thing, granting another.
    let (makes, _) = somebody(&clinic, &admin, &["roles:create"]).await;
    needs(&makes.get(ROLES).await, "roles:view");
    assert_eq!(makes.post(ROLES, &json!({ "name": "Empty", "permission_codes": [] })).await.status, 201);
    let granting = json!({ "name": "Full", "permission_codes": ["dashboard:view"] });
    needs(&makes.post(ROLES, &granting).await, "roles:assign_permissions");
    let dispatcher = system(&admin, SystemRole::Dispatcher).await;
    let like = json!({ "name": "Full", "template_role_id": dispatcher["id"] });
    needs(&makes.post(ROLES, &like).await, "roles:assign_permissions");

    let (changes, _) = somebody(&clinic, &admin, &["roles:update"]).await;
    assert_eq!(changes.patch(&target, &json!({ "name": "Renamed", "description": "x" })).await.status, 200);
    for codes in [json!([]), json!(["dashboard:view"]), json!(["dashboard:view", "departments:view"])] {
        let reply = changes.patch(&target, &json!({ "permission_codes": codes })).await;
        needs(&reply, "roles:assign_permissions");
    }
    needs(&delete(&changes, &target).await, "roles:delete");
    needs(&changes.post(ROLES, &json!({ "name": "Mine" })).await, "roles:create");
    assert_eq!(codes(&admin.get(&target).await.json), ["dashboard:view"]);

    // To assign permissions alone opens no door.
    let (assigns, _) = somebody(&clinic, &admin, &["roles:assign_permissions"]).await;
    needs(&assigns.post(ROLES, &granting).await, "roles:create");
    needs(&assigns.patch(&target, &json!({ "permission_codes": [] })).await, "roles:update");

    let (removes, _) = somebody(&clinic, &admin, &["roles:delete"]).await;
    assert_eq!(delete(&removes, &target).await.status, 204);
}

const MANAGER: &[&str] = &[
    "roles:view",
    "roles:create",
    "roles:update",
    "roles:delete",
    "roles:assign_permissions",
    "users:assign_roles",
];

#[tokio::test]
async fn nobody_grants_what_they_lack() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (manager, _) = somebody(&clinic, &admin, MANAGER).await;
    for body in [
        json!({ "name": "Mine", "permission_codes": ["patients:view"] }),
        json!({ "name": "Mine", "permission_codes": ["roles:view", "settings:update"] }),
        json!({ "name": "Mine", "template_role_id": system(&admin, SystemRole::HospitalAdmin).await["id"] }),
        json!({
            "name": "Mine", "permission_codes": ["roles:view"],
            "template_role_id": system(&admin, SystemRole::Cashier).await["id"],
        }),
    ] {
        refused(&manager.post(ROLES, &body).await, "roles.beyond_own_rights");
    }
    let told =
        manager.post(ROLES, &json!({ "name": "Mine", "permission_codes": ["roles:view", "lab:view"] })).await;
    assert!(told.detail().contains("lab:view") && !told.detail().contains("roles:view"), "{}", told.text);
    assert!(clinic.sql("select id from roles where name = 'Mine'").await.is_empty());

    // What they hold they give, and a template of that as well.
    let held = manager.post(ROLES, &json!({ "name": "Reader", "permission_codes": ["roles:view"] })).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let like = json!({ "name": "Reader 2", "template_role_id": held.json["id"] });
    assert_eq!(manager.post(ROLES, &like).await.status, 201);
    let path = path_of(&held.json);
    let more = json!({ "permission_codes": ["roles:view", "patients:view"] });
    refused(&manager.patch(&path, &more).await, "roles.beyond_own_rights");

    // What they hold they take again.
    assert_eq!(manager.patch(&path, &json!({ "name": "Looker", "permission_codes": [] })).await.status, 200);
    assert_eq!(delete(&manager, &path).await.status, 204);
}

#[tokio::test]
async fn nobody_takes_from_others_what_they_never_had() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (manager, _) = somebody(&clinic, &admin, MANAGER).await;
    let (chief, role) = somebody(&clinic, &admin, &["patients:view", "roles:view"]).await;
    let idle = made(&admin, "Idle", &["patients:view"]).await;
    let (path, other) = (path_of(&role), path_of(&idle));
    let role = admin.get(&path).await.json;
    let toggle = format!("{path}/toggle-active");
    for change in [
        json!({ "permission_codes": [] }),
        json!({ "permission_codes": ["patients:view"] }),
        json!({ "permission_codes": ["patients:view", "roles:view", "roles:update"] }),
        json!({ "name": "Porter" }),
        json!({ "description": "Carries" }),
        json!({}),
    ] {
        let reply = manager.patch(&path, &change).await;
        refused(&reply, "roles.beyond_own_rights");
        assert!(
            reply.detail().contains("patients:view") && !reply.detail().contains("roles:view"),
            "{change}"
        );
    }
    refused(&manager.patch(&toggle, &json!({})).await, "roles.beyond_own_rights");
    refused(&delete(&manager, &other).await, "roles.beyond_own_rights");
    assert_eq!((admin.get(&path).await.json, admin.get(&other).await.json), (role.clone(), idle.clone()));
    assert_eq!(chief.get("/api/v1/patients").await.status, 200, "whoever holds it lost nothing");

    // Nor is a disabled one theirs: who enables it again would find it changed.
    assert_eq!(admin.patch(&toggle, &json!({})).await.status, 200);
    refused(
        &manager.patch(&path, &json!({ "permission_codes": ["roles:view"] })).await,
        "roles.beyond_own_rights",
    );
    refused(&manager.patch(&toggle, &json!({})).await, "roles.beyond_own_rights");

    // The pages say so, and offer nothing of it.
    let page = manager.browser().await;
    let href = format!("/roles/{}", role["id"].as_str().unwrap());
    let shown = page.get(&href).await.text;
    assert!(shown.contains("This role grants what you do not hold yourself."), "{shown}");
    for act in ["Save changes", "/toggle-active", "/remove"] {
        assert!(!shown.contains(act), "{act} in {shown}");
    }
    let list = page.get("/roles").await.text;
    assert!(list.contains(&href) && !list.contains(&format!("{href}/toggle-active")), "{list}");
    let fields = [("version", "2"), ("name", "Porter")];
    for (act, sent) in [("", &fields[..]), ("/toggle-active", &fields[..1]), ("/remove", &[])] {
        let path = format!("{href}{act}");
        let reply = page.submit(&path, sent).await;
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
        assert!(reply.text.contains("takes away what they do not hold themselves: patients:view."), "{path}");
        if !act.is_empty() {
            let asked = page.get(&path).await.text;
            assert!(asked.contains("Back to the roles") && !asked.contains("data-ask"), "{asked}");
        }
    }
    // Who holds all of it changes it.
    assert_eq!(admin.patch(&path, &json!({ "name": "Porter", "permission_codes": [] })).await.status, 200);
}

#[tokio::test]
async fn nobody_adds_to_a_role_that_they_hold() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (manager, own) = somebody(&clinic, &admin, MANAGER).await;
    // What they have from elsewhere they would keep when that is taken from them.
    let second = made(&admin, "Second", &["roles:view"]).await;
    let manager = give(&clinic, &manager, &second).await;
    let more = json!({ "permission_codes": ["roles:view", "roles:update"] });
    refused(&manager.patch(&path_of(&second), &more).await, "roles.own_role");
    let twofold = json!({ "permission_codes": codes(&own), "name": "Still mine" });
    assert_eq!(manager.patch(&path_of(&own), &twofold).await.status, 200, "nothing is added");
    let less = manager.patch(&path_of(&second), &json!({ "permission_codes": [] })).await;
    assert_eq!(less.status, 200, "{}", less.text);

    // Nor by switching it on: a disabled role is still theirs.
    admin.patch(&path_of(&second), &json!({ "permission_codes": ["roles:view"] })).await;
    let toggle = format!("{}/toggle-active", path_of(&second));
    assert_eq!(manager.patch(&toggle, &json!({})).await.json["is_active"], false);
    refused(&manager.patch(&toggle, &json!({})).await, "roles.own_role");
    refused(&manager.patch(&path_of(&second), &more).await, "roles.own_role");
    assert_eq!(delete(&manager, &path_of(&second)).await.json["code"], "roles.in_use");
    // Somebody else may.
    assert_eq!(admin.patch(&path_of(&second), &more).await.status, 200);
    assert_eq!(admin.patch(&toggle, &json!({})).await.status, 200);
}

#[tokio::test]
async fn the_editor_refuses_what_the_api_refuses() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (manager, own) = somebody(&clinic, &admin, MANAGER).await;
    let small = made(&admin, "Small", &["departments:view", "roles:view"]).await;
    let page = manager.browser().await;
    let href = format!("/roles/{}", small["id"].as_str().unwrap());
    let form = page.get(&href).await.text;
    let fixed = r#"name="patients:view" value="true" disabled"#;
    assert!(form.contains(fixed) && form.contains("you do not hold it"), "{form}");
    assert!(form.contains(r#"name="roles:view" value="true" checked>"#), "{form}");

    let fields =
        [("version", "1"), ("name", "Small"), ("departments:view", "true"), ("roles:update", "true")];
    assert_eq!(page.submit(&href, &fields).await.status, 303);
    let now = admin.get(&path_of(&small)).await.json;
    assert_eq!(codes(&now), ["departments:view", "roles:update"]);
    // A box that cannot be ticked is sent all the same.
    let forged = [("version", "2"), ("name", "Small"), ("patients:create", "true")];
    let reply = page.submit(&href, &forged).await;
    assert_eq!(reply.status, 403, "{}", reply.text);
    assert!(reply.text.contains("what they do not hold themselves: patients:create."));
    let mine = format!("/roles/{}", own["id"].as_str().unwrap());
    let with_more: Vec<(&str, &str)> = codes(&own).into_iter().map(|code| (code, "true")).collect();
    let fields = [vec![("version", "1"), ("name", "Mine"), ("departments:view", "true")], with_more].concat();
    let reply = page.submit(&mine, &fields).await;
    assert!(reply.status == 403 && reply.text.contains("You hold this role yourself."), "{}", reply.text);
    let made_up = [("name", "New"), ("tenants:manage", "true")];
    let reply = page.submit("/roles/new", &made_up).await;
    assert!(reply.status == 400 && reply.text.contains("There is no such permission: tenants:manage."));
    let forged =
        [("name", "New"), ("settings:update", "true"), ("is_system", "true"), ("system_key", "DOCTOR")];
    assert_eq!(page.submit("/roles/new", &forged).await.status, 403);
    let harmless = [("name", "New"), ("is_system", "true"), ("system_key", "DOCTOR")];
    assert_eq!(page.submit("/roles/new", &harmless).await.status, 303);
    let row = &clinic.sql("select * from roles where name = 'New'").await[0];
    assert_eq!((&row["is_system"], &row["system_key"]), (&json!(false), &Value::Null));

    // Who may not grant sees the boxes, and cannot use them.
    let (clerk, _) = somebody(&clinic, &admin, &["roles:view", "roles:update", "roles:create"]).await;
    let page = clerk.browser().await;
    assert!(page.get(&href).await.text.contains(r#"<fieldset class="plain" disabled>"#));
    let renamed = [("version", "2"), ("name", "Just a name")];
    assert_eq!(page.submit(&href, &renamed).await.status, 303);
    let now = admin.get(&path_of(&small)).await.json;
    assert_eq!(
        (codes(&now).len(), &now["name"]),
        (2, &json!("Just a name")),
        "no box was sent, none is taken away"
    );
    let forged = [("version", "3"), ("name", "Just a name"), ("roles:view", "true")];
    assert_eq!(page.submit(&href, &forged).await.status, 403);
    assert_eq!(page.submit("/roles/new", &[("name", "Own"), ("roles:view", "true")]).await.status, 403);
    assert_eq!(clerk.request(Method::DELETE, &path_of(&small)).send().await.status, 403);
}
