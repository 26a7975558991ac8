//! What operators and jobs do with hospitals, by what it is about.

mod limits;
mod measuring;
mod people;
mod rejecting;
mod standing;

pub use limits::{set_limits, warn};
pub use measuring::{Recounted, measure, measure_all, recount};
pub use people::{Reset, administrators, events, reset_password, reset_second_factor};
pub use rejecting::reject;
pub use standing::{activate, lift, restrict, suspend};
