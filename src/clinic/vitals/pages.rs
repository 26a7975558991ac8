//! Pages of vital signs: the form, a patient's sets with their charts, who waits, and the tables behind every judgement.

mod charts;
mod due;
mod end;
mod entry;
mod form;
mod handover;
mod list;
mod orders;
mod own;
mod panel;
mod parts;
mod queue;
mod rhythm;
mod score;
mod tables;
mod trend;
mod versions;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

pub use panel::{Panel, panel};
pub use trend::{Trend, trend};

use crate::app::App;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/vitals/queue",
            get_with(queue::show, op("pages.vitals.queue", "Who waits for vital signs")),
        )
        .api_route(
            "/vitals/due",
            get_with(due::show, op("pages.vitals.due", "Whose next vital signs are due")),
        )
        .api_route(
            "/vitals/handover",
            get_with(handover::show, op("pages.vitals.handover", "The hand-over sheet of a department")),
        )
        .api_route(
            "/vitals/tables",
            get_with(tables::show, op("pages.vitals.tables", "What vital signs are judged by")),
        )
        .api_route(
            "/vitals/tables/new",
            get_with(own::form, op("pages.vitals.new_table", "Form for a version of a table")),
        )
        .api_route(
            "/vitals/tables/new",
            post_with(own::keep, op("pages.vitals.keep_table", "Keep a version of a table")),
        )
        .api_route(
            "/vitals/tables/document",
            get_with(own::document, op("pages.vitals.table_document", "A table as a file")),
        )
        .api_route(
            "/vitals/tables/versions",
            get_with(versions::show, op("pages.vitals.table_versions", "Every version of a table")),
        )
        .api_route(
            "/vitals/tables/sign",
            post_with(tables::sign, op("pages.vitals.sign_table", "Sign a version of a table")),
        )
        .api_route(
            "/patients/{patient_id}/vitals",
            get_with(list::show, op("pages.vitals.list", "Vital signs of a patient")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/new",
            get_with(entry::form, op("pages.vitals.new", "Form for vital signs")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/new",
            post_with(entry::save, op("pages.vitals.record", "Record vital signs")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/preview",
            post_with(score::preview, op("pages.vitals.preview", "What a set would be scored as")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/plan",
            post_with(rhythm::plan, op("pages.vitals.plan", "Look at somebody more or less often")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/plan/end",
            post_with(rhythm::end_plan, op("pages.vitals.end_plan", "Back to what the score says")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/oxygen",
            post_with(orders::order, op("pages.vitals.order_oxygen", "Order a target of oxygen saturation")),
        )
        .api_route(
            "/patients/{patient_id}/vitals/oxygen/{oxygen_order_id}/end",
            post_with(orders::end, op("pages.vitals.end_oxygen_order", "End an order")),
        )
        .api_route(
            "/vitals/{vitals_id}/entered-in-error",
            get_with(end::ask, op("pages.vitals.ask_to_end", "Ask before a set is entered in error")),
        )
        .api_route(
            "/vitals/{vitals_id}/entered-in-error",
            post_with(end::end, op("pages.vitals.end", "Mark a set as entered in error")),
        )
}
