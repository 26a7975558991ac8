//! Mails about openings: to those who review them, in one with the opening, few, and silent about the patient.

use futures_util::future::join_all;
use hms::clinic::confidential::tell_reviewers;

use super::*;

/// Past the pause between two mails to the same person.
const PAUSE: i64 = 10 * 60 + 1;

async fn address_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["email"].as_str().unwrap().to_owned()
}

/// Subject and text of the mails about openings to this address, oldest first.
async fn mails(app: &TestApp, address: &str) -> Vec<(String, String)> {
    let rows = app
        .sql(&format!(
            "select subject, body_text || body_html as body from public.mails
              where recipient = '{address}' and template = 'records_opened' order by created_at, id"
        ))
        .await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "subject"), text(row, "body"))).collect()
}

async fn total(app: &TestApp) -> i64 {
    let rows = app.sql("select count(*) as n from public.mails where template = 'records_opened'").await;
    rows[0]["n"].as_i64().unwrap()
}

#[tokio::test]
async fn those_who_review_hear_of_an_opening_and_nothing_of_the_patient() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let elsewhere = app.hospital("Zen Hospital").await;
    let left = stage.clinic.staff(SystemRole::Doctor).await;
    let (nurse, doctor, left) =
        (address_of(&stage.nurse).await, address_of(&stage.doctor).await, address_of(&left).await);
    app.sql(&format!("update public.users set is_active = false where email = '{left}'")).await;

    let opened = break_glass(&stage.nurse, &stage.path(2)).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    for (address, expected) in
        [(&stage.clinic.email, 1), (&doctor, 1), (&nurse, 0), (&left, 0), (&elsewhere.email, 0)]
    {
        assert_eq!(mails(&app, address).await.len(), expected, "{address}");
    }
    let (subject, body) = mails(&app, &doctor).await.remove(0);
    assert_eq!(subject, "A record was opened with a reason at Asha Clinic");
    assert!(body.contains("Meera Kulkarni"), "who opened it: {body}");
    assert!(body.contains("http://hms.test/patients/opened"), "and where that is read: {body}");
    for field in ["id", "patient_code", "first_name", "last_name", "city"] {
        let told = stage.patients[2][field].as_str().unwrap();
        assert!(!body.contains(told) && !subject.contains(told), "{field}: {body}");
    }
    assert!(!body.contains("unconscious"), "the reason may tell what the record is about: {body}");

    // Whoever reviews openings opens one too: the others hear of it.
    app.app.clock.shift(PAUSE);
    let opener = stage.doctor.again().await;
    assert_eq!(break_glass(&opener, &stage.path(1)).await.status, 201);
    assert_eq!((mails(&app, &doctor).await.len(), mails(&app, &stage.clinic.email).await.len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_openings_is_one_mail_and_then_their_number() {
    let app = TestApp::configured(&[("HMS_LANES", "8")]).await;
    let stage = Stage::on(&app).await;
    let mut nurses = vec![stage.nurse.again().await];
    for _ in 0..5 {
        nurses.push(stage.clinic.staff(SystemRole::Nurse).await);
    }
    let path = (stage.path(1), stage.path(2));
    let storm = nurses.iter().flat_map(|nurse| [break_glass(nurse, &path.0), break_glass(nurse, &path.1)]);
    for opened in join_all(storm).await {
        assert_eq!(opened.status, 201, "{}", opened.text);
    }
    let admin = &stage.clinic.email;
    assert_eq!(mails(&app, admin).await.len(), 1, "one of twelve");
    assert_eq!(tell_reviewers(&app.app).await.unwrap(), 0, "nothing is due yet");

    app.app.clock.shift(PAUSE);
    let rounds = join_all((0..4).map(|_| tell_reviewers(&app.app))).await;
    let told: usize = rounds.into_iter().map(Result::unwrap).sum();
    assert_eq!(told, 2, "administrator and doctor, once each, however many look");
    let (subject, body) = mails(&app, admin).await.remove(1);
    assert_eq!(subject, "11 records were opened with a reason at Asha Clinic");
    assert!(body.contains("11 records") && body.contains("http://hms.test/patients/opened"), "{body}");
    app.app.clock.shift(PAUSE);
    assert_eq!(tell_reviewers(&app.app).await.unwrap(), 0, "of nothing new there is no mail");

    // One after the pause, with one that nobody was told of yet.
    let nurse = stage.nurse.again().await;
    assert_eq!(break_glass(&nurse, &path.0).await.status, 201);
    assert_eq!(break_glass(&nurse, &path.1).await.status, 201);
    app.app.clock.shift(PAUSE);
    assert_eq!(break_glass(&nurse.again().await, &path.0).await.status, 201);
    let told = mails(&app, admin).await;
    assert_eq!(told.len(), 4);
    assert!(told[3].1.contains("One more record was opened since the last mail."), "{}", told[3].1);
}

#[tokio::test]
async fn an_opening_and_its_mail_are_one_and_practice_has_none() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    app.sql("alter table public.mails add constraint crash check (template <> 'records_opened')").await;
    assert!(break_glass(&stage.nurse, &stage.path(1)).await.status >= 400);
    assert!(stage.clinic.sql("select id from break_glass").await.is_empty(), "no opening without its mail");
    assert!(app.sql("select user_id from public.opening_mails").await.is_empty());
    assert_eq!(stage.nurse.get(&stage.path(1)).await.status, 403, "and the record stays closed");
    app.sql("alter table public.mails drop constraint crash").await;

    let practice = stage.desk.post("/api/v1/patients/practice", &json!({})).await.json;
    stage.clinic.sql("update patients set confidentiality = 'R' where is_practice").await;
    assert_eq!(break_glass(&stage.nurse, &path_of(&practice)).await.status, 201);
    assert_eq!(total(&app).await, 0, "practice is no alarm");
    // By the page as well.
    let page = stage.nurse.browser().await;
    let form = format!("{}/break-glass", stage.page(1));
    let opened = page.submit(&form, &[("reason", "Emergency: unconscious")]).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    assert_eq!(total(&app).await, 2);
    // What the pager swaps is there.
    let list = stage.clinic.admin().await.browser().await.get("/patients/opened").await;
    assert!(list.text.contains(r#"id="rows""#), "{}", list.text);
}
