//! A table value by value, as a form has it: every number and sentence with its place, and a table put together again.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::shown::label;
use crate::clinic::vitals::model::Measure;
use crate::kernel::FieldErrors;
use crate::kernel::text;

/// One value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands: `measures.heart_rate.adult.0`.
    pub place: String,
    /// What it belongs to: "Heart rate, /min"; blank for the table as a whole.
    pub group: String,
    /// What it says: "Adult, from".
    pub label: String,
    /// As a form shows it; blank where it is open.
    pub text: String,
    /// A sentence, not a number.
    pub is_text: bool,
    /// May be left open.
    pub may_be_blank: bool,
}

/// Longest sentence of a table.
const SENTENCE: usize = 300;

/// Every value of a table, in its order.
#[must_use]
pub fn leaves(body: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), body, &mut |path, value| found.push(leaf(path, value)));
    // What belongs to the table as a whole comes first, and each group stays together, its plainest values first.
    let mut groups: Vec<String> = vec![String::new()];
    for leaf in &found {
        if !groups.contains(&leaf.group) {
            groups.push(leaf.group.clone());
        }
    }
    let depth = |leaf: &Leaf| leaf.place.matches('.').count();
    found.sort_by_key(|leaf| (groups.iter().position(|group| *group == leaf.group), depth(leaf)));
    found
}

fn walk(path: &mut Vec<String>, value: &Value, take: &mut impl FnMut(&[String], &Value)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                walk(path, value, take);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (n, value) in items.iter().enumerate() {
                path.push(n.to_string());
                walk(path, value, take);
                path.pop();
            }
        }
        value => take(path, value),
    }
}

/// Names below which each thing is a group of its own.
const LISTS: [&str; 2] = ["measures", "bands"];

fn leaf(path: &[String], value: &Value) -> Leaf {
    let is_list = path.first().is_some_and(|first| LISTS.contains(&first.as_str()));
    let depth = match (path.len(), is_list) {
        (..=1, _) => 0,
        (_, true) => 2,
        (_, false) => 1,
    };
    let (above, below) = path.split_at(depth);
    let words = |parts: &[String], is_tail: bool| {
        let last = parts.len().saturating_sub(1);
        let is_end = |n: usize| is_tail && n == last && is_range(path);
        let word = |(n, part): (usize, &String)| match (part.parse::<usize>(), is_end(n)) {
            (Ok(0), true) => "from".to_owned(),
            (Ok(_), true) => "to".to_owned(),
            (Ok(place), false) => format!("{}.", place + 1),
            (Err(_), _) => label(part),
        };
        parts.iter().enumerate().map(word).collect::<Vec<_>>().join(", ")
    };
    let group = match above {
        [list, name] if list == "measures" => label(name),
        above => words(above, false),
    };
    Leaf {
        place: path.join("."),
        group,
        label: crate::web::words::capital(&words(below, true)),
        text: match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        },
        is_text: value.is_string(),
        may_be_blank: path.iter().rev().nth(1).is_some_and(|name| name == "adult" || name == "child"),
    }
}

/// Two numbers: from and to.
fn is_range(path: &[String]) -> bool {
    let above = path.iter().rev().nth(1).map_or("", String::as_str);
    ["adult", "child"].contains(&above) || (path.len() > 2 && Measure::from_code(above).is_some())
}

/// The same table with what was typed at each place; faults stand at `prefix` and the place.
#[must_use]
pub fn with_leaves(
    body: &Value,
    prefix: &str,
    typed: &BTreeMap<String, String>,
    errors: &mut FieldErrors,
) -> Value {
    let mut body = body.clone();
    for leaf in leaves(&body.clone()) {
        let field = format!("{prefix}{}", leaf.place);
        let Some(value) = typed.get(&field) else { continue };
        let pointer = format!("/{}", leaf.place.replace('.', "/"));
        if let (Some(value), Some(place)) = (read(&leaf, &field, value, errors), body.pointer_mut(&pointer)) {
            *place = value;
        }
    }
    body
}

fn read(leaf: &Leaf, field: &str, typed: &str, errors: &mut FieldErrors) -> Option<Value> {
    if leaf.is_text {
        return text::required(field, Some(typed), SENTENCE, errors).map(Value::String);
    }
    let typed = typed.trim().replace(',', ".");
    if typed.is_empty() {
        if !leaf.may_be_blank {
            errors.add(field, "This is needed.");
        }
        return leaf.may_be_blank.then_some(Value::Null);
    }
    let whole = typed.parse::<i64>().ok().map(Number::from);
    let number =
        whole.or_else(|| typed.parse::<f64>().ok().filter(|n| n.is_finite()).and_then(Number::from_f64));
    if number.is_none() {
        errors.add(field, "Use a number, like 36.5.");
    }
    number.map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinic::vitals::tables::{Name, Origin, Tables};

    #[test]
    fn every_table_comes_apart_and_together_again() {
        for name in Name::ALL {
            let body = name.body();
            let all = leaves(&body);
            let typed = all.iter().map(|leaf| (format!("at.{}", leaf.place), leaf.text.clone())).collect();
            let mut errors = FieldErrors::default();
            let again = with_leaves(&body, "at.", &typed, &mut errors);
            errors.finish().unwrap();
            let origin = Origin { version: String::new(), source: String::new() };
            Tables::built_in().clone().with(name, origin, &again).unwrap();
            assert_eq!(leaves(&again), all, "{name:?}");
            let places: std::collections::BTreeSet<_> = all.iter().map(|leaf| &leaf.place).collect();
            assert_eq!(places.len(), all.len(), "{name:?}");
        }
    }

    #[test]
    fn places_say_what_they_are_about() {
        let all = leaves(&Name::Plausibility.body());
        let leaf = all.iter().find(|leaf| leaf.place == "measures.heart_rate.adult.1").unwrap();
        assert_eq!((leaf.group.as_str(), leaf.label.as_str()), ("Heart rate, /min", "Adult, to"));
        let open = all.iter().find(|leaf| leaf.place == "measures.spo2.adult.1").unwrap();
        assert!(open.may_be_blank && open.text.is_empty());
        assert_eq!(all.first().unwrap().group, "");
        let all = leaves(&Name::Children.body());
        let leaf = all.iter().find(|leaf| leaf.place == "bands.0.heart_rate.0").unwrap();
        assert_eq!((leaf.group.as_str(), leaf.label.as_str()), ("Bands, 1.", "Heart rate, /min, from"));
    }

    #[test]
    fn faults_stand_at_their_place() {
        let body = Name::Response.body();
        let typed = [
            ("at.low_from".to_owned(), "a few".to_owned()),
            ("at.high.every_minutes".to_owned(), String::new()),
            ("at.high.says".to_owned(), " ".to_owned()),
            ("at.medium.every_minutes".to_owned(), "30".to_owned()),
        ];
        let mut errors = FieldErrors::default();
        let made = with_leaves(&body, "at.", &typed.into_iter().collect(), &mut errors);
        assert_eq!(made["medium"]["every_minutes"], 30);
        assert!(errors.finish().is_err());
    }
}
