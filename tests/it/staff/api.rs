//! `/users` as the contract has it.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{USERS, account, chooses_password, invited, joined, path_of, person, role, told};
use crate::harness::{PASSWORD, TestApp, eventually};

/// What the contract calls a user, and in the last line what we know beyond it.
const FIELDS: &str = "id tenant_id email first_name last_name phone department specialization status is_active is_deleted \
    must_change_password email_verified roles tenant_name created_at updated_at \
    department_id state locked_until last_sign_in_at version";

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
async fn the_list_is_an_array_newest_first_in_parts_and_can_be_narrowed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for (first, department, roles) in [
        ("Zoë", "Cardiology", vec!["DOCTOR"]),
        ("खालिद", "Emergency", vec!["NURSE"]),
        ("Bina", "Emergency", vec!["NURSE", "DOCTOR"]),
        ("50%_off", "Pediatrics", vec![]),
    ] {
        invited(
            &admin,
            json!({ "first_name": first, "last_name": "", "department": department, "roles": roles }),
        )
        .await;
    }
    let names = async |query: &str| {
        let reply = admin.get(&format!("{USERS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let all = reply.json.as_array().unwrap();
        let names = all.iter().map(|user| user["first_name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), reply.header("x-total-count").to_owned(), reply.header("link").to_owned())
    };
    assert_eq!(names("").await.0, ["50%_off", "Bina", "खालिद", "Zoë", "Asha"]);
    assert_eq!(names("sort=name").await.0, ["50%_off", "Asha", "Bina", "Zoë", "खालिद"]);
    for (query, who) in [
        ("search=zoe", vec!["Zoë"]),
        ("search=%E0%A4%96%E0%A4%BE", vec!["खालिद"]),
        ("search=50%25_", vec!["50%_off"]),
        ("search=%25", vec!["50%_off"]),
        ("search=nobody", vec![]),
        ("role=nurse", vec!["Bina", "खालिद"]),
        ("role=NURSE&department=emergency&search=bina", vec!["Bina"]),
        ("department=Nowhere", vec![]),
        ("state=ACTIVE", vec!["Asha"]),
        ("state=INVITED&sort=created&page_size=2", vec!["Zoë", "खालिद"]),
    ] {
        assert_eq!(names(query).await.0, who, "{query}");
    }
    let (first, total, link) = names("page_size=2&role=&sort=name&search=").await;
    assert_eq!((first.len(), total.as_str()), (2, "5"));
    let next = link.strip_prefix('<').unwrap().split_once(">; rel=\"next\"").unwrap().0.to_owned();
    let second = admin.get(&next).await;
    assert_eq!(second.json[0]["first_name"], "Bina", "{next}");
    let links: Vec<_> =
        second.headers.get_all("link").iter().map(|v| v.to_str().unwrap().to_owned()).collect();
    assert!(links.iter().any(|l| l.contains("page=1") && l.contains("rel=\"prev\"")), "{links:?}");
    for (query, field) in
        [("page=0", "page"), ("page_size=501", "page_size"), ("state=GONE", "state"), ("sort=age", "sort")]
    {
        let reply = admin.get(&format!("{USERS}?{query}")).await;
        assert_eq!((reply.status, &reply.json["errors"][0]["field"]), (422, &json!(field)), "{}", reply.text);
    }
    let found = admin.get(&format!("{USERS}?search=zoe")).await;
    let stopped = admin.post(&format!("{}/deactivate", path_of(&found.json[0])), &json!({})).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text);
    assert_eq!(names("search=zoe").await.0, Vec::<String>::new());
    assert_eq!(names("search=zoe&include_inactive=true").await.0, ["Zoë"]);
    assert_eq!(names("state=INACTIVE").await.0, ["Zoë"]);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(desk.get(USERS).await.status, 200, "to book with a doctor");
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(pharmacist.get(USERS).await.status, 403);
}

#[tokio::test]
async fn a_person_is_changed_field_by_field_and_not_over_a_newer_version() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (nurse, user) = joined(&app, &admin, &["NURSE"]).await;
    let path = path_of(&user);
    let body = json!({ "phone": "+91 98220 11111", "specialization": "Wounds", "department": "emergency" });
    let changed = admin.patch(&path, &body).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text);
    assert_eq!(changed.json["department"], "Emergency");
    assert_eq!(changed.json["first_name"], "Meera", "left out, so it stays");
    assert_eq!(nurse.get("/api/v1/auth/me").await.json["department"], "Emergency", "known at once");
    let same = admin.patch(&path, &json!({ "phone": "+919822011111", "version": 2 })).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"2\""), "nothing to change");
    let blank = admin.patch(&path, &json!({ "phone": "", "last_name": null, "specialization": " " })).await;
    assert_eq!((&blank.json["phone"], &blank.json["specialization"]), (&Value::Null, &Value::Null));
    assert_eq!(blank.json["last_name"], "Kulkarni");

    let stale = admin
        .request(Method::PATCH, &path)
        .header("if-match", "\"2\"")
        .json(&json!({ "first_name": "Mira" }));
    let stale = stale.send().await;
    assert_eq!(told(&stale), (412, "staff.version_conflict".into()), "{}", stale.text);
    let stale = admin.patch(&path, &json!({ "first_name": "Mira", "version": 1 })).await;
    assert_eq!(stale.status, 412);
    let roles = admin.patch(&path, &json!({ "roles": ["DOCTOR"] })).await;
    assert_eq!(roles.status, 200, "{}", roles.text);
    assert_eq!(nurse.get("/api/v1/auth/me").await.json["roles"][0]["name"], "DOCTOR", "holds at once");
    let rows = clinic.audit().await;
    let details: Vec<&Value> = rows
        .iter()
        .filter(|row| row["kind"] == "updated" && row["entity_id"] == user["id"])
        .map(|row| &row["detail"]["fields"])
        .collect();
    assert_eq!(details[0], &json!(["phone", "specialization", "department"]));
    assert_eq!(details.last().unwrap(), &&json!(["roles"]));
}

