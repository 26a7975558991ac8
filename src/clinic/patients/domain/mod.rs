//! What patients do, where `mod.rs` would be too long for it.

pub(super) mod care;
pub(super) mod family;
pub(super) mod kept;
pub(super) mod lists;
pub(super) mod picture;
pub(super) mod registering;
