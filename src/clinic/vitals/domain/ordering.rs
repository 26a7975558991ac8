//! What a prescriber orders for oxygen, and how often somebody is looked at.

use jiff::{SignedDuration, Timestamp};

use super::asked::tables;
use super::due::LONGEST;
use super::recording::is_under_way;
use crate::access::{Permission as _, TenantTx};
use crate::clinic::appointments;
use crate::clinic::patients::{self, Patient, PatientId};
use crate::clinic::vitals::model::{OxygenOrderId, VitalSet, VitalsError};
use crate::clinic::vitals::plans::{NewOrder, NewPlan, OxygenOrder, Plan};
use crate::clinic::vitals::score::{Risk, answer};
use crate::clinic::vitals::{Prescribe, author, store};
use crate::kernel::{AppError, FieldErrors, Problem};

/// Orders of a patient, the newest first.
///
/// # Errors
/// As `patients::show`.
pub(in crate::clinic::vitals) async fn orders(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<(Patient, Vec<OxygenOrder>), AppError> {
    let patient = patients::show(tx, patient).await?;
    let orders = store::plans::orders(tx, patient.id).await?;
    Ok((patient, orders))
}

/// Order a target. It ends the one before.
///
/// # Errors
/// 404, [`VitalsError::Deceased`].
pub(in crate::clinic::vitals) async fn order(
    tx: &TenantTx,
    patient: PatientId,
    new: &NewOrder,
) -> Result<OxygenOrder, AppError> {
    let patient = alive(tx, patient).await?;
    let id = store::plans::order(tx, patient.id, new, author(tx)).await?;
    found(store::plans::find_order(tx, id, patient.id).await?)
}

/// End an order: scale 1 holds from now on.
///
/// # Errors
/// 404, [`VitalsError::Over`].
pub(in crate::clinic::vitals) async fn end_order(
    tx: &TenantTx,
    patient: PatientId,
    id: OxygenOrderId,
) -> Result<OxygenOrder, AppError> {
    let patient = patients::lock(tx, patient).await?;
    found(store::plans::find_order(tx, id, patient.id).await?)?;
    if !store::plans::end_order(tx, id, author(tx)).await? {
        return Err(VitalsError::Over.into());
    }
    found(store::plans::find_order(tx, id, patient.id).await?)
}

fn found(order: Option<OxygenOrder>) -> Result<OxygenOrder, AppError> {
    order.ok_or_else(|| Problem::not_found("The order").into())
}

async fn alive(tx: &TenantTx, patient: PatientId) -> Result<Patient, AppError> {
    let patient = patients::lock(tx, patient).await?;
    if patient.details.is_deceased {
        return Err(VitalsError::Deceased.into());
    }
    Ok(patient)
}

/// How often somebody is looked at now, and what was planned.
#[derive(Debug)]
pub(in crate::clinic::vitals) struct Rhythm {
    pub patient: Patient,
    /// The newest set that counts.
    pub latest: Option<VitalSet>,
    /// When the next set is due; none once the patient has gone home.
    pub due: Option<Timestamp>,
    pub risk: Option<Risk>,
    /// Minutes by the score alone; none where no score says so.
    pub by_score: Option<i64>,
    /// The plan that holds.
    pub plan: Option<Plan>,
    pub plans: Vec<Plan>,
}

impl Rhythm {
    /// Minutes until the next set.
    pub(in crate::clinic::vitals) fn minutes(&self) -> Option<i64> {
        match (&self.plan, self.by_score) {
            (Some(plan), Some(by_score)) => Some(plan.minutes(by_score, self.risk.map_or(0, Risk::number))),
            (Some(plan), None) => Some(i64::from(plan.new.minutes)),
            (None, by_score) => by_score,
        }
    }
}

async fn rhythm_of(tx: &TenantTx, patient: Patient) -> Result<Rhythm, AppError> {
    let tables = tables(tx).await?;
    let latest = store::latest(tx, patient.id).await?;
    let answered = latest.as_ref().and_then(|set| answer(&set.score, &tables.response));
    Ok(Rhythm {
        risk: answered.map(|(risk, ..)| risk),
        by_score: answered.map(|(_, step, _)| i64::from(step.every_minutes)),
        plan: store::plans::open_plan(tx, patient.id).await?,
        plans: store::plans::plans(tx, patient.id).await?,
        due: awaited(tx, patient.id).await?,
        latest,
        patient,
    })
}

/// As the list of who is due has it: of a visit that is under way, and not for ever.
async fn awaited(tx: &TenantTx, patient: PatientId) -> Result<Option<Timestamp>, AppError> {
    let Some((due, visit)) = store::watched(tx, patient).await? else { return Ok(None) };
    let is_here = match visit {
        Some(id) => is_under_way(&appointments::show(tx, id).await?),
        None => true,
    };
    Ok(Some(due).filter(|due| is_here && due.duration_until(tx.now()) < LONGEST))
}

/// How often somebody is looked at.
///
/// # Errors
/// As `patients::show`.
pub(in crate::clinic::vitals) async fn rhythm(tx: &TenantTx, patient: PatientId) -> Result<Rhythm, AppError> {
    let patient = patients::show(tx, patient).await?;
    rhythm_of(tx, patient).await
}

/// Plan how often. More often is free; less often than the score asks for is decided by somebody who prescribes, with a
/// reason, and holds as long as the risk does not rise.
///
/// # Errors
/// 404, [`VitalsError::Deceased`], [`VitalsError::NeedsDoctor`], 422 without a reason.
pub(in crate::clinic::vitals) async fn plan(
    tx: &TenantTx,
    patient: PatientId,
    (minutes, reason): (i16, Option<String>),
) -> Result<Rhythm, AppError> {
    let patient = alive(tx, patient).await?;
    let before = rhythm_of(tx, patient).await?;
    let risk = before.risk.unwrap_or(Risk::None);
    let is_lower = before.by_score.is_some_and(|by_score| i64::from(minutes) > by_score);
    if is_lower && tx.person().is_some_and(|person| !person.holds(Prescribe::CODE)) {
        return Err(VitalsError::NeedsDoctor.into());
    }
    if is_lower && reason.is_none() {
        let mut errors = FieldErrors::default();
        errors.add("reason", "Say why less often is enough.");
        errors.finish()?;
    }
    let new = NewPlan { minutes, up_to_risk: risk.number(), is_lower, reason };
    store::plans::plan(tx, before.patient.id, &new, author(tx)).await?;
    reschedule(tx, before.patient).await
}

/// Back to what the score says.
///
/// # Errors
/// 404, [`VitalsError::NoPlan`].
pub(in crate::clinic::vitals) async fn end_plan(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Rhythm, AppError> {
    let patient = patients::lock(tx, patient).await?;
    if store::plans::end_plans(tx, patient.id, author(tx)).await? == 0 {
        return Err(VitalsError::NoPlan.into());
    }
    reschedule(tx, patient).await
}

/// When the next set is due, now that something else is planned.
async fn reschedule(tx: &TenantTx, patient: Patient) -> Result<Rhythm, AppError> {
    let now = rhythm_of(tx, patient).await?;
    if let (Some(latest), Some(minutes)) = (&now.latest, now.minutes()) {
        let due =
            latest.recorded_at.checked_add(SignedDuration::from_mins(minutes)).map_err(AppError::internal)?;
        store::unwatch(tx, now.patient.id).await?;
        store::reschedule(tx, latest.id, due).await?;
    }
    rhythm_of(tx, now.patient).await
}
