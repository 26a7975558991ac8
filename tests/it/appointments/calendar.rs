//! The plan of a day and of a week.

use serde_json::json;

use super::{Stage, an_app, doctor_of};

#[tokio::test]
async fn the_plan_shows_who_is_when_and_offers_what_is_free() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (_, other) = doctor_of(&stage.clinic, &stage.department).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(4)).await;
    let id = booked["id"].as_str().unwrap();
    let page = stage.desk.browser().await;
    let day = page.get("/appointments/day").await;
    assert_eq!(day.status, 200, "{}", day.text);
    assert!(
        day.text.contains(&format!("href=\"/appointments/{id}\"")) && day.text.contains("Asha Rao"),
        "{}",
        day.text
    );
    assert!(day.text.contains(&format!("data-move=\"/appointments/{id}/move\"")), "can be dragged");
    let free = format!("data-at=\"{}\" data-doctor=\"{other}\"", stage.quarter(4));
    assert!(day.text.contains(&free), "the other doctor is free then");
    let taken = format!("data-at=\"{}\" data-doctor=\"{}\"", stage.quarter(4), stage.doctor_id);
    assert!(!day.text.contains(&taken), "the doctor is not");
    assert!(
        !day.text.contains(&format!("data-at=\"{}\"", stage.quarter(-2))),
        "what has passed is not offered"
    );
    // Dragging posts to the same address as the form, and leads back to the plan.
    let at = stage.quarter(6);
    let moved = page
        .submit(
            &format!("/appointments/{id}/move"),
            &[("scheduled_at", &at), ("doctor_user_id", &other), ("from", "day")],
        )
        .await;
    assert_eq!(moved.status, 303, "{}", moved.text);
    assert!(moved.header("location").starts_with("/appointments/day?date="), "{}", moved.header("location"));
    let row = stage.row(&booked).await;
    assert_eq!(row["doctor_user_id"], json!(other));
    let week = page.get(&format!("/appointments/week?doctor={other}")).await;
    assert!(week.text.contains("Asha Rao") && week.text.contains("Monday"), "{}", week.text);
    let nobody = page.get(&format!("/appointments/week?doctor={}", stage.doctor_id)).await;
    assert!(!nobody.text.contains("Asha Rao"));
    // A doctor moves nothing by dragging.
    let plan = stage.doctor.browser().await.get("/appointments/day").await;
    assert!(plan.text.contains("Asha Rao") && !plan.text.contains("data-move"), "{}", plan.text);
}

#[tokio::test]
async fn a_time_of_somebody_nobody_may_know_of_is_taken_without_a_name() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    stage.booked(&stage.asha, &stage.quarter(4)).await;
    let admin = stage.clinic.admin().await;
    let marked = admin
        .patch(
            &crate::patients::path_of(&stage.asha),
            &json!({ "confidentiality": "V", "change_reason": "Known in town" }),
        )
        .await;
    assert_eq!(marked.status, 200, "{}", marked.text);
    let nurse = stage.clinic.staff(hms::clinic::roles::SystemRole::Nurse).await.browser().await;
    let day = nurse.get("/appointments/day").await;
    assert!(day.text.contains("Taken") && !day.text.contains("Asha Rao"), "{}", day.text);
}

#[tokio::test]
async fn a_plan_of_any_day_opens_and_nonsense_is_today() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let page = stage.desk.browser().await;
    for path in [
        "/appointments/day?date=2027-10-31",
        "/appointments/day?date=never&department=none",
        "/appointments/day?date=0001-01-01",
        "/appointments/week?date=2028-03-26",
        "/appointments/week?date=9999-12-31&doctor=",
    ] {
        let reply = page.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    }
    assert_eq!(page.get("/appointments/week?doctor=0199c3a1-52e4-7b06-9d1f-3c5e8a7b2f10").await.status, 404);
}
