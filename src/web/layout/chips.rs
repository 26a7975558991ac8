//! What narrows a list at the moment: each filter can be taken off by itself.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;

/// The active filters; nothing if there are none. `{{ chips }}`
#[derive(Debug, Clone, Default, Template)]
#[template(path = "web/layout/_chips.html")]
pub struct Chips {
    pub chips: Vec<Chip>,
    /// The list without any.
    pub clear: &'static str,
}

impl HtmlSafe for Chips {}

/// One filter: "Sex: female".
#[derive(Debug, Clone)]
pub struct Chip {
    pub label: &'static str,
    pub value: String,
    pub without: Without,
}

/// The list without that filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Without {
    Link(String),
    /// While a text is searched for, which must not be in an address: posted, with what stays.
    Post {
        action: &'static str,
        fields: Vec<(&'static str, String)>,
    },
}
