//! The platform's hospitals: who sees them, suspending, activating, searching, and the operators' pages.

mod counts;
mod details;
mod limits;
mod raise;
mod restricted;

use std::time::{Duration, Instant};

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::{Client, Reply, TestApp, eventually};

const TENANTS: &str = "/api/v1/platform/tenants";
const ME: &str = "/api/v1/auth/me";
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn change(boss: &Client, id: &str, verb: &str) -> Reply {
    boss.request(Method::PATCH, &format!("{TENANTS}/{id}/{verb}")).send().await
}

async fn list(boss: &Client, query: &[(&str, &str)]) -> Reply {
    boss.get(&format!("{TENANTS}?{}", serde_urlencoded::to_string(query).unwrap())).await
}

fn names(reply: &Reply) -> Vec<&str> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect()
}

async fn found(boss: &Client, search: &str) -> Vec<String> {
    names(&list(boss, &[("search", search), ("sort", "name")]).await).into_iter().map(str::to_owned).collect()
}

/// Kind and detail of what was done to a hospital.
async fn history(app: &TestApp, id: &str) -> Vec<(String, Value)> {
    let done = app.audit().await.into_iter().filter(|row| row["entity_id"] == id);
    done.filter(|row| row["kind"] == "suspended" || row["kind"] == "activated")
        .map(|row| (row["kind"].as_str().unwrap().to_owned(), row["detail"].clone()))
        .collect()
}

#[tokio::test]
async fn a_super_admin_sees_every_hospital_and_nobody_else_sees_any() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let nurse = asha.staff(SystemRole::Nurse).await;
    app.sql(&format!("insert into public.tenant_usage values ('{}', 12480, now())", zen.schema)).await;
    let boss = app.super_admin().await;

    let page = boss.get(TENANTS).await;
    assert_eq!(names(&page), ["Zen Hospital", "Asha Clinic"], "newest first");
    assert_eq!(
        (&page.json["total"], &page.json["page"], &page.json["page_size"]),
        (&json!(2), &json!(1), &json!(50))
    );
    let [z, a] = [0, 1].map(|i| &page.json["items"][i]);
    assert_eq!((&a["user_count"], &z["user_count"]), (&json!(2), &json!(1)));
    assert_eq!((&a["patient_count"], &z["patient_count"]), (&json!(0), &json!(12480)));
    assert_eq!((&a["id"], &a["status"]), (&json!(asha.id), &json!("ACTIVE")));
    for key in ["schema_name", "admin_email", "admin_temp_password", "max_users", "max_patients"] {
        assert!(a.as_object().unwrap().contains_key(key) && a[key].is_null(), "{key}");
    }
    assert!(!page.text.contains(&asha.schema), "where data lies is not told");

    for (client, status) in [(&nurse, 403), (&asha.admin().await, 403), (&app.anonymous(), 401)] {
        assert_eq!(client.get(TENANTS).await.status, status);
        for verb in ["suspend", "activate", "restrict", "lift"] {
            assert_eq!(change(client, &zen.id, verb).await.status, status, "{verb}");
            assert_eq!(change(client, "no-id", verb).await.status, status, "refused before the id is read");
            let page = format!("/console/hospitals/{}/{verb}", zen.id);
            assert_eq!(client.get(&page).await.status, if status == 401 { 303 } else { status });
            assert_eq!(client.form(&page, &[]).await.status, status);
        }
        assert_eq!(client.form("/console/hospitals/search", &[("search", "zen")]).await.status, status);
    }
    assert_eq!(history(&app, &zen.id).await, []);
    assert_eq!(boss.get("/api/v1/auth/me").await.json["roles"][0]["name"], "SUPER_ADMIN");
}

