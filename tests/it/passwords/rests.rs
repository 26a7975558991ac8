//! Accounts that rest after wrong passwords.

use super::*;

// ------------------------------------------------------------------------------ wrong ones

#[tokio::test]
async fn an_account_rests_after_five_wrong_passwords_and_its_owner_is_told_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let mut from = 0;
    let mut guess = async |password: &str| {
        from += 1;
        sign_in_from(&app, &clinic.email, password, &format!("198.51.100.{from}")).await.status
    };
    for _ in 0..4 {
        assert_eq!(guess("wrong").await, 401);
    }
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 0);
    for _ in 0..4 {
        assert_eq!(guess("wrong").await, 401);
    }
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 1, "once for each rest");
    assert_eq!(guess(PASSWORD).await, 401, "the right one does not help now");
    let text = app.sql("select body_text, subject from public.mails where template = 'account_rests'").await;
    assert!(
        text[0]["body_text"].as_str().unwrap().contains("http://hms.test/forgot-password"),
        "{}",
        text[0]
    );

    // Each rest is twice as long as the one before.
    app.app.clock.shift(121);
    assert_eq!(guess("wrong").await, 401);
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 2);
    app.app.clock.shift(121);
    assert_eq!(guess(PASSWORD).await, 401);
    app.app.clock.shift(121);
    assert_eq!(guess(PASSWORD).await, 200);
    let row = app.sql("select failed_attempts, locked_until from public.users").await;
    assert_eq!((&row[0]["failed_attempts"], &row[0]["locked_until"]), (&json!(0), &Value::Null));

    assert_eq!(sign_in_from(&app, "nobody@example.org", "wrong", "198.51.100.77").await.status, 401);
    app.sql("update public.users set is_active = false").await;
    assert_eq!(guess(PASSWORD).await, 401);
    let reasons = app
        .sql("select reason, count(*) as n, count(user_id) as known from public.failed_sign_ins group by 1 order by 1")
        .await;
    let told: Vec<(&str, i64, i64)> = reasons
        .iter()
        .map(|row| {
            (row["reason"].as_str().unwrap(), row["n"].as_i64().unwrap(), row["known"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [("inactive", 1, 1), ("locked", 5, 5), ("unknown_address", 1, 0), ("wrong_password", 6, 6)]
    );
}

#[tokio::test]
async fn a_rest_ends_by_a_new_password_or_by_an_administrator() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let rest = async |offset: usize| {
        for n in 0..5 {
            sign_in_from(&app, &clinic.email, "wrong", &format!("198.51.100.{}", offset + n)).await;
        }
        let row = app.sql("select locked_until from public.users").await;
        assert!(row[0]["locked_until"].is_string());
    };
    rest(0).await;
    let user = app.sql("select id from public.users").await[0]["id"].as_str().unwrap().parse().unwrap();
    let tx = hms::access::system_platform(&app.app, hms::access::SystemTask("test")).await.unwrap();
    assert!(sessions::unlock(&tx, user).await.unwrap());
    assert!(!sessions::unlock(&tx, user).await.unwrap(), "there is nothing to end any more");
    tx.done().await.unwrap();
    assert_eq!(sign_in_from(&app, &clinic.email, PASSWORD, "203.0.113.1").await.status, 200);

    rest(10).await;
    let token = reset_token(&app, &clinic.email).await;
    let body = json!({ "token": token, "new_password": "tin roof lantern" });
    assert_eq!(app.anonymous().post(RESET, &body).await.status, 200);
    assert_eq!(sign_in_from(&app, &clinic.email, "tin roof lantern", "203.0.113.2").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_time_all_count() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let guesses = (0..12).map(|n| {
        let (app, email) = (&app, clinic.email.as_str());
        async move { sign_in_from(app, email, "wrong", &format!("198.51.100.{n}")).await.status }
    });
    assert_eq!(join_all(guesses).await, [401; 12]);
    let row = app.sql("select failed_attempts, locked_until from public.users").await;
    assert_eq!(row[0]["failed_attempts"], 5, "the fifth one ended it, whoever came at the same time");
    assert!(row[0]["locked_until"].is_string());
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 1);
}

#[tokio::test]
async fn the_old_password_is_guarded_like_the_sign_in() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for n in 0..5 {
        let body = json!({ "old_password": "wrong", "new_password": "tin roof lantern" });
        let call = admin.request(Method::POST, CHANGE).json(&body);
        let refused = call.from(&format!("198.51.100.{n}")).await;
        assert_eq!((refused.status, &refused.json["code"]), (400, &json!("auth.old_password_wrong")));
    }
    assert_eq!(
        change(&admin, PASSWORD, "tin roof lantern").await.status,
        400,
        "whoever stole the session waits"
    );
    assert_eq!(mails(&app, &clinic.email, "account_rests").await, 1);
    app.app.clock.shift(121);
    assert_eq!(change(&admin, PASSWORD, "tin roof lantern").await.status, 200);
}
