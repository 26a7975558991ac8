//! A line of the audit as it is read, and which lines are wanted.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clinic::patients::{PatientId, Period};
use crate::ids;
use crate::kernel::ids::UserId;
use crate::problem;

ids! {
    /// One line of the audit.
    EventId = "audit_event";
}

/// Who did what an operator, or a task of the platform, did with this hospital. Who of them is not told.
pub const PLATFORM: &str = "HMS platform";

/// Most lines of one file.
pub const MOST_IN_A_FILE: i64 = 100_000;

/// Who did what to which record, when, from where.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: EventId,
    pub at: Timestamp,
    /// Nobody for a task of the house itself, and for the platform.
    pub actor: Option<UserId>,
    /// Absent for somebody who is not on the staff (any more).
    pub actor_name: Option<String>,
    /// The platform did it to this hospital or to an account of it.
    pub by_platform: bool,
    /// Method and route, or the name of the task.
    pub action: String,
    /// The verb's code.
    pub kind: String,
    /// The thing's code.
    pub entity: Option<String>,
    pub entity_id: Option<Uuid>,
    /// Whose record it was about.
    pub patient: Option<PatientId>,
    pub patient_code: Option<String>,
    /// Ids, names of fields and counts; never a value.
    pub detail: Option<Map<String, Value>>,
    pub ip: Option<IpAddr>,
    pub request_id: Option<String>,
}

/// Which lines are wanted. The default is all.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub period: Period,
    pub actor: Option<UserId>,
    /// Method and route, as written.
    pub action: Option<String>,
    /// Codes of verbs.
    pub kinds: Option<Vec<String>>,
    pub entity: Option<String>,
    pub entity_id: Option<Uuid>,
    /// Of this record, and of those that became part of it.
    pub patient: Option<PatientId>,
    pub request_id: Option<String>,
}

/// Failed sign-ins or denied attempts that are wanted. The default is all.
#[derive(Debug, Clone, Copy, Default)]
pub struct WantedAttempts {
    pub period: Period,
    pub user: Option<UserId>,
}

/// Somebody gave a wrong password for an account of this hospital.
#[derive(Debug, Clone)]
pub struct FailedSignIn {
    pub at: Timestamp,
    pub user: UserId,
    /// Absent for somebody who is not on the staff any more.
    pub name: Option<String>,
    pub email: String,
    pub reason: String,
    pub ip: Option<IpAddr>,
    /// What the browser or program called itself.
    pub user_agent: Option<String>,
}

/// Somebody of this hospital tried what they may not do.
#[derive(Debug, Clone)]
pub struct DeniedAttempt {
    pub at: Timestamp,
    pub user: UserId,
    /// Absent for somebody who is not on the staff any more.
    pub name: Option<String>,
    /// Method and route.
    pub action: String,
    pub status: i16,
    pub ip: Option<IpAddr>,
    pub request_id: Option<String>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AuditError {
    #[error(
        "These filters leave more than {most} lines, which is the most that a file holds. Choose fewer days."
    )]
    TooMany { most: String },
}

problem!(AuditError { TooMany => UNPROCESSABLE_ENTITY "audit.too_many" });
