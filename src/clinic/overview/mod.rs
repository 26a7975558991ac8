//! One patient at a glance, put together from what the capabilities above know: the page and the clinical snapshot.
//!
//! Nothing is kept here. It stands low in the registry on purpose, so that whatever belongs into the glance (vitals,
//! admissions, appointments, documents) can stand above: a new part is a call of its public function and a line here.

mod api;
mod pages;

use crate::access::Module;
use crate::clinic::patients;

/// This capability, for the registry. It asks for the right to see patients.
pub const MODULE: Module = Module {
    docs: patients::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("overview")
};
