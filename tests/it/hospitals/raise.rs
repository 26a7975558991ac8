//! Limits that are raised for some hours: they hold at once, fall back by themselves, and no raise is a way around a limit.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use hms::platform::hospitals;
use serde_json::{Value, json};

use super::restricted::mails;
use super::{NOBODY, TENANTS, field};
use crate::harness::{Client, Reply, TestApp, eventually};
use crate::patients::{QUICK, patient, registered};
use crate::staff::person;

async fn raise(boss: &Client, id: &str, body: &Value) -> Reply {
    boss.patch(&format!("{TENANTS}/{id}/limits"), body).await
}

async fn registers(desk: &Client) -> (u16, String) {
    let reply = desk.post(QUICK, &patient(json!({}))).await;
    (reply.status, reply.json["code"].as_str().unwrap_or_default().to_owned())
}

fn full() -> (u16, String) {
    (400, "patients.limit_reached".to_owned())
}

#[tokio::test]
async fn a_raise_holds_at_once_and_ends_by_itself() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let boss = app.super_admin().await;
    for n in 0..2 {
        registered(&desk, json!({ "first_name": format!("Patient {n}") })).await;
    }
    let limits = json!({ "max_patients": 2, "max_users": 2 });
    assert_eq!(raise(&boss, &clinic.id, &limits).await.status, 200);
    let max = async |desk: &Client| desk.get("/api/v1/auth/me").await.json["tenant"]["max_patients"].clone();
    eventually("the limit holds", async || max(&desk).await == 2).await;
    assert_eq!(registers(&desk).await, full());

    let raised = raise(&boss, &clinic.id, &json!({ "max_patients": 4, "hours": 72 })).await;
    assert_eq!(raised.status, 200, "{}", raised.text);
    assert_eq!(raised.json["max_patients"], 2, "the limit itself stays");
    assert_eq!(
        (&raised.json["patients_raise"]["to"], &raised.json["users_raise"]),
        (&json!(4), &Value::Null)
    );
    eventually("there is room", async || max(&desk).await == 4).await;
    assert_eq!(registers(&desk).await.0, 201);
    let me = desk.get("/api/v1/auth/me").await;
    assert_eq!((&me.json["tenant"]["max_patients"], &me.json["tenant"]["max_users"]), (&json!(4), &json!(2)));
    let shown = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await.json["tenant"].clone();
    assert_eq!((&shown["patient_count"], &shown["patients_over_limit"]), (&json!(3), &json!(0)));

    // Accounts as well: an invitation is refused at the limit, taken while it is raised.
    let admin = clinic.admin().await;
    let refused = admin.post("/api/v1/users", &person(json!({}))).await;
    assert_eq!(refused.json["code"], "staff.limit_reached", "{}", refused.text);
    assert_eq!(raise(&boss, &clinic.id, &json!({ "max_users": 3, "hours": 1 })).await.status, 200);
    let taken = admin.post("/api/v1/users", &person(json!({}))).await;
    assert_eq!(taken.status, 201, "{}", taken.text);

    // Nobody does anything, and the time is over.
    app.app.clock.shift(3600);
    assert_eq!(
        admin.again().await.post("/api/v1/users", &person(json!({}))).await.json["code"],
        "staff.limit_reached"
    );
    assert_eq!(registers(&desk.again().await).await.0, 201, "that of patients lasts");
    app.app.clock.shift(71 * 3600 + 60);
    let desk = desk.again().await;
    assert_eq!(registers(&desk).await, full());
    assert_eq!(desk.get("/api/v1/auth/me").await.json["tenant"]["max_patients"], 2);
    let boss = boss.again().await;
    let shown = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await.json["tenant"].clone();
    assert_eq!((&shown["patients_raise"], &shown["patients_over_limit"]), (&Value::Null, &json!(2)));

    let rows = app.audit().await;
    let acts: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "limits_raised").collect();
    assert_eq!(acts.len(), 2);
    let told = &acts[0]["detail"]["max_patients"];
    assert_eq!(
        (&told["from"], &told["to"], &acts[0]["detail"]["max_users"]),
        (&json!(2), &json!(4), &Value::Null)
    );
    assert_eq!(acts[0]["entity_id"], json!(clinic.id));
}

