//! The vectors of the published table, each of its borders, and what must never be scored.

use super::*;
use crate::clinic::vitals::model::Consciousness;

const ADULT: Option<Age> = Some(Age { days: 16_000, months: 525, years: 43 });

/// RR, SpO2, oxygen, systolic, pulse, consciousness, temperature in tenths.
type Seven = (i32, i32, bool, i32, i32, Consciousness, i32);
const WELL: Seven = (18, 97, false, 125, 75, Consciousness::Alert, 370);

fn taken((rr, spo2, oxygen, systolic, pulse, consciousness, temperature): Seven) -> Taken {
    Taken {
        values: BTreeMap::from([
            (Measure::RespiratoryRate, rr),
            (Measure::Spo2, spo2),
            (Measure::Systolic, systolic),
            (Measure::HeartRate, pulse),
            (Measure::Temperature, temperature),
        ]),
        oxygen: Some(oxygen),
        consciousness: Some(consciousness),
        ..Taken::default()
    }
}

fn of(seven: Seven, scale: u8) -> (Option<u8>, bool) {
    let score = score(&taken(seven), ADULT, scale, Tables::built_in());
    (score.total(), score.single_red)
}

#[test]
fn the_published_vectors_pass() {
    let (rr, spo2, air, bp, pulse, alert, temperature) = WELL;
    assert_eq!(of(WELL, 1), (Some(0), false));
    assert_eq!(of((22, 93, true, 105, 105, alert, 385), 1), (Some(9), false));
    assert_eq!(of((25, spo2, air, bp, pulse, alert, temperature), 1), (Some(3), true));
    assert_eq!(of((20, 95, true, 111, 90, alert, 361), 2), (Some(4), false));
    assert_eq!(of((rr, spo2, air, 220, pulse, alert, 350), 1), (Some(6), true));
    assert_eq!(of((rr, spo2, air, bp, pulse, Consciousness::Confusion, temperature), 1), (Some(3), true));
    let worst = (25, 91, true, 90, 131, Consciousness::Unresponsive, 350);
    assert_eq!(of(worst, 1), (Some(20), true), "the maximum");
}

#[test]
fn every_border_lies_where_the_table_has_it() {
    type Set = fn(&mut Seven, i32);
    type Borders = &'static [(i32, u8)];
    let cases: [(&str, Set, Borders); 5] = [
        (
            "respiration",
            |seven, n| seven.0 = n,
            &[(8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3)],
        ),
        (
            "saturation",
            |seven, n| seven.1 = n,
            &[(91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)],
        ),
        (
            "systolic",
            |seven, n| seven.3 = n,
            &[(90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3)],
        ),
        (
            "pulse",
            |seven, n| seven.4 = n,
            &[(40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2), (131, 3)],
        ),
        (
            "temperature",
            |seven, n| seven.6 = n,
            &[(350, 3), (351, 1), (360, 1), (361, 0), (380, 0), (381, 1), (390, 1), (391, 2)],
        ),
    ];
    for (what, set, borders) in cases {
        for (value, points) in borders {
            let mut seven = WELL;
            set(&mut seven, *value);
            assert_eq!(of(seven, 1), (Some(*points), *points == 3), "{what} {value}");
        }
    }
    let mut seven = WELL;
    seven.2 = true;
    assert_eq!(of(seven, 1), (Some(2), false), "oxygen");
    for state in [Consciousness::Voice, Consciousness::Pain, Consciousness::Unresponsive] {
        seven = WELL;
        seven.5 = state;
        assert_eq!(of(seven, 1), (Some(3), true), "{state:?}");
    }
}

#[test]
fn scale_2_reads_saturation_by_whether_oxygen_is_given() {
    for (spo2, on_air, on_oxygen) in [
        (83, 3, 3),
        (84, 2, 2),
        (85, 2, 2),
        (86, 1, 1),
        (87, 1, 1),
        (88, 0, 0),
        (92, 0, 0),
        (93, 0, 1),
        (94, 0, 1),
        (95, 0, 2),
        (96, 0, 2),
        (97, 0, 3),
        (100, 0, 3),
    ] {
        for (oxygen, points) in [(false, on_air), (true, on_oxygen + 2)] {
            let mut seven = WELL;
            (seven.1, seven.2) = (spo2, oxygen);
            assert_eq!(of(seven, 2).0, Some(points), "{spo2} with oxygen {oxygen}");
        }
    }
    let mut unsaid = taken(WELL);
    unsaid.oxygen = None;
    let score = score(&unsaid, ADULT, 2, Tables::built_in());
    assert!(!score.parts.contains_key(&Measure::Spo2), "which half holds is not guessed");
}

