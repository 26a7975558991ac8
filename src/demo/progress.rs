//! How far an act is: for the console, by the task's row, and for whoever stands at the terminal, by a bar.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::platform::demo::{self, DemoTaskId};

/// How often the row is looked after.
const BEAT: Duration = Duration::from_millis(500);
/// Unchanged, it is written after so many beats all the same: whoever is silent for a minute is given up.
const AT_LEAST: u32 = 20;

/// Shared by whoever does the act and whoever tells of it.
#[derive(Clone)]
pub(super) struct Progress(Arc<Inner>);

struct Inner {
    now: Mutex<(u8, String)>,
    bar: ProgressBar,
}

impl Progress {
    /// At the terminal a bar is shown (nothing where there is none, as in a pipe).
    pub(super) fn new(at_terminal: bool) -> Self {
        let bar = if at_terminal { ProgressBar::new(100) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos:>3} %  {msg}") {
            bar.set_style(style);
        }
        Self(Arc::new(Inner { now: Mutex::new((0, String::new())), bar }))
    }

    /// What is being done now, and how much is done, in per cent.
    pub(super) fn at(&self, percent: u8, message: impl Into<String>) {
        let message = message.into();
        let mut now = self.0.now.lock().unwrap_or_else(PoisonError::into_inner);
        // Two hospitals are filled side by side: it goes on with the faster one.
        let percent = percent.min(99).max(now.0);
        self.0.bar.set_position(u64::from(percent));
        self.0.bar.set_message(message.clone());
        *now = (percent, message);
    }

    /// A part of the whole: from `from` to `until`, `done` of `total`.
    pub(super) fn part(&self, (from, until): (u8, u8), done: u64, total: u64, message: &str) {
        let span = u64::from(until.saturating_sub(from));
        let more = (span * done.min(total)).checked_div(total).unwrap_or(0);
        self.at(from.saturating_add(u8::try_from(more).unwrap_or(0)), message);
    }

    fn now(&self) -> (u8, String) {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bar goes.
    pub(super) fn done(&self) {
        self.0.bar.finish_and_clear();
    }
}

/// Keeps the task's row up to date as long as it is held.
pub(super) struct Beating(JoinHandle<()>);

impl Beating {
    pub(super) fn start(app: App, task: DemoTaskId, progress: Progress) -> Self {
        Self(tokio::spawn(async move {
            let (mut told, mut beats) = (None, 0);
            loop {
                tokio::time::sleep(BEAT).await;
                beats += 1;
                let now = progress.now();
                if told.as_ref() == Some(&now) && beats < AT_LEAST {
                    continue;
                }
                match demo::report(&app, task, now.0, &now.1).await {
                    Ok(_) => (told, beats) = (Some(now), 0),
                    Err(error) => tracing::warn!(%error, "how far the demo is could not be written down"),
                }
            }
        }))
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.0.abort();
    }
}
