//! What belongs to notes besides the notes.

pub mod templates;
