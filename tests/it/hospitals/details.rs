//! One hospital on the console: its numbers, its administrators, and a way back in for one of them.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{NOBODY, TENANTS};
use crate::cli;
use crate::harness::{Client, PASSWORD, TestApp, eventually};
use crate::patients::registered;

async fn reset(boss: &Client, id: &str, body: &Value) -> crate::harness::Reply {
    boss.post(&format!("{TENANTS}/{id}/reset-admin-password"), body).await
}

async fn login(app: &TestApp, email: &str, password: &str) -> crate::harness::Reply {
    app.anonymous().form("/api/v1/auth/login", &[("username", email), ("password", password)]).await
}

#[tokio::test]
async fn details_tell_numbers_people_and_acts_and_never_a_patient() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    registered(&desk, json!({ "first_name": "Zebunnisa" })).await;
    let boss = app.super_admin().await;
    boss.patch(&format!("{TENANTS}/{}/suspend", clinic.id), &json!({ "reason": "Unpaid" })).await;
    boss.patch(&format!("{TENANTS}/{}/activate", clinic.id), &json!({})).await;
    let details = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await;
    assert_eq!(details.status, 200, "{}", details.text);
    let tenant = &details.json["tenant"];
    assert_eq!((&tenant["id"], &tenant["name"]), (&json!(clinic.id), &json!("Asha Clinic")));
    assert_eq!(details.header("etag"), format!("\"{}\"", tenant["version"]));
    assert_eq!(tenant["schema_version"], hms::db::migrate::tenant_version());
    let metrics = &details.json["metrics"];
    assert_eq!((&metrics["user_count"], &metrics["total_patients"]), (&json!(2), &json!(1)));
    assert_eq!(metrics["signed_in_count"], 1);
    for key in ["total_prescriptions", "total_admissions", "active_admissions"] {
        assert!(metrics.as_object().unwrap().contains_key(key), "{key}");
    }
    let administrators = details.json["administrators"].as_array().unwrap();
    assert_eq!(administrators.len(), 1);
    assert_eq!(administrators[0]["email"], clinic.email.as_str());
    let events: Vec<(&str, &Value, &Value)> = details.json["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["kind"].as_str().unwrap(), &event["by"], &event["reason"]))
        .collect();
    let by = json!("boss@platform.example");
    assert_eq!(events[0], ("activated", &by, &Value::Null));
    assert_eq!(events[1], ("suspended", &by, &json!("Unpaid")));
    assert!(!details.text.contains("Zebunnisa") && !details.text.contains(&clinic.schema));
    assert!(!details.text.contains(&other.email), "one hospital's people only");

    let page = boss.browser().await.get(&format!("/console/hospitals/{}", clinic.id)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in
        ["Asha Clinic", &clinic.email, "Unpaid", "boss@platform.example", "the newest", "not measured yet"]
    {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("Zebunnisa"));
    for (client, status) in [(&desk, 403), (&clinic.admin().await, 403), (&app.anonymous(), 401)] {
        assert_eq!(client.get(&format!("{TENANTS}/{}/details", clinic.id)).await.status, status);
        assert_eq!(reset(client, &clinic.id, &json!({})).await.status, status);
    }
    assert_eq!(boss.get(&format!("{TENANTS}/{NOBODY}/details")).await.status, 404);
}

#[tokio::test]
async fn an_administrator_gets_a_link_by_mail_and_the_operator_never_sees_it() {
    let app = TestApp::configured(&[
        ("HMS_ENV", "production"),
        ("HMS_OPERATOR_MFA", "optional"),
        ("PUBLIC_URL", "https://hms.test"),
    ])
    .await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let boss = app.super_admin().await;
    let done = reset(&boss, &clinic.id, &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(
        (&done.json["admin_email"], &done.json["temp_password"]),
        (&json!(clinic.email), &Value::Null)
    );
    let link = app.link_for(&clinic.email, "/set-password").await;
    let token = link.split_once("token=").unwrap().1;
    assert!(!done.text.contains(token));
    assert_eq!(login(&app, &clinic.email, PASSWORD).await.status, 200, "the present one works until then");
    let chosen = "Fresh-Meadow-42";
    let body = json!({ "token": token, "new_password": chosen });
    let set = app.anonymous().post("/api/v1/auth/reset-password", &body).await;
    assert!(set.status < 300, "{}", set.text);
    assert_eq!(login(&app, &clinic.email, chosen).await.status, 200);
    assert_eq!(login(&app, &clinic.email, PASSWORD).await.status, 401);

    let foreign = reset(&boss, &clinic.id, &json!({ "admin_email": other.email })).await;
    assert_eq!((foreign.status, &foreign.json["code"]), (400, &json!("hospitals.no_administrator")));
    let nurse = clinic.staff(SystemRole::Nurse).await.get("/api/v1/auth/me").await.json["email"].clone();
    assert_eq!(
        reset(&boss, &clinic.id, &json!({ "admin_email": nurse })).await.status,
        400,
        "administrators only"
    );
    app.sql("update public.users set is_active = false where tenant_id is not null").await;
    assert_eq!(reset(&boss, &clinic.id, &json!({})).await.json["code"], "hospitals.no_administrator");
    let rows = app.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "admin_password_reset").unwrap();
    assert!(row["entity_id"] == clinic.id.as_str() && !row.to_string().contains('@'), "{row}");
}

#[tokio::test]
async fn where_mails_reach_nobody_a_temporary_password_is_told_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, boss) = (clinic.admin().await, app.super_admin().await);
    let call =
        boss.request(axum::http::Method::POST, &format!("{TENANTS}/{}/reset-admin-password", clinic.id));
    let done = call.header("idempotency-key", "once").json(&json!({})).send().await;
    assert_eq!(done.status, 200, "{}", done.text);
    let password = done.json["temp_password"].as_str().unwrap().to_owned();
    let opened = login(&app, &clinic.email, &password).await;
    assert_eq!((opened.status, &opened.json["must_change_password"]), (200, &json!(true)));
    eventually("old sessions have ended", async || admin.get("/api/v1/auth/me").await.status == 401).await;
    assert_eq!(login(&app, &clinic.email, PASSWORD).await.status, 401);
    let call =
        boss.request(axum::http::Method::POST, &format!("{TENANTS}/{}/reset-admin-password", clinic.id));
    let again = call.header("idempotency-key", "once").json(&json!({})).send().await;
    assert!(again.status == 409 && !again.text.contains(&password), "{}", again.text);
    let kept = app.sql("select withheld, body from public.idempotency_keys").await;
    assert_eq!(kept, [json!({ "withheld": true, "body": "\\x" })], "a reply that holds a secret is not kept");
}

