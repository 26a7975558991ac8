//! Which times can be booked.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("slots");
