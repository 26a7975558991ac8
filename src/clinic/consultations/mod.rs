//! The page of a consultation, and a patient's visits: put together from what the capabilities above know.
//!
//! Nothing is kept here. It stands below them on purpose: the banner is `patients`', the last visits are encounters with
//! their notes and diagnoses, the vital signs are `vitals`', the visit after this one is booked by `appointments`. A page
//! reads each of them once, for all of its rows together. What is written goes through the same functions as the API's, in
//! one transaction where one act does several things (sign, complete, book).

mod api;
mod csv;
mod pages;
mod summary;
mod visits;

pub use visits::{Visit, visits};

use crate::access::Module;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. It asks for the rights of consultations.
pub const MODULE: Module = Module {
    problems: &[csv::VisitsError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Visits",
        "A patient's consultations, each with what was found and what was written: to read, and to take away.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 33,
        group: "",
        label: "Consultations",
        href: "/consultations",
        icon: Icon("stethoscope"),
        key: "c",
        permission: "encounters:record",
    }],
    record: &[RecordLink {
        place: Place::Tab,
        order: 15,
        label: "Visits",
        icon: Icon("stethoscope"),
        path: "/visits",
        permission: "encounters:view",
        after_death: true,
    }],
    ..Module::named("consultations")
};
