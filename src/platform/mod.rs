//! What the platform does for all hospitals: sign-up, sign-in, messages, and the super-admins' console.

pub mod account;
pub mod audit;
pub mod dashboard;
pub mod demo;
pub mod gallery;
pub mod health;
pub mod hospitals;
pub mod housekeeping;
pub mod landing;
pub mod lock;
pub mod messages;
pub mod mfa;
pub mod operators;
pub mod sessions;
pub mod signup;
