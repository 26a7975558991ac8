//! Doctors as patients and the desk know them, and the rooms they see people in.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("doctors");
