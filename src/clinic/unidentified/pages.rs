//! Pages of patients whom nobody knows: two rows of buttons when one arrives, and a form when a name is known.

mod identify;
mod new;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/unidentified",
            get_with(new::form, op("pages.unidentified.new", "Form for a patient whom nobody knows")),
        )
        .api_route(
            "/patients/unidentified",
            post_with(new::register, op("pages.unidentified.register", "Register such a patient")),
        )
        .api_route(
            "/patients/{patient_id}/identify",
            get_with(identify::form, op("pages.unidentified.identify_form", "Form for who it is")),
        )
        .api_route(
            "/patients/{patient_id}/identify",
            post_with(identify::save, op("pages.unidentified.identify", "Say who it is")),
        )
        .api_route(
            "/patients/{patient_id}/identify/alike",
            post_with(identify::alike, op("pages.unidentified.alike", "Who looks like this person")),
        )
}
