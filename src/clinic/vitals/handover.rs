//! The hand-over sheet of a department, line by line: values.

use jiff::{SignedDuration, Timestamp};

use super::model::VitalSet;
use super::waiting::Person;
use crate::clinic::appointments::{AppointmentId, Status};
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::{Birth, PatientId};

/// Somebody who is handed over, and why they are on the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct There {
    pub patient: PatientId,
    /// The visit of today, or the one that the next set or the alarm belongs to.
    pub appointment: Option<AppointmentId>,
    pub department: Option<DepartmentId>,
}

/// The visit that somebody is here for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub appointment: AppointmentId,
    pub status: Option<Status>,
    pub since: Option<Timestamp>,
    pub token: Option<String>,
    pub doctor: Option<String>,
    /// Why the patient comes.
    pub reason: Option<String>,
}

/// One patient of the sheet. Sets are there for a record that lies open alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub person: Person,
    pub birth: Birth,
    pub department: Option<String>,
    pub visit: Option<Visit>,
    /// The chart's lists as they are written; none: not asked, or nobody wrote anything down.
    pub allergies: Option<String>,
    pub conditions: Option<String>,
    pub due_at: Option<Timestamp>,
    /// Level and beginning of the most urgent alarm that nobody answered.
    pub alarm: Option<(i16, Timestamp)>,
    /// The newest, and those before it that are still fresh; the newest first.
    pub sets: Vec<VitalSet>,
}

/// So long a set says how somebody is: whoever is still here after that is looked at again.
pub const FRESH: SignedDuration = SignedDuration::from_hours(72);

/// Does this set say how somebody is now?
#[must_use]
pub fn is_fresh(set: &VitalSet, now: Timestamp) -> bool {
    set.recorded_at.duration_until(now) <= FRESH
}

/// How the totals of the last sets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    Rising,
    Falling,
    Steady,
}

impl Trend {
    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Steady => "steady",
        }
    }
}

impl Line {
    /// Totals of the last sets that have one, the oldest first.
    #[must_use]
    pub fn totals(&self) -> Vec<(Timestamp, u8)> {
        self.sets.iter().rev().filter_map(|set| Some((set.recorded_at, set.score.total()?))).collect()
    }

    /// The last total beside the one before; none with fewer than two.
    #[must_use]
    pub fn trend(&self) -> Option<Trend> {
        match self.totals().as_slice() {
            [.., (_, before), (_, last)] if last > before => Some(Trend::Rising),
            [.., (_, before), (_, last)] if last < before => Some(Trend::Falling),
            [.., _, _] => Some(Trend::Steady),
            _ => None,
        }
    }

    /// Elapsed minutes since the next set was due, whatever the clocks on the wall did; none if it is due later.
    #[must_use]
    pub fn overdue_minutes(&self, now: Timestamp) -> Option<i64> {
        let since = self.due_at?.duration_until(now);
        (!since.is_negative() && !since.is_zero()).then(|| since.as_mins())
    }
}
