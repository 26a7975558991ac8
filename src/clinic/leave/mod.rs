//! A doctor who is away, and what becomes of the bookings.
//!
//! Whoever takes leave for somebody sees first which bookings it falls upon, and says what is to become of each: moved to the
//! doctor's next free time, moved to a colleague at the same time, cancelled, or kept and told. Who waits in the house already
//! is handed over to a colleague with token and turn. Each booking has a result of
//! its own: what cannot be done with one undoes nothing of the others (`tx.attempt`). The leave and all results are one
//! transaction; a booking that slips in meanwhile is seen, because who books holds the doctor too.
//!
//! What patients are to be told is written into `booking_notices` in the same transaction; sending it, by the way that each
//! has consented to, is not part of this capability. The front desk and administrators take leave for anybody, a doctor for
//! themselves. The leave itself is in `clinic::availability`.

mod api;
mod domain;
mod model;
mod pages;
mod store;

pub use domain::{affected, may_take, take, withdraw};
pub use model::{Affected, Decision, Decisions, LeaveError, Outcome, Settled, Taken};

use serde_json::json;

use crate::access::{Audit, Module};
use crate::clinic::availability::Leave;
use crate::clinic::doctors;
use crate::permissions;
use crate::web::layout::{Console, Icon};
use crate::web::nav::ActEntry;

permissions! {
    View = "appointments:view" "See appointments";
    Take = "appointments:update_status" "Move appointments along";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[LeaveError::CODES],
    docs: doctors::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Record that a doctor is away",
        href: "/doctors/leave",
        icon: Icon("calendar-off"),
        words: "leave sick holiday absence vacation",
        permission: "appointments:update_status",
    }],
    ..Module::named("leave")
};

/// A row for the leave, and one for each booking that it changed.
fn audit_of(taken: &Taken) -> Audit {
    let of = |outcome: Outcome| taken.settled.iter().filter(|one| one.outcome == outcome).count();
    let leave = Audit::created(taken.leave.id).with(json!({
        "user_id": taken.leave.doctor, "kind": taken.leave.kind,
        "moved": of(Outcome::Moved), "cancelled": of(Outcome::Cancelled), "kept": of(Outcome::Kept),
        "failed": of(Outcome::Failed),
    }));
    let rows = taken.settled.iter().filter_map(|one| {
        let audit = Audit::did(model::verb(one)?, one.appointment.id);
        Some(audit.with(json!({ "patient_id": one.appointment.patient, "leave_id": taken.leave.id })))
    });
    rows.fold(leave, Audit::and)
}

fn audit_of_withdrawal(leave: &Leave) -> Audit {
    Audit::did("withdrawn", leave.id).with(json!({ "user_id": leave.doctor, "kind": leave.kind }))
}
