//! The head of a panel: its heading, a short note, small acts.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::Act;
use super::filters;
use super::icon::Icon;

/// `<section class="panel" aria-labelledby="rx-h">{{ PanelHead::new("rx-h", "Current medicines").note("3") }} …`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_panel_head.html")]
pub struct PanelHead {
    id: &'static str,
    title: String,
    note: String,
    acts: Vec<Act>,
}

impl HtmlSafe for PanelHead {}

impl PanelHead {
    /// `id` is what the panel is labelled by.
    #[must_use]
    pub fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self { id, title: title.into(), note: String::new(), acts: Vec::new() }
    }

    /// A count or a date beside the heading.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    #[must_use]
    pub fn act(mut self, href: impl Into<String>, label: &'static str, icon: Icon) -> Self {
        self.acts.push(Act { href: href.into(), label, icon });
        self
    }

    /// The head as it is, without its last act where that makes no sense.
    #[must_use]
    pub fn only_if(mut self, may: bool) -> Self {
        if !may {
            self.acts.pop();
        }
        self
    }
}
