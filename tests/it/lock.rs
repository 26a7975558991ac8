//! The locked screen: what a session opens meanwhile, on every instance, and who opens it again.

use axum::http::Method;
use futures_util::future::join_all;
use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::harness::{Browser, Client, PASSWORD, Reply, TestApp, eventually};

const NAME: &str = "Zebunnisa";

/// A patient whose name must not be seen on a locked screen; her page.
async fn patient(desk: &Client) -> String {
    let body = json!({
        "first_name": NAME, "phone_primary": "9820012345", "gender": "FEMALE", "city": "Pune", "dob_unknown": true,
    });
    let made = desk.post("/api/v1/patients/quick-register", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    format!("/patients/{}", made.json["id"].as_str().unwrap())
}

/// The session cookie as a request brings it.
fn cookie(browser: &Browser) -> String {
    format!("hms_session={}", browser.cookie("hms_session").unwrap())
}

/// Whose screen it is, as the locked page's form says.
async fn person(browser: &Browser) -> String {
    let page = browser.get("/lock").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let start = page.text.find(r#"name="person" value=""#).unwrap() + r#"name="person" value=""#.len();
    page.text[start..].split('"').next().unwrap().to_owned()
}

async fn unlock(browser: &Browser, password: &str, next: &str) -> Reply {
    let person = person(browser).await;
    browser.submit("/unlock", &[("password", password), ("next", next), ("person", &person)]).await
}

#[tokio::test]
async fn a_locked_session_opens_nothing_until_its_password_is_given() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let (hers, page) = (patient(&desk).await, desk.browser().await);
    assert!(page.get(&hers).await.text.contains(NAME));

    let locked = page.submit("/lock", &[("next", &format!("{hers}?done=saved"))]).await;
    assert_eq!(locked.status, 303, "{}", locked.text);
    let screen = page.get(locked.header("location")).await;
    assert_eq!((screen.status, screen.header("cache-control")), (200, "no-store"));
    assert!(screen.text.contains("<title>Screen locked · HMS</title>"), "{}", screen.text);
    assert!(screen.text.contains("Meera Kulkarni") && screen.text.contains("Switch user"));
    assert!(!screen.text.contains(NAME));

    // At once, not when the announcement has been heard.
    for path in [hers.as_str(), "/patients", "/today", "/home", "/search"] {
        let reply = page.get(path).await;
        let way: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, format!("/lock?next={way}").as_str()),
            "{path}"
        );
        assert!(!reply.text.contains(NAME));
    }
    let written = page.submit(&format!("{hers}/edit"), &[("first_name", "Other"), ("version", "1")]).await;
    assert_eq!(written.status, 401);
    assert!(written.text.contains("Your screen is locked") && written.text.contains(r#"href="/lock""#));
    assert_eq!(clinic.sql("select first_name from patients").await, [json!({ "first_name": NAME })]);

    let again = unlock(&page, PASSWORD, &format!("{hers}?done=saved")).await;
    assert_eq!((again.status, again.header("location")), (303, hers.as_str()), "{}", again.text);
    assert!(page.get(&hers).await.text.contains(NAME));
    let verbs: Vec<_> =
        app.audit().await.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect();
    assert!(verbs.ends_with(&["locked".to_owned(), "unlocked".to_owned()]), "{verbs:?}");
}

#[tokio::test]
async fn programs_and_htmx_are_told_that_the_screen_is_locked() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Receptionist).await.browser().await;
    page.submit("/lock", &[]).await;
    let cookie = cookie(&page);
    let anyone = app.anonymous();
    let api = anyone.request(Method::GET, "/api/v1/patients").header("cookie", &cookie).send().await;
    assert_eq!((api.status, &api.json["code"]), (401, &json!("auth.locked")), "{}", api.text);

    let part = anyone.request(Method::POST, "/patients/search").header("cookie", &cookie);
    let part = part.header("origin", "http://hms.test").header("hx-request", "true");
    let part = part.header("hx-current-url", "http://hms.test/patients?gender=MALE");
    let part = part.form(&[("search", "a")]).send().await;
    assert_eq!((part.status, &part.json["code"]), (401, &json!("auth.locked")), "{}", part.text);
    assert_eq!(part.header("hx-redirect"), "/lock?next=%2Fpatients%3Fgender%3DMALE");

    // Without a session there is no lock to be sent to, and no other page in the place of a part.
    let gone = anyone.request(Method::GET, "/patients").header("hx-request", "true").send().await;
    assert_eq!((gone.status, gone.header("hx-redirect"), gone.header("location")), (401, "", ""));
}

