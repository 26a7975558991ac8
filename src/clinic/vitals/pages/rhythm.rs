//! How often somebody is looked at: what the score says, what was planned, and the form for another plan.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::list::page;
use super::parts::of_risk;
use crate::access::{Audit, Authorized, Frame, Permission, TenantTx};
use crate::clinic::patients::{self, Patient, PatientId};
use crate::clinic::vitals::Record;
use crate::clinic::vitals::api::{audit_of_plan, audit_of_plan_end};
use crate::clinic::vitals::domain::ordering;
use crate::clinic::vitals::plans::parse_plan;
use crate::identity::actor::Actor;
use crate::kernel::{AppError, Problem};
use crate::web::layout::*;
use crate::web::{Form, PageWithStatus, Path, SeeOther};

/// "Next set", beside the sets.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/_rhythm.html")]
pub(super) struct RhythmPanel {
    patient_href: String,
    /// Kind, icon and word of the risk.
    risk: Option<(Kind, Icon, &'static str)>,
    due: Option<When>,
    is_overdue: bool,
    /// "every 4 h"
    every: Option<String>,
    by_score: Option<String>,
    /// Who planned it otherwise, when, and why.
    plan: Option<(String, When, Option<String>)>,
    may_record: bool,
}

impl HtmlSafe for RhythmPanel {}

/// `60` is "every hour", `240` "every 4 h", `15` "every 15 min".
fn every(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("every {minutes} min"),
        (1, 0) => "every hour".to_owned(),
        (hours, 0) => format!("every {hours} h"),
        (hours, minutes) => format!("every {hours} h {minutes} min"),
    }
}

impl RhythmPanel {
    pub(super) async fn of(
        tx: &TenantTx,
        actor: &Actor,
        patient: &Patient,
        now: &Zoned,
    ) -> Result<Self, AppError> {
        let rhythm = ordering::rhythm(tx, patient.id).await?;
        let minutes = rhythm.minutes();
        let due = rhythm.due;
        let plan = match rhythm.plan {
            Some(plan) => {
                let names = patients::staff_names(tx, &[plan.by]).await?;
                let who = names.get(&plan.by).cloned().unwrap_or_else(|| "somebody who left".to_owned());
                Some((who, When::exactly(plan.at, now).inline(), plan.new.reason))
            }
            None => None,
        };
        Ok(Self {
            patient_href: patients::pages::href(patient),
            risk: rhythm.risk.map(|risk| {
                let (kind, icon) = of_risk(risk);
                (kind, icon, risk.word())
            }),
            due: due.map(|due| When::exactly(due, now)),
            is_overdue: due.is_some_and(|due| due < now.timestamp()),
            every: minutes.map(every),
            by_score: rhythm.by_score.map(every),
            plan,
            may_record: actor.holds("vitals:record") && !patient.details.is_deceased,
        })
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct PlanForm {
    interval_minutes: String,
    reason: String,
}

/// `POST /patients/{patient_id}/vitals/plan`
pub(super) async fn plan(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<PlanForm>,
) -> Result<Response, AppError> {
    let planned = async {
        let wanted = parse_plan(form.interval_minutes.trim().parse().ok(), Some(&form.reason))?;
        ordering::plan(&tx, id, wanted).await
    };
    match tx.attempt(planned).await {
        Ok(rhythm) => {
            let next = SeeOther(format!("/patients/{}/vitals?done=planned", rhythm.patient.id));
            Ok(tx.commit(audit_of_plan(&rhythm), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => refused(tx, &frame, id, problem).await,
        Err(other) => Err(other),
    }
}

/// `POST /patients/{patient_id}/vitals/plan/end`
pub(super) async fn end_plan(
    tx: Authorized<Record>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    match tx.attempt(ordering::end_plan(&tx, id)).await {
        Ok(rhythm) => {
            let next = SeeOther(format!("/patients/{}/vitals?done=planned", rhythm.patient.id));
            Ok(tx.commit(audit_of_plan_end(&rhythm), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => refused(tx, &frame, id, problem).await,
        Err(other) => Err(other),
    }
}

/// The sets again, with what is wrong. What keeps the record closed has pages of its own.
pub(super) async fn refused<P: Permission>(
    tx: Authorized<P>,
    frame: &Frame,
    id: PatientId,
    problem: Problem,
) -> Result<Response, AppError> {
    let is_closed = problem.status == StatusCode::NOT_FOUND || problem.asks_at.is_some();
    if is_closed || !tx.actor().holds("vitals:view") {
        return Err(problem.into());
    }
    let patient = patients::show(&tx, id).await?;
    let status = problem.status;
    let form = FormState::new().refused(&problem.errors, problem.detail);
    let page = page(&tx, frame, &patient, 1, form).await?;
    let audit = Audit::viewed(patient.id).with(serde_json::json!({ "list": "vitals" }));
    Ok(tx.commit(audit, PageWithStatus(status, page)).await?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_told_in_words() {
        assert_eq!(
            [15, 60, 240, 90, 720].map(every),
            ["every 15 min", "every hour", "every 4 h", "every 1 h 30 min", "every 12 h"]
        );
    }
}
