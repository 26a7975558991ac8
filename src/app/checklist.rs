//! A line of the getting-started checklist, as the capability that owns it describes it.

use crate::db::{Stmt, Tenant};
use crate::identity::actor::TenantFacts;

/// Something that a new hospital does once. Its tick comes from data, never from a click.
#[derive(Clone, Copy)]
pub struct ChecklistLine {
    /// Stable for programs and for what is put off, at most 50 characters.
    pub key: &'static str,
    /// Position among all lines: what a newcomer does first comes first.
    pub order: u16,
    /// Verb and noun: "Set the opening hours".
    pub label: &'static str,
    /// What it is good for, in one sentence.
    pub why: &'static str,
    /// The page on which it is done.
    pub href: &'static str,
    /// Permission code without which it is not offered.
    pub permission: &'static str,
    pub done: Done,
}

/// How it is known that a line is done.
#[derive(Clone, Copy)]
pub enum Done {
    /// By what every request of a hospital knows about it.
    Facts(fn(&TenantFacts) -> bool),
    /// By a statement without parameters that answers one row with one column, `done`. All lines are asked at once, so
    /// it must stop at the first row that it finds.
    Rows(&'static Stmt<Tenant>),
}
