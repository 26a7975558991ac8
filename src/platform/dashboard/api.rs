//! `/platform/dashboard`

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::By;
use super::{Overview, View};
use crate::access::{Audit, PlatformAuthorized};
use crate::app::App;
use crate::identity::actor::TenantStatus;
use crate::kernel::AppError;
use crate::platform::hospitals::{Counts, HospitalView};
use crate::web::openapi::op;
use crate::web::{Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/platform/dashboard", get_with(show, op("dashboard.show", "The platform at a glance")))
}

/// The platform at a glance.
#[derive(Serialize, JsonSchema)]
struct DashboardView {
    hospitals: StandingView,
    /// Accounts of all hospitals.
    user_count: i64,
    patient_count: i64,
    /// `day` or `week`.
    signups_by: By,
    /// The oldest stretch first; also those without any.
    signups: Vec<SignupsView>,
    /// Hospitals that were told that 80 or 95 per cent of a limit are used, by name; at most 8.
    near_limit: Vec<HospitalView>,
    near_limit_count: i64,
    /// Newest first, at most 8.
    last_signups: Vec<HospitalView>,
    /// Sign-ups whose address is not confirmed after a day.
    waiting_long_count: i64,
    schemas_behind: i64,
    schemas_failed: i64,
    mails_failed: i64,
    /// Not tried again.
    jobs_failed: i64,
}

/// How many hospitals stand where.
#[derive(Serialize, JsonSchema)]
struct StandingView {
    total: i64,
    pending: i64,
    verified: i64,
    /// With those that are restricted.
    active: i64,
    restricted: i64,
    suspended: i64,
    inactive: i64,
}

/// Hospitals that signed up in one stretch of time.
#[derive(Serialize, JsonSchema)]
struct SignupsView {
    /// In UTC; a week begins on Monday.
    first_day: Date,
    hospitals: i64,
}

impl From<&Counts> for StandingView {
    fn from(counts: &Counts) -> Self {
        let of = |status| counts.of(Some(status), None);
        Self {
            total: counts.of(None, None),
            pending: of(TenantStatus::Pending),
            verified: of(TenantStatus::Verified),
            active: of(TenantStatus::Active),
            restricted: counts.of(Some(TenantStatus::Active), Some(true)),
            suspended: of(TenantStatus::Suspended),
            inactive: of(TenantStatus::Inactive),
        }
    }
}

impl From<Overview> for DashboardView {
    fn from(overview: Overview) -> Self {
        let signups = overview.signups.into_iter();
        Self {
            hospitals: (&overview.counts).into(),
            user_count: overview.totals.users,
            patient_count: overview.totals.patients,
            signups_by: overview.by,
            signups: signups
                .map(|s| SignupsView { first_day: s.first_day, hospitals: s.hospitals })
                .collect(),
            near_limit: overview.near_limit.into_iter().map(HospitalView::from).collect(),
            near_limit_count: overview.near_limit_total,
            last_signups: overview.last_signups.into_iter().map(HospitalView::from).collect(),
            waiting_long_count: overview.waiting_long,
            schemas_behind: overview.health.schemas_behind,
            schemas_failed: overview.health.schemas_failed,
            mails_failed: overview.health.mails_failed,
            jobs_failed: overview.health.jobs_failed,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ShowDashboard {
    /// How sign-ups are counted; by day if absent.
    by: Option<By>,
}

async fn show(
    tx: PlatformAuthorized<View>,
    State(app): State<App>,
    Query(query): Query<ShowDashboard>,
) -> Result<Reply<DashboardView>, AppError> {
    let overview = super::look(&app, &tx, query.by.unwrap_or_default()).await?;
    tx.commit(Audit::listed("dashboard", 1), Reply::new(overview.into())).await
}
