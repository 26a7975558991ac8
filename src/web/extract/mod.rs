//! What a request brings: our extractors, which refuse with a
//! [`Problem`](crate::kernel::Problem) and describe themselves.
//!
//! Texts are left as they came (`kernel::text` judges them); here it is only about shape. A message
//! names the field and what it must be, and never repeats the value.

mod body;
mod csv;
mod form;
mod if_match;
mod json;
mod pairs;
mod path;
mod query;
mod shape;
mod upload;

use aide::openapi::{ParameterData, ParameterSchemaOrContent, SchemaObject};
use indexmap::IndexMap;
use schemars::Schema;

pub use csv::JsonOrCsv;
pub use form::Form;
pub use if_match::IfMatch;
pub use json::{Json, OptionalJson};
pub use path::Path;
pub use query::Query;
pub use upload::{FileDigest, FileLimits, Upload, is_multipart};

/// A parameter of an operation, in a path or a header.
pub(super) fn parameter_data(
    name: &str,
    description: Option<&str>,
    required: bool,
    json_schema: Schema,
) -> ParameterData {
    ParameterData {
        name: name.to_owned(),
        description: description.map(str::to_owned),
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject {
            json_schema,
            example: None,
            external_docs: None,
        }),
        example: None,
        examples: IndexMap::new(),
        explode: None,
        extensions: IndexMap::new(),
    }
}
