//! Pages of an absence: who is away, the bookings that an absence falls upon, and what became of each.

mod away;
mod take;
mod withdraw;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    const ONE: &str = "/doctors/{user_id}/leave";
    const WITHDRAW: &str = "/doctors/{user_id}/leave/{leave_id}/withdraw";
    ApiRouter::new()
        .api_route("/doctors/leave", get_with(away::show, op("pages.leave.away", "Who is away")))
        .api_route(ONE, get_with(take::form, op("pages.leave.form", "Form of an absence, with its bookings")))
        .api_route(ONE, post_with(take::take, op("pages.leave.take", "Record an absence")))
        .api_route(
            WITHDRAW,
            get_with(withdraw::ask, op("pages.leave.ask_to_withdraw", "Ask before taking back")),
        )
        .api_route(
            WITHDRAW,
            post_with(withdraw::withdraw, op("pages.leave.withdraw", "Take an absence back")),
        )
}
