//! What a doctor writes down: drafts, signed versions, amendments.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("notes");
