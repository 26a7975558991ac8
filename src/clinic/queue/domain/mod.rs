//! What is done in the queue, and what is seen of it.

pub mod acts;
pub mod looks;
pub mod walk_in;
