//! Vital signs that somebody has to answer.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("escalations");
