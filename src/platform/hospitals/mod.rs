//! hospitals
use crate::modules::Module;
/// This capability, for the registry.
pub const MODULE: Module = Module::named("hospitals");
