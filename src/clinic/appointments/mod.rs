//! Appointments: booked, moved, checked in, seen, called off.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("appointments");