#[test]
fn what_is_missing_is_never_a_zero() {
    for missing in SEVEN {
        let mut set = taken(WELL);
        set.values.remove(&missing);
        match missing {
            Measure::Oxygen => set.oxygen = None,
            Measure::Consciousness => set.consciousness = None,
            _ => {}
        }
        let score = score(&set, ADULT, 1, Tables::built_in());
        assert_eq!((score.standing, score.parts.len()), (Standing::Incomplete, 6), "{missing:?}");
        assert_eq!(answer(&score, &Tables::built_in().response), None, "nothing is said about it");
    }
    // What is there already asks for somebody.
    let mut set = taken((25, 91, true, 85, 140, Consciousness::Alert, 370));
    set.values.remove(&Measure::Temperature);
    let score = score(&set, ADULT, 1, Tables::built_in());
    assert_eq!(score.total(), None);
    assert_eq!(answer(&score, &Tables::built_in().response).map(|(risk, ..)| risk), Some(Risk::High));
}

#[test]
fn nobody_is_scored_for_whom_the_table_is_not_made() {
    let tables = Tables::built_in();
    let standing = |age: Option<Age>, pregnant| {
        let taken = Taken { pregnant, ..taken(WELL) };
        score(&taken, age, 1, tables).standing
    };
    let years = |years: i64| Some(Age { days: years * 366, months: years * 12, years });
    assert_eq!(standing(years(16), None), Standing::Scored(0));
    assert_eq!(standing(years(16), Some(false)), Standing::Scored(0));
    assert_eq!(standing(years(15), None), Standing::NotApplicable(Unscored::Under16));
    assert_eq!(standing(years(30), Some(true)), Standing::NotApplicable(Unscored::Pregnant));
    assert_eq!(standing(None, None), Standing::NotApplicable(Unscored::AgeUnknown));
}

#[test]
fn an_answer_rises_with_the_score() {
    let response = &Tables::built_in().response;
    let (rr, spo2, _, bp, pulse, alert, temperature) = WELL;
    for (seven, risk, minutes, level) in [
        (WELL, Risk::None, 720, 0),
        ((rr, 95, false, bp, pulse, alert, temperature), Risk::Low, 240, 0),
        ((rr, 93, true, bp, pulse, alert, temperature), Risk::Low, 240, 0),
        ((25, spo2, false, bp, pulse, alert, temperature), Risk::SingleRed, 60, 1),
        ((25, spo2, false, bp, 95, alert, temperature), Risk::SingleRed, 60, 1),
        ((22, 93, true, bp, pulse, alert, temperature), Risk::Medium, 60, 2),
        ((25, 93, true, bp, pulse, alert, temperature), Risk::High, 15, 3),
    ] {
        let score = score(&taken(seven), ADULT, 1, Tables::built_in());
        let (found, step, _) = answer(&score, response).unwrap();
        assert_eq!((found, step.every_minutes, step.level), (risk, minutes, level), "{seven:?}");
    }
}

#[test]
fn a_child_has_colours_and_no_score() {
    let tables = Tables::built_in();
    let two = Some(Age { days: 730, months: 24, years: 2 });
    let of = |rr, pulse, systolic, spo2| {
        let set = taken((rr, spo2, false, systolic, pulse, Consciousness::Alert, 370));
        score(&set, two, 1, tables)
    };
    let well = of(24, 110, 90, 98);
    assert!(well.flags.is_empty() && well.parts.is_empty() && well.total().is_none());
    assert_eq!(answer(&well, &tables.response), None);
    for (rr, pulse, systolic, spo2, measure, flag, level) in [
        (20, 110, 90, 98, None, None, None),
        (19, 110, 90, 98, Some(Measure::RespiratoryRate), Some(Flag::Low), None),
        (29, 110, 90, 98, Some(Measure::RespiratoryRate), Some(Flag::High), None),
        (40, 110, 90, 98, Some(Measure::RespiratoryRate), Some(Flag::High), None),
        (41, 110, 90, 98, Some(Measure::RespiratoryRate), Some(Flag::DangerHigh), Some(2)),
        (24, 160, 90, 98, Some(Measure::HeartRate), Some(Flag::High), None),
        (24, 161, 90, 98, Some(Measure::HeartRate), Some(Flag::DangerHigh), Some(2)),
        (24, 79, 90, 98, Some(Measure::HeartRate), Some(Flag::Low), None),
        (24, 110, 74, 98, None, None, None),
        (24, 110, 73, 98, Some(Measure::Systolic), Some(Flag::DangerLow), Some(3)),
        (24, 110, 90, 92, None, None, None),
        (24, 110, 90, 91, Some(Measure::Spo2), Some(Flag::DangerLow), Some(2)),
    ] {
        let score = of(rr, pulse, systolic, spo2);
        let found = measure.and_then(|measure| score.flags.get(&measure).copied());
        assert_eq!(
            (found, score.flags.len()),
            (flag, usize::from(flag.is_some())),
            "{rr} {pulse} {systolic} {spo2}"
        );
        assert_eq!(answer(&score, &tables.response).map(|(_, step, _)| step.level), level);
    }
}

