//! What is done with appointments, and the rules of it.

pub(super) mod booking;
pub(super) mod follow_up;
pub(super) mod free;
pub(super) mod hand_over;
pub(super) mod reading;
pub(super) mod steps;
pub(super) mod who;
