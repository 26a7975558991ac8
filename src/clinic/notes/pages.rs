//! Pages of the texts to begin a note with. Notes themselves are written on the page of a consultation.

mod form;
mod list;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

const LIST: &str = "/note-templates";

pub(super) fn router() -> ApiRouter<App> {
    const NEW: &str = "/note-templates/new";
    const ONE: &str = "/note-templates/{template_id}";
    const SWITCH: &str = "/note-templates/{template_id}/switch";
    ApiRouter::new()
        .api_route(LIST, get_with(list::show, op("pages.note_templates.list", "Templates of notes")))
        .api_route(NEW, get_with(form::blank, op("pages.note_templates.new", "Form for a new template")))
        .api_route(NEW, post_with(form::create, op("pages.note_templates.create", "Add a template")))
        .api_route(ONE, get_with(form::show, op("pages.note_templates.show", "A template of notes")))
        .api_route(ONE, post_with(form::save, op("pages.note_templates.save", "Change a template")))
        .api_route(
            SWITCH,
            post_with(
                form::switch,
                op("pages.note_templates.switch", "Put a template away or bring it back"),
            ),
        )
}
