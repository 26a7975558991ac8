//! What is done with vital signs, each file about one thing.

pub(super) mod alarm;
pub(super) mod asked;
pub(super) mod due;
pub(super) mod ending;
pub(super) mod handover;
pub(super) mod ordering;
pub(super) mod reading;
pub(super) mod recording;
pub(super) mod signing;
