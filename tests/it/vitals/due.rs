//! Who waits: for the first set of a visit, and for the next.

use super::*;

async fn names(who: &Client, path: &str) -> Vec<String> {
    let reply = who.get(path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let lines = reply.json.as_array().unwrap();
    lines.iter().map(|line| line["patient_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_queue_is_who_arrived_without_a_set_and_saving_opens_the_next() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    assert!(names(&nurse, &format!("{VITALS}/queue")).await.is_empty());
    let asha = stage.booked(&stage.asha, &stage.quarter(1)).await;
    assert!(names(&nurse, &format!("{VITALS}/queue")).await.is_empty(), "booked, and not here yet");
    let asha = stage.desk_does(&asha, "check-in", &json!({})).await;
    stage.pass(3);
    let meena = stage.patient(7).await;
    let ravi = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    let ravi = stage.desk_does(&ravi, "check-in", &json!({})).await;
    stage.pass(14);
    let third = stage.booked(&meena, &stage.quarter(2)).await;
    let third = stage.desk_does(&third, "check-in", &json!({})).await;
    stage
        .clinic
        .sql(&format!(
            "update appointments set priority = 'EMERGENCY', priority_reason = 'Chest pain' where id = '{}'",
            third["id"].as_str().unwrap()
        ))
        .await;
    let queue = format!("{VITALS}/queue");
    assert_eq!(
        names(&nurse, &queue).await,
        ["Meena Nair", "Asha Rao", "Ravi Iyer"],
        "priority, then who waits longest"
    );

    let page = nurse.browser().await;
    let shown = page.get("/vitals/queue").await.text;
    assert!(shown.contains("Emergency") && shown.contains("Take vitals"), "{shown}");
    let to = format!("/patients/{}/vitals/new", meena["id"].as_str().unwrap());
    let fields = [("heart_rate", "88"), ("appointment_id", third["id"].as_str().unwrap()), ("from", "queue")];
    let saved = page.submit(&to, &fields).await;
    let next = format!(
        "/patients/{}/vitals/new?appointment_id={}&from=queue&done=vitals-next",
        stage.asha["id"].as_str().unwrap(),
        asha["id"].as_str().unwrap()
    );
    assert_eq!((saved.status, saved.header("location")), (303, next.as_str()), "{}", saved.text);
    assert_eq!(page.get(&next).await.status, 200);
    recorded(&nurse, &set(&stage.ravi, json!({ "appointment_id": ravi["id"] }))).await;
    let to = format!("/patients/{}/vitals/new", stage.asha["id"].as_str().unwrap());
    let fields = [("heart_rate", "72"), ("appointment_id", asha["id"].as_str().unwrap()), ("from", "queue")];
    let last = page.submit(&to, &fields).await;
    assert_eq!(last.header("location"), "/vitals/queue?done=vitals-last");
    // What was entered in error has not been taken.
    let kept = listed(&nurse, &stage.asha, "").await;
    let end = format!("{VITALS}/{}/entered-in-error", kept[0]["id"].as_str().unwrap());
    assert_eq!(nurse.post(&end, &json!({ "reason": "Wrong patient" })).await.status, 200);
    assert_eq!(names(&nurse, &queue).await, ["Asha Rao"]);
}

#[tokio::test]
async fn the_next_set_is_due_by_the_score_in_elapsed_time() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let body = |fields: Value| {
        let mut body = set(&stage.asha, fields);
        body["appointment_id"] = visit["id"].clone();
        body
    };
    let (due, overdue) = (format!("{VITALS}/due"), format!("{VITALS}/due?state=overdue"));
    let first =
        recorded(&nurse, &body(json!({ "respiratory_rate": 22, "spo2": 93, "heart_rate": 95 }))).await;
    assert_eq!(first["news2"]["total"], 5);
    assert_eq!(names(&nurse, &due).await, ["Asha Rao"], "within the hour");
    assert!(names(&nurse, &overdue).await.is_empty());
    stage.pass(59);
    assert!(names(&nurse, &overdue).await.is_empty());
    stage.pass(6);
    let nurse = nurse.again().await;
    assert_eq!(names(&nurse, &overdue).await, ["Asha Rao"]);
    let line = nurse.get(&overdue).await.json;
    assert!((4..=6).contains(&line[0]["overdue_minutes"].as_i64().unwrap()), "{line}");
    let page = nurse.browser().await.get("/vitals/due?state=overdue").await.text;
    assert!(page.contains("Overdue, ") && page.contains("NEWS2 5"), "{page}");
    // A set that says nothing about the score does not silence it.
    let weight = json!({ "patient_id": stage.asha["id"], "appointment_id": visit["id"], "weight_kg": 60 });
    recorded(&nurse, &weight).await;
    assert_eq!(names(&nurse, &overdue).await, ["Asha Rao"]);
    // One that does moves it on, and a late one from before does not move it back.
    recorded(&nurse, &body(json!({}))).await;
    assert!(names(&nurse, &due).await.is_empty(), "well, so in twelve hours");
    let earlier = (stage.now() - jiff::SignedDuration::from_mins(30)).to_string();
    recorded(&nurse, &body(json!({ "recorded_at": earlier, "spo2": 95 }))).await;
    assert!(names(&nurse, &due).await.is_empty());
    // Whoever has gone home is on no list.
    let doctor = stage.doctor.again().await;
    let begun = stage.act(&doctor, &visit, "start-consultation", &json!({})).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    stage.pass(12 * 60 - 20);
    let nurse = nurse.again().await;
    assert_eq!(names(&nurse, &due).await, ["Asha Rao"]);
    stage.clinic.sql("update appointments set status = 'COMPLETED', completed_at = now()").await;
    assert!(names(&nurse, &due).await.is_empty());
}
