//! The first page of the operators' console.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use futures_util::stream;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::View;
use super::model::By;
use super::views::OverviewPage;
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::AppError;
use crate::web::csv::{CsvFile, lines};
use crate::web::openapi::op;
use crate::web::{NoContent, Page, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/console", get_with(show, op("pages.dashboard.show", "The platform at a glance")))
        .api_route(SIGNUPS, get_with(signups, op("pages.dashboard.signups", "Sign-ups as a table")))
}

/// The numbers behind the chart, as a file.
pub(super) const SIGNUPS: &str = "/console/sign-ups.csv";

#[derive(Debug, Deserialize, JsonSchema)]
struct ShowOverview {
    by: Option<By>,
}

async fn show(
    tx: PlatformAuthorized<View>,
    State(app): State<App>,
    frame: Frame,
    Query(query): Query<ShowOverview>,
) -> Result<Page<OverviewPage>, AppError> {
    let overview = super::look(&app, &tx, query.by.unwrap_or_default()).await?;
    let page = OverviewPage::new(frame.shell(tx.actor()), overview, &tx.now().to_zoned(TimeZone::UTC));
    tx.commit(Audit::listed("dashboard", 1), Page(page)).await
}

async fn signups(
    tx: PlatformAuthorized<View>,
    Query(query): Query<ShowOverview>,
) -> Result<CsvFile, AppError> {
    let by = query.by.unwrap_or_default();
    let signups = super::signups(&tx, by).await?;
    let rows = signups.iter().map(|one| [one.first_day.to_string(), one.hospitals.to_string()]);
    let rows = lines(rows)?;
    tx.commit(Audit::exported("dashboard", "csv", signups.len()), NoContent).await?;
    let name = format!("sign-ups-by-{}.csv", by.unit());
    CsvFile::new(&name, ["First day (UTC)", "Hospitals"], stream::iter([Ok(rows)]))
}
