//! What becomes of the bookings of a doctor who is away. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinic::appointments::{Appointment, AppointmentId, Status};
use crate::clinic::availability::Leave;
use crate::kernel::FieldErrors;
use crate::kernel::ids::UserId;
use crate::problem;

/// What is to become of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "LeaveDecision")]
pub enum Decision {
    /// To the next free time of the same doctor.
    MoveTime,
    /// To a colleague of the department, at the same time.
    MoveDoctor,
    Cancel,
    /// Stays as it is, and the patient is told that the doctor is away.
    Keep,
}

impl Decision {
    pub const ALL: [Self; 4] = [Self::MoveTime, Self::MoveDoctor, Self::Cancel, Self::Keep];

    /// The word in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MoveTime => "MOVE_TIME",
            Self::MoveDoctor => "MOVE_DOCTOR",
            Self::Cancel => "CANCEL",
            Self::Keep => "KEEP",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.code() == code)
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::MoveTime => "Move to the next free time",
            Self::MoveDoctor => "Move to a colleague, same time",
            Self::Cancel => "Cancel",
            Self::Keep => "Keep, and tell the patient",
        }
    }
}

/// What became of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "LeaveOutcome")]
pub enum Outcome {
    Moved,
    Cancelled,
    Kept,
    /// Nothing was done with it: `message` says why.
    Failed,
}

/// A booking and what became of it.
#[derive(Debug, Clone)]
pub struct Settled {
    /// As it is afterwards.
    pub appointment: Appointment,
    /// When it was.
    pub was_at: Timestamp,
    pub decision: Decision,
    pub outcome: Outcome,
    /// Why nothing was done.
    pub message: Option<String>,
}

/// The bookings that a leave falls upon.
#[derive(Debug, Clone, Default)]
pub struct Affected {
    /// In order of time.
    pub bookings: Vec<Appointment>,
    /// How many more there are, of patients of whom whoever asks may not know.
    pub hidden: usize,
}

/// A leave that was taken.
#[derive(Debug)]
pub struct Taken {
    pub leave: Leave,
    pub settled: Vec<Settled>,
    /// Bookings of whose patients whoever took it may not know: they stay, and somebody else looks at them.
    pub hidden: usize,
}

/// What is decided: for some bookings, and for all others.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    pub each: BTreeMap<AppointmentId, Decision>,
    pub all: Option<Decision>,
}

impl Decisions {
    /// From the words that were typed; a blank one decides nothing.
    pub fn parse(all: &str, each: &[(AppointmentId, String)], errors: &mut FieldErrors) -> Self {
        let mut word = |field: &str, typed: &str| {
            let typed = typed.trim();
            let decision = Decision::from_code(typed);
            if decision.is_none() && !typed.is_empty() {
                errors.add(field, "Use one of: MOVE_TIME, MOVE_DOCTOR, CANCEL, KEEP.");
            }
            decision
        };
        let all = word("all_bookings", all);
        let each = each.iter().filter_map(|(id, typed)| Some((*id, word("decisions", typed)?))).collect();
        Self { each, all }
    }

    #[must_use]
    pub fn of(&self, id: AppointmentId) -> Option<Decision> {
        self.each.get(&id).copied().or(self.all)
    }

    /// Is this to become of any booking?
    #[must_use]
    pub fn wants(&self, decision: Decision) -> bool {
        self.all == Some(decision) || self.each.values().any(|one| *one == decision)
    }
}

/// Why a leave is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LeaveError {
    #[error("{0} in this time. Nothing was saved; say what is to become of each.")]
    Undecided(String),
    #[error("You may take leave for yourself. Nothing was saved; the front desk does it for others.")]
    NotYours,
    #[error("The doctor has no free time within two months. The booking stayed as it was.")]
    NoTime,
    #[error("No colleague of the department is free at that time. The booking stayed as it was.")]
    NoColleague,
    #[error(
        "No colleague of the department is there now. The patient waits as before; hand over at the queue."
    )]
    NobodyHere,
}

problem!(LeaveError {
    Undecided => CONFLICT "leave.undecided",
    NotYours => FORBIDDEN "leave.not_yours",
    NoTime => CONFLICT "leave.no_time",
    NoColleague => CONFLICT "leave.no_colleague",
    NobodyHere => CONFLICT "leave.nobody_here",
});

/// What is to be told, as the database has it.
#[must_use]
pub fn notice(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Moved => Some("MOVED"),
        Outcome::Cancelled => Some("CANCELLED"),
        Outcome::Kept => Some("DOCTOR_AWAY"),
        Outcome::Failed => None,
    }
}

/// Whose acts these are in the audit: verb of what became of a booking.
#[must_use]
pub fn verb(settled: &Settled) -> Option<&'static str> {
    match settled.outcome {
        // Whoever was moved to another time or to a colleague's waits no more; whoever was handed over does.
        Outcome::Moved if settled.appointment.status == Status::CheckedIn => Some("handed_over"),
        Outcome::Moved => Some("rescheduled"),
        Outcome::Cancelled => Some("cancelled"),
        Outcome::Kept => Some("told"),
        Outcome::Failed => None,
    }
}

/// Who acts for a leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acting {
    pub me: UserId,
    /// A doctor who is neither administrator nor at the front desk.
    pub only_doctor: bool,
}

impl Acting {
    /// # Errors
    /// [`LeaveError::NotYours`].
    pub fn may_take(self, doctor: UserId) -> Result<(), LeaveError> {
        if self.only_doctor && self.me != doctor { Err(LeaveError::NotYours) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_one_booking_wins_over_what_is_said_of_all() {
        let (a, b) = (AppointmentId::new(), AppointmentId::new());
        let mut errors = FieldErrors::default();
        let decisions =
            Decisions::parse("CANCEL", &[(a, "KEEP".to_owned()), (b, " ".to_owned())], &mut errors);
        assert!(errors.is_empty());
        assert_eq!((decisions.of(a), decisions.of(b)), (Some(Decision::Keep), Some(Decision::Cancel)));
        let wants = Decision::ALL.map(|one| decisions.wants(one));
        assert_eq!(wants, [false, false, true, true]);
        let none = Decisions::parse("", &[], &mut errors);
        assert_eq!((none.of(a), errors.is_empty()), (None, true));
        Decisions::parse("DELETE", &[(a, "keep".to_owned())], &mut errors);
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn a_doctor_takes_leave_alone_and_the_desk_for_anybody() {
        let (me, other) = (UserId::new(), UserId::new());
        let doctor = Acting { me, only_doctor: true };
        assert_eq!(doctor.may_take(me), Ok(()));
        assert_eq!(doctor.may_take(other), Err(LeaveError::NotYours));
        assert_eq!(Acting { me, only_doctor: false }.may_take(other), Ok(()));
    }
}
