//! Paper of the desk: tokens, labels, wristbands, and what is printed later.
//!
//! Invariants: no transaction is open while a paper is made; what goes on it is read and its printing recorded before
//! (`printed`). A token says nobody's name and nothing of why they come. A label begins with what tells this patient apart
//! (`Patient::label`), and bears the code in letters and as a picture, so that no two are alike even where a name is cut.
//! Without a printer the token stands on the screen, and paper waits on the list "Print later": nothing waits there twice
//! (`print_jobs_open_once`).
//!
//! Sizes are those of the hospital's settings (`profile::Settings`).

mod api;
mod code;
mod domain;
mod model;
mod pages;
mod reply;
mod sheets;
mod store;

pub use domain::{close, later, waiting};
pub use model::{Ending, NewJobs, PrintError, PrintJob, PrintJobId, Slip, Wrist};

use crate::access::Module;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. Who may see patients and appointments may print what names them.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[PrintError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Printing at the desk",
        "Tokens, labels and wristbands as PDF files in the sizes that the hospital chose, and what waits for a printer.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 34,
        group: "",
        label: "Print later",
        href: "/print-later",
        icon: Icon("printer"),
        key: "",
        permission: "patients:view",
    }],
    record: &[RecordLink {
        place: Place::Menu,
        order: 70,
        label: "Print label or wristband",
        icon: Icon("printer"),
        path: "/print",
        permission: "patients:view",
        after_death: true,
    }],
    ..Module::named("printing")
};
