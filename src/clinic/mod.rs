//! What a hospital does. Each folder is one noun of the house.

pub mod confidential;
pub mod consents;
pub mod deceased;
pub mod departments;
pub mod duplicates;
pub mod exports;
pub mod history;
pub mod merges;
pub mod patients;
pub mod roles;
pub mod staff;
pub mod today;
