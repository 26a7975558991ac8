//! The operators' page of the platform's health.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use askama::Template;
use axum::extract::State;

use super::{Health, View};
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Page, words};

/// `GET /console/health`
#[derive(Debug, Template)]
#[template(path = "platform/health/pages/health.html")]
pub struct HealthPage {
    pub shell: Shell,
    pub health: Health,
    /// One line for each thing that works: name, status, what exactly.
    pub lines: Vec<(&'static str, Badge, String)>,
}

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/console/health", get_with(show, op("pages.health.show", "Health of the platform")))
}

fn badge(good: bool) -> Badge {
    if good {
        Badge::new(Kind::Ok, Icon("circle-check"), "Good")
    } else {
        Badge::new(Kind::Warn, Icon("alert-triangle"), "Look at it")
    }
}

async fn show(
    tx: PlatformAuthorized<View>,
    State(app): State<App>,
    frame: Frame,
) -> Result<Page<HealthPage>, AppError> {
    let health = super::look(&app, &tx).await?;
    let age = health.oldest_mail.map_or(0, |age| age.as_secs() / 60);
    let lines = vec![
        ("Database", badge(true), format!("PostgreSQL {}", health.server_version)),
        (
            "Changes on other instances",
            badge(health.listening),
            if health.listening {
                "heard at once".into()
            } else {
                "not heard: nothing is served from memory meanwhile".to_owned()
            },
        ),
        (
            "Schemas in store",
            badge(health.schemas_ready > 0 && health.schemas_failed == 0),
            format!("{} ready for sign-ups, {} failed", health.schemas_ready, health.schemas_failed),
        ),
        (
            "Schema versions",
            badge(health.schemas_behind == 0),
            if health.schemas_behind == 0 {
                "all up to date".into()
            } else {
                format!("{} behind: run hms migrate", health.schemas_behind)
            },
        ),
        (
            "Mail",
            badge(health.mails_failed == 0 && age < 10),
            format!("{} waiting (oldest {age} min), {} failed", health.mails_waiting, health.mails_failed),
        ),
        (
            "Jobs",
            badge(health.jobs_failed == 0),
            format!("{} waiting, {} failed for good", health.jobs_waiting, health.jobs_failed),
        ),
    ];
    let page = HealthPage { shell: frame.shell(tx.actor()), health, lines };
    tx.commit(Audit::listed("health", 1), Page(page)).await
}
