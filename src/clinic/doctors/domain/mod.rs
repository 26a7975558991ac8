//! Acts of doctors that reach further than the database.

pub(super) mod photo;
