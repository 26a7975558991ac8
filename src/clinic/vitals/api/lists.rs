//! `/vitals/measures`, `/vitals/queue`, `/vitals/due`: what is measured, and who waits.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::patients::{NOT_YOURS, PatientId, RESTRICTED, Sight};
use crate::clinic::vitals::domain::asked;
use crate::clinic::vitals::domain::due::{self, AHEAD};
use crate::clinic::vitals::model::{Measure, VitalsId};
use crate::clinic::vitals::tables::{Name, Range};
use crate::clinic::vitals::waiting::Person;
use crate::clinic::vitals::{View, codes};
use crate::kernel::AppError;
use crate::web::openapi::op;
use crate::web::{Json, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/vitals/measures",
            get_with(measures, op("vitals.measures", "What is measured, with codes and limits")),
        )
        .api_route("/vitals/queue", get_with(queue, queues))
        .api_route("/vitals/due", get_with(due_list, dues))
}

fn queues(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("vitals.queue", "Who waits for vital signs")(operation).description(
        "Arrived today, and without vital signs for this visit: priority first, then who waits longest. At most 500.",
    )
}

fn dues(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("vitals.due", "Whose next vital signs are due")(operation).description(
        "Of patients who are in the house for an appointment, or whose last set was urgent. Overdue is counted in elapsed \
         time, also over a change of the clock. At most 500.",
    )
}

/// One measure.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalMeasureInfo")]
struct MeasureView {
    /// The name of its field.
    measure: Measure,
    label: &'static str,
    loinc: &'static [&'static str],
    /// UCUM; absent for what has none.
    unit: Option<&'static str>,
    /// What is impossible outside; absent for what is no number.
    possible: Option<RangeView>,
    /// What is asked about outside, of adults.
    likely_adult: Option<RangeView>,
    /// What is asked about outside, of children, beside the ranges by age.
    likely_child: Option<RangeView>,
    /// Version of the table that says so.
    table_version: String,
}

/// From and to, both included; `null` is open.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalRange")]
struct RangeView {
    from: Option<f64>,
    to: Option<f64>,
}

impl RangeView {
    fn new(measure: Measure, range: Range) -> Self {
        let scale = f64::from(10_i32.pow(measure.digits()));
        let number = |value: Option<i32>| value.map(|value| f64::from(value) / scale);
        Self { from: number(range.from), to: number(range.to) }
    }
}

async fn measures(tx: Authorized<View>) -> Result<Reply<Vec<MeasureView>>, AppError> {
    let tables = asked::tables(&tx).await?;
    let of = |measure: Measure| {
        let limit = tables.limits.measures.get(&measure);
        let (loinc, unit) = codes::of(measure);
        MeasureView {
            measure,
            label: measure.word(),
            loinc,
            unit,
            possible: limit.map(|limit| RangeView::new(measure, limit.possible)),
            likely_adult: limit.map(|limit| RangeView::new(measure, limit.adult)),
            likely_child: limit.map(|limit| RangeView::new(measure, limit.child)),
            table_version: tables.origin(Name::Plausibility).version.clone(),
        }
    };
    let views: Vec<MeasureView> = Measure::ALL.iter().copied().map(of).collect();
    tx.commit(Audit::listed("vitals_table", 1), Reply::new(views)).await
}

/// A patient in a list, as far as the reader may know.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalsPatient")]
pub(super) struct PersonView {
    patient_id: PatientId,
    patient_code: String,
    /// `Restricted` or `Not your patient` for a record that does not lie open to the reader.
    patient_name: String,
}

impl PersonView {
    pub(super) fn new(person: Person, sight: Sight) -> Self {
        let patient_name = match sight {
            Sight::Whole => person.name,
            Sight::Withheld | Sight::Hidden => RESTRICTED.to_owned(),
            Sight::NotYours => NOT_YOURS.to_owned(),
        };
        Self { patient_id: person.id, patient_code: person.code, patient_name }
    }
}

/// Somebody who waits for vital signs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalsWaiting")]
struct WaitingView {
    appointment_id: AppointmentId,
    #[serde(flatten)]
    person: PersonView,
    token: Option<String>,
    doctor_name: String,
    /// `EMERGENCY`, `PRIORITY` or `ROUTINE`.
    priority: String,
    checked_in_at: Timestamp,
    waiting_minutes: i64,
}

async fn queue(tx: Authorized<View>) -> Result<Reply<Vec<WaitingView>>, AppError> {
    let now = tx.now();
    let waiting = due::queue(&tx).await?;
    let views: Vec<WaitingView> = waiting
        .into_iter()
        .map(|(line, sight)| WaitingView {
            appointment_id: line.appointment,
            token: line.token,
            doctor_name: line.doctor,
            priority: line.priority,
            checked_in_at: line.since,
            waiting_minutes: line.since.duration_until(now).as_mins(),
            person: PersonView::new(line.person, sight),
        })
        .collect();
    tx.commit(Audit::listed("patient", views.len()), Reply::new(views)).await
}

/// Which of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DueState {
    /// Due within the hour, and overdue.
    #[default]
    Due,
    /// Only those whose time is past.
    Overdue,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DueQuery {
    state: Option<DueState>,
}

/// Somebody whose next set is due.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VitalsDue")]
struct DueView {
    /// The set that said so.
    vitals_id: VitalsId,
    appointment_id: Option<AppointmentId>,
    #[serde(flatten)]
    person: PersonView,
    /// When the last set was taken.
    recorded_at: Timestamp,
    next_due_at: Timestamp,
    /// Elapsed; 0 if it is not due yet.
    overdue_minutes: i64,
    /// Of the last set; withheld with the name.
    news2_total: Option<i16>,
    single_red: bool,
}

async fn due_list(
    tx: Authorized<View>,
    Query(query): Query<DueQuery>,
) -> Result<Json<Vec<DueView>>, AppError> {
    let now = tx.now();
    let until = match query.state.unwrap_or_default() {
        DueState::Due => now.checked_add(AHEAD).map_err(AppError::internal)?,
        DueState::Overdue => now,
    };
    let found = due::due(&tx, until).await?;
    let views: Vec<DueView> = found
        .into_iter()
        .map(|(line, sight)| DueView {
            vitals_id: line.vitals,
            appointment_id: line.appointment,
            recorded_at: line.taken_at,
            next_due_at: line.due_at,
            overdue_minutes: line.overdue(now).map_or(0, |since| since.as_mins()),
            news2_total: line.total.filter(|_| sight == Sight::Whole),
            single_red: line.single_red && sight == Sight::Whole,
            person: PersonView::new(line.person, sight),
        })
        .collect();
    tx.commit(Audit::listed("patient", views.len()), Json(views)).await
}
