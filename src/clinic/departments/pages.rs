//! Pages of departments: the list, the form of one, and the question before one is removed.

mod edit;
mod list;
mod remove;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

const LIST: &str = "/departments";

pub(super) fn router() -> ApiRouter<App> {
    const NEW: &str = "/departments/new";
    const ONE: &str = "/departments/{department_id}";
    const REMOVE: &str = "/departments/{department_id}/remove";
    ApiRouter::new()
        .api_route(LIST, get_with(list::show, op("pages.departments.list", "Departments")))
        .api_route(NEW, get_with(edit::blank, op("pages.departments.new", "Form for a new department")))
        .api_route(NEW, post_with(edit::create, op("pages.departments.create", "Create a department")))
        .api_route(ONE, get_with(edit::show, op("pages.departments.show", "A department")))
        .api_route(ONE, post_with(edit::save, op("pages.departments.save", "Change a department")))
        .api_route(
            REMOVE,
            get_with(remove::ask, op("pages.departments.ask_to_remove", "Ask before removing")),
        )
        .api_route(REMOVE, post_with(remove::remove, op("pages.departments.remove", "Remove a department")))
}
