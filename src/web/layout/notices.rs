//! Notices: what a page has to say before anything else. Errors say what is safe and what to do.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::Kind;
use super::filters;
use super::icon::Icon;

/// `{{ Notice::new(Kind::Warn, "The slot was taken a moment ago. Your note is kept.").link("/x", "Choose another time") }}`
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_notice.html")]
pub struct Notice {
    kind: Kind,
    title: String,
    text: String,
    link: Option<(String, &'static str)>,
    role: &'static str,
}

impl HtmlSafe for Notice {}

impl Notice {
    #[must_use]
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, title: String::new(), text: text.into(), link: None, role: "" }
    }

    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    #[must_use]
    pub fn link(self, href: impl Into<String>, label: &'static str) -> Self {
        Self { link: Some((href.into(), label)), ..self }
    }

    /// Read out politely: the result of what was just done.
    #[must_use]
    pub fn status(self) -> Self {
        Self { role: "status", ..self }
    }

    /// Read out at once.
    #[must_use]
    pub fn alert(self) -> Self {
        Self { role: "alert", ..self }
    }

    fn icon(&self) -> Icon {
        match self.kind {
            Kind::Ok => Icon("circle-check"),
            Kind::Warn => Icon("alert-triangle"),
            Kind::Danger => Icon("alert-circle"),
            Kind::Neutral | Kind::Info | Kind::Active => Icon("info-circle"),
        }
    }
}

/// A part that could not be loaded: what happened, "Try again", and the request to name in a report.
///
/// Each page carries a blank one as a `template`, which `hms.js` fills when htmx gets no answer.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "web/layout/_trouble.html")]
pub struct Trouble {
    sentence: String,
    retry: String,
    request_id: String,
}

impl HtmlSafe for Trouble {}

impl Trouble {
    /// `retry` is the address to try again.
    #[must_use]
    pub fn new(sentence: impl Into<String>, retry: impl Into<String>, request_id: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), retry: retry.into(), request_id: request_id.into() }
    }

    /// For `hms.js`.
    #[must_use]
    pub fn blank() -> Self {
        Self::default()
    }
}