#[tokio::test]
async fn what_is_no_raise_is_refused_and_a_limit_that_is_set_ends_one() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let refused = raise(&boss, &clinic.id, &json!({ "max_users": 9, "hours": 72 })).await;
    assert_eq!((refused.status, &refused.json["code"]), (400, &json!("hospitals.not_a_raise")), "no limit");
    assert_eq!(raise(&boss, &clinic.id, &json!({ "max_users": 5, "max_patients": 50 })).await.status, 200);
    for (to, status) in [(4, 400), (5, 400), (6, 200)] {
        let reply = raise(&boss, &clinic.id, &json!({ "max_users": to, "hours": 72 })).await;
        assert_eq!(reply.status, status, "{to}: {}", reply.text);
    }
    for body in [
        json!({ "hours": 72 }),
        json!({ "max_users": null, "hours": 72 }),
        json!({ "max_users": 9, "hours": 0 }),
        json!({ "max_users": 9, "hours": 169 }),
        json!({ "max_users": 9, "hours": -1 }),
        json!({ "max_users": 9, "hours": 9_223_372_036_854_775_807_i64 }),
        json!({ "max_users": 9, "hours": "always" }),
    ] {
        let reply = raise(&boss, &clinic.id, &body).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text);
    }
    let twice = boss
        .request(Method::PATCH, &format!("{TENANTS}/{}/limits?max_users=9&hours=2", clinic.id))
        .json(&json!({ "hours": 3 }))
        .send()
        .await;
    assert_eq!(twice.status, 422);
    assert_eq!(raise(&boss, NOBODY, &json!({ "max_users": 9, "hours": 72 })).await.status, 404);
    for (client, status) in [(&clinic.admin().await, 403), (&app.anonymous(), 401)] {
        let own = raise(client, &clinic.id, &json!({ "max_users": 99, "hours": 72 })).await;
        assert_eq!(own.status, status, "nobody raises their own");
    }
    let shown = |reply: &Reply| (reply.json["users_raise"].clone(), reply.json["max_users"].clone());
    let other = raise(&boss, &clinic.id, &json!({ "max_patients": 60 })).await;
    assert_eq!(shown(&other).0["to"], 6, "a limit of something else leaves it");
    let set = raise(&boss, &clinic.id, &json!({ "max_users": 5 })).await;
    assert_eq!(shown(&set), (Value::Null, json!(5)), "setting the limit ends its raise");
}

#[tokio::test]
async fn a_hospital_is_warned_again_when_the_raise_is_over() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let boss = app.super_admin().await;
    for n in 0..9 {
        registered(&desk, json!({ "first_name": format!("Patient {n}") })).await;
    }
    let told = async || mails(&app, &clinic.email).await.len();
    assert_eq!(raise(&boss, &clinic.id, &json!({ "max_patients": 10 })).await.status, 200);
    assert_eq!(told().await, 1, "90 % at once");
    assert_eq!(raise(&boss, &clinic.id, &json!({ "max_patients": 100, "hours": 72 })).await.status, 200);
    assert_eq!(boss.get("/api/v1/platform/dashboard").await.json["near_limit_count"], 0);
    hospitals::warn(&app.app).await.unwrap();
    assert_eq!(told().await, 1, "with room there is nothing to tell");
    app.app.clock.shift(72 * 3600);
    assert_eq!(hospitals::warn(&app.app).await.unwrap(), 1);
    assert_eq!(told().await, 2, "the limit holds again, and it is near");
}

#[tokio::test]
async fn the_console_raises_limits_and_says_until_when() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let path = format!("/console/hospitals/{}", clinic.id);
    assert!(
        !page.get(&path).await.text.contains("Raise for a time"),
        "without a limit there is nothing to raise"
    );
    assert_eq!(raise(&boss, &clinic.id, &json!({ "max_users": 5 })).await.status, 200);
    let shown = page.get(&path).await.text;
    assert!(shown.contains("Raise for a time") && !shown.contains("Patients while raised"));
    let version = field(&shown, "version");
    let submit = async |to: &str, hours: &str, version: &str| {
        let fields = [("raise_users", to), ("hours", hours), ("version", version)];
        page.submit(&format!("{path}/raise"), &fields).await
    };
    for (to, hours, status) in
        [("", "72", 422), ("many", "72", 422), ("9", "", 422), ("9", "500", 422), ("5", "72", 400)]
    {
        let refused = submit(to, hours, &version).await;
        assert_eq!(refused.status, status, "{to} {hours}");
        assert!(refused.text.contains("Raise for a time"));
    }
    assert_eq!(submit("9", "72", "1").await.status, 412);
    let done = submit("9", "72", &version).await;
    assert_eq!((done.status, done.header("location")), (303, format!("{path}?done=raised").as_str()));
    let shown = page.get(done.header("location")).await.text;
    assert!(shown.contains("Raised to 9 accounts until"), "{shown}");
    assert!(
        shown.contains("of 9, 11 %") || shown.contains(r#"max="9" value="1""#),
        "the meter is of what holds now"
    );
    assert!(
        shown.contains("Raised the limits") || shown.contains("Limits raised"),
        "and what was done says so"
    );
}
