//! Words for input of another shape than asked for.

use crate::kernel::{AppError, FieldErrors};

/// A name longer than this in a reply is cut: it is the caller's own, but need not come back whole.
pub(super) const MAX_NAME: usize = 120;

/// Turn serde's message into a sentence at a field. Serde repeats values; we keep what was expected.
pub(super) fn wrong_shape(path: &serde_path_to_error::Path, message: &str) -> AppError {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let expected =
        message.rsplit_once(", expected ").map(|(_, rest)| rest.split(" at line ").next().unwrap_or(rest));
    let at = path.to_string();
    let mut field = if at == "." { String::new() } else { at };
    let mut go_into = |name: &str| {
        if !field.is_empty() && field.rsplit(['.', '[']).next() != Some(name) {
            field.push('.');
            field.push_str(name);
        } else if field.is_empty() {
            field.push_str(name);
        }
    };
    let sentence = if message.starts_with("missing field") {
        go_into(quoted);
        "This is needed.".to_owned()
    } else if message.starts_with("unknown field") {
        go_into(quoted);
        "There is no such field.".to_owned()
    } else if message.starts_with("duplicate field") {
        go_into(quoted);
        "This is given twice.".to_owned()
    } else if message.starts_with("unknown variant") {
        one_of(message)
    } else if message.starts_with("invalid value: integer") || message.starts_with("number too ") {
        "This number is out of range.".to_owned()
    } else if let Some(expected) = expected {
        format!("This must be {}.", in_plain_words(expected))
    } else if message.starts_with("UUID parsing failed") {
        "This must be an id.".to_owned()
    } else if message.starts_with("invalid digit") || message.starts_with("cannot parse integer") {
        "This must be a whole number.".to_owned()
    } else if message.contains("float literal") || message.starts_with("cannot parse float") {
        "This must be a number.".to_owned()
    } else if message.starts_with("provided string was not") {
        "This must be true or false.".to_owned()
    } else {
        "This is not in the expected form.".to_owned()
    };
    if field.is_empty() {
        field.push_str("body");
    }
    if field.chars().count() > MAX_NAME {
        field = field.chars().take(MAX_NAME).collect();
    }
    let mut errors = FieldErrors::default();
    errors.add(&field, sentence);
    AppError::Problem(errors.into())
}

/// The choices of an enum, from serde's list of them; the unknown value stays out.
fn one_of(message: &str) -> String {
    let choices = message.rsplit_once(", expected ").map_or("", |(_, choices)| choices);
    let choices: Vec<&str> = choices.split('`').skip(1).step_by(2).collect();
    match choices.as_slice() {
        [] => "This is not one of the possible values.".to_owned(),
        [one] => format!("This must be {one}."),
        many => format!("Use one of: {}.", many.join(", ")),
    }
}

fn in_plain_words(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "f32" | "f64" => "a number",
        "a string" | "string" | "str" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "string or map" => "one of the possible values",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.contains("UUID") => "an id",
        _ if expected.starts_with("tuple ") || expected.starts_with("an array") => "a list",
        _ if expected.contains("enum ") => "one of the possible values",
        _ if expected.contains(['`', ':']) => "in the expected form",
        _ => expected.strip_suffix(" string").unwrap_or(expected),
    }
}
