//! Hours, days and leave as they are typed.

use jiff::civil::date;

use super::*;
use crate::clinic::profile::Weekday::{Monday, Saturday, Sunday};

const TODAY: Date = date(2026, 3, 2);

fn faults<T>(parsed: Result<T, AppError>) -> Vec<String> {
    match parsed {
        Err(AppError::Problem(problem)) => problem.errors.into_iter().map(|e| e.field).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_fault_of_a_week_is_told() {
    let good = TypedSpan { weekday: "MONDAY", starts_at: "9", ends_at: "13:00", ..TypedSpan::default() };
    let week = NewWeek::parse(&[good], (None, None), 30, TODAY).unwrap();
    assert_eq!((week.spans[0].starts, week.spans[0].ends, week.spans[0].slot_minutes), (540, 780, 30));
    assert_eq!(week.valid_from, TODAY);
    for (span, fields) in [
        (TypedSpan { weekday: "Someday", ..good }, vec!["hours"]),
        (TypedSpan { starts_at: "9:10", ..good }, vec!["hours"]),
        (TypedSpan { ends_at: "9", ..good }, vec!["hours"]),
        (TypedSpan { ends_at: "25:00", ..good }, vec!["hours"]),
        (TypedSpan { ends_at: "9:15", ..good }, vec!["hours"]),
        (TypedSpan { slot_minutes: Some(20), ..good }, vec!["slot_minutes"]),
    ] {
        assert_eq!(faults(NewWeek::parse(&[span], (None, None), 30, TODAY)), fields, "{span:?}");
    }
    let over = TypedSpan { starts_at: "12", ends_at: "14", ..good };
    assert_eq!(faults(NewWeek::parse(&[good, over], (None, None), 30, TODAY)), ["monday"]);
    let yesterday = NewWeek::parse(&[good], (Some("2026-03-01"), Some("2026-02-01")), 30, TODAY);
    assert_eq!(faults(yesterday), ["valid_from", "valid_until"]);
}

#[test]
fn hours_past_midnight_are_of_two_days() {
    let night = Span { day: Sunday, opens: 20 * 60, closes: DAY + 6 * 60 };
    let week = NewWeek::of_spans(&[(night, (15, None))], (TODAY, None)).unwrap();
    let spans: Vec<_> = week.spans.iter().map(|span| (span.weekday, span.starts, span.ends)).collect();
    assert_eq!(spans, [(Monday, 0, 360), (Sunday, 1200, 1440)]);
    let odd = Span { day: Saturday, opens: 9 * 60 + 10, closes: 12 * 60 };
    assert_eq!(faults(NewWeek::of_spans(&[(odd, (15, None))], (TODAY, None))), ["saturday"]);
}

#[test]
fn a_day_that_differs_needs_its_times_unless_all_of_it_falls_out() {
    let good = TypedDay { on_date: "2026-03-03", kind: "CLOSED", ..TypedDay::default() };
    let day = good.parse(15, TODAY).unwrap();
    assert_eq!((day.starts, day.ends, day.slot_minutes), (0, DAY, None));
    let extra = TypedDay { kind: "EXTRA", starts_at: "18:00", ends_at: "20:00", ..good };
    assert_eq!(extra.parse(30, TODAY).unwrap().slot_minutes, Some(30));
    for (typed, fields) in [
        (TypedDay { kind: "EXTRA", ..good }, vec!["starts_at"]),
        (TypedDay { kind: "HOLIDAY", ..good }, vec!["kind"]),
        (TypedDay { on_date: "2026-03-01", ..good }, vec!["on_date"]),
        (TypedDay { on_date: "", ..good }, vec!["on_date"]),
        (TypedDay { on_date: "2026-02-30", ..good }, vec!["on_date"]),
        (TypedDay { on_date: "2099-01-01", ..good }, vec!["on_date"]),
        (TypedDay { ends_at: "18:15", ..extra }, vec!["ends_at"]),
        (TypedDay { starts_at: "18:05", ..extra }, vec!["ends_at"]),
    ] {
        assert_eq!(faults(typed.parse(30, TODAY)), fields, "{typed:?}");
    }
}

#[test]
fn leave_is_of_whole_days_or_between_times_of_the_clock() {
    let zone = TimeZone::get("Asia/Kathmandu").unwrap();
    let now: Timestamp = "2026-03-02T03:00:00Z".parse().unwrap();
    let parse = |typed: TypedLeave<'_>| typed.parse(UserId::new(), now, &zone);
    let good = TypedLeave { kind: "SICK", starts_at: "2026-03-02", ends_at: "2026-03-03", note: None };
    let leave = parse(good).unwrap();
    assert_eq!(leave.starts_at, "2026-03-01T18:15:00Z".parse().unwrap());
    assert_eq!(leave.ends_at, "2026-03-03T18:15:00Z".parse().unwrap(), "its last day belongs to it");
    let hours = TypedLeave { starts_at: "2026-03-02T10:00", ends_at: "2026-03-02T06:15:00Z", ..good };
    assert_eq!(parse(hours).unwrap().starts_at, "2026-03-02T04:15:00Z".parse().unwrap());
    for (typed, fields) in [
        (TypedLeave { kind: "HOLIDAY", ..good }, vec!["kind"]),
        (TypedLeave { starts_at: "", ..good }, vec!["starts_at"]),
        (TypedLeave { ends_at: "tomorrow", ..good }, vec!["ends_at"]),
        (TypedLeave { ends_at: "2026-03-01", ..good }, vec!["ends_at"]),
        (TypedLeave { ends_at: "2031-03-01", ..good }, vec!["ends_at"]),
        (TypedLeave { starts_at: "2025-03-01", ..good }, vec!["starts_at"]),
        (TypedLeave { ends_at: "9999-12-31T23:59:59Z", ..good }, vec!["ends_at"]),
    ] {
        assert_eq!(faults(parse(typed)), fields, "{typed:?}");
    }
}
