//! Changing a password: which ones are refused.

use super::*;

#[tokio::test]
async fn none_of_the_last_five_passwords_comes_back() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let named = |n: usize| if n == 0 { PASSWORD.to_owned() } else { format!("tin roof lantern {n}") };
    for n in 1..=6 {
        let done = change(&admin, &named(n - 1), &named(n)).await;
        assert_eq!(done.status, 200, "{n}: {}", done.text);
    }
    let same = change(&admin, &named(6), &named(6)).await;
    assert_eq!((same.status, &same.json["code"]), (400, &json!("auth.same_password")));
    for former in 1..=5 {
        let refused = change(&admin, &named(6), &named(former)).await;
        assert_eq!(
            (refused.status, &refused.json["code"], &refused.json["errors"][0]["field"]),
            (400, &json!("auth.password_used_before"), &json!("new_password")),
            "{former}"
        );
    }
    let token = reset_token(&app, &clinic.email).await;
    let by_link = app.anonymous().post(RESET, &json!({ "token": token, "new_password": named(3) })).await;
    assert_eq!((by_link.status, &by_link.json["code"]), (400, &json!("auth.password_used_before")));
    assert_eq!(change(&admin, &named(6), &named(0)).await.status, 200, "the sixth is forgotten");
    let kept = app.sql("select password_hash from public.password_history").await;
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|row| row["password_hash"].as_str().unwrap().starts_with("$argon2id$")));
}

#[tokio::test]
async fn what_is_short_common_or_about_oneself_is_refused_at_the_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Lotus Clinic").await;
    let admin = clinic.admin().await;
    for (new, said) in [
        ("tin-roof", "at least 10 characters"),
        ("qwertyuiop", "word"),
        ("Password1234!", "word"),
        ("Demo@12345", "word"),
        ("LotusClinic1", "Leave your name"),
        ("asha-admin-99", "Leave your name"),
        (&"tin roof ".repeat(15), "at most 128"),
    ] {
        let refused = change(&admin, PASSWORD, new).await;
        let error = &refused.json["errors"][0];
        assert_eq!(
            (refused.status, &error["field"]),
            (422, &json!("new_password")),
            "{new}: {}",
            refused.text
        );
        assert!(error["message"].as_str().unwrap().contains(said), "{new}: {error}");
    }
    let mut body = json!({
        "name": "Neem Hospital", "contact_email": "neem@example.org", "license_number": "N-9",
        "admin_first_name": "Rukmini", "admin_password": "rukmini-neem-1",
    });
    let refused = app.anonymous().post("/api/v1/tenants/register", &body).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("admin_password")));
    body["admin_password"] = json!("नदी पहाड़ किताब दीपक");
    assert_eq!(app.anonymous().post("/api/v1/tenants/register", &body).await.status, 201, "any script");
}

#[tokio::test]
async fn an_old_easy_password_still_signs_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    // As accounts for a demonstration are made.
    let hash = app.app.passwords.hash(&SecretString::from("Demo@12345")).await.unwrap();
    app.sql(&format!("update public.users set password_hash = '{hash}'")).await;
    let signed_in = sign_in(&app, &clinic.email, "Demo@12345").await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_changes_at_once_one_succeeds_and_no_sign_in_slips_past_it() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let (one, other) = (clinic.admin().await, clinic.admin().await);
    let guests = (0..8).map(|n| {
        let (app, email) = (&app, clinic.email.as_str());
        async move { sign_in_from(app, email, PASSWORD, &format!("198.51.100.{n}")).await.status }
    });
    let (a, b, guests) = tokio::join!(
        change(&one, PASSWORD, "tin roof lantern"),
        change(&other, PASSWORD, "copper kettle moss"),
        join_all(guests),
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert!(statuses[0] == 200 && [400, 401].contains(&statuses[1]), "{statuses:?}: {} {}", a.text, b.text);
    assert!(guests.iter().all(|status| [200, 401].contains(status)), "{guests:?}");
    // Whoever came in with the old password is out; the one who changed it stays.
    let live = app.sql("select id from public.sessions where revoked_at is null").await;
    assert_eq!(live.len(), 1, "{guests:?}");
}
