//! Stopping, asking for another password, letting in again.

use super::*;

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

#[tokio::test]
async fn whoever_stops_a_doctor_is_told_what_is_left_behind() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (_, doctor) = joined(&app, &admin, &["DOCTOR"]).await;
    let (_, nurse) = joined(&app, &admin, &["NURSE"]).await;
    let id = doctor["id"].as_str().unwrap();
    let patient = crate::patients::registered(&admin, json!({})).await;
    let patient = patient["id"].as_str().unwrap();
    // Two to come, one that is over, one who waits, a consultation and its draft.
    clinic
        .sql(&format!(
            "with d as (select id from departments where name = 'Cardiology'), a as (
               insert into appointments (id, patient_id, department_id, doctor_user_id, scheduled_at, ends_at, status,
                                         completed_at, checked_in_at, created_by_id, created_at, updated_at)
               select gen_random_uuid(), '{patient}'::uuid, d.id, '{id}'::uuid, now() + n * interval '1 hour',
                      now() + n * interval '1 hour' + interval '15 minutes',
                      case n when -2 then 'COMPLETED' when -1 then 'CHECKED_IN' else 'SCHEDULED' end,
                      case when n = -2 then now() end, case when n = -1 then now() end, '{id}'::uuid, now(), now()
                 from d, generate_series(-2, 2) n where n <> 0),
             e as (insert into encounters (id, patient_id, doctor_user_id, department_id, started_at, created_by_id, created_at, updated_at)
               select gen_random_uuid(), '{patient}'::uuid, '{id}'::uuid, d.id, now(), '{id}'::uuid, now(), now() from d returning id)
             insert into notes (id, encounter_id, patient_id, author_id, saved_at, created_at)
             select gen_random_uuid(), e.id, '{patient}'::uuid, '{id}'::uuid, now(), now() from e"
        ))
        .await;
    let page = admin.browser().await;
    let shown = page.get(&format!("/staff/{id}")).await;
    assert!(
        !shown.text.contains(&format!("/staff/{id}/deactivate\" data-confirm")),
        "its question has links"
    );
    let question = page.get(&format!("/staff/{id}/deactivate")).await;
    for part in [
        "2 bookings to come",
        "1 patient waits",
        "1 consultation is not finished",
        "1 note is not signed",
        &format!("/appointments?doctor={id}&#38;when=all&#38;status=SCHEDULED"),
        &format!("/doctors/{id}/leave"),
    ] {
        let text = question.text.replace("&amp;", "&#38;");
        assert!(text.contains(part), "{part} in {}", question.text);
    }
    for href in
        [format!("/appointments?doctor={id}&when=all&status=SCHEDULED"), format!("/doctors/{id}/leave")]
    {
        assert_eq!(page.get(&href).await.status, 200, "{href}");
    }

    let stopped = admin.post(&format!("{}/deactivate", path_of(&doctor)), &json!({})).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text);
    assert_eq!(
        stopped.json["still_open"],
        json!({ "future_bookings": 2, "waiting_patients": 1, "open_consultations": 1, "unsigned_drafts": 1 })
    );
    let stopped = admin.post(&format!("{}/deactivate", path_of(&nurse)), &json!({})).await;
    assert_eq!(stopped.json["still_open"]["future_bookings"], 0, "{}", stopped.text);
    let back = admin.patch(&path_of(&nurse), &json!({ "is_active": true })).await;
    assert!(back.json.get("still_open").is_none(), "{}", back.text);
    let nurse = format!("/staff/{}", nurse["id"].as_str().unwrap());
    assert!(page.get(&nurse).await.text.contains("/deactivate\" data-confirm"));
}
