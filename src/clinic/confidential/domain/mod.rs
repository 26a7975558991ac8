//! What an opening sets off.

pub mod alerts;
