//! Vital signs: taken, judged, scored as they are shown, due again, and entered in error.
//!
//! Invariants: a set is never changed; what is wrong is *entered in error*, with the reason and perhaps a replacement, and
//! stays readable. What was scored is kept with the version of its table, so that a new table rescores nothing. What is
//! impossible is refused by the tables and by the database (`vitals_*` checks); what is unlikely is asked about once, and
//! the answer is kept. What is missing is never counted as 0: a total needs all seven. Nobody under 16, pregnant or of
//! unknown age has a total; children have colours by age. Scale 2 of oxygen saturation holds while a prescriber's order
//! says so. Every write holds the patient's row (`patients::lock`), so that at most one set is the one to come back for.
//!
//! Whom a set alarms is written here, with it (`domain::alarm`), and again if another set alone had told them and was entered
//! in error; who answered is `clinic::escalations`. The tables are
//! data (`tables`), and a hospital may sign its own.

mod api;
mod codes;
mod domain;
mod handover;
mod input;
mod judge;
mod keeping;
mod model;
pub mod pages;
mod paper;
mod plans;
mod score;
mod store;
mod tables;
mod view;
mod waiting;

pub use domain::alarm::{close_all as close_alarms, reopen as reopen_alarms};
pub use domain::asked::tables as tables_in_use;
pub use domain::ending::end;
pub use domain::reading::{latest, list, of_patient, show};
pub use domain::recording::{Links, Preview, Recorded, preview, record};
pub use handover::FRESH;
pub use input::Told;
pub use judge::{Doubt, Earlier, bmi};
pub use model::{
    Absence, Age, Consciousness, Ended, Flag, GlucoseReading, Measure, OxygenOrderId, PainScale, PlanId,
    Score, Standing, TableId, Taken, Unscored, VitalSet, VitalsError, VitalsId,
};
pub use score::{Reason, Risk, SEVEN, answer, score};
pub use store::Narrowed;
pub use tables::{Name as TableName, Tables};
pub use view::{LatestView, VitalView};
pub use waiting::asked_at;

use uuid::Uuid;

use crate::access::{Module, TenantTx};
use crate::kernel::ids::UserId;
use crate::permissions;
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    View = "vitals:view" "See vital signs";
    Record = "vitals:record" "Record vital signs";
    /// Orders for oxygen, and looking at somebody less often.
    Prescribe = "prescriptions:create" "Write prescriptions";
    /// A hospital's own tables.
    KeepTables = "settings:update" "Change settings";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[
        store::STATEMENTS,
        store::handover::STATEMENTS,
        store::plans::STATEMENTS,
        store::raising::STATEMENTS,
        store::tables::STATEMENTS,
        store::waiting::STATEMENTS,
    ],
    problems: &[VitalsError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Vital signs",
        "Record what was measured, see it scored by NEWS2 or by a child's age, and know who is due again. Measures carry \
         their LOINC codes and UCUM units; the tables behind every judgement have a version and a source.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[
        NavEntry {
            console: Console::Staff,
            order: 60,
            group: "Care",
            label: "Vitals",
            href: "/vitals/queue",
            icon: Icon("heartbeat"),
            key: "",
            permission: "vitals:view",
        },
        NavEntry {
            console: Console::Staff,
            order: 880,
            group: "Manage",
            label: "Vital-sign tables",
            href: "/vitals/tables",
            icon: Icon("table"),
            key: "",
            permission: "vitals:view",
        },
    ],
    record: &[
        RecordLink {
            place: Place::Tab,
            order: 30,
            label: "Vitals",
            icon: Icon("heartbeat"),
            path: "/vitals",
            permission: "vitals:view",
            after_death: true,
        },
        RecordLink {
            place: Place::Menu,
            order: 30,
            label: "Record vitals",
            icon: Icon("heartbeat"),
            path: "/vitals/new",
            permission: "vitals:record",
            after_death: false,
        },
    ],
    ..Module::named("vitals")
};

/// Who acts; nobody for a task.
fn author(tx: &TenantTx) -> UserId {
    UserId(tx.origin().actor_id.unwrap_or(Uuid::nil()))
}
