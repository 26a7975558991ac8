//! SQL of the queue. The order of everybody who waits is written here, once.

pub(super) mod walk_ins;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use tokio_postgres::Row;

use super::model::{CARRIED_HOURS, Call, Counts, Entry, Place, Screen, Wanted};
use crate::access::TenantTx;
use crate::clinic::appointments::{AppointmentId, Kind, Priority, QueueState, Status, Token};
use crate::clinic::patients::{Confidentiality, hospital_now};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, DbError};
use crate::statements;

/// Booked, and came at most so late that the place is kept: `KEEPS_PLACE_MINUTES`.
macro_rules! keeps_place {
    () => {
        "(a.kind <> 'WALK_IN' and a.checked_in_at <= a.scheduled_at + interval '30 minutes')"
    };
}
/// Came back behind somebody since the check-in.
macro_rules! is_behind {
    () => {
        "coalesce(a.queue_placed_at >= a.checked_in_at, false)"
    };
}
macro_rules! class {
    () => {
        concat!(
            "coalesce(case when ",
            is_behind!(),
            " then a.queue_class end, (case when a.priority = 'EMERGENCY' then 0 when a.priority = 'PRIORITY' then 1 when ",
            keeps_place!(),
            " then 2 else 3 end)::smallint)"
        )
    };
}
macro_rules! turn {
    () => {
        concat!(
            "coalesce(case when ",
            is_behind!(),
            " then a.queue_turn end, case when a.priority = 'ROUTINE' and ",
            keeps_place!(),
            " then a.scheduled_at else coalesce(a.queued_at, a.checked_in_at, a.created_at) end)"
        )
    };
}
/// THE ORDER; see the module.
macro_rules! order {
    () => {
        concat!(
            class!(),
            ", ",
            turn!(),
            ", ",
            is_behind!(),
            ", a.queued_at, a.token_day, a.token_number, a.id"
        )
    };
}
macro_rules! place {
    () => {
        concat!(class!(), " as class, ", turn!(), " as turn, ", is_behind!(), " as is_behind")
    };
}
/// Of the hospital's day `$1`; of `$2`, the day before, those who came since `$3` and are not through. Practice is in no
/// queue.
macro_rules! in_queue {
    () => {
        "a.token_number is not null and a.token_day between $2 and $1 and a.queue_state is not null and not p.is_practice
         and (a.token_day = $1
              or (a.queue_state in ('WAITING', 'CALLED', 'WITH_DOCTOR', 'SKIPPED') and a.checked_in_at >= $3))"
    };
}
/// A department `$4`, a doctor `$5`; null is any.
macro_rules! wanted {
    () => {
        " and ($4::uuid is null or a.department_id = $4) and ($5::uuid is null or a.doctor_user_id = $5) "
    };
}
macro_rules! state_rank {
    () => {
        "array_position(array['CALLED', 'WITH_DOCTOR', 'WAITING', 'SKIPPED', 'DONE', 'LEFT'], a.queue_state)"
    };
}
macro_rules! entry {
    () => {
        concat!(
            "a.id, a.token_day, a.token_prefix, a.token_number, a.queue_state, a.kind, a.priority, a.priority_reason, ",
            place!(),
            ", a.kind <> 'WALK_IN' and not ",
            keeps_place!(),
            " as is_late, a.doctor_user_id, trim(s.first_name || ' ' || s.last_name) as doctor, a.department_id,
             d.name as department, coalesce(r.name, o.name) as room, a.scheduled_at,
             coalesce(a.checked_in_at, a.queued_at, a.created_at) as arrived_at, a.called_at, a.consultation_started_at,
             coalesce(a.completed_at, a.cancelled_at) as ended_at, a.patient_id, p.patient_code,
             concat_ws(' ', p.first_name, p.middle_name, p.last_name) as patient_name, p.confidentiality,
             p.created_by_id as registered_by_id "
        )
    };
}
macro_rules! named {
    () => {
        "from appointments a join patients p on p.id = a.patient_id join staff s on s.user_id = a.doctor_user_id
           join departments d on d.id = a.department_id left join rooms r on r.id = a.room_id
           left join doctors c on c.user_id = a.doctor_user_id left join rooms o on o.id = c.room_id where "
    };
}

