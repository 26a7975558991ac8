//! The operators' pages of hospitals.

use super::*;

#[tokio::test]
async fn the_pages_work_without_any_script() {
    let app = TestApp::new().await;
    let (asha, _) = (app.hospital("Asha <b>Clinic").await, app.pending_hospital("Zen Hospital").await);
    app.sql(&format!("insert into public.tenant_usage values ('{}', 1204, now())", asha.schema)).await;
    let nurse = asha.staff(SystemRole::Nurse).await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let list = page.get("/console/hospitals").await;
    assert_eq!(list.status, 200, "{}", list.text);
    for part in [
        "Asha &#60;b&#62;Clinic",
        "Zen Hospital",
        "1,204 patients",
        "3 accounts",
        "Waiting for e-mail",
        "1–2 of 2",
    ] {
        assert!(list.text.contains(part), "{part}");
    }
    assert!(list.text.contains(r#"href="/console/hospitals" aria-current="page""#), "in the side bar");
    let pending = page.get("/console/hospitals?status=PENDING&sort=name").await.text;
    assert!(pending.contains("Zen Hospital") && !pending.contains("Asha &#60;b"));
    assert!(
        pending.contains(r#"aria-sort="ascending""#) && pending.contains("status=PENDING&#38;sort=-name")
    );
    assert!(
        page.get("/console/hospitals?page=9").await.text.contains("1–2 of 2"),
        "past the end: the last page"
    );

    let search = page.submit("/console/hospitals/search", &[("search", "asha"), ("status", "")]).await.text;
    assert!(search.contains("<main") && search.contains(r#"value="asha""#));
    assert!(search.contains("Asha &#60;b") && !search.contains("Zen Hospital"));
    let none =
        page.submit("/console/hospitals/search", &[("search", "asha"), ("status", "PENDING")]).await.text;
    assert!(none.contains("No hospital matches"));
    let block = boss.request(Method::POST, "/console/hospitals/search").header("hx-request", "true");
    let block = block.form(&[("search", "asha")]).send().await;
    assert!(
        block.text.trim_start().starts_with(r#"<div id="rows">"#)
            && block.header("vary").to_lowercase().contains("hx-request")
    );

    let ask = format!("/console/hospitals/{}/suspend", asha.id);
    let question = page.get(&ask).await.text;
    for part in [
        &format!(r#"method="post" action="{ask}""#),
        "Whoever is signed in now (1) is refused",
        "2 people",
        "1,204 patient records stay",
    ] {
        assert!(question.contains(part), "{part} in {question}");
    }
    let version = field(&question, "version");
    let silent = page.submit(&ask, &[("version", &version), ("reason", " ")]).await;
    assert_eq!(silent.status, 422, "the hospital reads why");
    assert_eq!(nurse.get(ME).await.status, 200);
    let refused = page.submit(&ask, &[("version", &version), ("reason", &"x".repeat(501))]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Use at most 500 characters.") && refused.text.contains("Error: Suspend"));
    let done = page.submit(&ask, &[("version", &version), ("reason", "Unpaid")]).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/hospitals?done=suspended"));
    assert!(page.get(done.header("location")).await.text.contains("Hospital suspended."));
    assert_eq!(nurse.get(ME).await.status, 403);
    let twice = page.submit(&ask, &[("version", &version), ("reason", "Unpaid")]).await;
    assert_eq!(twice.status, 400);
    assert!(
        twice.text.contains("This hospital is suspended already.")
            && twice.text.contains(r#"value="Unpaid""#)
    );

    let ask = format!("/console/hospitals/{}/activate", asha.id);
    let stale = page.submit(&ask, &[("version", &version)]).await;
    assert_eq!(stale.status, 412);
    assert!(stale.text.contains("Somebody changed this hospital in the meantime."));
    let version = field(&stale.text, "version");
    let done = page.submit(&ask, &[("version", &version)]).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/hospitals?done=activated"));
    assert_eq!(history(&app, &asha.id).await.len(), 2);

    let foreign = page.submit_from("https://evil.example", &ask, &[]).await;
    assert_eq!(foreign.status, 403, "no other site can send the form");
    assert_eq!(nurse.browser().await.get("/console/hospitals").await.status, 403);
    let visitor = app.anonymous().get("/console/hospitals").await;
    assert_eq!((visitor.status, visitor.header("location")), (303, "/sign-in?next=/console/hospitals"));
}

#[tokio::test]
async fn the_question_says_what_activating_will_do() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Asha Clinic").await;
    let boss = app.super_admin().await;
    let page = boss.browser().await;
    let ask = format!("/console/hospitals/{}/activate", clinic.id);
    assert!(page.get(&ask).await.text.contains("You vouch for the hospital instead."));
    change(&boss, &clinic.id, "suspend").await;
    let question = page.get(&ask).await.text;
    assert!(question.contains("it waits for that again") && !question.contains("can sign in at once"));
}
