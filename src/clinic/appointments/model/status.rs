//! The words of an appointment, in the database and in the API, and which step is possible from where.

use crate::coded;

coded! {
    /// How an appointment stands.
    #[derive(Default)]
    Status "AppointmentStatus" {
        #[default]
        Scheduled = "SCHEDULED" "Booked",
        CheckedIn = "CHECKED_IN" "Arrived",
        InConsultation = "IN_CONSULTATION" "With the doctor",
        Completed = "COMPLETED" "Completed",
        Cancelled = "CANCELLED" "Cancelled",
        NoShow = "NO_SHOW" "No-show",
    }
    /// How it came about.
    #[derive(Default)]
    Kind "AppointmentKind" {
        #[default]
        Booked = "BOOKED" "Booked",
        WalkIn = "WALK_IN" "Walk-in",
        FollowUp = "FOLLOW_UP" "Follow-up",
    }
    /// Why it is off.
    CancelReason "CancelReason" {
        PatientRequest = "PATIENT_REQUEST" "The patient asked for it",
        AdmittedToIpd = "ADMITTED_TO_IPD" "Admitted as an inpatient",
        DoctorUnavailable = "DOCTOR_UNAVAILABLE" "The doctor is not there",
        Other = "OTHER" "Another reason",
        /// Written by HMS when a death is recorded.
        PatientDeceased = "PATIENT_DECEASED" "The patient has died",
        /// Written at the queue.
        LeftWithoutBeingSeen = "LEFT_WITHOUT_BEING_SEEN" "Left before being seen",
    }
    /// Where it stands in the queue of its day.
    QueueState "QueueState" {
        Waiting = "WAITING" "Waiting",
        Called = "CALLED" "Called",
        WithDoctor = "WITH_DOCTOR" "With the doctor",
        Skipped = "SKIPPED" "Skipped",
        Done = "DONE" "Done",
        Left = "LEFT" "Left",
    }
    /// Who goes before their turn.
    #[derive(Default)]
    Priority "QueuePriority" {
        Emergency = "EMERGENCY" "Emergency",
        Priority = "PRIORITY" "Priority",
        #[default]
        Routine = "ROUTINE" "Routine",
    }
    /// What happened to it.
    EventKind "AppointmentEventKind" {
        Booked = "BOOKED" "Booked",
        CheckedIn = "CHECKED_IN" "Arrived",
        Started = "STARTED" "Consultation started",
        Completed = "COMPLETED" "Completed",
        Cancelled = "CANCELLED" "Cancelled",
        NoShow = "NO_SHOW" "Did not come",
        Rescheduled = "RESCHEDULED" "Moved",
        ArrivedLate = "ARRIVED_LATE" "Arrived late",
        Noted = "NOTED" "Notes changed",
        Called = "CALLED" "Called",
        BackToWaiting = "BACK_TO_WAITING" "Back to waiting",
        Skipped = "SKIPPED" "Skipped",
        Left = "LEFT" "Left",
        Prioritised = "PRIORITISED" "Put before others",
        /// With another doctor, in the same turn.
        Requeued = "REQUEUED" "Handed over to another doctor",
    }
}

impl CancelReason {
    /// What people choose from; the others follow from something else.
    pub const CHOSEN: [Self; 4] =
        [Self::PatientRequest, Self::AdmittedToIpd, Self::DoctorUnavailable, Self::Other];
}

/// A step of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    CheckIn,
    Start,
    Complete,
    Cancel,
    NoShow,
    Reschedule,
    /// The consultation was begun by mistake.
    TakeBack,
    /// Another doctor sees who waits.
    HandOver,
}

impl Act {
    pub const ALL: [Self; 8] = [
        Self::CheckIn,
        Self::Start,
        Self::Complete,
        Self::Cancel,
        Self::NoShow,
        Self::Reschedule,
        Self::TakeBack,
        Self::HandOver,
    ];

    /// As in "cannot be checked in".
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::CheckIn => "checked in",
            Self::Start => "started",
            Self::Complete => "completed",
            Self::Cancel => "cancelled",
            Self::NoShow => "marked as missed",
            Self::Reschedule => "moved",
            Self::TakeBack => "sent back to waiting",
            Self::HandOver => "handed over",
        }
    }

    /// Is the step possible from this state?
    #[must_use]
    pub fn fits(self, status: Status) -> bool {
        use Status::{CheckedIn, InConsultation, Scheduled};
        match self {
            Self::CheckIn | Self::NoShow => status == Scheduled,
            Self::Start | Self::Cancel | Self::Reschedule => matches!(status, Scheduled | CheckedIn),
            Self::Complete => matches!(status, CheckedIn | InConsultation),
            Self::TakeBack => status == InConsultation,
            Self::HandOver => status == CheckedIn,
        }
    }
}

impl Status {
    /// Nothing follows.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::NoShow)
    }

    /// As in "this appointment is completed".
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Scheduled => "booked and nobody has checked in",
            Self::CheckedIn => "checked in",
            Self::InConsultation => "with the doctor",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::NoShow => "marked as missed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_possible_from_its_states_alone() {
        let from = |act: Act| -> Vec<&str> {
            Status::ALL.iter().filter(|status| act.fits(**status)).map(|status| status.code()).collect()
        };
        assert_eq!(from(Act::CheckIn), ["SCHEDULED"]);
        assert_eq!(from(Act::Start), ["SCHEDULED", "CHECKED_IN"]);
        assert_eq!(from(Act::Complete), ["CHECKED_IN", "IN_CONSULTATION"]);
        assert_eq!(from(Act::Cancel), ["SCHEDULED", "CHECKED_IN"]);
        assert_eq!(from(Act::NoShow), ["SCHEDULED"]);
        assert_eq!(from(Act::Reschedule), ["SCHEDULED", "CHECKED_IN"]);
        assert_eq!(from(Act::TakeBack), ["IN_CONSULTATION"]);
        assert_eq!(from(Act::HandOver), ["CHECKED_IN"]);
        for status in Status::ALL.iter().filter(|status| status.is_terminal()) {
            assert!(Act::ALL.iter().all(|act| !act.fits(*status)), "{status:?}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(*status));
        }
        assert_eq!(Status::from_code("scheduled"), None);
    }
}
