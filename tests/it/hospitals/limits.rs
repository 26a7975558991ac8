//! Limits: set, lifted, never below what is there, and told once at each stage, whoever looks.

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use hms::platform::hospitals;
use serde_json::{Value, json};

use super::restricted::mails;
use super::{NOBODY, TENANTS, field};
use crate::harness::{Client, Hospital, Reply, TestApp, eventually};
use crate::patients::{QUICK, patient, registered};

async fn set(boss: &Client, id: &str, query: &str) -> Reply {
    boss.request(Method::PATCH, &format!("{TENANTS}/{id}/limits{query}"))
        .raw("application/json", "null")
        .send()
        .await
}

async fn body(boss: &Client, id: &str, body: &Value) -> Reply {
    boss.patch(&format!("{TENANTS}/{id}/limits"), body).await
}

fn both(reply: &Reply) -> (Value, Value) {
    assert_eq!(reply.status, 200, "{}", reply.text);
    (reply.json["max_users"].clone(), reply.json["max_patients"].clone())
}

async fn patients(desk: &Client, number: usize) {
    for n in 0..number {
        registered(desk, json!({ "first_name": format!("Patient {n}") })).await;
    }
}

#[tokio::test]
async fn limits_are_set_in_the_query_and_lifted_in_the_body() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let boss = app.super_admin().await;
    patients(&desk, 2).await;

    assert_eq!(both(&set(&boss, &clinic.id, "?max_users=50&max_patients=3").await), (json!(50), json!(3)));
    eventually("the limit holds", async || {
        desk.get("/api/v1/auth/me").await.json["tenant"]["max_patients"] == 3
    })
    .await;
    assert_eq!(desk.post(QUICK, &patient(json!({}))).await.status, 201);
    assert_eq!(desk.post(QUICK, &patient(json!({}))).await.json["code"], "patients.limit_reached");
    assert_eq!(both(&set(&boss, &clinic.id, "?max_users=60").await), (json!(60), json!(3)), "one at a time");
    assert_eq!(
        both(&set(&boss, &clinic.id, "").await),
        (json!(60), json!(3)),
        "nothing said, nothing changed"
    );
    assert_eq!(both(&body(&boss, &clinic.id, &json!({ "max_users": 70 })).await), (json!(70), json!(3)));
    assert_eq!(
        both(&body(&boss, &clinic.id, &json!({ "max_patients": null })).await),
        (json!(70), Value::Null)
    );
    eventually("it is lifted", async || desk.post(QUICK, &patient(json!({}))).await.status == 201).await;

    let rows = app.audit().await;
    let last = rows.iter().rfind(|row| row["kind"] == "limits_changed").unwrap();
    let expected =
        json!({ "max_users": { "from": 70, "to": 70 }, "max_patients": { "from": 3, "to": null } });
    assert_eq!((&last["entity_id"], &last["detail"]), (&json!(clinic.id), &expected));
}

#[tokio::test]
async fn no_limit_is_below_what_is_there_and_only_the_newest_version_is_changed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let boss = app.super_admin().await;
    patients(&desk, 3).await;
    for (query, code, said) in [
        ("?max_users=1", "hospitals.max_users_below_use", "2 accounts"),
        ("?max_patients=2", "hospitals.max_patients_below_use", "3 patients"),
        ("?max_users=9&max_patients=1", "hospitals.max_patients_below_use", "3 patients"),
    ] {
        let refused = set(&boss, &clinic.id, query).await;
        assert_eq!((refused.status, &refused.json["code"]), (400, &json!(code)), "{}", refused.text);
        assert!(refused.detail().contains(said), "{}", refused.detail());
    }
    for query in
        ["?max_users=0", "?max_users=-1", "?max_patients=2147483648", "?max_patients=x", "?max_users=1.5"]
    {
        assert_eq!(set(&boss, &clinic.id, query).await.status, 422, "{query}");
    }
    let twice =
        boss.patch(&format!("{TENANTS}/{}/limits?max_users=9", clinic.id), &json!({ "max_users": 8 })).await;
    assert_eq!(twice.status, 422, "{}", twice.text);
    let shown = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await;
    assert_eq!(
        (&shown.json["tenant"]["max_users"], &shown.json["tenant"]["version"]),
        (&Value::Null, &json!(2))
    );

    let with = |version: String| {
        let call = boss.request(Method::PATCH, &format!("{TENANTS}/{}/limits?max_users=9", clinic.id));
        call.header("if-match", &version).send()
    };
    let racers = join_all((0..6).map(|_| with("\"2\"".to_owned()))).await;
    assert_eq!(racers.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(racers.iter().filter(|reply| reply.status == 412).count(), 5);
    assert_eq!(set(&boss, NOBODY, "?max_users=5").await.status, 404);
    for (client, status) in [(&desk, 403), (&clinic.admin().await, 403), (&app.anonymous(), 401)] {
        assert_eq!(set(client, &clinic.id, "?max_users=500").await.status, status, "nobody raises their own");
    }
}

/// Whether the start page of this person warns of a limit.
async fn is_warned(client: &Client) -> bool {
    client.browser().await.get("/today").await.text.contains("that the platform allows are used")
}

