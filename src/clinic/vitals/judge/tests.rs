//! Each limit on both sides, for adults and children, and what is known from before.

use std::collections::BTreeMap;

use super::*;

const ADULT: Option<Age> = Some(Age { days: 16_000, months: 525, years: 43 });
const TWO: Option<Age> = Some(Age { days: 730, months: 24, years: 2 });

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T05:00:00Z")
}

fn one(measure: Measure, value: i32) -> Taken {
    Taken { values: BTreeMap::from([(measure, value)]), notes: Some("asystole".into()), ..Taken::default() }
}

fn faults(taken: &Taken, bmi: Option<i32>) -> Vec<String> {
    let mut errors = FieldErrors::default();
    impossible(taken, bmi, Tables::built_in(), &mut errors);
    let problem: crate::kernel::Problem = errors.into();
    problem.errors.into_iter().map(|error| error.field).collect()
}

fn doubted(taken: &Taken, age: Option<Age>, earlier: Earlier) -> Vec<Measure> {
    let bmi = bmi(taken, age, &earlier);
    unlikely(taken, bmi, age, &earlier, now(), Tables::built_in())
        .into_iter()
        .map(|doubt| doubt.measure)
        .collect()
}

#[test]
fn impossible_values_are_refused_and_their_limits_are_not() {
    for (measure, from, to) in [
        (Measure::Systolic, 20, 300),
        (Measure::Diastolic, 5, 250),
        (Measure::HeartRate, 0, 300),
        (Measure::RespiratoryRate, 0, 120),
        (Measure::Temperature, 200, 450),
        (Measure::Spo2, 1, 100),
        (Measure::OxygenFlow, 0, 800),
        (Measure::Gcs, 3, 15),
        (Measure::Pain, 0, 10),
        (Measure::Glucose, 10, 1000),
        (Measure::Weight, 201, 700_000),
        (Measure::Height, 200, 2750),
        (Measure::Head, 150, 800),
    ] {
        for (value, is_possible) in [(from - 1, false), (from, true), (to, true), (to + 1, false)] {
            let found = faults(&one(measure, value), None);
            assert_eq!(found.is_empty(), is_possible, "{measure:?} {value}: {found:?}");
        }
    }
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    let pressures = |systolic, diastolic| Taken {
        values: BTreeMap::from([(Measure::Systolic, systolic), (Measure::Diastolic, diastolic)]),
        ..Taken::default()
    };
    assert!(faults(&pressures(81, 80), None).is_empty());
    assert_eq!(faults(&pressures(80, 80), None), ["diastolic_bp"]);
    assert_eq!(
        faults(&Taken { notes: None, ..one(Measure::HeartRate, 0) }, None),
        ["heart_rate"],
        "0 needs a reason"
    );
    let flow = Taken { oxygen: Some(false), ..one(Measure::OxygenFlow, 20) };
    assert_eq!(faults(&flow, None), ["oxygen_flow_l_min"]);
    assert!(faults(&Taken { oxygen: Some(true), ..flow }, None).is_empty());
    let both = Taken {
        values: BTreeMap::from([(Measure::Weight, 700_000), (Measure::Height, 200)]),
        ..Taken::default()
    };
    let computed = bmi(&both, ADULT, &Earlier::default());
    assert_eq!((computed, faults(&both, computed)), (Some(175_000), vec!["height_cm".to_owned()]));
}

#[test]
fn unlikely_values_of_adults_are_asked_about() {
    for (measure, low, high) in [
        (Measure::Systolic, Some(70), Some(240)),
        (Measure::Diastolic, Some(30), Some(140)),
        (Measure::HeartRate, Some(35), Some(180)),
        (Measure::RespiratoryRate, Some(6), Some(45)),
        (Measure::Temperature, Some(340), Some(410)),
        (Measure::Spo2, Some(80), None),
        (Measure::Weight, Some(30_000), Some(250_000)),
        (Measure::Height, Some(1200), Some(2200)),
        (Measure::Glucose, Some(50), Some(400)),
    ] {
        let ends = [(low, -1), (high, 1)].into_iter().filter_map(|(end, step)| Some((end?, step)));
        for (end, step) in ends {
            assert!(doubted(&one(measure, end), ADULT, Earlier::default()).is_empty(), "{measure:?} {end}");
            assert_eq!(
                doubted(&one(measure, end + step), ADULT, Earlier::default()),
                [measure],
                "{measure:?}"
            );
        }
    }
    let mut confirmed = one(Measure::Temperature, 420);
    confirmed.confirmed.insert(Measure::Temperature);
    assert!(doubted(&confirmed, ADULT, Earlier::default()).is_empty(), "asked once");
}

