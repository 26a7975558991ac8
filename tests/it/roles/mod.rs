//! Roles: the contract's rows, and what no row may do.

mod defaults;
mod effect;
mod pages;
pub mod races;
mod rights;
mod works_as;

use axum::http::Method;
use hms::clinic::roles::{CATALOGUE, SystemRole};
use serde_json::{Value, json};

use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::faults;

pub const ROLES: &str = "/api/v1/roles";

pub async fn delete(client: &Client, path: &str) -> Reply {
    client.request(Method::DELETE, path).send().await
}

pub fn path_of(role: &Value) -> String {
    format!("{ROLES}/{}", role["id"].as_str().unwrap())
}

/// The codes that a role grants.
pub fn codes(role: &Value) -> Vec<&str> {
    role["permissions"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect()
}

pub async fn made(client: &Client, name: &str, codes: &[&str]) -> Value {
    let reply = client.post(ROLES, &json!({ "name": name, "permission_codes": codes })).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

/// The role that came with HMS.
pub async fn system(client: &Client, role: SystemRole) -> Value {
    let all = client.get(ROLES).await.json;
    all.as_array().unwrap().iter().find(|r| r["system_key"] == role.key()).unwrap().clone()
}

/// Give a role to somebody. They sign in once more.
pub async fn give(clinic: &Hospital<'_>, client: &Client, role: &Value) -> Client {
    let me = client.get("/api/v1/auth/me").await;
    let (user, role) = (me.json["id"].as_str().unwrap(), role["id"].as_str().unwrap());
    clinic.sql(&format!("insert into user_roles (user_id, role_id) values ('{user}', '{role}')")).await;
    client.again().await
}

/// Somebody who holds what a dispatcher holds, and these.
pub async fn somebody(clinic: &Hospital<'_>, admin: &Client, codes: &[&str]) -> (Client, Value) {
    let role =
        made(admin, &format!("Role of {}", codes.join(" ").chars().take(40).collect::<String>()), codes)
            .await;
    let client = clinic.staff(SystemRole::Dispatcher).await;
    (give(clinic, &client, &role).await, role)
}

#[tokio::test]
async fn roles_are_listed_made_changed_disabled_and_removed_as_the_contract_has_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let all = admin.get(ROLES).await;
    assert_eq!((all.status, all.header("x-total-count")), (200, "10"));
    let first = &all.json[0];
    for key in [
        "id",
        "name",
        "description",
        "is_system",
        "system_key",
        "works_as",
        "is_active",
        "permissions",
        "created_at",
        "updated_at",
        "user_count",
        "version",
    ] {
        assert!(first.get(key).is_some(), "{key} in {first}");
    }
    let boss = system(&admin, SystemRole::HospitalAdmin).await;
    assert_eq!((&boss["name"], &boss["is_system"]), (&json!("HOSPITAL_ADMIN"), &json!(true)));
    assert_eq!((codes(&boss).len(), &boss["user_count"]), (CATALOGUE.len(), &json!(1)));
    assert_eq!(
        boss["permissions"][1],
        json!({ "code": "patients:view", "name": "See patients", "category": "Patients" })
    );

    let offered = admin.get(&format!("{ROLES}/permissions")).await.json;
    let offered = offered.as_array().unwrap();
    assert_eq!(offered.len(), CATALOGUE.len());
    let areas: Vec<&str> = offered.iter().map(|p| p["category"].as_str().unwrap()).collect();
    let mut distinct = areas.clone();
    distinct.dedup();
    let blocks = distinct.len();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(blocks, distinct.len(), "each area in one block: {areas:?}");

    // The template's codes and its own.
    let nurse = system(&admin, SystemRole::Nurse).await;
    let body = json!({
        "name": "  रात्र  पाळी ", "description": "Nights", "permission_codes": ["documents:view", "patients:view"],
        "template_role_id": nurse["id"],
    });
    let reply = admin.post(ROLES, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let role = reply.json.clone();
    assert_eq!(reply.header("location"), path_of(&role));
    assert_eq!((&role["name"], &role["description"]), (&json!("रात्र पाळी"), &json!("Nights")));
    assert_eq!((&role["is_system"], &role["system_key"]), (&json!(false), &Value::Null));
    assert_eq!((&role["works_as"], &boss["works_as"]), (&json!("NURSE"), &Value::Null));
    let mut wanted = codes(&nurse);
    wanted.push("documents:view");
    wanted.sort_unstable();
    let mut granted = codes(&role);
    granted.sort_unstable();
    assert_eq!(granted, wanted);

    let path = path_of(&role);
    let shown = admin.get(&path).await;
    assert_eq!((&shown.json, shown.header("etag")), (&role, "\"1\""));
    let body = json!({ "name": "Night shift", "description": "", "permission_codes": ["patients:view"] });
    let changed = admin.patch(&path, &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!((codes(&changed.json), &changed.json["description"]), (vec!["patients:view"], &Value::Null));
    assert_eq!((changed.header("etag"), &changed.json["version"]), ("\"2\"", &json!(2)));
    let same = admin.patch(&path, &json!({ "name": "Night shift" })).await;
    assert_eq!(same.json["version"], 2, "a change of nothing writes nothing");
    for (now, is_active) in [(3, false), (4, true), (5, false)] {
        let toggled = admin.patch(&format!("{path}/toggle-active"), &Value::Null).await;
        assert_eq!(toggled.status, 200, "{}", toggled.text);
        assert_eq!((&toggled.json["is_active"], &toggled.json["version"]), (&json!(is_active), &json!(now)));
    }
    let removed = delete(&admin, &path).await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(delete(&admin, &path).await.status, 404);

    // What was done is on record: who granted what.
    let rows = clinic.audit().await;
    let of = |kind: &str| rows.iter().find(|r| r["kind"] == kind && r["entity_id"] == role["id"]).unwrap();
    assert_eq!(of("created")["detail"]["granted"].as_array().unwrap().len(), wanted.len());
    assert_eq!(of("updated")["detail"]["granted"], json!([]));
    assert!(of("updated")["detail"]["revoked"].as_array().unwrap().contains(&json!("documents:view")));
    assert_eq!(of("updated")["detail"]["fields"], json!(["name", "description", "permission_codes"]));
    assert_eq!(of("disabled")["detail"], json!({ "people": 0 }));
    assert_eq!(of("removed")["detail"]["name"], "Night shift");
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_told_by_name() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let role = made(&admin, "Ward clerk", &["patients:view"]).await;
    for name in ["Ward clerk", "WARD CLERK", " ward  clerk ", "doctor", "hospital_admin"] {
        let twice = admin.post(ROLES, &json!({ "name": name })).await;
        assert_eq!((twice.status, &twice.json["code"]), (400, &json!("roles.name_taken")), "{name}");
        assert_eq!(twice.json["errors"][0]["field"], "name");
    }
    let other = made(&admin, "Porter", &[]).await;
    let taken = admin.patch(&path_of(&other), &json!({ "name": "ward clerk" })).await;
    assert_eq!((taken.status, &taken.json["code"]), (400, &json!("roles.name_taken")));
    let own = admin.patch(&path_of(&other), &json!({ "name": "PORTER" })).await;
    assert_eq!(own.status, 200, "its own name in another case: {}", own.text);

    for path in [ROLES.to_owned(), path_of(&role)] {
        for codes in
            [json!(["tenants:manage"]), json!(["patients:view", "no:such", ""]), json!(["Patients:view"])]
        {
            let body = json!({ "name": "Other", "permission_codes": codes });
            let call = admin.request(if path == ROLES { Method::POST } else { Method::PATCH }, &path);
            let reply = call.json(&body).send().await;
            assert_eq!(
                (reply.status, &reply.json["code"]),
                (400, &json!("roles.unknown_permission")),
                "{body}"
            );
            assert_eq!(reply.json["errors"][0]["field"], "permission_codes");
        }
    }
    let told = admin
        .post(ROLES, &json!({ "name": "Other", "permission_codes": ["no:such", "patients:view"] }))
        .await;
    assert!(told.detail().contains("no:such") && !told.detail().contains("patients:view"), "{}", told.text);
    for name in [
        json!(null),
        json!(""),
        json!(" \u{200b} "),
        json!("---"),
        json!("x".repeat(51)),
        json!("a\u{202e}b"),
    ] {
        let reply = admin.post(ROLES, &json!({ "name": name })).await;
        assert_eq!(faults(&reply), ["name".to_owned()].into(), "{name}");
    }
    let long = json!({ "name": "", "description": "x".repeat(256) });
    assert_eq!(faults(&admin.patch(&path_of(&role), &long).await).len(), 2);
    assert_eq!(codes(&admin.get(&path_of(&role)).await.json), ["patients:view"]);

    let unknown = json!({ "name": "Other", "template_role_id": uuid::Uuid::new_v4() });
    let reply = admin.post(ROLES, &unknown).await;
    assert_eq!((reply.status, &reply.json["code"]), (404, &json!("roles.no_template")));
    let page = admin.get(&format!("{ROLES}?page=2&page_size=5")).await;
    assert_eq!((page.json.as_array().unwrap().len(), page.header("x-total-count")), (5, "12"));
    assert_eq!(page.header("link"), "</api/v1/roles?page=3&page_size=5>; rel=\"next\"");
    assert_eq!(faults(&admin.get(&format!("{ROLES}?page_size=501")).await), ["page_size".to_owned()].into());
}

#[tokio::test]
async fn what_comes_with_hms_stays_as_it_is_and_nobody_makes_more_of_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let everything = "select r.*, array(select permission_code from role_permissions p where p.role_id = r.id order by 1) as codes
                        from roles r where is_system order by system_key";
    let before = clinic.sql(everything).await;
    assert_eq!(before.len(), 10);
    for role in SystemRole::ALL {
        let path = path_of(&system(&admin, role).await);
        for body in [
            json!({}),
            json!({ "name": "Mine" }),
            json!({ "permission_codes": [] }),
            json!({ "is_system": false, "system_key": null }),
        ] {
            let reply = admin.patch(&path, &body).await;
            assert_eq!((reply.status, &reply.json["code"]), (403, &json!("roles.system")), "{role:?} {body}");
        }
        let toggled = admin.patch(&format!("{path}/toggle-active"), &json!({})).await;
        assert_eq!((toggled.status, &toggled.json["code"]), (403, &json!("roles.system")), "{role:?}");
        let removed = delete(&admin, &path).await;
        assert_eq!((removed.status, &removed.json["code"]), (403, &json!("roles.system")), "{role:?}");
    }
    assert_eq!(clinic.sql(everything).await, before);

    // What a client has no say in, said all the same.
    let id = uuid::Uuid::new_v4();
    let body = json!({
        "name": "Mine", "id": id, "is_system": true, "system_key": "HOSPITAL_ADMIN", "is_active": false, "version": 99,
        "created_at": "2001-01-01T00:00:00Z", "permissions": [{ "code": "users:view" }], "user_count": 7,
        "users": [id], "tenant_id": id, "works_as": "DOCTOR",
    });
    let mine = admin.post(ROLES, &body).await;
    assert_eq!(mine.status, 201, "{}", mine.text);
    assert_ne!(mine.json["id"], json!(id));
    let path = path_of(&mine.json);
    let mut change = body.clone();
    change.as_object_mut().unwrap().remove("version");
    assert_eq!(admin.patch(&path, &change).await.status, 200);
    let row = &clinic.sql("select * from roles where name = 'Mine'").await[0];
    assert_eq!((&row["is_system"], &row["system_key"]), (&json!(false), &Value::Null));
    assert_eq!((&row["is_active"], &row["version"]), (&json!(true), &json!(1)));
    assert_eq!(row["works_as"], Value::Null, "only a template hands it on");
    assert!(!row["created_at"].as_str().unwrap().starts_with("2001"), "{row}");
    assert!(codes(&admin.get(&path).await.json).is_empty());
    assert_eq!(clinic.sql(everything).await, before);
}

#[tokio::test]
async fn a_role_of_another_hospital_is_none() {
    let app = TestApp::new().await;
    let (ours, other) = (app.hospital("Ours").await, app.hospital("Other").await);
    let (admin, stranger) = (ours.admin().await, other.admin().await);
    let secret = made(&admin, "Zebunnisa's desk", &["patients:view"]).await;
    let path = path_of(&secret);
    for reply in [
        stranger.get(&path).await,
        stranger.patch(&path, &json!({ "name": "Mine" })).await,
        stranger.patch(&format!("{path}/toggle-active"), &json!({})).await,
        delete(&stranger, &path).await,
        stranger.post(ROLES, &json!({ "name": "Mine", "template_role_id": secret["id"] })).await,
    ] {
        assert_eq!(reply.status, 404, "{}", reply.text);
        assert!(!reply.text.contains("Zebunnisa"), "{}", reply.text);
    }
    assert_eq!(admin.get(&path).await.json, secret);
    assert_eq!(made(&stranger, "Zebunnisa's desk", &[]).await["version"], 1, "a name is one hospital's");
    let boss = app.super_admin().await;
    assert_eq!(boss.get(ROLES).await.status, 403);
}