#[tokio::test]
async fn a_suspension_holds_on_every_instance_within_a_second_and_ends_when_activated() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let (clinic, neighbour) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let elsewhere = nurse.on(&other.router);
    let unharmed = neighbour.admin().await;
    let boss = app.super_admin().await;
    assert_eq!((nurse.get(ME).await.status, elsewhere.get(ME).await.status), (200, 200));

    let reason = json!({ "reason": "  Unpaid since\tMay " });
    let suspended = boss.patch(&format!("{TENANTS}/{}/suspend", clinic.id), &reason).await;
    let started = Instant::now();
    assert_eq!(suspended.status, 200, "{}", suspended.text);
    assert_eq!((&suspended.json["status"], &suspended.json["id"]), (&json!("SUSPENDED"), &json!(clinic.id)));
    for client in [&nurse, &elsewhere] {
        eventually("staff are refused", async || client.get(ME).await.status == 403).await;
        assert!(client.get(ME).await.detail().contains("suspended"));
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    let login = app
        .anonymous()
        .form("/api/v1/auth/login", &[("username", &clinic.email), ("password", crate::harness::PASSWORD)])
        .await;
    assert!(login.status == 401 && login.detail().contains("suspended"), "{}", login.text);
    assert_eq!(unharmed.get(ME).await.status, 200);
    assert_eq!(change(&boss, &clinic.id, "suspend").await.detail(), "This hospital is suspended already.");

    let activated = change(&boss, &clinic.id, "activate").await;
    assert_eq!((activated.status, &activated.json["status"]), (200, &json!("ACTIVE")));
    for client in [&nurse, &elsewhere] {
        eventually("staff are back", async || client.get(ME).await.status == 200).await;
    }
    let again = change(&boss, &clinic.id, "activate").await;
    assert_eq!((again.status, again.detail()), (400, "This hospital is active already."));
    let expected = [
        (
            "suspended".to_owned(),
            json!({ "from": "ACTIVE", "to": "SUSPENDED", "reason": "Unpaid since May" }),
        ),
        ("activated".to_owned(), json!({ "from": "SUSPENDED", "to": "ACTIVE" })),
    ];
    assert_eq!(history(&app, &clinic.id).await, expected, "what was refused is not in it");
}

#[tokio::test]
async fn suspending_is_no_way_around_the_confirmation_of_an_address() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    assert_eq!(change(&boss, &clinic.id, "suspend").await.json["status"], "SUSPENDED");
    let back = change(&boss, &clinic.id, "activate").await;
    assert_eq!(back.json["status"], "PENDING");

    let vouched = change(&boss, &clinic.id, "activate").await;
    assert_eq!(vouched.json["status"], "ACTIVE", "an operator may vouch, knowingly: it was PENDING before");
    assert_eq!(clinic.admin().await.get(ME).await.status, 200);
    assert_eq!(history(&app, &clinic.id).await[2].1, json!({ "from": "PENDING", "to": "ACTIVE" }));
}

#[tokio::test]
async fn only_who_saw_the_newest_version_may_change_it() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let with_version = async |verb: &str, version: &str| {
        boss.request(Method::PATCH, &format!("{TENANTS}/{}/{verb}", clinic.id))
            .header("if-match", version)
            .send()
            .await
    };
    assert_eq!(with_version("suspend", "\"7\"").await.status, 412);
    let suspended = with_version("suspend", "\"1\"").await;
    assert_eq!(
        (suspended.status, suspended.header("etag"), &suspended.json["version"]),
        (200, "\"2\"", &json!(2))
    );
    let version = suspended.header("etag").to_owned();
    let racers = join_all((0..8).map(|_| with_version("activate", &version))).await;
    assert_eq!(racers.iter().filter(|r| r.status == 200).count(), 1);
    assert_eq!(racers.iter().filter(|r| r.status == 412).count(), 7);
    assert_eq!(boss.get(TENANTS).await.json["items"][0]["status"], "PENDING", "nobody vouched by accident");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_suspend_at_once_one_does() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(50));
    let racers = (0..50).map(|_| {
        let (boss, id, start) = (boss.clone(), clinic.id.clone(), std::sync::Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            change(&boss, &id, "suspend").await
        })
    });
    let replies: Vec<Reply> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(replies.iter().filter(|r| r.status == 200).count(), 1);
    for reply in replies.iter().filter(|r| r.status != 200) {
        assert_eq!((reply.status, &reply.json["code"]), (400, &json!("hospitals.already_suspended")));
    }
    assert_eq!(history(&app, &clinic.id).await.len(), 1);
}

