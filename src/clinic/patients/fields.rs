//! One field at a time: what is given becomes what is kept, or a sentence at the field.

use unicode_normalization::UnicodeNormalization as _;

use super::input::Given;
use super::model::BLOOD_GROUPS;
use crate::kernel::{FieldErrors, phone, text};

pub(super) fn line(
    field: &mut Option<String>,
    name: &str,
    given: Given<String>,
    max: usize,
    errors: &mut FieldErrors,
) {
    if let Some(typed) = given.told()
        && let Ok(line) = text::optional(name, typed.as_deref(), max, errors)
    {
        *field = line;
    }
}

/// Text that keeps its line breaks.
pub fn note(field: &mut Option<String>, name: &str, given: Given<String>, errors: &mut FieldErrors) {
    const MAX: usize = 1000;
    let Some(typed) = given.told() else { return };
    let typed: String = typed.unwrap_or_default().nfc().collect::<String>().replace("\r\n", "\n");
    let typed = typed.trim();
    if text::has_forbidden(typed) {
        errors.add(name, "Remove the hidden control characters from this text.");
    } else if !typed.is_empty() && !text::is_visible(typed) {
        errors.add(name, "There is nothing to be seen in this text.");
    } else if typed.chars().count() > MAX {
        errors.add(name, format!("Use at most {MAX} characters."));
    } else {
        *field = (!typed.is_empty()).then(|| typed.to_owned());
    }
}

pub(super) fn number(field: &mut Option<String>, name: &str, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    match typed.filter(|typed| !typed.trim().is_empty()) {
        None => *field = None,
        Some(typed) => {
            if let Some(number) = phone::parse(name, &typed, errors) {
                *field = Some(number);
            }
        }
    }
}

pub(super) fn address(field: &mut Option<String>, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    match typed.filter(|typed| !typed.trim().is_empty()) {
        None => *field = None,
        Some(typed) => {
            if let Some(address) = text::email("email", Some(&typed), errors) {
                *field = Some(address);
            }
        }
    }
}

/// One of a few words, by its code; `null` and blank clear it.
pub fn choice<T: Copy>(
    field: &mut Option<T>,
    name: &str,
    given: Given<String>,
    all: &[T],
    code: fn(T) -> &'static str,
    errors: &mut FieldErrors,
) {
    let Some(typed) = given.told() else { return };
    let typed = typed.unwrap_or_default();
    let typed = typed.trim();
    match all.iter().copied().find(|value| code(*value) == typed) {
        Some(value) => *field = Some(value),
        None if typed.is_empty() => *field = None,
        None => {
            let codes: Vec<&str> = all.iter().map(|value| code(*value)).collect();
            errors.add(name, format!("Use one of: {}.", codes.join(", ")));
        }
    }
}

pub(super) fn blood_group(field: &mut Option<String>, given: Given<String>, errors: &mut FieldErrors) {
    let Some(typed) = given.told() else { return };
    let code = typed.unwrap_or_default().trim().to_uppercase();
    match BLOOD_GROUPS.iter().find(|group| **group == code) {
        Some(group) => *field = Some((*group).to_owned()),
        None if code.is_empty() => *field = None,
        None => errors.add("blood_group", format!("Use one of: {}.", BLOOD_GROUPS.join(", "))),
    }
}

/// A yes or no has no "cleared": `null` leaves it.
pub(super) fn flag(field: &mut bool, given: Given<bool>) {
    if let Given::Value(value) = given {
        *field = value;
    }
}
