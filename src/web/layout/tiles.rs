//! Numbers at a glance. Each leads to the list that it counts.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;
use super::icon::Icon;

/// A row of tiles. `{{ Tiles(vec![…]) }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_tiles.html")]
pub struct Tiles(pub Vec<Tile>);

impl HtmlSafe for Tiles {}

/// Label, number, and one line that compares it: "of 54", "usual 5 %".
#[derive(Debug, Clone)]
pub struct Tile {
    icon: Icon,
    label: &'static str,
    value: String,
    note: String,
    href: Option<String>,
    warns: bool,
}

impl Tile {
    #[must_use]
    pub fn new(icon: Icon, label: &'static str, value: impl Into<String>) -> Self {
        Self { icon, label, value: value.into(), note: String::new(), href: None, warns: false }
    }

    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// The note asks to be looked at today.
    #[must_use]
    pub fn warns(self) -> Self {
        Self { warns: true, ..self }
    }

    /// The list that the number counts.
    #[must_use]
    pub fn leads_to(self, href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..self }
    }
}