statements! { Tenant;
    /// With how many there are in each state, whatever the limit leaves out.
    LIST(DATE, DATE, TIMESTAMPTZ, UUID, UUID, INT8) = concat!(
        "select ", entry!(),
        ", count(*) filter (where a.queue_state = 'WAITING') over () as waiting,
           count(*) filter (where a.queue_state = 'CALLED') over () as called,
           count(*) filter (where a.queue_state = 'WITH_DOCTOR') over () as with_doctor,
           count(*) filter (where a.queue_state = 'SKIPPED') over () as skipped,
           count(*) filter (where a.queue_state = 'DONE') over () as done,
           count(*) filter (where a.queue_state = 'LEFT') over () as gone ",
        named!(), in_queue!(), wanted!(), " order by ", state_rank!(), ", ", order!(), " limit $6");
    FIND(UUID) = concat!("select ", entry!(), named!(), "a.id = $1 and a.queue_state is not null");
    /// The next one who waits, held: whoever comes at the same moment waits and gets the one after.
    NEXT(DATE, DATE, TIMESTAMPTZ, UUID, UUID) = concat!(
        "select a.id from appointments a join patients p on p.id = a.patient_id where ", in_queue!(), wanted!(),
        " and a.queue_state = 'WAITING' and a.status = 'CHECKED_IN' order by ", order!(), " limit 1 for update of a");
    /// Who is next for one doctor, but for the appointment `$6`.
    FIRST(DATE, DATE, TIMESTAMPTZ, UUID, UUID, UUID) = concat!(
        "select ", place!(), " from appointments a join patients p on p.id = a.patient_id where ", in_queue!(), wanted!(),
        " and a.queue_state = 'WAITING' and a.id <> $6 order by ", order!(), " limit 1");
    LOCK(UUID) = concat!(
        "select a.status, a.queue_state, a.doctor_user_id, ", place!(),
        " from appointments a where a.id = $1 for update");
    CALL(UUID, TIMESTAMPTZ) =
        "update appointments set queue_state = 'CALLED', called_at = $2, updated_at = $2 where id = $1";
    /// Where `$2` and `$3` are null, to the place they had.
    BACK(UUID, INT2, TIMESTAMPTZ, TIMESTAMPTZ) =
        "update appointments set queue_state = 'WAITING', called_at = null, queue_class = coalesce($2, queue_class),
                queue_turn = coalesce($3, queue_turn),
                queue_placed_at = case when $2::int2 is null then queue_placed_at else $4 end, updated_at = $4
          where id = $1";
    SKIP(UUID, TIMESTAMPTZ) =
        "update appointments set queue_state = 'SKIPPED', queue_class = null, queue_turn = null, queue_placed_at = null,
                updated_at = $2 where id = $1";
    LEFT(UUID, TIMESTAMPTZ) = "update appointments set queue_state = 'LEFT', updated_at = $2 where id = $1";
    PRIORITISE(UUID, TEXT, TEXT, TIMESTAMPTZ) =
        "update appointments set priority = $2, priority_reason = case when $2 = 'ROUTINE' then null else $3 end,
                queue_class = null, queue_turn = null, queue_placed_at = null, updated_at = $4 where id = $1";
    /// No name is read.
    SCREEN(DATE, DATE, TIMESTAMPTZ, UUID, UUID, INT8) = concat!(
        "select a.token_day, a.token_prefix, a.token_number, a.queue_state, a.called_at, coalesce(r.name, o.name) as room,
                count(*) filter (where a.queue_state = 'WAITING') over () as waiting
           from appointments a join patients p on p.id = a.patient_id left join rooms r on r.id = a.room_id
           left join doctors c on c.user_id = a.doctor_user_id left join rooms o on o.id = c.room_id where ",
        in_queue!(), wanted!(), " and a.queue_state in ('CALLED', 'WITH_DOCTOR', 'WAITING') order by ", state_rank!(), ", ",
        order!(), " limit $6");
}

