//! What a capability puts into the side bar.

/// One entry: shown only to who holds its permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NavEntry {
    pub console: Console,
    /// Position among all entries of the console.
    pub order: u16,
    /// Heading; empty for the top of the bar.
    pub group: &'static str,
    pub label: &'static str,
    pub href: &'static str,
    pub icon: &'static str,
    /// Permission code without which it is absent.
    pub permission: &'static str,
}

/// Which of the two rooms with a side bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    Staff,
    Platform,
}
