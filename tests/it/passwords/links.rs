//! A forgotten password, and the links of mails.

use super::*;

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_link_in_a_mail_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let before = clinic.admin().await;
    let first = reset_token(&app, &clinic.email).await;
    let token = reset_token(&app, &clinic.email.to_uppercase()).await;
    let anyone = app.anonymous();
    assert_eq!(anyone.get(&format!("{VALIDATE}?token={first}")).await.status, 400, "the newest one counts");
    let valid = anyone.get(&format!("{VALIDATE}?token={token}")).await;
    assert_eq!((valid.status, &valid.json), (200, &json!({ "valid": true, "email": clinic.email })));

    let body = json!({ "token": token, "new_password": "tin roof lantern" });
    let done = anyone.post(RESET, &body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let again = anyone.post(RESET, &body).await;
    assert_eq!((again.status, &again.json["code"]), (400, &json!("auth.link_invalid")), "once");
    assert_eq!(sign_in(&app, &clinic.email, PASSWORD).await.status, 401);
    assert_eq!(sign_in(&app, &clinic.email, "tin roof lantern").await.status, 200);
    eventually("who was signed in is out", async || before.get(ME).await.status == 401).await;

    let late = reset_token(&app, &clinic.email).await;
    app.app.clock.shift(3601);
    let body = json!({ "token": late, "new_password": "copper kettle moss" });
    assert_eq!(anyone.post(RESET, &body).await.status, 400, "an hour");
}

#[tokio::test]
async fn the_pages_lead_from_the_forgotten_password_to_the_sign_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let visitor = Browser::new(app.router.clone());
    assert!(visitor.get("/sign-in").await.text.contains("href=\"/forgot-password\""));
    assert_eq!(visitor.get("/forgot-password").await.status, 200);
    let wrong = visitor.submit("/forgot-password", &[("email", "nobody")]).await;
    assert_eq!((wrong.status, wrong.text.contains("aria-invalid")), (422, true));
    let asked = visitor.submit("/forgot-password", &[("email", &clinic.email)]).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let unknown = visitor.submit("/forgot-password", &[("email", "nobody@example.org")]).await;
    let same = |reply: &Reply, email: &str| reply.text.replace(email, "");
    assert_eq!(same(&asked, &clinic.email), same(&unknown, "nobody@example.org"), "one page for everybody");

    answer_requests(&app).await;
    assert_eq!(mails(&app, "nobody@example.org", "reset_password").await, 0);
    let link = app.link_for(&clinic.email, "/reset-password").await;
    let path = link.strip_prefix("http://hms.test").unwrap();
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains(&clinic.email));
    let token = path.split_once("token=").unwrap().1;
    let easy = visitor.submit("/reset-password", &[("token", token), ("password", "password123")]).await;
    assert_eq!(easy.status, 422);
    assert!(easy.text.contains("aria-invalid") && easy.text.contains("common password"), "{}", easy.text);
    let same = visitor.submit("/reset-password", &[("token", token), ("password", PASSWORD)]).await;
    assert!(same.status == 422 && same.text.contains("must differ"), "the link outlives a refusal");
    let set = visitor.submit("/reset-password", &[("token", token), ("password", "tin roof lantern")]).await;
    assert_eq!((set.status, set.header("location")), (303, "/sign-in?done=password"), "{}", set.text);
    let used = visitor.get(path).await;
    assert!(used.status == 400 && used.text.contains("href=\"/forgot-password\""), "{}", used.text);
}

