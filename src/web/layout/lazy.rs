//! A part of a page that is fetched after it: skeleton rows until it is there.

use askama::Template;
use askama::filters::HtmlSafe;

/// Stands where the part will be; its answer takes its place. Without a script there is a link to it.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_lazy.html")]
pub struct Lazy {
    /// "the latest vitals"
    pub what: &'static str,
    /// Answers the part with htmx, a page without.
    pub href: String,
    /// About as many rows as there will be.
    pub rows: u8,
}

impl HtmlSafe for Lazy {}
