//! `/dashboard/metrics`: the contract's numbers, to the letter.

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Figures, Manage, Range, View};
use crate::access::{Audit, EitherSide};
use crate::app::App;
use crate::kernel::AppError;
use crate::platform::hospitals;
use crate::web::openapi::op;
use crate::web::{Json, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/dashboard/metrics", get_with(metrics, describe))
}

fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("dashboard.metrics", "The day in numbers")(operation).description(
        "Days are the hospital's. Numbers are those of the lists behind them: without practice, and of what the caller may \
         see; the rest is 0. Admissions, prescriptions and stock do not exist in this version of HMS: 0. A super-admin \
         gets the platform's totals, and 0 for the rest.",
    )
}

/// The day in numbers.
#[derive(Default, Serialize, JsonSchema)]
struct Metrics {
    /// Registered today.
    patients_today: i64,
    /// Scheduled for later than now, at most 10,000.
    upcoming_appointments: i64,
    /// Whatever became of them.
    appointments_today: i64,
    prescriptions_today: i64,
    ipd_admissions_today: i64,
    /// Of the range.
    appointments_by_status: AppointmentsByStatus,
    /// Each day of the range, the oldest first.
    patient_registrations_last_7_days: Vec<RegistrationsOfDay>,
    prescriptions_by_status: BTreeMap<String, i64>,
    opd_scheduled_today: i64,
    opd_checked_in_today: i64,
    opd_in_consultation_today: i64,
    opd_completed_today: i64,
    active_ipd_admissions: i64,
    pending_prescriptions_draft: i64,
    pending_prescriptions_issued: i64,
    /// With the caller, without those that are off.
    my_appointments_today: i64,
    my_pending_prescriptions: i64,
    active_staff_users: i64,
    prescriptions_to_dispense: i64,
    low_stock_items_count: i64,
    /// Patients of the caller who are here and wait.
    doctor_pending_consultations: i64,
    /// Scheduled within the next 4 hours.
    receptionist_pending_checkins: i64,
    /// Here, and without vital signs.
    nurse_pending_vitals: i64,
    /// Over 30 minutes late.
    no_show_risk_count: i64,
    /// Here for over 60 minutes, and no note is signed.
    incomplete_clinical_notes: i64,
    /// Of those who were registered in the range.
    patient_gender_distribution: BTreeMap<String, i64>,
    /// Of those who were registered in the range, by full years.
    patient_age_distribution: BTreeMap<String, i64>,
    /// Null but for a super-admin.
    total_tenants: Option<i64>,
    /// Null but for a super-admin.
    total_users: Option<i64>,
    /// Null but for a super-admin.
    total_patients: Option<i64>,
    /// Null but for a super-admin.
    total_appointments: Option<i64>,
    /// Null but for a super-admin.
    total_prescriptions: Option<i64>,
}

/// What became of appointments.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct AppointmentsByStatus {
    completed: i64,
    cancelled: i64,
    no_show: i64,
    /// Scheduled, here or in consultation.
    active: i64,
}

/// Patients who were registered on one day.
#[derive(Serialize, JsonSchema)]
struct RegistrationsOfDay {
    date: Date,
    count: i64,
}

impl From<Figures> for Metrics {
    fn from(figures: Figures) -> Self {
        let Figures { day, upcoming, trends, active_staff } = figures;
        Self {
            patients_today: trends.registered.last().map_or(0, |(_, count)| *count),
            upcoming_appointments: upcoming,
            appointments_today: day.booked,
            appointments_by_status: AppointmentsByStatus {
                completed: trends.with(&["COMPLETED"]),
                cancelled: trends.with(&["CANCELLED"]),
                no_show: trends.with(&["NO_SHOW"]),
                active: trends.with(&["SCHEDULED", "CHECKED_IN", "IN_CONSULTATION"]),
            },
            patient_registrations_last_7_days: trends
                .registered
                .into_iter()
                .map(|(date, count)| RegistrationsOfDay { date, count })
                .collect(),
            opd_scheduled_today: day.scheduled,
            opd_checked_in_today: day.checked_in,
            opd_in_consultation_today: day.in_consultation,
            opd_completed_today: day.completed,
            my_appointments_today: day.mine,
            active_staff_users: active_staff,
            doctor_pending_consultations: day.mine_waiting,
            receptionist_pending_checkins: day.to_check_in,
            nurse_pending_vitals: day.without_vitals,
            no_show_risk_count: day.late,
            incomplete_clinical_notes: day.without_note,
            patient_gender_distribution: trends.genders,
            patient_age_distribution: trends.ages,
            ..Self::default()
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MetricsQuery {
    /// Days of the charts; the last 7 if left out.
    trends_date_range: Option<Range>,
}

async fn metrics(
    side: EitherSide<View, Manage>,
    Query(query): Query<MetricsQuery>,
) -> Result<Json<Metrics>, AppError> {
    match side {
        EitherSide::Staff(tx) => {
            let figures = super::look(&tx, query.trends_date_range.unwrap_or_default()).await?;
            tx.commit(Audit::listed("dashboard", 1), Json(figures.into())).await
        }
        EitherSide::Operator(tx) => {
            let (counts, totals) = (hospitals::counts(&tx, None).await?, hospitals::totals(&tx).await?);
            let metrics = Metrics {
                total_tenants: Some(counts.of(None, None)),
                total_users: Some(totals.users),
                total_patients: Some(totals.patients),
                total_appointments: Some(totals.appointments),
                total_prescriptions: Some(0),
                ..Metrics::default()
            };
            tx.commit(Audit::listed("dashboard", 1), Json(metrics)).await
        }
    }
}
