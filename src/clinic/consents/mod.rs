//! Consents: what the patient was asked and answered, how, when and by whom it was written down.
//!
//! Asked, never assumed. Each answer is a row that nobody changes; the newest one holds, and the patient's fields
//! `consent_sms` and `consent_email` show it: both are written in one transaction, whoever writes (`patients::answer`).
//! An answer ends with the number or the address that it is about.

mod api;
mod model;
mod pages;

pub use model::NewAnswer;

use crate::access::Module;
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. Who may change a patient may write down an answer.
pub const MODULE: Module = Module {
    problems: &[],
    docs: Some(Chapter::new(
        Part::Patients,
        "Consents",
        "What a patient was asked and answered, how and when; the newest answer holds.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("consents")
};

/// So many of a patient's newest answers are told.
const MOST: i64 = 200;
