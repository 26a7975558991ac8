//! Opening a record with a reason: who, when, why, and who reads that.

use super::*;

#[tokio::test]
async fn a_reason_opens_a_record_to_one_person_for_four_hours() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let other = stage.clinic.staff(SystemRole::Nurse).await;
    for n in [1, 2] {
        let path = stage.path(n);
        for part in ["", "/history", "/consents"] {
            let closed = stage.nurse.get(&format!("{path}{part}")).await;
            assert_eq!(code(&closed), (403, "patients.confidential".into()), "{part}");
            tells_nothing(part, &closed);
        }
        for reason in [
            json!({}),
            json!({ "reason": " " }),
            json!({ "reason": "x" }),
            json!({ "reason": "x".repeat(501) }),
        ] {
            assert_eq!(
                stage.nurse.post(&format!("{path}/break-glass"), &reason).await.status,
                422,
                "{reason}"
            );
        }
        let opened = break_glass(&stage.nurse, &path).await;
        assert_eq!((opened.status, opened.header("location")), (201, path.as_str()), "{}", opened.text);
        let seen = stage.nurse.get(&path).await;
        assert_eq!((seen.status, &seen.json["last_name"]), (200, &stage.patients[n]["last_name"]));
        assert_eq!(seen.json["is_withheld"], false);
        assert_eq!(stage.nurse.get(&format!("{path}/history")).await.status, 200);
        assert_eq!(
            code(&other.get(&path).await),
            (403, "patients.confidential".into()),
            "it opens to one person"
        );
    }
    let rows = stage.clinic.sql("select * from break_glass order by opened_at, id").await;
    let me = stage.nurse.get("/api/v1/auth/me").await.json["id"].clone();
    assert_eq!(rows.len(), 2);
    for (row, n) in rows.iter().zip([1, 2]) {
        assert_eq!((&row["user_id"], &row["patient_id"]), (&me, &stage.patients[n]["id"]));
        assert_eq!(row["reason"], "Emergency: unconscious");
    }
    assert_eq!(list(&stage.nurse, &[]).await.json["total"], 2, "lists stay as they are");
    assert_eq!(
        code(&break_glass(&stage.nurse, &stage.path(0)).await),
        (409, "patients.not_restricted".into())
    );
    // Without the right to see patients there is no glass.
    let pharmacist = stage.clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(break_glass(&pharmacist, &stage.path(1)).await.status, 403);

    app.app.clock.shift(4 * 3600 - 60);
    let nurse = stage.nurse.again().await;
    assert_eq!(nurse.get(&stage.path(1)).await.status, 200, "still open");
    app.app.clock.shift(120);
    assert_eq!(
        code(&nurse.get(&stage.path(1)).await),
        (403, "patients.confidential".into()),
        "and closed again"
    );
}

