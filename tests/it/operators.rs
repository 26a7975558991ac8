//! Who runs the platform: invited, deactivated, let back in, and never locked out altogether.

mod locked;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::cli;
use crate::harness::{Client, PASSWORD, Reply, TestApp, eventually};

const OPERATORS: &str = "/api/v1/platform/operators";
const TENANTS: &str = "/api/v1/platform/tenants";
const BOSS: &str = "boss@platform.example";
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn invite(boss: &Client, email: &str) -> Reply {
    boss.post(OPERATORS, &json!({ "email": email })).await
}

async fn change(boss: &Client, id: &str, verb: &str) -> Reply {
    boss.patch(&format!("{OPERATORS}/{id}/{verb}"), &json!({})).await
}

/// Choose a password by the link that was mailed to this address.
async fn choose(app: &TestApp, email: &str, password: &str) {
    let link = app.link_for(email, "/set-password").await;
    let body = json!({ "token": link.split_once("token=").unwrap().1, "new_password": password });
    let set = app.anonymous().post("/api/v1/auth/reset-password", &body).await;
    assert!(set.status < 300, "{}", set.text);
}

/// An operator who came by invitation, signed in; with the id.
async fn second(app: &TestApp, boss: &Client, email: &str) -> (Client, String) {
    let made = invite(boss, email).await;
    assert_eq!(made.status, 201, "{}", made.text);
    choose(app, email, PASSWORD).await;
    (app.sign_in(email).await, made.json["id"].as_str().unwrap().to_owned())
}

async fn own_id(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_operator_is_invited_by_mail_and_chooses_a_password() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let made = invite(&boss, "  Ines@Platform.example ").await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        (&made.json["email"], &made.json["is_active"], &made.json["has_password"]),
        (&json!("ines@platform.example"), &json!(true), &json!(false))
    );
    assert!(!made.text.contains("token"), "whoever invites does not see the link");
    choose(&app, "ines@platform.example", PASSWORD).await;
    let ines = app.sign_in("ines@platform.example").await;
    assert_eq!(ines.get(TENANTS).await.json["total"], 1);
    assert_eq!(ines.get("/api/v1/patients").await.status, 403, "operators see no patients");

    for (email, code) in [
        ("ines@platform.example", "operators.exists"),
        ("INES@platform.example", "operators.exists"),
        (clinic.email.as_str(), "operators.address_taken"),
    ] {
        let refused = invite(&boss, email).await;
        assert_eq!((refused.status, &refused.json["code"]), (409, &json!(code)), "{}", refused.text);
    }
    for email in ["", "ines", "a@b", "a\0@example.org"] {
        assert_eq!(invite(&boss, email).await.status, 422, "{email:?}");
    }
    let listed = boss.get(OPERATORS).await;
    let rows: Vec<&Value> = listed.json.as_array().unwrap().iter().collect();
    assert_eq!(rows.len(), 2, "hospital's people are not among them");
    assert!(
        rows.iter().all(|row| row["has_password"] == true && !row["last_sign_in_at"].is_null()),
        "{rows:?}"
    );

    let nurse = clinic.staff(SystemRole::Nurse).await;
    for (client, status) in [(&nurse, 403), (&clinic.admin().await, 403), (&app.anonymous(), 401)] {
        assert_eq!(client.get(OPERATORS).await.status, status);
        assert_eq!(invite(client, "mallory@example.org").await.status, status);
        let id = rows[0]["id"].as_str().unwrap();
        for verb in ["deactivate", "activate"] {
            assert_eq!(change(client, id, verb).await.status, status);
        }
    }
    // A hospital's user is none, whoever asks.
    let of_hospital = own_id(&nurse).await;
    for id in [of_hospital.as_str(), NOBODY, "x"] {
        assert_eq!(change(&boss, id, "deactivate").await.status, 404, "{id}");
        assert_eq!(
            boss.post(&format!("{OPERATORS}/{id}/reset-password"), &json!({})).await.status,
            404,
            "{id}"
        );
    }
    assert_eq!(nurse.get("/api/v1/auth/me").await.status, 200);
}

#[tokio::test]
async fn of_many_who_invite_the_same_address_one_does() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let boss = app.super_admin().await;
    let racers = join_all((0..10).map(|_| invite(&boss, "ines@platform.example"))).await;
    assert_eq!(racers.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(racers.iter().all(|reply| reply.status == 201 || reply.json["code"] == "operators.exists"));
    assert_eq!(
        app.sql("select id from public.mails where recipient = 'ines@platform.example'").await.len(),
        1
    );
}

