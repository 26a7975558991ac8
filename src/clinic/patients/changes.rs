//! The history of a record: which of its columns an act changed, with their values before and after.

use serde_json::{Map, Value};

/// A patient's row, column by column.
pub type Row = Map<String, Value>;

/// What was done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAction {
    /// It became known who this is.
    Identify,
}

impl ChangeAction {
    /// The word in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Identify => "IDENTIFY",
        }
    }
}

/// Columns that each change writes, and one that follows from others: nothing about the person.
const SILENT: [&str; 4] = ["version", "updated_at", "updated_by_id", "search_text"];

/// The columns in which two states of one row differ, as they were and as they are.
pub(super) fn between(before: &Row, after: &Row) -> (Row, Row) {
    let changed = after
        .iter()
        .filter(|(column, value)| before.get(*column) != Some(value) && !SILENT.contains(&column.as_str()));
    let (mut old, mut new) = (Row::new(), Row::new());
    for (column, value) in changed {
        old.insert(column.clone(), before.get(column).cloned().unwrap_or(Value::Null));
        new.insert(column.clone(), value.clone());
    }
    (old, new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_and_says_something_is_history() {
        let row = |value: Value| value.as_object().unwrap().clone();
        let before = row(json!({ "first_name": "Amber", "city": null, "is_dnr": false, "version": 1 }));
        let after = row(json!({ "first_name": "Ravi", "city": "Pune", "is_dnr": false, "version": 2 }));
        let (old, new) = between(&before, &after);
        assert_eq!(Value::Object(old), json!({ "first_name": "Amber", "city": null }));
        assert_eq!(Value::Object(new), json!({ "first_name": "Ravi", "city": "Pune" }));
    }
}
