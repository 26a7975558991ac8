//! Weekly hours, days that differ and leave: values, and what can be refused. Pure.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinic::doctors::RoomId;
use crate::clinic::profile::Weekday;
use crate::kernel::ids::UserId;
use crate::{ids, problem};

ids! {
    /// A day on which a doctor's hours differ.
    ExceptionId = "doctor_exception";
    /// A time for which a doctor is away.
    LeaveId = "doctor_leave";
}

/// Hours of one weekday, in minutes of the hospital's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    pub doctor: UserId,
    pub weekday: Weekday,
    pub starts: u16,
    pub ends: u16,
    pub slot_minutes: u16,
    pub room_id: Option<RoomId>,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

impl Hours {
    #[must_use]
    pub fn hold_on(&self, date: Date) -> bool {
        self.weekday == Weekday::of(date) && self.are_valid_on(date)
    }

    #[must_use]
    pub fn are_valid_on(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_until.is_none_or(|until| date <= until)
    }
}

/// How a day differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "DayKind")]
pub enum Kind {
    /// More hours than the week has.
    Extra,
    /// Hours that fall out.
    Closed,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Extra, Self::Closed];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Extra => "EXTRA",
            Self::Closed => "CLOSED",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One day that is different.
#[derive(Debug, Clone)]
pub struct Exception {
    pub id: ExceptionId,
    pub doctor: UserId,
    pub on: Date,
    pub kind: Kind,
    pub starts: u16,
    pub ends: u16,
    /// Of extra hours.
    pub slot_minutes: Option<u16>,
    pub room_id: Option<RoomId>,
    pub note: Option<String>,
    pub made_by: UserId,
    pub made_at: Timestamp,
}

/// Why a doctor is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LeaveKind {
    Leave,
    Sick,
    Training,
    Other,
}

impl LeaveKind {
    pub const ALL: [Self; 4] = [Self::Leave, Self::Sick, Self::Training, Self::Other];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Leave => "LEAVE",
            Self::Sick => "SICK",
            Self::Training => "TRAINING",
            Self::Other => "OTHER",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Leave => "Leave",
            Self::Sick => "Sick",
            Self::Training => "Training",
            Self::Other => "Away",
        }
    }
}

/// A doctor is away, from an instant to another.
#[derive(Debug, Clone)]
pub struct Leave {
    pub id: LeaveId,
    pub doctor: UserId,
    pub kind: LeaveKind,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub note: Option<String>,
    pub made_by: UserId,
    pub made_at: Timestamp,
    pub withdrawn: Option<(UserId, Timestamp)>,
}

/// A leave to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLeave {
    pub doctor: UserId,
    pub kind: LeaveKind,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub note: Option<String>,
}

/// What a booking at a time may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub minutes: u16,
    pub room_id: Option<RoomId>,
    /// How many more than one may be booked into a slot.
    pub overbooking: u8,
}

/// A time in which a doctor can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub doctor: UserId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub slot_minutes: u16,
    pub room_id: Option<RoomId>,
    /// When the hours begin that it is a part of: slots are counted from there.
    pub hours_from: Timestamp,
}

/// Why a time cannot be booked, or hours are not changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AvailabilityError {
    #[error("This doctor takes no bookings at the moment. Choose another doctor.")]
    NotAccepting,
    #[error("The doctor is away then, until {0}. Choose another time or another doctor.")]
    OnLeave(String),
    #[error("{0} Choose another time or another doctor.")]
    Closed(String),
    #[error("The doctor has no hours at that time. Choose one of the free times, or another doctor.")]
    OutsideHours,
    #[error("You may change your own hours and leave. Nothing was saved; ask whoever may change settings.")]
    NotYours,
    #[error("These hours overlap with others of the same day. Nothing was saved.")]
    Overlap,
    #[error(
        "The doctor is away at that time already. Nothing was saved; change or withdraw the leave that is there."
    )]
    LeaveOverlaps,
    #[error("This leave is over, or was withdrawn already. Nothing was changed.")]
    LeaveOver,
    #[error(
        "The hospital's opening hours are not told yet. Write them first, then copy them to the doctors."
    )]
    NoOpeningHours,
    #[error("No doctor needs hours. Nothing was changed.")]
    NobodyNeedsHours,
}

problem!(AvailabilityError {
    NotAccepting => BAD_REQUEST "availability.not_accepting" at "doctor_user_id",
    OnLeave => BAD_REQUEST "availability.on_leave" at "scheduled_at",
    Closed => BAD_REQUEST "availability.closed" at "scheduled_at",
    OutsideHours => BAD_REQUEST "availability.outside_hours" at "scheduled_at",
    NotYours => FORBIDDEN "availability.not_yours",
    Overlap => CONFLICT "availability.overlap",
    LeaveOverlaps => CONFLICT "availability.leave_overlaps",
    LeaveOver => CONFLICT "availability.leave_over",
    NoOpeningHours => CONFLICT "availability.no_opening_hours",
    NobodyNeedsHours => CONFLICT "availability.nobody_needs_hours",
});