#[tokio::test]
async fn a_page_asks_for_the_reason_and_leads_back() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = stage.nurse.browser().await;
    let record = stage.page(2);
    for part in ["", "/history"] {
        let led = nurse.get(&format!("{record}{part}")).await;
        assert_eq!(
            (led.status, led.header("location")),
            (303, format!("{record}/break-glass?next={record}{part}").as_str())
        );
    }
    // In no list, and reached all the same by who holds the code.
    let search = nurse.submit("/patients/search", &[("search", "p-00003")]).await;
    assert!(search.text.contains("action=\"/patients/open\"") && search.text.contains("No patient matches"));
    assert!(
        !nurse.submit("/patients/search", &[("search", "Vidyason")]).await.text.contains("/patients/open")
    );
    let held = nurse.submit("/patients/open", &[("code", "p-00003")]).await;
    assert_eq!((held.status, held.header("location")), (303, record.as_str()));
    let nobody = nurse.submit("/patients/open", &[("code", "P-09999")]).await;
    assert!(nobody.status == 200 && nobody.text.contains("No patient matches"), "{}", nobody.text);
    let asked = nurse.get(&format!("{record}/break-glass?next={record}/history")).await;
    assert_eq!(asked.status, 200);
    tells_nothing("the question", &asked);
    for part in ["P-00003", "very restricted", "4 hours", "Open the record"] {
        assert!(asked.text.contains(part), "{part} in {}", asked.text);
    }
    let to = format!("{record}/break-glass");
    let blank = nurse.submit(&to, &[("reason", ""), ("next", &record)]).await;
    assert!(blank.status == 422 && blank.text.contains("id=\"reason-error\""), "{}", blank.text);
    let revealed = nurse.submit(&format!("{record}/reveal"), &[("field", "phone")]).await;
    assert_eq!((revealed.status, revealed.header("hx-redirect")), (403, to.as_str()), "{}", revealed.text);
    assert!(revealed.text.contains("This record asks for a reason first"), "{}", revealed.text);

    let next = format!("{record}/history");
    let opened = nurse.submit(&to, &[("reason", "She is unconscious"), ("next", &next)]).await;
    assert_eq!((opened.status, opened.header("location")), (303, next.as_str()));
    for elsewhere in ["https://evil.example", "/patients", "//evil.example", "/patients/../console", &to] {
        let led = nurse.submit(&to, &[("reason", "She is unconscious"), ("next", elsewhere)]).await;
        assert_eq!(led.header("location"), record, "{elsewhere}");
    }
    let shown = nurse.get(&record).await.text;
    assert!(
        shown.contains("is-opened")
            && shown.contains("Very restricted")
            && shown.contains("Open to you until"),
        "{shown}"
    );
    assert_eq!(nurse.get(&to).await.header("location"), record, "it lies open already");
    // Known attempts of known people are on record.
    crate::harness::eventually("the refusals are on record", async || {
        let rows = app.sql("select route from public.denied_attempts where status = 403").await;
        rows.iter().filter(|row| row["route"] == "/patients/{patient_id}").count() == 1
    })
    .await;
}

#[tokio::test]
async fn each_look_at_a_confidential_record_is_audited_durably_with_its_level() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    // At COMMIT, after everything that the transaction set for itself.
    stage
        .clinic
        .sql(
            "create table looks (kind text, entity_id uuid, sync text);
             create function looked() returns trigger language plpgsql security definer as $$
             begin
                 insert into looks values (new.kind, new.entity_id, current_setting('synchronous_commit'));
                 return null;
             end $$;
             alter function looked() set search_path from current;
             create constraint trigger looked after insert on audit_events deferrable initially deferred
                 for each row execute function looked()",
        )
        .await;
    // The databases of tests are set to be quick; new connections are as a hospital's would be.
    app.sql("do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$")
        .await;
    let second = app.second_instance().await;
    let (doctor, nurse) = (stage.doctor.on(&second.router), stage.nurse.on(&second.router));
    break_glass(&nurse, &stage.path(1)).await;
    for n in 0..3 {
        doctor.get(&stage.path(n)).await;
    }
    nurse.get(&stage.path(1)).await;
    doctor.browser().await.get(&stage.page(2)).await;
    doctor.get(&format!("{}/history", stage.path(2))).await;
    doctor.get(&format!("{}/consents", stage.path(1))).await;
    let looks = stage.clinic.sql("select kind, sync, entity_id from looks where kind = 'viewed'").await;
    assert_eq!(looks.len(), 7);
    for look in looks {
        let plain = look["entity_id"] == stage.patients[0]["id"];
        assert_eq!(look["sync"], if plain { "off" } else { "on" }, "{look}");
    }
    let rows = stage.clinic.audit().await;
    let details: Vec<&Value> =
        rows.iter().filter(|row| row["kind"] == "viewed").map(|row| &row["detail"]).collect();
    // The first one is of the stage: a mark that changed nothing.
    assert_eq!(
        details[1..],
        [
            &Value::Null,
            &json!({ "confidentiality": "R" }),
            &json!({ "confidentiality": "V" }),
            &json!({ "confidentiality": "R", "opened": "break_glass" }),
            &json!({ "confidentiality": "V" }),
            &json!({ "confidentiality": "V", "part": "history" }),
            &json!({ "confidentiality": "R", "part": "consents" }),
        ]
    );
    let broke = rows.iter().find(|row| row["kind"] == "broke_glass").unwrap();
    assert_eq!(
        (&broke["entity_id"], &broke["detail"]["confidentiality"]),
        (&stage.patients[1]["id"], &json!("R"))
    );
    assert!(!serde_json::to_string(&rows).unwrap().contains("unconscious"), "the reason is kept elsewhere");
}

