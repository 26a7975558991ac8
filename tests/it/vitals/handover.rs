//! The hand-over sheet: who is there now, from live data, as far as the reader may know.

use super::*;

const SHEET: &str = "/api/v1/vitals/handover";

async fn sheet(who: &Client, query: &str) -> Vec<Value> {
    let reply = who.get(&format!("{SHEET}{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json.as_array().unwrap().clone()
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["patient_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_sheet_has_who_is_there_the_most_urgent_first_with_what_is_known() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    assert!(sheet(&nurse, "").await.is_empty());
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    assert!(sheet(&nurse, "").await.is_empty(), "booked, and not here yet");
    let asha = stage.desk_does(&booked, "check-in", &json!({})).await;
    stage
        .clinic
        .sql(&format!(
            "update appointments set reason = 'Chest tightness' where id = '{}'",
            asha["id"].as_str().unwrap()
        ))
        .await;
    let meena = stage.patient(7).await;
    let third = stage.booked(&meena, &stage.quarter(2)).await;
    stage.desk_does(&third, "check-in", &json!({})).await;
    for (list, entry) in
        [("allergies", json!({ "substance": "Penicillin" })), ("conditions", json!({ "text": "Asthma" }))]
    {
        let made = stage.doctor.post(&format!("{}/{list}", path_of(&stage.asha)), &entry).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let mut body = set(&stage.asha, json!({}));
    body["appointment_id"] = asha["id"].clone();
    recorded(&nurse, &body).await;
    stage.pass(10);
    // Worse: an alarm rings, and the next set is due within the hour. Ravi is not here, and has an alarm.
    body["respiratory_rate"] = json!(25);
    body["spo2"] = json!(93);
    let worse = recorded(&nurse, &body).await;
    assert_eq!(worse["news2"]["total"], 5);
    recorded(&nurse, &set(&stage.ravi, json!({ "respiratory_rate": 26, "spo2": 90, "heart_rate": 115 })))
        .await;

    let lines = sheet(&nurse, "").await;
    assert_eq!(names(&lines), ["Ravi Iyer", "Asha Rao", "Meena Nair"], "the highest alarm first");
    let line = &lines[1];
    assert_eq!(line["patient_code"], stage.asha["patient_code"]);
    assert_eq!(
        (&line["visit"]["appointment_id"], &line["visit"]["status"]),
        (&asha["id"], &json!("CHECKED_IN"))
    );
    assert_eq!(
        (&line["visit"]["reason"], &line["department"]),
        (&json!("Chest tightness"), &json!("General Medicine"))
    );
    assert!(line["allergies"].as_str().unwrap().contains("Penicillin"), "{line}");
    assert!(line["conditions"].as_str().unwrap().contains("Asthma"), "{line}");
    assert_eq!((&line["latest"]["id"], &line["alarm_level"]), (&worse["id"], &json!(2)));
    let totals: Vec<_> =
        line["news2_trend"].as_array().unwrap().iter().map(|one| &one["news2_total"]).collect();
    assert_eq!(totals, [&json!(0), &json!(5)]);
    assert_eq!((&line["next_due_at"], &line["overdue_minutes"]), (&worse["next_due_at"], &json!(0)));
    assert_eq!((&lines[2]["latest"], &lines[2]["allergies"]), (&Value::Null, &Value::Null));

    // By department: an alarm without a visit is of none.
    let here = format!("?department_id={}", stage.department);
    assert_eq!(names(&sheet(&nurse, &here).await), ["Asha Rao", "Meena Nair"]);
    let elsewhere = crate::appointments::department_of(&stage.clinic, "Cardiology").await;
    assert!(sheet(&nurse, &format!("?department_id={elsewhere}")).await.is_empty());
    let unknown = format!("{SHEET}?department_id={}", stage.doctor_id);
    assert_eq!(code(&nurse.get(&unknown).await), refused(404, "not_found"));

    // A score of weeks ago says nothing of now.
    recorded(&nurse, &set(&meena, json!({ "respiratory_rate": 22 }))).await;
    let of_meena = format!("where patient_id = '{}'", meena["id"].as_str().unwrap());
    stage
        .clinic
        .sql(&format!(
            "update vitals set is_watched = false, recorded_at = recorded_at - interval '20 days' {of_meena}"
        ))
        .await;

    // On the page, with room for words, and on record for each who was told of.
    stage.pass(70);
    let nurse = nurse.again().await;
    let page = nurse.browser().await.get(&format!("/vitals/handover{here}")).await;
    for part in [
        "Hand-over, General Medicine",
        "Urgent review: alarm open since",
        "Comes for:",
        "0, 5: rising",
        "Penicillin",
        "Overdue, ",
        "not asked yet",
        "No vital signs in the last 3 days",
        "data-print",
        "<textarea",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("Ravi Iyer"), "{}", page.text);
    let audit = stage.clinic.audit().await;
    let looks = |patient: &Value| {
        let seen = |row: &&Value| row["entity_id"] == patient["id"] && row["detail"]["list"] == "handover";
        audit.iter().filter(seen).count()
    };
    assert_eq!([looks(&stage.asha), looks(&meena), looks(&stage.ravi)], [3, 3, 1]);
    // Who has gone home and needs nothing is on no sheet.
    stage.clinic.sql("update appointments set status = 'COMPLETED', completed_at = now()").await;
    stage.clinic.sql("update escalations set next_at = null, closed_at = now()").await;
    assert_eq!(names(&sheet(&nurse, "").await), ["Ravi Iyer"], "whose next set is overdue, without a visit");
}

#[tokio::test]
async fn what_may_not_be_known_is_on_no_sheet() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let allergy = json!({ "substance": "Penicillin" });
    assert_eq!(stage.doctor.post(&format!("{}/allergies", path_of(&stage.asha)), &allergy).await.status, 201);
    let body = json!({ "appointment_id": visit["id"], "respiratory_rate": 25, "spo2": 91 });
    recorded(&nurse, &set(&stage.asha, body)).await;
    let mark = json!({ "confidentiality": "R", "change_reason": "Works here" });
    assert_eq!(stage.doctor.patch(&path_of(&stage.asha), &mark).await.status, 200);
    let reply = nurse.get(SHEET).await;
    let line = &reply.json[0];
    assert_eq!((&line["patient_name"], &line["is_withheld"]), (&json!("Restricted"), &json!(true)));
    for field in ["visit", "allergies", "conditions", "latest"] {
        assert_eq!(line[field], Value::Null, "{field}");
    }
    assert_eq!(line["news2_trend"], json!([]));
    let page = nurse.browser().await.get("/vitals/handover").await.text;
    assert!(
        !page.contains("Asha Rao") && !page.contains("Penicillin") && !page.contains("NEWS2 6"),
        "{page}"
    );
    assert_eq!(stage.doctor.get(SHEET).await.json[0]["patient_name"], "Asha Rao");
    let mark = json!({ "confidentiality": "V", "change_reason": "Works here" });
    assert_eq!(stage.doctor.patch(&path_of(&stage.asha), &mark).await.status, 200);
    assert_eq!(nurse.get(SHEET).await.json, json!([]));
    let other = app.hospital("Other Clinic").await;
    let theirs = other.staff(SystemRole::Nurse).await;
    assert_eq!(theirs.get(SHEET).await.json, json!([]));
    assert_eq!(theirs.get(&format!("{SHEET}?department_id={}", stage.department)).await.status, 404);
    stage.clinic.take("vitals:view", SystemRole::Nurse).await;
    assert_eq!(nurse_of(&stage).await.get(SHEET).await.status, 403);
}

#[tokio::test]
async fn what_was_due_at_a_visit_that_is_over_is_not_due_at_the_next_one() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    recorded(&nurse, &set(&stage.asha, json!({ "appointment_id": visit["id"] }))).await;
    stage.clinic.sql("update appointments set status = 'COMPLETED', completed_at = now()").await;
    let next = stage.booked(&stage.asha, &stage.quarter(2)).await;
    stage.desk_does(&next, "check-in", &json!({})).await;
    // Twelve hours after the set; an hour ago, and days ago.
    for ago in ["13 hours", "5 days"] {
        stage
            .clinic
            .sql(&format!(
                "update vitals set recorded_at = recorded_at - interval '{ago}', next_due_at = next_due_at - interval '{ago}'"
            ))
            .await;
        let lines = sheet(&nurse, "").await;
        assert_eq!((names(&lines), &lines[0]["visit"]["appointment_id"]), (vec!["Asha Rao"], &next["id"]));
        assert_eq!(
            (&lines[0]["next_due_at"], &lines[0]["overdue_minutes"]),
            (&Value::Null, &json!(0)),
            "{ago}: {}",
            lines[0]
        );
        let page = nurse.browser().await.get("/vitals/handover").await.text;
        assert!(!page.contains("Overdue, ") && page.contains("0 overdue"), "{ago}: {page}");
    }
}

#[tokio::test]
async fn who_came_before_midnight_is_handed_over_after_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    arrived(&stage, &stage.asha).await;
    // From ten in the morning to half past midnight; she came at eleven.
    stage.pass(14 * 60 + 30);
    stage.clinic.sql("update appointments set checked_in_at = checked_in_at + interval '13 hours'").await;
    let nurse = nurse_of(&stage).await;
    let queue = format!("{VITALS}/queue");
    assert_eq!(names(&sheet(&nurse, "").await), ["Asha Rao"]);
    assert_eq!(
        nurse.get(&queue).await.json[0]["patient_name"],
        "Asha Rao",
        "nobody took her vital signs yet"
    );
    // In the morning whoever is still in the list has gone home.
    stage.pass(7 * 60);
    let nurse = nurse.again().await;
    assert!(sheet(&nurse, "").await.is_empty());
    assert_eq!(nurse.get(&queue).await.json, json!([]));
}
