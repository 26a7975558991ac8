//! A colleague takes over somebody who waits: token, turn and arrival stay, and no free time is needed.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{QUEUE, code, id_of, moves, room, walks};
use crate::harness::Client;

async fn shown(desk: &Client, appointment: &str) -> Value {
    desk.get(&format!("/api/v1/appointments/{appointment}")).await.json
}

/// First names of who waits for a doctor, in order.
async fn waiting(desk: &Client, doctor: &str) -> Vec<String> {
    let queue = desk.get(&format!("{QUEUE}?doctor_user_id={doctor}")).await.json;
    let items = queue["items"].as_array().unwrap().iter();
    let names = items.filter(|entry| entry["queue_state"] == "WAITING").map(|entry| &entry["patient_name"]);
    names.map(|name| name.as_str().unwrap().split(' ').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_waits_is_seen_by_a_colleague_in_the_own_turn() {
    let app = crate::appointments::an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let (sick, colleague, third) = (room(&clinic).await, room(&clinic).await, room(&clinic).await);
    let asha = id_of(&walks(&desk, &sick, "Asha", json!({})).await);
    app.app.clock.shift(60);
    walks(&desk, &colleague, "Chitra", json!({})).await;
    app.app.clock.shift(60);
    let bina = id_of(&walks(&desk, &sick, "Bina", json!({})).await);
    let before = shown(&desk, &asha).await;
    assert_eq!(moves(&desk, &asha, "call", json!({})).await.status, 200);
    let to = |doctor: &str| json!({ "doctor_user_id": doctor, "reason": "Fell ill" });

    // Not to whoever is no doctor, is not there or has the patient; nor by a colleague to somebody else.
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let nurse_id = super::me(&nurse).await;
    for (who, body, expected) in [
        (&desk, to(&nurse_id), (400, "appointment.not_a_doctor")),
        (&desk, to(before["patient_id"].as_str().unwrap()), (404, "not_found")),
        (&desk, to(&sick.doctor_id), (422, "validation_failed")),
        (&desk, json!({}), (422, "validation_failed")),
        (&colleague.doctor, to(&third.doctor_id), (403, "appointment.not_yours")),
    ] {
        let refused = moves(who, &asha, "hand-over", body).await;
        assert_eq!((refused.status, code(&refused)), expected, "{}", refused.text);
    }
    assert_eq!(moves(&nurse, &asha, "hand-over", to(&third.doctor_id)).await.status, 403);
    let strange = app.hospital("Other Clinic").await.staff(SystemRole::Receptionist).await;
    assert_eq!(moves(&strange, &asha, "hand-over", to(&third.doctor_id)).await.status, 404);
    assert_eq!(shown(&desk, &asha).await["doctor_user_id"], sick.doctor_id.as_str());

    // The doctor who fell ill hands over; the colleague takes over themselves.
    let handed = moves(&sick.doctor, &asha, "hand-over", to(&colleague.doctor_id)).await;
    assert_eq!((handed.status, &handed.json["queue_state"]), (200, &json!("WAITING")), "{}", handed.text);
    let took = moves(&colleague.doctor, &bina, "hand-over", to(&colleague.doctor_id)).await;
    assert_eq!(took.status, 200, "{}", took.text);
    let after = shown(&desk, &asha).await;
    assert_eq!(after["doctor_user_id"], colleague.doctor_id.as_str());
    for same in ["token", "token_number", "checked_in_at", "department_id", "status", "scheduled_at"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(waiting(&desk, &colleague.doctor_id).await, ["Asha", "Chitra", "Bina"], "by arrival, as ever");
    assert!(waiting(&desk, &sick.doctor_id).await.is_empty());
    let history = desk.get(&format!("/api/v1/appointments/{asha}/history")).await.json;
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["from_status"]), (&json!("REQUEUED"), &json!("CHECKED_IN")));
    assert!(last["reason"].as_str().unwrap().ends_with(": Fell ill"), "{last}");

    // And sees them.
    let next = colleague.doctor.post(&format!("{QUEUE}/next"), &json!({})).await;
    assert_eq!((next.status, &next.json["appointment_id"]), (200, &json!(asha)), "{}", next.text);
    let start = format!("/api/v1/appointments/{asha}/start-consultation");
    assert_eq!(colleague.doctor.patch(&start, &json!({})).await.status, 200);
    let late = moves(&desk, &asha, "hand-over", to(&sick.doctor_id)).await;
    assert_eq!((late.status, code(&late)), (409, "queue.wrong_state"), "{}", late.text);
    let audit = clinic.audit().await;
    assert_eq!(audit.iter().filter(|row| row["kind"] == "handed_over").count(), 2);
    assert!(audit.iter().all(|row| !row.to_string().contains("Fell ill")), "never the reason");
}

#[tokio::test]
async fn the_page_of_one_hands_over_and_nobody_gets_patients_while_away() {
    let app = crate::appointments::an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let (sick, colleague) = (room(&clinic).await, room(&clinic).await);
    let asha = id_of(&walks(&desk, &sick, "Asha", json!({})).await);
    let page = desk.browser().await;
    let ask = page.get(&format!("/queue/{asha}")).await;
    assert!(ask.text.contains("Hand over to a colleague"), "{}", ask.text);
    assert!(ask.text.contains(&format!("value=\"{}\"", colleague.doctor_id)));
    assert!(
        !ask.text.contains(&format!("value=\"{}\"", sick.doctor_id)),
        "who has the patient is not offered"
    );
    let step = format!("/queue/{asha}/hand-over");
    let none = page.submit(&step, &[("colleague", ""), ("hand_reason", "Fell ill")]).await;
    assert!(none.status == 422 && none.text.contains("id=\"colleague-error\""), "{}", none.text);
    assert!(none.text.contains("value=\"Fell ill\""), "{}", none.text);

    let now = app.app.clock.now().as_second();
    let at = |minutes: i64| jiff::Timestamp::from_second(now + minutes * 60).unwrap().to_string();
    let leave = json!({ "kind": "SICK", "starts_at": at(1), "ends_at": at(120) });
    let path = format!("/api/v1/doctors/{}/leaves", colleague.doctor_id);
    let away = desk.post(&path, &leave).await;
    assert_eq!(away.status, 201, "{}", away.text);
    app.app.clock.shift(5 * 60);
    let refused = page.submit(&step, &[("colleague", colleague.doctor_id.as_str())]).await;
    assert!(refused.status == 409 && refused.text.contains("This doctor is away"), "{}", refused.text);
    app.app.clock.shift(120 * 60);
    assert_eq!(page.submit(&step, &[("colleague", colleague.doctor_id.as_str())]).await.status, 303);
    assert_eq!(shown(&desk, &asha).await["doctor_user_id"], colleague.doctor_id.as_str());
    let told = page.get(&format!("/appointments/{asha}")).await;
    assert!(told.text.contains("Handed over to another doctor"), "{}", told.text);
}
