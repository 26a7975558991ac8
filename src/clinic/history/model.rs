//! What became of a record, step by step.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clinic::patients::{Action, PatientId};
use crate::ids;
use crate::kernel::ids::UserId;

ids! {
    /// One change of a patient.
    ChangeId = "patient_change";
}

/// One change.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: ChangeId,
    /// The record that was changed: another one than the reader's if it became part of that later.
    pub patient: PatientId,
    pub code: String,
    pub action: Action,
    pub reason: Option<String>,
    /// Values and reason are not told: only the names of the fields that changed.
    pub is_withheld: bool,
    /// Only the fields that changed.
    pub old: Map<String, Value>,
    pub new: Map<String, Value>,
    pub by: UserId,
    pub at: Timestamp,
}
