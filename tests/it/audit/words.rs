//! Each verb and each thing that the source puts into the audit has its plain words.

use std::collections::BTreeSet;

use hms::web::deeds::{THINGS, VERBS};

use crate::architecture::sources;

/// Where the verb is handed over in a variable, and which ones it may be.
const HANDED_OVER: &[(&str, &[&str])] = &[
    ("src/clinic/availability/mod.rs", &["created", "removed"]),
    ("src/clinic/leave/mod.rs", &["rescheduled", "handed_over", "cancelled", "told"]),
    ("src/clinic/care/mod.rs", &["care_assigned", "care_ended", "created", "ended"]),
    ("src/clinic/merges/api.rs", &["merged", "unmerged"]),
    ("src/clinic/roles/mod.rs", &["enabled", "disabled"]),
    ("src/clinic/vitals/api/tables.rs", &["created", "signed"]),
    (
        "src/platform/hospitals/domain/standing.rs",
        &["suspended", "activated", "restricted", "restriction_lifted"],
    ),
    ("src/platform/mfa/mod.rs", &["second_factor_on", "second_factor_off"]),
];

/// Written by `access::Audit` itself, and by a restore.
const ALWAYS: [&str; 6] = ["created", "updated", "viewed", "listed", "exported", "restored"];

/// The text up to the comma or bracket that ends the first argument.
fn argument(code: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' if depth == 0 => return &code[..at],
            ')' | '}' | ']' => depth -= 1,
            ',' if depth == 0 => return &code[..at],
            _ => {}
        }
    }
    code
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

#[test]
fn every_verb_of_the_source_is_said_in_plain_words() {
    let mut verbs: BTreeSet<(String, String)> =
        ALWAYS.map(|verb| ("src/access/audit.rs".to_owned(), verb.to_owned())).into();
    let mut handed_over = BTreeSet::new();
    for file in sources() {
        for (at, mark) in file.code.match_indices("Audit::did(") {
            let first = argument(&file.code[at + mark.len()..]);
            if literals(first).next().is_none() {
                handed_over.insert(file.path.clone());
            }
            verbs.extend(literals(first).map(|verb| (file.path.clone(), verb.to_owned())));
        }
    }
    let listed: BTreeSet<String> = HANDED_OVER.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(handed_over, listed, "left: verbs in variables; right: listed with what they may be");
    for (path, known) in HANDED_OVER {
        verbs.extend(known.iter().map(|verb| ((*path).to_owned(), (*verb).to_owned())));
    }
    assert!(verbs.len() > 20, "{verbs:?}");
    let unsaid: Vec<_> =
        verbs.iter().filter(|(_, verb)| !VERBS.iter().any(|(code, ..)| code == verb)).collect();
    assert!(unsaid.is_empty(), "add a line to VERBS in src/web/deeds.rs for {unsaid:?}");
}

/// The verbs of this list of `public.audit_of_hospital`.
fn told_to_a_hospital(list: &str) -> Vec<&'static str> {
    let sql = include_str!("../../../migrations/V16__audit_of_hospital.sql");
    let from = sql.split_once(&format!("{list} constant text[] := array[")).unwrap().1;
    from.split_once(']').unwrap().0.split('\'').skip(1).step_by(2).collect()
}

/// Acts on the platform's side that no hospital is told of: the platform's own, and what a list beside the trail tells.
const NOT_TOLD: &[&str] =
    &["mail_asked", "password_rehashed", "recounted", "refreshed", "sign_in_failed", "super_admin_ensured"];

#[test]
fn of_every_verb_on_the_platforms_side_it_is_decided_whether_hospitals_are_told() {
    let told = [told_to_a_hospital("of_people"), told_to_a_hospital("of_hospital")].concat();
    assert!(told.len() > 25, "{told:?}");
    let of_nobody = |verb: &str| verb.starts_with("operator_") || verb.starts_with("sign_up_");
    let mut verbs = BTreeSet::new();
    for file in sources().iter().filter(|file| file.path.starts_with("src/platform/")) {
        for (at, mark) in file.code.match_indices("Audit::did(") {
            verbs.extend(literals(argument(&file.code[at + mark.len()..])).map(str::to_owned));
        }
    }
    let handed_over = HANDED_OVER.iter().filter(|(path, _)| path.starts_with("src/platform/"));
    verbs.extend(handed_over.flat_map(|(_, verbs)| *verbs).map(|verb| (*verb).to_owned()));
    let open: Vec<&String> = verbs
        .iter()
        .filter(|verb| {
            !told.contains(&verb.as_str()) && !NOT_TOLD.contains(&verb.as_str()) && !of_nobody(verb)
        })
        .collect();
    assert!(
        open.is_empty(),
        "tell hospitals (audit_of_hospital, in a new migration) or add to NOT_TOLD: {open:?}"
    );
    for verb in told {
        assert!(
            VERBS.iter().any(|(code, ..)| *code == verb),
            "add a line to VERBS in src/web/deeds.rs for {verb}"
        );
    }
}

#[test]
fn every_thing_of_the_source_is_said_in_plain_words() {
    let mut things = BTreeSet::new();
    for file in sources() {
        for mark in ["Audit::listed(", "Audit::exported("] {
            for (at, _) in file.code.match_indices(mark) {
                let first = argument(&file.code[at + mark.len()..]);
                things.extend(literals(first).map(|thing| (file.path.clone(), thing.to_owned())));
            }
        }
        for block in file.code.split("ids! {").skip(1) {
            let block = block.split('}').next().unwrap();
            things.extend(literals(block).map(|thing| (file.path.clone(), thing.to_owned())));
        }
    }
    assert!(things.len() > 15, "{things:?}");
    let unsaid: Vec<_> =
        things.iter().filter(|(_, thing)| !THINGS.iter().any(|(code, ..)| code == thing)).collect();
    assert!(unsaid.is_empty(), "add a line to THINGS in src/web/deeds.rs for {unsaid:?}");
}
