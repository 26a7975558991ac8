//! A place in the queue, what the board and the screen show, and who walks in. Pure.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::clinic::appointments::{AppointmentId, Kind, Priority, QueueState, Token};
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::{Confidentiality, Details, PatientId, Why};
use crate::kernel::ids::UserId;
use crate::problem;

/// So late may somebody be who is booked, and keeps the place.
pub const KEEPS_PLACE_MINUTES: i64 = 30;
/// So long after arriving does somebody stay in the queue after midnight.
pub const CARRIED_HOURS: i64 = 6;

/// The order in words, for people.
pub const RULES: [&str; 6] = [
    "Emergencies come first, then patients with a priority. Both need a reason, which is kept.",
    "Then patients with an appointment, by its time.",
    "Who is up to 30 minutes late keeps the place. Who is later waits with the walk-ins, by arrival.",
    "Then walk-ins, by arrival.",
    "Who was skipped and comes back waits behind the next patient.",
    "Calling somebody before their turn needs a reason.",
];

/// What somebody's turn follows from, the first one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 0 emergency, 1 priority, 2 booked, 3 by arrival.
    pub class: i16,
    pub turn: Timestamp,
    /// Came back behind the one with this class and turn.
    pub is_behind: bool,
}

impl Place {
    /// Where somebody of this place comes back to, behind the one who is next now; `None`: to their own place.
    #[must_use]
    pub fn behind(self, next: Option<Self>) -> Option<Self> {
        next.filter(|next| *next >= self).map(|next| Self { is_behind: true, ..next })
    }
}

/// Whose queue is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    pub department: Option<DepartmentId>,
    pub doctor: Option<UserId>,
}

/// What a reader may know of who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PatientId,
    pub code: String,
    pub name: String,
}

/// Somebody in the queue.
#[derive(Debug, Clone)]
pub struct Entry {
    pub appointment: AppointmentId,
    pub token: Token,
    pub state: QueueState,
    pub kind: Kind,
    pub priority: Priority,
    pub priority_reason: Option<String>,
    /// Booked, but came so late that they wait among walk-ins.
    pub is_late: bool,
    pub place: Place,
    /// From 1 among those who wait for this doctor.
    pub position: Option<u32>,
    pub department: DepartmentId,
    pub department_name: String,
    pub doctor: UserId,
    pub doctor_name: String,
    pub room: Option<String>,
    pub scheduled_at: Timestamp,
    pub arrived_at: Timestamp,
    pub called_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Nobody, where the reader may not know who it is.
    pub person: Option<Person>,
    pub(super) patient: PatientId,
    pub(super) level: Confidentiality,
    pub(super) registered_by: UserId,
    pub(super) code: String,
    pub(super) full_name: String,
}

impl Entry {
    /// How long this patient waited, or has waited until `now`.
    #[must_use]
    pub fn waited_minutes(&self, now: Timestamp) -> i64 {
        let until = match self.state {
            QueueState::Waiting | QueueState::Skipped => None,
            QueueState::Called => self.called_at,
            QueueState::WithDoctor | QueueState::Done => self.seen_at.or(self.called_at).or(self.ended_at),
            QueueState::Left => self.ended_at,
        };
        let seconds = until.unwrap_or(now).as_second() - self.arrived_at.as_second();
        (seconds / 60).max(0)
    }

    /// What stands in the place of a name that is not told.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.person {
            Some(person) => &person.name,
            None => PRIVATE,
        }
    }
}

/// What boards say of somebody whom the reader may not know.
pub const PRIVATE: &str = "Private";

/// How many stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    pub called: i64,
    pub with_doctor: i64,
    pub skipped: i64,
    pub done: i64,
    pub left: i64,
}

impl Counts {
    #[must_use]
    pub fn total(&self) -> i64 {
        self.waiting + self.called + self.with_doctor + self.skipped + self.done + self.left
    }
}

/// A queue of one day, in its order.
#[derive(Debug, Clone)]
pub struct Board {
    pub day: Date,
    pub now: Timestamp,
    pub counts: Counts,
    /// At most 500: called, with the doctor, waiting, skipped, done, left.
    pub entries: Vec<Entry>,
}

impl Board {
    pub fn in_state(&self, state: QueueState) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.state == state)
    }

    /// Minutes that the one has waited who waits longest.
    #[must_use]
    pub fn longest_wait(&self) -> Option<i64> {
        self.in_state(QueueState::Waiting).map(|entry| entry.waited_minutes(self.now)).max()
    }

    /// More are in it than are listed.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        i64::try_from(self.entries.len()).unwrap_or(i64::MAX) < self.counts.total()
    }
}

