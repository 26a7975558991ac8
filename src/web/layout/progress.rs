//! How far a task is that goes on behind the pages.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;
use crate::web::words;

/// Bar, "317 of 318" and what is left, or "95 %". While it runs it asks for itself every 2 seconds; without a script a link does.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_progress.html")]
pub struct Progress {
    pub id: &'static str,
    pub title: String,
    pub done: i64,
    pub total: i64,
    /// `done` is so many per cent, `total` is 100: nobody is told that these are things.
    pub is_percentage: bool,
    pub state: ProgressState,
}

impl HtmlSafe for Progress {}

impl Progress {
    fn said(&self) -> String {
        let done = words::count(self.done);
        if self.is_percentage {
            format!("{done} %")
        } else {
            format!("{done} of {}", words::count(self.total))
        }
    }
}

#[derive(Debug, Clone)]
pub enum ProgressState {
    /// `poll` answers this block as it stands then, `page` is the page that holds it.
    Running { poll: String, page: String },
    /// What it made: address and words.
    Done { href: String, label: &'static str },
    /// It stopped. One sentence, and where to try again.
    Failed { sentence: String, retry: String },
}
