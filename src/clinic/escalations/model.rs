//! An alarm: a set of vital signs that somebody has to answer. Pure, no SQL, no HTTP.

use jiff::{SignedDuration, Timestamp};

use crate::clinic::patients::{Confidentiality, PatientId};
use crate::clinic::vitals::VitalsId;
use crate::kernel::ids::UserId;
use crate::{ids, problem};

ids! {
    /// A set of vital signs that somebody has to answer.
    EscalationId = "escalation";
}

/// Which alarms a list is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// Nobody has answered.
    #[default]
    Waiting,
    Acknowledged,
    All,
}

impl Which {
    /// The word in an address and in the statements.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Acknowledged => "acknowledged",
            Self::All => "all",
        }
    }

    /// Any other word is those that wait.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        [Self::Acknowledged, Self::All].into_iter().find(|which| which.code() == word).unwrap_or_default()
    }
}

/// One alarm, as it is read. What is told of the patient is decided elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub id: EscalationId,
    pub vitals: VitalsId,
    pub patient: PatientId,
    pub patient_code: String,
    pub patient_name: String,
    pub confidentiality: Confidentiality,
    pub registered_by: UserId,
    pub doctor: Option<UserId>,
    pub doctor_name: Option<String>,
    pub department_name: Option<String>,
    /// `SCORE`, `SINGLE_RED`, `CHILD`
    pub reason: String,
    /// Of the set, if it has one.
    pub total: Option<i16>,
    /// What the set asked for, and who is asked by now: 1 the doctor, 2 urgent review, 3 the emergency team.
    pub first_level: i16,
    pub level: i16,
    pub raised_at: Timestamp,
    /// How often it was said.
    pub rounds: i16,
    /// When it is said again.
    pub next_at: Option<Timestamp>,
    /// By whom, and when.
    pub acknowledged: Option<(UserId, Timestamp)>,
    pub acknowledged_name: Option<String>,
    pub action: Option<String>,
    /// Nobody has to answer any more: its set was entered in error, or the patient has died.
    pub closed_at: Option<Timestamp>,
    /// Its set was entered in error.
    pub is_in_error: bool,
}

impl Alarm {
    /// Does it wait for somebody?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.acknowledged.is_none() && self.closed_at.is_none()
    }

    /// Elapsed until it was acknowledged.
    #[must_use]
    pub fn answered_in(&self) -> Option<SignedDuration> {
        self.acknowledged.map(|(_, at)| self.raised_at.duration_until(at))
    }
}

/// How soon alarms of one level were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    pub level: i16,
    pub raised: i64,
    pub acknowledged: i64,
    /// Seconds until half of the answered ones were, and nine of ten.
    pub median_seconds: Option<i64>,
    pub p90_seconds: Option<i64>,
}

/// Why an alarm is not acknowledged.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EscalationError {
    #[error("{name} has acknowledged this already. Nothing of yours was saved.")]
    Acknowledged { name: String },
    #[error(
        "The set behind this alarm was entered in error, or the patient has died, so nobody has to answer. Nothing was saved."
    )]
    Closed,
}

problem!(EscalationError {
    Acknowledged => CONFLICT "escalations.acknowledged",
    Closed => CONFLICT "escalations.closed",
});
