//! What a merge takes over, keeps and refuses.

use serde_json::json;

use super::*;

fn record(value: Value) -> Record {
    value.as_object().unwrap().clone()
}

fn plan(survivor: Value, duplicate: Value, choices: &[(&str, Side)]) -> (Value, Plan) {
    let choices = choices.iter().map(|(name, side)| ((*name).to_owned(), *side)).collect();
    let plan = Plan::of(&record(survivor), &record(duplicate), &choices);
    (Value::Object(plan.after.clone()), plan)
}

#[test]
fn the_survivor_wins_and_its_blanks_are_filled() {
    let (after, plan) = plan(
        json!({ "first_name": "Asha", "last_name": null, "city": "Pune", "email": null }),
        json!({ "first_name": "Aasha", "last_name": "Patil", "city": "Pune", "address_line1": "12 MG Road" }),
        &[],
    );
    assert_eq!(
        after,
        json!({ "last_name": "Patil", "address_line1": "12 MG Road", "former_names": "Aasha Patil" })
    );
    assert_eq!(
        Value::Object(plan.before.clone()),
        json!({ "last_name": null, "address_line1": null, "former_names": null })
    );
    assert_eq!((plan.outcome("first_name"), plan.outcome("last_name")), (Outcome::Kept, Outcome::Taken));
}

#[test]
fn an_address_is_not_mixed_from_two_and_a_choice_takes_it_whole() {
    let (mine, theirs) = (json!({ "city": "Pune" }), json!({ "city": "Nashik", "address_line1": "1 Lane" }));
    assert_eq!(plan(mine.clone(), theirs.clone(), &[]).0, json!({}));
    let (after, _) = plan(mine, theirs, &[("address", Side::Duplicate)]);
    assert_eq!(after, json!({ "city": "Nashik", "address_line1": "1 Lane" }));
}

#[test]
fn a_birth_is_taken_whole_or_not_at_all() {
    let birthday = json!({ "dob": "1992-03-14", "dob_unknown": false, "dob_precision": "DAY" });
    let age = json!({ "dob": "1990-01-01", "dob_unknown": true, "dob_precision": "YEAR", "age_only": 36 });
    let none = json!({ "dob": null, "dob_unknown": true });
    assert_eq!(plan(age.clone(), birthday.clone(), &[]).0, json!({}));
    assert_eq!(plan(none, birthday.clone(), &[]).0, birthday);
    let (after, _) = plan(age, birthday, &[("birth", Side::Duplicate)]);
    assert_eq!(
        after,
        json!({ "dob": "1992-03-14", "dob_unknown": false, "dob_precision": "DAY", "age_only": null })
    );
}

#[test]
fn nothing_about_care_is_lost() {
    let (after, plan) = plan(
        json!({ "known_allergies": "Penicillin", "clinical_notes": "None known.", "is_dnr": false }),
        json!({ "known_allergies": "Peanuts\npenicillin", "clinical_notes": "Walks with a stick", "is_dnr": true }),
        &[],
    );
    let expected = json!({ "known_allergies": "Penicillin\nPeanuts", "clinical_notes": "Walks with a stick", "is_dnr": true });
    assert_eq!(after, expected);
    assert_eq!(plan.outcome("known_allergies"), Outcome::Joined);
}

#[test]
fn alive_or_dead_is_chosen_and_consent_is_never_taken_over() {
    let (mine, theirs) = (
        json!({ "is_deceased": false, "date_of_death": null, "consent_sms": false }),
        json!({ "is_deceased": true, "date_of_death": "2026-01-02", "consent_sms": true }),
    );
    let (after, open) = plan(mine.clone(), theirs.clone(), &[]);
    assert_eq!((after, open.outcome("death")), (json!({}), Outcome::Open));
    let (after, _) = plan(mine, theirs, &[("death", Side::Duplicate), ("consent_sms", Side::Duplicate)]);
    assert_eq!(after, json!({ "is_deceased": true, "date_of_death": "2026-01-02" }));
}

