//! The hospital's day: half an hour before until midnight on its own clock, also where the clock is changed.

use jiff::Timestamp;
use serde_json::json;

use super::{APPOINTMENTS, Stage, an_app, code, later, refused, set_clock};
use crate::harness::TestApp;

/// A stage whose hospital is in `zone`, the clock at `now`.
pub(super) async fn stage_in<'a>(app: &'a TestApp, zone: &str, now: Timestamp) -> Stage<'a> {
    set_clock(app, now);
    let stage = Stage::here(app).await;
    app.sql(&format!("update public.tenants set time_zone = '{zone}' where id = '{}'", stage.clinic.id))
        .await;
    app.app.registry.invalidate(&hms::identity::registry::Change::All);
    stage
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn check_in_opens_half_an_hour_before_and_closes_with_the_hospitals_day() {
    let app = an_app().await;
    // 23:30 in Kathmandu, where the day ends at 18:15 in UTC.
    let scheduled = at("2027-03-14T17:45:00Z");
    let stage = stage_in(&app, "Asia/Kathmandu", at("2027-03-14T10:00:00Z")).await;
    let mut booked = Vec::new();
    for n in 0..4 {
        let patient = stage.patient(n).await;
        super::allow_overbooking(&stage.clinic, &stage.doctor_id, 9).await;
        booked.push(stage.booked(&patient, &scheduled.to_string()).await);
    }
    for (minutes, n, step, expected) in [
        (-31, 0, "check-in", Some("appointment.too_early")),
        (-30, 0, "check-in", None),
        (29, 1, "check-in", None),
        (31, 2, "check-in", Some("appointment.day_over")),
        (31, 3, "start-consultation", Some("appointment.not_today")),
    ] {
        // A few seconds into the minute are of no matter at the ends.
        let second = if minutes == -31 { 0 } else { 5 };
        set_clock(&app, later(scheduled, minutes) + jiff::SignedDuration::from_secs(second));
        let who = if step == "check-in" { &stage.desk } else { &stage.doctor };
        let reply = stage.act(who, &booked[n], step, &json!({})).await;
        match expected {
            Some(word) => assert_eq!(code(&reply), refused(400, word), "{minutes}"),
            None => assert_eq!(reply.status, 200, "{minutes}: {}", reply.text),
        }
    }
    let days =
        stage.clinic.sql("select distinct token_day from appointments where token_day is not null").await;
    assert_eq!(days, [json!({ "token_day": "2027-03-14" })], "the day of the hospital, not of UTC");
}

#[tokio::test]
async fn just_after_midnight_belongs_to_the_new_day() {
    let app = an_app().await;
    // 00:15 on 15 March in Kathmandu is 18:30 on 14 March in UTC.
    let scheduled = at("2027-03-14T18:30:00Z");
    let stage = stage_in(&app, "Asia/Kathmandu", at("2027-03-14T17:55:00Z")).await;
    let booked = stage.booked(&stage.asha, &scheduled.to_string()).await;
    set_clock(&app, later(scheduled, -29));
    let early = stage.act(&stage.doctor, &booked, "start-consultation", &json!({})).await;
    assert_eq!(code(&early), refused(400, "appointment.not_today"), "it is the evening before");
    let arrived = stage.desk_does(&booked, "check-in", &json!({})).await;
    assert_eq!(arrived["token_day"], "2027-03-15", "the token is of the day of the visit");
    set_clock(&app, later(scheduled, -14));
    stage.doctor_does(&booked, "start-consultation", &json!({})).await;
}

#[tokio::test]
async fn a_day_of_25_or_23_hours_is_as_long_as_it_is() {
    let app = an_app().await;
    // Berlin: 31 October 2027 has 25 hours, 28 March 2027 has 23.
    for (now, scheduled, last, over) in [
        ("2027-10-31T07:00:00Z", "2027-10-31T08:00:00Z", "2027-10-31T22:59:30Z", "2027-10-31T23:00:30Z"),
        ("2028-03-26T06:00:00Z", "2028-03-26T07:00:00Z", "2028-03-26T21:59:30Z", "2028-03-26T22:00:30Z"),
    ] {
        let stage = stage_in(&app, "Europe/Berlin", at(now)).await;
        let (one, other) = (stage.booked(&stage.asha, scheduled).await, {
            super::allow_overbooking(&stage.clinic, &stage.doctor_id, 1).await;
            stage.booked(&stage.ravi, scheduled).await
        });
        set_clock(&app, at(last));
        assert_eq!(stage.act(&stage.desk, &one, "check-in", &json!({})).await.status, 200, "{last}");
        set_clock(&app, at(over));
        let reply = stage.act(&stage.desk, &other, "check-in", &json!({})).await;
        assert_eq!(code(&reply), refused(400, "appointment.day_over"), "{over}");
    }
}

#[tokio::test]
async fn an_hour_that_the_clock_shows_twice_is_two_slots_and_a_skipped_one_is_none() {
    let app = an_app().await;
    let stage = stage_in(&app, "Europe/Berlin", at("2027-10-30T10:00:00Z")).await;
    // 02:30 comes twice: two moments, two bookings, none in the other's way.
    let first = stage.booked(&stage.asha, "2027-10-31T02:30:00+02:00").await;
    let second = stage.booked(&stage.asha, "2027-10-31T02:30:00+01:00").await;
    assert_eq!(first["scheduled_at"], "2027-10-31T00:30:00Z");
    assert_eq!(second["scheduled_at"], "2027-10-31T01:30:00Z");
    // The list of that day has both, and what begins at midnight of the next day is not among them.
    let list = stage.desk.get(&format!("{APPOINTMENTS}?date_from=2027-10-31&date_to=2027-10-31")).await.json;
    assert_eq!(list["total"], 2);
    set_clock(&app, at("2028-03-25T10:00:00Z"));
    let body = stage.body(&stage.ravi, "2028-03-26T02:30:00+01:00");
    let desk = app.sign_in(&stage.clinic.email).await;
    let skipped = desk.post(APPOINTMENTS, &body).await.json;
    assert_eq!(
        skipped["scheduled_at"], "2028-03-26T01:30:00Z",
        "a moment is a moment, whatever the clock shows"
    );
}
