//! Two at once: one name, one version, one role that is given and removed.

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{ROLES, delete, made, path_of, somebody};
use crate::harness::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_who_take_one_name_make_one_role() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    // Somebody holds the name until as many stand in line as have a connection.
    let holder = app.superuser().await;
    let schema = &clinic.schema;
    let hold = format!(
        "begin; insert into {schema}.roles (id, name) values (gen_random_uuid(), 'Night desk')"
    );
    holder.batch_execute(&hold).await.unwrap();
    let names = ["Night desk", "NIGHT DESK", "night desk", "Night Desk"];
    let bodies: Vec<Value> = names.iter().cycle().take(8).map(|name| json!({ "name": name })).collect();
    let racers = join_all(bodies.iter().map(|body| admin.post(ROLES, body)));
    let opener = async {
        let waiting = "select 1 as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into roles%'";
        eventually("two wait for the name", async || app.sql(waiting).await.len() >= 2).await;
        holder.batch_execute("rollback").await.unwrap();
    };
    let (replies, ()) = tokio::join!(racers, opener);
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    let taken = replies.iter().filter(|reply| reply.json["code"] == "roles.name_taken" && reply.status == 400).count();
    assert_eq!((made, taken), (1, 7), "{:?}", replies.iter().map(|r| &r.text).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_change_a_role_one_succeeds() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let path = path_of(&made(&admin, "Porter", &["dashboard:view"]).await);
    let colleague = admin.again().await;
    let change = async |client: &crate::harness::Client, code: &str| {
        let call = client.request(Method::PATCH, &path).header("if-match", "\"1\"");
        call.json(&json!({ "permission_codes": [code] })).send().await
    };
    let (a, b) = tokio::join!(change(&admin, "patients:view"), change(&colleague, "users:view"));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", a.text, b.text);
    let loser = if a.status == 412 { &a } else { &b };
    assert_eq!(loser.json["code"], "roles.version_conflict");
    let winner = if a.status == 200 { &a } else { &b };
    assert_eq!(admin.get(&path).await.json, winner.json, "one whole change, not a mixture");

    let stale = admin.patch(&path, &json!({ "name": "Mine", "version": 1 })).await;
    assert_eq!((stale.status, &stale.json["code"]), (412, &json!("roles.version_conflict")));
    let call = admin.request(Method::PATCH, &format!("{path}/toggle-active")).header("if-match", "\"1\"");
    assert_eq!(call.json(&json!({})).send().await.status, 412);
    assert_eq!(admin.patch(&path, &json!({ "name": "Mine", "version": 2 })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_given_at_this_moment_is_not_removed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (person, held) = somebody(&clinic, &admin, &["dashboard:view"]).await;
    let told = delete(&admin, &path_of(&held)).await;
    assert_eq!((told.status, &told.json["code"]), (400, &json!("roles.in_use")));
    assert!(told.detail().contains("held by 1 person"), "{}", told.text);

    let role = made(&admin, "Porter", &["dashboard:view"]).await;
    let (me, id) = (person.get("/api/v1/auth/me").await.json, role["id"].as_str().unwrap());
    let giver = app.superuser().await;
    let give = format!(
        "begin; set search_path to {}; insert into user_roles (user_id, role_id) values ('{}', '{id}')",
        clinic.schema,
        me["id"].as_str().unwrap()
    );
    giver.batch_execute(&give).await.unwrap();
    let giving = async {
        let waiting = "select 1 as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%delete from roles%'";
        eventually("the removal waits for the gift", async || app.sql(waiting).await.len() == 1).await;
        giver.batch_execute("commit").await.unwrap();
    };
    let path = path_of(&role);
    let (removed, ()) = tokio::join!(delete(&admin, &path), giving);
    assert_eq!((removed.status, &removed.json["code"]), (400, &json!("roles.in_use")), "{}", removed.text);
    assert!(removed.detail().contains("held by somebody"), "{}", removed.text);
    assert_eq!(admin.get(&path).await.json["user_count"], 1);
}
