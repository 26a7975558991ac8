//! What may be wrong with an export.

use crate::problem;

/// Why there is no file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExportError {
    #[error(
        "These filters leave {found} patients, and a file of this kind holds at most {most}. Narrow the filters, for \
         example to fewer days of registration."
    )]
    TooMany { found: String, most: String },
}

problem!(ExportError { TooMany => UNPROCESSABLE_ENTITY "exports.too_many" });
