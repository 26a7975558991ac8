//! The codes of ICD-10: finding one, and a hospital's own edition.

pub mod codes;
pub mod import;