#[tokio::test]
async fn the_page_asks_first_and_names_the_administrators() {
    let app = TestApp::configured(&[
        ("HMS_ENV", "production"),
        ("HMS_OPERATOR_MFA", "optional"),
        ("PUBLIC_URL", "https://hms.test"),
    ])
    .await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = app.super_admin().await.browser().await;
    let ask = format!("/console/hospitals/{}/reset-admin-password", clinic.id);
    let question = page.get(&ask).await.text;
    assert!(question.contains(&format!(r#"<option value="{}""#, clinic.email)), "{question}");
    let wrong = page.submit(&ask, &[("admin_email", "nobody@example.org")]).await;
    assert!(wrong.status == 400 && wrong.text.contains("no active administrator"), "{}", wrong.text);
    let done = page.submit(&ask, &[("admin_email", &clinic.email)]).await;
    assert_eq!(done.header("location"), format!("/console/hospitals/{}?done=reset-mailed", clinic.id));
    assert!(
        page.get(done.header("location")).await.text.contains("The link to a new password is on its way.")
    );
}

#[tokio::test]
async fn the_command_line_restricts_and_limits_too() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let licence = format!("LIC-{}", clinic.email);
    let ran = cli::hms(&app, &["tenant", "restrict", &licence, "--reason", "Unpaid"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "Asha Clinic is restricted now\n"), "{}", ran.err);
    assert!(cli::hms(&app, &["tenant", "show", &licence]).await.out.contains("ACTIVE, restricted"));
    let twice = cli::hms(&app, &["tenant", "restrict", &licence]).await;
    assert!(twice.code == 1 && twice.err.contains("restricted already"), "{}", twice.err);
    let ran = cli::hms(&app, &["tenant", "lift", &licence]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "Asha Clinic is not restricted any more\n"), "{}", ran.err);
    let ran =
        cli::hms(&app, &["tenant", "limits", &licence, "--max-users", "9", "--max-patients", "none"]).await;
    let said = "Asha Clinic: 1 accounts (at most 9), 0 patients (no limit)\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, said), "{}", ran.err);
    let wrong = cli::hms(&app, &["tenant", "limits", &licence, "--max-users", "0"]).await;
    assert!(wrong.code == 1 && wrong.err.contains("whole number"), "{}", wrong.err);
}
