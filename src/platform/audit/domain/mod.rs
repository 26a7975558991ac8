//! What does not fit beside the rest: files.

pub(super) mod export;
