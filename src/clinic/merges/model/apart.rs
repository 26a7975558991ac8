//! Taking a merge back: what stands in its way, and what it writes.

use super::{GROUPS, Group, Record, Rule, former, get};

/// Groups that others change without anybody's wish (a corrected name leaves its old one behind, a birth turns out to
/// have had more children), or that cannot be set back (the file of a picture is gone): no reason to refuse an undoing.
const NOT_JUDGED: [&str; 3] = ["former_names", "photo_path", "mother"];

/// Labels of what was changed in the survivor since the merge wrote it. A later visit is no change, and lists come apart
/// entry by entry.
#[must_use]
pub fn changed_since(after: &Record, now: &Record) -> Vec<&'static str> {
    let differs = |column: &str| after.get(column).is_some_and(|value| value != get(now, column));
    let judged = GROUPS.iter().filter(|group| {
        !matches!(group.rule, Rule::Latest | Rule::List) && !NOT_JUDGED.contains(&group.name)
    });
    judged.filter(|group| group.columns.iter().any(|c| differs(c))).map(|group| group.label).collect()
}

/// What undoing a merge writes into the survivor and into the duplicate, but for the views of lists: what the merge
/// wrote and nobody changed since, less the names that it added, and the birth.
#[must_use]
pub fn taken_apart(before: &Record, after: &Record, now: &Record, duplicate: &Record) -> (Record, Record) {
    let is_untouched = |column: &str| get(now, column) == get(after, column);
    let mut mine: Record = before
        .iter()
        .filter(|(column, _)| is_untouched(column))
        .map(|(column, value)| (column.clone(), value.clone()))
        .collect();
    let mut theirs = Record::new();
    if after.contains_key("former_names") && !is_untouched("former_names") {
        mine.insert("former_names".to_owned(), former::without_added(before, after, now));
    }
    // Nobody writes a birth by hand, so it goes back whole; how many children it had is known better by now.
    let birth = Group::by_name("mother").map_or(&[][..], |group| group.columns);
    if birth.iter().any(|column| after.contains_key(*column)) {
        let written = birth.iter().filter_map(|column| before.get_key_value(*column));
        mine.extend(written.map(|(column, value)| (column.clone(), value.clone())));
        let (count, known) = (get(now, "birth_count"), get(duplicate, "birth_count"));
        if count != known {
            theirs.insert("birth_count".to_owned(), count.clone());
            mine.entry("birth_count").or_insert_with(|| known.clone());
        }
    }
    (mine, theirs)
}
