//! SQL of appointments.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::model::{
    Appointment, AppointmentId, CancelReason, Cancelled, Kind, Names, NewAppointment, Priority, QueueState,
    Stamps, Status, Token,
};
use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::RoomId;
use crate::clinic::patients::{Confidentiality, PatientId, Sight};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

/// An appointment `a` with the record that stands for its patient, and the names of everybody.
macro_rules! columns {
    () => {
        "a.id, p.id as patient_id, a.department_id, a.doctor_user_id, a.room_id, a.kind, a.follow_up_of, a.scheduled_at,
         a.ends_at, a.holds_slot, a.seat, a.status, a.reason, a.notes, a.checked_in_at, a.consultation_started_at,
         a.completed_at, a.no_show_at, a.cancelled_at, a.cancelled_reason, a.cancelled_note, a.linked_ipd_admission_id,
         a.token_day, a.token_prefix, a.token_number, a.queue_state, a.queued_at, a.called_at, a.priority,
         a.priority_reason, a.version, a.created_by_id, a.created_at, a.updated_at, p.patient_code,
         concat_ws(' ', p.first_name, p.middle_name, p.last_name) as patient_name, p.confidentiality,
         p.created_by_id as registered_by_id, p.is_practice,
         trim(s.first_name || ' ' || s.last_name) as doctor_name, d.name as department_name, r.name as room_name"
    };
}
macro_rules! joined {
    () => {
        " join patients p on p.id = coalesce((select m.merged_into from patients m where m.id = a.patient_id), a.patient_id)
          join staff s on s.user_id = a.doctor_user_id join departments d on d.id = a.department_id
          left join rooms r on r.id = a.room_id "
    };
}

pub(super) mod events;
pub(super) mod lists;
pub(super) mod steps;

statements! { Tenant;
    hot FIND(UUID) = concat!("select ", columns!(), " from appointments a", joined!(), "where a.id = $1");
    hot LOCK(UUID) = concat!("select ", columns!(), " from appointments a", joined!(), "where a.id = $1 for update of a");
    /// The record that stands for its patient: it is held before the appointment is.
    hot RECORD(UUID) =
        "select coalesce(p.merged_into, p.id) as id from appointments a join patients p on p.id = a.patient_id where a.id = $1";
    hot INSERT(UUID, UUID, UUID, UUID, UUID, TEXT, UUID, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, INT2, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "insert into appointments (id, patient_id, department_id, doctor_user_id, room_id, kind, follow_up_of, scheduled_at,
                                   ends_at, holds_slot, seat, reason, notes, created_by_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)";
    /// Whoever books with this doctor does so one after the other: two who wait for each other in an exclusion
    /// constraint would be a deadlock.
    hot HOLD_DOCTOR(UUID) = "select user_id from staff where user_id = $1 for no key update";
    hot HOLD_ROOM(UUID) = "select id from rooms where id = $1 for no key update";
    /// The lowest place that is free for all of `$2` to `$3`, below `$4`; `$5` is not counted.
    hot FREE_SEAT(UUID, TIMESTAMPTZ, TIMESTAMPTZ, INT4, UUID) =
        "select seat::int2 as seat from generate_series(0, $4::int4) as seats (seat)
          where not exists (select from appointments a
                             where a.doctor_user_id = $1 and a.seat = seats.seat::int2 and a.holds_slot
                               and tstzrange(a.scheduled_at, a.ends_at) && tstzrange($2, $3)
                               and a.id is distinct from $5)
          order by seat limit 1";
    /// Has the patient another time that runs into this one?
    hot PATIENT_BUSY(UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID) =
        "select exists (select from appointments a
                         where a.patient_id = $1 and a.holds_slot and tstzrange(a.scheduled_at, a.ends_at) && tstzrange($2, $3)
                           and a.id is distinct from $4) as is_busy";
    /// For the console, which must not look into a hospital's schema.
    hot COUNT(TEXT, INT8) = "select public.note_appointments($1, $2)::text";
    IS_STAFF(UUID) = "select exists (select from staff where user_id = $1) as is_there";
    /// Of the person who books for themselves.
    HOME(UUID) = "select department_id from staff where user_id = $1";
}

pub(super) async fn find(tx: &TenantTx, id: AppointmentId) -> Result<Option<Appointment>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(appointment))
}

pub(super) async fn lock(tx: &TenantTx, id: AppointmentId) -> Result<Option<Appointment>, DbError> {
    Ok(tx.row_opt(&LOCK, &[&id]).await?.as_ref().map(appointment))
}

pub(super) async fn record(tx: &TenantTx, id: AppointmentId) -> Result<Option<PatientId>, DbError> {
    Ok(tx.row_opt(&RECORD, &[&id]).await?.map(|row| row.get("id")))
}