/// The days and the hour from which a queue is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub today: Date,
    pub before: Date,
    pub since: Timestamp,
}

impl Days {
    pub(super) fn of(tx: &TenantTx) -> Result<Self, AppError> {
        let today = hospital_now(tx).date();
        let before = today.yesterday().map_err(AppError::internal)?;
        let since = tx.now().checked_sub(CARRIED_HOURS.hours()).map_err(AppError::internal)?;
        Ok(Self { today, before, since })
    }
}

/// An appointment of a queue, held until the transaction ends.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub status: Status,
    pub state: Option<QueueState>,
    pub doctor: UserId,
    pub place: Place,
}

pub(super) async fn list(
    tx: &TenantTx,
    days: Days,
    wanted: Wanted,
    most: i64,
) -> Result<(Vec<Entry>, Counts), DbError> {
    let Days { today, before, since } = days;
    let Wanted { department, doctor } = wanted;
    let rows = tx.rows(&LIST, &[&today, &before, &since, &department, &doctor, &most]).await?;
    let counts = rows.first().map_or_else(Counts::default, |row| Counts {
        waiting: row.get("waiting"),
        called: row.get("called"),
        with_doctor: row.get("with_doctor"),
        skipped: row.get("skipped"),
        done: row.get("done"),
        left: row.get("gone"),
    });
    Ok((rows.iter().map(entry).collect(), counts))
}

pub(super) async fn find(tx: &TenantTx, id: AppointmentId) -> Result<Option<Entry>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(entry))
}

pub(super) async fn next(
    tx: &TenantTx,
    days: Days,
    wanted: Wanted,
) -> Result<Option<AppointmentId>, DbError> {
    let Days { today, before, since } = days;
    let Wanted { department, doctor } = wanted;
    let row = tx.row_opt(&NEXT, &[&today, &before, &since, &department, &doctor]).await?;
    Ok(row.map(|row| row.get("id")))
}

/// Who waits first for a doctor, beside `but`.
pub(super) async fn first(
    tx: &TenantTx,
    days: Days,
    doctor: UserId,
    but: AppointmentId,
) -> Result<Option<Place>, DbError> {
    let Days { today, before, since } = days;
    let none: Option<UserId> = None;
    let row = tx.row_opt(&FIRST, &[&today, &before, &since, &none, &doctor, &but]).await?;
    Ok(row.as_ref().map(place))
}

pub(super) async fn lock(tx: &TenantTx, id: AppointmentId) -> Result<Option<Held>, DbError> {
    Ok(tx.row_opt(&LOCK, &[&id]).await?.map(|row| Held {
        status: Status::from_code(row.get("status")).unwrap_or_default(),
        state: row.get::<_, Option<&str>>("queue_state").and_then(QueueState::from_code),
        doctor: row.get("doctor_user_id"),
        place: place(&row),
    }))
}

pub(super) async fn call(tx: &TenantTx, id: AppointmentId) -> Result<(), DbError> {
    tx.execute(&CALL, &[&id, &tx.now()]).await.map(|_| ())
}

pub(super) async fn back(tx: &TenantTx, id: AppointmentId, to: Option<Place>) -> Result<(), DbError> {
    let (class, turn) = (to.map(|place| place.class), to.map(|place| place.turn));
    tx.execute(&BACK, &[&id, &class, &turn, &tx.now()]).await.map(|_| ())
}

