//! Switching it off, a lost device, another key.

use super::*;

#[tokio::test]
async fn switching_off_and_other_codes_need_a_proof() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (off, codes) = (format!("{MFA}/disable"), format!("{MFA}/recovery-codes"));
    assert_eq!(code_of(&admin.post(&off, &json!({ "password": PASSWORD })).await), "mfa.not_on");
    let phone = enrolled(&app, &admin).await;
    for path in [&off, &codes] {
        for (proof, code) in [
            (json!({}), "mfa.proof_needed"),
            (json!({ "password": "Wrong-Horse-7" }), "mfa.wrong_password"),
            (json!({ "code": wrong(&app, &phone) }), "mfa.wrong_code"),
            (json!({ "code": "aaaa-bbbb-cccc-dddd" }), "mfa.wrong_code"),
        ] {
            let reply = admin.post(path, &proof).await;
            assert_eq!((reply.status, code_of(&reply)), (400, code), "{path} {proof}");
        }
        app.sql("update public.users set failed_attempts = 0, locked_until = null").await;
    }
    let fresh = admin.post(&codes, &json!({ "code": phone.code(&app) })).await;
    assert_eq!(fresh.json["recovery_codes"].as_array().unwrap().len(), 10, "{}", fresh.text);
    let token = owed(&app, &clinic.email, "198.51.100.1").await;
    assert_eq!(second(&app, &token, &phone.recovery[0]).await.status, 401, "those before are good no longer");
    let recovery = fresh.json["recovery_codes"][0].as_str().unwrap();
    assert_eq!(second(&app, &token, recovery).await.status, 200);
    let mails =
        app.sql("select body_text from public.mails where body_text like '%recovery codes was used%'").await;
    assert!(mails[0]["body_text"].as_str().unwrap().contains("You have 9 left."));
    let again = owed(&app, &clinic.email, "198.51.100.1").await;
    assert_eq!(second(&app, &again, recovery).await.status, 401, "each is good once");

    // Guessing in an open session rests the account as well.
    for _ in 0..5 {
        admin.post(&off, &json!({ "code": wrong(&app, &phone) })).await;
    }
    later(&app);
    assert_eq!(code_of(&admin.post(&off, &json!({ "code": phone.code(&app) })).await), "mfa.wrong_code");
    app.app.clock.shift(3601);
    let admin = {
        let token = owed(&app, &clinic.email, "198.51.100.8").await;
        let reply = second(&app, &token, &phone.code(&app)).await;
        Client::new(app.router.clone(), reply.json["access_token"].as_str().map(str::to_owned))
    };
    assert_eq!(admin.post(&off, &json!({ "password": PASSWORD })).await.status, 204);
    assert_eq!(password_from(&app, &clinic.email, "198.51.100.9").await.status, 200);
    let rows = app.sql("select (select count(*) from public.mfa_secrets) + (select count(*) from public.mfa_recovery_codes) as n").await;
    assert_eq!(rows[0]["n"], 0, "nothing of it is kept");
}

#[tokio::test]
async fn a_lost_device_is_reset_by_a_colleague_who_may_and_by_nobody_else() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Other").await);
    let (admin, doctor) = (clinic.admin().await, clinic.staff(SystemRole::Doctor).await);
    enrolled(&app, &doctor).await;
    let me = doctor.get(ME).await.json;
    let (id, email) = (me["id"].as_str().unwrap(), me["email"].as_str().unwrap());
    let path = format!("/api/v1/users/{id}/reset-mfa");
    let own = admin.get(ME).await.json["id"].as_str().unwrap().to_owned();

    assert_eq!(clinic.staff(SystemRole::Nurse).await.post(&path, &json!({})).await.status, 403);
    assert_eq!(other.admin().await.post(&path, &json!({})).await.status, 404, "foreign");
    assert_eq!(app.super_admin().await.post(&path, &json!({})).await.status, 403);
    let oneself = admin.post(&format!("/api/v1/users/{own}/reset-mfa"), &json!({})).await;
    assert_eq!((oneself.status, code_of(&oneself)), (403, "staff.own_account"));
    assert_eq!(password_from(&app, email, "127.0.0.1").await.status, 401, "nothing of that reset it");

    assert_eq!(admin.post(&path, &json!({})).await.status, 204);
    assert_eq!(doctor.get(ME).await.status, 401, "its sessions end");
    assert_eq!(password_from(&app, email, "127.0.0.1").await.status, 200);
    let again = admin.post(&path, &json!({})).await;
    assert_eq!((again.status, code_of(&again)), (409, "mfa.not_on"));
    let mails =
        app.sql(&format!("select body_text from public.mails where recipient = '{email}' order by id")).await;
    assert!(
        mails.last().unwrap()["body_text"]
            .as_str()
            .unwrap()
            .contains("was reset for your account by an administrator")
    );
    let rows = clinic.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "second_factor_reset").unwrap();
    assert_eq!((&row["entity_id"], &row["actor_id"]), (&json!(id), &json!(own)));
}

