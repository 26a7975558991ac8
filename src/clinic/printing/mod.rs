//! Paper of the desk: tokens, labels, wristbands, and what is printed later.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("printing");
