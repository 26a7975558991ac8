//! The target of oxygen saturation: what was ordered, by whom, and the form for another one.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::rhythm::refused;
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::patients::{self, Patient, PatientId};
use crate::clinic::vitals::Prescribe;
use crate::clinic::vitals::domain::ordering;
use crate::clinic::vitals::model::OxygenOrderId;
use crate::clinic::vitals::plans::NewOrder;
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Form, Path, SeeOther};

/// "Oxygen target", beside the sets.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/_oxygen.html")]
pub(super) struct OxygenPanel {
    patient_href: String,
    open: Option<Line>,
    ended: Vec<Line>,
    may_order: bool,
}

impl HtmlSafe for OxygenPanel {}

/// One order.
struct Line {
    id: OxygenOrderId,
    /// "88 to 92 %"
    target: String,
    is_scale_2: bool,
    reason: String,
    by: String,
    at: When,
    ended: Option<When>,
}

impl OxygenPanel {
    pub(super) async fn of(
        tx: &TenantTx,
        actor: &Actor,
        patient: &Patient,
        now: &Zoned,
    ) -> Result<Self, AppError> {
        let (_, orders) = ordering::orders(tx, patient.id).await?;
        let people: Vec<_> = orders.iter().map(|order| order.by).collect();
        let names = patients::staff_names(tx, &people).await?;
        let lines = orders.into_iter().map(|order| Line {
            id: order.id,
            target: format!("{} to {} %", order.new.low, order.new.high),
            is_scale_2: order.is_scale_2(),
            by: names.get(&order.by).cloned().unwrap_or_else(|| "somebody who left".to_owned()),
            at: When::exactly(order.at, now).inline(),
            ended: order.ended.map(|(at, _)| When::exactly(at, now).inline()),
            reason: order.new.reason,
        });
        let (open, ended): (Vec<Line>, Vec<Line>) = lines.partition(|line| line.ended.is_none());
        Ok(Self {
            patient_href: patients::pages::href(patient),
            open: open.into_iter().next(),
            ended,
            may_order: actor.holds("prescriptions:create") && !patient.details.is_deceased,
        })
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct OrderForm {
    /// Percent; blank is 88.
    target_low: String,
    /// Percent; blank is 92.
    target_high: String,
    reason: String,
}

/// A number, nothing, or what no number is.
fn percent(typed: &str) -> Option<i64> {
    let typed = typed.trim();
    if typed.is_empty() { None } else { Some(typed.parse().unwrap_or(-1)) }
}

/// `POST /patients/{patient_id}/vitals/oxygen`
pub(super) async fn order(
    tx: Authorized<Prescribe>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<OrderForm>,
) -> Result<Response, AppError> {
    let ordered = async {
        let new = NewOrder::parse(percent(&form.target_low), percent(&form.target_high), Some(&form.reason))?;
        ordering::order(&tx, id, &new).await
    };
    match tx.attempt(ordered).await {
        Ok(order) => {
            let audit = Audit::created(order.id).with(json!({ "patient_id": order.patient }));
            let next = SeeOther(format!("/patients/{}/vitals?done=ordered", order.patient));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => refused(tx, &frame, id, problem).await,
        Err(other) => Err(other),
    }
}

/// `POST /patients/{patient_id}/vitals/oxygen/{oxygen_order_id}/end`
pub(super) async fn end(
    tx: Authorized<Prescribe>,
    frame: Frame,
    Path((id, order)): Path<(PatientId, OxygenOrderId)>,
) -> Result<Response, AppError> {
    match tx.attempt(ordering::end_order(&tx, id, order)).await {
        Ok(order) => {
            let audit = Audit::did("ended", order.id).with(json!({ "patient_id": order.patient }));
            let next = SeeOther(format!("/patients/{}/vitals?done=order-ended", order.patient));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => refused(tx, &frame, id, problem).await,
        Err(other) => Err(other),
    }
}
