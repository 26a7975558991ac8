//! The first page of the operators' console.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::View;
use super::model::By;
use super::views::OverviewPage;
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::AppError;
use crate::web::openapi::op;
use crate::web::{Page, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/console", get_with(show, op("pages.dashboard.show", "The platform at a glance")))
}

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