#[tokio::test]
async fn secrets_outlive_a_change_of_the_key_and_are_sealed_anew() {
    const NEW: &str = "8fJ2kQ9xWm4Zr7Tn1Vb6Yc3Hd5Lp0SgAeUoRiXtKwNq";
    const OLD: &str = "IKonIivaJtrd9XBRmoazoW4y8tt3f3Ddo8obGJh25QN4";
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let phone = enrolled(&app, &clinic.admin().await).await;
    let signs_in = async |app: &TestApp| {
        let token = owed(app, &clinic.email, "127.0.0.1").await;
        second(app, &token, &phone.code(app)).await.status
    };
    let rotated = app.instance(&[("SECRET_KEY", NEW), ("SECRET_KEY_PREVIOUS", OLD)]).await;
    rotated.app.clock.shift(60);
    assert_eq!(signs_in(&rotated).await, 200, "the old key still opens");
    assert_eq!(mfa::seal_anew(&rotated.app).await.unwrap(), 1);
    assert_eq!(mfa::seal_anew(&rotated.app).await.unwrap(), 0);
    let without = app.instance(&[("SECRET_KEY", NEW)]).await;
    without.app.clock.shift(120);
    assert_eq!(signs_in(&without).await, 200, "the old key may go");
    app.app.clock.shift(180);
    assert_eq!(signs_in(&app).await, 401, "the old key alone opens nothing any more");
    // A row moved to another person is no secret of theirs.
    let other = app.hospital("Other").await;
    enrolled(&without, &without.sign_in(&other.email).await).await;
    app.sql("update public.mfa_secrets set last_step = 0, sealed = (select sealed from public.mfa_secrets m join public.users u on u.id = m.user_id
             where u.email like 'admin-%' order by m.created_at limit 1)").await;
    without.app.clock.shift(120);
    let token = owed(&without, &other.email, "127.0.0.1").await;
    assert_eq!(second(&without, &token, &phone.code(&without)).await.status, 401);
}

/// Whoever knows the password and is asked for the code is no further than somebody without a session: what ends the
/// sessions ends that too.
#[tokio::test]
async fn a_sign_in_that_owes_a_code_ends_with_the_sessions() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, doctor, boss) =
        (clinic.admin().await, clinic.staff(SystemRole::Doctor).await, app.super_admin().await);
    let (of_admin, of_doctor) = (enrolled(&app, &admin).await, enrolled(&app, &doctor).await);
    let address = email(&doctor).await;
    let id = doctor.get(ME).await.json["id"].as_str().unwrap().to_owned();
    let over = async |token: &str, code: &str, what: &str| {
        let refused = second(&app, token, code).await;
        assert_eq!(refused.status, 401, "{what}: {}", refused.text);
        assert!(refused.json["access_token"].is_null());
    };

    let owes = owed(&app, &address, "198.51.100.1").await;
    assert_eq!(admin.post(&format!("/api/v1/users/{id}/deactivate"), &json!({})).await.status, 200);
    assert_eq!(admin.patch(&format!("/api/v1/users/{id}/toggle-active"), &json!({})).await.status, 200);
    over(&owes, &of_doctor.code(&app), "stopped, and let in again").await;
    later(&app);
    let owes = owed(&app, &address, "198.51.100.2").await;
    assert_eq!(second(&app, &owes, &of_doctor.code(&app)).await.status, 200, "who begins anew gets in");
    let owes = owed(&app, &address, "198.51.100.3").await;
    let asked = admin.post(&format!("/api/v1/users/{id}/force-password-change"), &json!({})).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    later(&app);
    over(&owes, &of_doctor.code(&app), "asked for another password").await;
    let owes = owed(&app, &clinic.email, "198.51.100.4").await;
    let path = format!("/api/v1/platform/tenants/{}/reset-admin-password", clinic.id);
    assert_eq!(boss.post(&path, &json!({})).await.status, 200);
    over(&owes, &of_admin.code(&app), "reset by the platform").await;
}
