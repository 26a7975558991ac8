//! HMS: a hospital management system. One binary, PostgreSQL, one schema per hospital.

pub mod config;
pub mod identity;
pub mod kernel;
pub mod mail;
pub mod web;
