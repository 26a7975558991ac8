//! An invitation that went to the wrong address: taken back, or sent to the right one.

use super::*;

/// The token of the link that was mailed last.
async fn token(app: &TestApp, email: &str) -> String {
    let link = app.link_for(email, "/set-password").await;
    link.split_once("token=").unwrap().1.to_owned()
}

async fn leads_nowhere(app: &TestApp, token: &str) {
    let body = json!({ "token": token, "new_password": PASSWORD });
    let reply = app.anonymous().post("/api/v1/auth/reset-password", &body).await;
    assert_eq!(reply.status, 400, "{}", reply.text);
}

#[tokio::test]
async fn an_invitation_is_withdrawn_and_its_place_and_address_are_free() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let user = invited(&admin, json!({ "roles": ["NURSE", "DOCTOR"] })).await;
    let email = user["email"].as_str().unwrap();
    app.sql(&format!("update public.tenants set max_users = 2 where id = '{}'", clinic.id)).await;
    assert_eq!(told(&admin.post(USERS, &person(json!({}))).await), (400, "staff.limit_reached".into()));
    let link = token(&app, email).await;

    let gone = admin.request(Method::DELETE, &path_of(&user)).send().await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""), "{}", gone.text);
    assert_eq!(admin.get(&path_of(&user)).await.status, 404);
    leads_nowhere(&app, &link).await;
    assert_eq!(admin.get(&format!("{USERS}?include_inactive=true")).await.header("x-total-count"), "1");
    let id = user["id"].as_str().unwrap();
    let row = clinic.audit().await.into_iter().find(|row| row["kind"] == "invitation_withdrawn").unwrap();
    assert_eq!(row["entity_id"], id, "{row}");
    assert!(!row.to_string().contains("example.org"), "{row}");
    assert_eq!(admin.request(Method::DELETE, &path_of(&user)).send().await.status, 404);

    // One place, and the same address again: elsewhere, even.
    let other = app.hospital("Other").await.admin().await;
    assert_eq!(other.post(USERS, &person(json!({ "email": email }))).await.status, 201);
    invited(&admin, json!({})).await;
    assert_eq!(told(&admin.post(USERS, &person(json!({}))).await), (400, "staff.limit_reached".into()));
}

#[tokio::test]
async fn who_has_come_or_is_booked_is_not_withdrawn() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Other").await;
    let admin = clinic.admin().await;
    let (nurse, user) = joined(&app, &admin, &["NURSE"]).await;
    let come = admin.request(Method::DELETE, &path_of(&user)).send().await;
    assert_eq!(told(&come), (409, "staff.has_come".into()), "{}", come.text);
    // Asked for another password, and signed out for longer than sessions are kept: still somebody who was here.
    let id = user["id"].as_str().unwrap();
    admin.post(&format!("{}/force-password-change", path_of(&user)), &json!({})).await;
    app.sql(&format!("delete from public.sessions where user_id = '{id}'")).await;
    let come = admin.request(Method::DELETE, &path_of(&user)).send().await;
    assert_eq!(told(&come), (409, "staff.has_come".into()), "{}", come.text);
    assert_eq!(nurse.get("/api/v1/patients").await.status, 401);

    let doctor = invited(&admin, json!({ "roles": ["DOCTOR"] })).await;
    let id = doctor["id"].as_str().unwrap();
    clinic.sql(&format!(
        "insert into doctor_hours (id, user_id, weekday, starts_minute, ends_minute, slot_minutes, valid_from, made_by_id, made_at)
         values (gen_random_uuid(), '{id}', 1, 540, 720, 15, current_date, '{id}', now())"
    ))
    .await;
    let used = admin.request(Method::DELETE, &path_of(&doctor)).send().await;
    assert_eq!(told(&used), (409, "staff.in_use".into()), "{}", used.text);
    assert_eq!(admin.get(&path_of(&doctor)).await.json["state"], "INVITED", "nothing happened");
    let page = admin.browser().await;
    let asked = page.submit(&format!("/staff/{id}/withdraw"), &[]).await;
    assert_eq!(
        (asked.status, asked.text.contains("bookings, hours or a care team")),
        (409, true),
        "{}",
        asked.text
    );

    // Nobody withdraws somebody of another hospital, themselves, or who holds more.
    let theirs = other.admin().await;
    assert_eq!(theirs.request(Method::DELETE, &path_of(&doctor)).send().await.status, 404);
    let me = admin.get("/api/v1/auth/me").await.json["id"].as_str().unwrap().to_owned();
    let own = admin.request(Method::DELETE, &format!("{USERS}/{me}")).send().await;
    assert_eq!(told(&own), (403, "staff.own_account".into()), "{}", own.text);
    role(&clinic, "Stopper", &["users:view", "users:deactivate"]).await;
    let (stopper, _) = joined(&app, &admin, &["Stopper"]).await;
    let above = stopper.request(Method::DELETE, &path_of(&doctor)).send().await;
    assert_eq!(told(&above), (403, "staff.outranked".into()), "{}", above.text);
}

