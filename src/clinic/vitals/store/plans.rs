//! SQL of orders for oxygen and of plans how often somebody is looked at.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::model::{OxygenOrderId, PlanId};
use crate::clinic::vitals::plans::{NewOrder, NewPlan, OxygenOrder, Plan};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

macro_rules! order {
    () => {
        "select id, patient_id, target_low, target_high, reason, ordered_by_id, ordered_at, ended_by_id, ended_at from oxygen_orders "
    };
}
macro_rules! plan {
    () => {
        "select id, patient_id, interval_minutes, up_to_risk, is_lower, reason, set_by_id, set_at, ended_by_id, ended_at
           from observation_plans "
    };
}

statements! { Tenant;
    ORDER(UUID, UUID, INT2, INT2, TEXT, UUID, TIMESTAMPTZ) =
        "insert into oxygen_orders (id, patient_id, target_low, target_high, reason, ordered_by_id, ordered_at)
         values ($1, $2, $3, $4, $5, $6, $7)";
    END_ORDERS(UUID, UUID, TIMESTAMPTZ) =
        "update oxygen_orders set ended_by_id = $2, ended_at = $3 where patient_id = $1 and ended_at is null";
    END_ORDER(UUID, UUID, TIMESTAMPTZ) =
        "update oxygen_orders set ended_by_id = $2, ended_at = $3 where id = $1 and ended_at is null";
    ORDERS(UUID, INT8) = concat!(order!(), "where patient_id = $1 order by ordered_at desc, id desc limit $2");
    FIND_ORDER(UUID, UUID) = concat!(order!(), "where id = $1 and patient_id = $2");
    /// The order that held at a moment.
    hot ORDER_AT(UUID, TIMESTAMPTZ) = concat!(order!(),
        "where patient_id = $1 and ordered_at <= $2 and (ended_at is null or ended_at > $2) order by ordered_at desc, id desc limit 1");
    PLAN(UUID, UUID, INT2, INT2, BOOL, TEXT, UUID, TIMESTAMPTZ) =
        "insert into observation_plans (id, patient_id, interval_minutes, up_to_risk, is_lower, reason, set_by_id, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)";
    END_PLANS(UUID, UUID, TIMESTAMPTZ) =
        "update observation_plans set ended_by_id = $2, ended_at = $3 where patient_id = $1 and ended_at is null";
    PLANS(UUID, INT8) = concat!(plan!(), "where patient_id = $1 order by set_at desc, id desc limit $2");
    hot OPEN_PLAN(UUID) =
        concat!(plan!(), "where patient_id = $1 and ended_at is null order by set_at desc, id desc limit 1");
}

/// Rows that a page shows.
const MOST: i64 = 50;

pub(in crate::clinic::vitals) async fn order(
    tx: &TenantTx,
    patient: PatientId,
    new: &NewOrder,
    by: UserId,
) -> Result<OxygenOrderId, DbError> {
    let (id, now) = (OxygenOrderId::new(), tx.now());
    tx.execute(&END_ORDERS, &[&patient, &by, &now]).await?;
    tx.execute(&ORDER, &[&id, &patient, &new.low, &new.high, &new.reason, &by, &now]).await?;
    Ok(id)
}

/// Was there one that had not ended?
pub(in crate::clinic::vitals) async fn end_order(
    tx: &TenantTx,
    id: OxygenOrderId,
    by: UserId,
) -> Result<bool, DbError> {
    let now = tx.now();
    Ok(tx.execute(&END_ORDER, &[&id, &by, &now]).await? > 0)
}

pub(in crate::clinic::vitals) async fn orders(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Vec<OxygenOrder>, DbError> {
    Ok(tx.rows(&ORDERS, &[&patient, &MOST]).await?.iter().map(order_of).collect())
}

pub(in crate::clinic::vitals) async fn find_order(
    tx: &TenantTx,
    id: OxygenOrderId,
    patient: PatientId,
) -> Result<Option<OxygenOrder>, DbError> {
    Ok(tx.row_opt(&FIND_ORDER, &[&id, &patient]).await?.as_ref().map(order_of))
}

pub(in crate::clinic::vitals) async fn order_at(
    tx: &TenantTx,
    patient: PatientId,
    at: Timestamp,
) -> Result<Option<OxygenOrder>, DbError> {
    Ok(tx.row_opt(&ORDER_AT, &[&patient, &at]).await?.as_ref().map(order_of))
}

pub(in crate::clinic::vitals) async fn plan(
    tx: &TenantTx,
    patient: PatientId,
    new: &NewPlan,
    by: UserId,
) -> Result<PlanId, DbError> {
    let (id, now) = (PlanId::new(), tx.now());
    tx.execute(&END_PLANS, &[&patient, &by, &now]).await?;
    let NewPlan { minutes, up_to_risk, is_lower, reason } = new;
    tx.execute(&PLAN, &[&id, &patient, minutes, up_to_risk, is_lower, reason, &by, &now]).await?;
    Ok(id)
}

pub(in crate::clinic::vitals) async fn end_plans(
    tx: &TenantTx,
    patient: PatientId,
    by: UserId,
) -> Result<u64, DbError> {
    let now = tx.now();
    tx.execute(&END_PLANS, &[&patient, &by, &now]).await
}

pub(in crate::clinic::vitals) async fn plans(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Vec<Plan>, DbError> {
    Ok(tx.rows(&PLANS, &[&patient, &MOST]).await?.iter().map(plan_of).collect())
}

pub(in crate::clinic::vitals) async fn open_plan(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Option<Plan>, DbError> {
    Ok(tx.row_opt(&OPEN_PLAN, &[&patient]).await?.as_ref().map(plan_of))
}

fn order_of(row: &Row) -> OxygenOrder {
    OxygenOrder {
        id: row.get("id"),
        patient: row.get("patient_id"),
        new: NewOrder { low: row.get("target_low"), high: row.get("target_high"), reason: row.get("reason") },
        by: row.get("ordered_by_id"),
        at: row.get("ordered_at"),
        ended: row.get::<_, Option<Timestamp>>("ended_at").zip(row.get("ended_by_id")),
    }
}

fn plan_of(row: &Row) -> Plan {
    Plan {
        id: row.get("id"),
        new: NewPlan {
            minutes: row.get("interval_minutes"),
            up_to_risk: row.get("up_to_risk"),
            is_lower: row.get("is_lower"),
            reason: row.get("reason"),
        },
        by: row.get("set_by_id"),
        at: row.get("set_at"),
        ended: row.get::<_, Option<Timestamp>>("ended_at").zip(row.get("ended_by_id")),
    }
}
