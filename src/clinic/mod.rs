//! What a hospital does. Each folder is one noun of the house.

pub mod audit;
pub mod care;
pub mod chart;
pub mod confidential;
pub mod consents;
pub mod deceased;
pub mod departments;
pub mod duplicates;
pub mod exports;
pub mod getting_started;
pub mod history;
pub mod merges;
pub mod newborns;
pub mod overview;
pub mod patients;
pub mod pictures;
pub mod practice;
pub mod profile;
pub mod roles;
pub mod search;
pub mod staff;
pub mod today;
pub mod unidentified;
