//! `/platform/health`

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Health, View};
use crate::access::{Audit, PlatformAuthorized};
use crate::app::App;
use crate::kernel::AppError;
use crate::web::Reply;
use crate::web::openapi::op;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/platform/health", get_with(show, op("health.show", "How the platform itself is")))
}

#[derive(Serialize, JsonSchema)]
struct HealthView {
    database_version: String,
    safeguards: Vec<SafeguardView>,
    listening: bool,
    schemas_ready: i64,
    schemas_behind: i64,
    schemas_failed: i64,
    mails_waiting: i64,
    mails_failed: i64,
    oldest_mail_seconds: Option<u64>,
    jobs_waiting: i64,
    /// Not tried again.
    jobs_failed: i64,
}

/// Something that keeps hospitals apart.
#[derive(Serialize, JsonSchema)]
struct SafeguardView {
    name: &'static str,
    on: bool,
    /// What exactly, or why not.
    note: String,
}

impl From<Health> for HealthView {
    fn from(health: Health) -> Self {
        Self {
            database_version: health.server_version,
            safeguards: health
                .safeguards
                .into_iter()
                .map(|s| SafeguardView { name: s.name, on: s.on, note: s.note })
                .collect(),
            listening: health.listening,
            schemas_ready: health.schemas_ready,
            schemas_behind: health.schemas_behind,
            schemas_failed: health.schemas_failed,
            mails_waiting: health.mails_waiting,
            mails_failed: health.mails_failed,
            oldest_mail_seconds: health.oldest_mail.map(|age| age.as_secs()),
            jobs_waiting: health.jobs_waiting,
            jobs_failed: health.jobs_failed,
        }
    }
}

async fn show(tx: PlatformAuthorized<View>, State(app): State<App>) -> Result<Reply<HealthView>, AppError> {
    let health = super::look(&app, &tx).await?;
    tx.commit(Audit::listed("health", 1), Reply::new(health.into())).await
}
