//! SQL of the steps of an appointment. Each is asked for a row that its transaction holds.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::Place;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{AppointmentId, CancelReason, Token};
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::RoomId;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

statements! { Tenant;
    /// The next number of a queue and day. Rolled back with its transaction, so that no number is left out.
    hot NEXT_TOKEN(UUID, DATE) =
        "insert into token_counters as c (department_id, on_day, value) values ($1, $2, 1)
         on conflict (department_id, on_day) do update set value = c.value + 1 returning value";
    /// For a choice.
    DEPARTMENTS() = "select id, name from departments where is_for_patients order by name limit 500";
    hot DEPARTMENT(UUID) = "select name, token_prefix, is_for_patients from departments where id = $1";
    /// `$2`: when the patient came, `$8`: when that is written down. `$7`: arrived late, whose time is somebody else's by now.
    hot CHECK_IN(UUID, TIMESTAMPTZ, DATE, TEXT, INT4, TEXT, BOOL, TIMESTAMPTZ) =
        "update appointments set status = 'CHECKED_IN', checked_in_at = $2, token_day = $3, token_prefix = $4,
                token_number = $5, queue_state = $6, queued_at = $2, holds_slot = holds_slot and not $7,
                version = version + 1, updated_at = $8
          where id = $1";
    START(UUID, TIMESTAMPTZ, DATE, TEXT, INT4, TIMESTAMPTZ) =
        "update appointments set status = 'IN_CONSULTATION', consultation_started_at = $2,
                checked_in_at = coalesce(checked_in_at, $2), token_day = $3, token_prefix = $4, token_number = $5,
                queued_at = coalesce(queued_at, $2), queue_state = 'WITH_DOCTOR', version = version + 1, updated_at = $6
          where id = $1";
    /// Begun by mistake: the patient waits in the place that they had.
    TAKE_BACK(UUID, TIMESTAMPTZ) =
        "update appointments set status = 'CHECKED_IN', consultation_started_at = null, queue_state = 'WAITING',
                called_at = null, version = version + 1, updated_at = $2
          where id = $1";
    COMPLETE(UUID, TIMESTAMPTZ, TEXT, TIMESTAMPTZ) =
        "update appointments set status = 'COMPLETED', completed_at = $2, notes = $3,
                queue_state = case when token_number is not null then 'DONE' end, version = version + 1, updated_at = $4
          where id = $1";
    CANCEL(UUID, TIMESTAMPTZ, TEXT, TEXT, TIMESTAMPTZ) =
        "update appointments set status = 'CANCELLED', cancelled_at = $2, cancelled_reason = $3, cancelled_note = $4,
                holds_slot = false, queue_state = case when token_number is not null then 'LEFT' end,
                version = version + 1, updated_at = $5
          where id = $1";
    NO_SHOW(UUID, TIMESTAMPTZ, TIMESTAMPTZ) =
        "update appointments set status = 'NO_SHOW', no_show_at = $2, holds_slot = false, version = version + 1,
                updated_at = $3
          where id = $1";
    /// Nothing of the old day goes with it: neither stamps nor token nor place in the queue.
    RESCHEDULE(UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT2, TIMESTAMPTZ, UUID, UUID) =
        "update appointments set status = 'SCHEDULED', scheduled_at = $2, ends_at = $3, room_id = $4, seat = $5,
                doctor_user_id = $7, department_id = $8,
                holds_slot = true, kind = case kind when 'WALK_IN' then 'BOOKED' else kind end, checked_in_at = null,
                consultation_started_at = null, no_show_at = null, token_day = null, token_prefix = null,
                token_number = null, queue_state = null, queued_at = null, called_at = null, priority = 'ROUTINE',
                priority_reason = null, version = version + 1, updated_at = $6
          where id = $1";
    /// Seen by another doctor, in the turn that the patient has: who was called by the one before waits again.
    HAND_OVER(UUID, UUID, UUID, TIMESTAMPTZ) =
        "update appointments set doctor_user_id = $2, room_id = $3, holds_slot = false, seat = 0, called_at = null,
                queue_state = case queue_state when 'CALLED' then 'WAITING' else queue_state end, version = version + 1,
                updated_at = $4
          where id = $1";
    NOTE(UUID, TIMESTAMPTZ, TEXT) =
        "update appointments set notes = $3, version = version + 1, updated_at = $2 where id = $1";
    /// Those whose patient did not come until `$1`; who is at work with one now is left to the next round.
    DUE(TIMESTAMPTZ, INT8) =
        "select id from appointments where status = 'SCHEDULED' and scheduled_at < $1
          order by scheduled_at limit $2 for update skip locked";
    GIVE_UP(UUID_ARRAY, TIMESTAMPTZ) =
        "update appointments set status = 'NO_SHOW', no_show_at = $2, holds_slot = false, version = version + 1,
                updated_at = $2
          where id = any ($1)";
    GIVEN_UP(UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) =
        "insert into appointment_events (id, appointment_id, kind, from_status, to_status, happened_at, recorded_at)
         select u.id, u.appointment_id, 'NO_SHOW', 'SCHEDULED', 'NO_SHOW', $3, $3
           from unnest($1::uuid[], $2::uuid[]) as u (id, appointment_id)";
    /// People who have died, however it was written down, and are booked; held, before their appointments are.
    OF_THE_DEAD(TIMESTAMPTZ, INT8) =
        "select p.id from patients p
          where p.is_deceased
            and exists (select from appointments a
                         where a.patient_id = p.id and a.status = 'SCHEDULED' and a.scheduled_at >= $1)
          order by p.id limit $2 for update of p skip locked";
    /// What is still ahead of a patient, or under way.
    OPEN_IDS(UUID) =
        "select a.id from appointments a
          where a.patient_id = any (array(select id from patients where id = $1 or merged_into = $1))
            and a.status in ('SCHEDULED', 'CHECKED_IN')
          order by a.scheduled_at, a.id limit 500 for update";
}