async fn warned(app: &TestApp) -> usize {
    hospitals::warn(&app.app).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_stage_is_told_once_however_many_look() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let other = app.second_instance().await;
    let (clinic, calm) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (desk, admin) = (clinic.staff(SystemRole::Receptionist).await, clinic.admin().await);
    let boss = app.super_admin().await;
    assert_eq!(set(&boss, &clinic.id, "?max_patients=20&max_users=50").await.status, 200);
    assert_eq!(set(&boss, &calm.id, "?max_patients=20").await.status, 200);
    patients(&desk, 15).await;
    assert_eq!(warned(&app).await, 0, "75 % is no news");
    assert!(!is_warned(&admin).await);

    // While the sixteenth is registered, everybody looks.
    let looks = join_all((0..12).map(|n| warned(if n % 2 == 0 { &app } else { &other })));
    let (_, _) = tokio::join!(patients(&desk, 1), looks);
    join_all((0..12).map(|n| warned(if n % 2 == 0 { &app } else { &other }))).await;
    let told = mails(&app, &clinic.email).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "Asha Clinic is near its limit");
    assert!(
        told[0].1.contains("16 of 20 patients are used: 80 %.") && !told[0].1.contains("accounts are used")
    );
    eventually("the administrator's start page says so", async || is_warned(&admin).await).await;
    assert!(!is_warned(&desk).await, "who does not see the settings is not bothered");
    let overview = boss.get("/api/v1/platform/dashboard").await;
    assert_eq!(
        (&overview.json["near_limit_count"], &overview.json["near_limit"][0]["id"]),
        (&json!(1), &json!(clinic.id))
    );

    patients(&desk, 3).await;
    let tried = join_all((0..12).map(|n| warned(if n % 2 == 0 { &app } else { &other }))).await;
    assert_eq!(tried.iter().sum::<usize>(), 1, "{tried:?}");
    let told = mails(&app, &clinic.email).await;
    assert_eq!(told.len(), 2);
    assert!(told[1].1.contains("19 of 20 patients are used: 95 %."), "{}", told[1].1);
    assert_eq!(warned(&app).await, 0, "nothing new");

    // More room: not near it any more, and told again when that is used up too.
    assert_eq!(set(&boss, &clinic.id, "?max_patients=100").await.status, 200);
    eventually("the warning goes", async || !is_warned(&admin).await).await;
    assert_eq!(boss.get("/api/v1/platform/dashboard").await.json["near_limit_count"], 0);
    assert_eq!(set(&boss, &clinic.id, "?max_patients=20").await.status, 200);
    assert_eq!(mails(&app, &clinic.email).await.len(), 3, "a limit that is near at once is told at once");
    assert!(mails(&app, &calm.email).await.is_empty());
}

#[tokio::test]
async fn a_mail_goes_to_each_administrator_who_can_sign_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (second, gone) =
        (clinic.staff(SystemRole::HospitalAdmin).await, clinic.staff(SystemRole::HospitalAdmin).await);
    let address = async |client: &Client| {
        client.get("/api/v1/auth/me").await.json["email"].as_str().unwrap().to_owned()
    };
    let (second, gone) = (address(&second).await, address(&gone).await);
    app.sql(&format!("update public.users set is_active = false where email = '{gone}'")).await;
    let boss = app.super_admin().await;
    assert_eq!(set(&boss, &clinic.id, "?max_users=3").await.status, 200);
    for (email, mail) in [(&clinic.email, 1), (&second, 1), (&gone, 0)] {
        assert_eq!(mails(&app, email).await.len(), mail, "{email}");
    }
    // Nobody left who could be told: the hospital's own address.
    app.sql(&format!("update public.users set is_active = false where tenant_id = '{}'", clinic.id)).await;
    assert_eq!(boss.patch(&format!("{TENANTS}/{}/suspend", clinic.id), &json!({})).await.status, 200);
    assert_eq!(mails(&app, &clinic.email).await.len(), 2);
}

#[tokio::test]
async fn the_page_sets_and_lifts_limits_without_a_script() {
    let app = TestApp::new().await;
    let clinic: Hospital<'_> = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    patients(&desk, 4).await;
    let page = app.super_admin().await.browser().await;
    let path = format!("/console/hospitals/{}", clinic.id);
    let shown = page.get(&path).await.text;
    let version = field(&shown, "version");
    let form = |users: &'static str, patients: &'static str, version: &str| {
        [
            ("max_users", users.to_owned()),
            ("max_patients", patients.to_owned()),
            ("version", version.to_owned()),
        ]
    };
    let submit = async |fields: [(&'static str, String); 3]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        page.submit(&format!("{path}/limits"), &fields).await
    };
    let refused = submit(form("many", "3", &version)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Use a whole number") && refused.text.contains(r#"value="many""#));
    let below = submit(form("10", "3", &version)).await;
    assert_eq!(below.status, 400);
    assert!(
        below.text.contains("has 4 patients already") && below.text.contains(r#"value="3""#),
        "{}",
        below.text
    );
    let done = submit(form("10", "5", &version)).await;
    assert_eq!((done.status, done.header("location").to_owned()), (303, format!("{path}?done=limits")));
    let shown = page.get(done.header("location")).await.text;
    assert!(shown.contains("Limits saved.") && shown.contains(r#"max="5" value="4""#), "{shown}");
    assert!(shown.contains(r#"id="max_patients" name="max_patients" type="text" value="5""#), "{shown}");
    let list = page.get("/console/hospitals").await.text;
    assert!(list.contains(r#"<progress class="meter" max="5" value="4""#), "a bar in the list");
    let stale = submit(form("", "", &version)).await;
    assert_eq!(stale.status, 412);
    let lifted = submit(form("", "", &field(&stale.text, "version"))).await;
    assert_eq!(lifted.status, 303, "{}", lifted.text);
    let rows = app
        .sql(&format!("select max_users, max_patients from public.tenants where id = '{}'", clinic.id))
        .await;
    assert_eq!(rows, [json!({ "max_users": null, "max_patients": null })]);
}