pub(super) async fn skip(tx: &TenantTx, id: AppointmentId) -> Result<(), DbError> {
    tx.execute(&SKIP, &[&id, &tx.now()]).await.map(|_| ())
}

pub(super) async fn left(tx: &TenantTx, id: AppointmentId) -> Result<(), DbError> {
    tx.execute(&LEFT, &[&id, &tx.now()]).await.map(|_| ())
}

pub(super) async fn prioritise(
    tx: &TenantTx,
    id: AppointmentId,
    priority: Priority,
    reason: &str,
) -> Result<(), DbError> {
    tx.execute(&PRIORITISE, &[&id, &priority.code(), &reason, &tx.now()]).await.map(|_| ())
}

pub(super) async fn screen(tx: &TenantTx, days: Days, wanted: Wanted, most: i64) -> Result<Screen, DbError> {
    let Days { today, before, since } = days;
    let Wanted { department, doctor } = wanted;
    let rows = tx.rows(&SCREEN, &[&today, &before, &since, &department, &doctor, &most]).await?;
    let waiting = rows.first().map_or(0, |row| row.get("waiting"));
    let mut screen =
        Screen { now: tx.now(), calls: Vec::new(), with_doctor: Vec::new(), next: Vec::new(), waiting };
    for row in &rows {
        let state = state(row);
        let call = Call {
            token: token(row).to_string(),
            room: row.get("room"),
            state,
            called_at: row.get("called_at"),
        };
        match state {
            QueueState::Called => screen.calls.push(call),
            QueueState::WithDoctor => screen.with_doctor.push(call),
            _ => screen.next.push(call),
        }
    }
    screen.calls.sort_by_key(|call| std::cmp::Reverse(call.called_at));
    Ok(screen)
}

fn token(row: &Row) -> Token {
    Token { day: row.get("token_day"), prefix: row.get("token_prefix"), number: row.get("token_number") }
}

/// The table holds no other word.
fn state(row: &Row) -> QueueState {
    QueueState::from_code(row.get("queue_state")).unwrap_or(QueueState::Waiting)
}

fn place(row: &Row) -> Place {
    Place { class: row.get("class"), turn: row.get("turn"), is_behind: row.get("is_behind") }
}

fn entry(row: &Row) -> Entry {
    Entry {
        appointment: row.get("id"),
        token: token(row),
        state: state(row),
        kind: Kind::from_code(row.get("kind")).unwrap_or_default(),
        priority: Priority::from_code(row.get("priority")).unwrap_or_default(),
        priority_reason: row.get("priority_reason"),
        is_late: row.get::<_, Option<bool>>("is_late").unwrap_or(false),
        place: place(row),
        position: None,
        department: row.get("department_id"),
        department_name: row.get("department"),
        doctor: row.get("doctor_user_id"),
        doctor_name: row.get("doctor"),
        room: row.get("room"),
        scheduled_at: row.get("scheduled_at"),
        arrived_at: row.get("arrived_at"),
        called_at: row.get("called_at"),
        seen_at: row.get("consultation_started_at"),
        ended_at: row.get("ended_at"),
        // Who it is stays unsaid until somebody looked whether the reader may know.
        person: None,
        patient: row.get("patient_id"),
        level: Confidentiality::from_code(row.get("confidentiality")),
        registered_by: row.get("registered_by_id"),
        code: row.get("patient_code"),
        full_name: row.get("patient_name"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::KEEPS_PLACE_MINUTES;
    use super::*;

    #[test]
    fn statements_keep_the_place_as_long_as_the_rule_says() {
        let wanted = format!("interval '{KEEPS_PLACE_MINUTES} minutes'");
        for statement in [&LIST, &NEXT, &FIRST, &LOCK, &SCREEN] {
            assert!(statement.info.sql.contains(&wanted), "{}", statement.info.name);
        }
        assert!(
            ["first_name", "last_name", "patient_code"].iter().all(|word| !SCREEN.info.sql.contains(word))
        );
    }
}
