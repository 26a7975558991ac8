//! Pages of doctors' profiles and of rooms. The list of doctors and the page of one are in `clinic::slots`, which knows
//! when they are free.

mod edit;
mod rooms;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::clinic::pictures;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    const EDIT: &str = "/doctors/{user_id}/edit";
    const NEW: &str = "/rooms/new";
    const ROOM: &str = "/rooms/{room_id}";
    const PHOTO: &str = "/doctors/{user_id}/photo";
    let give = post_with(edit::give_photo, op("pages.doctors.give_photo", "Give a doctor a photo"));
    ApiRouter::new()
        .api_route(EDIT, get_with(edit::form, op("pages.doctors.edit", "Form of a doctor's profile")))
        .api_route(EDIT, post_with(edit::save, op("pages.doctors.save", "Write a doctor's profile")))
        .api_route(PHOTO, give.layer(pictures::LIMITS.layers()))
        .api_route(
            "/doctors/{user_id}/photo/remove",
            post_with(edit::remove_photo, op("pages.doctors.remove_photo", "Remove a doctor's photo")),
        )
        .api_route("/rooms", get_with(rooms::list, op("pages.rooms.list", "Rooms")))
        .api_route(NEW, get_with(rooms::blank, op("pages.rooms.new", "Form for a new room")))
        .api_route(NEW, post_with(rooms::create, op("pages.rooms.create", "Add a room")))
        .api_route(ROOM, get_with(rooms::show, op("pages.rooms.show", "A room")))
        .api_route(ROOM, post_with(rooms::save, op("pages.rooms.save", "Change a room")))
}
