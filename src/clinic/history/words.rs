//! A change in plain words: fields by their labels, values as pages show them, numbers and documents masked.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::clinic::patients::pages::{LABELS, label, written_birth};
use crate::clinic::patients::{Action, Birth};
use crate::web::layout::{Icon, Kind};
use crate::web::words;

/// Title, icon and colour of a step.
pub(super) fn title(action: Action) -> (&'static str, Icon, Kind) {
    match action {
        Action::Create => ("Registered", Icon("user-plus"), Kind::Ok),
        Action::Update => ("Changed", Icon("pencil"), Kind::Neutral),
        Action::Identify => ("Identified", Icon("user-check"), Kind::Info),
        Action::Deceased => ("Death recorded", Icon("grave-2"), Kind::Neutral),
        Action::NotDeceased => ("Death taken back", Icon("arrow-back-up"), Kind::Warn),
        Action::Picture => ("Picture changed", Icon("photo"), Kind::Neutral),
        Action::Merge => ("Another record merged into this one", Icon("git-merge"), Kind::Info),
        Action::Unmerge => ("Merge undone", Icon("arrow-back-up"), Kind::Warn),
    }
}

/// One field of a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub label: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Columns that follow from others, or say nothing without them.
const UNSAID: [&str; 5] = ["phone_typed", "phone_e164", "dob_precision", "age_told_on", "search_text"];

/// Labels of what forms do not ask for.
const MORE_LABELS: [(&str, &str); 15] = [
    ("consent_sms", "Consent to text messages"),
    ("consent_email", "Consent to e-mails"),
    ("birth", "Born"),
    ("dob", "Born"),
    ("dob_unknown", "Birthday not known"),
    ("age_only", "Age that was told"),
    ("former_names", "Former names"),
    ("mother_id", "Mother"),
    ("birth_order", "Order of birth"),
    ("birth_count", "Children of this birth"),
    ("born_at", "Time of birth"),
    ("is_unidentified", "Not identified"),
    ("photo_path", "Picture"),
    ("last_visited_at", "Last visit"),
    ("merged_into", "Merged"),
];

fn label_of(field: &str) -> &str {
    MORE_LABELS.iter().find(|(name, _)| *name == field).map_or_else(|| label(field), |(_, label)| label)
}

/// The fields of a change, in the order of the forms.
pub(super) fn lines(old: &Map<String, Value>, new: &Map<String, Value>, zone: &TimeZone) -> Vec<Line> {
    let mut fields: Vec<&String> =
        new.keys().chain(old.keys().filter(|field| !new.contains_key(*field))).collect();
    fields.retain(|field| !UNSAID.contains(&field.as_str()));
    // The database keeps them in an order of its own.
    let place = |field: &str| LABELS.iter().position(|(name, _)| *name == field);
    fields.sort_by_key(|field| match field.as_str() {
        "birth" | "dob" => place("born"),
        field => place(field).or(Some(usize::MAX)),
    });
    let value =
        |values: &Map<String, Value>, field: &str| values.get(field).and_then(|v| said(field, v, zone));
    fields
        .into_iter()
        .map(|field| Line {
            label: label_of(field).to_owned(),
            old: value(old, field),
            new: value(new, field),
        })
        .collect()
}

/// The fields of a change whose values are not told.
pub(super) fn unsaid(fields: &Map<String, Value>) -> Vec<Line> {
    let mut named = lines(fields, fields, &TimeZone::UTC);
    for line in &mut named {
        line.new = Some("Not shown".to_owned());
    }
    named
}

/// `None`: nothing is recorded.
fn said(field: &str, value: &Value, zone: &TimeZone) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        _ if field == "birth" => {
            let birth = serde_json::from_value::<Birth>(value.clone()).ok()?;
            return Some(written_birth(&birth)).filter(|text| !text.is_empty());
        }
        Value::Bool(flag) => return Some(yes_or_no(field, *flag).to_owned()),
        Value::Number(number) => return Some(number.to_string()),
        Value::String(text) => text,
        Value::Array(_) | Value::Object(_) => return Some("recorded".to_owned()),
    };
    let day = || text.get(..10).and_then(|day| day.parse::<Date>().ok()).map(words::date);
    let moment = || {
        let at = text.parse::<Timestamp>().ok()?.to_zoned(zone.clone());
        Some(format!("{}, {}", words::date(at.date()), words::clock(&at)))
    };
    Some(match field {
        "phone_primary" | "phone_alternate" | "emergency_contact_phone" | "national_id_number" => {
            words::masked(text)
        }
        "email" => words::masked_email(text),
        "gender" => words::sex(text).0.to_owned(),
        "no_phone_reason" | "no_address_reason" => words::lack(text).to_owned(),
        "confidentiality" => words::confidentiality(text).to_owned(),
        "dob" | "date_of_death" => day().unwrap_or_else(|| text.clone()),
        "died_at" | "born_at" | "last_visited_at" => moment().unwrap_or_else(|| text.clone()),
        "photo_path" => "A picture".to_owned(),
        "mother_id" | "merged_into" => "Another record".to_owned(),
        _ => text.clone(),
    })
}

fn yes_or_no(field: &str, flag: bool) -> &'static str {
    match (field, flag) {
        ("consent_sms" | "consent_email", true) => "Agreed",
        ("consent_sms" | "consent_email", false) => "Not agreed",
        ("phone_is_landline", true) => "Landline",
        ("phone_is_landline", false) => "Mobile",
        (_, true) => "Yes",
        (_, false) => "No",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clinic::patients::Details;

    #[test]
    fn every_field_of_a_patient_has_a_label() {
        for field in Details::FIELDS.iter().filter(|field| !UNSAID.contains(field)) {
            assert_ne!(label_of(field), *field);
        }
    }

    #[test]
    fn every_column_that_a_merge_writes_has_a_label() {
        let columns = crate::clinic::merges::GROUPS.iter().flat_map(|group| group.columns);
        for column in columns.filter(|column| !UNSAID.contains(column)) {
            assert_ne!(label_of(column), *column);
        }
    }

    #[test]
    fn values_are_said_as_pages_say_them_and_numbers_are_masked() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        for (field, value, words) in [
            ("gender", json!("FEMALE"), Some("Female")),
            ("birth", json!({ "on": "1992-03-14" }), Some("14 Mar 1992")),
            (
                "birth",
                json!({ "about": { "date": "1992-01-01", "precision": "YEAR", "age_years": 34, "told_on": "2026-11-22" } }),
                Some("about 1992"),
            ),
            ("birth", json!("unknown"), Some("unknown")),
            ("birth", json!("not_recorded"), None),
            ("phone_primary", json!("+919822012345"), Some("•••• ••45")),
            ("national_id_number", json!("A1234567"), Some("•••• ••67")),
            ("email", json!("asha@example.org"), Some("a•••@example.org")),
            ("died_at", json!("2026-10-25T00:30:00Z"), Some("25 Oct 2026, 06:00")),
            ("consent_sms", json!(false), Some("Not agreed")),
            ("phone_is_landline", json!(true), Some("Landline")),
            ("city", json!("Pune"), Some("Pune")),
            ("city", json!(null), None),
        ] {
            assert_eq!(said(field, &value, &zone).as_deref(), words, "{field}: {value}");
        }
    }
}
