//! Which visit a set belongs to where nobody says so, and what it takes the place of.

use super::*;

async fn count(who: &Client, list: &str) -> usize {
    who.get(&format!("{VITALS}/{list}")).await.json.as_array().unwrap().len()
}

#[tokio::test]
async fn a_set_without_a_link_is_of_the_one_visit_that_the_patient_is_here_for() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    assert_eq!(count(&nurse, "queue").await, 1);
    let (booked, other) = (
        stage.booked(&stage.ravi, &stage.quarter(6)).await,
        stage.booked(&stage.ravi, &stage.quarter(8)).await,
    );
    // Taken long before they came: of no visit.
    let before = (stage.now() - jiff::SignedDuration::from_hours(3)).to_string();
    let early = recorded(&nurse, &set(&stage.asha, json!({ "recorded_at": before }))).await;
    assert_eq!((&early["appointment_id"], count(&nurse, "queue").await), (&Value::Null, 1));
    let made = recorded(&nurse, &set(&stage.asha, json!({ "spo2": 93 }))).await;
    assert_eq!((&made["appointment_id"], &made["news2"]["total"]), (&visit["id"], &json!(2)));
    assert_eq!(count(&nurse, "queue").await, 0, "their vital signs were taken");
    stage.pass(3 * 60 + 10);
    let nurse = nurse.again().await;
    assert_eq!(count(&nurse, "due").await, 1, "two points, so due again after four hours");

    // Booked and not here: of no visit. Of two that are under way nobody can say which.
    let made = recorded(&nurse, &set(&stage.ravi, json!({}))).await;
    assert_eq!(made["appointment_id"], Value::Null);
    for one in [&booked, &other] {
        let came = format!(
            "update appointments set status = 'CHECKED_IN', checked_in_at = now() where id = '{}'",
            one["id"].as_str().unwrap()
        );
        stage.clinic.sql(&came).await;
    }
    let made = recorded(&nurse, &set(&stage.ravi, json!({}))).await;
    assert_eq!(made["appointment_id"], Value::Null);
    let said = recorded(&nurse, &set(&stage.ravi, json!({ "appointment_id": other["id"] }))).await;
    assert_eq!(said["appointment_id"], other["id"]);
}

#[tokio::test]
async fn the_forms_of_a_record_and_of_a_consultation_are_of_the_visit() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let id = visit["id"].as_str().unwrap();
    let page = nurse.browser().await;
    let form = page.get(&format!("{}/new", page_of(&stage.asha))).await;
    assert_eq!(form.field("appointment_id"), "", "decided by when it was taken: {}", form.text);
    let doctor = stage.doctor.again().await.browser().await;
    let begun = doctor.submit(&format!("/appointments/{id}/consultation"), &[]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let shown = doctor.get(begun.header("location")).await.text;
    let to = format!("{}/new?appointment_id={id}", page_of(&stage.asha));
    assert!(shown.contains(&format!("href=\"{to}\"")), "{to} in {shown}");
    // Saved from the record, it is of the visit.
    let saved = page.submit(&format!("{}/new", page_of(&stage.asha)), &[("heart_rate", "72")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(listed(&nurse, &stage.asha, "").await[0]["appointment_id"], visit["id"]);
}

#[tokio::test]
async fn a_page_opened_from_a_visit_is_of_it_only_while_the_patient_was_there_for_it() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let id = visit["id"].as_str().unwrap();
    let doctor = stage.doctor.browser().await;
    let begun = doctor.submit(&format!("/appointments/{id}/consultation"), &[]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let to = format!("{}/new", page_of(&stage.asha));
    let sent = async |pulse: &str, more: &[(&str, &str)]| {
        let mut fields = vec![("heart_rate", pulse), ("appointment_id", id)];
        fields.extend_from_slice(more);
        let saved = nurse.browser().await.submit(&to, &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
        let made = format!("select appointment_id from vitals where heart_rate = {pulse}");
        stage.clinic.sql(&made).await.remove(0)["appointment_id"].clone()
    };
    let before = (stage.now() - jiff::SignedDuration::from_hours(3)).to_string();
    assert_eq!(sent("71", &[("recorded_at", before.as_str())]).await, Value::Null, "long before they came");
    assert_eq!(sent("72", &[]).await, visit["id"]);
    let there = stage.now().to_string();
    stage.pass(5);
    stage.doctor_does(&visit, "complete", &json!({})).await;
    stage.pass(30);
    // The page of the finished consultation leads to the form, and not to the visit that is over.
    let doctor = stage.doctor.again().await.browser().await;
    let shown = doctor.get(begun.header("location")).await.text;
    assert!(shown.contains(&format!("href=\"{to}\"")), "{shown}");
    assert!(!shown.contains("vitals/new?appointment_id"), "{shown}");
    // Neither does a page that was left open; what was taken while they were there is of the visit.
    assert_eq!(sent("73", &[]).await, Value::Null);
    assert_eq!(sent("74", &[("recorded_at", there.as_str())]).await, visit["id"]);
    // A program that names a visit means it.
    let named = set(&stage.asha, json!({ "appointment_id": id }));
    assert_eq!(recorded(&nurse.again().await, &named).await["appointment_id"], visit["id"]);
}

#[tokio::test]
async fn a_visit_that_nobody_completed_takes_no_sets_of_another_day_but_those_of_its_night() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    let visit = arrived(&stage, &stage.asha).await;
    let made = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    assert_eq!(made["appointment_id"], visit["id"]);
    // From ten in the morning to two in the night.
    stage.pass(16 * 60);
    let nurse = nurse.again().await;
    let made = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    assert_eq!(made["appointment_id"], Value::Null, "they have gone home");
    let came = stage.now() - jiff::SignedDuration::from_hours(3);
    let id = visit["id"].as_str().unwrap();
    stage.clinic.sql(&format!("update appointments set checked_in_at = '{came}' where id = '{id}'")).await;
    let made = recorded(&nurse, &set(&stage.asha, json!({}))).await;
    assert_eq!(made["appointment_id"], visit["id"], "came an hour before midnight");
}

#[tokio::test]
async fn a_newer_set_takes_the_place_of_an_older_one_that_somebody_was_to_come_back_for() {
    let app = TestApp::new().await;
    let stage = Stage::on(&app).await;
    let nurse = nurse_of(&stage).await;
    // Urgent, so somebody comes back without a visit as well.
    recorded(&nurse, &set(&stage.asha, json!({ "respiratory_rate": 26, "spo2": 90 }))).await;
    assert_eq!(count(&nurse, "due").await, 1);
    stage.pass(5);
    recorded(&nurse, &set(&stage.asha, json!({}))).await;
    assert_eq!(count(&nurse, "due").await, 0, "well since");
    // Neither does one from before bring it back, nor one that says nothing of it.
    let before = (stage.now() - jiff::SignedDuration::from_mins(3)).to_string();
    recorded(&nurse, &set(&stage.asha, json!({ "recorded_at": before }))).await;
    recorded(&nurse, &json!({ "patient_id": stage.asha["id"], "weight_kg": 60 })).await;
    assert_eq!(count(&nurse, "due").await, 0);
}
