//! Setting a second step up and signing in with it.

use super::*;

#[tokio::test]
async fn an_app_is_set_up_and_its_codes_are_asked_for_and_good_once() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, elsewhere) = (clinic.admin().await, clinic.admin().await);
    let off = admin.get(MFA).await;
    assert_eq!(
        off.json,
        json!({ "enabled": false, "enabled_at": null, "recovery_codes_left": 0, "enrolment_required": false })
    );

    let begun = admin.post(&format!("{MFA}/enrol"), &json!({})).await.json;
    let secret = begun["secret"].as_str().unwrap();
    let uri = begun["otpauth_uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/HMS:admin-") && uri.contains(&format!("secret={secret}&issuer=HMS"))
    );
    assert!(
        begun["qr_svg"].as_str().unwrap().starts_with("<svg ")
            && !begun["qr_svg"].to_string().contains(secret)
    );
    assert_eq!(secret.len(), 32, "160 bits");
    let first = admin.post(&format!("{MFA}/confirm"), &first("000 0000")).await;
    assert_eq!((first.status, code_of(&first)), (400, "mfa.wrong_code"));
    assert_eq!(
        password_from(&app, &clinic.email, "127.0.0.1").await.status,
        200,
        "not asked for before it is confirmed"
    );

    let phone = enrolled(&app, &admin).await;
    assert_ne!(phone.text, secret, "begun again, it is another one");
    assert_eq!(phone.recovery.len(), mfa::RECOVERY_CODES);
    let again = admin.post(&format!("{MFA}/enrol"), &json!({})).await;
    assert_eq!(
        (again.status, code_of(&again)),
        (409, "mfa.already_on"),
        "nobody puts another phone in its place"
    );
    let on = admin.get(MFA).await;
    assert_eq!((&on.json["enabled"], &on.json["recovery_codes_left"]), (&json!(true), &json!(10)));
    assert_eq!(admin.get(ME).await.json["mfa_enabled"], true);
    eventually("other sessions end", async || elsewhere.get(ME).await.status == 401).await;

    let token = owed(&app, &clinic.email, "127.0.0.1").await;
    let refused = second(&app, &token, &wrong(&app, &phone)).await;
    assert_eq!((refused.status, code_of(&refused)), (401, "auth.mfa_wrong_code"));
    let code = phone.code(&app);
    let tokens = second(&app, &token, &code).await;
    assert_eq!((tokens.status, tokens.header("cache-control")), (200, "no-store"), "{}", tokens.text);
    let me = Client::new(app.router.clone(), tokens.json["access_token"].as_str().map(str::to_owned));
    assert_eq!(me.get(ME).await.json["email"], clinic.email.as_str());
    assert!(tokens.json["refresh_token"].is_string());
    let twice = second(&app, &token, &code).await;
    assert_eq!((twice.status, code_of(&twice)), (401, "auth.mfa_expired"), "one sign-in, one session");

    let token = owed(&app, &clinic.email, "127.0.0.1").await;
    assert_eq!(code_of(&second(&app, &token, &code).await), "auth.mfa_wrong_code", "a code is good once");
    let spaced = {
        later(&app);
        phone.code(&app)
    };
    let spaced = format!(" {} {} ", &spaced[..3], &spaced[3..]);
    assert_eq!(second(&app, &token, &spaced).await.status, 200);

    // Neither the secret nor a code lies anywhere in words that somebody could read later.
    let mut everywhere = String::new();
    for table in ["mfa_secrets", "mfa_recovery_codes", "mfa_challenges", "audit_events", "mails"] {
        everywhere +=
            &serde_json::to_string(&app.sql(&format!("select * from public.{table}")).await).unwrap();
    }
    everywhere += &admin.get(MFA).await.text;
    everywhere += &String::from_utf8_lossy(&std::fs::read(watch::place()).unwrap());
    let hex: String = phone.secret.iter().map(|b| format!("{b:02x}")).collect();
    for secret in [&phone.text, &hex, &token, &phone.recovery[0], &phone.recovery[0].replace('-', "")] {
        assert!(!everywhere.contains(secret.as_str()), "{secret} is readable");
    }
    let mails = app.sql("select body_text from public.mails where template = 'second_factor'").await;
    assert!(mails.len() == 1 && mails[0]["body_text"].as_str().unwrap().contains("was switched on"));
    let verbs: Vec<Value> = app.audit().await.into_iter().map(|row| row["kind"].clone()).collect();
    for verb in ["second_factor_begun", "second_factor_on", "password_accepted", "second_factor_failed"] {
        assert!(verbs.contains(&json!(verb)), "{verb} in {verbs:?}");
    }
}

