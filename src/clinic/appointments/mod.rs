//! Appointments: booked, moved, checked in, seen, called off.
//!
//! Invariants, each kept by the database, so that nobody races past this module: a doctor's slot is held once, and by so
//! many more as the doctor allows, each in a `seat` of its own (`appointments_doctor_free`); a patient and a room are in
//! one place at a time (`appointments_patient_free`, `appointments_room_free`); a token is given once in a queue's day,
//! without gaps (`token_counters`, in the transaction of the check-in); what happened is only ever added to
//! (`appointment_events`). Rows are held in one order, so that nobody waits for who waits for them: doctor, patient,
//! appointment, room, counters.
//!
//! Whoever may know of a patient may know of the appointment (`patients::look`, `patients::show`). Reading changes nothing: who
//! did not come is marked by a job (`housekeeping`). The waiting room and its order are in `clinic::queue`, when a
//! doctor can be booked in `clinic::availability`, free times in `clinic::slots`.

mod api;
mod domain;
mod housekeeping;
mod model;
pub mod pages;
mod store;

pub use domain::booking::{book, book_in_need, book_wanted, move_to, reschedule};
pub use domain::follow_up::{Proposal, Wish, follow_up, hold_doctor, propose};
pub use domain::free::{Day, free_times};
pub use domain::hand_over::hand_over;
pub use domain::reading::{
    between, busy, history, list, lock, next_of_patient, of_doctor, open_of_patient, show, unchanged,
};
pub use domain::steps::{
    Plain, arrive_late, cancel, cancel_at, cancel_for_death, check_in, complete, no_show, note, set_notes,
    start, take_back,
};
pub use domain::who::{is_pure_doctor, may, may_annotate, may_run_desk, may_treat};
pub use housekeeping::run as housekeep;
pub use model::{
    Act, Appointment, AppointmentError, AppointmentId, Busy, CancelReason, Cancelled, Event, EventKind,
    Filter, HAPPENED_AT, Kind, Names, NewAppointment, NewEvent, Priority, QueueState, Stamps, Status, Token,
    TypedBooking, TypedFilter, Wanted, Window, day_of, is_on_grid, parse_happened, same_weekday,
};

use crate::access::{Module, TenantTx};
use crate::clinic::departments::DepartmentId;
use crate::kernel::AppError;
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{ActEntry, Console, NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "appointments:view" "See appointments";
    Book = "appointments:create" "Book appointments";
    Move = "appointments:update_status" "Move appointments along";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[
        store::STATEMENTS,
        store::events::STATEMENTS,
        store::lists::STATEMENTS,
        store::steps::STATEMENTS,
    ],
    problems: &[AppointmentError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Appointments",
        "Book a time with a doctor, move it, check the patient in, and follow the visit to its end. Nobody is booked twice \
         at a time: neither doctor nor patient nor room.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 30,
        group: "",
        label: "Appointments",
        href: "/appointments",
        icon: Icon("calendar"),
        key: "a",
        permission: "appointments:view",
    }],
    record: &[RecordLink {
        place: Place::Tab,
        order: 60,
        label: "Appointments",
        icon: Icon("calendar"),
        path: "/appointments",
        permission: "appointments:view",
        after_death: true,
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Book appointment",
        href: "/appointments/new",
        icon: Icon("calendar-plus"),
        words: "new visit slot schedule reserve",
        permission: "appointments:create",
    }],
    ..Module::named("appointments")
};

/// Departments that see patients, with their names.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn departments(tx: &TenantTx) -> Result<Vec<(DepartmentId, String)>, AppError> {
    Ok(store::steps::departments(tx).await?)
}
