//! A hospital's own version of a table, and who signed what: values, and what is wrong with what was sent.

use jiff::Timestamp;
use serde_json::Value;

use super::model::TableId;
use super::tables::{Name, Origin, Tables};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};

/// Characters of a table; those that HMS comes with have about 2000.
const MOST_BYTES: usize = 20_000;

/// A version to be kept; without a body it is the one that HMS comes with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTable {
    pub version: String,
    pub source: String,
    pub body: Option<Value>,
}

/// A version as it is kept, without its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub id: TableId,
    pub name: Name,
    pub origin: Origin,
    /// HMS comes with its values.
    pub is_built_in: bool,
    pub made_by: UserId,
    pub made_at: Timestamp,
    /// When, and by whom. Only a signed one counts.
    pub signed: Option<(Timestamp, UserId)>,
}

impl NewTable {
    /// A hospital's own version: it must be whole, and say where it is from.
    ///
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(
        name: Name,
        version: Option<&str>,
        source: Option<&str>,
        body: Option<Value>,
    ) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let version = text::required("version", version, 50, &mut errors);
        if version.as_deref() == Some(name.built_in().version.as_str()) {
            errors.add("version", "This is the name of the version that HMS comes with: use another one.");
        }
        let source = text::required("source", source, 500, &mut errors);
        match &body {
            None => errors.add("body", "This is needed."),
            // It is read again with each set that is judged by it.
            Some(body) if body.to_string().len() > MOST_BYTES => {
                errors.add("body", format!("A table has at most {MOST_BYTES} characters."));
            }
            Some(body) => {
                let origin = Origin { version: String::new(), source: String::new() };
                if let Err(wrong) = Tables::built_in().clone().with(name, origin, body) {
                    errors.add("body", wrong.0);
                }
            }
        }
        let new = version.zip(source).map(|(version, source)| Self { version, source, body });
        errors.finish_with(new)
    }
}

/// The values of a document that somebody typed or downloaded before: alone, or with name, version and source.
///
/// # Errors
/// What is wrong, with its line.
pub fn read_document(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err("This is needed.".to_owned());
    }
    let read: Result<Value, serde_json::Error> = serde_json::from_str(text);
    let mut value = read.map_err(|error| match error.is_eof() {
        true => format!("Line {}: the document ends too early, a bracket is open.", error.line()),
        false => format!("Line {}, place {}: this is not JSON.", error.line(), error.column()),
    })?;
    if let Some(body) = value.get_mut("body").filter(|body| body.is_object()) {
        return Ok(body.take());
    }
    if let Some(fields) = value.as_object_mut() {
        for about in ["name", "version", "source"] {
            fields.remove(about);
        }
    }
    Ok(value)
}

/// A table as it counts at a hospital.
#[derive(Debug, Clone)]
pub struct Standing {
    pub name: Name,
    /// Of the version that counts.
    pub origin: Origin,
    pub body: Value,
    /// The one that HMS comes with.
    pub is_built_in: bool,
    /// Who of the hospital signed it, if somebody did.
    pub signed: Option<(Timestamp, UserId)>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_alone_or_with_what_is_said_of_it() {
        let whole = r#"{ "name": "response", "version": "1", "source": "x", "body": { "low_from": 1 } }"#;
        assert_eq!(read_document(whole), Ok(json!({ "low_from": 1 })));
        let flat = r#"{ "version": "1", "source": "x", "low_from": 1 }"#;
        assert_eq!(read_document(flat), Ok(json!({ "low_from": 1 })));
        assert_eq!(read_document(" "), Err("This is needed.".to_owned()));
        assert_eq!(
            read_document("{\n  \"a\": 1,\n  b\n}"),
            Err("Line 3, place 3: this is not JSON.".to_owned())
        );
        assert!(read_document("{\n\"a\": [1").unwrap_err().starts_with("Line 2: "));
    }
}