#[tokio::test]
async fn what_is_not_there_or_not_readable_is_refused_plainly() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    for id in [NOBODY, "1", "asha", "%00"] {
        for verb in ["suspend", "activate", "restrict", "lift"] {
            assert_eq!(change(&boss, id, verb).await.status, 404, "{id}");
            assert_eq!(boss.get(&format!("/console/hospitals/{id}/{verb}")).await.status, 404);
            let form = [("reason", "Unpaid")];
            assert_eq!(boss.form(&format!("/console/hospitals/{id}/{verb}"), &form).await.status, 404);
        }
    }
    let path = format!("{TENANTS}/{}/suspend", clinic.id);
    let send = async |content_type: &str, body: String| {
        boss.request(Method::PATCH, &path).raw(content_type, body).send().await
    };
    for (content_type, body, status) in [
        ("application/json", json!({ "reason": "x".repeat(501) }).to_string(), 422),
        ("application/json", json!({ "reason": "a\u{0}b" }).to_string(), 422),
        ("application/json", json!({ "reason": 5 }).to_string(), 422),
        ("application/json", "{".to_owned(), 400),
        ("text/plain", "why".to_owned(), 415),
    ] {
        let reply = send(content_type, body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text);
        assert!(!reply.detail().is_empty());
    }
    for query in [
        [("status_filter", "GONE")],
        [("sort", "schema_name")],
        [("page", "0")],
        [("page_size", "501")],
        [("page", "x")],
        [("search", &"x".repeat(121))],
        [("search", "a\0b")],
    ] {
        assert_eq!(list(&boss, &query).await.status, 422, "{query:?}");
    }
    assert_eq!(history(&app, &clinic.id).await, []);

    for (content_type, body) in [("", ""), ("application/json", "null"), ("application/json", "{}")] {
        assert_eq!(
            send(content_type, body.to_owned()).await.status,
            200,
            "{body:?} says nothing, which is allowed"
        );
        assert_eq!(change(&boss, &clinic.id, "activate").await.status, 200);
    }
    app.sql("update public.tenants set status = 'INACTIVE'").await;
    assert_eq!(change(&boss, &clinic.id, "suspend").await.json["code"], "hospitals.inactive");
}

#[tokio::test]
async fn search_knows_every_script_and_no_wildcards() {
    let app = TestApp::new().await;
    for name in
        ["आशा क्लिनिक", "Río Clinic", "مستشفى الأمل", "東京病院", "100% Care", "A_B Clinic", "C\\D Clinic"]
    {
        app.hospital(name).await;
    }
    let boss = app.super_admin().await;
    for (search, expected) in [
        ("आशा", vec!["आशा क्लिनिक"]),
        ("rio", vec!["Río Clinic"]),
        ("RÍO c", vec!["Río Clinic"]),
        ("الأمل", vec!["مستشفى الأمل"]),
        ("京病", vec!["東京病院"]),
        ("%", vec!["100% Care"]),
        ("％", vec!["100% Care"]),
        ("_", vec!["A_B Clinic"]),
        ("\\", vec!["C\\D Clinic"]),
        ("' or true --", vec![]),
        ("clinic", vec!["A_B Clinic", "C\\D Clinic", "Río Clinic"]),
        ("nobody", vec![]),
    ] {
        assert_eq!(found(&boss, search).await, expected, "{search}");
    }
    assert_eq!(found(&boss, "  ").await.len(), 7, "blank is no search");
    assert_eq!(found(&boss, "lic-admin").await.len(), 7, "licence");
    assert_eq!(found(&boss, "@EXAMPLE.org").await.len(), 7, "e-mail");
}

#[tokio::test]
async fn lists_are_sorted_filtered_and_paged() {
    let app = TestApp::new().await;
    for name in ["beta", "Alpha", "gamma"] {
        app.hospital(name).await;
    }
    let waiting = app.pending_hospital("Delta").await;
    let boss = app.super_admin().await;
    for (sort, expected) in [
        ("name", ["Alpha", "beta", "Delta", "gamma"]),
        ("-name", ["gamma", "Delta", "beta", "Alpha"]),
        ("created", ["beta", "Alpha", "gamma", "Delta"]),
        ("-created", ["Delta", "gamma", "Alpha", "beta"]),
    ] {
        assert_eq!(names(&list(&boss, &[("sort", sort)]).await), expected, "{sort}");
    }
    let second = list(&boss, &[("sort", "name"), ("page", "2"), ("page_size", "3")]).await;
    assert_eq!((names(&second), &second.json["total"]), (vec!["gamma"], &json!(4)));
    let beyond = list(&boss, &[("page", "9")]).await;
    assert_eq!((names(&beyond).len(), &beyond.json["total"]), (0, &json!(4)));
    let pending = list(&boss, &[("status_filter", "PENDING")]).await;
    assert_eq!((&pending.json["items"][0]["id"], &pending.json["total"]), (&json!(waiting.id), &json!(1)));
    let both =
        list(&boss, &[("status_filter", "ACTIVE"), ("search", "delta"), ("page", ""), ("sort", "")]).await;
    assert_eq!(both.json["total"], 0);
}

