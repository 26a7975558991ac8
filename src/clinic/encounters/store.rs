//! SQL of encounters.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::model::{Class, Encounter, EncounterId, Status};
use crate::access::TenantTx;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Is there something in it that somebody answers for?
macro_rules! in_use {
    ($id:literal) => {
        concat!(
            "(exists (select from notes where encounter_id = ",
            $id,
            " and status = 'SIGNED') or exists (select from diagnoses where encounter_id = ",
            $id,
            " and status = 'ACTIVE'))"
        )
    };
}

/// An appointment that is over takes its encounter with it, whoever completed it. One that is off or was moved, with nothing
/// in its encounter that somebody answers for, was never a consultation: that reads as entered in error, and says why.
macro_rules! encounters {
    ($rest:literal) => {
        concat!(
            "select e.id, e.patient_id, e.appointment_id, e.admission_id, e.doctor_user_id, e.department_id, e.class,
                    case when u.unseen then 'ENTERED_IN_ERROR'
                         when e.status = 'IN_PROGRESS' and a.status in ('COMPLETED', 'CANCELLED', 'NO_SHOW') then 'FINISHED'
                         else e.status end as status,
                    e.started_at,
                    coalesce(e.ended_at, case when u.unseen then null
                        when e.status = 'IN_PROGRESS' and a.status in ('COMPLETED', 'CANCELLED', 'NO_SHOW')
                        then greatest(e.started_at, coalesce(a.completed_at, a.cancelled_at, a.no_show_at)) end) as ended_at,
                    e.closure_note,
                    case when not u.unseen or u.unseen is null then e.error_reason
                         when a.status = 'NO_SHOW' then 'Nobody was seen: the patient did not come.'
                         when a.status = 'SCHEDULED' then 'Nobody was seen yet: the appointment was moved.'
                         when a.cancelled_reason = 'LEFT_WITHOUT_BEING_SEEN' then 'Nobody was seen: the patient left before.'
                         else 'Nobody was seen: the appointment was cancelled.' end as error_reason,
                    e.version, e.created_at,
                    s.first_name || ' ' || s.last_name as doctor_name, d.name as department_name
               from encounters e
               join staff s on s.user_id = e.doctor_user_id
               join departments d on d.id = e.department_id
               left join appointments a on a.id = e.appointment_id
               cross join lateral (select e.status = 'IN_PROGRESS' and a.status in ('SCHEDULED', 'CANCELLED', 'NO_SHOW')
                                          and not ",
            in_use!("e.id"),
            " as unseen) u ",
            $rest
        )
    };
}

statements! { Tenant;
    hot ONE(UUID) = encounters!("where e.id = $1");
    /// Held against other changes until the transaction ends.
    hot HELD(UUID) = encounters!("where e.id = $1 for update of e");
    /// The patient of an encounter, who stays the one that its rows name until the transaction ends.
    hot HOLD_PATIENT(UUID) =
        "select p.id from patients p join encounters e on e.patient_id = p.id where e.id = $1 for key share of p";
    /// The one that is not entered in error.
    hot OF_APPOINTMENT(UUID) =
        "select id from encounters where appointment_id = $1 and status <> 'ENTERED_IN_ERROR'";
    hot OF_PATIENT(UUID, INT8, INT8) =
        encounters!("where e.patient_id = $1 order by e.started_at desc, e.id desc limit $2 offset $3");
    COUNT(UUID) = "select count(*) as total from encounters where patient_id = $1";
    /// For the patient and the doctor of the appointment as they stand there. One that exists stays.
    INSERT(UUID, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, UUID, TIMESTAMPTZ) =
        "insert into encounters (id, patient_id, appointment_id, doctor_user_id, department_id, class, status, started_at,
                                 ended_at, created_by_id, created_at, updated_at)
         select $1, patient_id, id, doctor_user_id, department_id, 'AMB', $3, $4, $5, $6, $7, $7
           from appointments where id = $2
         on conflict on constraint encounters_appointment_unique do nothing";
    /// Begun again, with whom the appointment is now: it may have been moved to another doctor meanwhile.
    BEGAN(UUID, TIMESTAMPTZ, TIMESTAMPTZ) =
        "update encounters e set started_at = $2, doctor_user_id = a.doctor_user_id, department_id = a.department_id,
                version = e.version + 1, updated_at = $3
           from appointments a where e.id = $1 and a.id = e.appointment_id";
    FINISH(UUID, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ) =
        "update encounters set status = 'FINISHED', started_at = $2, ended_at = $3, closure_note = $4,
                version = version + 1, updated_at = $5
          where id = $1";
    END(UUID, TEXT, TIMESTAMPTZ) =
        "update encounters set status = 'ENTERED_IN_ERROR', error_reason = $2, version = version + 1, updated_at = $3
          where id = $1";
    IN_USE(UUID) = concat!("select ", in_use!("$1"), " as in_use");
}

