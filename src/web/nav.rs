//! What a capability puts into the side bar, onto a patient's record and into the palette.

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

/// Where a record offers something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A part of the record, above its content.
    Tab,
    /// A button in the banner; the one with the highest order is the primary one.
    Button,
    /// In the banner's menu "More".
    Menu,
}

/// What a capability offers on a patient's record: shown only to who holds its permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordLink {
    pub place: Place,
    /// Position among all of this place.
    pub order: u16,
    pub label: &'static str,
    pub icon: Icon,
    /// After `/patients/{id}`, for example `/edit`.
    pub path: &'static str,
    /// Permission code without which it is absent.
    pub permission: &'static str,
    /// Does it still make sense for a patient who has died?
    pub after_death: bool,
}

/// Something that a person may begin from anywhere: what the palette offers beside the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActEntry {
    pub console: Console,
    /// Verb and noun: "Register patient".
    pub label: &'static str,
    /// The page where it begins.
    pub href: &'static str,
    pub icon: Icon,
    /// Other words by which people look for it: "new add".
    pub words: &'static str,
    /// Permission code without which it is absent.
    pub permission: &'static str,
}
