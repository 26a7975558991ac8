//! Left unseen, and written down later.

use hms::clinic::roles::SystemRole;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{id_of, moves, queue, room, walks};
use crate::harness::TestApp;
use crate::patients::faults;

/// So many minutes from now, to the minute, as a form says it.
fn minute(app: &TestApp, from_now: i64) -> Timestamp {
    let now = app.app.clock.now().as_second().div_euclid(60);
    Timestamp::from_second((now + from_now) * 60).unwrap()
}

#[tokio::test]
async fn who_left_earlier_left_then_and_not_before_the_arrival() {
    let app = crate::appointments::an_app().await;
    let clinic = app.hospital("Asha Clinic").await;
    let zone = clinic.in_the_morning().await;
    let (desk, room) = (clinic.staff(SystemRole::Receptionist).await, room(&clinic).await);
    let asha = id_of(&walks(&desk, &room, "Asha", json!({})).await);
    let bina = id_of(&walks(&desk, &room, "Bina", json!({})).await);
    app.app.clock.shift(50 * 60);
    for (from_now, says) in
        [(7, "in the future"), (-60, "before the check-in at "), (-25 * 60, "more than 24 hours ago")]
    {
        let body = json!({ "happened_at": minute(&app, from_now).to_string() });
        let wrong = moves(&desk, &asha, "left", body).await;
        assert!(wrong.status == 422 && faults(&wrong).contains("happened_at"), "{from_now}: {}", wrong.text);
        assert!(wrong.text.contains(says), "{from_now}: {}", wrong.text);
    }
    assert_eq!(queue(&desk).await["counts"]["waiting"], 2, "nobody was moved");
    let at = minute(&app, -20);
    let body = json!({ "reason": "Had to fetch a child", "happened_at": at.to_string() });
    let left = moves(&desk, &asha, "left", body).await;
    assert_eq!((left.status, &left.json["queue_state"]), (200, &json!("LEFT")), "{}", left.text);
    let waited = left.json["wait_minutes"].as_i64().unwrap();
    assert!((28..=30).contains(&waited), "until then: {waited}");
    let told = desk.get(&format!("/api/v1/appointments/{asha}/history")).await.json;
    let told: Vec<&Value> = told.as_array().unwrap().iter().rev().take(2).collect();
    assert_eq!(told.iter().map(|event| &event["kind"]).collect::<Vec<_>>(), ["LEFT", "CANCELLED"]);
    for event in told {
        assert_eq!(event["happened_at"], at.to_string(), "{event}");
        let written: Timestamp = event["recorded_at"].as_str().unwrap().parse().unwrap();
        assert!(written.as_second() - at.as_second() > 19 * 60, "{event}");
    }

    // So does the page, which keeps what was typed.
    let page = desk.browser().await;
    let typed =
        |from_now: i64| minute(&app, from_now).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let (early, at) = (typed(-60), typed(-10));
    let ask = format!("/queue/{bina}/left");
    let fields = [("left_note", "Felt better"), ("left_at", early.as_str())];
    let wrong = page.submit(&ask, &fields).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    for part in [
        "id=\"left_at-error\"",
        "href=\"#left_at\"",
        "before the check-in at",
        "value=\"Felt better\"",
        &early,
    ] {
        assert!(wrong.text.contains(part), "{part} in {}", wrong.text);
    }
    let fields = [("left_note", "Felt better"), ("left_at", at.as_str())];
    assert_eq!(page.submit(&ask, &fields).await.status, 303);
    let off = desk.get(&format!("/api/v1/appointments/{bina}")).await.json;
    assert_eq!(
        (&off["cancelled_at"], &off["cancelled_note"]),
        (&json!(minute(&app, -10).to_string()), &json!("Felt better"))
    );
    let shown = page.get(&format!("/appointments/{bina}")).await;
    assert_eq!(shown.text.matches("Written down today, ").count(), 2, "{}", shown.text);
}
