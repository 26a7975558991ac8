//! Pages of the queue: the board, the waiting room's screen, moves, walk-ins.

mod board;
mod moves;
mod parts;
mod screen;
mod walk_in;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::clinic::roles::SystemRole;
use crate::identity::actor::Actor;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/queue", get_with(board::show, op("pages.queue.board", "The queue of today")))
        .api_route(
            "/queue/screen",
            get_with(screen::show, op("pages.queue.screen", "The waiting room's screen")),
        )
        .api_route("/queue/next", post_with(moves::next, op("pages.queue.next", "Call whoever is next")))
        .api_route(
            "/queue/{appointment_id}",
            get_with(moves::ask, op("pages.queue.ask", "One patient of the queue")),
        )
        .api_route(
            "/queue/{appointment_id}/call",
            post_with(moves::call, op("pages.queue.call", "Call this patient")),
        )
        .api_route(
            "/queue/{appointment_id}/back",
            post_with(moves::back, op("pages.queue.back", "Back to waiting")),
        )
        .api_route(
            "/queue/{appointment_id}/skip",
            post_with(moves::skip, op("pages.queue.skip", "Go on without this patient")),
        )
        .api_route(
            "/queue/{appointment_id}/left",
            post_with(moves::left, op("pages.queue.left", "The patient left")),
        )
        .api_route(
            "/queue/{appointment_id}/hand-over",
            post_with(moves::hand_over, op("pages.queue.hand_over", "Another doctor sees this patient")),
        )
        .api_route(
            "/queue/{appointment_id}/prioritise",
            post_with(moves::prioritise, op("pages.queue.prioritise", "Put this patient before others")),
        )
        .api_route("/walk-ins/new", get_with(walk_in::search, op("pages.queue.search", "Who walks in")))
        .api_route(
            "/walk-ins/find",
            post_with(walk_in::find, op("pages.queue.find", "Who is registered already")),
        )
        .api_route(
            "/walk-ins/register",
            post_with(walk_in::register, op("pages.queue.register", "Form for somebody new")),
        )
        .api_route("/walk-ins/new", post_with(walk_in::save, op("pages.queue.walk_in", "Give a token")))
        .api_route(
            "/patients/{patient_id}/walk-in",
            get_with(walk_in::chosen, op("pages.queue.chosen", "Form for who is registered already")),
        )
        .api_route(
            "/walk-ins/{appointment_id}",
            get_with(walk_in::done, op("pages.queue.token", "The token of a walk-in")),
        )
}

/// Somebody with a queue of their own.
pub(super) fn is_doctor(person: &Actor) -> bool {
    person.works_as(SystemRole::Doctor.key())
}
