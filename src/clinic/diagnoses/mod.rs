//! What a patient was found to have, with or without a code.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("diagnoses");
