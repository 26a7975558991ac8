//! Pages of an absence.

use hms::clinic::roles::SystemRole;

use super::{at, soon};
use crate::doctors::{booked, doctor, signed_in, with_hours};
use crate::harness::TestApp;

#[tokio::test]
async fn an_absence_is_recorded_in_two_steps_and_taken_back() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, desk) = (clinic.admin().await, clinic.staff(SystemRole::Receptionist).await);
    let sick = doctor(&admin, "Nikhil").await;
    with_hours(&admin, &sick, "09:00", "12:00", 30).await;
    let day = soon(&app).to_string();
    let (one, two) = (
        booked(&desk, "Asha", &sick, &at(soon(&app), "09:00")).await,
        booked(&desk, "Ravi", &sick, &at(soon(&app), "09:30")).await,
    );
    let page = desk.browser().await;
    let path = format!("/doctors/{}/leave", sick.id);
    assert!(page.get("/doctors/leave").await.text.contains("Nikhil Doctor"));
    assert!(page.get(&path).await.text.contains("Show the bookings"));
    let wrong = page.get(&format!("{path}?kind=SICK&starts_at=never&ends_at={day}")).await;
    assert!(wrong.status == 422 && wrong.text.contains("href=\"#starts_at\""), "{}", wrong.text);
    let shown = page.get(&format!("{path}?kind=SICK&starts_at={day}&ends_at={day}")).await;
    let field = |booking: &serde_json::Value| format!("booking-{}", booking["id"].as_str().unwrap());
    assert!(shown.text.contains(&field(&one)) && shown.text.contains("Ravi"), "{}", shown.text);

    let when = [("kind", "SICK"), ("starts_at", day.as_str()), ("ends_at", day.as_str())];
    let undecided = page.submit(&path, &[&when[..], &[(&*field(&one), "KEEP")]].concat()).await;
    assert_eq!(undecided.status, 409, "{}", undecided.text);
    assert!(
        undecided.text.contains("1 booking falls") && undecided.text.contains(&field(&two)),
        "{}",
        undecided.text
    );
    assert!(
        undecided.text.contains("value=\"KEEP\" selected"),
        "what was chosen is kept: {}",
        undecided.text
    );
    let taken = page
        .submit(&path, &[&when[..], &[("all_bookings", "CANCEL"), (&*field(&one), "MOVE_TIME")]].concat())
        .await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    for word in ["Absence recorded", "2 bookings, all dealt with", "Moved", "Cancelled", "with Nikhil Doctor"]
    {
        assert!(taken.text.contains(word), "{word}: {}", taken.text);
    }
    let doctors = page.get(&format!("/doctors/{}", sick.id)).await.text;
    let link = doctors
        .split("href=\"")
        .find(|part| part.contains("/withdraw\""))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(page.get(link).await.text.contains("stay so"), "the question says what follows");
    let back = page.submit(link, &[]).await;
    assert_eq!(
        (back.status, back.header("location")),
        (303, &*format!("/doctors/{}?done=leave-withdrawn", sick.id))
    );
    let again = page.submit(link, &[]).await;
    assert!(
        again.status == 409 && again.text.contains("taken back") || again.text.contains("withdrawn"),
        "{}",
        again.text
    );

    let (client, own) = signed_in(&clinic, &admin).await;
    let page = client.browser().await;
    assert_eq!(page.get(&path).await.status, 403, "somebody else's");
    assert_eq!(page.get(&format!("/doctors/{}/leave", own.id)).await.status, 200);
    let list = page.get("/doctors/leave").await.text;
    assert!(list.contains(&own.id) && !list.contains(&format!("/doctors/{}/leave", sick.id)), "{list}");
}
