//! A hospital's own version of a table, and who signed what: values, and what is wrong with what was sent.

use jiff::Timestamp;
use serde_json::Value;

use super::model::TableId;
use super::tables::{Name, Origin, Tables};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, text};

/// A version to be kept; without a body it is the one that HMS comes with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTable {
    pub version: String,
    pub source: String,
    pub body: Option<Value>,
}

/// A version as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub id: TableId,
    pub name: Name,
    pub new: NewTable,
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

/// A table as it counts at a hospital, with what is known of its versions.
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
    /// Every version that this hospital wrote or signed, the newest first.
    pub versions: Vec<Kept>,
}
