//! `/vitals/handover`: who is there now, and what the next shift has to know of them.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::lists::PersonView;
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::appointments::{AppointmentId, Status};
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::Sight;
use crate::clinic::vitals::View;
use crate::clinic::vitals::domain::{asked, handover};
use crate::clinic::vitals::handover::{Line, Visit};
use crate::clinic::vitals::tables::Response;
use crate::clinic::vitals::view::VitalView;
use crate::kernel::AppError;
use crate::web::openapi::{op, refuses};
use crate::web::{Json, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/vitals/handover", get_with(sheet, sheets))
}

fn sheets(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("vitals.handover", "The hand-over sheet of a department"), &["not_found"])(operation).description(
        "Who is checked in or in consultation today, has vital signs due within the hour or overdue, or an alarm that waits: \
         situation, background, assessment and what comes next, from live data. The most urgent first, at most 200: \
         with so many there are more. Each patient who is told of is audited.",
    )
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "HandoverQuery")]
struct SheetQuery {
    /// All departments if left out.
    department_id: Option<DepartmentId>,
}

/// One patient of the hand-over sheet. Of a record that does not lie open to the reader only the place, the time that is
/// due and the level of an alarm are told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HandoverLine")]
struct LineView {
    #[serde(flatten)]
    person: PersonView,
    /// The record does not lie open to the reader.
    is_withheld: bool,
    department: Option<String>,
    visit: Option<VisitView>,
    /// As the chart has them; `null`: not asked yet.
    allergies: Option<String>,
    conditions: Option<String>,
    latest: Option<VitalView>,
    /// Totals of the last set and of those up to 72 hours old before it, the oldest first.
    news2_trend: Vec<TotalView>,
    next_due_at: Option<Timestamp>,
    /// Elapsed; 0 if it is not due yet.
    overdue_minutes: i64,
    /// Of the most urgent alarm that nobody answered: 1 the doctor, 2 urgent review, 3 the emergency team.
    alarm_level: Option<i16>,
    alarm_raised_at: Option<Timestamp>,
}

/// The visit that somebody is here for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HandoverVisit")]
struct VisitView {
    appointment_id: AppointmentId,
    status: Option<Status>,
    checked_in_at: Option<Timestamp>,
    token: Option<String>,
    doctor_name: Option<String>,
    /// Why the patient comes.
    reason: Option<String>,
}

/// One total of the early-warning score.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HandoverTotal")]
struct TotalView {
    recorded_at: Timestamp,
    news2_total: u8,
}

impl From<Visit> for VisitView {
    fn from(visit: Visit) -> Self {
        Self {
            appointment_id: visit.appointment,
            status: visit.status,
            checked_in_at: visit.since,
            token: visit.token,
            doctor_name: visit.doctor,
            reason: visit.reason,
        }
    }
}

impl LineView {
    fn new(line: Line, sight: Sight, now: Timestamp, response: &Response) -> Self {
        let is_open = sight == Sight::Whole;
        let totals = line.totals();
        Self {
            is_withheld: !is_open,
            overdue_minutes: line.overdue_minutes(now).unwrap_or(0),
            next_due_at: line.due_at,
            alarm_level: line.alarm.map(|(level, _)| level),
            alarm_raised_at: line.alarm.map(|(_, at)| at),
            news2_trend: totals
                .into_iter()
                .map(|(recorded_at, news2_total)| TotalView { recorded_at, news2_total })
                .collect(),
            latest: line.sets.into_iter().next().map(|set| VitalView::new(set, response)),
            allergies: line.allergies.filter(|_| is_open),
            conditions: line.conditions.filter(|_| is_open),
            visit: line.visit.filter(|_| is_open).map(VisitView::from),
            department: line.department,
            person: PersonView::new(line.person, sight),
        }
    }
}

async fn sheet(
    tx: Authorized<View>,
    Query(query): Query<SheetQuery>,
) -> Result<Json<Vec<LineView>>, AppError> {
    let lines = handover::sheet(&tx, query.department_id).await?.lines;
    let tables = asked::tables(&tx).await?;
    let (now, audit) = (tx.now(), audit_of(&lines));
    let views: Vec<LineView> =
        lines.into_iter().map(|(line, sight)| LineView::new(line, sight, now, &tables.response)).collect();
    tx.commit(audit, Json(views)).await
}

/// A list, and a look at each patient of whom something was told.
pub(in crate::clinic::vitals) fn audit_of(lines: &[(Line, Sight)]) -> Audit {
    let list = Audit::listed("patient", lines.len());
    let told = lines.iter().filter(|(_, sight)| *sight == Sight::Whole);
    told.fold(list, |audit, (line, _)| {
        audit.and(Audit::viewed(line.person.id).with(json!({ "list": "handover" })))
    })
}
