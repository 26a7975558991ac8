//! Who must have a second step and has none.

use super::*;

#[tokio::test]
async fn who_must_have_one_and_has_none_is_let_into_nothing_but_its_set_up() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let page = admin.browser().await;
    for policy in ["ADMINISTRATORS", "OFF", "EVERYBODY"] {
        let set = admin.patch(HOSPITAL, &json!({ "mfa_policy": policy })).await;
        assert_eq!((set.status, &set.json["mfa_policy"]), (200, &json!(policy)), "{}", set.text);
        eventually("the nurse's open session knows", async || {
            nurse.get(ME).await.json["mfa_enrolment_required"] == json!(policy == "EVERYBODY")
        })
        .await;
        let reply = nurse.get("/api/v1/patients").await;
        assert_eq!(reply.status, if policy == "EVERYBODY" { 403 } else { 200 }, "{policy}: {}", reply.text);
        let reply = admin.get("/api/v1/patients").await;
        assert_eq!(reply.status, if policy == "OFF" { 200 } else { 403 }, "{policy}: {}", reply.text);
        if policy == "ADMINISTRATORS" {
            // Whoever switched it on is held to it: the way out is to set it up.
            assert_eq!(code_of(&reply), "auth.mfa_enrolment_required");
            clinic.sql("update hospital_settings set mfa_policy = 'OFF'").await;
            app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", clinic.id)).await;
            eventually("off again", async || admin.get("/api/v1/patients").await.status == 200).await;
        }
    }

    let (mut asked, body) = (0, json!({}));
    for operation in routes::all().iter().filter(|o| o.secured && o.permission.is_some() && !o.platform) {
        let path = operation.path_to_nothing();
        if operation.page {
            let reply = match operation.is_read() {
                true => page.get(&path).await,
                false => page.submit(&path, &[]).await,
            };
            match operation.is_read() {
                true => assert!(
                    reply.status == 303 && reply.header("location").starts_with("/account/mfa?next=/"),
                    "{}: {} {}",
                    operation.name(),
                    reply.status,
                    reply.header("location")
                ),
                false => assert_eq!(reply.status, 403, "{}", operation.name()),
            }
        } else {
            let reply = admin.request(operation.method.clone(), &path).json(&body).send().await;
            assert_eq!(
                (reply.status, code_of(&reply)),
                (403, "auth.mfa_enrolment_required"),
                "{}",
                operation.name()
            );
        }
        asked += 1;
    }
    assert!(asked > 50, "{asked}");
    let setup = page.get("/account/mfa?next=/today").await;
    assert!(setup.status == 200 && setup.text.contains("It is required for your account"), "{}", setup.text);
    assert_eq!(admin.get(MFA).await.json["enrolment_required"], true);

    let phone = enrolled(&app, &admin).await;
    assert_eq!(admin.get("/api/v1/patients").await.status, 200, "it opens at once");
    // Switched off again, the door is shut again.
    assert_eq!(admin.post(&format!("{MFA}/disable"), &json!({ "code": phone.code(&app) })).await.status, 204);
    assert_eq!(admin.get("/api/v1/patients").await.status, 403);
    // A new sign-in is led to the set-up, and goes on from there.
    let fresh = Browser::new(app.router.clone());
    fresh.submit("/sign-in", &[("username", &clinic.email), ("password", PASSWORD)]).await;
    assert_eq!(fresh.get("/today").await.header("location"), "/account/mfa?next=/today");
}

#[tokio::test]
async fn operators_must_have_one_where_the_configuration_says_so() {
    let app = TestApp::configured(&[("HMS_OPERATOR_MFA", "required")]).await;
    let boss = app.super_admin().await;
    let list = "/api/v1/platform/tenants";
    let reply = boss.get(list).await;
    assert_eq!((reply.status, code_of(&reply)), (403, "auth.mfa_enrolment_required"));
    let page = boss.browser().await;
    assert_eq!(
        page.get("/console/hospitals").await.header("location"),
        "/account/mfa?next=/console/hospitals"
    );
    assert_eq!(page.get("/account/mfa").await.status, 200);
    let phone = enrolled(&app, &boss).await;
    assert_eq!(boss.get(list).await.status, 200);
    let token = owed(&app, "boss@platform.example", "127.0.0.1").await;
    assert_eq!(second(&app, &token, &phone.code(&app)).await.status, 200);
    // Hospitals are asked for nothing by that.
    assert_eq!(app.hospital("Asha Clinic").await.admin().await.get("/api/v1/patients").await.status, 200);
    let production =
        TestApp::configured(&[("HMS_ENV", "production"), ("PUBLIC_URL", "https://hms.test")]).await;
    assert!(production.app.config.operator_mfa && !TestApp::new().await.app.config.operator_mfa);
}