#[tokio::test]
async fn whoever_is_deactivated_is_refused_everywhere_within_a_second_and_may_come_back() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let boss = app.super_admin().await;
    let (ines, id) = second(&app, &boss, "ines@platform.example").await;
    let elsewhere = ines.on(&other.router);
    assert_eq!((ines.get(TENANTS).await.status, elsewhere.get(TENANTS).await.status), (200, 200));

    assert_eq!(change(&boss, &id, "deactivate").await.json["is_active"], false);
    let started = Instant::now();
    for client in [&ines, &elsewhere] {
        eventually("refused", async || [401, 403].contains(&client.get(TENANTS).await.status)).await;
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(change(&boss, &id, "deactivate").await.json["code"], "operators.already_inactive");
    let mailed = boss.post(&format!("{OPERATORS}/{id}/reset-password"), &json!({})).await;
    assert_eq!(mailed.json["code"], "operators.inactive");
    let login = [("username", "ines@platform.example"), ("password", PASSWORD)];
    assert_eq!(app.anonymous().form("/api/v1/auth/login", &login).await.status, 401);

    assert_eq!(change(&boss, &id, "activate").await.json["is_active"], true);
    assert_eq!(change(&boss, &id, "activate").await.json["code"], "operators.already_active");
    assert_eq!(ines.get(TENANTS).await.status, 401, "not into an old session");
    assert_eq!(app.sign_in("ines@platform.example").await.get(TENANTS).await.status, 200);
    let kinds: Vec<String> = app
        .audit()
        .await
        .iter()
        .filter(|row| row["entity_id"] == id.as_str())
        .filter_map(|row| row["kind"].as_str().map(str::to_owned))
        .filter(|kind| kind.starts_with("operator"))
        .collect();
    assert_eq!(kinds, ["operator_invited", "operator_deactivated", "operator_activated"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_one_who_can_sign_in_stays_even_against_two_at_once() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let boss = app.super_admin().await;
    let me = own_id(&boss).await;
    let oneself = change(&boss, &me, "deactivate").await;
    assert_eq!((oneself.status, &oneself.json["code"]), (409, &json!("operators.oneself")));
    // Somebody who never chose a password cannot take over.
    let invited = invite(&boss, "late@platform.example").await.json["id"].as_str().unwrap().to_owned();
    let last = cli::hms(&app, &["operator", "deactivate", BOSS]).await;
    assert!(last.code == 1 && last.err.contains("last operator"), "{}{}", last.out, last.err);
    assert_eq!(change(&boss, &invited, "deactivate").await.status, 200, "an invitation is no loss");

    let able = "select count(*) as n from public.users where is_super_admin and is_active and password_hash is not null";
    for round in 0..5 {
        let email = format!("ines{round}@platform.example");
        let boss = app.super_admin().await;
        let (ines, id) = second(&app, &boss, &email).await;
        let me = own_id(&boss).await;
        let (mine, hers) = tokio::join!(change(&boss, &id, "deactivate"), change(&ines, &me, "deactivate"));
        let done = [&mine, &hers].into_iter().filter(|reply| reply.status == 200).count();
        assert_eq!(done, 1, "{} {}", mine.text, hers.text);
        let left = app.sql(able).await[0]["n"].as_i64().unwrap();
        assert_eq!(left, 1, "round {round}");
        // Back to where it began: one operator, who is the boss.
        app.sql("update public.users set is_active = (email = 'boss@platform.example'), status = 'ACTIVE' where is_super_admin").await;
        app.sql("select pg_notify('hms_registry', 'all')").await;
    }
}

#[tokio::test]
async fn a_page_shows_invites_and_asks_first() {
    let app = TestApp::new().await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let list = page.get("/console/operators").await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert!(list.text.contains(BOSS) && list.text.contains(r#"<span class="tag">you</span>"#));
    assert!(list.text.contains(r#"href="/console/operators" aria-current="page""#), "in the side bar");
    assert!(!list.text.contains(r#"href="/console" aria-current="page""#), "and nothing else");
    let wrong = page.submit("/console/operators", &[("email", "nobody")]).await;
    assert!(wrong.status == 422 && wrong.text.contains(r#"value="nobody""#), "{}", wrong.text);
    let taken = page.submit("/console/operators", &[("email", BOSS)]).await;
    assert!(taken.status == 409 && taken.text.contains("belongs to an operator already"), "{}", taken.text);
    let done = page.submit("/console/operators", &[("email", "ines@platform.example")]).await;
    assert_eq!(done.header("location"), "/console/operators?done=invited");
    let list = page.get(done.header("location")).await.text;
    assert!(
        list.contains("Invited. A link to choose a password is on its way.")
            && list.contains("ines@platform.example")
            && list.contains("Invited")
            && list.contains("It works once, within 72 hours.")
    );
    let id =
        app.sql("select id from public.users where email = 'ines@platform.example'").await[0]["id"].clone();
    let id = id.as_str().unwrap();
    for (verb, word, state) in [
        ("reset-password", "reset-mailed", "Invited"),
        ("deactivate", "operator-off", "Inactive"),
        ("activate", "operator-on", "Invited"),
    ] {
        let ask = format!("/console/operators/{id}/{verb}");
        let question = page.get(&ask).await.text;
        assert!(question.contains(&format!(r#"action="{ask}""#)), "{question}");
        let done = page.submit(&ask, &[]).await;
        assert_eq!(done.header("location"), format!("/console/operators?done={word}"));
        assert!(page.get(done.header("location")).await.text.contains(state), "{verb}");
    }
    let me = own_id(&boss).await;
    let refused = page.submit(&format!("/console/operators/{me}/deactivate"), &[]).await;
    assert!(
        refused.status == 409 && refused.text.contains("You cannot deactivate yourself"),
        "{}",
        refused.text
    );
    let foreign =
        page.submit_from("https://evil.example", "/console/operators", &[("email", "m@evil.example")]).await;
    assert_eq!(foreign.status, 403, "no other site can send the form");
}

#[tokio::test]
async fn the_command_line_looks_after_operators() {
    let app = TestApp::new().await;
    app.super_admin().await;
    let added = cli::hms(&app, &["operator", "add", "ines@platform.example"]).await;
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(!added.out.contains("token="), "mailed, not printed: {}", added.out);
    let printed = cli::hms(&app, &["operator", "add", "omar@platform.example", "--print"]).await;
    assert_eq!(printed.code, 0, "{}", printed.err);
    let token = printed.out.trim().rsplit_once("token=").unwrap().1;
    let mails = app.sql("select recipient from public.mails").await;
    assert_eq!(mails, [json!({ "recipient": "ines@platform.example" })], "printed, not mailed");
    let body = json!({ "token": token, "new_password": PASSWORD });
    assert!(app.anonymous().post("/api/v1/auth/reset-password", &body).await.status < 300);
    let omar = app.sign_in("omar@platform.example").await;
    assert_eq!(omar.get(TENANTS).await.status, 200);

    let list = cli::hms(&app, &["operator", "list"]).await;
    let lines: Vec<&str> = list.out.lines().collect();
    assert!(lines.len() == 4 && lines[0].starts_with("ID "), "{}", list.out);
    assert!(
        lines[2].contains("INVITED")
            && lines[2].contains("never")
            && lines[2].ends_with("ines@platform.example")
    );
    let listed: Value =
        serde_json::from_str(&cli::hms(&app, &["operator", "list", "--json"]).await.out).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);

    let off = cli::hms(&app, &["operator", "deactivate", "OMAR@platform.example"]).await;
    assert_eq!((off.code, off.out.as_str()), (0, "omar@platform.example is inactive now\n"), "{}", off.err);
    eventually("refused", async || [401, 403].contains(&omar.get(TENANTS).await.status)).await;
    let on = cli::hms(&app, &["operator", "activate", "omar@platform.example"]).await;
    assert_eq!((on.code, on.out.as_str()), (0, "omar@platform.example is active now\n"), "{}", on.err);
    let reset = cli::hms(&app, &["operator", "reset-password", "omar@platform.example", "--print"]).await;
    assert!(reset.code == 0 && reset.out.contains("/set-password?token="), "{}{}", reset.out, reset.err);
    for arguments in [
        ["operator", "deactivate", "nobody@platform.example"],
        ["operator", "reset-password", "nobody@platform.example"],
        ["operator", "add", "omar@platform.example"],
        ["operator", "add", "no-address"],
    ] {
        let refused = cli::hms(&app, &arguments).await;
        assert!(
            refused.code == 1 && refused.out.is_empty() && !refused.err.is_empty(),
            "{arguments:?}: {}",
            refused.err
        );
    }
    assert_eq!(cli::hms(&app, &["operator", "add"]).await.code, 2);
}