#[test]
fn a_made_up_name_gives_way_whichever_record_stays() {
    let unknown = json!({
        "first_name": "Amber", "last_name": "Falcon 4821", "is_unidentified": true, "gender": "UNKNOWN", "former_names": null,
        "dob": "1976-01-01", "dob_unknown": true, "blood_group": "A+",
    });
    let known = json!({
        "first_name": "Ravi", "last_name": null, "is_unidentified": false, "gender": "MALE", "former_names": "Ravindra",
        "dob": "1970-05-06", "dob_unknown": false, "blood_group": null,
    });
    let (after, plan_) = plan(unknown.clone(), known.clone(), &[]);
    assert_eq!(
        after,
        json!({
            "first_name": "Ravi", "last_name": null, "is_unidentified": false, "gender": "MALE",
            "dob": "1970-05-06", "dob_unknown": false, "former_names": "Ravindra\nAmber Falcon 4821",
        })
    );
    assert_eq!(plan_.before["last_name"], "Falcon 4821");
    let (after, _) = plan(unknown.clone(), known.clone(), &[("gender", Side::Survivor)]);
    assert_eq!(after.get("gender"), None);
    let (after, _) = plan(known, unknown.clone(), &[]);
    assert_eq!(after, json!({ "former_names": "Ravindra\nAmber Falcon 4821", "blood_group": "A+" }));
    // Two whom nobody knows, of whom one was brought in twice.
    let again = json!({ "first_name": "Coral", "last_name": "Tower 1111", "is_unidentified": true });
    assert_eq!(plan(unknown, again, &[]).0, json!({ "former_names": "Coral Tower 1111" }));
}

#[test]
fn twins_and_mothers_are_two_people() {
    let child = |order: Value, born: &str| {
        record(json!({ "id": "c", "mother_id": "m", "birth_order": order, "born_at": born }))
    };
    let (a, b) = (child(json!(1), "2026-03-01T10:00:00+00:00"), child(json!(2), "2026-03-03T10:00:00+00:00"));
    assert_eq!(doubt(&a, &b), Some(MergeError::DifferentChildren));
    assert_eq!(doubt(&a, &child(json!(1), "2026-03-01T10:00:00+00:00")), None, "one child twice");
    assert_eq!(doubt(&a, &child(json!(null), "2026-03-01T10:00:00+00:00")), None);
    assert_eq!(doubt(&a, &child(json!(2), "2027-03-01T10:00:00+00:00")), None, "another birth");
    let mother = record(json!({ "id": "m", "mother_id": null }));
    assert!(is_mother_and_child(&a, &mother) && is_mother_and_child(&mother, &a));
    assert!(!is_mother_and_child(&a, &b) && !is_mother_and_child(&mother, &mother));
}

#[test]
fn an_undo_names_what_was_changed_and_forgives_a_visit() {
    let after =
        record(json!({ "city": "Pune", "email": "a@b.c", "last_visited_at": "2026-01-01T00:00:00+00:00" }));
    let now =
        record(json!({ "city": "Nashik", "email": "a@b.c", "last_visited_at": "2026-02-01T00:00:00+00:00" }));
    assert_eq!(changed_since(&after, &now), ["Address"]);
    let untold =
        record(json!({ "former_names": "A", "photo_path": "a", "mother_id": "m", "birth_count": 2 }));
    assert!(changed_since(&untold, &Record::new()).is_empty(), "what nobody can set back");
    assert!(changed_since(&after, &after).is_empty());
}

#[test]
fn an_undo_takes_what_the_merge_wrote_and_leaves_what_came_since() {
    let before = record(json!({ "city": null, "photo_path": "mine", "former_names": "Old" }));
    let after = record(json!({ "city": "Pune", "photo_path": "theirs", "former_names": "Old\nTheirs" }));
    let now = record(json!({ "city": "Pune", "photo_path": "third", "former_names": "Old\nTheirs\nMine" }));
    let (mine, theirs) = taken_apart(&before, &after, &now, &Record::new());
    assert_eq!(Value::Object(mine), json!({ "city": null, "former_names": "Old\nMine" }));
    assert!(theirs.is_empty());
    assert_eq!(taken_apart(&before, &after, &after, &Record::new()).0, before, "exactly");
}

#[test]
fn the_oldest_names_go_where_there_is_no_room_for_all() {
    let many = |from: usize| -> String {
        (from..from + 30).map(|n| format!("{n} {}", "x".repeat(100))).collect::<Vec<_>>().join("\n")
    };
    let (after, _) = plan(
        json!({ "first_name": "A", "former_names": many(0) }),
        json!({ "first_name": "B", "former_names": many(30) }),
        &[],
    );
    let former = after["former_names"].as_str().unwrap();
    assert!(former.chars().count() <= 4000 && former.ends_with("\nB"), "{former}");
}

#[test]
fn groups_have_names_of_their_own_and_share_no_column() {
    let mut columns: Vec<_> = GROUPS.iter().flat_map(|g| g.columns).chain(OWN).collect();
    let count = columns.len();
    columns.sort_unstable();
    columns.dedup();
    assert_eq!(columns.len(), count);
    for group in GROUPS {
        assert_eq!(GROUPS.iter().filter(|g| g.name == group.name).count(), 1, "{}", group.name);
    }
}