#[tokio::test]
async fn the_pages_set_it_up_ask_for_it_and_let_nobody_in_half_way() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let email = email(&desk).await;
    let page = desk.browser().await;
    let menu = page.get("/today").await;
    assert!(menu.text.contains(r#"href="/account/mfa""#), "{}", menu.text);
    assert!(page.get("/account/mfa").await.text.contains("Set it up"));
    assert_eq!(page.submit("/account/mfa/begin", &[]).await.header("location"), "/account/mfa");
    let shown = page.get("/account/mfa").await;
    assert!(shown.text.contains("<svg xmlns") && shown.header("cache-control") == "no-store");
    let text: String =
        shown.text.split("data-secret>").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    let phone = Phone {
        secret: data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap(),
        text,
        recovery: Vec::new(),
    };
    let refused =
        page.submit("/account/mfa/confirm", &[("code", &wrong(&app, &phone)), ("password", PASSWORD)]).await;
    assert!(refused.status == 422 && refused.text.contains("aria-invalid"), "{}", refused.text);
    let code = phone.code(&app);
    let codes = page.submit("/account/mfa/confirm", &[("code", &code), ("password", PASSWORD)]).await;
    assert_eq!((codes.status, codes.text.matches("data-recovery").count()), (200, 10), "{}", codes.text);
    let after = page.get("/account/mfa").await.text;
    assert!(after.contains("On since") && !after.contains(&phone.text) && !after.contains("data-recovery"));
    assert_eq!(page.get("/today").await.status, 200, "the own session goes on");

    later(&app);
    let fields = [("username", email.as_str()), ("password", PASSWORD), ("next", "/patients")];
    let other = Browser::new(app.router.clone());
    let half = other.submit("/sign-in", &fields).await;
    assert_eq!(
        (half.status, half.header("location")),
        (303, "/sign-in/code?next=%2Fpatients"),
        "{}",
        half.text
    );
    let cookie = half.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("hms_code=") && cookie.contains("HttpOnly; SameSite=Strict; Max-Age=300"),
        "{cookie}"
    );
    assert_eq!(other.cookie("hms_session"), None);
    for path in ["/today", "/home", "/account/mfa"] {
        assert!(other.get(path).await.header("location").starts_with("/sign-in?"), "{path}: half is not in");
    }
    let form = other.get("/sign-in/code?next=%2Fpatients").await;
    assert_eq!((form.status, form.field("next")), (200, "/patients"));
    let bad = other.submit("/sign-in/code", &[("code", "1"), ("next", "/patients")]).await;
    assert!(bad.status == 401 && bad.text.contains("The code is wrong"), "{}", bad.text);
    let stranger = Browser::new(app.router.clone());
    let elsewhere = stranger.submit("/sign-in/code", &[("code", &phone.code(&app))]).await;
    assert_eq!((elsewhere.status, elsewhere.header("location")), (303, "/sign-in"), "another browser");
    let token = other.cookie("hms_code").unwrap();
    assert_eq!(
        code_of(&second(&app, &token, &phone.code(&app)).await),
        "auth.mfa_expired",
        "a program with its token"
    );
    let forged = [("code", phone.code(&app)), ("next", "/patients".to_owned())];
    let forged: Vec<(&str, &str)> = forged.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(other.submit_from("https://evil.example", "/sign-in/code", &forged).await.status, 403);
    let arrived = other.submit("/sign-in/code", &forged).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/patients"), "{}", arrived.text);
    assert_eq!((other.get("/patients").await.status, other.cookie("hms_code")), (200, None));

    // The other way round: what a program was given opens nothing for a browser.
    later(&app);
    let token = owed(&app, &email, "127.0.0.1").await;
    stranger.set_cookie("hms_code", &token);
    let reply =
        stranger.submit("/sign-in/code", &[("code", &phone.code(&app)), ("next", "//evil.example")]).await;
    assert_eq!((reply.status, stranger.cookie("hms_session")), (401, None));
    assert!(reply.text.contains("Start again"), "{}", reply.text);
}