pub(in crate::clinic::appointments) async fn next_token(
    tx: &TenantTx,
    department: DepartmentId,
    day: Date,
) -> Result<i32, DbError> {
    Ok(tx.row(&NEXT_TOKEN, &[&department, &day]).await?.get("value"))
}

/// What booking and tokens need to know of a department.
pub(in crate::clinic::appointments) struct Ward {
    pub name: String,
    pub token_prefix: Option<String>,
    pub is_for_patients: bool,
}

pub(in crate::clinic::appointments) async fn department(
    tx: &TenantTx,
    id: DepartmentId,
) -> Result<Option<Ward>, DbError> {
    let row = tx.row_opt(&DEPARTMENT, &[&id]).await?;
    Ok(row.map(|row| Ward {
        name: row.get("name"),
        token_prefix: row.get("token_prefix"),
        is_for_patients: row.get("is_for_patients"),
    }))
}

/// Those that see patients, with their names.
pub(in crate::clinic::appointments) async fn departments(
    tx: &TenantTx,
) -> Result<Vec<(DepartmentId, String)>, DbError> {
    let rows = tx.rows(&DEPARTMENTS, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("name"))).collect())
}

/// `at`: when the patient came. `late`: its time is somebody else's by now.
pub(in crate::clinic::appointments) async fn check_in(
    tx: &TenantTx,
    id: AppointmentId,
    token: &Token,
    at: Timestamp,
    late: bool,
) -> Result<(), DbError> {
    let Token { day, prefix, number } = token;
    let state = "WAITING";
    tx.execute(&CHECK_IN, &[&id, &at, day, prefix, number, &state, &late, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn start(
    tx: &TenantTx,
    id: AppointmentId,
    token: &Token,
    at: Timestamp,
) -> Result<(), DbError> {
    let Token { day, prefix, number } = token;
    tx.execute(&START, &[&id, &at, day, prefix, number, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn take_back(
    tx: &TenantTx,
    id: AppointmentId,
) -> Result<(), DbError> {
    tx.execute(&TAKE_BACK, &[&id, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn complete(
    tx: &TenantTx,
    id: AppointmentId,
    notes: Option<&str>,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&COMPLETE, &[&id, &at, &notes, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn cancel(
    tx: &TenantTx,
    id: AppointmentId,
    reason: CancelReason,
    note: Option<&str>,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&CANCEL, &[&id, &at, &reason.code(), &note, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn no_show(
    tx: &TenantTx,
    id: AppointmentId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(&NO_SHOW, &[&id, &at, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn reschedule(
    tx: &TenantTx,
    id: AppointmentId,
    scheduled_at: Timestamp,
    (doctor, department): (UserId, DepartmentId),
    place: &Place,
) -> Result<(), DbError> {
    let Place { ends_at, room, seat, .. } = place;
    tx.execute(&RESCHEDULE, &[&id, &scheduled_at, ends_at, room, seat, &tx.now(), &doctor, &department])
        .await
        .map(|_| ())
}

pub(in crate::clinic::appointments) async fn hand_over(
    tx: &TenantTx,
    id: AppointmentId,
    doctor: UserId,
    room: Option<RoomId>,
) -> Result<(), DbError> {
    tx.execute(&HAND_OVER, &[&id, &doctor, &room, &tx.now()]).await.map(|_| ())
}

pub(in crate::clinic::appointments) async fn note(
    tx: &TenantTx,
    id: AppointmentId,
    notes: Option<&str>,
) -> Result<(), DbError> {
    tx.execute(&NOTE, &[&id, &tx.now(), &notes]).await.map(|_| ())
}

/// Give up those that were to begin before `then`, at most `most`; how many they were.
pub(in crate::clinic::appointments) async fn give_up(
    tx: &TenantTx,
    then: Timestamp,
    most: i64,
) -> Result<usize, DbError> {
    let rows = tx.rows(&DUE, &[&then, &most]).await?;
    let ids: Vec<AppointmentId> = rows.iter().map(|row| row.get("id")).collect();
    if !ids.is_empty() {
        let events: Vec<Uuid> = ids.iter().map(|_| new_uuid()).collect();
        tx.execute(&GIVE_UP, &[&ids, &tx.now()]).await?;
        tx.execute(&GIVEN_UP, &[&events, &ids, &tx.now()]).await?;
    }
    Ok(ids.len())
}

pub(in crate::clinic::appointments) async fn of_the_dead(
    tx: &TenantTx,
    most: i64,
) -> Result<Vec<PatientId>, DbError> {
    Ok(tx.rows(&OF_THE_DEAD, &[&tx.now(), &most]).await?.iter().map(|row| row.get("id")).collect())
}

pub(in crate::clinic::appointments) async fn open_ids(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Vec<AppointmentId>, DbError> {
    Ok(tx.rows(&OPEN_IDS, &[&patient]).await?.iter().map(|row| row.get("id")).collect())
}
