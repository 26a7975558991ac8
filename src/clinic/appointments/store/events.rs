//! SQL of what happened to appointments: only ever added to.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::access::TenantTx;
use crate::clinic::appointments::model::{AppointmentId, Event, EventKind, NewEvent, Status};
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

statements! { Tenant;
    hot INSERT(UUID, UUID, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, UUID) =
        "insert into appointment_events (id, appointment_id, kind, from_status, to_status, from_time, to_time, reason,
                                         happened_at, recorded_at, actor_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// In the order in which they were written down.
    OF_APPOINTMENT(UUID) =
        "select e.kind, e.from_status, e.to_status, e.from_time, e.to_time, e.reason, e.happened_at, e.recorded_at,
                e.actor_id, trim(s.first_name || ' ' || s.last_name) as actor_name
           from appointment_events e left join staff s on s.user_id = e.actor_id
          where e.appointment_id = $1 order by e.recorded_at, e.id limit 500";
}

pub(in crate::clinic::appointments) async fn insert(
    tx: &TenantTx,
    event: &NewEvent,
    actor: Option<UserId>,
) -> Result<(), DbError> {
    let (id, kind, at) = (new_uuid(), event.kind.code(), tx.now());
    let (from, to) = (event.from.map(Status::code), event.to.code());
    let (from_time, to_time) = event.times.unzip();
    let happened_at = event.happened_at.unwrap_or(at);
    let params: [&(dyn ToSql + Sync); 11] = [
        &id,
        &event.appointment,
        &kind,
        &from,
        &to,
        &from_time,
        &to_time,
        &event.reason,
        &happened_at,
        &at,
        &actor,
    ];
    tx.execute(&INSERT, &params).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn of_appointment(
    tx: &TenantTx,
    id: AppointmentId,
) -> Result<Vec<Event>, DbError> {
    Ok(tx.rows(&OF_APPOINTMENT, &[&id]).await?.iter().filter_map(event).collect())
}

fn event(row: &Row) -> Option<Event> {
    let status = |name: &str| row.get::<_, Option<&str>>(name).and_then(Status::from_code);
    let times: (Option<Timestamp>, Option<Timestamp>) = (row.get("from_time"), row.get("to_time"));
    Some(Event {
        kind: EventKind::from_code(row.get("kind"))?,
        from: status("from_status"),
        to: status("to_status")?,
        times: times.0.zip(times.1),
        reason: row.get("reason"),
        happened_at: row.get("happened_at"),
        recorded_at: row.get("recorded_at"),
        actor: row.get("actor_id"),
        actor_name: row.get("actor_name"),
    })
}
