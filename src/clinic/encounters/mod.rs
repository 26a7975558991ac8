//! What happened between a patient and a doctor: the record behind a consultation.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("encounters");