#[tokio::test]
async fn who_opened_which_record_and_why_is_read_by_who_may_mark_records() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    const OPENED: &str = "/api/v1/patients/opened";
    let nobody = stage.doctor.browser().await.get("/patients/opened").await;
    assert!(
        nobody.status == 200 && nobody.text.contains("Nobody opened a record with a reason"),
        "{}",
        nobody.text
    );
    for n in [1, 2] {
        assert_eq!(break_glass(&stage.nurse, &stage.path(n)).await.status, 201);
    }
    let read = stage.doctor.get(OPENED).await;
    assert_eq!((read.status, &read.json["total"]), (200, &json!(2)), "{}", read.text);
    let newest = &read.json["items"][0];
    let me = stage.nurse.get("/api/v1/auth/me").await.json["id"].clone();
    assert_eq!(
        (&newest["patient_code"], &newest["confidentiality"], &newest["reason"]),
        (&json!("P-00003"), &json!("V"), &json!("Emergency: unconscious"))
    );
    assert_eq!((&newest["opened_by_id"], &newest["opened_by_name"]), (&me, &json!("Meera Kulkarni")));
    tells_nothing("the list of openings", &read);
    let second = stage.doctor.get(&format!("{OPENED}?page=2&page_size=1")).await.json;
    assert_eq!(second["items"][0]["patient_code"], "P-00002");
    for (query, total) in [("opened_to=2020-01-01", 0), ("opened_from=2020-01-01", 2)] {
        assert_eq!(stage.doctor.get(&format!("{OPENED}?{query}")).await.json["total"], total, "{query}");
    }
    assert_eq!(stage.doctor.get(&format!("{OPENED}?opened_from=yesterday")).await.status, 422);
    for person in [&stage.nurse, &stage.desk] {
        assert_eq!(person.get(OPENED).await.status, 403);
    }

    let (doctor, nurse) = (stage.doctor.browser().await, stage.nurse.browser().await);
    let page = doctor.get("/patients/opened?opened=today").await;
    for part in ["Emergency: unconscious", "P-00003", "Very restricted", "Meera Kulkarni", &stage.page(2)] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(doctor.get("/patients").await.text.contains("href=\"/patients/opened\""));
    assert!(!nurse.get("/patients").await.text.contains("href=\"/patients/opened\""));
    assert_eq!(nurse.get("/patients/opened").await.status, 403);
    let rows = stage.clinic.audit().await;
    assert!(rows.iter().any(|row| row["kind"] == "listed" && row["entity"] == "break_glass"), "{rows:?}");
    // What is tried out in practice is nobody's affair.
    let practice =
        "update patients set is_practice = true, registered_as = 'PRACTICE' where patient_code = 'P-00003'";
    stage.clinic.sql(practice).await;
    assert_eq!(stage.doctor.get(OPENED).await.json["total"], 1);
}

#[tokio::test]
async fn codes_that_are_tried_are_on_record_and_held_up() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = stage.nurse.browser().await;
    let asked = async || {
        let rows = stage.clinic.audit().await;
        let asked =
            rows.iter().filter(|row| row["kind"] == "asked" && row["entity_id"] == stage.patients[2]["id"]);
        asked.count()
    };
    assert_eq!(nurse.submit("/patients/open", &[("code", "P-00003")]).await.status, 303);
    assert_eq!(asked().await, 1, "by its code");
    assert_eq!(nurse.get(&format!("{}/break-glass", stage.page(2))).await.status, 200);
    assert_eq!(asked().await, 2, "by its address");
    assert_eq!(nurse.get(&format!("{}/merge?with=P-00003", stage.page(0))).await.status, 403);
    assert_eq!(asked().await, 3, "by comparing");
    let mut held_up = false;
    for n in 0..40 {
        let reply = nurse.submit("/patients/open", &[("code", &format!("P-{n:05}"))]).await;
        held_up |= reply.status == 429;
    }
    assert!(held_up, "one after the other");
    let other = stage.clinic.staff(SystemRole::Nurse).await.browser().await;
    assert_eq!(other.submit("/patients/open", &[("code", "P-00003")]).await.status, 303, "only for them");
}
