//! One binary for all integration tests: the real router, the real PostgreSQL, one database per test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and stands outside of the gate"
)]

mod harness;

mod browser;
mod cli;
mod embedded;
mod hospitals;
mod jobs;
mod modes;
mod patient_changes;
mod patient_pages;
mod patient_search;
mod patients;
mod sessions;
mod signup;
mod tenancy;
mod tls;
