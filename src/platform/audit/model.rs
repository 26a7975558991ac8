//! A line of the platform's audit as it is read, and which lines are wanted.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clinic::patients::Period;
use crate::kernel::ids::{TenantId, UserId};
use crate::problem;

/// Most lines of one file.
pub const MOST_IN_A_FILE: i64 = 100_000;

/// Who did what on the platform, when, from where. It says nothing of a patient: the platform knows none.
#[derive(Debug, Clone)]
pub struct PlatformEvent {
    pub id: Uuid,
    pub at: Timestamp,
    /// Nobody for a task, and for who was not signed in yet.
    pub actor: Option<UserId>,
    /// Address of the account.
    pub actor_email: Option<String>,
    /// The account that it was about: a person, or whose session it was.
    pub subject_email: Option<String>,
    /// Method and route, or the name of the task.
    pub action: String,
    /// The verb's code.
    pub kind: String,
    /// The thing's code.
    pub entity: Option<String>,
    pub entity_id: Option<Uuid>,
    /// The hospital that it was about, or whose people did it.
    pub hospital: Option<TenantId>,
    pub hospital_name: Option<String>,
    pub detail: Option<Map<String, Value>>,
    pub ip: Option<IpAddr>,
    pub request_id: Option<String>,
}

/// Which lines are wanted. The default is all.
#[derive(Debug, Clone, Default)]
pub struct WantedEvents {
    pub period: Period,
    /// About this hospital or its people, or by them.
    pub hospital: Option<TenantId>,
    pub actor: Option<UserId>,
    /// Method and route, as written.
    pub action: Option<String>,
    /// Codes of verbs.
    pub kinds: Option<Vec<String>>,
}

/// A wrong password, for whichever account.
#[derive(Debug, Clone)]
pub struct PlatformFailure {
    pub at: Timestamp,
    /// Nobody: there is no such account.
    pub user: Option<UserId>,
    pub email: Option<String>,
    pub hospital: Option<TenantId>,
    pub hospital_name: Option<String>,
    pub reason: String,
    pub ip: Option<IpAddr>,
    /// What the browser or program called itself.
    pub user_agent: Option<String>,
}

/// An operator tried what operators may not do.
#[derive(Debug, Clone)]
pub struct OperatorRefusal {
    pub at: Timestamp,
    pub user: UserId,
    pub email: Option<String>,
    /// Method and route.
    pub action: String,
    pub status: i16,
    pub ip: Option<IpAddr>,
    pub request_id: Option<String>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlatformAuditError {
    #[error(
        "These filters leave more than {most} lines, which is the most that a file holds. Choose fewer days."
    )]
    TooMany { most: String },
}

problem!(PlatformAuditError { TooMany => UNPROCESSABLE_ENTITY "platform_audit.too_many" });
