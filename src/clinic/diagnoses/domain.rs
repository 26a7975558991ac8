//! The codes of ICD-10: finding one, and a hospital's own edition; and what goes into the patient's chart.

pub mod chart;
pub mod codes;
pub mod import;
