//! Toasts: an act succeeded, and its result is on the screen. Errors are never toasts only.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;

/// "It worked". Goes after 6 seconds, later while somebody points at it; stays without a script.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_toast.html")]
pub struct Toast {
    text: String,
    undo: Option<Undo>,
}

impl HtmlSafe for Toast {}

/// The way back: a form of one button.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Where it is posted to.
    pub action: String,
    /// What it undoes, for those who hear the button alone: "suspending the hospital".
    pub what: &'static str,
}

impl Toast {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), undo: None }
    }

    #[must_use]
    pub fn undo(self, action: impl Into<String>, what: &'static str) -> Self {
        Self { undo: Some(Undo { action: action.into(), what }), ..self }
    }
}