#[tokio::test]
async fn a_lock_holds_on_every_instance_and_so_does_its_opening() {
    let app = TestApp::new().await;
    let other = app.second_instance().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let elsewhere = Browser::new(other.router.clone());
    elsewhere.set_cookie("hms_session", &page.cookie("hms_session").unwrap());
    assert_eq!(elsewhere.get("/today").await.status, 200);

    page.submit("/lock", &[]).await;
    // The locked page asks the database, so that nobody is sent back and forth between instances.
    assert!(elsewhere.get("/lock").await.text.contains("Screen locked"));
    assert_eq!(elsewhere.get("/today").await.header("location"), "/lock?next=%2Ftoday");
    let opened = unlock(&page, PASSWORD, "/today").await;
    assert_eq!(opened.status, 303);
    assert_eq!(elsewhere.get("/lock?next=%2Ftoday").await.header("location"), "/today");
    assert_eq!(elsewhere.get("/today").await.status, 200);

    // Without a look at its own lock, the other instance hears of it.
    page.submit("/lock", &[]).await;
    let started = std::time::Instant::now();
    eventually("the other instance refuses", async || elsewhere.get("/today").await.status == 303).await;
    assert!(started.elapsed().as_millis() < 1000);
}

#[tokio::test]
async fn a_wrong_password_counts_as_a_failed_sign_in_and_is_throttled() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let page = nurse.browser().await;
    page.submit("/lock", &[]).await;
    let blank = unlock(&page, "", "/today").await;
    assert_eq!(blank.status, 422);
    assert!(blank.text.contains("Enter your password."));
    assert_eq!(app.sql("select id from public.failed_sign_ins").await.len(), 0);

    let wrong = unlock(&page, "Wrong-Horse-7", "/today").await;
    assert_eq!(wrong.status, 401, "{}", wrong.text);
    assert!(
        wrong.text.contains("The password is wrong.") && wrong.text.contains("<title>Error: Screen locked")
    );
    assert!(!wrong.text.contains("Wrong-Horse-7"));
    assert_eq!(app.sql("select id from public.failed_sign_ins").await.len(), 1);
    assert_eq!(page.get("/today").await.status, 303, "still locked");
    assert_eq!(unlock(&page, PASSWORD, "/today").await.status, 303);
    let rows = app.sql("select max(failed_attempts) as n from public.users").await;
    assert_eq!(rows, [json!({ "n": 0 })], "the right one ends the counting");

    page.submit("/lock", &[]).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(unlock(&page, "no", "/today").await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let rested = app.sql("select count(*) as n from public.users where locked_until is not null").await;
    assert_eq!(rested, [json!({ "n": 1 })]);
    // While the account rests, the right password is refused too, from any address.
    let call = app.anonymous();
    let call = call.request(Method::POST, "/unlock").header("cookie", &cookie(&page));
    let person = person(&page).await;
    let call = call.header("origin", "http://hms.test").form(&[("password", PASSWORD), ("person", &person)]);
    assert_eq!(call.from("198.51.100.9").await.status, 401);
}

