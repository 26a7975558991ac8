//! Pages of roles: the list, the editor of one with the people who hold it, and the questions before one is disabled or
//! removed.

mod ask;
mod edit;
mod list;
mod parts;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

const LIST: &str = "/roles";

pub(super) fn router() -> ApiRouter<App> {
    const ONE: &str = "/roles/{role_id}";
    const TOGGLE: &str = "/roles/{role_id}/toggle-active";
    const REMOVE: &str = "/roles/{role_id}/remove";
    ApiRouter::new()
        .api_route(LIST, get_with(list::show, op("pages.roles.list", "Roles")))
        .api_route("/roles/new", get_with(edit::blank, op("pages.roles.new", "Form for a new role")))
        .api_route("/roles/new", post_with(edit::create, op("pages.roles.create", "Create a role")))
        .api_route(ONE, get_with(edit::show, op("pages.roles.show", "A role")))
        .api_route(ONE, post_with(edit::save, op("pages.roles.save", "Change a role")))
        .api_route(TOGGLE, get_with(ask::to_toggle, op("pages.roles.ask_to_toggle", "Ask before disabling")))
        .api_route(TOGGLE, post_with(ask::toggle, op("pages.roles.toggle", "Disable or enable a role")))
        .api_route(REMOVE, get_with(ask::to_remove, op("pages.roles.ask_to_remove", "Ask before removing")))
        .api_route(REMOVE, post_with(ask::remove, op("pages.roles.remove", "Remove a role")))
}
