//! Tabs: the parts of a record, or the saved views of a list with their counts.

use askama::Template;
use askama::filters::HtmlSafe;

/// A row of links. `{{ Tabs::new("Saved views", tabs) }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_tabs.html")]
pub struct Tabs<'a> {
    label: &'a str,
    tabs: &'a [Tab],
}

impl HtmlSafe for Tabs<'_> {}

impl<'a> Tabs<'a> {
    /// `label` names the row for those who do not see it.
    #[must_use]
    pub fn new(label: &'a str, tabs: &'a [Tab]) -> Self {
        Self { label, tabs }
    }
}

/// One tab above a list, a link with its count.
#[derive(Debug, Clone)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub count: Option<String>,
    pub current: bool,
}
