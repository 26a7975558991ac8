//! Hospitals to try HMS with.
