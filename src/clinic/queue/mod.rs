//! Who waits for whom: tokens, the board, the waiting room, and people who walk in.
//!
//! **The order**, one for board, API and "next" (`store::order!`): emergencies first, then those with a priority, each by
//! arrival; then who was booked, by the time of the booking; then everybody else by arrival. Who is booked and comes up to
//! [`KEEPS_PLACE_MINUTES`] late keeps the place; who comes later waits among those who walked in. Who was skipped comes
//! back to their own place, but never before the one who is next then: behind them. Who was called, or is with the doctor,
//! by mistake comes back to the own place. Each jump has a reason, and each move a line in the appointment's history. People
//! see the same in words ([`RULES`]).
//!
//! Invariants: nobody is called twice by two who call the next one at once (the row is held); a form of a walk-in that is
//! sent twice makes one patient and one token (`patients_registration_key_unique`, `walk_ins_pkey`), all of it in one
//! transaction; a walk-in in an emergency is refused for no limit. The waiting room's screen never reads a name. A queue is
//! of the hospital's day; who came before midnight and still waits stays on it for [`CARRIED_HOURS`].
//!
//! Elsewhere: check-in gives the token, and start and completion move it on (`clinic::appointments`).

mod api;
mod domain;
mod model;
mod pages;
mod parse;
mod store;

pub use domain::acts::{back, call, call_next, hand_over, left, prioritise, skip};
pub use domain::looks::{board, entry, screen};
pub use domain::walk_in::{Walked, came, walk_in};
pub use model::{
    Board, CARRIED_HOURS, Call, Counts, Entry, KEEPS_PLACE_MINUTES, NewPriority, NewWalkIn, Person, Place,
    QueueError, RULES, Screen, WalkInPerson, Wanted, Whom,
};

use crate::access::Module;
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry, Place as RecordPlace, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    /// Somebody who stands at the desk; an emergency goes on in a restricted hospital.
    WalkIn = "appointments:create" "Book appointments" always;
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS, store::walk_ins::STATEMENTS],
    problems: &[QueueError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Queue",
        "Who waits for whom today, in the order in which they are called, and people who walk in without an appointment.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 32,
        group: "",
        label: "Queue",
        href: "/queue",
        icon: Icon("users-group"),
        key: "q",
        permission: "appointments:view",
    }],
    record: &[RecordLink {
        place: RecordPlace::Menu,
        order: 20,
        label: "Walk-in visit",
        icon: Icon("walk"),
        path: "/walk-in",
        permission: "appointments:create",
        after_death: false,
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Walk-in",
        href: "/walk-ins/new",
        icon: Icon("walk"),
        words: "new token arrive desk queue register visit",
        permission: "appointments:create",
    }],
    ..Module::named("queue")
};
