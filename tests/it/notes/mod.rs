//! Notes: drafts that survive and stay private, two devices, signing once, amendments, templates.

mod drafts;
mod signing;
mod templates;

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::encounters::{ENCOUNTERS, Stage, code, id, ok, put_note, signed_note};
use crate::harness::TestApp;

/// The address of an encounter's note.
fn note_of(encounter: &str) -> String {
    format!("{ENCOUNTERS}/{encounter}/note")
}
