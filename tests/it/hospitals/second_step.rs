//! An administrator who lost phone and recovery codes, and nobody in the hospital who could help.

use super::*;
use crate::cli;
use crate::harness::PASSWORD;

/// As if this person had set it up.
async fn has_one(app: &TestApp, email: &str) {
    app.sql(&format!(
        "insert into public.mfa_secrets (user_id, sealed, key_id, created_at, confirmed_at)
         select id, 'x', 'x', now(), now() from public.users where email = '{email}'"
    ))
    .await;
}

/// What the right password gives.
async fn signs_in(app: &TestApp, email: &str) -> (u16, Value) {
    let fields = [("username", email), ("password", PASSWORD)];
    let reply = app.anonymous().form("/api/v1/auth/login", &fields).await;
    (reply.status, reply.json["code"].clone())
}

fn owes() -> (u16, Value) {
    (401, json!("auth.mfa_required"))
}

/// What was mailed to this address about the hospital.
async fn notices(app: &TestApp, email: &str) -> Vec<String> {
    let mails = app
        .sql(&format!(
            "select body_text from public.mails where recipient = '{email}' and template = 'hospital_notice'"
        ))
        .await;
    mails.iter().map(|mail| mail["body_text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_platform_lets_the_only_administrator_in_again() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (admin, boss) = (clinic.admin().await, app.super_admin().await);
    let path = format!("{TENANTS}/{}/reset-admin-mfa", clinic.id);
    let body = json!({ "reason": "Lost the phone" });
    let none = boss.post(&path, &body).await;
    assert_eq!((none.status, &none.json["code"]), (409, &json!("mfa.not_on")), "{}", none.text);
    has_one(&app, &clinic.email).await;
    has_one(&app, &other.email).await;
    assert_eq!(signs_in(&app, &clinic.email).await, owes());

    for (client, status) in [(&admin, 403), (&app.anonymous(), 401)] {
        assert_eq!(client.post(&path, &body).await.status, status);
    }
    for reason in [json!(null), json!(""), json!("  "), json!("x".repeat(501)), json!("a\0b")] {
        assert_eq!(boss.post(&path, &json!({ "reason": reason })).await.status, 422, "{reason:.20}");
    }
    let foreign = boss.post(&path, &json!({ "reason": "x", "admin_email": other.email })).await;
    assert_eq!((foreign.status, &foreign.json["code"]), (400, &json!("hospitals.no_administrator")));
    let nowhere = boss.post(&format!("{TENANTS}/{NOBODY}/reset-admin-mfa"), &body).await;
    assert_eq!(nowhere.status, 404);
    assert_eq!((signs_in(&app, &clinic.email).await, signs_in(&app, &other.email).await), (owes(), owes()));

    let done = boss
        .post(&path, &json!({ "reason": "Lost the phone", "admin_email": clinic.email.to_uppercase() }))
        .await;
    assert_eq!((done.status, &done.json["admin_email"]), (200, &json!(clinic.email)), "{}", done.text);
    eventually("open sessions have ended", async || admin.get(ME).await.status == 401).await;
    assert_eq!(signs_in(&app, &clinic.email).await.0, 200, "the password alone");
    assert_eq!(signs_in(&app, &other.email).await, owes(), "of this hospital only");
    let told = notices(&app, &clinic.email).await;
    assert!(told.len() == 1 && told[0].contains("Reason: Lost the phone"), "{told:?}");
    let rows = app.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "admin_second_factor_reset").unwrap();
    assert_eq!(
        (&row["entity_id"], &row["detail"]["reason"]),
        (&json!(clinic.id), &json!("Lost the phone")),
        "{row}"
    );
    assert!(row["detail"]["user_id"].is_string() && !row.to_string().contains('@'), "{row}");
    let details = boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await;
    assert_eq!(details.json["events"][0]["kind"], "admin_second_factor_reset", "{}", details.text);
    let trail = clinic.admin().await.get("/api/v1/audit?kind=admin_second_factor_reset").await;
    let line = &trail.json["items"][0];
    assert_eq!(
        (&line["actor_name"], &line["detail"]["reason"]),
        (&json!("HMS platform"), &json!("Lost the phone")),
        "on the hospital's own trail: {}",
        trail.text
    );
    assert_eq!(boss.post(&path, &body).await.json["code"], "mfa.not_on", "once");
}

#[tokio::test]
async fn of_several_it_has_to_be_said_which_and_all_of_them_are_told() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let second = clinic.staff(SystemRole::HospitalAdmin).await.get(ME).await.json["email"].clone();
    let second = second.as_str().unwrap();
    let nurse = clinic.staff(SystemRole::Nurse).await.get(ME).await.json["email"].clone();
    let nurse = nurse.as_str().unwrap();
    for email in [clinic.email.as_str(), second, nurse] {
        has_one(&app, email).await;
    }
    let page = app.super_admin().await.browser().await;
    let ask = format!("/console/hospitals/{}/reset-admin-mfa", clinic.id);
    let shown = page.get(&format!("/console/hospitals/{}", clinic.id)).await.text;
    assert!(shown.contains(&format!(r#"href="{ask}""#)), "{shown}");
    let question = page.get(&ask).await.text;
    for email in [clinic.email.as_str(), second] {
        assert!(question.contains(&format!(r#"<option value="{email}""#)), "{question}");
    }
    assert!(!question.contains(nurse), "administrators only");

    let open = page.submit(&ask, &[("reason", "Lost the phone")]).await;
    assert!(open.status == 422 && open.text.contains("Say whose"), "{}", open.text);
    let silent = page.submit(&ask, &[("admin_email", second)]).await;
    assert!(silent.status == 422 && silent.text.contains("aria-invalid"), "{}", silent.text);
    let wrong = page.submit(&ask, &[("admin_email", nurse), ("reason", "x")]).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    assert_eq!(signs_in(&app, second).await, owes());
    let done = page.submit(&ask, &[("admin_email", second), ("reason", "Lost the phone")]).await;
    let to = format!("/console/hospitals/{}?done=second-step-reset", clinic.id);
    assert_eq!(done.header("location"), to, "{}", done.text);
    assert!(page.get(&to).await.text.contains("Two-step sign-in reset."));
    assert_eq!(signs_in(&app, second).await.0, 200);
    assert_eq!((signs_in(&app, &clinic.email).await, signs_in(&app, nurse).await), (owes(), owes()));
    for email in [clinic.email.as_str(), second] {
        let told = notices(&app, email).await;
        assert!(told.len() == 1 && told[0].contains(second), "{told:?}");
    }
    assert!(notices(&app, nurse).await.is_empty());

    let licence = format!("LIC-{}", clinic.email);
    let silent = cli::hms(&app, &["tenant", "reset-admin-mfa", &licence]).await;
    assert_eq!(silent.code, 2, "a reason is needed: {}", silent.err);
    let ran = cli::hms(&app, &["tenant", "reset-admin-mfa", &licence, "--reason", "Lost the phone"]).await;
    let said = format!("{} signs in by password alone now\n", clinic.email);
    assert_eq!((ran.code, ran.out), (0, said), "the only one left who has it: {}", ran.err);
    assert_eq!(signs_in(&app, &clinic.email).await.0, 200);
    let again = cli::hms(&app, &["tenant", "reset-admin-mfa", &licence, "--reason", "Once more"]).await;
    assert!(again.code == 1 && again.err.contains("not on"), "{}{}", again.out, again.err);
    let empty = page.get(&ask).await.text;
    assert!(empty.contains("No active administrator of this hospital has two-step sign-in."), "{empty}");
}
