//! Between a text and its list, both ways.

use proptest::prelude::*;

use super::*;

fn lines(texts: &[&str]) -> Vec<Line> {
    texts.iter().map(|text| Line { entry: EntryId::new(), text: (*text).to_owned() }).collect()
}

fn adds(changes: &Changes) -> Vec<&str> {
    changes.adds.iter().map(|line| line.text.as_str()).collect()
}

const A: List = List::Allergies;

#[test]
fn what_was_read_and_written_back_changes_nothing() {
    let standing = lines(&["Penicillin (hives, severe)", "Peanuts", "peanuts"]);
    let view = View::of(&standing, None);
    assert_eq!(view.text().as_deref(), Some("Penicillin (hives, severe)\nPeanuts"));
    for same in [
        "Penicillin (hives, severe)\nPeanuts",
        "PEANUTS\n\n  Penicillin  (hives, severe)\u{200b}",
        "None known\nPenicillin (hives, severe)\nPeanuts",
    ] {
        assert!(view.changes(A, Some(same)).unwrap().is_empty(), "{same}");
    }
    assert!(View::of(&[], None).changes(A, None).unwrap().is_empty());
    assert!(View::of(&[], Some(Answer::NoneKnown)).changes(A, Some("NKDA.")).unwrap().is_empty());
}

#[test]
fn lines_that_are_missing_end_and_new_ones_are_added() {
    let standing = lines(&["Penicillin", "Peanuts"]);
    let changes =
        View::of(&standing, None).changes(A, Some("Peanuts\nLatex 🧤\n\u{200b}\nlatex 🧤\nשקדים")).unwrap();
    assert_eq!(
        (changes.ends.as_slice(), adds(&changes)),
        ([standing[0].entry].as_slice(), vec!["Latex 🧤", "שקדים"])
    );
    assert_eq!(changes.answer, Some(Answer::Reviewed));
    let with_nkda = View::of(&[], None).changes(A, Some("NKDA\nPeanuts\nnone")).unwrap();
    assert_eq!(adds(&with_nkda), ["NKDA", "Peanuts"], "no drug allergy, but another one: nothing is lost");
}

#[test]
fn none_known_is_not_the_same_as_not_asked() {
    for none in ["None", "none known.", "NKA", "nkda", "No known allergies", "None\nnone known"] {
        let changes = View::of(&[], None).changes(A, Some(none)).unwrap();
        assert_eq!(changes, Changes { answer: Some(Answer::NoneKnown), ..Changes::default() }, "{none}");
    }
    assert_eq!(adds(&View::of(&[], None).changes(List::Conditions, Some("nkda")).unwrap()), ["nkda"]);
    let standing = lines(&["Penicillin"]);
    let view = View::of(&standing, None);
    let cleared = view.changes(A, Some(" \n")).unwrap();
    assert_eq!((cleared.ends.len(), cleared.answer), (1, Some(Answer::NotAsked)));
    assert_eq!(view.changes(A, Some("none")).unwrap().answer, Some(Answer::NoneKnown));
    let none = View::of(&[], Some(Answer::NoneKnown));
    assert_eq!(none.text().as_deref(), Some(NONE_KNOWN));
    assert_eq!(none.changes(A, None).unwrap().answer, Some(Answer::NotAsked));
    assert_eq!(View::of(&standing, Some(Answer::NoneKnown)).text().as_deref(), Some("Penicillin"));
}

#[test]
fn a_text_does_not_remove_what_it_could_not_show() {
    let many: Vec<String> = (0..100).map(|n| format!("Substance number {n:03}")).collect();
    let standing = lines(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let view = View::of(&standing, None);
    let text = view.text().unwrap();
    let shown = text.lines().count() - 1;
    assert!(text.chars().count() <= 1000 && text.ends_with(&format!("\nand {} more", 100 - shown)), "{text}");
    assert!(view.changes(A, Some(&text)).unwrap().is_empty());
    let (first, without_tail) = (many[0].as_str(), text.rsplit_once('\n').unwrap().0);
    assert!(view.changes(A, Some(without_tail)).unwrap().is_empty());
    assert_eq!(view.changes(A, Some(first)).unwrap().ends.len(), shown - 1);
    let cleared = view.changes(A, None).unwrap();
    assert_eq!((cleared.ends.len(), cleared.answer), (shown, None));
    assert_eq!(view.changes(A, Some("none")), Err(ListError::LongerThanText));
    let hidden = format!("{text}\n{}", many[99]);
    assert!(view.changes(A, Some(&hidden)).unwrap().is_empty(), "it is on the list already");
}

#[test]
fn one_endless_line_does_not_hide_the_others() {
    let (long, other) = ("x".repeat(1000), "Peanuts");
    let view = View::of(&lines(&[&long, other]), None);
    let text = view.text().unwrap();
    assert_eq!((text.chars().count(), text.lines().last()), (1000, Some("and 1 more")));
    assert!(view.changes(A, Some(&text)).unwrap().is_empty());
    assert_eq!(View::of(&lines(&[&long]), None).text(), Some(long));
}

proptest! {
    #[test]
    fn every_text_reads_back_as_what_it_made(text in "[a-cA-C \u{200b}\u{5d0}é🥜\n().]{0,60}") {
        let none = View::of(&[], None);
        let changes = none.changes(A, Some(&text)).unwrap();
        let view = View::of(&changes.adds, changes.answer);
        prop_assert!(view.changes(A, view.text().as_deref()).unwrap().is_empty());
        prop_assert!(view.changes(A, Some(&text)).unwrap().is_empty());
    }
}
