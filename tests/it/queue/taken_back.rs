//! A consultation that was begun by mistake: the patient waits again, and nothing that was written is lost.

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{code, id_of, moves, names, room, walks};
use crate::encounters::ENCOUNTERS;
use crate::harness::{Client, TestApp};

async fn begun(doctor: &Client, appointment: &str) -> Value {
    let begun = doctor.post(ENCOUNTERS, &json!({ "appointment_id": appointment })).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    begun.json
}

async fn shown(desk: &Client, appointment: &str) -> Value {
    desk.get(&format!("/api/v1/appointments/{appointment}")).await.json
}

#[tokio::test]
async fn who_was_begun_with_by_mistake_waits_in_the_own_place_and_the_draft_is_kept() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let asha = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    walks(&desk, &room, "Bina", json!({})).await;
    let first = begun(&room.doctor, &asha).await;
    let note = format!("{ENCOUNTERS}/{}/note", first["id"].as_str().unwrap());
    let draft = json!({ "texts": { "plan": "Rest and fluids" } });
    let kept = room.doctor.request(Method::PUT, &note).json(&draft).send().await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    assert_eq!(names(&desk, "WITH_DOCTOR").await, ["Asha"]);

    // Another doctor's patient is none of theirs; whoever may only look moves nobody.
    let other = super::room(&clinic).await;
    let refused = moves(&other.doctor, &asha, "back", json!({})).await;
    assert_eq!((refused.status, code(&refused)), (403, "appointment.not_yours"), "{}", refused.text);
    let nurse = clinic.staff(SystemRole::Nurse).await;
    assert_eq!(moves(&nurse, &asha, "back", json!({})).await.status, 403);
    let strange = app.hospital("Other Clinic").await.staff(SystemRole::Receptionist).await;
    assert_eq!(moves(&strange, &asha, "back", json!({})).await.status, 404);
    assert_eq!(names(&desk, "WITH_DOCTOR").await, ["Asha"]);

    let back = moves(&desk, &asha, "back", json!({})).await;
    assert_eq!((back.status, &back.json["queue_state"]), (200, &json!("WAITING")), "{}", back.text);
    assert_eq!(names(&desk, "WAITING").await, ["Asha", "Bina"], "the own place");
    let waits = shown(&desk, &asha).await;
    assert_eq!(
        (&waits["status"], &waits["consultation_started_at"]),
        (&json!("CHECKED_IN"), &json!(null)),
        "{waits}"
    );
    let history = desk.get(&format!("/api/v1/appointments/{asha}/history")).await.json;
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["from_status"], &last["to_status"]),
        (&json!("BACK_TO_WAITING"), &json!("IN_CONSULTATION"), &json!("CHECKED_IN"))
    );
    let twice = moves(&desk, &asha, "back", json!({})).await;
    assert_eq!((twice.status, code(&twice)), (409, "queue.wrong_state"), "{}", twice.text);

    // It begins again: the same consultation, with what was drafted, from now on.
    app.app.clock.shift(600);
    let again = begun(&room.doctor, &asha).await;
    assert_eq!(again["id"], first["id"]);
    assert!(again["started_at"].as_str() > first["started_at"].as_str(), "{again}");
    let started = shown(&desk, &asha).await;
    assert_eq!(
        (&started["status"], &started["consultation_started_at"]),
        (&json!("IN_CONSULTATION"), &again["started_at"])
    );
    let own = room.doctor.get(&note).await;
    assert!(own.text.contains("Rest and fluids"), "{}", own.text);
    let audit = clinic.audit().await;
    let told = |verb: &str| audit.iter().filter(|row| row["kind"] == verb).count();
    assert_eq!((told("sent_back"), told("consultation_started")), (1, 2));

    // What is signed is not taken back.
    let signed = room.doctor.post(&format!("{note}/sign"), &json!({})).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    let late = moves(&desk, &asha, "back", json!({})).await;
    assert_eq!((late.status, code(&late)), (409, "encounters.in_use"), "{}", late.text);
    assert_eq!(names(&desk, "WITH_DOCTOR").await, ["Asha"]);
}

#[tokio::test]
async fn the_board_sends_back_who_is_with_the_doctor() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let asha = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    // Begun without the page of the consultation: there is no encounter.
    let path = format!("/api/v1/appointments/{asha}/start-consultation");
    assert_eq!(room.doctor.patch(&path, &json!({})).await.status, 200);
    let page = room.doctor.browser().await;
    let board = page.get("/queue").await;
    assert!(board.text.contains(&format!("id=\"back-{asha}\"")), "{}", board.text);
    let fields = [("department", ""), ("doctor", room.doctor_id.as_str())];
    let back = page.submit(&format!("/queue/{asha}/back"), &fields).await;
    assert_eq!(back.status, 303, "{}", back.text);
    assert_eq!(names(&desk, "WAITING").await, ["Asha"]);
    // And what came of it is written down as ever.
    assert_eq!(room.doctor.patch(&path, &json!({})).await.status, 200);
    let encounter = begun(&room.doctor, &asha).await;
    let finish = format!("{ENCOUNTERS}/{}/finish", encounter["id"].as_str().unwrap());
    assert_eq!(room.doctor.post(&finish, &json!({})).await.status, 200);
    let over = moves(&desk, &asha, "back", json!({})).await;
    assert_eq!((over.status, code(&over)), (409, "queue.wrong_state"), "{}", over.text);
}

