//! Hours as people write them, over midnight and around holidays.

use super::super::holidays::{Holiday, Holidays};
use super::super::span::{minute, spans};
use super::*;

fn week(days: &[(Weekday, &str)]) -> Result<Week, (Weekday, Fault)> {
    Week::new(days.iter().flat_map(|(day, typed)| spans(*day, typed).unwrap()).collect())
}

fn at(text: &str) -> Zoned {
    format!("{text}[Asia/Kathmandu]").parse().unwrap()
}

#[test]
fn times_are_read_as_people_type_them() {
    for (typed, minutes) in [
        ("9", 540),
        ("09.30", 570),
        ("9:30 pm", 1290),
        ("12am", 0),
        ("12 PM", 720),
        ("24:00", 1440),
        ("1:05\u{a0}pm", 785),
    ] {
        assert_eq!(minute(typed), Some(minutes), "{typed}");
    }
    for typed in ["", "24:01", "25", "9:5", "9:60", "13 pm", "0 am", "nine", "-1", "9:30:00", "٩"] {
        assert_eq!(minute(typed), None, "{typed}");
    }
}

#[test]
fn a_day_is_read_and_written_the_same() {
    let day = Weekday::Friday;
    for (typed, written, twelve) in [
        (
            "9-13, 16-20",
            "09:00\u{2013}13:00, 16:00\u{2013}20:00",
            "9:00\u{a0}am\u{2013}1:00\u{a0}pm, 4:00\u{a0}pm\u{2013}8:00\u{a0}pm",
        ),
        ("8pm to 6am", "20:00\u{2013}06:00", "8:00\u{a0}pm\u{2013}6:00\u{a0}am"),
        ("18:00\u{2013}24:00", "18:00\u{2013}24:00", "6:00\u{a0}pm\u{2013}12:00\u{a0}am"),
        ("24 H", "24 h", "24 h"),
        ("Closed", "closed", "closed"),
        ("", "closed", "closed"),
    ] {
        let week = week(&[(day, typed)]).unwrap();
        assert_eq!(week.written(day, Hours::TwentyFour), written, "{typed}");
        assert_eq!(week.written(day, Hours::Twelve), twelve, "{typed}");
        for text in [written, twelve] {
            assert_eq!(super::tests::week(&[(day, text)]).unwrap(), week, "{text}");
        }
    }
    for typed in ["9", "9-", "nine to five", "9-9", "9-5", "24:00-25:00", "9-13,x"] {
        assert!(spans(day, typed).is_err(), "{typed}");
    }
}

#[test]
fn hours_never_overlap_not_even_around_the_end_of_the_week() {
    use Weekday::{Monday, Sunday, Tuesday};
    assert_eq!(week(&[(Monday, "9-13, 12-14")]).unwrap_err().0, Monday);
    assert_eq!(week(&[(Monday, "20-6"), (Tuesday, "5:59-9")]).unwrap_err().0, Monday);
    let (day, fault) = week(&[(Sunday, "20-6"), (Monday, "5-9")]).unwrap_err();
    assert_eq!((day, fault.contains("Monday")), (Sunday, true));
    for fine in [[(Monday, "9-13, 13-14"), (Tuesday, "")], [(Sunday, "20-6"), (Monday, "6-9")]] {
        assert!(week(&fine).is_ok(), "{fine:?}");
    }
    assert!(week(&[(Monday, "1-2,3-4,5-6,7-8,9-10,11-12,13-14")]).is_err());
}

#[test]
fn it_is_open_over_midnight_and_closed_on_holidays() {
    use Weekday::{Saturday, Sunday};
    // 24 Oct 2026 is a Saturday.
    let week = week(&[(Saturday, "9-13, 20-6"), (Sunday, "10-12")]).unwrap();
    let none = Holidays::default();
    let standing = |when: &str| week.standing(&none, &at(when));
    assert_eq!(standing("2026-10-24T08:59"), Standing::Closed);
    assert_eq!(standing("2026-10-24T09:00"), Standing::Open { until: Some(13 * 60) });
    assert_eq!(standing("2026-10-24T13:00"), Standing::Closed);
    assert_eq!(standing("2026-10-24T23:30"), Standing::Open { until: Some(6 * 60) });
    assert_eq!(standing("2026-10-25T05:59"), Standing::Open { until: Some(6 * 60) });
    assert_eq!(standing("2026-10-25T06:00"), Standing::Closed);
    assert_eq!(Week::default().standing(&none, &at("2026-10-25T06:00")), Standing::NotTold);

    let holiday = Holiday { day: jiff::civil::date(2026, 10, 25), name: "Tihar".to_owned() };
    let holidays = Holidays::new(vec![holiday]).unwrap();
    let standing = |when: &str| week.standing(&holidays, &at(when));
    assert_eq!(standing("2026-10-25T02:00"), Standing::Open { until: Some(6 * 60) }, "opened before it");
    assert_eq!(standing("2026-10-25T11:00"), Standing::Holiday("Tihar"));
}

#[test]
fn where_one_day_ends_and_the_next_begins_it_stays_open() {
    let none = Holidays::default();
    let always = week(&Weekday::ALL.map(|day| (day, "24 h"))).unwrap();
    assert_eq!(always.standing(&none, &at("2026-10-25T02:00")), Standing::Open { until: None });
    let weekend = week(&[(Weekday::Saturday, "24 h"), (Weekday::Sunday, "0-18")]).unwrap();
    assert_eq!(weekend.standing(&none, &at("2026-10-24T02:00")), Standing::Open { until: Some(18 * 60) });
}

#[test]
fn a_week_begins_where_the_hospital_begins_it() {
    assert_eq!(Weekday::Sunday.week()[..2], [Weekday::Sunday, Weekday::Monday]);
    assert_eq!(Weekday::of(jiff::civil::date(2026, 10, 24)), Weekday::Saturday);
    assert_eq!(Weekday::from_code("SUNDAY"), Some(Weekday::Sunday));
    assert_eq!(Weekday::from_code("Sunday"), None);
}