#[tokio::test]
async fn what_is_not_known_or_not_right_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Other").await;
    let admin = clinic.admin().await;
    let id = role(&clinic, "Night desk", &["patients:view"]).await;
    clinic.sql(&format!("update roles set is_active = false where id = '{id}'")).await;
    let taken = invited(&other.admin().await, json!({})).await["email"].clone();
    for (fields, status, code, field) in [
        (json!({ "department": "Nowhere" }), 400, "staff.department_unknown", "department"),
        (json!({ "roles": ["JANITOR"] }), 400, "staff.role_unknown", "roles"),
        (json!({ "roles": ["night desk"] }), 400, "staff.role_disabled", "roles"),
        (json!({ "email": taken }), 400, "staff.email_taken", "email"),
        (json!({ "email": clinic.email.to_uppercase() }), 400, "staff.email_taken", "email"),
        (json!({ "tenant_id": other.id }), 403, "staff.other_hospital", "tenant_id"),
        (json!({ "email": "nobody" }), 422, "validation_failed", "email"),
        (json!({ "first_name": "=HYPERLINK(\"http://x\")" }), 422, "validation_failed", "first_name"),
        (json!({ "phone": "call me" }), 422, "validation_failed", "phone"),
        (json!({ "password": "short" }), 422, "validation_failed", "password"),
        (json!({ "department": null }), 422, "validation_failed", "department"),
    ] {
        let reply = admin.post(USERS, &person(fields.clone())).await;
        assert_eq!(told(&reply), (status, code.to_owned()), "{fields}: {}", reply.text);
        assert_eq!(reply.json["errors"][0]["field"], field, "{fields}: {}", reply.text);
    }
    let user = invited(&admin, json!({ "tenant_id": clinic.id })).await;
    for (body, status, field) in [
        (json!({ "status": "RETIRED" }), 422, "status"),
        (json!({ "status": "ACTIVE", "is_active": false }), 422, "is_active"),
        (json!({ "first_name": " " }), 422, "first_name"),
        (json!({ "department": "Nowhere" }), 400, "department"),
        (json!({ "roles": ["JANITOR"] }), 400, "roles"),
        (json!({ "email": "mine@example.org" }), 400, "email"),
    ] {
        let reply = admin.patch(&path_of(&user), &body).await;
        assert_eq!(
            (reply.status, &reply.json["errors"][0]["field"]),
            (status, &json!(field)),
            "{}",
            reply.text
        );
    }
    let kept = admin.get(&path_of(&user)).await.json;
    assert_eq!((&kept["version"], &kept["email"]), (&json!(1), &user["email"]));
    let mails = app.sql("select id from public.mails where recipient = 'mine@example.org'").await;
    assert!(mails.is_empty());
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
async fn who_is_deactivated_is_out_on_every_instance_within_a_second() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (nurse, user) = joined(&app, &admin, &["NURSE"]).await;
    let (there, page) = (nurse.on(&other.router), nurse.browser().await);
    assert_eq!((there.get("/api/v1/patients").await.status, page.get("/today").await.status), (200, 200));
    let stopped = admin.post(&format!("{}/deactivate", path_of(&user)), &json!({})).await;
    assert_eq!((stopped.status, &stopped.json["state"]), (200, &json!("INACTIVE")), "{}", stopped.text);
    assert_eq!(stopped.json["status"], "INACTIVE");
    assert!([401, 403].contains(&nurse.get("/api/v1/patients").await.status), "here at once");
    let began = std::time::Instant::now();
    eventually("there too", async || [401, 403].contains(&there.get("/api/v1/patients").await.status)).await;
    assert!(began.elapsed().as_millis() < 1000, "{:?}", began.elapsed());
    let refresh = json!({ "refresh_token": nurse.login["refresh_token"] });
    assert_eq!(nurse.post("/api/v1/auth/refresh", &refresh).await.status, 401);
    let email = user["email"].as_str().unwrap();
    let login = [("username", email), ("password", PASSWORD)];
    assert_eq!(app.anonymous().form("/api/v1/auth/login", &login).await.status, 401);

    let back = admin.request(Method::PATCH, &format!("{}/toggle-active", path_of(&user))).send().await;
    assert_eq!((back.status, &back.json["status"]), (200, &json!("ACTIVE")), "{}", back.text);
    assert_eq!(nurse.get("/api/v1/patients").await.status, 401, "the session of before stays over");
    assert_eq!(app.sign_in(email).await.get("/api/v1/patients").await.status, 200);
    // A lock by hand, and a role that is taken away.
    let locked = admin.patch(&path_of(&user), &json!({ "status": "LOCKED" })).await;
    assert_eq!((&locked.json["state"], &locked.json["is_active"]), (&json!("LOCKED"), &json!(true)));
    let unlocked = admin.post(&format!("{}/unlock", path_of(&user)), &json!({})).await;
    assert_eq!((unlocked.status, &unlocked.json["state"]), (200, &json!("ACTIVE")), "{}", unlocked.text);
    let nurse = app.sign_in(email).await;
    assert_eq!(admin.patch(&path_of(&user), &json!({ "roles": [] })).await.status, 200);
    assert_eq!(told(&nurse.get("/api/v1/patients").await), (403, "auth.permission_missing".into()));
}

