//! A note: its texts, its states, and why something is not done with it. Pure, no SQL, no HTTP.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::PatientId;
use crate::kernel::ids::UserId;
use crate::kernel::{FieldErrors, text};
use crate::{coded, ids, problem};

ids! {
    /// What somebody wrote about an encounter.
    NoteId = "note";
    /// Texts to begin a note with.
    TemplateId = "note_template";
}

coded! {
    /// Where a note stands.
    Status "NoteStatus" {
        Draft = "DRAFT" "Draft", Signed = "SIGNED" "Signed", EnteredInError = "ENTERED_IN_ERROR" "Entered in error",
    }
}

/// Characters of one part of a note.
pub const MAX_PART: usize = 10_000;
/// Characters of one part of a template.
pub const MAX_TEMPLATE_PART: usize = 5_000;

/// The parts of a note, in their order: name, heading, hint.
pub const PARTS: [(&str, &str, &str); 4] = [
    ("subjective", "What the patient says", "History and complaint, in the patient’s words."),
    ("objective", "What you find", "Examination and measurements."),
    ("assessment", "What you think", "Your assessment."),
    ("plan", "What will be done", "Plan, advice, warning signs."),
];

/// The texts of a note. Each may be blank.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "NoteTexts")]
pub struct Texts {
    /// What the patient says.
    pub subjective: String,
    /// What was found.
    pub objective: String,
    /// What it is thought to be.
    pub assessment: String,
    /// What will be done.
    pub plan: String,
}

/// The same as it was typed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TypedTexts {
    #[schemars(length(max = 10000))]
    pub subjective: Option<String>,
    #[schemars(length(max = 10000))]
    pub objective: Option<String>,
    #[schemars(length(max = 10000))]
    pub assessment: Option<String>,
    #[schemars(length(max = 10000))]
    pub plan: Option<String>,
}

impl TypedTexts {
    /// Parts with at most `max` characters. What nobody types on purpose (controls, overrides of direction) is dropped
    /// and not refused: somebody is writing, and a draft that is not kept is lost.
    pub fn parse(&self, max: usize, errors: &mut FieldErrors) -> Texts {
        let mut part = |name: &str, typed: &Option<String>| {
            let tidy = tidied(typed.as_deref().unwrap_or_default());
            if tidy.chars().count() > max {
                errors.add(name, format!("Use at most {max} characters."));
            }
            tidy
        };
        Texts {
            subjective: part("subjective", &self.subjective),
            objective: part("objective", &self.objective),
            assessment: part("assessment", &self.assessment),
            plan: part("plan", &self.plan),
        }
    }
}

/// Composed, with one kind of line end and without what has no mark of its own.
fn tidied(typed: &str) -> String {
    let lines = typed.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| !text::has_forbidden(c.encode_utf8(&mut [0; 4]))).nfc().collect()
}

impl Texts {
    /// In the order of [`PARTS`].
    #[must_use]
    pub fn parts(&self) -> [&str; 4] {
        [&self.subjective, &self.objective, &self.assessment, &self.plan]
    }

    /// Is there anything to be seen?
    #[must_use]
    pub fn is_blank(&self) -> bool {
        !self.parts().iter().any(|part| text::is_visible(part))
    }

    /// Without the blanks around each part, as it is signed.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let [subjective, objective, assessment, plan] = self.parts().map(|part| part.trim().to_owned());
        Self { subjective, objective, assessment, plan }
    }

    /// Heading and text of each part that says something.
    #[must_use]
    pub fn said(&self) -> Vec<(&'static str, &str)> {
        let all = PARTS.iter().map(|(_, heading, _)| *heading).zip(self.parts());
        all.filter(|(_, part)| text::is_visible(part)).collect()
    }
}

/// A version that was signed.
#[derive(Debug, Clone)]
pub struct Signed {
    pub version: i32,
    pub texts: Texts,
    pub by: UserId,
    /// `None` for somebody who left.
    pub by_name: Option<String>,
    pub at: Timestamp,
    /// Why it was amended; none of the first version.
    pub reason: Option<String>,
    pub copied_from: Option<NoteId>,
}

