//! A record that was opened with a reason.

use jiff::Timestamp;

use crate::clinic::patients::{Confidentiality, PatientId};
use crate::ids;
use crate::kernel::ids::UserId;
use crate::kernel::{FieldErrors, text};

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
}

/// Why it is opened, in words that somebody will read.
pub(super) fn parse_reason(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    let reason = text::required("reason", typed, 500, errors)?;
    if reason.chars().count() < 5 {
        errors.add("reason", "Say it in a few words: somebody will read this.");
    }
    Some(reason)
}
