//! Who waits for vital signs: values.

use jiff::{SignedDuration, Timestamp};

use super::model::VitalsId;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::patients::{Confidentiality, PatientId};
use crate::kernel::ids::UserId;

/// A patient in a line of a list, as it was read: what of it is told decides `patients::look`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PatientId,
    pub code: String,
    pub name: String,
    pub gender: Option<String>,
    pub level: Confidentiality,
    pub registered_by: UserId,
}

/// Somebody who arrived, and whose vital signs nobody has taken for this visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub appointment: AppointmentId,
    pub since: Timestamp,
    /// `EMERGENCY`, `PRIORITY`, `ROUTINE`
    pub priority: String,
    pub token: Option<String>,
    pub doctor: String,
    pub person: Person,
}

/// Somebody whose next set is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The set that said so.
    pub vitals: VitalsId,
    pub appointment: Option<AppointmentId>,
    pub taken_at: Timestamp,
    pub due_at: Timestamp,
    pub total: Option<i16>,
    pub single_red: bool,
    pub person: Person,
}

impl Due {
    /// Elapsed time since it was due, whatever the clocks on the wall did meanwhile; none if it is due later.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<SignedDuration> {
        let since = self.due_at.duration_until(now);
        (!since.is_negative() && !since.is_zero()).then_some(since)
    }
}

/// Who is asked at a level of alarm.
#[must_use]
pub fn asked_at(level: i16) -> &'static str {
    match level {
        ..=1 => "Tell the doctor",
        2 => "Urgent review",
        3.. => "Emergency team",
    }
}
