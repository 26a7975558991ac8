//! Every code that a program can be refused with, and what it means to people.
//!
//! A capability's own come from its `problem!`; what the layers around all of them refuse with is listed here, because
//! it is raised in many places (`shared`). Tests hold that no answer has a code that is in neither.

mod shared;

use axum::http::StatusCode;

pub use shared::SHARED;

/// One way to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `patients.limit_reached`: stable for programs.
    pub code: &'static str,
    pub status: StatusCode,
    /// What people read; `{…}` stands for what differs from time to time.
    pub sentence: &'static str,
    /// The field that it is about; empty for none.
    pub field: &'static str,
    /// When this happens, or what to do, if the sentence does not say it. May be empty; words of programs stand in
    /// back quotes.
    pub when: &'static str,
}

/// Error, variant, sentence.
const SENTENCES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/sentences.rs"));

impl Code {
    /// The code of an error's variant, with the sentence that `build.rs` found at it. Evaluated by the compiler.
    ///
    /// # Panics
    /// If the variant has no `#[error("…")]`: the build fails.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler only, for which it is an error message")]
    pub const fn of(
        error: &str,
        variant: &str,
        status: StatusCode,
        code: &'static str,
        field: &'static str,
    ) -> Self {
        let mut at = 0;
        while at < SENTENCES.len() {
            let (of, name, sentence) = SENTENCES[at];
            if same(of, error) && same(name, variant) {
                return Self { code, status, sentence, field, when: "" };
            }
            at += 1;
        }
        panic!("a variant that problem! names has no #[error(\"sentence\")]")
    }

    /// `409 Conflict`
    #[must_use]
    pub fn status_words(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.status.canonical_reason().unwrap_or_default())
    }

    /// Where people read about it: the `type` of the problem.
    #[must_use]
    pub fn address(code: &str) -> String {
        format!("/docs/errors#{code}")
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Which operations may answer with a shared code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of them, at any time.
    All,
    /// None: it is about an address or a method that no operation has.
    None,
    /// Those that ask who is there.
    SignedIn,
    /// Those that need a permission.
    Permitted,
    /// Those of a hospital's staff.
    Staff,
    /// Those of the platform's operators.
    Operators,
    /// Those that change something.
    Changes,
    /// POST and PATCH.
    Post,
    /// POST or PATCH by somebody who is signed in: its answer is kept for its `Idempotency-Key`.
    Repeatable,
    /// Those with a body.
    Body,
    /// Those with a body of JSON.
    Json,
    /// Those that take a file.
    File,
    /// Those with a query or a form.
    Encoded,
    /// Those with a body or a query.
    Fields,
    /// Those on one thing, by its id in the path.
    Id,
    /// Those about one patient, or about two that were merged.
    Record,
    /// Those with `If-Match`.
    Version,
    /// Those that name it themselves.
    Named,
}
