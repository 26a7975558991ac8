//! The pages of appointments: the list, the plan of a day and of a week, booking, one appointment and what is done with it.
//!
//! Addresses hold ids, days and words of ours alone: a search text is posted. A step that is refused leads back to the
//! appointment's page, which says why.

mod book;
mod list;
mod moving;
mod one;
mod panel;
mod paper;
mod parts;
mod plan;
mod record;
mod steps;

pub use panel::{Panel, panel};

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/appointments", get_with(list::list, op("pages.appointments.list", "Appointments")))
        .api_route(
            "/appointments/search",
            post_with(list::search, op("pages.appointments.search", "Search appointments")),
        )
        .api_route("/appointments/day", get_with(plan::day, op("pages.appointments.day", "Plan of a day")))
        .api_route(
            "/appointments/week",
            get_with(plan::week, op("pages.appointments.week", "Plan of a doctor's week")),
        )
        .api_route(
            "/appointments/paper",
            get_with(paper::show, op("pages.appointments.paper", "The list of a day on paper")),
        )
        .api_route("/appointments/new", get_with(book::form, op("pages.appointments.new", "Booking form")))
        .api_route(
            "/appointments/new/patient",
            post_with(book::find, op("pages.appointments.find", "Whom to book for")),
        )
        .api_route(
            "/appointments/new",
            post_with(book::book, op("pages.appointments.book", "Book an appointment")),
        )
        .api_route(
            "/appointments/{appointment_id}",
            get_with(one::show, op("pages.appointments.show", "One appointment")),
        )
        .api_route(
            "/appointments/{appointment_id}/check-in",
            post_with(steps::check_in, op("pages.appointments.check_in", "Check in")),
        )
        .api_route(
            "/appointments/{appointment_id}/start-consultation",
            post_with(steps::start, op("pages.appointments.start", "Begin the consultation")),
        )
        .api_route(
            "/appointments/{appointment_id}/complete",
            post_with(steps::complete, op("pages.appointments.complete", "End the visit")),
        )
        .api_route(
            "/appointments/{appointment_id}/cancel",
            post_with(steps::cancel, op("pages.appointments.cancel", "Cancel")),
        )
        .api_route(
            "/appointments/{appointment_id}/no-show",
            post_with(steps::no_show, op("pages.appointments.no_show", "The patient did not come")),
        )
        .api_route(
            "/appointments/{appointment_id}/arrived-late",
            post_with(steps::arrive_late, op("pages.appointments.arrived_late", "The patient came late")),
        )
        .api_route(
            "/appointments/{appointment_id}/notes",
            post_with(steps::annotate, op("pages.appointments.notes", "Change the notes")),
        )
        .api_route(
            "/appointments/{appointment_id}/follow-up",
            post_with(steps::follow_up, op("pages.appointments.follow_up", "Book the next visit")),
        )
        .api_route(
            "/appointments/{appointment_id}/move",
            get_with(moving::form, op("pages.appointments.move", "Choose another time")),
        )
        .api_route(
            "/appointments/{appointment_id}/move",
            post_with(moving::save, op("pages.appointments.moved", "Move")),
        )
        .api_route(
            "/patients/{patient_id}/appointments",
            get_with(record::show, op("pages.appointments.of_patient", "A patient's appointments")),
        )
}
