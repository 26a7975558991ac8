//! Pages of merges: two records side by side, and the list of merges with "Undo".

mod compare;
mod list;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::app::App;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/merge",
            get_with(compare::show, op("pages.merges.compare", "Two records side by side")),
        )
        .api_route(
            "/patients/{patient_id}/merge",
            post_with(compare::merge, op("pages.merges.merge", "Merge two records")),
        )
        .api_route("/patients/merges", get_with(list::show, op("pages.merges.list", "Merged records")))
        .api_route(
            "/patients/merges/{merge_id}/undo",
            post_with(list::undo, op("pages.merges.undo", "Take two records apart again")),
        )
}
