//! A doctor falls ill in the middle of a clinic: whoever waits in the house goes on waiting, for a colleague.

use super::*;
use crate::queue::{Room, id_of, walks};

#[tokio::test]
async fn who_waits_is_handed_over_with_token_and_turn() {
    let app = crate::appointments::an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let (sick, colleague) = (doctor(&admin, "Nikhil").await, doctor(&admin, "Sara").await);
    let quarter = |n: i64| {
        let begun = app.app.clock.now().as_second().div_euclid(900) * 900;
        jiff::Timestamp::from_second(begun + n * 900).unwrap().to_string()
    };
    // Of all these times none is free with the colleague.
    let (early, late) = (quarter(1), quarter(2));
    let first = booked(&desk, "Asha", &sick, &early).await;
    let second = booked(&desk, "Bina", &sick, &late).await;
    booked(&desk, "Taken", &colleague, &early).await;
    booked(&desk, "Gone", &colleague, &late).await;
    for one in [&first, &second] {
        let path = format!("/api/v1/appointments/{}/check-in", one["id"].as_str().unwrap());
        assert_eq!(desk.patch(&path, &json!({})).await.status, 200);
    }
    let room =
        Room { doctor: desk.clone(), doctor_id: sick.id.clone(), department_id: sick.department.clone() };
    let third = json!({ "id": id_of(&walks(&desk, &room, "Chitra", json!({})).await) });
    let waits = [&first, &second, &third];
    let mut before = Vec::new();
    for one in waits {
        before.push(appointment(&desk, one).await);
    }

    // An hour later the times of all of them are over, and the doctor goes home.
    app.app.clock.shift(3600);
    let (from, until) = (quarter(0), quarter(8));
    let path = format!("{}/preview?from={from}&until={until}", leaves(&sick));
    let shown = desk.get(&path).await;
    assert_eq!(shown.json["bookings"].as_array().unwrap().len(), 3, "{}", shown.text);
    let body = json!({ "kind": "SICK", "starts_at": from, "ends_at": until, "all_bookings": "MOVE_DOCTOR" });
    let taken = desk.post(&leaves(&sick), &body).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    let results = taken.json["results"].as_array().unwrap();
    assert!(results.len() == 3 && results.iter().all(|one| one["outcome"] == "MOVED"), "{}", taken.text);
    for (one, before) in waits.iter().zip(&before) {
        let after = appointment(&desk, one).await;
        assert_eq!(after["doctor_user_id"], colleague.id.as_str());
        for same in ["token", "checked_in_at", "scheduled_at", "status", "queue_state"] {
            assert_eq!(after[same], before[same], "{same}");
        }
    }
    let rows = clinic.audit().await;
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((of("handed_over"), of("rescheduled")), (3, 0), "nobody has another time");
    let queue = desk.get(&format!("/api/v1/queue?doctor_user_id={}", colleague.id)).await.json;
    let tokens: Vec<&Value> = queue["items"].as_array().unwrap().iter().map(|one| &one["token"]).collect();
    assert_eq!(json!(tokens), json!(before.iter().map(|one| &one["token"]).collect::<Vec<_>>()));
}

#[tokio::test]
async fn where_nobody_else_is_there_they_wait_as_before() {
    let app = crate::appointments::an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    let zone = clinic.in_the_morning().await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    // A colleague who comes in the evening: nobody's turn goes to where nobody is.
    let evening = doctor(&admin, "Sara").await;
    with_hours(&admin, &evening, "22:00", "23:00", 60).await;
    let room =
        Room { doctor: desk.clone(), doctor_id: sick.id.clone(), department_id: sick.department.clone() };
    let waits = json!({ "id": id_of(&walks(&desk, &room, "Asha", json!({})).await) });
    let before = appointment(&desk, &waits).await;
    let day = today(&app, zone.iana_name().unwrap());
    let taken = take(&desk, &sick, day, json!({ "all_bookings": "MOVE_DOCTOR" })).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    let result = &taken.json["results"][0];
    assert_eq!(result["outcome"], "FAILED", "{}", taken.text);
    assert!(result["message"].as_str().unwrap().contains("The patient waits as before"), "{result}");
    assert_eq!(appointment(&desk, &waits).await, before);
}
