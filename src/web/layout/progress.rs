//! How far a task is that goes on behind the pages.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;
use crate::web::words;

/// Bar, "317 of 318", what is left. While it runs it asks for itself every 2 seconds; without a script a link does.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_progress.html")]
pub struct Progress {
    pub id: &'static str,
    pub title: String,
    pub done: i64,
    pub total: i64,
    pub state: ProgressState,
}

impl HtmlSafe for Progress {}

#[derive(Debug, Clone)]
pub enum ProgressState {
    /// `poll` answers this block as it stands then, `page` is the page that holds it.
    Running { poll: String, page: String },
    /// What it made: address and words.
    Done { href: String, label: &'static str },
    /// It stopped. One sentence, and where to try again.
    Failed { sentence: String, retry: String },
}
