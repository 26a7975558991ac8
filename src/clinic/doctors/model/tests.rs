//! What is typed about doctors.

use super::*;
use crate::kernel::money::currency;

fn faults(typed: &Typed<'_>) -> Vec<String> {
    let mut errors = FieldErrors::default();
    let parsed = typed.parse(jiff::civil::date(2026, 3, 1), &mut errors);
    let problem: crate::kernel::Problem = errors.into();
    assert_eq!(parsed.is_some(), problem.errors.is_empty());
    problem.errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn every_fault_of_a_profile_is_told_at_its_field() {
    let languages = ["english please".to_owned()];
    let typed = Typed {
        practising_since: Some(2027),
        languages: &languages,
        fee_minor: Some(-1),
        slot_minutes: Some(20),
        overbooking: Some(10),
        ..Typed::default()
    };
    let fields = ["practising_since", "languages", "fee_minor", "slot_minutes", "overbooking"];
    assert_eq!(faults(&typed), fields);
    assert_eq!(faults(&Typed::default()), [""; 0]);
    assert_eq!(faults(&Typed { fee_minor: Some(i64::MAX), ..Typed::default() }), ["fee_minor"]);
}

#[test]
fn languages_are_kept_once_in_their_usual_letters() {
    let languages = ["EN", "en", " hi ", "pt-BR", ""].map(str::to_owned);
    let mut errors = FieldErrors::default();
    let facts = Typed { languages: &languages, ..Typed::default() }
        .parse(jiff::civil::date(2026, 3, 1), &mut errors)
        .unwrap();
    assert_eq!(facts.languages, ["en", "hi", "pt-BR"]);
}

#[test]
fn a_fee_is_read_as_it_is_typed_in_its_currency() {
    let read = |typed: &str, code: &str| fee(typed, currency(code).unwrap());
    for (typed, code, minor) in [
        ("500", "INR", Some(50_000)),
        ("1,200.50", "INR", Some(120_050)),
        ("1.200,5", "EUR", Some(120_050)),
        ("1,200", "EUR", Some(120_000)),
        ("12.345", "KWD", Some(12_345)),
        ("1500", "JPY", Some(1500)),
        ("1,500", "JPY", Some(1500)),
        ("0", "USD", Some(0)),
        ("", "USD", None),
        ("free", "USD", None),
        ("-5", "USD", None),
        ("9999999999999", "USD", None),
    ] {
        assert_eq!(read(typed, code), minor, "{typed} {code}");
    }
}
