//! What can be seen of a running HMS from outside: its log, its numbers, its traces.
//!
//! Invariants: nothing about patients and no name of a hospital is in any of them; labels come from lists in the
//! program (routes, tasks, outcomes), so their number has a bound whatever is sent here.

#[cfg(feature = "otel")]
mod collector;
pub mod logs;
pub mod metrics;
pub mod traces;
