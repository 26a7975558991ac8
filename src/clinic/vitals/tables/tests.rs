//! A table is trusted only if it is whole.

use serde_json::Value;

use super::*;
use crate::clinic::vitals::model::Age;

fn changed(name: Name, change: impl FnOnce(&mut Value)) -> Result<Tables, Wrong> {
    let mut body = name.body();
    change(&mut body);
    Tables::built_in().clone().with(name, name.built_in(), &body)
}

#[test]
fn the_tables_that_hms_comes_with_are_sound_and_say_where_they_are_from() {
    for name in Name::ALL {
        assert!(changed(name, |_| ()).is_ok());
        let origin = name.built_in();
        assert!(!origin.version.is_empty() && origin.source.len() > 20, "{origin:?}");
    }
}

#[test]
fn a_table_that_cannot_be_trusted_is_refused() {
    type Change = fn(&mut Value);
    let cases: [(Name, Change); 22] = [
        (Name::News2, |body| body["heart_rate"] = serde_json::json!([{ "points": 4 }])),
        (Name::News2, |body| body["heart_rate"][0]["up_to"] = 60.into()),
        (Name::News2, |body| body["temperature_c"][0]["up_to"] = serde_json::json!(35.05)),
        (Name::News2, |body| body["consciousness"] = serde_json::json!({ "ALERT": 0 })),
        (Name::News2, |body| body["surprise"] = 1.into()),
        (Name::Response, |body| body["none"]["every_minutes"] = 0.into()),
        (Name::Response, |body| body["medium_from"] = 9.into()),
        (Name::Children, |body| body["bands"][10]["until_months"] = 180.into()),
        (Name::Plausibility, |body| body["measures"]["spo2"]["to"] = 101.into()),
        // By these nobody would ever be ill, or nobody would hear of it.
        (Name::News2, |body| body["heart_rate"] = serde_json::json!([{ "points": 0 }])),
        (Name::News2, |body| {
            let states = ["ALERT", "CONFUSION", "VOICE", "PAIN", "UNRESPONSIVE"];
            body["consciousness"] =
                states.into_iter().map(|state| (state.to_owned(), Value::from(0))).collect();
        }),
        (Name::News2, |body| body["from_years"] = 120.into()),
        (Name::Response, |body| body["high"]["level"] = 0.into()),
        (Name::Response, |body| body["low"]["level"] = 3.into()),
        (Name::Response, |body| body["child_hypotension"]["level"] = 0.into()),
        (Name::Response, |body| body["danger_outside"]["systolic_bp"][1] = 240.into()),
        (Name::Response, |body| body["danger_outside"] = serde_json::json!({ "spo2": [92, 100] })),
        (Name::Children, |body| body["danger"][0]["heart_rate_above"] = 400.into()),
        (Name::Children, |body| body["hypotension"][0]["below"] = 0.into()),
        (Name::Children, |body| body["consciousness_danger"] = serde_json::json!(["VOICE"])),
        (Name::Children, |body| body["consciousness_danger"][0] = "ALERT".into()),
        (Name::Children, |body| body["danger_below_band_percent"] = 95.into()),
    ];
    for (n, (name, change)) in cases.into_iter().enumerate() {
        assert!(changed(name, change).is_err(), "case {n}");
    }
}

#[test]
fn a_version_for_children_from_before_goes_on_with_what_is_new_of_ours() {
    let before = changed(Name::Children, |body| {
        let fields = body.as_object_mut().unwrap();
        assert!(fields.remove("consciousness_danger").is_some());
        assert!(fields.remove("danger_below_band_percent").is_some());
    });
    let (before, ours) = (before.unwrap().children, &Tables::built_in().children);
    assert_eq!(before.consciousness_danger, ours.consciousness_danger);
    assert_eq!((before.consciousness_danger.len(), before.danger_below_band_percent), (4, 30));
}

#[test]
fn an_answer_from_before_goes_on_with_our_limits_of_danger() {
    let before = changed(Name::Response, |body| {
        assert!(body.as_object_mut().unwrap().remove("danger_outside").is_some());
    });
    let outside = before.unwrap().response.danger_outside;
    assert_eq!(outside, Tables::built_in().response.danger_outside);
    assert_eq!(outside[&Measure::Temperature], Range { from: Some(350), to: Some(389) });
    assert_eq!(outside.len(), 6);
}

#[test]
fn children_are_judged_by_the_band_of_their_age() {
    let children = &Tables::built_in().children;
    let age = |days: i64| Age { days, months: days / 30, years: days / 365 };
    for (at, below) in [
        (age(0), 60),
        (age(28), 60),
        (age(29), 70),
        (Age { days: 364, months: 11, years: 0 }, 70),
        (Age { days: 365, months: 12, years: 1 }, 72),
        (Age { days: 365 * 5, months: 60, years: 5 }, 80),
        (Age { days: 365 * 10, months: 131, years: 10 }, 90),
        (Age { days: 365 * 11, months: 132, years: 11 }, 90),
        (Age { days: 365 * 15, months: 191, years: 15 }, 90),
    ] {
        assert_eq!(children.hypotension_below(at), Some(below), "{at:?}");
    }
    let of = |months| Age { days: months * 30, months, years: months / 12 };
    assert_eq!(children.band(of(0)).unwrap().heart_rate, Range { from: Some(110), to: Some(180) });
    assert_eq!(children.band(of(6)).unwrap().respiratory_rate, Range { from: Some(25), to: Some(35) });
    assert_eq!(children.band(of(191)).unwrap().systolic_bp, Range { from: Some(92), to: Some(130) });
    assert!(children.band(of(192)).is_none());
    assert_eq!(children.danger(of(2)).unwrap().heart_rate_above, 180);
    assert_eq!(children.danger(of(3)).unwrap().heart_rate_above, 160);
    assert_eq!(children.danger(of(96)).unwrap().respiratory_rate_above, 20);
}

#[test]
fn a_fault_tells_its_place_and_never_what_stood_there() {
    let told = |name: Name, change: fn(&mut Value)| changed(name, change).unwrap_err().0;
    let kind = told(Name::News2, |body| body["heart_rate"] = "secret".into());
    assert_eq!(kind, "Something is missing, unknown or of another kind at heart_rate.");
    let missing = told(Name::Response, |body| {
        body["high"].as_object_mut().unwrap().remove("says");
    });
    assert_eq!(missing, "Something is missing, unknown or of another kind at high.says.");
    let deep = told(Name::Plausibility, |body| body["measures"]["heart_rate"]["adult"][1] = "secret".into());
    assert!(deep.contains("measures") && !deep.contains("secret"), "{deep}");
}
