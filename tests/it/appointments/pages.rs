//! Pages: the list, booking step by step, the acts of one appointment, the record's tab.

use serde_json::json;

use super::{Stage, an_app};

#[tokio::test]
async fn an_appointment_is_booked_from_search_to_slot_without_a_script() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let page = stage.desk.browser().await;
    let empty = page.get("/appointments/new").await;
    assert_eq!(empty.status, 200, "{}", empty.text);
    let found = page.submit("/appointments/new/patient", &[("search", "Rao")]).await;
    let patient = stage.asha["id"].as_str().unwrap();
    let choose = format!("/appointments/new?patient={patient}");
    assert!(found.text.contains(&choose) && found.text.contains("Asha Rao"), "{}", found.text);
    let none = page.submit("/appointments/new/patient", &[("search", "Zzz")]).await;
    assert!(none.text.contains("No patient matches"), "{}", none.text);
    let times = page.get(&format!("{choose}&doctor={}", stage.doctor_id)).await;
    let at = stage.quarter(4);
    assert!(times.text.contains(&format!("value=\"{at}\"")), "free times are offered: {}", times.text);
    let fields = [
        ("patient_id", patient),
        ("doctor_user_id", &stage.doctor_id),
        ("department_id", &stage.department),
        ("scheduled_at", &at),
        ("reason", "Cough"),
    ];
    let booked = page.submit("/appointments/new", &fields).await;
    assert_eq!(booked.status, 303, "{}", booked.text);
    let shown = page.get(booked.header("location")).await;
    assert!(shown.text.contains("Appointment booked.") && shown.text.contains("Cough"), "{}", shown.text);
    // The same again says why not, with everything kept.
    let again = page.submit("/appointments/new", &fields).await;
    assert_eq!(again.status, 400, "{}", again.text);
    assert!(
        again.text.contains("has an appointment at this time already") && again.text.contains("Cough"),
        "{}",
        again.text
    );
    let taken = page.get(&format!("{choose}&doctor={}", stage.doctor_id)).await;
    assert!(!taken.text.contains(&format!("value=\"{at}\"")), "what is taken is not offered");
    let missing = page.submit("/appointments/new", &[("patient_id", patient)]).await;
    assert_eq!(missing.status, 422, "{}", missing.text);
}

#[tokio::test]
async fn the_page_offers_what_can_be_done_and_says_why_not() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let path = format!("/appointments/{}", booked["id"].as_str().unwrap());
    let (desk, doctor) = (stage.desk.browser().await, stage.doctor.browser().await);
    let seen = desk.get(&path).await;
    assert!(seen.text.contains(&format!("action=\"{path}/check-in\"")), "{}", seen.text);
    assert!(!seen.text.contains("consultation\""), "the desk treats nobody");
    let doctors = doctor.get(&path).await;
    assert!(
        doctors.text.contains(&format!("action=\"{path}/consultation\""))
            && !doctors.text.contains("/check-in"),
        "{}",
        doctors.text
    );
    let arrived = desk.submit(&format!("{path}/check-in"), &[]).await;
    assert_eq!(arrived.status, 303, "{}", arrived.text);
    assert!(desk.get(arrived.header("location")).await.text.contains("G-001"));
    let twice = desk.submit(&format!("{path}/check-in"), &[]).await;
    assert_eq!(twice.status, 400);
    assert!(twice.text.contains("cannot be checked in"), "{}", twice.text);
    assert_eq!(doctor.submit(&format!("{path}/cancel"), &[("reason", "OTHER")]).await.status, 403);
    let blank = desk.submit(&format!("{path}/cancel"), &[("note", "Wants another day")]).await;
    assert_eq!(blank.status, 422);
    assert!(blank.text.contains("Wants another day"), "what was typed is kept: {}", blank.text);
    assert_eq!(doctor.submit(&format!("{path}/start-consultation"), &[]).await.status, 303);
    assert_eq!(doctor.submit(&format!("{path}/complete"), &[("closure_note", "Improved")]).await.status, 303);
    let next =
        doctor.submit(&format!("{path}/follow-up"), &[("weeks", "4"), ("follow_up_reason", "Check")]).await;
    assert_eq!(next.status, 303, "{}", next.text);
    let done = desk.get(&path).await;
    for word in ["Completed", "Improved", "Next visit", "Booked", "Arrived"] {
        assert!(done.text.contains(word), "{word}: {}", done.text);
    }
}

#[tokio::test]
async fn notes_are_not_written_over_what_somebody_else_wrote() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let path = format!("/appointments/{}", booked["id"].as_str().unwrap());
    let desk = stage.desk.browser().await;
    let version = desk.get(&path).await.field("version").to_owned();
    assert_eq!(
        desk.submit(&format!("{path}/notes"), &[("notes", "One"), ("version", &version)]).await.status,
        303
    );
    let stale = desk.submit(&format!("{path}/notes"), &[("notes", "Two"), ("version", &version)]).await;
    assert_eq!(stale.status, 412);
    assert!(stale.text.contains("Two"), "what was typed is kept");
    assert_eq!(stage.row(&booked).await["notes"], "One");
}

#[tokio::test]
async fn the_list_searches_without_a_name_in_an_address_and_the_record_has_its_tab() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let page = stage.desk.browser().await;
    assert!(page.get("/appointments").await.text.contains("Nothing is booked for today"));
    stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.booked(&stage.ravi, &stage.quarter(2)).await;
    let all = page.get("/appointments").await;
    assert!(all.text.contains("Asha Rao") && all.text.contains("Ravi Iyer"), "{}", all.text);
    let found = page.submit("/appointments/search", &[("search", "Asha")]).await;
    assert!(found.text.contains("Asha Rao") && !found.text.contains("Ravi Iyer"), "{}", found.text);
    let narrowed = page.get("/appointments?status=COMPLETED&when=all").await;
    assert!(!narrowed.text.contains("Asha Rao"), "{}", narrowed.text);
    let tab = page.get(&format!("/patients/{}/appointments", stage.asha["id"].as_str().unwrap())).await;
    assert_eq!(tab.status, 200, "{}", tab.text);
    assert!(tab.text.contains("Meera Kulkarni") && tab.text.contains("Book appointment"), "{}", tab.text);
    assert_eq!(json!(tab.text.contains("Ravi")), json!(false));
}
