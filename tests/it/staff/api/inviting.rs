//! Inviting, and the first password.

use super::*;

#[tokio::test]
async fn somebody_is_invited_by_mail_chooses_a_password_and_works() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let body = person(json!({
        "email": "Bina.Rao@Example.org", "first_name": "बीना", "phone": "+91 (98220) 54321", "specialization": "Valves",
        "roles": ["doctor", "DOCTOR"],
    }));
    let made = admin.post(USERS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let mut wanted: Vec<&str> = FIELDS.split_whitespace().collect();
    let mut fields: Vec<&str> = made.json.as_object().unwrap().keys().map(String::as_str).collect();
    wanted.sort_unstable();
    fields.sort_unstable();
    assert_eq!(fields, wanted, "the contract's fields, and no password");
    for (field, value) in [
        ("email", json!("bina.rao@example.org")),
        ("tenant_id", json!(clinic.id)),
        ("tenant_name", json!("Asha Clinic")),
        ("department", json!("Cardiology")),
        ("phone", json!("+919822054321")),
        ("status", json!("ACTIVE")),
        ("state", json!("INVITED")),
        ("last_sign_in_at", Value::Null),
        ("version", json!(1)),
    ] {
        assert_eq!(made.json[field], value, "{field} of {}", made.text);
    }
    assert_eq!(made.json["roles"].as_array().unwrap().len(), 1, "twice is once: {}", made.text);
    let codes: Vec<&str> = made.json["roles"][0]["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission["code"].as_str().unwrap())
        .collect();
    assert!(
        made.json["roles"][0]["name"] == "DOCTOR" && codes.contains(&"prescriptions:create"),
        "{codes:?}"
    );
    assert_eq!(made.header("location"), path_of(&made.json));
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(account(&app, &made.json, "password_hash").await, Value::Null, "nobody knows a password");

    chooses_password(&app, "bina.rao@example.org").await;
    let doctor = app.sign_in("bina.rao@example.org").await;
    assert_eq!(doctor.login["must_change_password"], false);
    assert_eq!(doctor.get("/api/v1/auth/me").await.json["roles"][0]["name"], "DOCTOR");
    let shown = admin.get(&path_of(&made.json)).await;
    assert_eq!((shown.status, &shown.json["state"]), (200, &json!("ACTIVE")), "{}", shown.text);
    assert!(shown.json["last_sign_in_at"].is_string());
    let rows = clinic.audit().await;
    let row =
        rows.iter().find(|row| row["kind"] == "created" && row["entity_id"] == made.json["id"]).unwrap();
    assert_eq!(row["detail"]["roles"], json!([made.json["roles"][0]["id"]]));
    assert!(!row.to_string().contains("bina"), "{row}");
}

#[tokio::test]
async fn a_temporary_password_is_told_once_and_only_where_mail_goes_to_a_test_recipient() {
    let sandbox = [("EMAIL_SANDBOX_MODE", "true"), ("EMAIL_TEST_RECIPIENT", "tester@example.org")];
    let app = TestApp::configured(&sandbox).await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let body = person(json!({ "roles": ["NURSE"] }));
    let send =
        async || admin.request(Method::POST, USERS).header("idempotency-key", "k-1").json(&body).send().await;
    let (made, again) = (send().await, send().await);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(told(&again), (409, "idempotency.reply_withheld".into()), "{}", again.text);
    let password = made.json["temp_password"].as_str().unwrap().to_owned();
    assert_eq!(made.header("cache-control"), "no-store");
    let kept =
        clinic.sql(&format!("select key from idempotency_keys k where k::text like '%{password}%'")).await;
    assert!(kept.is_empty());
    assert!(!clinic.audit().await.iter().any(|row| row.to_string().contains(&password)));
    assert!(!admin.get(&path_of(&made.json)).await.text.contains("temp_password"));

    let email = made.json["email"].as_str().unwrap();
    let first =
        app.anonymous().form("/api/v1/auth/login", &[("username", email), ("password", &password)]).await;
    assert_eq!((first.status, &first.json["must_change_password"]), (200, &json!(true)), "{}", first.text);
    let again = admin.post(&format!("{}/resend-invitation", path_of(&made.json)), &json!({})).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let newer = again.json["temp_password"].as_str().unwrap();
    assert!(newer != password && again.json["email"] == email && again.json["message"].is_string());
    let old =
        app.anonymous().form("/api/v1/auth/login", &[("username", email), ("password", &password)]).await;
    assert_eq!(old.status, 401, "the older one is over");
}

#[tokio::test]
async fn a_password_that_is_given_follows_the_rules_and_has_to_be_changed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let made = admin.post(USERS, &person(json!({ "password": "Given-by-desk-7", "roles": ["NURSE"] }))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(made.json.get("temp_password").is_none() && made.json["must_change_password"] == true);
    let email = made.json["email"].as_str().unwrap();
    let login = [("username", email), ("password", "Given-by-desk-7")];
    let mut nurse = app.anonymous();
    let reply = nurse.form("/api/v1/auth/login", &login).await;
    assert_eq!((reply.status, &reply.json["must_change_password"]), (200, &json!(true)));
    nurse.token = Some(reply.json["access_token"].as_str().unwrap().to_owned());
    assert_eq!(told(&nurse.get("/api/v1/patients").await), (403, "auth.password_change_required".into()));
    let changed = nurse.post("/api/v1/auth/change-password", &json!({ "new_password": PASSWORD })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(nurse.get("/api/v1/patients").await.status, 200);
}

#[tokio::test]
async fn the_same_request_sent_twice_makes_one_account_and_gets_the_same_answer() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let body = person(json!({}));
    let send =
        async || admin.request(Method::POST, USERS).header("idempotency-key", "k-1").json(&body).send().await;
    let (first, second) = tokio::join!(send(), send());
    let third = send().await;
    assert_eq!(
        (first.status, second.status, third.status),
        (201, 201, 201),
        "{} {}",
        first.text,
        second.text
    );
    assert!(first.json == second.json && first.json == third.json);
    assert_eq!(third.header("idempotency-replayed"), "true");
    assert_eq!(admin.get(USERS).await.header("x-total-count"), "2");
    let user = first.json;
    let stop = async || {
        let path = format!("{}/toggle-active", path_of(&user));
        admin.request(Method::PATCH, &path).header("idempotency-key", "k-2").send().await
    };
    assert_eq!(stop().await.json["is_active"], false);
    assert_eq!(stop().await.json["is_active"], false, "the answer again, and not toggled back");
    assert_eq!(account(&app, &user, "is_active").await, json!(false));
}

#[tokio::test]
async fn an_invitation_is_sent_again_until_the_person_has_come() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let user = invited(&admin, json!({ "roles": ["NURSE"] })).await;
    let (email, path) = (user["email"].as_str().unwrap(), format!("{}/resend-invitation", path_of(&user)));
    let before = app.link_for(email, "/set-password").await;
    let again = admin.post(&path, &json!({})).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(
        (&again.json["email"], again.json.get("temp_password")),
        (&user["email"], None),
        "{}",
        again.text
    );
    let token = before.split_once("token=").unwrap().1;
    let old = json!({ "token": token, "new_password": PASSWORD });
    assert_eq!(
        app.anonymous().post("/api/v1/auth/reset-password", &old).await.status,
        400,
        "the older link is over"
    );
    chooses_password(&app, email).await;
    let late = admin.post(&path, &json!({})).await;
    assert_eq!(told(&late), (400, "staff.already_joined".into()), "{}", late.text);
    let other = invited(&admin, json!({})).await;
    admin.post(&format!("{}/deactivate", path_of(&other)), &json!({})).await;
    let stopped = admin.post(&format!("{}/resend-invitation", path_of(&other)), &json!({})).await;
    assert_eq!(told(&stopped), (400, "staff.inactive".into()));
}
