//! Hours over jumps of the clock, holidays and leave.

use jiff::civil::date;

use super::super::model::{ExceptionId, LeaveId, LeaveKind};
use super::*;
use crate::clinic::profile::{Holiday, Weekday};

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn doctor() -> UserId {
    UserId(uuid::Uuid::from_u128(7))
}

fn every_day(starts: u16, ends: u16, slot_minutes: u16) -> Plan {
    let hours = Weekday::ALL.map(|weekday| Hours {
        doctor: doctor(),
        weekday,
        starts,
        ends,
        slot_minutes,
        room_id: None,
        valid_from: date(2020, 1, 1),
        valid_until: None,
    });
    Plan { hours: hours.into(), ..Plan::default() }
}

fn exception(on: Date, kind: Kind, starts: u16, ends: u16) -> Exception {
    Exception {
        id: ExceptionId::new(),
        doctor: doctor(),
        on,
        kind,
        starts,
        ends,
        slot_minutes: (kind == Kind::Extra).then_some(30),
        room_id: None,
        note: None,
        made_by: doctor(),
        made_at: Timestamp::UNIX_EPOCH,
    }
}

fn leave(from: &str, until: &str) -> Leave {
    Leave {
        id: LeaveId::new(),
        doctor: doctor(),
        kind: LeaveKind::Sick,
        starts_at: from.parse().unwrap(),
        ends_at: until.parse().unwrap(),
        note: None,
        made_by: doctor(),
        made_at: Timestamp::UNIX_EPOCH,
        withdrawn: None,
    }
}

/// What the hospital's clock shows at the slots of a day.
fn shown(plan: &Plan, zone: &TimeZone, day: Date) -> Vec<String> {
    let (from, until) = (instant(zone, day, 0).unwrap(), instant(zone, day, 24 * 60).unwrap());
    let stretches = plan.stretches(zone, doctor(), from, until);
    let slots = stretches.iter().flat_map(slots);
    slots.map(|at| at.to_zoned(zone.clone()).strftime("%H:%M%:z").to_string()).collect()
}

#[test]
fn hours_are_what_the_clock_shows_in_any_zone() {
    for (name, offset) in
        [("Asia/Kathmandu", "+05:45"), ("America/New_York", "-05:00"), ("Europe/Berlin", "+01:00")]
    {
        let slots = shown(&every_day(9 * 60, 10 * 60, 30), &zone(name), date(2026, 1, 14));
        assert_eq!(slots, [format!("09:00{offset}"), format!("09:30{offset}")], "{name}");
    }
    // The same clock half a year later.
    let slots = shown(&every_day(9 * 60, 10 * 60, 30), &zone("Europe/Berlin"), date(2026, 7, 15));
    assert_eq!(slots, ["09:00+02:00", "09:30+02:00"]);
}

#[test]
fn what_the_clock_never_shows_is_no_slot() {
    // 8 March 2026: from 02:00 to 03:00 at once.
    let (zone, day) = (zone("America/New_York"), date(2026, 3, 8));
    assert_eq!(
        shown(&every_day(60, 4 * 60, 30), &zone, day),
        ["01:00-05:00", "01:30-05:00", "03:00-04:00", "03:30-04:00"]
    );
    assert_eq!(shown(&every_day(150, 4 * 60, 30), &zone, day), ["03:00-04:00", "03:30-04:00"]);
    assert_eq!(shown(&every_day(60, 150, 30), &zone, day), ["01:00-05:00", "01:30-05:00"]);
    assert_eq!(shown(&every_day(120, 180, 15), &zone, day), [""; 0]);
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    assert_eq!(shown(&every_day(120, 180, 15), &berlin, date(2026, 3, 29)), [""; 0]);
}

