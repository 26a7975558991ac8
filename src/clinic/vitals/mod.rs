//! Vital signs, scored as they are shown.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("vitals");
