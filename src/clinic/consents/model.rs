//! Reading an answer.

use jiff::{Timestamp, ToSpan as _};

use crate::clinic::patients::{Answer, ConsentKind, Source};
use crate::kernel::{AppError, FieldErrors, text};

/// An answer as it was sent.
#[derive(Debug, Default)]
pub struct NewAnswer<'a> {
    pub kind: &'a str,
    pub given: Option<bool>,
    pub source: &'a str,
    /// When it was asked; blank is now.
    pub asked_at: &'a str,
    pub note: Option<&'a str>,
}

impl NewAnswer<'_> {
    /// # Errors
    /// 422 with every field that needs attention.
    pub fn parse(&self, now: Timestamp) -> Result<Answer, AppError> {
        let mut errors = FieldErrors::default();
        let kind = ConsentKind::from_code(self.kind.trim());
        if kind.is_none() {
            errors.add("kind", "Use one of: SMS, EMAIL.");
        }
        if self.given.is_none() {
            errors.add("given", "Say whether the patient agreed.");
        }
        let source = Source::from_code(self.source.trim());
        if source.is_none() {
            errors.add("source", format!("Use one of: {}.", Source::ALL.map(Source::code).join(", ")));
        }
        let asked_at = match self.asked_at.trim() {
            "" => Some(now),
            typed => asked_at(typed, now, &mut errors),
        };
        let note = text::optional("note", self.note, 500, &mut errors);
        let all = kind.zip(self.given).zip(source).zip(asked_at).zip(note.ok());
        errors.finish_with(all.map(|((((kind, given), source), asked_at), note)| Answer {
            kind,
            given,
            source,
            note,
            asked_at,
        }))
    }
}

fn asked_at(typed: &str, now: Timestamp, errors: &mut FieldErrors) -> Option<Timestamp> {
    let Ok(at) = typed.parse::<Timestamp>() else {
        errors.add("asked_at", "Write the time with its offset, like 2026-03-14T09:30:00+05:30.");
        return None;
    };
    // A clock that is a little fast is not worth a refusal.
    if at > now.saturating_add(5.minutes()).unwrap_or(now) {
        errors.add("asked_at", "An answer cannot come from the future.");
    } else if at < Timestamp::UNIX_EPOCH {
        errors.add("asked_at", "This is too long ago.");
    }
    Some(at)
}
