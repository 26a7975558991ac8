//! The weights, as a table.

use jiff::civil::date;

use super::*;

const BORN: Date = date(1992, 3, 14);

fn known() -> Traits {
    Traits {
        first: "asha".into(),
        last: Some("kulkarni".into()),
        alternate: Some("आशा पाटील".into()),
        birthday: Some(BORN),
        phones: vec!["+919822012345".into()],
        national_id: Some("AB-123/4".into()),
        birth: None,
    }
}

/// First, last, birthday, phone, document.
fn typed(first: &str, last: &str, birthday: Option<Date>, phone: &str, document: &str) -> Traits {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Traits {
        first: first.into(),
        last: text(last),
        alternate: None,
        birthday,
        phones: text(phone).into_iter().collect(),
        national_id: text(document),
        birth: None,
    }
}

#[test]
fn the_contracts_weights_add_up() {
    let (day, other_day) = (Some(BORN), Some(date(1992, 4, 3)));
    for (typed, score) in [
        (typed("asha", "kulkarni", day, "+919822012345", "ab1234"), 120),
        (typed("asha", "kulkarni", day, "+919822012345", ""), 90),
        (typed("asha", "kulkarni", None, "+919822012345", ""), 70),
        (typed("asha", "", None, "+919822012345", ""), 60),
        (typed("ravi", "patil", None, "+919822012345", ""), 50),
        (typed("ravi", "patil", None, "919822012345", ""), 50),
        (typed("asha", "kulkarni", day, "", ""), 40),
        (typed("asha", "", day, "", ""), 30),
        (typed("asha", "kulkarni", other_day, "", ""), 20),
        (typed("asha", "", None, "", ""), 10),
        // A birthday alone is shared with many.
        (typed("ravi", "kulkarni", day, "", ""), 0),
        (typed("ravi", "patil", None, "", "AB-12/34"), 30),
        (typed("ravi", "patil", None, "", "AB-12/35"), 0),
    ] {
        assert_eq!(compare(&typed, &known()).score, score, "{typed:?}");
    }
}

#[test]
fn people_who_come_back_are_found_in_other_clothes() {
    let day = Some(BORN);
    for (typed, score, reason) in [
        (
            typed("asha", "deshmukh", day, "+919822012345", ""),
            80,
            "same phone, same first name, another last name, same birthday",
        ),
        (
            typed("asha", "kulkarni", day, "+919822012354", ""),
            60,
            "phone with two digits swapped, same name, same birthday",
        ),
        (
            typed("asha", "deshmukh", None, "+919822012354", ""),
            30,
            "phone with two digits swapped, same first name, another last name",
        ),
        (
            typed("kulkarni", "asha", None, "09822012345", ""),
            60,
            "phone ends alike, same names in another order",
        ),
        (typed("asha", "kulkarny", day, "", ""), 30, "similar name, same birthday"),
        (typed("ashaa", "kulkarni", day, "", ""), 30, "similar name, same birthday"),
        (typed("आशा", "कुलकर्णी", day, "+919822012345", ""), 50, "same phone"),
        (typed("आशा", "पाटील", day, "", ""), 40, "same name in another script, same birthday"),
    ] {
        let found = compare(&typed, &known());
        assert_eq!((found.score, found.reason().as_str()), (score, reason), "{typed:?}");
    }
}

#[test]
fn a_twin_is_shown_and_an_age_is_no_birthday() {
    let twin = compare(&typed("usha", "kulkarni", Some(BORN), "+919822012345", ""), &known());
    assert_eq!((twin.score, twin.exact), (50, false), "one letter from the other");
    let twin = compare(&typed("meera", "kulkarni", Some(BORN), "+919822012345", ""), &known());
    assert_eq!((twin.score, twin.exact), (50, false));
    assert!(twin.reason().ends_with("perhaps a twin"));
    let aged = Traits { birthday: None, ..known() };
    assert_eq!(compare(&typed("asha", "kulkarni", Some(BORN), "", ""), &aged).score, 20);
}

#[test]
fn children_of_one_mother_are_two_people() {
    let mother = PatientId::new();
    let child = |first: &str, order| Traits {
        birth: Some((mother, Some(order))),
        ..typed(first, "anna kovac", Some(BORN), "+919822012345", "")
    };
    for (a, b) in [("girl a", "girl b"), ("mila", "milan"), ("mila", "mila")] {
        let found = compare(&child(a, 1), &child(b, 2));
        assert_eq!((found.score, found.exact), (50, false), "{a}, {b}: no more than the phone");
        assert!(found.reason().contains("a twin"), "{}", found.reason());
    }
    let apart = |birth| Traits { birth, ..typed("girl b", "anna kovac", Some(BORN), "", "") };
    let twin = compare(&child("girl a", 1), &apart(Some((mother, Some(2)))));
    assert_eq!((twin.score, twin.exact), (SHOWN, false), "shown, never asked about");
    let later = Traits { birthday: Some(date(1994, 3, 14)), ..apart(Some((mother, Some(1)))) };
    assert_eq!(compare(&child("girl a", 1), &later).score, 0);
    // The same child twice, and somebody who is no child of hers.
    assert!(compare(&child("girl a", 1), &child("girl a", 1)).exact);
    assert!(!compare(&child("girl a", 1), &apart(None)).reason().contains("mother"));
}

#[test]
fn only_the_same_person_by_paper_needs_a_reason() {
    for (typed, exact) in [
        (typed("asha", "kulkarni", None, "+919822012345", ""), true),
        (typed("kulkarni", "asha", None, "09822012345", ""), true),
        (typed("ravi", "", None, "", "ab1234"), true),
        (typed("asha", "deshmukh", Some(BORN), "+919822012345", ""), false),
        (typed("asha", "kulkarni", Some(BORN), "+919822012354", ""), false),
    ] {
        assert_eq!(compare(&typed, &known()).exact, exact, "{typed:?}");
    }
}

#[test]
fn ends_of_phones_are_few_and_hold_the_swapped_ones() {
    let probe = |phone: &str| Probe { phone: Some(phone.into()), ..Probe::default() }.phone_ends();
    let ends = probe("+919822012345");
    assert_eq!(ends[0], "22012345");
    assert!(
        ends.contains(&"22012354".to_owned()) && ends.contains(&"52012342".to_owned()) && ends.len() <= 29
    );
    assert_eq!(probe("55555555").len(), 1);
    assert!(probe("1234567").is_empty());
}

#[test]
fn the_most_alike_come_first_and_the_unlike_not_at_all() {
    let candidate = |code: &str, score| Candidate {
        id: PatientId::new(),
        code: code.into(),
        first_name: "Asha".into(),
        middle_name: None,
        last_name: None,
        dob: None,
        dob_unknown: false,
        phone: None,
        last_visited_at: None,
        found: Match { score, ..Match::default() },
        is_withheld: false,
    };
    let all = vec![candidate("P-3", 30), candidate("P-1", 29), candidate("P-2", 90), candidate("P-0", 30)];
    let codes: Vec<String> = ranked(all).into_iter().map(|c| c.code).collect();
    assert_eq!(codes, ["P-2", "P-0", "P-3"]);
    let many = (0..50).map(|n| candidate(&n.to_string(), 50)).collect();
    assert_eq!(ranked(many).len(), MOST);
}
