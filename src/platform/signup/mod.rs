//! signup

use crate::access::Module;
/// This capability, for the registry.
pub const MODULE: Module = Module::named("signup");
