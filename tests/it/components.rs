//! The parts that pages are made of, where a program can see them: chips, toasts, keys, the gallery, the scripts' size.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::harness::{Browser, TestApp};

#[tokio::test]
async fn each_filter_of_the_list_can_be_taken_off_by_itself() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Receptionist).await.browser().await;
    assert!(!page.get("/patients").await.text.contains("Filtered by"));
    let plain = page.get("/patients?gender=FEMALE&registered=week").await.text;
    for part in [
        "Filtered by",
        r#"<a class="chip" href="/patients?registered=week">"#,
        "Sex: <bdi>female</bdi>",
        r#"<a class="chip" href="/patients?gender=FEMALE">"#,
        "Registered: <bdi>past 7 days</bdi>",
        r#"<a class="chips-clear" href="/patients">Clear all</a>"#,
    ] {
        assert!(plain.contains(part), "{part} in {plain}");
    }
    // A text is never put into an address, so what keeps it is posted.
    let fields = [("search", "देशमुख"), ("gender", "FEMALE"), ("registered", "")];
    let searched = page.submit("/patients/search", &fields).await.text;
    assert!(searched.contains(r#"<a class="chip" href="/patients?gender=FEMALE">"#), "{searched}");
    let kept = r#"<form method="post" action="/patients/search"><input type="hidden" name="search" value="देशमुख"><input type="hidden" name="gender" value=""><input type="hidden" name="registered" value=""><button class="chip""#;
    assert!(searched.contains(kept), "{searched}");
    assert!(!page.get("/patients?gender=NOBODY&registered=ever").await.text.contains("Filtered by"));
}

#[tokio::test]
async fn a_suspension_can_be_undone_from_its_toast_and_from_nowhere_else() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = app.super_admin().await.browser().await;
    let undo = format!(r#"action="/console/hospitals/{}/activate""#, clinic.id);
    // An address that somebody made up.
    for path in [
        "/console/hospitals?done=suspended".to_owned(),
        format!("/console/hospitals?done=suspended&of={}", clinic.id),
    ] {
        let shown = page.get(&path).await.text;
        assert!(shown.contains("Hospital suspended.") && !shown.contains("data-toast><form"), "{path}");
        assert!(!shown.contains(&undo) || !shown.contains("Undo"), "{path}");
    }
    let why = [("reason", "Unpaid")];
    let done = page.submit(&format!("/console/hospitals/{}/suspend", clinic.id), &why).await;
    let cookie = done.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Max-Age=15"),
        "{cookie}"
    );
    let shown = page.get(done.header("location")).await.text;
    let toasts = shown.split(r#"id="toasts""#).nth(1).unwrap();
    assert!(toasts.contains(&undo) && toasts.contains("Undo"), "{toasts}");
    let undone = page.submit(&format!("/console/hospitals/{}/activate", clinic.id), &[]).await;
    assert_eq!(undone.header("location"), "/console/hospitals?done=activated");
    let rows = app.sql(&format!("select status from public.tenants where id = '{}'", clinic.id)).await;
    assert_eq!(rows, [json!({ "status": "ACTIVE" })]);
    // Another act's cookie is none for this one.
    page.set_cookie("hms_undo", &format!("activated.{}", clinic.id));
    assert!(!page.get("/console/hospitals?done=suspended").await.text.contains("Undo"));
    page.set_cookie("hms_undo", "suspended.<script>");
    assert!(!page.get("/console/hospitals?done=suspended").await.text.contains("Undo"));
}

#[tokio::test]
async fn single_keys_are_as_the_cookie_says_and_the_idle_time_as_configured() {
    let app = TestApp::configured(&[("IDLE_LOCK_MINUTES", "3")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    let on = page.get("/today").await.text;
    assert!(on.contains(r#"data-keys="on" data-idle="180""#), "{on}");
    for (value, attribute) in [("off", "off"), ("on", "on"), ("\"><script>", "on")] {
        page.set_cookie("hms_keys", value);
        let shown = page.get("/today").await.text;
        assert!(shown.contains(&format!(r#"data-keys="{attribute}""#)), "{value}");
    }
    let usual = TestApp::new().await;
    let clinic = usual.hospital("Asha Clinic").await;
    let page = clinic.staff(SystemRole::Nurse).await.browser().await;
    assert!(page.get("/today").await.text.contains(r#"data-idle="900""#), "15 minutes");
}

#[tokio::test]
async fn the_gallery_does_without_a_script() {
    let app = TestApp::new().await;
    let visitor = Browser::new(app.router.clone());
    let all = visitor.get("/dev/gallery").await;
    assert_eq!(all.status, 200, "{}", all.text);
    assert_eq!(all.text.matches("<h1").count(), 1);
    assert!(!all.text.contains("In 2025") && all.text.contains("Show older, 2 entries"));
    assert!(visitor.get("/dev/gallery?older=true").await.text.contains(">2025</h3>"));
    let results = visitor.get("/dev/gallery?kind=results").await.text;
    assert!(results.contains("Blood results arrived") && !results.contains("Consultation, cardiology"));
    for state in ["known", "none", "unasked", "deceased"] {
        assert_eq!(visitor.get(&format!("/dev/gallery/banner?state={state}")).await.status, 200);
    }
    let wrong = visitor.submit("/dev/gallery/confirm", &[("typed", "riverside?")]).await;
    assert!(
        wrong.status == 422 && wrong.text.contains("Type Riverside, as it is written."),
        "{}",
        wrong.text
    );
    let right = visitor.submit("/dev/gallery/confirm", &[("typed", "Riverside")]).await;
    assert_eq!(right.status, 303);
    let moved = visitor.get("/dev/gallery/progress?step=2").await;
    assert_eq!((moved.status, moved.header("location")), (303, "/dev/gallery?step=2"));
    let polled = app.anonymous();
    let poll = async |step: u8| {
        let call = polled.request(Method::GET, &format!("/dev/gallery/progress?step={step}"));
        call.header("hx-request", "true").send().await.text
    };
    assert!(poll(2).await.contains(r#"hx-trigger="every 2s""#) && poll(2).await.contains("212 of 318"));
    assert!(!poll(3).await.contains("hx-trigger") && poll(3).await.contains("Open the list"));
}

#[tokio::test]
async fn our_scripts_stay_small_and_keep_nothing_in_the_browser() {
    let app = TestApp::new().await;
    for name in ["hms.js", "keys.js", "palette.js", "lock.js", "bell.js", "picture.js", "calendar.js"] {
        let script = app.anonymous().get(hms::web::assets::path(name)).await;
        assert_eq!(script.status, 200);
        assert!(script.bytes.len() < 10_000, "{name} has {} bytes", script.bytes.len());
        for word in ["localStorage", "sessionStorage", "indexedDB", "eval(", "new Function", "console.log"] {
            assert!(!script.text.contains(word), "{name}: {word}");
        }
    }
}
