//! Who waits for whom: tokens, the board, the waiting room.

use crate::access::Module;

/// This capability, for the registry.
pub const MODULE: Module = Module::named("queue");
