//! Pages of doctors and rooms: read and filled in as a browser does it.

use hms::clinic::roles::SystemRole;

use super::{department, doctor, with_hours};
use crate::harness::TestApp;

#[tokio::test]
async fn the_profile_is_filled_in_and_read_on_the_page() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let page = admin.browser().await;
    let empty = page.get("/doctors").await;
    assert!(empty.text.contains("No doctors yet") && empty.text.contains("/staff/new"), "{}", empty.text);
    let doctor = doctor(&admin, "Nikhil").await;
    let (one, edit) = (format!("/doctors/{}", doctor.id), format!("/doctors/{}/edit", doctor.id));

    let form = page.get(&edit).await;
    assert_eq!((form.status, form.field("version")), (200, "0"));
    let fields = |fee: &'static str, version: &'static str| {
        [
            ("qualifications", "MBBS"),
            ("practising_since", "2011"),
            ("languages", "hindi, en"),
            ("fee", fee),
            ("slot_minutes", "30"),
            ("overbooking", "1"),
            ("accepts_bookings", "true"),
            ("version", version),
        ]
    };
    let refused = page.submit(&edit, &fields("free of charge", "0")).await;
    assert!(
        refused.status == 422 && refused.text.contains("Error: Profile of Nikhil Doctor"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("value=\"MBBS\""), "what was typed is kept");
    let saved = page.submit(&edit, &fields("1,200.50", "0")).await;
    assert_eq!((saved.status, saved.header("location")), (303, &*format!("{one}?done=saved")));
    let shown = page.get(&format!("{one}?done=saved")).await.text;
    for word in [
        "MBBS",
        "1,200.50\u{a0}INR",
        "English, Hindi",
        "30 minutes",
        "1 more into one slot",
        "Changes saved.",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let conflict = page.submit(&edit, &fields("1", "0")).await;
    assert_eq!(conflict.status, 412);
    assert!(
        conflict.text.contains("1,200.50") && conflict.text.contains("Save mine over it"),
        "{}",
        conflict.text
    );

    let desk = clinic.staff(SystemRole::Receptionist).await.browser().await;
    assert_eq!(desk.get(&edit).await.status, 403);
    let desk_sees = desk.get(&one).await.text;
    assert!(!desk_sees.contains("/edit\"") && desk_sees.contains("Record an absence"), "{desk_sees}");
}

#[tokio::test]
async fn the_list_shows_the_next_free_time_and_leads_to_its_booking() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (busy, idle) = (doctor(&admin, "Nikhil").await, doctor(&admin, "Sara").await);
    with_hours(&admin, &busy, "00:00", "24:00", 60).await;
    let desk = clinic.staff(SystemRole::Receptionist).await.browser().await;
    let list = desk.get("/doctors").await.text;
    assert!(list.contains(&format!("/appointments/new?doctor={}&#38;at=", busy.id)), "{list}");
    assert!(!list.contains(&format!("doctor={}", idle.id)), "no hours, no time to offer");
    assert!(list.contains("None found"), "{list}");
    let found = desk.submit("/doctors/search", &[("search", "NIKHIL")]).await.text;
    assert!(found.contains("Nikhil") && !found.contains("Sara Doctor"), "{found}");
    let nobody = desk.submit("/doctors/search", &[("search", "Zzz")]).await.text;
    assert!(nobody.contains("Clear all") && nobody.contains("value=\"Zzz\""), "{nobody}");
    let cardiology = department(&admin, "Cardiology").await;
    let pediatrics = department(&admin, "Pediatrics").await;
    assert!(desk.get(&format!("/doctors?department={cardiology}")).await.text.contains("Nikhil"));
    let none = desk.get(&format!("/doctors?department={pediatrics}")).await.text;
    assert!(!none.contains("Nikhil") && none.contains("Clear all"), "{none}");

    let search = desk.get(&format!("/doctors/slots?doctor={}", busy.id)).await.text;
    assert!(search.matches("/appointments/new?doctor=").count() > 24, "{search}");
    let wrong = desk.get("/doctors/slots?from=yesterday").await;
    assert!(wrong.status == 422 && wrong.text.contains("Write the day like"), "{}", wrong.text);
    let far = desk.get("/doctors/slots?from=2999-01-01").await;
    assert_eq!(far.status, 422, "{}", far.text);
    let nurse = clinic.staff(SystemRole::Nurse).await.browser().await;
    let seen = nurse.get("/doctors").await.text;
    assert!(
        seen.contains("Nikhil") && !seen.contains("/appointments/new?"),
        "who does not book has no button: {seen}"
    );
}

#[tokio::test]
async fn rooms_are_kept_on_their_pages() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.admin().await.browser().await;
    assert!(page.get("/rooms").await.text.contains("No rooms yet"));
    let refused = page.submit("/rooms/new", &[("name", "")]).await;
    assert!(refused.status == 422 && refused.text.contains("Error: Add room"), "{}", refused.text);
    let made = page.submit("/rooms/new", &[("name", "Room <3>")]).await;
    assert_eq!((made.status, made.header("location")), (303, "/rooms?done=room-added"));
    let list = page.get("/rooms").await.text;
    assert!(list.contains("Room &#60;3&#62;") && list.contains("In use"), "{list}");
    let room = list.split("href=\"/rooms/").nth(2).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/rooms/{room}");
    let version = page.get(&path).await.field("version").to_owned();
    let saved = page.submit(&path, &[("name", "Room 3"), ("version", &version)]).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert!(page.get("/rooms").await.text.contains("Out of use"), "the box was not ticked");
    let again = page.submit(&path, &[("name", "Room 4"), ("is_active", "true"), ("version", &version)]).await;
    assert!(again.status == 412 && again.text.contains("Save mine over it"), "{}", again.text);
    let desk = clinic.staff(SystemRole::Receptionist).await.browser().await;
    assert_eq!(desk.get("/rooms").await.status, 403);
}