#[tokio::test]
async fn a_wrong_address_is_corrected_and_the_new_link_alone_leads_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let user = invited(&admin, json!({ "roles": ["NURSE"] })).await;
    let (wrong, right) = (user["email"].as_str().unwrap().to_owned(), address());
    let old = token(&app, &wrong).await;
    let changed = admin.patch(&path_of(&user), &json!({ "email": right.to_uppercase() })).await;
    assert_eq!((changed.status, &changed.json["email"]), (200, &json!(right)), "{}", changed.text);
    assert_eq!(changed.json["state"], "INVITED");
    leads_nowhere(&app, &old).await;
    let row = clinic.audit().await.into_iter().rfind(|row| row["kind"] == "updated").unwrap();
    assert_eq!(row["detail"]["fields"], json!(["email"]), "{row}");
    assert!(!row.to_string().contains("example.org"), "{row}");
    let taken = admin.patch(&path_of(&user), &json!({ "email": clinic.email })).await;
    assert_eq!(told(&taken), (400, "staff.email_taken".into()), "{}", taken.text);

    // The page offers it until somebody has come.
    let (page, id) = (admin.browser().await, user["id"].as_str().unwrap());
    let form = page.get(&format!("/staff/{id}/edit")).await;
    assert!(form.text.contains("name=\"email\"") && form.text.contains(&right), "{}", form.text);
    let again = address();
    let version = admin.get(&path_of(&user)).await.json["version"].to_string();
    let fields = [
        ("version", version.as_str()),
        ("email", &again),
        ("first_name", "Meera"),
        ("last_name", "Kulkarni"),
        ("department", "Cardiology"),
    ];
    let saved = page.submit(&format!("/staff/{id}/edit"), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    chooses_password(&app, &again).await;
    app.sign_in(&again).await;
    let form = page.get(&format!("/staff/{id}/edit")).await;
    assert!(!form.text.contains("name=\"email\""), "{}", form.text);
    let shown = page.get(&format!("/staff/{id}")).await;
    assert!(!shown.text.contains("Withdraw the invitation"), "{}", shown.text);
}

#[tokio::test]
async fn the_page_asks_before_it_withdraws() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let user = invited(&admin, json!({ "roles": ["NURSE"] })).await;
    let (page, id) = (admin.browser().await, user["id"].as_str().unwrap());
    assert!(page.get(&format!("/staff/{id}")).await.text.contains("Withdraw the invitation"));
    let path = format!("/staff/{id}/withdraw");
    let asked = page.get(&path).await;
    assert_eq!((asked.status, asked.text.contains("Withdraw invitation")), (200, true), "{}", asked.text);
    let done = page.submit(&path, &[]).await;
    assert_eq!((done.status, done.header("location")), (303, "/staff?done=invitation-withdrawn"));
    assert!(page.get("/staff?done=invitation-withdrawn").await.text.contains("Invitation withdrawn."));
    assert_eq!(page.get(&format!("/staff/{id}")).await.status, 404);
}