#[tokio::test]
async fn moved_to_another_doctor_it_begins_again_as_theirs() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let other = super::room(&clinic).await;
    let asha = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    let first = begun(&room.doctor, &asha).await;
    assert_eq!(first["doctor_user_id"], room.doctor_id.as_str());
    assert_eq!(moves(&desk, &asha, "back", json!({})).await.status, 200);
    let quarter = (app.app.clock.now().as_second().div_euclid(900) + 2) * 900;
    let at = jiff::Timestamp::from_second(quarter).unwrap().to_string();
    let body = json!({ "scheduled_at": at, "doctor_user_id": other.doctor_id });
    let moved = desk.patch(&format!("/api/v1/appointments/{asha}/reschedule"), &body).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let again = begun(&other.doctor, &asha).await;
    assert_eq!((&again["id"], &again["doctor_user_id"]), (&first["id"], &json!(other.doctor_id)));
    assert!(again["started_at"].as_str() > first["started_at"].as_str(), "{again}");
}

#[tokio::test]
async fn moved_to_another_day_it_is_not_under_way_until_it_begins_again() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let asha = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    let first = begun(&room.doctor, &asha).await;
    let encounter = format!("{ENCOUNTERS}/{}", first["id"].as_str().unwrap());
    let write = async |doctor: &Client, version: &str, plan: &str| {
        let note = doctor.request(Method::PUT, &format!("{encounter}/note"));
        let note = if version.is_empty() { note } else { note.header("if-match", version) };
        note.json(&json!({ "texts": { "plan": plan } })).send().await
    };
    let kept = write(&room.doctor, "", "Rest and fluids").await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    let unsigned = async |doctor: &Client| {
        let today = doctor.browser().await.get("/consultations").await.text;
        let drafts = today.split_once("Not signed yet").map(|(_, drafts)| drafts.to_owned());
        drafts.and_then(|drafts| drafts.split_once("waiting-h").map(|(drafts, _)| drafts.to_owned()))
    };
    assert!(
        unsigned(&room.doctor).await.is_some_and(|drafts| drafts.contains(first["id"].as_str().unwrap()))
    );
    assert_eq!(moves(&desk, &asha, "back", json!({})).await.status, 200);
    let waits = room.doctor.get(&encounter).await.json;
    assert_eq!(waits["status"], "IN_PROGRESS", "the patient is here: {waits}");

    let quarter = (app.app.clock.now().as_second().div_euclid(900) + 97) * 900;
    let at = jiff::Timestamp::from_second(quarter).unwrap().to_string();
    let path = format!("/api/v1/appointments/{asha}/reschedule");
    let moved = desk.patch(&path, &json!({ "scheduled_at": at })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let shown = room.doctor.get(&encounter).await.json;
    assert_eq!((&shown["status"], &shown["ended_at"]), (&json!("ENTERED_IN_ERROR"), &json!(null)), "{shown}");
    assert_eq!(shown["error_reason"], "Nobody was seen yet: the appointment was moved.");
    let page = room.doctor.browser().await;
    let page = page.get(&format!("/consultations/{}", first["id"].as_str().unwrap())).await;
    assert!(
        page.text.contains("the appointment was moved") && !page.text.contains("In progress"),
        "{}",
        page.text
    );
    let late = write(&room.doctor, "\"1\"", "More").await;
    assert_eq!((late.status, code(&late)), (409, "encounters.entered_in_error"), "{}", late.text);
    assert_eq!(unsigned(&room.doctor).await, None, "nothing is signed there now");
    let early = room.doctor.post(ENCOUNTERS, &json!({ "appointment_id": asha })).await;
    assert_eq!((early.status, code(&early)), (400, "appointment.not_today"), "{}", early.text);

    // The next day it begins: the same one, with what was drafted.
    app.app.clock.shift(24 * 3600);
    let doctor = room.doctor.again().await;
    let again = begun(&doctor, &asha).await;
    assert_eq!((&again["id"], &again["status"]), (&first["id"], &json!("IN_PROGRESS")));
    assert!(again["started_at"].as_str() > first["started_at"].as_str(), "{again}");
    let own = doctor.get(&format!("{encounter}/note")).await;
    assert!(own.text.contains("Rest and fluids"), "{}", own.text);
    assert!(unsigned(&doctor).await.is_some_and(|drafts| drafts.contains(first["id"].as_str().unwrap())));
    let signed = doctor.post(&format!("{encounter}/note/sign"), &json!({})).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
}