/// One token on the waiting room's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub token: String,
    pub room: Option<String>,
    pub state: QueueState,
    pub called_at: Option<Timestamp>,
}

/// What the waiting room sees: nobody's name.
#[derive(Debug, Clone)]
pub struct Screen {
    pub now: Timestamp,
    /// Called, the latest first.
    pub calls: Vec<Call>,
    pub with_doctor: Vec<Call>,
    /// Who is next, in order.
    pub next: Vec<Call>,
    pub waiting: i64,
}

/// Somebody goes before their turn, or does not any more.
#[derive(Debug, Clone)]
pub struct NewPriority {
    pub priority: Priority,
    pub reason: String,
}

/// Whom somebody who walks in wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    Doctor(UserId, Option<DepartmentId>),
    /// Whichever of its doctors has the fewest waiting.
    Department(DepartmentId),
}

/// Who walks in.
#[derive(Debug, Clone)]
pub enum WalkInPerson {
    Known(PatientId),
    /// To be registered in the same transaction.
    New {
        details: Box<Details>,
        why: Why,
    },
}

/// Somebody comes without an appointment.
#[derive(Debug, Clone)]
pub struct NewWalkIn {
    pub whom: Whom,
    pub reason: Option<String>,
    pub priority: Priority,
    pub priority_reason: Option<String>,
    /// Where it is written down later; `None`: now.
    pub arrived_at: Option<Timestamp>,
    /// Made when the form was shown: sent twice, it makes one.
    pub key: Uuid,
}

/// Why it is not done.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QueueError {
    #[error("Nobody waits here.")]
    NobodyWaits,
    #[error("Say whose queue: a doctor's or a department's.")]
    Whose,
    #[error("This patient is not in the queue: check in first.")]
    NotThere,
    #[error("This patient is {state} now, so this cannot be done. Nothing was changed; look at the queue.")]
    WrongState { state: &'static str },
    #[error("Others wait before this patient. Say why they are called first.")]
    OutOfTurn,
    #[error("This patient waits for this doctor already, with the token {token}. Nothing was saved.")]
    WaitsAlready { token: String },
    #[error("No doctor of this department is there today. Nothing was saved; choose a doctor.")]
    NoDoctor,
    #[error("This form was sent before. Nothing was saved again; look at the queue.")]
    SentTwice,
    #[error("This doctor is away today. Nothing was saved; choose another one.")]
    Away,
}

problem!(QueueError {
    NobodyWaits => CONFLICT "queue.nobody_waits",
    Whose => UNPROCESSABLE_ENTITY "queue.whose" at "doctor_user_id",
    NotThere => CONFLICT "queue.not_there",
    WrongState => CONFLICT "queue.wrong_state",
    OutOfTurn => UNPROCESSABLE_ENTITY "queue.out_of_turn" at "reason",
    WaitsAlready => CONFLICT "queue.waits_already",
    NoDoctor => CONFLICT "queue.no_doctor" at "department_id",
    SentTwice => CONFLICT "queue.sent_twice",
    Away => CONFLICT "queue.doctor_away" at "doctor_user_id",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn place(class: i16, minute: i64) -> Place {
        Place { class, turn: Timestamp::from_second(minute * 60).unwrap(), is_behind: false }
    }

    #[test]
    fn who_was_skipped_comes_back_behind_the_next_one_but_never_before_the_own_place() {
        let (booked, later, walked) = (place(2, 10), place(2, 30), place(3, 5));
        // Their turn had come: now they wait behind who is next.
        assert_eq!(booked.behind(Some(later)), Some(Place { is_behind: true, ..later }));
        assert!(booked.behind(Some(later)) > Some(later) && booked.behind(Some(later)) < Some(walked));
        // Somebody more urgent is next: their own place is behind that one anyway.
        assert_eq!(booked.behind(Some(place(0, 99))), None);
        assert_eq!(walked.behind(Some(booked)), None);
        assert_eq!(booked.behind(None), None, "nobody waits");
    }

    #[test]
    fn classes_come_before_turns() {
        let mut places = [place(3, 1), place(2, 90), place(0, 99), place(1, 50), place(2, 5)];
        places.sort_unstable();
        assert_eq!(places.map(|place| place.class), [0, 1, 2, 2, 3]);
    }
}
