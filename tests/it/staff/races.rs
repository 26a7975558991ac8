//! Two administrators who act on each other at the same moment: held at the same door until both stand before it.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use hms::identity::registry::Change;
use serde_json::{Value, json};

use super::{USERS, account, invited, path_of, told};
use crate::harness::{Client, Hospital, Reply, TestApp, eventually};
use crate::roles::races::while_held;

/// What an administrator does to another one.
#[derive(Debug, Clone, Copy)]
enum Blow {
    Deactivate,
    Demote,
    Lock,
}

impl Blow {
    async fn strike(self, by: &Client, target: &str) -> Reply {
        let path = format!("{USERS}/{target}");
        match self {
            Self::Deactivate => by.post(&format!("{path}/deactivate"), &json!({})).await,
            Self::Demote => by.patch(&path, &json!({ "roles": ["NURSE"] })).await,
            Self::Lock => by.request(Method::PATCH, &path).json(&json!({ "status": "LOCKED" })).send().await,
        }
    }
}

async fn id_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

/// Administrators who can sign in.
async fn standing(app: &TestApp, clinic: &Hospital<'_>) -> Vec<Value> {
    let holders = clinic
        .sql(
            "select ur.user_id from user_roles ur join roles r on r.id = ur.role_id
              where r.system_key = 'HOSPITAL_ADMIN' and r.is_active",
        )
        .await;
    let ids: Vec<String> =
        holders.iter().map(|row| format!("'{}'", row["user_id"].as_str().unwrap())).collect();
    app.sql(&format!(
        "select id from public.users where is_active and status = 'ACTIVE' and id in ({})",
        ids.join(", ")
    ))
    .await
}

/// Let everybody be an active administrator again, signed in as before.
async fn heal(app: &TestApp, clinic: &Hospital<'_>, ids: &[&str]) {
    for id in ids {
        app.sql(&format!("update public.users set is_active = true, status = 'ACTIVE' where id = '{id}'"))
            .await;
        app.sql(&format!("update public.sessions set revoked_at = null where user_id = '{id}'")).await;
        clinic
            .sql(&format!(
                "delete from user_roles where user_id = '{id}';
                 insert into user_roles (user_id, role_id) select '{id}', id from roles where system_key = 'HOSPITAL_ADMIN'"
            ))
            .await;
    }
    app.app.registry.invalidate(&Change::All);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_who_strike_at_once_one_stays() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (a, b) = (clinic.admin().await, clinic.staff(SystemRole::HospitalAdmin).await);
    let (id_a, id_b) = (id_of(&a).await, id_of(&b).await);
    let door = app.superuser().await;
    let blows = [Blow::Deactivate, Blow::Demote, Blow::Lock];
    for round in 0..24 {
        let (first, second) = (blows[round % 3], blows[(round / 3) % 3]);
        // Both have passed the gate and wait for the hospital's row; only then it is given free.
        let hold = format!("begin; select id from public.tenants where id = '{}' for update", clinic.id);
        door.batch_execute(&hold).await.unwrap();
        let strikes = async { tokio::join!(first.strike(&a, &id_b), second.strike(&b, &id_a)) };
        let open = async {
            eventually("both wait", async || app.waiting().await == 2).await;
            door.batch_execute("commit").await.unwrap();
        };
        let ((x, y), ()) = tokio::join!(strikes, open);
        let what = format!("round {round}: {first:?} and {second:?}: {} {}", x.text, y.text);
        let mut statuses = [x.status, y.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "{what}");
        assert_eq!(standing(&app, &clinic).await.len(), 1, "{what}");
        heal(&app, &clinic, &[&id_a, &id_b]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_in_a_circle_leave_one() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let mut people = vec![clinic.admin().await];
    people.push(clinic.staff(SystemRole::HospitalAdmin).await);
    people.push(clinic.staff(SystemRole::HospitalAdmin).await);
    let mut ids = Vec::new();
    for person in &people {
        ids.push(id_of(person).await);
    }
    for round in 0..8 {
        let blow = [Blow::Deactivate, Blow::Demote][round % 2];
        let (x, y, z) = tokio::join!(
            blow.strike(&people[0], &ids[1]),
            blow.strike(&people[1], &ids[2]),
            blow.strike(&people[2], &ids[0]),
        );
        let left = standing(&app, &clinic).await.len();
        let done = [&x, &y, &z].iter().filter(|reply| reply.status == 200).count();
        assert!(
            left >= 1 && left + done == 3,
            "round {round}: {left} left: {} {} {}",
            x.text,
            y.text,
            z.text
        );
        let every: Vec<&str> = ids.iter().map(String::as_str).collect();
        heal(&app, &clinic, &every).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_somebody_who_comes_at_this_moment_is_theirs() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let user = invited(&admin, json!({})).await;
    // As whoever chooses a password by the link does it.
    let comes = format!(
        "update public.users set email_verified = true, password_hash = 'theirs', must_change_password = false
          where id = '{}'",
        user["id"].as_str().unwrap()
    );
    let (path, to) = (path_of(&user), json!({ "email": "mine@example.org" }));
    let reply = while_held(&app, &clinic, (&comes, "commit"), 1, admin.patch(&path, &to)).await;
    assert_eq!(told(&reply), (400, "staff.email_is_theirs".into()), "{}", reply.text);
    assert_eq!(account(&app, &user, "email").await, user["email"]);
    assert_eq!(admin.get(&path).await.json["email"], user["email"], "on both sides");
    let mails = app.sql("select id from public.mails where recipient = 'mine@example.org'").await;
    assert!(mails.is_empty(), "nobody gets a link to it");
}
