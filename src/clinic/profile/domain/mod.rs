//! What a hospital's profile does beyond its fields.

pub(super) mod logo;
