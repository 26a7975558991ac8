//! Pages of hours: a doctor's week and the days that differ, and the copy of the opening hours to all doctors.

mod copy;
mod days;
mod hours;
mod stretches;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    const HOURS: &str = "/doctors/{user_id}/hours";
    const ALL: &str = "/doctors/hours";
    const REMOVE: &str = "/doctors/{user_id}/days/{exception_id}/remove";
    ApiRouter::new()
        .api_route(HOURS, get_with(hours::form, op("pages.doctors.hours", "Form of a doctor's hours")))
        .api_route(HOURS, post_with(hours::save, op("pages.doctors.save_hours", "Give a doctor hours")))
        .api_route(
            "/doctors/{user_id}/days",
            post_with(days::add, op("pages.doctors.add_day", "Add a day that differs")),
        )
        .api_route(
            REMOVE,
            post_with(days::remove, op("pages.doctors.remove_day", "Take back that a day differs")),
        )
        .api_route(ALL, get_with(copy::ask, op("pages.doctors.ask_hours", "Hours of all doctors")))
        .api_route(ALL, post_with(copy::copy, op("pages.doctors.copy_hours", "Copy the opening hours")))
}