/// Saves within so long are one stretch of writing: the audit tells of it once.
const STRETCH_SECONDS: i64 = 600;

/// A note as its reader may see it.
#[derive(Debug, Clone)]
pub struct Note {
    pub id: NoteId,
    pub encounter: EncounterId,
    pub patient: PatientId,
    pub author: UserId,
    /// `None` for somebody who left.
    pub author_name: Option<String>,
    pub status: Status,
    /// Counts every save, signing and amending.
    pub version: i32,
    /// Of a draft.
    pub draft: Texts,
    pub template: Option<TemplateId>,
    pub copied_from: Option<NoteId>,
    pub saved_at: Timestamp,
    pub created_at: Timestamp,
    /// The newest version that was signed.
    pub signed: Option<Signed>,
    /// When the encounter began: what the note is about.
    pub about: Timestamp,
    /// It was begun after the encounter had ended.
    pub is_late: bool,
    /// Why it was entered in error, by whom, when.
    pub ended: Option<(String, UserId, Timestamp)>,
}

impl Note {
    /// What it says now: what was signed last, or the draft.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        self.signed.as_ref().map_or(&self.draft, |signed| &signed.texts)
    }

    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.status == Status::Draft
    }

    /// Would a save at `now` begin another stretch of writing than the one that it was saved in last? They are counted
    /// from its beginning.
    #[must_use]
    pub fn begins_stretch(&self, now: Timestamp) -> bool {
        let stretch =
            |at: Timestamp| (at.as_second() - self.created_at.as_second()).div_euclid(STRETCH_SECONDS);
        stretch(now) != stretch(self.saved_at)
    }
}

/// What a draft is to say.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub texts: Texts,
    pub template: Option<TemplateId>,
    pub copied_from: Option<NoteId>,
}

/// Why something is not done with a note.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    #[error("You signed this note already. What is missing is added by an amendment.")]
    Signed,
    #[error("This note is not signed yet. Change the draft instead.")]
    NotSigned,
    #[error("There is nothing in this note. Nothing was signed.")]
    Blank,
    #[error("Only who wrote this note does this. Nothing was changed; write a note of your own.")]
    NotAuthor,
    #[error("This note was entered in error and is not changed any more.")]
    Ended,
    #[error(
        "This patient has died. Who saw the patient in this consultation may write a late entry; nobody else begins a note."
    )]
    Deceased,
    #[error("This is what the note says already. Nothing was changed.")]
    Unchanged,
    #[error(
        "You saved another version of this note meanwhile, perhaps on another device. Both texts are kept: look and choose."
    )]
    VersionConflict,
    #[error("This text belongs to another consultation or person. Nothing was saved here.")]
    Elsewhere,
}

problem!(NoteError {
    Signed => CONFLICT "notes.signed",
    NotSigned => CONFLICT "notes.not_signed",
    Blank => CONFLICT "notes.blank",
    NotAuthor => FORBIDDEN "notes.not_author",
    Ended => CONFLICT "notes.entered_in_error",
    Deceased => CONFLICT "notes.deceased",
    Unchanged => CONFLICT "notes.unchanged",
    VersionConflict => PRECONDITION_FAILED "notes.version_conflict",
    Elsewhere => CONFLICT "notes.elsewhere",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_kept_but_for_what_nobody_types() {
        let typed = TypedTexts {
            subjective: Some("cafe\u{301}\r\nसिरदर्द \u{0}\u{202e}x ".to_owned()),
            plan: Some("x".repeat(11)),
            ..TypedTexts::default()
        };
        let mut errors = FieldErrors::default();
        let texts = typed.parse(MAX_PART, &mut errors);
        assert!(errors.is_empty());
        assert_eq!(texts.subjective, "caf\u{e9}\nसिरदर्द x ");
        assert_eq!(texts.trimmed().subjective, "caf\u{e9}\nसिरदर्द x");
        assert_eq!(texts.said().len(), 2);
        let _ = typed.parse(10, &mut errors);
        assert_eq!(errors.len(), 2, "both parts are longer");
        assert!(Texts { plan: " \n\u{200b}".to_owned(), ..Texts::default() }.is_blank());
    }
}