#[tokio::test]
async fn guessing_ends_after_five_tries_and_the_account_rests() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let phone = enrolled(&app, &clinic.admin().await).await;
    let token = owed(&app, &clinic.email, "198.51.100.1").await;
    for _ in 0..5 {
        assert_eq!(code_of(&second(&app, &token, &wrong(&app, &phone)).await), "auth.mfa_wrong_code");
    }
    assert_eq!(code_of(&second(&app, &token, &phone.code(&app)).await), "auth.mfa_expired", "five tries");
    let rests = password_from(&app, &clinic.email, "198.51.100.2").await;
    assert_eq!(
        (rests.status, code_of(&rests)),
        (401, "auth.wrong_credentials"),
        "wrong codes rest it like wrong passwords"
    );
    let log = app.sql("select reason from public.failed_sign_ins where reason = 'wrong_code'").await;
    assert_eq!(log.len(), 5);
    app.app.clock.shift(3601);
    let token = owed(&app, &clinic.email, "198.51.100.3").await;
    app.app.clock.shift(301);
    assert_eq!(code_of(&second(&app, &token, &phone.code(&app)).await), "auth.mfa_expired", "five minutes");
    let token = owed(&app, &clinic.email, "198.51.100.4").await;
    assert_eq!(second(&app, &token, &phone.code(&app)).await.status, 200);

    // A right code does not help while it rests: that would tell that the code was right.
    later(&app);
    let token = owed(&app, &clinic.email, "198.51.100.5").await;
    app.sql("update public.users set locked_until = now() + interval '3 hours' where not is_super_admin")
        .await;
    assert_eq!(code_of(&second(&app, &token, &phone.code(&app)).await), "auth.mfa_wrong_code");
    for bad in ["", "x", &"A".repeat(43), &"é".repeat(43)] {
        assert_eq!(code_of(&second(&app, bad, "123456").await), "auth.mfa_expired", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_who_come_at_once_with_one_code_one_gets_in() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let phone = enrolled(&app, &clinic.admin().await).await;
    for recovery in [true, false] {
        let code = if recovery { phone.recovery[3].to_uppercase() } else { phone.code(&app) };
        let mut tokens = Vec::new();
        for n in 0..10 {
            tokens.push(owed(&app, &clinic.email, &format!("198.51.100.{n}")).await);
        }
        let replies = join_all(tokens.iter().map(|token| second(&app, token, &code))).await;
        let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 9, "{statuses:?}");
        app.app.clock.shift(3600);
    }
    let left = app.sql("select count(*) as n from public.mfa_recovery_codes where used_at is null").await;
    assert_eq!(left[0]["n"], 9);

    // Guesses that come at once are counted one by one.
    app.sql("update public.users set failed_attempts = 0, locked_until = null").await;
    let token = owed(&app, &clinic.email, "198.51.100.77").await;
    let guess = wrong(&app, &phone);
    let replies = join_all((0..20).map(|_| second(&app, &token, &guess))).await;
    assert_eq!(replies.iter().filter(|reply| code_of(reply) == "auth.mfa_wrong_code").count(), 5);
    let row =
        app.sql(&format!("select failed_attempts from public.users where email = '{}'", clinic.email)).await;
    assert_eq!(row[0]["failed_attempts"], 5);
}
