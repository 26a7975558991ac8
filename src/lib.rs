//! HMS: a hospital management system. One binary, PostgreSQL, one schema per hospital.
//!
//! The map, in import order: a module uses only those above it.

/// THE GATE: nothing reaches a table but through it.
pub mod access;
/// What a running HMS has.
pub mod app;
/// The command line.
pub mod cli;
/// What a hospital does.
pub mod clinic;
/// The only reader of the environment.
pub mod config;
/// PostgreSQL: the server, the logins, the schemas, the lanes.
pub mod db;
/// Hospitals to look around in: made, made fresh, removed.
pub mod demo;
/// Files beside the database, such as pictures.
pub mod files;
/// Who is calling: tokens, passwords, cookies. No SQL.
pub mod identity;
/// The job runner.
pub mod jobs;
/// Values that the whole house speaks. No I/O.
pub mod kernel;
/// Outbound mail.
pub mod mail;
/// THE REGISTRY: every capability, in dependency order.
pub mod modules;
/// What can be seen of HMS from outside: log, numbers, traces.
pub mod observe;
/// Work that keeps a processor busy: the bounded threads that do it.
pub mod paper;
/// What the platform does for all hospitals.
pub mod platform;
/// Router and layers, in one place.
pub mod server;
/// HTTP at its edge.
pub mod web;
