//! The reason that opens a record of somebody else's patient, and who says a word about it.

use super::*;

const OPENED: &str = "/api/v1/patients/opened";

async fn opened(person: &Client, query: &str) -> Vec<Value> {
    let reply = person.get(&format!("{OPENED}{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_doctor_in_an_emergency_is_never_shut_out() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let page = stage.ben.browser().await;
    let record = stage.page(0);
    let led = page.get(&record).await;
    assert_eq!(
        (led.status, led.header("location")),
        (303, format!("{record}/break-glass?next={record}").as_str())
    );
    let asked = page.get(&format!("{record}/break-glass?next={record}")).await;
    for part in ["This is not your patient", "P-00001", "4 hours", "Open the record"] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }
    assert!(!asked.text.contains("Asha Rao") && !asked.text.contains("restricted."), "{}", asked.text);
    let to = format!("{record}/break-glass");
    let through = page.submit(&to, &[("reason", "She collapsed in the hall"), ("next", &record)]).await;
    assert_eq!((through.status, through.header("location")), (303, record.as_str()), "{}", through.text);
    let banner = page.get(&record).await.text;
    assert!(banner.contains("is-opened") && banner.contains("Not your patient"), "{banner}");
    // Everything: reading and writing, and to nobody else.
    let changed = stage.ben.patch(&stage.path(0), &json!({ "blood_group": "O-" })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(code(&stage.ana.get(&stage.path(0)).await), not_linked());
    assert!(shown(&stage.ben, &[]).await.is_empty(), "lists stay as they are");
    assert_eq!(code(&stage.ben.get(&stage.path(1)).await), not_linked(), "one record");

    let looks = stage.clinic.audit().await;
    let looks: Vec<&Value> = looks.iter().filter(|row| row["detail"]["opened"] == "break_glass").collect();
    assert!(looks.len() >= 2 && looks.iter().all(|row| row["detail"]["confidentiality"] == "N"), "{looks:?}");
    app.app.clock.shift(4 * 3600 - 60);
    let ben = stage.ben.again().await;
    assert_eq!(ben.get(&stage.path(0)).await.status, 200, "still open");
    app.app.clock.shift(120);
    assert_eq!(code(&ben.get(&stage.path(0)).await), not_linked(), "and closed again");
    assert_eq!(break_glass(&ben, &stage.path(0)).await.json["kind"], "NOT_LINKED", "and opened again");
}

#[tokio::test]
async fn a_reason_for_somebody_elses_patient_opens_no_secret() {
    let app = TestApp::new().await;
    let stage = Stage::off(&app).await;
    stage.clinic.take("patients:restrict", SystemRole::Doctor).await;
    switch(&stage.admin, true).await;
    let ben = stage.ben.again().await;
    let broken = break_glass(&ben, &stage.path(0)).await;
    assert_eq!((broken.status, &broken.json["kind"]), (201, &json!("NOT_LINKED")), "{}", broken.text);
    assert_eq!(ben.get(&stage.path(0)).await.status, 200);
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(stage.admin.patch(&stage.path(0), &mark).await.status, 200);
    assert_eq!(code(&ben.get(&stage.path(0)).await), (403, "patients.confidential".into()));
    let broken = break_glass(&ben, &stage.path(0)).await;
    assert_eq!((broken.status, &broken.json["kind"]), (201, &json!("CONFIDENTIAL")));
    assert_eq!(ben.get(&stage.path(0)).await.status, 200, "one reason opens both");
    // On the team, the secret still is one.
    let team = assign(&stage.admin, &stage.path(0), json!({ "user_id": me(&stage.ana).await })).await;
    assert_eq!(team.status, 201);
    let ana = stage.ana.again().await;
    assert_eq!(code(&ana.get(&stage.path(0)).await), (403, "patients.confidential".into()));
}

#[tokio::test]
async fn each_opening_is_reviewed_once_and_by_somebody_else() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let first = break_glass(&stage.ben, &stage.path(0)).await.json["id"].clone();
    let second = break_glass(&stage.ben, &stage.path(1)).await.json["id"].clone();
    let word = |id: &Value| format!("{OPENED}/{}/review", id.as_str().unwrap());
    let justified = json!({ "outcome": "JUSTIFIED" });
    // Doctors may review, but not what they opened themselves; who does not read openings does not review them.
    assert_eq!(
        code(&stage.ben.post(&word(&first), &justified).await),
        (403, "confidential.own_opening".into())
    );
    assert_eq!(stage.nurse.post(&word(&first), &justified).await.status, 403);
    for (body, status) in [
        (json!({}), 422),
        (json!({ "outcome": "FINE" }), 422),
        (json!({ "outcome": "FOLLOW_UP" }), 422),
        (json!({ "outcome": "FOLLOW_UP", "note": " " }), 422),
    ] {
        assert_eq!(stage.ana.post(&word(&first), &body).await.status, status, "{body}");
    }
    assert_eq!(opened(&stage.admin, "?review=waiting").await.len(), 2);
    let today = stage.ana.browser().await.get("/today").await;
    assert!(today.text.contains("2 records were opened with a reason"), "{}", today.text);
    let own = stage.ben.browser().await;
    assert!(
        !own.get("/today").await.text.contains("opened with a reason"),
        "nobody is asked about their own"
    );
    assert!(own.get("/patients/opened").await.text.contains("somebody else reviews it"));

    let (a, b) = (stage.ana.again().await, stage.admin.again().await);
    let path = word(&first);
    let (one, other) = tokio::join!(a.post(&path, &justified), b.post(&path, &justified));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.text, other.text);
    let page = stage.admin.browser().await;
    let to = format!("/patients/opened/{}/review", second.as_str().unwrap());
    let blank = page.submit(&to, &[("outcome", "FOLLOW_UP"), ("note", "")]).await;
    assert!(blank.status == 422 && blank.text.contains("Say what is to be done"), "{}", blank.text);
    let said = page.submit(&to, &[("outcome", "FOLLOW_UP"), ("note", "Ask him on Monday")]).await;
    assert_eq!(
        (said.status, said.header("location")),
        (303, "/patients/opened?review=waiting&done=reviewed")
    );
    assert_eq!(page.submit(&to, &[("outcome", "JUSTIFIED"), ("note", "")]).await.status, 409);
    assert!(page.get("/patients/opened").await.text.contains("Ask him on Monday"));

    assert!(opened(&stage.admin, "?review=waiting").await.is_empty());
    assert_eq!(opened(&stage.admin, "?review=justified").await[0]["id"], first);
    let follow = opened(&stage.admin, "?review=follow_up").await;
    assert_eq!((&follow[0]["id"], &follow[0]["review"]["note"]), (&second, &json!("Ask him on Monday")));
    assert_eq!(follow[0]["kind"], "NOT_LINKED");
    assert!(!stage.ana.browser().await.get("/today").await.text.contains("opened with a reason"));
    let rows = stage.clinic.audit().await;
    let reviews: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "reviewed").collect();
    assert_eq!(reviews.len(), 2);
    assert!(!serde_json::to_string(&rows).unwrap().contains("Monday"), "the note is kept elsewhere");
    // Nobody changes a word: the hospital's role has no right to.
    for statement in
        ["update break_glass_reviews set outcome = 'JUSTIFIED'", "delete from break_glass_reviews"]
    {
        let client = app.target().connect(&app.target().app).await.unwrap();
        let role = format!("set role {0}; set search_path to {0}; {statement}", stage.clinic.schema);
        let refused = client.batch_execute(&role).await.unwrap_err();
        assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{statement}");
    }
}
