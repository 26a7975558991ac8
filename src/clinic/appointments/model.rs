//! An appointment: what it is, how it stands, and why something is not done with it. Pure, no SQL, no HTTP.

mod late;
mod status;
mod typed;
mod window;

pub use late::{HAPPENED_AT, not_before, parse_happened};
pub use status::{Act, CancelReason, EventKind, Kind, Priority, QueueState, Status};
pub use typed::{
    Filter, TypedBooking, TypedFilter, Wanted, instant, parse_cancel, parse_late, parse_notes, parse_time,
};
pub use window::{Window, day_of, is_on_grid, same_weekday};

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::RoomId;
use crate::clinic::patients::{Confidentiality, PatientId, Sight};
use crate::kernel::ids::UserId;
use crate::{ids, problem};

ids! {
    /// An appointment.
    AppointmentId = "appointment";
}

/// An appointment, as far as its reader may know of its patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub id: AppointmentId,
    /// Of the record that stands, if the one that was booked for was merged into it.
    pub patient: PatientId,
    pub department: DepartmentId,
    pub doctor: UserId,
    pub room: Option<RoomId>,
    pub kind: Kind,
    pub follow_up_of: Option<AppointmentId>,
    pub scheduled_at: Timestamp,
    pub ends_at: Timestamp,
    /// Its time belongs to it.
    pub holds_slot: bool,
    /// Which of the places in one slot.
    pub seat: i16,
    pub status: Status,
    /// Why the patient comes.
    pub reason: Option<String>,
    pub notes: Option<String>,
    pub stamps: Stamps,
    pub cancelled: Option<Cancelled>,
    pub linked_ipd_admission_id: Option<Uuid>,
    pub token: Option<Token>,
    pub queue: Option<QueueState>,
    /// Since when it waits in its present place.
    pub queued_at: Option<Timestamp>,
    pub called_at: Option<Timestamp>,
    pub priority: Priority,
    pub priority_reason: Option<String>,
    /// Counts the changes, for `If-Match`.
    pub version: i32,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub names: Names,
    /// What the reader may know of the patient; where it is not everything, names, reason and notes are not in here.
    pub sight: Sight,
}

/// When it went from one state to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamps {
    pub checked_in_at: Option<Timestamp>,
    pub consultation_started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub no_show_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
}

/// Why it is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    pub reason: CancelReason,
    pub note: Option<String>,
}

/// A number of the department and the hospital's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub day: Date,
    pub prefix: String,
    pub number: i32,
}

impl std::fmt::Display for Token {
    /// `G-012`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:03}", self.prefix, self.number)
    }
}

/// Who and where, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub patient: String,
    pub patient_code: String,
    pub doctor: String,
    pub department: String,
    pub room: Option<String>,
    /// Of the record, for whoever asks `patients::look` again.
    pub level: Confidentiality,
    pub registered_by: UserId,
    /// It is for practice: in no list, count or report.
    pub is_practice: bool,
}

impl Appointment {
    /// Does the reader see whose it is?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.sight == Sight::Whole
    }

    #[must_use]
    pub fn minutes(&self) -> i64 {
        (self.ends_at.as_second() - self.scheduled_at.as_second()) / 60
    }

    /// Its patient came after it was given up. Who had come before, and was written down later, did not.
    #[must_use]
    pub fn came_late(&self) -> bool {
        let Stamps { no_show_at, checked_in_at, .. } = self.stamps;
        no_show_at.zip(checked_in_at).is_some_and(|(given_up, came)| came >= given_up)
    }
}

/// An appointment to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppointment {
    pub patient: PatientId,
    pub department: DepartmentId,
    pub doctor: UserId,
    /// For a walk-in: now.
    pub scheduled_at: Timestamp,
    /// `None`: as long as the doctor's slots are.
    pub minutes: Option<u16>,
    pub kind: Kind,
    pub follow_up_of: Option<AppointmentId>,
    pub reason: Option<String>,
    pub notes: Option<String>,
}

/// A time that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub doctor: UserId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// Something that happened to an appointment, to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub appointment: AppointmentId,
    pub kind: EventKind,
    pub from: Option<Status>,
    pub to: Status,
    /// Rescheduled: from when to when.
    pub times: Option<(Timestamp, Timestamp)>,
    pub reason: Option<String>,
    /// `None`: now.
    pub happened_at: Option<Timestamp>,
}

impl NewEvent {
    /// Something that leaves it in the state it is in.
    #[must_use]
    pub fn of(appointment: &Appointment, kind: EventKind) -> Self {
        Self {
            appointment: appointment.id,
            kind,
            from: Some(appointment.status),
            to: appointment.status,
            times: None,
            reason: None,
            happened_at: None,
        }
    }

    #[must_use]
    pub fn to(self, to: Status) -> Self {
        Self { to, ..self }
    }

    #[must_use]
    pub fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// When it happened, which may be earlier than it is written down.
    #[must_use]
    pub fn at(self, at: Timestamp) -> Self {
        Self { happened_at: Some(at), ..self }
    }
}

