//! Called off or given up, and written down later: when it was stays beside when that was said.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::late_entry::{history, minute, then};
use super::windows::stage_in;
use super::{Stage, an_app, code, path_of, refused, set_clock};
use crate::patients::faults;

fn moment(row: &Value, name: &str) -> Timestamp {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}")).parse().unwrap()
}

#[tokio::test]
async fn what_was_called_off_or_given_up_earlier_keeps_both_times() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let off = stage.booked(&stage.asha, &stage.quarter(1)).await;
    let missed = stage.booked(&stage.ravi, &stage.quarter(2)).await;
    stage.pass(100);
    let (called, given_up) = (minute(&stage, -90), minute(&stage, -60));
    let body = json!({ "reason": "PATIENT_REQUEST", "note": "By phone", "happened_at": called.to_string() });
    let cancelled = stage.desk_does(&off, "cancel", &body).await;
    assert_eq!(
        (&cancelled["status"], &cancelled["cancelled_at"], &cancelled["cancelled_note"]),
        (&json!("CANCELLED"), &json!(called.to_string()), &json!("By phone"))
    );
    let gone = stage.desk_does(&missed, "no-show", &then(given_up)).await;
    assert_eq!((&gone["status"], &gone["no_show_at"]), (&json!("NO_SHOW"), &json!(given_up.to_string())));
    let page = stage.desk.browser().await;
    for (one, kind, at) in [(&off, "CANCELLED", called), (&missed, "NO_SHOW", given_up)] {
        let row = stage.row(one).await;
        assert!(moment(&row, "updated_at") > super::later(at, 50), "was written down now: {row}");
        assert_eq!(row["holds_slot"], false);
        let told = history(&stage, one).await;
        let last = told.last().unwrap();
        assert_eq!((&last["kind"], &last["happened_at"]), (&json!(kind), &json!(at.to_string())));
        assert!(moment(last, "recorded_at") > super::later(at, 50), "{last}");
        let page = page.get(&format!("/appointments/{}", one["id"].as_str().unwrap())).await;
        assert_eq!(page.text.matches("Written down today, ").count(), 1, "{}", page.text);
    }
    // What is said at once has one time, as ever.
    let third = stage.booked(&stage.patient(3).await, &stage.quarter(3)).await;
    let now = stage.desk_does(&third, "cancel", &json!({ "reason": "OTHER", "happened_at": null })).await;
    let last = history(&stage, &third).await.pop().unwrap();
    assert_eq!((&last["happened_at"], &last["recorded_at"]), (&now["cancelled_at"], &now["cancelled_at"]));

    // Who comes after that moment came late.
    let body = json!({ "reason": "Train strike", "happened_at": minute(&stage, -40).to_string() });
    let arrived = stage.desk_does(&missed, "arrived-late", &body).await;
    assert_eq!((&arrived["arrived_late"], &arrived["no_show_at"]), (&json!(true), &gone["no_show_at"]));
}

#[tokio::test]
async fn a_time_at_which_it_cannot_have_been_is_refused_and_changes_nothing() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let booked = stage.booked(&stage.asha, &stage.quarter(1)).await;
    stage.pass(70);
    let asked = async |one: &Value, step: &str, at: &str| {
        stage.act(&stage.desk, one, step, &json!({ "reason": "OTHER", "happened_at": at })).await
    };
    let never = [
        (minute(&stage, 7).to_string(), "in the future"),
        (minute(&stage, -25 * 60).to_string(), "more than 24 hours ago"),
        (minute(&stage, -75).to_string(), "before the booking at "),
        ("2399-01-01T09:00:00Z".to_owned(), "in the future"),
        ("9999-12-31T23:59:59Z".to_owned(), "Write the time like"),
        ("soon".to_owned(), "Write the time like"),
        ("2026-03-14".to_owned(), "Write the time like"),
    ];
    for (step, more) in [
        ("cancel", None),
        ("no-show", Some((minute(&stage, -60).to_string(), "before the time of the appointment at "))),
    ] {
        for (typed, says) in never.iter().chain(&more) {
            let reply = asked(&booked, step, typed).await;
            assert!(
                reply.status == 422 && faults(&reply).contains("happened_at"),
                "{step} {typed}: {}",
                reply.text
            );
            assert!(reply.text.contains(says), "{step} {typed}: {}", reply.text);
        }
    }
    assert_eq!(stage.desk.get(&path_of(&booked)).await.json, booked, "nothing was changed");
    // Its time has to be over, whatever is said of when it was; the moment of its beginning is late enough.
    let ahead = stage.booked(&stage.ravi, &stage.quarter(4)).await;
    let early = asked(&ahead, "no-show", &minute(&stage, -1).to_string()).await;
    assert_eq!(code(&early), refused(400, "appointment.not_yet"));
    let start = booked["scheduled_at"].as_str().unwrap();
    let gone = asked(&booked, "no-show", start).await;
    assert_eq!((gone.status, &gone.json["no_show_at"]), (200, &json!(start)), "{}", gone.text);

    // Who had come cannot have called it off before.
    stage.pass(60);
    let came = minute(&stage, -20);
    stage.desk_does(&ahead, "check-in", &then(came)).await;
    let before = asked(&ahead, "cancel", &minute(&stage, -21).to_string()).await;
    assert!(before.status == 422 && before.text.contains("before the check-in at "), "{}", before.text);
    let off = asked(&ahead, "cancel", &came.to_string()).await;
    assert_eq!((off.status, &off.json["cancelled_at"]), (200, &json!(came.to_string())), "{}", off.text);
    // A clock that is a little ahead says now.
    let other = stage.booked(&stage.patient(4).await, &stage.quarter(4)).await;
    let off = asked(&other, "cancel", &minute(&stage, 4).to_string()).await;
    assert_eq!(off.status, 200, "{}", off.text);
    assert!(moment(&off.json, "cancelled_at") <= stage.now());
}

