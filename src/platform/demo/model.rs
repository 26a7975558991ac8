//! What can be asked for the demo, and how that stands. Pure, no SQL, no HTTP.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DemoTaskId;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::{AppError, FieldErrors};
use crate::problem;

/// What clients of the contract ask for when they say nothing.
pub const DEFAULT_DAYS: i32 = 7;
/// At most.
pub const MAX_DAYS: i32 = 365;

/// What is done to the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DemoAction")]
pub enum Action {
    /// Make the hospitals and fill them; what is there stays as it is.
    Seed,
    /// Move everything by whole days, so that its day is today again.
    Freshen,
    /// Remove what the demo made, and only that.
    Reset,
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Seed, Self::Freshen, Self::Reset];

    /// The word in the database and in the contract's tasks.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Seed => "DEMO_SEED",
            Self::Freshen => "DEMO_FRESHEN",
            Self::Reset => "DEMO_RESET",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|action| action.code() == code).unwrap_or(Self::Seed)
    }

    /// As clients ask for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Freshen => "freshen",
            Self::Reset => "reset",
        }
    }

    /// What is going on, for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Seed => "Filling the demo hospitals",
            Self::Freshen => "Bringing the demo to today",
            Self::Reset => "Removing the demo",
        }
    }
}

/// How an act stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "DemoTaskStatus")]
pub enum Status {
    Pending,
    Running,
    Completed,
    Failed,
}

impl Status {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Pending, "PENDING"),
        (Self::Running, "RUNNING"),
        (Self::Completed, "COMPLETED"),
        (Self::Failed, "FAILED"),
    ];

    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known)| *known == code).map_or(Self::Failed, |(status, _)| status)
    }

    /// Nothing more comes.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// An act that was asked for.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: DemoTaskId,
    /// Nobody: HMS itself, or a command.
    pub by: Option<UserId>,
    pub action: Action,
    pub status: Status,
    /// In per cent.
    pub progress: i16,
    pub message: Option<String>,
    pub error: Option<String>,
    pub parameters: Value,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

impl Task {
    /// Days that it was asked for with.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.parameters.get("freshen_days").and_then(Value::as_i64).unwrap_or(i64::from(DEFAULT_DAYS))
    }
}

/// A hospital of the demo.
#[derive(Debug, Clone)]
pub struct DemoHospital {
    pub id: TenantId,
    pub name: String,
    pub licence: String,
    pub patients: i64,
    /// The day that it shows as today; none: it is not filled.
    pub day: Option<Date>,
    /// From what it was made.
    pub made: Option<Value>,
}

/// Days, checked.
///
/// # Errors
/// 422 at `freshen_days`.
pub fn days(given: Option<i64>) -> Result<i32, AppError> {
    let given = given.unwrap_or(i64::from(DEFAULT_DAYS));
    let mut errors = FieldErrors::default();
    let days = i32::try_from(given).ok().filter(|days| (1..=MAX_DAYS).contains(days));
    if days.is_none() {
        errors.add("freshen_days", format!("Use a number of days from 1 to {MAX_DAYS}."));
    }
    errors.finish_with(days)
}

/// Why nothing is done to the demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "This installation is not in demo mode, so it has no demo to look after. Set DEMO_MODE=true first."
    )]
    Off,
    #[error("Something is being done to the demo already. Wait until it has ended.")]
    Running,
}

problem!(DemoError {
    Off => FORBIDDEN "demo.off",
    Running => CONFLICT "demo.running",
});
