//! What a search over everything finds: as the options of the palette, and as a plain list.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::{MaskedPhone, Name};
use super::filters;
use super::icon::Icon;

/// What was found, in groups; the plain list of the page "Search". `{{ found }}`
#[derive(Debug, Clone, Default, Template)]
#[template(path = "web/layout/_found.html")]
pub struct Found {
    /// As it was typed.
    pub search: String,
    /// None of them blank.
    pub groups: Vec<FoundGroup>,
}

impl HtmlSafe for Found {}

/// The same as options of the palette's list box; the part that htmx swaps (`#palette-list`).
#[derive(Debug, Template)]
#[template(path = "web/layout/_options.html")]
pub struct Options {
    pub found: Found,
}

impl HtmlSafe for Options {}

/// "Patients", "Pages", "Acts".
#[derive(Debug, Clone)]
pub struct FoundGroup {
    pub label: &'static str,
    pub items: Vec<FoundItem>,
}

/// One thing to go to or to do.
#[derive(Debug, Clone)]
pub struct FoundItem {
    pub way: Way,
    pub icon: Icon,
    pub title: Name,
    /// Code or licence number.
    pub code: String,
    /// "34 y, Female"
    pub detail: String,
    pub phone: Option<MaskedPhone>,
}

impl FoundItem {
    /// A page or an act, which its title says all about.
    #[must_use]
    pub fn new(way: Way, icon: Icon, title: impl Into<String>) -> Self {
        Self {
            way,
            icon,
            title: Name { text: title.into(), lang: None },
            code: String::new(),
            detail: String::new(),
            phone: None,
        }
    }
}

/// How to get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Link(String),
    /// The same text, posted to a list.
    Search(&'static str),
    /// Another text, posted to a list.
    Post {
        action: &'static str,
        search: String,
    },
    /// A form of the frame: `lock`, `sign-out`.
    Form(&'static str),
}

impl Found {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// For those who hear it: "3 results", "Nothing found".
    fn how_many(&self) -> String {
        match self.groups.iter().map(|group| group.items.len()).sum::<usize>() {
            0 => "Nothing found".to_owned(),
            1 => "1 result".to_owned(),
            n => format!("{n} results"),
        }
    }
}