#[test]
fn what_is_danger_rings_where_no_total_is_made() {
    let tables = Tables::built_in();
    let pregnant = |set: Taken| Taken { pregnant: Some(true), ..set };
    let with = |measure: Measure, value: i32| {
        let mut set = taken(WELL);
        set.values.insert(Measure::Diastolic, 80);
        set.values.insert(measure, value);
        set
    };
    let well = with(Measure::HeartRate, 75);
    let mut confused = well.clone();
    confused.consciousness = Some(Consciousness::Confusion);
    let none: Option<(Measure, Flag)> = None;
    let low = |measure| Some((measure, Flag::DangerLow));
    let high = |measure| Some((measure, Flag::DangerHigh));
    for (set, flag, level) in [
        (well, none, None),
        // The last values that are no danger, and the first that are.
        (with(Measure::Systolic, 159), none, None),
        (with(Measure::Systolic, 160), high(Measure::Systolic), Some(3)),
        (with(Measure::Systolic, 91), none, None),
        (with(Measure::Systolic, 89), low(Measure::Systolic), Some(3)),
        (with(Measure::Diastolic, 109), none, None),
        (with(Measure::Diastolic, 110), high(Measure::Diastolic), Some(3)),
        (with(Measure::Spo2, 92), none, None),
        (with(Measure::Spo2, 91), low(Measure::Spo2), Some(3)),
        (with(Measure::RespiratoryRate, 24), none, None),
        (with(Measure::RespiratoryRate, 31), high(Measure::RespiratoryRate), Some(3)),
        (with(Measure::RespiratoryRate, 9), low(Measure::RespiratoryRate), Some(3)),
        (with(Measure::HeartRate, 120), none, None),
        (with(Measure::HeartRate, 121), high(Measure::HeartRate), Some(3)),
        (with(Measure::HeartRate, 39), low(Measure::HeartRate), Some(3)),
        (with(Measure::Temperature, 389), none, None),
        (with(Measure::Temperature, 390), high(Measure::Temperature), Some(3)),
        (with(Measure::Temperature, 349), low(Measure::Temperature), Some(3)),
        (confused, low(Measure::Consciousness), Some(2)),
    ] {
        for (set, age) in [(pregnant(set.clone()), ADULT), (set.clone(), None)] {
            let score = score(&set, age, 1, tables);
            let found = score
                .flags
                .iter()
                .map(|(measure, flag)| (*measure, *flag))
                .find(|(_, flag)| matches!(flag, Flag::DangerLow | Flag::DangerHigh));
            assert_eq!((score.total(), found), (None, flag), "{set:?}");
            assert_eq!(score.table, tables.origin(Name::Response).version, "whose limits these are");
            assert_eq!(answer(&score, &tables.response).map(|(_, step, _)| step.level), level, "{set:?}");
        }
    }
    // A child who is pregnant is judged by both.
    let thirteen = Some(Age { days: 13 * 366, months: 13 * 12, years: 13 });
    let both = score(&pregnant(with(Measure::Systolic, 165)), thirteen, 1, tables);
    assert_eq!(both.flags.get(&Measure::Systolic), Some(&Flag::DangerHigh));
}

#[test]
fn without_a_total_nobody_alarms_less_than_the_score_would() {
    let tables = Tables::built_in();
    let level = |set: &Taken, age| {
        let score = score(set, age, 1, tables);
        answer(&score, &tables.response).map_or(0, |(_, step, _)| step.level)
    };
    for rr in [7, 10, 18, 22, 26, 32] {
        for (spo2, oxygen) in [(90, true), (93, true), (95, false), (97, false)] {
            for (bp, pulse) in [(85, 135), (95, 115), (105, 105), (125, 75), (222, 38)] {
                for (state, temperature) in
                    [(Consciousness::Alert, 370), (Consciousness::Voice, 370), (Consciousness::Alert, 385)]
                {
                    let set = taken((rr, spo2, oxygen, bp, pulse, state, temperature));
                    let scored = level(&set, ADULT);
                    let pregnant = Taken { pregnant: Some(true), ..set.clone() };
                    assert!(level(&pregnant, ADULT) >= scored && level(&set, None) >= scored, "{set:?}");
                }
            }
        }
    }
}

#[test]
fn a_hospitals_limits_of_what_is_likely_silence_nobody() {
    let mut body = Name::Plausibility.body();
    body["measures"]["systolic_bp"]["adult"] = serde_json::json!([null, null]);
    let own =
        Tables::built_in().clone().with(Name::Plausibility, Name::Plausibility.built_in(), &body).unwrap();
    let (rr, spo2, air, _, pulse, alert, temperature) = WELL;
    let set = Taken { pregnant: Some(true), ..taken((rr, spo2, air, 190, pulse, alert, temperature)) };
    let score = score(&set, ADULT, 1, &own);
    assert_eq!(answer(&score, &own.response).map(|(risk, ..)| risk), Some(Risk::High));
}
