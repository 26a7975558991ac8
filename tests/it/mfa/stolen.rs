//! A session in the wrong hands: it shuts nobody out of the own account.

use super::*;

const ENROL: &str = "/api/v1/auth/mfa/enrol";
const CONFIRM: &str = "/api/v1/auth/mfa/confirm";

/// The app of whoever begins.
async fn begun(person: &Client) -> Phone {
    let begun = person.post(ENROL, &json!({})).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let text = begun.json["secret"].as_str().unwrap().to_owned();
    let secret = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap();
    Phone { text, secret, recovery: Vec::new() }
}

#[tokio::test]
async fn a_session_without_the_password_switches_nothing_on() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (thief, owner) = (clinic.admin().await, clinic.admin().await);
    let phone = begun(&thief).await;
    for (password, code) in
        [(Value::Null, "mfa.password_needed"), (json!("Wrong-Horse-7"), "mfa.wrong_password")]
    {
        let body = json!({ "code": phone.code(&app), "password": password });
        let refused = thief.post(CONFIRM, &body).await;
        assert_eq!((refused.status, code_of(&refused)), (400, code), "{}", refused.text);
        assert_eq!(refused.json["errors"][0]["field"], "password");
    }
    let page = thief.browser().await;
    let shown = page.get("/account/mfa").await;
    assert!(shown.text.contains(r#"name="password""#), "{}", shown.text);
    let refused = page.submit("/account/mfa/confirm", &[("code", &phone.code(&app))]).await;
    assert!(refused.status == 422 && refused.text.contains("Give your password."), "{}", refused.text);

    assert_eq!(owner.get(ME).await.status, 200, "the owner's session goes on");
    assert_eq!(
        password_from(&app, &clinic.email, "198.51.100.1").await.status,
        200,
        "and so does the sign-in"
    );
    let mails = app.sql("select id from public.mails where template = 'second_factor'").await;
    assert!(mails.is_empty());
    let log = app.sql("select reason from public.failed_sign_ins").await;
    assert_eq!(log, [json!({ "reason": "wrong_password" })], "guesses are counted as at the sign-in");

    assert_eq!(owner.post(CONFIRM, &first(&phone.code(&app))).await.status, 200, "whoever knows it may");
    eventually("the thief is out", async || thief.get(ME).await.status == 401).await;
}

#[tokio::test]
async fn whoever_is_led_to_the_set_up_by_the_sign_in_gave_the_password_already() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (nurse, doctor) = (clinic.staff(SystemRole::Nurse).await, clinic.staff(SystemRole::Doctor).await);
    let addresses = (email(&nurse).await, email(&doctor).await);
    let set = admin.patch(HOSPITAL, &json!({ "mfa_policy": "EVERYBODY" })).await;
    assert_eq!(set.status, 200, "{}", set.text);
    eventually("the policy holds", async || nurse.get("/api/v1/patients").await.status == 403).await;

    let nurse = app.sign_in(&addresses.0).await;
    let phone = begun(&nurse).await;
    let page = nurse.browser().await;
    let shown = page.get("/account/mfa").await;
    assert!(
        shown.text.contains("data-secret") && !shown.text.contains(r#"name="password""#),
        "{}",
        shown.text
    );
    let on = nurse.post(CONFIRM, &json!({ "code": phone.code(&app) })).await;
    assert_eq!(
        (on.status, on.json["recovery_codes"].as_array().map(Vec::len)),
        (200, Some(10)),
        "{}",
        on.text
    );

    // One that has been open for a while may be anybody's.
    let doctor = app.sign_in(&addresses.1).await;
    let page = doctor.browser().await;
    let phone = begun(&doctor).await;
    app.app.clock.shift(16 * 60);
    let late = doctor.post(CONFIRM, &json!({ "code": phone.code(&app) })).await;
    assert_eq!((late.status, code_of(&late)), (400, "mfa.password_needed"), "{}", late.text);
    assert!(page.get("/account/mfa").await.text.contains(r#"name="password""#));
    assert_eq!(doctor.post(CONFIRM, &first(&phone.code(&app))).await.status, 200);
}