#[tokio::test]
async fn another_password_is_asked_for_and_a_stolen_session_cannot_choose_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (thief, user) = joined(&app, &admin, &["NURSE"]).await;
    let asked = admin.post(&format!("{}/force-password-change", path_of(&user)), &json!({})).await;
    assert_eq!((asked.status, &asked.json["must_change_password"]), (200, &json!(true)), "{}", asked.text);
    let chosen =
        thief.post("/api/v1/auth/change-password", &json!({ "new_password": "Stolen-session-9" })).await;
    assert_eq!(chosen.status, 401, "{}", chosen.text);
    let email = user["email"].as_str().unwrap();
    let nurse = app.sign_in(email).await;
    assert_eq!(nurse.login["must_change_password"], true);
    assert_eq!(nurse.get("/api/v1/patients").await.status, 403);
    let expired = admin.patch(&path_of(&user), &json!({ "status": "PASSWORD_EXPIRED" })).await;
    assert_eq!((expired.status, &expired.json["must_change_password"]), (200, &json!(true)));
    assert_eq!(nurse.get("/api/v1/auth/me").await.status, 401, "again, out again");
    admin.post(&format!("{}/deactivate", path_of(&user)), &json!({})).await;
    let inactive = admin.post(&format!("{}/force-password-change", path_of(&user)), &json!({})).await;
    assert_eq!(told(&inactive), (400, "staff.inactive".into()));
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

#[tokio::test]
async fn somebody_who_is_locked_out_is_let_in_again() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (_, user) = joined(&app, &admin, &["NURSE"]).await;
    let id = user["id"].as_str().unwrap();
    app.sql(&format!(
        "update public.users set failed_attempts = 9, locked_until = now() + interval '1 hour' where id = '{id}'"
    ))
    .await;
    let shown = admin.get(&path_of(&user)).await.json;
    assert_eq!((&shown["state"], shown["locked_until"].is_string()), (&json!("LOCKED"), true), "{shown}");
    assert_eq!(admin.get(&format!("{USERS}?state=LOCKED")).await.json[0]["id"], user["id"]);
    let login = [("username", user["email"].as_str().unwrap()), ("password", PASSWORD)];
    assert_eq!(app.anonymous().form("/api/v1/auth/login", &login).await.status, 401);
    let unlocked = admin.post(&format!("{}/unlock", path_of(&user)), &json!({})).await;
    assert_eq!((unlocked.status, &unlocked.json["locked_until"]), (200, &Value::Null), "{}", unlocked.text);
    app.sign_in(user["email"].as_str().unwrap()).await;
}
