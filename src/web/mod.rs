//! HTTP at its edge: problems, extractors, replies, layers and the API's own description.
//!
//! Nothing here knows a capability, a session or a database. Whatever goes wrong becomes a
//! [`Problem`](crate::kernel::Problem); one layer turns it into problem+json, another into a page.

pub mod assets;
pub mod csv;
pub mod deeds;
pub mod either;
pub mod extract;
pub mod image;
pub mod layers;
pub mod layout;
pub mod nav;
pub mod openapi;
pub mod pdf;
pub mod problem;
pub mod reply;
pub mod words;

pub use self::csv::CsvFile;
pub use either::Either;
pub use extract::{
    FileDigest, FileLimits, Form, IfMatch, Json, JsonOrCsv, OptionalJson, Path, Query, Upload, is_multipart,
};
pub use image::{Image, ImageKind};
pub use layers::{RequestId, RequestInfo};
pub use pdf::PdfFile;
pub use reply::{Accepted, Created, NoContent, Outcome, Page, PageWithStatus, Reply, SeeOther, StoredReply};

#[cfg(test)]
mod tests;
