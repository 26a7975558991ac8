//! What says that two records may be of two people, or not be one life.

use jiff::Timestamp;
use serde_json::Value;

use super::{Group, MergeError, Record, get};
use crate::clinic::patients::ONE_BIRTH;

/// Perhaps two people, or one dangerous mistake: merging them needs a second person.
#[must_use]
pub fn doubt(a: &Record, b: &Record) -> Option<MergeError> {
    let groups_differ = Group::by_name("blood_group").is_some_and(|group| group.contradicts(a, b));
    match (groups_differ, are_different_children(a, b)) {
        (true, _) => Some(MergeError::BloodGroupsDiffer),
        (false, _) if is_guess(a, b) || is_guess(b, a) => Some(MergeError::BloodGroupGuessed),
        (false, true) => Some(MergeError::DifferentChildren),
        (false, false) => None,
    }
}

/// Would somebody whose blood nobody tested get a group by being said to be somebody?
fn is_guess(unknown: &Record, known: &Record) -> bool {
    get(unknown, "is_unidentified") == &Value::Bool(true)
        && get(unknown, "blood_group").is_null()
        && !get(known, "blood_group").is_null()
}

/// Twins, by the order that was written down at their birth.
fn are_different_children(a: &Record, b: &Record) -> bool {
    let born = |record| get(record, "born_at").as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let one_birth = match (born(a), born(b)) {
        (Some(a), Some(b)) => a.duration_since(b).abs() < ONE_BIRTH,
        _ => true,
    };
    let (order_a, order_b) = (get(a, "birth_order"), get(b, "birth_order"));
    let mother = get(a, "mother_id");
    let one_mother = !mother.is_null() && mother == get(b, "mother_id");
    one_mother && one_birth && !order_a.is_null() && !order_b.is_null() && order_a != order_b
}

/// Is one the other's mother?
#[must_use]
pub fn is_mother_and_child(a: &Record, b: &Record) -> bool {
    let is =
        |child, mother| !get(child, "mother_id").is_null() && get(child, "mother_id") == get(mother, "id");
    is(a, b) || is(b, a)
}

/// Would the survivor have died before being born?
#[must_use]
pub fn is_born_after_death(survivor: &Record, writes: &Record) -> bool {
    let day = |column| writes.get(column).unwrap_or_else(|| get(survivor, column)).as_str();
    // Days as JSON has them: year, month, day.
    day("dob").zip(day("date_of_death")).is_some_and(|(born, died)| born > died)
}
