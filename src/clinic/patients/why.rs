//! What belongs to a change of a patient beside the new values: its reason, and answers of the patient's own.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::Details;
use crate::kernel::ids::UserId;

/// Why and how somebody changes a record.
#[derive(Debug, Clone, Default)]
pub struct Why {
    /// For the record's history.
    pub reason: Option<String>,
    /// What it is there, if more than a change of its fields.
    pub action: Option<Action>,
    /// Where what the change says about consents comes from.
    pub source: Source,
    /// What the patient was asked and answered, whether it changes anything or not.
    pub answers: Vec<Answer>,
}

impl Why {
    /// Told at the desk, by a form.
    #[must_use]
    pub fn desk() -> Self {
        Self { source: Source::Desk, ..Self::default() }
    }
}

/// What became of a record, in its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    Create,
    Update,
    /// Somebody found out who this is.
    Identify,
    Deceased,
    /// It was noted by mistake that the patient has died.
    NotDeceased,
    Picture,
    /// Another record became part of this one.
    Merge,
    Unmerge,
}

impl Action {
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Update,
        Self::Identify,
        Self::Deceased,
        Self::NotDeceased,
        Self::Picture,
        Self::Merge,
        Self::Unmerge,
    ];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Identify => "IDENTIFY",
            Self::Deceased => "DECEASED",
            Self::NotDeceased => "NOT_DECEASED",
            Self::Picture => "PICTURE",
            Self::Merge => "MERGE",
            Self::Unmerge => "UNMERGE",
        }
    }

    /// The word with this code; the database holds no other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|action| action.code() == code).unwrap_or(Self::Update)
    }

    /// Of a change from one to the other.
    pub(super) fn of(before: &Details, after: &Details) -> Self {
        match (before.is_deceased, after.is_deceased) {
            (false, true) => Self::Deceased,
            (true, false) => Self::NotDeceased,
            _ => Self::Update,
        }
    }
}

/// What the hospital asks to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConsentKind {
    /// Text messages to the phone.
    Sms,
    /// E-mails.
    Email,
}

impl ConsentKind {
    pub const ALL: [Self; 2] = [Self::Sms, Self::Email];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Email => "EMAIL",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The patient's field that shows the answer which holds.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Sms => "consent_sms",
            Self::Email => "consent_email",
        }
    }

    pub(super) fn holds(self, details: &Details) -> bool {
        match self {
            Self::Sms => details.consent_sms,
            Self::Email => details.consent_email,
        }
    }

    /// Why an answer cannot hold any longer, or not begin to.
    #[must_use]
    pub fn obstacle(self, details: &Details) -> Option<&'static str> {
        match self {
            Self::Sms if details.phone_primary.is_none() => Some("Text messages need a phone number."),
            Self::Sms if details.phone_is_landline == Some(true) => {
                Some("The phone is a landline, and no text message reaches one.")
            }
            Self::Email if details.email.is_none() => Some("E-mails need an e-mail address."),
            _ => None,
        }
    }
}

/// How an answer was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Source {
    Desk,
    Paper,
    Phone,
    Guardian,
    Portal,
    #[default]
    Api,
}

impl Source {
    pub const ALL: [Self; 6] =
        [Self::Desk, Self::Paper, Self::Phone, Self::Guardian, Self::Portal, Self::Api];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Desk => "DESK",
            Self::Paper => "PAPER",
            Self::Phone => "PHONE",
            Self::Guardian => "GUARDIAN",
            Self::Portal => "PORTAL",
            Self::Api => "API",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// What somebody was asked, and said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub kind: ConsentKind,
    pub given: bool,
    pub source: Source,
    pub note: Option<String>,
    pub asked_at: Timestamp,
}

/// An answer as it is kept.
#[derive(Debug, Clone)]
pub struct KeptAnswer {
    pub answer: Answer,
    pub recorded_by: UserId,
    pub recorded_at: Timestamp,
}

/// Where a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    Given,
    Refused,
    NotAsked,
}

impl ConsentState {
    /// The answer that holds, and its row: none for one that was given before answers were kept. The patient's field
    /// decides; an answer that says otherwise is older than the field.
    #[must_use]
    pub fn of<'a>(
        kind: ConsentKind,
        details: &Details,
        newest_first: &'a [KeptAnswer],
    ) -> (Self, Option<&'a KeptAnswer>) {
        let holds = kind.holds(details);
        let newest = newest_first.iter().find(|kept| kept.answer.kind == kind);
        match (holds, newest.filter(|kept| kept.answer.given == holds)) {
            (true, newest) => (Self::Given, newest),
            (false, Some(newest)) => (Self::Refused, Some(newest)),
            (false, None) => (Self::NotAsked, None),
        }
    }
}

/// The answers that a change writes down: those given, and one for each consent that it changes without a word.
pub(super) fn answers(before: &Details, after: &Details, why: &Why, now: Timestamp) -> Vec<Answer> {
    let mut answers = why.answers.clone();
    for kind in ConsentKind::ALL {
        let (was, is) = (kind.holds(before), kind.holds(after));
        if was == is || answers.iter().any(|answer| answer.kind == kind && answer.given == is) {
            continue;
        }
        let note = kind.obstacle(after).filter(|_| !is).map(str::to_owned);
        answers.push(Answer { kind, given: is, source: why.source, note, asked_at: now });
    }
    answers
}
