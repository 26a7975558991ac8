//! Pages of consultations: today's, the one page on which a visit is written down, a signed note with its versions, and a
//! patient's visits.

mod diagnoses;
mod ending;
mod follow_up;
mod note;
mod page;
mod parts;
mod signed;
mod today;
mod visits;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

/// Today's consultations.
const TODAY: &str = "/consultations";

pub(super) fn router() -> ApiRouter<App> {
    const ONE: &str = "/consultations/{encounter_id}";
    const FOLLOW_UP: &str = "/consultations/{encounter_id}/follow-up";
    const NOTE: &str = "/notes/{note_id}";
    const ERROR: &str = "/notes/{note_id}/entered-in-error";
    ApiRouter::new()
        .api_route(TODAY, get_with(today::show, op("pages.consultations.today", "Today's consultations")))
        .api_route(
            "/appointments/{appointment_id}/consultation",
            post_with(page::open, op("pages.consultations.open", "Open the consultation of an appointment")),
        )
        .api_route(ONE, get_with(page::show, op("pages.consultations.show", "A consultation")))
        .api_route(
            "/consultations/{encounter_id}/note",
            post_with(note::save, op("pages.consultations.save_note", "Keep the draft of a note")),
        )
        .api_route(
            "/consultations/{encounter_id}/sign",
            post_with(ending::sign, op("pages.consultations.sign", "Sign a note, and complete the visit")),
        )
        .api_route(
            "/consultations/{encounter_id}/finish",
            post_with(ending::finish, op("pages.consultations.finish", "Complete a visit")),
        )
        .api_route(
            FOLLOW_UP,
            get_with(follow_up::propose, op("pages.consultations.follow_up", "When a follow-up could be")),
        )
        .api_route(
            "/consultations/{encounter_id}/diagnoses",
            post_with(diagnoses::add, op("pages.consultations.add_diagnosis", "Add a diagnosis")),
        )
        .api_route(
            "/diagnoses/{diagnosis_id}/revise",
            post_with(
                diagnoses::revise,
                op("pages.diagnoses.revise", "Say what a diagnosis turned out to be"),
            ),
        )
        .api_route(
            "/diagnoses/{diagnosis_id}/entered-in-error",
            post_with(diagnoses::end, op("pages.diagnoses.end", "Mark a diagnosis as entered in error")),
        )
        .api_route(
            "/diagnoses/{diagnosis_id}/chart-condition",
            post_with(
                diagnoses::add_to_chart,
                op("pages.diagnoses.add_to_chart", "Add a diagnosis to the chart's conditions"),
            ),
        )
        .api_route(NOTE, get_with(signed::show, op("pages.notes.show", "A note with its versions")))
        .api_route(
            "/notes/{note_id}/amend",
            post_with(signed::amend, op("pages.notes.amend", "Amend a signed note")),
        )
        .api_route(
            ERROR,
            get_with(signed::ask, op("pages.notes.ask_to_end", "Ask before a note is entered in error")),
        )
        .api_route(ERROR, post_with(signed::end, op("pages.notes.end", "Mark a note as entered in error")))
        .api_route(
            "/patients/{patient_id}/visits",
            get_with(visits::show, op("pages.visits.list", "Visits of a patient")),
        )
}
