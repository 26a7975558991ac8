//! `/escalations`: who waits for an answer, and who gave one.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Alarm, EscalationId, Speed, Which};
use super::{Narrowed, acknowledge as acknowledge_alarm};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::{NOT_YOURS, PatientId, RESTRICTED, Sight};
use crate::clinic::vitals::{View, VitalsId};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{op, refuses_closed};
use crate::web::{Json, OptionalJson, Path, Query, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/escalations", get_with(list, lists))
        .api_route(
            "/escalations/speed",
            get_with(speed, op("escalations.speed", "How soon alarms are answered")),
        )
        .api_route("/escalations/{escalation_id}/acknowledge", post_with(acknowledge, acknowledges))
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("escalations.list", "Vital signs that somebody has to answer")(operation).description(
        "Those that wait: the most urgent first. Others: the newest first. What was entered in error, \
         and who has died, waits for nobody. Of a very restricted record the reader is told place and level alone.",
    )
}

fn acknowledges(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["escalations.acknowledged", "escalations.closed"];
    refuses_closed(op("escalations.acknowledge", "Say that one goes to look"), REFUSALS)(
        operation,
    )
    .description(
        "Once, by name. Until then it is said again, and one level higher, by the hospital's table of responses.",
    )
}

/// Which alarms.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StateFilter {
    Waiting,
    Acknowledged,
    All,
}