/// What happened, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub kind: EventKind,
    pub from: Option<Status>,
    pub to: Status,
    pub times: Option<(Timestamp, Timestamp)>,
    pub reason: Option<String>,
    pub happened_at: Timestamp,
    pub recorded_at: Timestamp,
    /// Nobody: HMS itself.
    pub actor: Option<UserId>,
    pub actor_name: Option<String>,
}

/// Nobody books further ahead: what is typed so is a slip.
pub const FURTHEST_DAYS: i64 = 731;

/// Why it is not done.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AppointmentError {
    #[error("This patient has died. Nothing was booked.")]
    Deceased,
    #[error("Say which doctor the appointment is with.")]
    DoctorNeeded,
    #[error("Say which department the appointment is in.")]
    DepartmentNeeded,
    #[error("This person does not see patients as a doctor. Nothing was saved; choose another one.")]
    NotADoctor,
    #[error("This department does not see patients. Nothing was saved; choose another one.")]
    NotForPatients,
    #[error("This time has passed. Nothing was saved; choose a later one.")]
    InThePast,
    #[error("This is more than two years ahead. Nothing was saved; check the year.")]
    TooFar,
    #[error("The patient has an appointment at this time already. Nothing was saved; choose another time.")]
    PatientBusy,
    #[error("Somebody has this time with the doctor. Nothing was saved; choose another time.")]
    SlotTaken,
    #[error("The room is taken at this time. Nothing was saved; choose another time.")]
    RoomTaken,
    #[error("This appointment is {status}, so it cannot be {act}. Nothing was changed.")]
    WrongStatus { status: &'static str, act: &'static str },
    #[error("Check-in opens {minutes} minutes before the time. Nothing was changed.")]
    TooEarly { minutes: i64 },
    #[error("The day of this appointment is over. Nothing was changed; book a new one.")]
    DayOver,
    #[error("A consultation begins on the day of the appointment. Nothing was changed.")]
    NotToday,
    #[error("The time of this appointment has not come yet. Nothing was changed.")]
    NotYet,
    #[error("The status changes by its own steps, such as check-in. Nothing was changed.")]
    StatusInPatch,
    #[error("This appointment is {status}; nothing is changed about it any more.")]
    Closed { status: &'static str },
    #[error(
        "Only who did not come and was given up today can arrive late. Nothing was changed; book a new one."
    )]
    NotLate,
    #[error("Only the doctor of this appointment, who covers for them, and administrators do this.")]
    NotYours,
    #[error("The front desk and administrators do this.")]
    DeskOnly,
    #[error(
        "Use one of these statuses: SCHEDULED, CHECKED_IN, IN_CONSULTATION, COMPLETED, CANCELLED, NO_SHOW."
    )]
    UnknownStatus,
    #[error("There is no free time for a follow-up near {day}. Nothing was booked; choose a time yourself.")]
    NoFollowUp { day: String },
    #[error("Only a visit that took place has a follow-up.")]
    NotSeen,
    #[error(
        "Somebody else changed this appointment in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
}

problem!(AppointmentError {
    Deceased => BAD_REQUEST "appointment.patient_deceased",
    DoctorNeeded => BAD_REQUEST "appointment.doctor_needed" at "doctor_user_id",
    DepartmentNeeded => BAD_REQUEST "appointment.department_needed" at "department_id",
    NotADoctor => BAD_REQUEST "appointment.not_a_doctor" at "doctor_user_id",
    NotForPatients => BAD_REQUEST "appointment.department_without_patients" at "department_id",
    InThePast => BAD_REQUEST "appointment.in_the_past" at "scheduled_at",
    TooFar => BAD_REQUEST "appointment.too_far" at "scheduled_at",
    PatientBusy => BAD_REQUEST "appointment.patient_busy" at "scheduled_at",
    SlotTaken => CONFLICT "appointment.slot_taken" at "scheduled_at",
    RoomTaken => CONFLICT "appointment.room_taken" at "scheduled_at",
    WrongStatus => BAD_REQUEST "appointment.wrong_status",
    TooEarly => BAD_REQUEST "appointment.too_early",
    DayOver => BAD_REQUEST "appointment.day_over",
    NotToday => BAD_REQUEST "appointment.not_today",
    NotYet => BAD_REQUEST "appointment.not_yet",
    StatusInPatch => BAD_REQUEST "appointment.status_in_patch",
    Closed => BAD_REQUEST "appointment.closed",
    NotLate => BAD_REQUEST "appointment.not_late",
    NotYours => FORBIDDEN "appointment.not_yours",
    DeskOnly => FORBIDDEN "appointment.desk_only",
    UnknownStatus => BAD_REQUEST "appointment.unknown_status",
    NoFollowUp => CONFLICT "appointment.no_follow_up",
    NotSeen => BAD_REQUEST "appointment.not_seen",
    VersionConflict => PRECONDITION_FAILED "appointment.version_conflict",
});