#[tokio::test]
async fn only_the_person_whose_screen_it_is_opens_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let doctor = clinic.staff(SystemRole::Doctor).await.browser().await;
    page.submit("/lock", &[]).await;
    let whose = person(&page).await;

    // Somebody else signed in meanwhile, in another window of the same browser.
    doctor.submit("/lock", &[]).await;
    let mixed =
        doctor.submit("/unlock", &[("password", PASSWORD), ("person", &whose), ("next", "/patients")]).await;
    assert_eq!((mixed.status, mixed.header("location")), (303, "/home"));
    assert_eq!(doctor.get("/today").await.status, 303, "and that session stays locked");

    // Other sites cannot try passwords, and cannot lock.
    let foreign = [("password", PASSWORD), ("person", &whose)];
    assert_eq!(page.submit_from("https://evil.example", "/unlock", &foreign).await.status, 403);
    let free = clinic.staff(SystemRole::Nurse).await.browser().await;
    assert_eq!(free.submit_from("https://evil.example", "/lock", &[]).await.status, 403);
    assert_eq!(free.get("/today").await.status, 200);
}

#[tokio::test]
async fn somebody_else_may_take_over_by_signing_out() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let kept = page.cookie("hms_session").unwrap();
    page.submit("/lock", &[]).await;
    let out = page.submit("/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/sign-in?done=signed-out"));
    assert_eq!(page.cookie("hms_session"), None);
    let thief = Browser::new(app.router.clone());
    thief.set_cookie("hms_session", &kept);
    eventually("the session is over", async || {
        thief.get("/lock").await.header("location").starts_with("/sign-in")
    })
    .await;
}

#[tokio::test]
async fn the_way_back_never_leads_to_another_site() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    for next in
        ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/lock", ""]
    {
        let locked = page.submit("/lock", &[("next", next)]).await;
        assert!(locked.header("location").starts_with("/lock"), "{next}");
        assert_eq!(unlock(&page, PASSWORD, next).await.header("location"), "/home", "{next}");
        let way: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let open = page.get(&format!("/lock?next={way}")).await;
        assert_eq!((open.status, open.header("location")), (303, "/home"), "not locked: {next}");
    }
}

#[tokio::test]
async fn programs_have_no_screen_to_lock() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let page = nurse.browser().await;
    assert_eq!(nurse.form("/lock", &[]).await.status, 303);
    assert_eq!(nurse.get("/api/v1/auth/me").await.status, 200);
    page.submit("/lock", &[]).await;
    assert_eq!(nurse.get("/api/v1/auth/me").await.status, 200, "another session of the same person");
    let locked = app.sql("select kind from public.sessions where locked_at is not null").await;
    assert_eq!(locked, [json!({ "kind": "web" })]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tabs_that_lock_at_once_lock_once() {
    let app = TestApp::configured(&[("HMS_LANES", "10")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let replies = join_all((0..8).map(|_| page.submit("/lock", &[]))).await;
    assert!(replies.iter().all(|reply| reply.status == 303 && reply.header("location") == "/lock"));
    let locks = app.audit().await.iter().filter(|row| row["kind"] == "locked").count();
    assert_eq!(locks, 1);
    assert_eq!(page.get("/today").await.status, 303);
}

#[tokio::test]
async fn the_script_of_a_kept_page_is_told_shortly() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let ask = async |method: Method, path: &str, fields: &[(&str, &str)]| {
        let anyone = app.anonymous();
        let call = anyone.request(method, path).header("cookie", &cookie(&page)).header("hx-request", "true");
        call.header("origin", "http://hms.test").form(fields).send().await
    };
    assert_eq!(ask(Method::GET, "/lock", &[]).await.status, 204, "not locked");
    page.submit("/lock", &[]).await;
    let whose = person(&page).await;
    assert_eq!(ask(Method::GET, "/lock", &[]).await.status, 200);
    let wrong = ask(Method::POST, "/unlock", &[("password", "no"), ("person", &whose)]).await;
    assert!(wrong.status == 401 && wrong.text.contains("data-lock"), "{} {}", wrong.status, wrong.text);
    let right = ask(Method::POST, "/unlock", &[("password", PASSWORD), ("person", &whose)]).await;
    assert_eq!((right.status, right.text.as_str()), (204, ""));
    assert_eq!(page.get("/today").await.status, 200);
}
