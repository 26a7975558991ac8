//! What a hospital does. Each folder is one noun of the house.

pub mod departments;
pub mod exports;
pub mod patients;
pub mod roles;
pub mod staff;
pub mod today;