#[test]
fn children_are_asked_about_by_their_age() {
    // At 2 years: heart 80-140, breath 20-28, hypotension below 74.
    for (measure, fine, doubtful) in [
        (Measure::HeartRate, 56, 55),
        (Measure::HeartRate, 182, 183),
        (Measure::RespiratoryRate, 14, 13),
        (Measure::RespiratoryRate, 36, 37),
        (Measure::Systolic, 74, 73),
        (Measure::Systolic, 160, 161),
        (Measure::Glucose, 45, 44),
        (Measure::Glucose, 300, 301),
    ] {
        assert!(doubted(&one(measure, fine), TWO, Earlier::default()).is_empty(), "{measure:?} {fine}");
        assert_eq!(
            doubted(&one(measure, doubtful), TWO, Earlier::default()),
            [measure],
            "{measure:?} {doubtful}"
        );
    }
    let height = Some((900, at("2026-05-01T05:00:00Z")));
    assert_eq!(doubted(&one(Measure::Height, 899), TWO, Earlier { height, weight: None }), [Measure::Height]);
    assert!(doubted(&one(Measure::Height, 900), TWO, Earlier { height, weight: None }).is_empty());
}

#[test]
fn a_weight_does_not_jump_within_a_week() {
    let before = |when| Earlier { weight: Some((50_000, at(when))), height: None };
    let week = "2026-11-15T05:00:00Z";
    for (grams, is_doubtful) in [(45_000, false), (44_999, true), (55_000, false), (55_001, true)] {
        let found = doubted(&one(Measure::Weight, grams), ADULT, before(week));
        assert_eq!(!found.is_empty(), is_doubtful, "{grams}");
    }
    assert!(
        doubted(&one(Measure::Weight, 44_999), ADULT, before("2026-11-15T04:59:59Z")).is_empty(),
        "long ago"
    );
}

#[test]
fn the_body_mass_index_is_computed_where_it_means_something() {
    let both = |grams, millimetres| Taken {
        values: BTreeMap::from([(Measure::Weight, grams), (Measure::Height, millimetres)]),
        ..Taken::default()
    };
    assert_eq!(bmi(&both(70_000, 1750), ADULT, &Earlier::default()), Some(229));
    assert_eq!(bmi(&both(70_000, 1750), None, &Earlier::default()), None, "the age decides");
    let baby = Some(Age { days: 729, months: 23, years: 1 });
    assert_eq!(bmi(&both(12_000, 870), baby, &Earlier::default()), None);
    assert_eq!(bmi(&both(12_000, 870), TWO, &Earlier::default()), Some(159));
    let known = Earlier { weight: None, height: Some((1750, now())) };
    assert_eq!(bmi(&one(Measure::Weight, 70_000), ADULT, &known), Some(229), "a grown height stays");
    assert_eq!(bmi(&one(Measure::Weight, 12_000), TWO, &known), None, "a child's does not");
    assert_eq!(doubted(&both(180_000, 1700), ADULT, Earlier::default()), [Measure::Bmi]);
}

#[test]
fn other_units_are_offered_as_ours() {
    for (fahrenheit, celsius_tenths) in [(986, 370), (1004, 380), (1080, 422), (860, 300)] {
        assert_eq!(celsius(Measure::Temperature, fahrenheit), Some(celsius_tenths), "{fahrenheit}");
    }
    assert_eq!((celsius(Measure::Temperature, 450), celsius(Measure::HeartRate, 986)), (None, None));
    assert_eq!(pounds(154_000), Some(69_853));
    assert_eq!(inches(680), Some(1727));
}
