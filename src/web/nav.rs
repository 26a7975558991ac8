//! What a capability puts into the side bar.

pub use super::layout::{Console, Icon};

/// One entry: shown only to who holds its permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NavEntry {
    pub console: Console,
    /// Position among all entries of the console; entries of one group stand together.
    pub order: u16,
    /// Heading; empty for the top of the bar.
    pub group: &'static str,
    pub label: &'static str,
    pub href: &'static str,
    pub icon: Icon,
    /// `g` and this letter lead here; empty for none.
    pub key: &'static str,
    /// Permission code without which it is absent.
    pub permission: &'static str,
}
