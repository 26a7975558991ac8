//! What can be done with members of staff.

pub mod changing;
pub mod importing;
pub mod in_step;
pub mod inviting;
pub mod joining;
pub mod lists;
pub mod office;
pub mod rights;
pub mod stopping;
pub mod withdrawing;
