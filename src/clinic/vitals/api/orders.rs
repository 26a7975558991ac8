//! `/patients/{id}/oxygen-orders` and `/patients/{id}/observation-plan`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::domain::ordering::{self, Rhythm};
use crate::clinic::vitals::model::{OxygenOrderId, PlanId};
use crate::clinic::vitals::plans::{NewOrder, OxygenOrder, Plan, parse_plan};
use crate::clinic::vitals::view::RiskView;
use crate::clinic::vitals::{Prescribe, Record, View};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{op, refuses, refuses_closed};
use crate::web::{Created, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    let list = refuses_closed(
        op("vitals.oxygen_orders", "Targets of oxygen saturation that were ordered"),
        &["not_found"],
    );
    ApiRouter::new()
        .api_route("/patients/{patient_id}/oxygen-orders", get_with(orders, list))
        .api_route("/patients/{patient_id}/oxygen-orders", post_with(order, orders_made))
        .api_route(
            "/patients/{patient_id}/oxygen-orders/{oxygen_order_id}/end",
            post_with(
                end_order,
                refuses_closed(
                    op("vitals.end_oxygen_order", "End an order"),
                    &["vitals.over", "patients.merged"],
                ),
            ),
        )
        .api_route(
            "/patients/{patient_id}/observation-plan",
            get_with(
                rhythm,
                refuses_closed(
                    op("vitals.observation_plan", "How often somebody is looked at"),
                    &["not_found"],
                ),
            ),
        )
        .api_route("/patients/{patient_id}/observation-plan", post_with(plan, plans))
        .api_route(
            "/patients/{patient_id}/observation-plan/end",
            post_with(
                end_plan,
                refuses_closed(
                    op("vitals.end_plan", "Back to what the score says"),
                    &["vitals.no_plan", "patients.merged"],
                ),
            ),
        )
}

fn orders_made(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["vitals.patient_deceased", "patients.merged"];
    refuses_closed(op("vitals.order_oxygen", "Order a target of oxygen saturation"), REFUSALS)(
        operation,
    )
    .description(
        "By somebody who prescribes. It ends the order before. A target of 88 to 92 % makes scale 2 hold from now on.",
    )
}

fn plans(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &[
        "vitals.patient_deceased",
        "vitals.needs_doctor",
        "patients.merged",
        "patients.confidential",
        "patients.not_linked",
    ];
    refuses(op("vitals.plan", "Look at somebody more or less often"), REFUSALS)(operation).description(
        "More often is free. Less often than the score asks for needs somebody who prescribes and a reason, and holds as \
         long as the risk does not rise.",
    )
}

/// A target of oxygen saturation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OxygenOrder")]
struct OrderView {
    id: OxygenOrderId,
    patient_id: PatientId,
    /// Percent.
    target_low: i16,
    /// Percent.
    target_high: i16,
    /// Saturation is scored by scale 2 while this holds.
    is_scale_2: bool,
    reason: String,
    ordered_by_id: UserId,
    ordered_at: Timestamp,
    ended_by_id: Option<UserId>,
    /// `null`: it holds.
    ended_at: Option<Timestamp>,
}

impl From<OxygenOrder> for OrderView {
    fn from(order: OxygenOrder) -> Self {
        Self {
            id: order.id,
            patient_id: order.patient,
            is_scale_2: order.is_scale_2(),
            target_low: order.new.low,
            target_high: order.new.high,
            reason: order.new.reason,
            ordered_by_id: order.by,
            ordered_at: order.at,
            ended_by_id: order.ended.map(|(_, by)| by),
            ended_at: order.ended.map(|(at, _)| at),
        }
    }
}

