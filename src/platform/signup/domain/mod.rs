//! What a sign-up becomes when nobody confirms it.

pub mod removing;
