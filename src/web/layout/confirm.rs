//! The question before an act that hurts: a page of its own, and with a script a dialog over the page that asked.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::Name;
use super::fields::Field;
use super::filters;
use super::icon::Icon;

/// Title, consequences with numbers, cancel first, the verb on the button.
///
/// A link `<a data-confirm href="…">` shows the part marked `data-ask` of that page in the dialog `#ask`.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_confirm.html")]
pub struct Confirm<'a> {
    /// "Suspend"
    pub ask: &'static str,
    /// What it is done to.
    pub what: Name,
    pub consequences: Vec<(Icon, String)>,
    /// One small line: a licence number, a code.
    pub note: String,
    /// Reason, version; a typed name only before what cannot be undone.
    pub fields: Vec<Field<'a>>,
    /// Where the form is posted to.
    pub action: String,
    /// Where "cancel" leads, and its words: "Leave it as it is".
    pub back: (&'static str, &'static str),
    /// "Suspend hospital"
    pub verb: &'static str,
    /// "Suspending…"
    pub busy: &'static str,
    pub icon: Icon,
    /// It takes something away.
    pub danger: bool,
}

impl HtmlSafe for Confirm<'_> {}
