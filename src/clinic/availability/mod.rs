//! When doctors are there: weekly hours, days that differ, leave.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("availability");