#[test]
fn an_hour_that_is_shown_twice_counts_twice() {
    // 1 November 2026: 01:00 to 02:00 comes twice.
    let (new_york, day) = (zone("America/New_York"), date(2026, 11, 1));
    assert_eq!(
        shown(&every_day(60, 3 * 60, 60), &new_york, day),
        ["01:00-04:00", "01:00-05:00", "02:00-05:00"]
    );
    // Hours that end within it end with the first time.
    assert_eq!(shown(&every_day(30, 90, 30), &new_york, day), ["00:30-04:00", "01:00-04:00"]);
    // The whole day has twenty-five hours, and twenty-three in spring.
    assert_eq!(shown(&every_day(0, 24 * 60, 60), &new_york, day).len(), 25);
    assert_eq!(shown(&every_day(0, 24 * 60, 60), &new_york, date(2026, 3, 8)).len(), 23);
    let berlin = zone("Europe/Berlin");
    assert_eq!(shown(&every_day(0, 24 * 60, 60), &berlin, date(2026, 10, 25)).len(), 25);
    // Where the clock jumps at midnight, and where by half an hour.
    let santiago = zone("America/Santiago");
    assert_eq!(
        shown(&every_day(0, 24 * 60, 60), &santiago, date(2026, 9, 6)).first().unwrap(),
        "01:00-03:00"
    );
    let lord_howe = zone("Australia/Lord_Howe");
    assert_eq!(
        shown(&every_day(60, 180, 30), &lord_howe, date(2026, 10, 4)),
        ["01:00+10:30", "01:30+10:30", "02:30+11:00"]
    );
}

#[test]
fn days_that_differ_add_and_take_away() {
    let (zone, day) = (zone("Asia/Kathmandu"), date(2026, 1, 14));
    let mut plan = every_day(9 * 60, 11 * 60, 60);
    plan.exceptions = vec![
        exception(day, Kind::Extra, 10 * 60, 12 * 60),
        exception(day, Kind::Closed, 9 * 60, 9 * 60 + 30),
    ];
    // The cut slot is gone, the grid stays, and what the week has is not there twice.
    assert_eq!(shown(&plan, &zone, day), ["10:00+05:45", "11:00+05:45", "11:30+05:45"]);
    assert_eq!(shown(&plan, &zone, date(2026, 1, 15)), ["09:00+05:45", "10:00+05:45"]);
    let holiday = Holiday { day, name: "Maghe Sankranti".to_owned() };
    plan.holidays = Holidays::new(vec![holiday]).unwrap();
    assert_eq!(shown(&plan, &zone, day), [""; 0]);
}

#[test]
fn leave_takes_its_time_out_and_no_slot_reaches_into_it() {
    let (zone, day) = (zone("Europe/Berlin"), date(2026, 1, 14));
    let mut plan = every_day(9 * 60, 12 * 60, 30);
    plan.leaves = vec![leave("2026-01-14T08:40:00Z", "2026-01-14T09:50:00Z")];
    // Away from 09:40 to 10:50.
    assert_eq!(shown(&plan, &zone, day), ["09:00+01:00", "11:00+01:00", "11:30+01:00"]);
    let at = |from: &str, until: &str| (from.parse().unwrap(), until.parse().unwrap());
    let shut = |time, by_hours| plan.shut(&zone, doctor(), time, by_hours);
    assert!(matches!(
        shut(at("2026-01-14T08:30:00Z", "2026-01-14T08:45:00Z"), false),
        Some(Shut::Leave { .. })
    ));
    assert_eq!(shut(at("2026-01-14T08:00:00Z", "2026-01-14T08:30:00Z"), true), None);
    assert_eq!(shut(at("2026-01-14T10:45:00Z", "2026-01-14T11:15:00Z"), true), Some(Shut::OutsideHours));
    assert_eq!(shut(at("2026-01-14T10:45:00Z", "2026-01-14T11:15:00Z"), false), None, "has no hours");
}

#[test]
fn hours_hold_from_and_until_their_days() {
    let zone = zone("Europe/Berlin");
    let mut plan = every_day(9 * 60, 10 * 60, 60);
    for hours in &mut plan.hours {
        hours.valid_from = date(2026, 1, 14);
        hours.valid_until = Some(date(2026, 1, 15));
    }
    let counts = [13, 14, 15, 16].map(|day| shown(&plan, &zone, date(2026, 1, day)).len());
    assert_eq!(counts, [0, 1, 1, 0]);
}

#[test]
fn two_hours_that_touch_hold_an_appointment_over_both() {
    let zone = zone("Europe/Berlin");
    let mut plan = every_day(9 * 60, 10 * 60, 60);
    plan.hours.extend(every_day(10 * 60, 11 * 60, 15).hours);
    let over = ("2026-01-14T08:45:00Z".parse().unwrap(), "2026-01-14T09:15:00Z".parse().unwrap());
    assert_eq!(plan.shut(&zone, doctor(), over, true), None);
}
