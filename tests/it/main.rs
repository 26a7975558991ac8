//! One binary for all integration tests: the real router, the real PostgreSQL, one database per test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and stands outside of the gate"
)]

mod harness;

mod api_reference;
mod architecture;
mod authorization;
mod bad_input;
mod browser;
mod cli;
mod duplicates;
mod embedded;
mod exports;
#[cfg(feature = "pdf")]
mod exports_pdf;
mod front_desk;
mod hospitals;
mod jobs;
mod merges;
mod modes;
mod openapi;
mod patient_changes;
mod patient_pages;
mod patient_search;
mod patients;
mod sessions;
mod signup;
mod statements;
mod tenancy;
mod tls;
