//! The page of one patient. What it says of the person comes from `patients`; the panels are put in here.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::Response;

use crate::access::{Authorized, Frame};
use crate::app::App;
use crate::clinic::appointments;
use crate::clinic::chart;
use crate::clinic::patients::pages::Arrival;
use crate::clinic::patients::{self, PatientId, View};
use crate::clinic::vitals;
use crate::kernel::AppError;
use crate::web::openapi::op;
use crate::web::{Path, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients/{patient_id}", get_with(show, op("pages.patients.show", "One patient")))
}

/// What other capabilities know, in the order of the page.
#[derive(Template)]
#[template(ext = "html", source = "{{ ahead }}{{ vitals }}{{ chart }}")]
struct Panels {
    ahead: appointments::pages::Panel,
    vitals: vitals::pages::Panel,
    chart: chart::pages::Panel,
}

impl HtmlSafe for Panels {}

/// `GET /patients/{patient_id}`
async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, AppError> {
    let panels = Panels {
        ahead: appointments::pages::panel(&tx, tx.actor(), id).await?,
        vitals: vitals::pages::panel(&tx, tx.actor(), id).await?,
        chart: chart::pages::panel(&tx, tx.actor(), id).await?,
    };
    patients::pages::show(tx, frame, id, &arrival, panels).await
}
