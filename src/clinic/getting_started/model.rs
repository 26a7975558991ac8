//! How far a hospital has come: pure.

use schemars::JsonSchema;
use serde::Serialize;

use crate::problem;

/// How a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Standing {
    /// To be done.
    Open,
    /// Told by data.
    Done,
    /// Put off: it waits until somebody does it or brings it back.
    Later,
}

impl Standing {
    /// What is done is done, even if it was put off before.
    #[must_use]
    pub fn of(done: bool, put_off: bool) -> Self {
        match (done, put_off) {
            (true, _) => Self::Done,
            (false, true) => Self::Later,
            (false, false) => Self::Open,
        }
    }
}

/// Why a line is not put off.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChecklistError {
    #[error("There is no such line on the checklist. Read it again.")]
    NoSuchLine,
}

problem!(ChecklistError {
    NoSuchLine => UNPROCESSABLE_ENTITY "checklist.no_such_line" at "line",
});