#[tokio::test]
async fn a_link_lifts_nothing_that_an_administrator_or_the_platform_stopped() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.staff(SystemRole::Nurse).await;
    let nurse = app.sql("select id, email from public.users where email like 'nurse-%'").await;
    let (id, email) = (nurse[0]["id"].as_str().unwrap(), nurse[0]["email"].as_str().unwrap().to_owned());
    let open = reset_token(&app, &email).await;
    for (switched_off, on) in [
        ("is_active = false", "is_active = true"),
        ("status = 'LOCKED'", "status = 'ACTIVE'"),
        ("status = 'INACTIVE'", "status = 'ACTIVE'"),
        ("is_deleted = true", "is_deleted = false"),
    ] {
        app.sql(&format!("update public.users set {switched_off} where id = '{id}'")).await;
        let body = json!({ "token": open, "new_password": "tin roof lantern" });
        let refused = app.anonymous().post(RESET, &body).await;
        assert_eq!(
            (refused.status, &refused.json["code"]),
            (400, &json!("auth.link_invalid")),
            "{switched_off}"
        );
        let sent = mails(&app, &email, "reset_password").await;
        assert_eq!(app.anonymous().post(FORGOT, &json!({ "email": email })).await.status, 200);
        answer_requests(&app).await;
        assert_eq!(mails(&app, &email, "reset_password").await, sent, "{switched_off}: nothing is sent");
        app.sql(&format!("update public.users set {on} where id = '{id}'")).await;
    }
    let body = json!({ "token": open, "new_password": "tin roof lantern" });
    assert_eq!(app.anonymous().post(RESET, &body).await.status, 200, "the link itself was good all along");

    // A hospital that was stopped.
    let link = reset_token(&app, &clinic.email).await;
    let boss = app.super_admin().await;
    let path = format!("/api/v1/platform/tenants/{}/suspend", clinic.id);
    assert_eq!(boss.patch(&path, &json!({})).await.status, 200);
    let sent = mails(&app, &clinic.email, "reset_password").await;
    app.anonymous().post(FORGOT, &json!({ "email": clinic.email })).await;
    answer_requests(&app).await;
    assert_eq!(mails(&app, &clinic.email, "reset_password").await, sent);
    let body = json!({ "token": link, "new_password": "tin roof lantern" });
    let stopped = app.anonymous().post(RESET, &body).await;
    assert_eq!((stopped.status, &stopped.json["code"]), (400, &json!("auth.link_invalid")), "links stop");
    assert_eq!(app.anonymous().get(&format!("{VALIDATE}?token={link}")).await.status, 400);
    let page = app.anonymous().get(&format!("/reset-password?token={link}")).await;
    assert!(page.status == 400 && !page.text.contains(&clinic.email), "{}", page.text);
    let row = app.sql("select status from public.tenants").await;
    assert_eq!(row[0]["status"], "SUSPENDED");
    assert_eq!(sign_in(&app, &clinic.email, PASSWORD).await.json["code"], "auth.hospital_suspended");
    let path = format!("/api/v1/platform/tenants/{}/activate", clinic.id);
    assert_eq!(boss.patch(&path, &json!({})).await.status, 200);
    assert_eq!(app.anonymous().post(RESET, &body).await.status, 200, "it was good all along");
    assert_eq!(sign_in(&app, &clinic.email, "tin roof lantern").await.status, 200);

    // Operators are not let in by whoever reads their mail.
    app.anonymous().post(FORGOT, &json!({ "email": "boss@platform.example" })).await;
    answer_requests(&app).await;
    assert_eq!(mails(&app, "boss@platform.example", "reset_password").await, 0);
    assert_eq!(app.sql("select id from public.mail_requests").await.len(), 0, "every request was answered");
}

#[tokio::test]
async fn following_the_link_confirms_the_hospital_of_that_very_address() {
    let app = TestApp::new().await;
    let (own, other) = (app.pending_hospital("Own").await, app.pending_hospital("Other").await);
    app.sql(&format!(
        "update public.tenants set contact_email = 'office@other.example' where id = '{}'",
        other.id
    ))
    .await;
    for hospital in [&own, &other] {
        let body = json!({
            "token": reset_token(&app, &hospital.email).await, "new_password": "tin roof lantern",
        });
        assert_eq!(app.anonymous().post(RESET, &body).await.status, 200);
    }
    let status = async |hospital: &Hospital<'_>| {
        let row = app.sql(&format!("select status from public.tenants where id = '{}'", hospital.id)).await;
        row[0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&own).await, "ACTIVE", "its mail arrived");
    assert_eq!(status(&other).await, "PENDING", "another mailbox proves nothing about the hospital's");
    assert_eq!(sign_in(&app, &own.email, "tin roof lantern").await.status, 200);
}

#[tokio::test]
async fn requests_for_links_are_braked_and_a_mailbox_is_not_flooded() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let anyone = app.anonymous();
    for n in 0..30 {
        let call = anyone.request(Method::POST, FORGOT).json(&json!({ "email": clinic.email }));
        assert_eq!(call.from(&format!("198.51.100.{n}")).await.status, 200);
    }
    answer_requests(&app).await;
    assert_eq!(
        mails(&app, &clinic.email, "reset_password").await,
        5,
        "five an hour, wherever they come from"
    );
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(anyone.post(FORGOT, &json!({ "email": "one@example.org" })).await.status);
    }
    assert_eq!(statuses, [vec![200; 10], vec![429; 2]].concat(), "and from one address ten");
}
