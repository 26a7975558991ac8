//! One binary for all integration tests: the real router, the real PostgreSQL, one database per test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and stands outside of the gate"
)]

mod harness;

mod account;
mod api_reference;
mod appointments;
mod architecture;
mod attacks;
mod audit;
mod authorization;
mod availability;
mod backup;
mod bad_input;
mod browser;
mod care;
mod chart;
mod cli;
mod client_day;
mod components;
mod confidential;
mod consents;
mod dashboard;
mod deceased;
mod delivery;
mod demo;
mod departments;
mod diagnoses;
mod doctors;
mod duplicates;
mod embedded;
mod encounters;
mod escalations;
mod exports;
#[cfg(feature = "pdf")]
mod exports_pdf;
mod faults;
mod figures;
mod front_desk;
mod fuzz_findings;
mod getting_started;
mod history;
mod hospitals;
mod hosts;
mod jobs;
mod leave;
mod limits;
mod lock;
mod logs;
mod merges;
mod metrics;
mod mfa;
mod modes;
mod newborns;
mod notes;
mod openapi;
mod operators;
mod own_server;
mod passwords;
mod patient_changes;
mod patient_pages;
mod patient_search;
mod patients;
mod pictures;
mod practice;
mod printing;
mod profile;
mod profile_changes;
mod profile_settings;
mod queue;
mod roles;
mod search;
mod security;
mod sessions;
mod signup;
mod slots;
mod slow_bodies;
mod staff;
mod statements;
mod tenancy;
mod tls;
mod traces;
mod unidentified;
mod vitals;
