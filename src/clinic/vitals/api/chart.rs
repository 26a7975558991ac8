//! `/patients/{id}/vitals/chart.pdf`: a patient's observations on paper.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::Authorized;
use crate::app::App;
use crate::clinic::patients::{PatientId, Period};
use crate::clinic::vitals::{View, paper};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses_closed};
use crate::web::{Path, PdfFile, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/patients/{patient_id}/vitals/chart.pdf", get_with(chart, prints))
}

fn prints(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["not_found", "pdf.absent"];
    refuses_closed(op("vitals.chart", "A patient's observations on paper (PDF)"), REFUSALS)(operation).description(
        "With the hospital's letterhead, and whose it is on each page: lines over time, then each set with the words for its \
         colours, its points and its score; what was entered in error is struck through, what is missing says why. The \
         oldest first, at most 300 sets, the newest of the period. Each paper is audited.",
    )
}

/// Of which days.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "VitalsChartQuery")]
struct ChartQuery {
    /// A day of the hospital, or an instant; from the first set if left out.
    from: Option<String>,
    /// The last day, or the last instant; until now if left out.
    to: Option<String>,
}

async fn chart(
    tx: Authorized<View>,
    State(app): State<App>,
    Path(id): Path<PatientId>,
    Query(query): Query<ChartQuery>,
) -> Result<PdfFile, AppError> {
    let mut errors = FieldErrors::default();
    let typed = (query.from.as_deref(), query.to.as_deref());
    let period = Period::parse(("from", "to"), typed, &tx.hospital().zone, &mut errors);
    if period.from.zip(period.until).is_some_and(|(from, until)| from >= until) {
        errors.add("to", "This is before the first day.");
    }
    errors.finish()?;
    paper::pdf(tx, &app, id, period).await
}
