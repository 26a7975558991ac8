//! The head of a page: where it hangs, its one `h1`, a line of facts, its acts with the primary one last.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::Act;
use super::filters;
use super::icon::Icon;

/// `{{ PageHead::new("Patients").facts("12,480 registered").act("/patients/new", "Register patient", Icon("user-plus")) }}`
#[derive(Debug, Clone, Default, Template)]
#[template(path = "web/layout/_page_head.html")]
pub struct PageHead {
    title: String,
    above: Vec<(String, String)>,
    here: String,
    facts: String,
    acts: Vec<(Act, &'static str)>,
}

impl HtmlSafe for PageHead {}

impl PageHead {
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A page above this one, outermost first.
    #[must_use]
    pub fn below(mut self, href: impl Into<String>, label: impl Into<String>) -> Self {
        self.above.push((href.into(), label.into()));
        self
    }

    /// The word for this page in the breadcrumb, where the title is too long for it.
    #[must_use]
    pub fn here(self, label: impl Into<String>) -> Self {
        Self { here: label.into(), ..self }
    }

    /// Count, date: one line below the title.
    #[must_use]
    pub fn facts(self, line: impl Into<String>) -> Self {
        Self { facts: line.into(), ..self }
    }

    /// One more act; the last one is the primary one.
    #[must_use]
    pub fn act(mut self, href: impl Into<String>, label: &'static str, icon: Icon) -> Self {
        self.acts.push((Act { href: href.into(), label, icon }, ""));
        self
    }

    /// The key of the act that was just added: `n`.
    #[must_use]
    pub fn key(mut self, key: &'static str) -> Self {
        if let Some(last) = self.acts.last_mut() {
            last.1 = key;
        }
        self
    }

    /// The head as it is, without its last act for who may not do it.
    #[must_use]
    pub fn only_if(mut self, may: bool) -> Self {
        if !may {
            self.acts.pop();
        }
        self
    }

    fn last_crumb(&self) -> &str {
        if self.here.is_empty() { &self.title } else { &self.here }
    }
}
