//! What a hospital does. Each folder is one noun of the house.

pub mod chart;
pub mod departments;
pub mod duplicates;
pub mod exports;
pub mod merges;
pub mod overview;
pub mod patients;
pub mod roles;
pub mod staff;
pub mod today;