/// Where and how long a new appointment is.
pub(super) struct Place {
    pub ends_at: Timestamp,
    pub room: Option<RoomId>,
    pub seat: i16,
    pub holds_slot: bool,
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: AppointmentId,
    new: &NewAppointment,
    place: &Place,
    by: UserId,
) -> Result<(), DbError> {
    let (kind, at) = (new.kind.code(), tx.now());
    let params: [&(dyn ToSql + Sync); 15] = [
        &id,
        &new.patient,
        &new.department,
        &new.doctor,
        &place.room,
        &kind,
        &new.follow_up_of,
        &new.scheduled_at,
        &place.ends_at,
        &place.holds_slot,
        &place.seat,
        &new.reason,
        &new.notes,
        &by,
        &at,
    ];
    tx.execute(&INSERT, &params).await.map(|_| ())
}

/// Hold the doctor's time until the transaction ends.
pub(super) async fn hold_doctor(tx: &TenantTx, doctor: UserId) -> Result<(), DbError> {
    tx.rows(&HOLD_DOCTOR, &[&doctor]).await.map(|_| ())
}

/// After the doctor.
pub(super) async fn hold_room(tx: &TenantTx, room: RoomId) -> Result<(), DbError> {
    tx.rows(&HOLD_ROOM, &[&room]).await.map(|_| ())
}

pub(super) async fn free_seat(
    tx: &TenantTx,
    doctor: UserId,
    (from, until): (Timestamp, Timestamp),
    overbooking: i32,
    except: Option<AppointmentId>,
) -> Result<Option<i16>, DbError> {
    let row = tx.row_opt(&FREE_SEAT, &[&doctor, &from, &until, &overbooking, &except]).await?;
    Ok(row.map(|row| row.get("seat")))
}

pub(super) async fn patient_is_busy(
    tx: &TenantTx,
    patient: PatientId,
    (from, until): (Timestamp, Timestamp),
    except: Option<AppointmentId>,
) -> Result<bool, DbError> {
    Ok(tx.row(&PATIENT_BUSY, &[&patient, &from, &until, &except]).await?.get("is_busy"))
}

/// So many more than before.
pub(super) async fn count(tx: &TenantTx, more: i64) -> Result<(), DbError> {
    tx.row(&COUNT, &[&tx.hospital().schema.as_str(), &more]).await.map(|_| ())
}

pub(super) async fn is_staff(tx: &TenantTx, id: UserId) -> Result<bool, DbError> {
    Ok(tx.row(&IS_STAFF, &[&id]).await?.get("is_there"))
}

pub(super) async fn home(tx: &TenantTx, id: UserId) -> Result<Option<DepartmentId>, DbError> {
    Ok(tx.row_opt(&HOME, &[&id]).await?.map(|row| row.get("department_id")))
}

/// As written; who may know what of it is decided by the domain.
pub(super) fn appointment(row: &Row) -> Appointment {
    let word = |name: &str| -> Option<&str> { row.get(name) };
    let token = row.get::<_, Option<_>>("token_day").zip(row.get::<_, Option<String>>("token_prefix"));
    Appointment {
        id: row.get("id"),
        patient: row.get("patient_id"),
        department: row.get("department_id"),
        doctor: row.get("doctor_user_id"),
        room: row.get("room_id"),
        kind: word("kind").and_then(Kind::from_code).unwrap_or_default(),
        follow_up_of: row.get("follow_up_of"),
        scheduled_at: row.get("scheduled_at"),
        ends_at: row.get("ends_at"),
        holds_slot: row.get("holds_slot"),
        seat: row.get("seat"),
        status: word("status").and_then(Status::from_code).unwrap_or_default(),
        reason: row.get("reason"),
        notes: row.get("notes"),
        stamps: Stamps {
            checked_in_at: row.get("checked_in_at"),
            consultation_started_at: row.get("consultation_started_at"),
            completed_at: row.get("completed_at"),
            no_show_at: row.get("no_show_at"),
            cancelled_at: row.get("cancelled_at"),
        },
        cancelled: word("cancelled_reason")
            .and_then(CancelReason::from_code)
            .map(|reason| Cancelled { reason, note: row.get("cancelled_note") }),
        linked_ipd_admission_id: row.get::<_, Option<Uuid>>("linked_ipd_admission_id"),
        token: token.zip(row.get("token_number")).map(|((day, prefix), number)| Token {
            day,
            prefix,
            number,
        }),
        queue: word("queue_state").and_then(QueueState::from_code),
        queued_at: row.get("queued_at"),
        called_at: row.get("called_at"),
        priority: word("priority").and_then(Priority::from_code).unwrap_or_default(),
        priority_reason: row.get("priority_reason"),
        version: row.get("version"),
        created_by: row.get("created_by_id"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        names: Names {
            patient: row.get("patient_name"),
            patient_code: row.get("patient_code"),
            doctor: row.get("doctor_name"),
            department: row.get("department_name"),
            room: row.get("room_name"),
            level: Confidentiality::from_code(row.get("confidentiality")),
            registered_by: row.get("registered_by_id"),
            is_practice: row.get("is_practice"),
        },
        sight: Sight::Whole,
    }
}