#[tokio::test]
async fn the_pages_work_without_any_script() {
    let app = TestApp::new().await;
    let (asha, _) = (app.hospital("Asha <b>Clinic").await, app.pending_hospital("Zen Hospital").await);
    app.sql(&format!("insert into public.tenant_usage values ('{}', 1204, now())", asha.schema)).await;
    let nurse = asha.staff(SystemRole::Nurse).await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let list = page.get("/console/hospitals").await;
    assert_eq!(list.status, 200, "{}", list.text);
    for part in [
        "Asha &#60;b&#62;Clinic",
        "Zen Hospital",
        "1,204 patients",
        "3 accounts",
        "Waiting for e-mail",
        "1–2 of 2",
    ] {
        assert!(list.text.contains(part), "{part}");
    }
    assert!(list.text.contains(r#"href="/console/hospitals" aria-current="page""#), "in the side bar");
    let pending = page.get("/console/hospitals?status=PENDING&sort=name").await.text;
    assert!(pending.contains("Zen Hospital") && !pending.contains("Asha &#60;b"));
    assert!(
        pending.contains(r#"aria-sort="ascending""#) && pending.contains("status=PENDING&#38;sort=-name")
    );
    assert!(
        page.get("/console/hospitals?page=9").await.text.contains("1–2 of 2"),
        "past the end: the last page"
    );

    let search = page.submit("/console/hospitals/search", &[("search", "asha"), ("status", "")]).await.text;
    assert!(search.contains("<main") && search.contains(r#"value="asha""#));
    assert!(search.contains("Asha &#60;b") && !search.contains("Zen Hospital"));
    let none =
        page.submit("/console/hospitals/search", &[("search", "asha"), ("status", "PENDING")]).await.text;
    assert!(none.contains("No hospital matches"));
    let block = boss.request(Method::POST, "/console/hospitals/search").header("hx-request", "true");
    let block = block.form(&[("search", "asha")]).send().await;
    assert!(
        block.text.trim_start().starts_with(r#"<div id="rows">"#)
            && block.header("vary").to_lowercase().contains("hx-request")
    );

    let ask = format!("/console/hospitals/{}/suspend", asha.id);
    let question = page.get(&ask).await.text;
    for part in [
        &format!(r#"method="post" action="{ask}""#),
        "Whoever is signed in now (1) is refused",
        "2 people",
        "1,204 patient records stay",
    ] {
        assert!(question.contains(part), "{part} in {question}");
    }
    let version = field(&question, "version");
    let silent = page.submit(&ask, &[("version", &version), ("reason", " ")]).await;
    assert_eq!(silent.status, 422, "the hospital reads why");
    assert_eq!(nurse.get(ME).await.status, 200);
    let refused = page.submit(&ask, &[("version", &version), ("reason", &"x".repeat(501))]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Use at most 500 characters.") && refused.text.contains("Error: Suspend"));
    let done = page.submit(&ask, &[("version", &version), ("reason", "Unpaid")]).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/hospitals?done=suspended"));
    assert!(page.get(done.header("location")).await.text.contains("Hospital suspended."));
    assert_eq!(nurse.get(ME).await.status, 403);
    let twice = page.submit(&ask, &[("version", &version), ("reason", "Unpaid")]).await;
    assert_eq!(twice.status, 400);
    assert!(
        twice.text.contains("This hospital is suspended already.")
            && twice.text.contains(r#"value="Unpaid""#)
    );

    let ask = format!("/console/hospitals/{}/activate", asha.id);
    let stale = page.submit(&ask, &[("version", &version)]).await;
    assert_eq!(stale.status, 412);
    assert!(stale.text.contains("Somebody changed this hospital in the meantime."));
    let version = field(&stale.text, "version");
    let done = page.submit(&ask, &[("version", &version)]).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/hospitals?done=activated"));
    assert_eq!(history(&app, &asha.id).await.len(), 2);

    let foreign = page.submit_from("https://evil.example", &ask, &[]).await;
    assert_eq!(foreign.status, 403, "no other site can send the form");
    assert_eq!(nurse.browser().await.get("/console/hospitals").await.status, 403);
    let visitor = app.anonymous().get("/console/hospitals").await;
    assert_eq!((visitor.status, visitor.header("location")), (303, "/sign-in?next=/console/hospitals"));
}

/// Value of a hidden field.
fn field(html: &str, name: &str) -> String {
    let at = html.find(&format!(r#"name="{name}""#)).unwrap_or_else(|| panic!("{name} in {html}"));
    let value = html[at..].split_once(r#"value=""#).unwrap().1;
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_question_says_what_activating_will_do() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let ask = format!("/console/hospitals/{}/activate", clinic.id);
    assert!(page.get(&ask).await.text.contains("You vouch for the hospital instead."));
    change(&boss, &clinic.id, "suspend").await;
    let question = page.get(&ask).await.text;
    assert!(question.contains("it waits for that again") && !question.contains("can sign in at once"));
}
