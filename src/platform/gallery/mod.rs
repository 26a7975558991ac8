//! Development only: every component of `web::layout` in every state, on a few pages. What a page may be made of is
//! looked up here, and the browser test looks at all of it in both themes and at both widths.
//!
//! The people on it are invented. In production these pages do not exist.

mod pages;
mod samples;

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module { pages: Some(pages::router), ..Module::named("gallery") };
