//! A sign-up that nobody confirmed is rejected by an operator.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn a_pending_hospital_is_rejected_and_its_licence_and_address_are_free() {
    let app = TestApp::new().await;
    let pending = app.pending_hospital("Nobody's Clinic").await;
    let boss = app.super_admin().await;
    let path = format!("/api/v1/platform/tenants/{}/reject", pending.id);
    assert_eq!(boss.post(&path, &json!({})).await.status, 422, "a reason is needed");
    let reason = json!({ "reason": "Nobody knows them" });
    let stale =
        boss.request(axum::http::Method::POST, &path).header("if-match", "\"9\"").json(&reason).send().await;
    assert_eq!(stale.status, 412, "{}", stale.text);
    let gone = boss.post(&path, &reason).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(boss.post(&path, &reason).await.status, 404);
    let users = app.sql(&format!("select id from public.users where email = '{}'", pending.email)).await;
    assert!(users.is_empty());
    let row = app.audit().await.into_iter().find(|row| row["kind"] == "sign_up_rejected").unwrap();
    assert_eq!(
        row["detail"],
        json!({
            "name": "Nobody's Clinic", "license_number": format!("LIC-{}", pending.email),
            "reason": "Nobody knows them",
        })
    );
    let trail = boss.browser().await.get("/console/audit").await;
    assert!(trail.text.contains("Rejected a sign-up"), "{}", trail.text);
    let body = json!({
        "name": "Real", "contact_email": pending.email, "license_number": format!("LIC-{}", pending.email),
    });
    assert_eq!(app.anonymous().post("/api/v1/tenants/register", &body).await.status, 201);
}

#[tokio::test]
async fn a_hospital_that_was_confirmed_is_never_rejected_and_the_page_asks_first() {
    let app = TestApp::new().await;
    let (clinic, pending) = (app.hospital("Asha Clinic").await, app.pending_hospital("Spam").await);
    let boss = app.super_admin().await;
    let reason = json!({ "reason": "By mistake" });
    let active = format!("/api/v1/platform/tenants/{}", clinic.id);
    for _ in 0..2 {
        let refused = boss.post(&format!("{active}/reject"), &reason).await;
        assert_eq!((refused.status, refused.json["code"].as_str()), (409, Some("signup.confirmed")));
        // Nor is it once it is suspended.
        boss.patch(&format!("{active}/suspend"), &json!({})).await;
    }
    assert_eq!(app.sql(&format!("select id from public.tenants where id = '{}'", clinic.id)).await.len(), 1);
    let page = boss.browser().await;
    let shown = page.get(&format!("/console/hospitals/{}", clinic.id)).await;
    assert!(!shown.text.contains("/reject\""), "{}", shown.text);

    // One that was suspended before it was confirmed is.
    boss.patch(&format!("/api/v1/platform/tenants/{}/suspend", pending.id), &json!({})).await;
    let base = format!("/console/hospitals/{}", pending.id);
    assert!(page.get(&base).await.text.contains("/reject\""));
    let path = format!("{base}/reject");
    let asked = page.get(&path).await;
    assert_eq!((asked.status, asked.text.contains("This cannot be undone")), (200, true), "{}", asked.text);
    assert_eq!(page.submit(&path, &[("reason", " ")]).await.status, 422);
    let done = page.submit(&path, &[("reason", "Spam")]).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/hospitals?done=rejected"));
    assert_eq!(page.get(&base).await.status, 404);
}
