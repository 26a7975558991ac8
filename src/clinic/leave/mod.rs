//! A doctor who is away, and what becomes of the bookings.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("leave");