impl From<StateFilter> for Which {
    fn from(filter: StateFilter) -> Self {
        match filter {
            StateFilter::Waiting => Self::Waiting,
            StateFilter::Acknowledged => Self::Acknowledged,
            StateFilter::All => Self::All,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "EscalationsQuery")]
struct ListQuery {
    /// Those that wait, if left out.
    state: Option<StateFilter>,
    /// Only of the caller's own visits.
    mine: Option<bool>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

/// Why somebody is told.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "EscalationReason")]
enum ReasonView {
    /// The early-warning score.
    Score,
    /// One value alone is 3, or grossly wrong in somebody for whom no score is made.
    SingleRed,
    /// A child's danger zone.
    Child,
}

/// A set of vital signs that somebody has to answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Escalation")]
struct AlarmView {
    id: EscalationId,
    /// `null`, like patient and code: the reader may not know whose alarm it is.
    vitals_id: Option<VitalsId>,
    patient_id: Option<PatientId>,
    patient_code: Option<String>,
    /// `Restricted` or `Not your patient` for a record that does not lie open to the reader.
    patient_name: String,
    doctor_user_id: Option<UserId>,
    doctor_name: Option<String>,
    department: Option<String>,
    reason: ReasonView,
    /// Of the set; withheld with the name.
    news2_total: Option<i16>,
    /// What the set asked for.
    first_level: i16,
    /// Who is asked by now: 1 the doctor, 2 urgent review, 3 the emergency team.
    level: i16,
    raised_at: Timestamp,
    /// How often it was said.
    rounds: i16,
    /// When it is said again; `null`: somebody answered, or nobody has to.
    next_at: Option<Timestamp>,
    acknowledged_by_id: Option<UserId>,
    acknowledged_by_name: Option<String>,
    acknowledged_at: Option<Timestamp>,
    /// Elapsed until then.
    seconds_to_acknowledge: Option<i64>,
    action: Option<String>,
    /// Its set was entered in error, or the patient has died.
    closed_at: Option<Timestamp>,
}

impl AlarmView {
    fn new(alarm: Alarm, sight: Sight) -> Self {
        let (is_open, is_known) = (sight == Sight::Whole, sight != Sight::Hidden);
        let answered = alarm.answered_in();
        Self {
            patient_name: match sight {
                Sight::Whole => alarm.patient_name,
                Sight::NotYours => NOT_YOURS.to_owned(),
                Sight::Withheld | Sight::Hidden => RESTRICTED.to_owned(),
            },
            reason: match alarm.reason.as_str() {
                "SINGLE_RED" => ReasonView::SingleRed,
                "CHILD" => ReasonView::Child,
                _ => ReasonView::Score,
            },
            news2_total: alarm.total.filter(|_| is_open),
            action: alarm.action.filter(|_| is_open),
            seconds_to_acknowledge: answered.map(|elapsed| elapsed.as_secs()),
            acknowledged_by_id: alarm.acknowledged.map(|(by, _)| by),
            acknowledged_at: alarm.acknowledged.map(|(_, at)| at),
            id: alarm.id,
            vitals_id: is_known.then_some(alarm.vitals),
            patient_id: is_known.then_some(alarm.patient),
            patient_code: Some(alarm.patient_code).filter(|_| is_known),
            doctor_user_id: alarm.doctor,
            doctor_name: alarm.doctor_name,
            department: alarm.department_name,
            first_level: alarm.first_level,
            level: alarm.level,
            raised_at: alarm.raised_at,
            rounds: alarm.rounds,
            next_at: alarm.next_at,
            acknowledged_by_name: alarm.acknowledged_name,
            closed_at: alarm.closed_at,
        }
    }
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<AlarmView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let which = query.state.map(Which::from).unwrap_or_default();
    let narrowed = Narrowed { which, mine: query.mine == Some(true) };
    let found = super::list(&tx, narrowed, page).await?.map(|(alarm, sight)| AlarmView::new(alarm, sight));
    tx.commit(Audit::listed("escalation", found.items.len()), Json(found)).await
}

/// What was done, if there is something to say already.
#[derive(Debug, Deserialize, JsonSchema)]
struct Acknowledge {
    #[schemars(length(max = 500))]
    action: Option<String>,
}

/// Who answered which alarm of whom.
pub(super) fn audit_of(alarm: &Alarm) -> Audit {
    Audit::did("acknowledged", alarm.id).with(json!({ "patient_id": alarm.patient, "level": alarm.level }))
}

async fn acknowledge(
    tx: Authorized<View>,
    Path(id): Path<EscalationId>,
    OptionalJson(body): OptionalJson<Acknowledge>,
) -> Result<Json<AlarmView>, AppError> {
    let mut errors = FieldErrors::default();
    let typed = body.as_ref().and_then(|body| body.action.as_deref());
    let action = text::optional("action", typed, 500, &mut errors).ok();
    let action = errors.finish_with(action)?;
    let alarm = acknowledge_alarm(&tx, id, action.as_deref()).await?;
    tx.commit(audit_of(&alarm), Json(AlarmView::new(alarm, Sight::Whole))).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SpeedQuery {
    /// 1 to 365; 30 if left out.
    days: Option<i64>,
}

/// How soon alarms of one level were answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EscalationSpeed")]
struct SpeedView {
    /// At which they were raised.
    level: i16,
    raised: i64,
    acknowledged: i64,
    /// Seconds until half of the answered ones were.
    median_seconds: Option<i64>,
    /// Seconds until nine of ten were.
    p90_seconds: Option<i64>,
}

impl From<Speed> for SpeedView {
    fn from(speed: Speed) -> Self {
        let Speed { level, raised, acknowledged, median_seconds, p90_seconds } = speed;
        Self { level, raised, acknowledged, median_seconds, p90_seconds }
    }
}

async fn speed(
    tx: Authorized<View>,
    Query(query): Query<SpeedQuery>,
) -> Result<Reply<Vec<SpeedView>>, AppError> {
    let days = query.days.unwrap_or(30);
    let mut errors = FieldErrors::default();
    if !(1..=365).contains(&days) {
        errors.add("days", "Use a whole number from 1 to 365.");
    }
    errors.finish()?;
    let speeds: Vec<SpeedView> = super::speed(&tx, days).await?.into_iter().map(SpeedView::from).collect();
    tx.commit(Audit::listed("escalation", 0), Reply::new(speeds)).await
}
