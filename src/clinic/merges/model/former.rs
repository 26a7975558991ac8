//! Names that a merge gives up: they stay among the former ones, where they are found, until it is undone.

use serde_json::Value;

use super::{Record, get};

/// Groups that are names.
pub(super) const NAMES: [&str; 4] = ["first_name", "middle_name", "last_name", "name_alternate"];

/// What the column holds, in characters.
const MOST_CHARS: usize = 4000;

fn full_name(record: &Record) -> String {
    let names = ["first_name", "middle_name", "last_name"].map(|column| get(record, column).as_str());
    names.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn alternate(record: &Record) -> String {
    get(record, "name_alternate").as_str().unwrap_or_default().to_owned()
}

fn lines(record: &Record) -> Vec<&str> {
    get(record, "former_names").as_str().unwrap_or_default().lines().collect()
}

fn text(lines: &[&str]) -> Value {
    if lines.is_empty() { Value::Null } else { Value::String(lines.join("\n")) }
}

/// The duplicate's record with every name among the former ones by which nobody would find the one who is `called` so
/// after the merge.
pub(super) fn with_given_up(survivor: &Record, duplicate: &Record, called: &Record) -> Record {
    let kept = format!("{} {}", full_name(called), alternate(called));
    let kept: Vec<&str> = kept.split_whitespace().collect();
    let names = [full_name(survivor), full_name(duplicate), alternate(survivor), alternate(duplicate)];
    let mut former = lines(duplicate);
    for name in &names {
        let is_found = name.split_whitespace().all(|word| kept.contains(&word));
        if !is_found && !former.contains(&name.as_str()) {
            former.push(name);
        }
    }
    let mut record = duplicate.clone();
    if former.len() > lines(duplicate).len() {
        record.insert("former_names".to_owned(), text(&former));
    }
    record
}

/// The oldest go first where there is no room for all.
pub(super) fn cut(changes: &mut Record) {
    let mut former = lines(changes);
    let room =
        |lines: &[&str]| lines.iter().map(|line| line.chars().count() + 1).sum::<usize>() <= MOST_CHARS;
    if former.is_empty() || room(&former) {
        return;
    }
    while former.len() > 1 && !room(&former) {
        former.remove(0);
    }
    let cut = text(&former);
    changes.insert("former_names".to_owned(), cut);
}

/// The former names of now without those that the merge added.
pub(super) fn without_added(before: &Record, after: &Record, now: &Record) -> Value {
    let (before, after) = (lines(before), lines(after));
    let is_added = |line: &&str| after.contains(line) && !before.contains(line);
    text(&lines(now).into_iter().filter(|line| !is_added(line)).collect::<Vec<_>>())
}
