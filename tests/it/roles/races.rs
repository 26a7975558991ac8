//! Two at once: one name, one version, one role that is given and removed.

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{ROLES, delete, made, path_of, somebody};
use crate::harness::{Hospital, Reply, TestApp, eventually};

/// Run the racers while somebody has done `work` and not ended it: until so many connections of requests stand in line for
/// a lock. Then it ends as `end` says. Only a race if they really meet.
pub async fn while_held<T>(
    app: &TestApp,
    clinic: &Hospital<'_>,
    (work, end): (&str, &str),
    in_line: usize,
    racers: impl Future<Output = T>,
) -> T {
    let statement = format!(
        "begin; {work};
         do $$ begin
           for n in 1..600 loop
             perform pg_sleep(0.02), pg_stat_clear_snapshot();
             if (select count(*) from pg_stat_activity where datname = current_database()
                    and usename = 'hms_app' and wait_event_type = 'Lock') >= {in_line} then
               return;
             end if;
           end loop;
           raise exception 'nobody stands in line';
         end $$;
         {end}"
    );
    let run = async {
        let held = "select count(*) as n from pg_stat_activity
                     where datname = current_database() and wait_event = 'PgSleep'";
        eventually("the work is held", async || app.sql(held).await[0]["n"] == 1).await;
        racers.await
    };
    tokio::join!(clinic.sql(&statement), run).1
}

/// Ask again while a busy machine lets a lock take longer than a request waits for it, as a client does.
pub async fn until_served(ask: impl AsyncFn() -> Reply) -> Reply {
    for _ in 0..10 {
        let reply = ask().await;
        if reply.status != 503 {
            return reply;
        }
    }
    panic!("ten times told to come back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_who_take_one_name_make_one_role() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let names = ["Night desk", "NIGHT DESK", "night desk", "Night Desk"];
    let bodies: Vec<Value> = names.iter().cycle().take(8).map(|name| json!({ "name": name })).collect();
    let racers = join_all(bodies.iter().map(|body| until_served(async || admin.post(ROLES, body).await)));
    let hold = ("insert into roles (id, name) values (gen_random_uuid(), 'Night desk')", "rollback");
    let replies = while_held(&app, &clinic, hold, 2, racers).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    let taken = replies
        .iter()
        .filter(|reply| reply.json["code"] == "roles.name_taken" && reply.status == 400)
        .count();
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
    let user = me["id"].as_str().unwrap();
    let give = format!("insert into user_roles (user_id, role_id) values ('{user}', '{id}')");
    let path = path_of(&role);
    let removed = while_held(&app, &clinic, (&give, "commit"), 1, delete(&admin, &path)).await;
    assert_eq!((removed.status, &removed.json["code"]), (400, &json!("roles.in_use")), "{}", removed.text);
    assert!(removed.detail().contains("held by somebody"), "{}", removed.text);
    assert_eq!(admin.get(&path).await.json["user_count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_grants_more_at_this_moment_is_not_changed_by_who_lacks_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (changes, _) = somebody(&clinic, &admin, &["roles:view", "roles:update", "dashboard:view"]).await;
    let role = made(&admin, "Porter", &["dashboard:view"]).await;
    let (id, path) = (role["id"].as_str().unwrap(), path_of(&role));
    let more = format!(
        "update roles set version = version + 1 where id = '{id}';
         insert into role_permissions (role_id, permission_code) values ('{id}', 'users:deactivate')"
    );
    let body = json!({ "name": "Mine" });
    let reply = while_held(&app, &clinic, (&more, "commit"), 1, changes.patch(&path, &body)).await;
    assert_eq!(
        (reply.status, &reply.json["code"]),
        (403, &json!("roles.beyond_own_rights")),
        "{}",
        reply.text
    );
    assert_eq!(admin.get(&path).await.json["name"], "Porter");
}
