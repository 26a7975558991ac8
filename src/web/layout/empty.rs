//! What stands where there are no rows: none yet and no match are different things.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;
use super::icon::Icon;

/// None yet: icon, sentence, act. `{{ empty }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_empty.html")]
pub struct Empty {
    pub icon: Icon,
    pub title: String,
    pub text: String,
    /// Link and words of the next act.
    pub act: Option<(&'static str, &'static str)>,
}

impl HtmlSafe for Empty {}

impl Empty {
    /// For `act`, where the struct is written in a template.
    #[must_use]
    pub fn act(href: &'static str, label: &'static str) -> Option<(&'static str, &'static str)> {
        Some((href, label))
    }
}

/// No match: there are some, but none that a search or its filters leave.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_no_match.html")]
pub struct NoMatch {
    icon: Icon,
    /// "patient"
    thing: &'static str,
    search: String,
    advice: String,
    /// The whole list.
    clear: &'static str,
    act: Option<(&'static str, &'static str, Icon)>,
    by_code: Option<(String, &'static str, &'static str)>,
}

impl HtmlSafe for NoMatch {}

impl NoMatch {
    /// `search` is blank where only filters narrow.
    #[must_use]
    pub fn new(icon: Icon, thing: &'static str, search: impl Into<String>, clear: &'static str) -> Self {
        Self { icon, thing, search: search.into(), advice: String::new(), clear, act: None, by_code: None }
    }

    /// What to try next, in one sentence.
    #[must_use]
    pub fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: advice.into(), ..self }
    }

    /// If a whole code was searched for: post it there, and when that makes sense.
    #[must_use]
    pub fn by_code(self, code: Option<&str>, action: &'static str, sentence: &'static str) -> Self {
        Self { by_code: code.map(|code| (code.to_owned(), action, sentence)), ..self }
    }

    /// What to do if there really is none.
    #[must_use]
    pub fn act(self, href: &'static str, label: &'static str, icon: Icon) -> Self {
        Self { act: Some((href, label, icon)), ..self }
    }

    /// Without the act for who may not do it.
    #[must_use]
    pub fn only_if(self, may: bool) -> Self {
        Self { act: self.act.filter(|_| may), ..self }
    }
}
