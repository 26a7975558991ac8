//! The page that greets a visitor.

mod pages;

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module { pages: Some(pages::router), ..Module::named("landing") };
