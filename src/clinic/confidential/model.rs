//! A record that was opened with a reason, and what somebody else thought of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::clinic::patients::{Closed, Confidentiality, PatientId};
use crate::kernel::ids::UserId;
use crate::kernel::{FieldErrors, text};
use crate::{ids, problem};

ids! {
    /// One opening of a confidential record.
    GlassId = "break_glass";
}

/// How long a record stays open.
pub const OPEN_HOURS: i64 = 4;

/// One opening.
#[derive(Debug, Clone, Copy)]
pub struct Glass {
    pub id: GlassId,
    pub patient: PatientId,
    pub user: UserId,
    pub why: Closed,
    pub opened_at: Timestamp,
    pub expires_at: Timestamp,
}

/// One opening as it is read afterwards.
#[derive(Debug, Clone)]
pub struct Opening {
    pub glass: Glass,
    pub code: String,
    /// How confidential the record is now.
    pub level: Confidentiality,
    pub reason: String,
    pub review: Option<Review>,
}

/// The word in the database and in the API for why a record was closed.
#[must_use]
pub fn code_of(why: Closed) -> &'static str {
    match why {
        Closed::Confidential => "CONFIDENTIAL",
        Closed::NotYours => "NOT_LINKED",
    }
}

/// What was behind a word of the database: anything unknown was a secret.
pub(super) fn why_of(code: &str) -> Closed {
    if code == code_of(Closed::NotYours) { Closed::NotYours } else { Closed::Confidential }
}

/// What somebody else thought of an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub outcome: Outcome,
    pub note: Option<String>,
    pub by: UserId,
    pub at: Timestamp,
}

/// The word of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// There was a need to know.
    Justified,
    /// Somebody has to talk about it: the note says what is to be done.
    FollowUp,
}

impl Outcome {
    pub const ALL: [Self; 2] = [Self::Justified, Self::FollowUp];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Justified => "JUSTIFIED",
            Self::FollowUp => "FOLLOW_UP",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// Which openings a list is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    #[default]
    All,
    /// About which nobody has said a word yet.
    Waiting,
    Reviewed(Outcome),
}

impl Which {
    /// `waiting`, `justified`, `follow_up`; any other word is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "waiting" => Some(Self::Waiting),
            word => Outcome::from_code(&word.to_uppercase()).map(Self::Reviewed),
        }
    }

    /// What the statement is asked with.
    pub(super) fn code(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Waiting => Some("WAITING"),
            Self::Reviewed(outcome) => Some(outcome.code()),
        }
    }
}

/// A word about an opening.
#[derive(Debug)]
pub struct NewReview {
    pub outcome: Outcome,
    pub note: Option<String>,
}

impl NewReview {
    /// What is to be followed up needs a note.
    pub(super) fn parse(outcome: &str, note: Option<&str>, errors: &mut FieldErrors) -> Option<Self> {
        let word = Outcome::from_code(outcome.trim());
        if word.is_none() {
            errors.add("outcome", "Use one of: JUSTIFIED, FOLLOW_UP.");
        }
        let note = text::optional("note", note, 500, errors).ok()?;
        if word == Some(Outcome::FollowUp) && note.is_none() {
            errors.add("note", "Say what is to be done.");
        }
        Some(Self { outcome: word?, note })
    }
}

/// Why a word is not kept.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReviewError {
    #[error("You opened this record yourself. Nothing was saved; somebody else reviews it.")]
    Own,
    #[error("Somebody reviewed this opening already. Nothing of yours was saved; read what they wrote.")]
    Reviewed,
}

problem!(ReviewError {
    Own => FORBIDDEN "confidential.own_opening",
    Reviewed => CONFLICT "confidential.reviewed",
});

/// Why it is opened, in words that somebody will read.
pub(super) fn parse_reason(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let reason = text::required("reason", typed, 500, errors)?;
    if reason.chars().count() < 5 {
        errors.add("reason", "Say it in a few words: somebody will read this.");
    }
    Some(reason)
}