fn encounter(row: &Row) -> Encounter {
    let name: String = row.get("doctor_name");
    Encounter {
        id: row.get("id"),
        patient: row.get("patient_id"),
        appointment: row.get("appointment_id"),
        admission: row.get("admission_id"),
        doctor: row.get("doctor_user_id"),
        doctor_name: name.trim().to_owned(),
        department: row.get("department_id"),
        department_name: row.get("department_name"),
        class: Class::from_code(row.get("class")).unwrap_or(Class::Ambulatory),
        status: Status::from_code(row.get("status")).unwrap_or(Status::EnteredInError),
        started_at: row.get("started_at"),
        ended_at: row.get("ended_at"),
        closure_note: row.get("closure_note"),
        error_reason: row.get("error_reason"),
        version: row.get("version"),
        created_at: row.get("created_at"),
    }
}

pub(super) async fn one(tx: &TenantTx, id: EncounterId) -> Result<Option<Encounter>, DbError> {
    Ok(tx.row_opt(&ONE, &[&id]).await?.as_ref().map(encounter))
}

pub(super) async fn hold_patient(tx: &TenantTx, id: EncounterId) -> Result<(), DbError> {
    tx.row_opt(&HOLD_PATIENT, &[&id]).await.map(|_| ())
}

pub(super) async fn held(tx: &TenantTx, id: EncounterId) -> Result<Option<Encounter>, DbError> {
    Ok(tx.row_opt(&HELD, &[&id]).await?.as_ref().map(encounter))
}

pub(super) async fn of_appointment(tx: &TenantTx, id: AppointmentId) -> Result<Option<EncounterId>, DbError> {
    Ok(tx.row_opt(&OF_APPOINTMENT, &[&id]).await?.map(|row| row.get("id")))
}

/// One page, the latest first.
pub(super) async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    page: PageRequest,
) -> Result<Vec<Encounter>, DbError> {
    let rows = tx.rows(&OF_PATIENT, &[&patient, &page.page_size, &page.offset()]).await?;
    Ok(rows.iter().map(encounter).collect())
}

pub(super) async fn count(tx: &TenantTx, patient: PatientId) -> Result<i64, DbError> {
    Ok(tx.row(&COUNT, &[&patient]).await?.get("total"))
}

/// When it began, and when it was over if it is.
pub(super) async fn insert(
    tx: &TenantTx,
    id: EncounterId,
    of: AppointmentId,
    (started_at, ended_at): (Timestamp, Option<Timestamp>),
    by: UserId,
) -> Result<bool, DbError> {
    let status = if ended_at.is_some() { Status::Finished } else { Status::InProgress };
    let made =
        tx.execute(&INSERT, &[&id, &of, &status.code(), &started_at, &ended_at, &by, &tx.now()]).await?;
    Ok(made == 1)
}

pub(super) async fn began(tx: &TenantTx, id: EncounterId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(&BEGAN, &[&id, &at, &tx.now()]).await.map(|_| ())
}

pub(super) async fn finish(
    tx: &TenantTx,
    id: EncounterId,
    note: Option<&str>,
    (began, ended): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    tx.execute(&FINISH, &[&id, &began, &ended, &note, &tx.now()]).await.map(|_| ())
}

pub(super) async fn end(tx: &TenantTx, id: EncounterId, reason: &str) -> Result<(), DbError> {
    tx.execute(&END, &[&id, &reason, &tx.now()]).await.map(|_| ())
}

pub(super) async fn in_use(tx: &TenantTx, id: EncounterId) -> Result<bool, DbError> {
    Ok(tx.row(&IN_USE, &[&id]).await?.get("in_use"))
}