async fn orders(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Reply<Vec<OrderView>>, AppError> {
    let (patient, orders) = ordering::orders(&tx, id).await?;
    let audit = Audit::viewed(patient.id).with(json!({ "list": "oxygen_orders" }));
    let views: Vec<OrderView> = orders.into_iter().map(OrderView::from).collect();
    tx.commit(audit, Reply::new(views)).await
}

/// A target of oxygen saturation that somebody orders.
#[derive(Deserialize, JsonSchema)]
struct OrderOxygen {
    /// 88 if left out.
    #[schemars(range(min = 50, max = 100))]
    target_low: Option<i64>,
    /// 92 if left out.
    #[schemars(range(min = 50, max = 100))]
    target_high: Option<i64>,
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
}

async fn order(
    tx: Authorized<Prescribe>,
    Path(id): Path<PatientId>,
    Json(body): Json<OrderOxygen>,
) -> Result<Created<OrderView>, AppError> {
    let new = NewOrder::parse(body.target_low, body.target_high, body.reason.as_deref())?;
    let order = ordering::order(&tx, id, &new).await?;
    let audit = Audit::created(order.id).with(json!({ "patient_id": order.patient }));
    tx.commit(audit, Reply::new(order.into())).await
}

async fn end_order(
    tx: Authorized<Prescribe>,
    Path((id, order)): Path<(PatientId, OxygenOrderId)>,
) -> Result<Json<OrderView>, AppError> {
    let order = ordering::end_order(&tx, id, order).await?;
    let audit = Audit::did("ended", order.id).with(json!({ "patient_id": order.patient }));
    tx.commit(audit, Json(order.into())).await
}

/// How often somebody is looked at.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ObservationRhythm")]
struct RhythmView {
    patient_id: PatientId,
    /// Of the newest set, if a score says one.
    risk: Option<RiskView>,
    /// Minutes until the next set, as the score alone asks for.
    by_score_minutes: Option<i64>,
    /// Minutes until the next set, as it holds.
    every_minutes: Option<i64>,
    next_due_at: Option<Timestamp>,
    /// The plan that holds; `null`: the score alone decides.
    plan: Option<PlanView>,
    /// Every plan, the newest first.
    plans: Vec<PlanView>,
}

/// A plan of a patient's own.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ObservationPlan")]
struct PlanView {
    id: PlanId,
    interval_minutes: i16,
    /// Less often than the score asked for.
    is_lower: bool,
    reason: Option<String>,
    set_by_id: UserId,
    set_at: Timestamp,
    ended_by_id: Option<UserId>,
    ended_at: Option<Timestamp>,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            id: plan.id,
            interval_minutes: plan.new.minutes,
            is_lower: plan.new.is_lower,
            reason: plan.new.reason,
            set_by_id: plan.by,
            set_at: plan.at,
            ended_by_id: plan.ended.map(|(_, by)| by),
            ended_at: plan.ended.map(|(at, _)| at),
        }
    }
}

impl From<Rhythm> for RhythmView {
    fn from(rhythm: Rhythm) -> Self {
        Self {
            patient_id: rhythm.patient.id,
            risk: rhythm.risk.map(RiskView::from),
            by_score_minutes: rhythm.by_score,
            every_minutes: rhythm.minutes(),
            next_due_at: rhythm.due,
            plan: rhythm.plan.map(PlanView::from),
            plans: rhythm.plans.into_iter().map(PlanView::from).collect(),
        }
    }
}

async fn rhythm(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Reply<RhythmView>, AppError> {
    let rhythm = ordering::rhythm(&tx, id).await?;
    let audit = Audit::viewed(rhythm.patient.id).with(json!({ "list": "observation_plan" }));
    tx.commit(audit, Reply::new(rhythm.into())).await
}

/// How often somebody is to be looked at.
#[derive(Deserialize, JsonSchema)]
struct PlanObservation {
    #[schemars(required, range(min = 5, max = 1440))]
    interval_minutes: Option<i64>,
    /// Needed for less often than the score asks for.
    #[schemars(length(max = 500))]
    reason: Option<String>,
}

/// Of which plan, and whether it lowers.
pub(in crate::clinic::vitals) fn audit_of_plan(rhythm: &Rhythm) -> Audit {
    let patient = rhythm.patient.id;
    match rhythm.plans.first() {
        Some(plan) => {
            Audit::created(plan.id).with(json!({ "patient_id": patient, "is_lower": plan.new.is_lower }))
        }
        None => Audit::updated(patient),
    }
}

/// The same when it ends.
pub(in crate::clinic::vitals) fn audit_of_plan_end(rhythm: &Rhythm) -> Audit {
    let patient = rhythm.patient.id;
    match rhythm.plans.first() {
        Some(plan) => Audit::did("ended", plan.id).with(json!({ "patient_id": patient })),
        None => Audit::updated(patient),
    }
}

async fn plan(
    tx: Authorized<Record>,
    Path(id): Path<PatientId>,
    Json(body): Json<PlanObservation>,
) -> Result<Created<RhythmView>, AppError> {
    let wanted = parse_plan(body.interval_minutes, body.reason.as_deref())?;
    let rhythm = ordering::plan(&tx, id, wanted).await?;
    tx.commit(audit_of_plan(&rhythm), Reply::new(rhythm.into())).await
}

async fn end_plan(tx: Authorized<Record>, Path(id): Path<PatientId>) -> Result<Json<RhythmView>, AppError> {
    let rhythm = ordering::end_plan(&tx, id).await?;
    tx.commit(audit_of_plan_end(&rhythm), Json(rhythm.into())).await
}
