//! What does not fit beside the rest: the platform's rows about a hospital's people, and files.

pub(super) mod attempts;
pub(super) mod export;