#[tokio::test]
async fn the_page_asks_when_it_was_and_says_what_is_wrong_with_it() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (missed, off) = (
        stage.booked(&stage.asha, &stage.quarter(4)).await,
        stage.booked(&stage.ravi, &stage.quarter(12)).await,
    );
    stage.pass(90);
    let zone = TimeZone::get("Asia/Kolkata").unwrap();
    let typed = |from_now: i64| {
        minute(&stage, from_now).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let desk = stage.desk.browser().await;
    let path = |one: &Value| format!("/appointments/{}", one["id"].as_str().unwrap());
    let page = desk.get(&path(&missed)).await;
    assert!(page.text.contains("The patient was given up earlier"), "{}", page.text);
    let ahead = desk.get(&path(&off)).await;
    assert!(ahead.text.contains("name=\"cancelled_at\"") && !ahead.text.contains("name=\"missed_at\""));

    let step = format!("{}/no-show", path(&missed));
    for (from_now, says) in [
        (60, "in the future"),
        (-95, "before the booking at"),
        (-35, "before the time of the appointment at"),
    ] {
        let wrong = desk.submit(&step, &[("missed_at", &typed(from_now))]).await;
        assert_eq!(wrong.status, 422, "{from_now}: {}", wrong.text);
        let value = format!("value=\"{}\"", typed(from_now));
        for part in ["id=\"missed_at-error\"", "href=\"#missed_at\"", says, &value] {
            assert!(wrong.text.contains(part), "{part} in {}", wrong.text);
        }
    }
    assert_eq!(desk.submit(&step, &[("missed_at", &typed(-20))]).await.status, 303);
    assert_eq!(moment(&stage.row(&missed).await, "no_show_at"), minute(&stage, -20));

    let step = format!("{}/cancel", path(&off));
    let (wrong_at, at) = (typed(-95), typed(-45));
    let fields = [("reason", "PATIENT_REQUEST"), ("note", "By phone"), ("cancelled_at", wrong_at.as_str())];
    let wrong = desk.submit(&step, &fields).await;
    assert!(wrong.status == 422 && wrong.text.contains("id=\"cancelled_at-error\""), "{}", wrong.text);
    for kept in ["value=\"By phone\"", "value=\"PATIENT_REQUEST\" selected", "before the booking at"] {
        assert!(wrong.text.contains(kept), "{kept} in {}", wrong.text);
    }
    let fields = [("reason", "PATIENT_REQUEST"), ("cancelled_at", at.as_str())];
    assert_eq!(desk.submit(&step, &fields).await.status, 303);
    assert_eq!(moment(&stage.row(&off).await, "cancelled_at"), minute(&stage, -45));
    for one in [&missed, &off] {
        let page = desk.get(&path(one)).await;
        assert_eq!(page.text.matches("Written down today, ").count(), 1, "{}", page.text);
    }
}

#[tokio::test]
async fn of_an_hour_that_comes_twice_the_page_asks_which() {
    let app = an_app().await;
    let stage = stage_in(&app, "Europe/Berlin", "2027-10-30T22:30:00Z".parse().unwrap()).await;
    // 02:30 comes twice that night, at 00:30 and at 01:30 in UTC.
    let missed = stage.booked(&stage.asha, "2027-10-31T00:30:00Z").await;
    let off = stage.booked(&stage.ravi, "2027-10-31T09:00:00Z").await;
    set_clock(&app, "2027-10-31T02:00:00Z".parse().unwrap());
    let desk = stage.desk.browser().await;
    for (one, step, at, fold, stamp, means) in [
        (&missed, "no-show", "missed_at", ("missed_fold", "second"), "no_show_at", "2027-10-31T01:30:00Z"),
        (&off, "cancel", "cancelled_at", ("cancelled_fold", "first"), "cancelled_at", "2027-10-31T00:30:00Z"),
    ] {
        let step = format!("/appointments/{}/{step}", one["id"].as_str().unwrap());
        let mut fields = vec![("reason", "OTHER"), (at, "2027-10-31T02:30")];
        let asked = desk.submit(&step, &fields).await;
        assert_eq!(asked.status, 422, "{}", asked.text);
        let question = format!("name=\"{}\"", fold.0);
        assert!(asked.text.contains("twice that night") && asked.text.contains(&question), "{}", asked.text);
        fields.push(fold);
        let done = desk.submit(&step, &fields).await;
        assert_eq!(done.status, 303, "{}", done.text);
        assert_eq!(stage.desk.get(&path_of(one)).await.json[stamp], means);
    }
}
