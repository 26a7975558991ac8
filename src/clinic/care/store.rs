//! SQL of care teams, covers, and the hospital's choice.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::model::{Cover, CoverId, Covered, Kind, NewCover, Relation, RelationId, Rules, Tie};
use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

/// What follows from an appointment `a` is over when that is off, or with somebody else, and no other visit to the same
/// doctor stands: as `patients` asks for whom somebody cares.
macro_rules! relations {
    ($rest:literal) => {
        concat!(
            "select c.id, c.patient_id, c.user_id, c.department_id, c.kind, c.since,
                    case when a.id is null then c.until
                         when a.doctor_user_id = c.user_id and a.status not in ('CANCELLED', 'NO_SHOW')
                           or exists (select from appointments v
                                       where v.patient_id = c.patient_id and v.doctor_user_id = c.user_id
                                         and v.status not in ('CANCELLED', 'NO_SHOW'))
                           or exists (select from encounters v
                                       where v.patient_id = c.patient_id and v.doctor_user_id = c.user_id
                                         and v.status <> 'ENTERED_IN_ERROR'
                                         and (v.appointment_id is null
                                              or exists (select from notes n where n.encounter_id = v.id and n.status = 'SIGNED')
                                              or exists (select from diagnoses g where g.encounter_id = v.id and g.status = 'ACTIVE')))
                         then null
                         else greatest(c.since, case when a.doctor_user_id = c.user_id then coalesce(a.cancelled_at, a.no_show_at)
                              else (select max(m.happened_at) from appointment_events m
                                     where m.appointment_id = a.id and m.kind = 'RESCHEDULED') end)
                    end as until, c.note, c.source_id,
                    c.added_by_id, c.added_at, trim(w.first_name || ' ' || w.last_name) as added_by_name,
                    concat_ws(', ', trim(s.first_name || ' ' || s.last_name), d.name) as name
               from care_relations c left join staff s on s.user_id = c.user_id
               left join departments d on d.id = c.department_id left join staff w on w.user_id = c.added_by_id
               left join appointments a on c.kind = 'APPOINTMENT' and a.id = c.source_id ",
            $rest
        )
    };
}
macro_rules! covers {
    ($rest:literal) => {
        concat!(
            "select v.id, v.user_id, v.for_user_id, v.for_department_id, v.starts_at, v.ends_at, v.note, v.made_by_id,
                    v.made_at, v.ended_at, trim(s.first_name || ' ' || s.last_name) as name,
                    coalesce(trim(f.first_name || ' ' || f.last_name), d.name) as covered_name
               from care_covers v join staff s on s.user_id = v.user_id left join staff f on f.user_id = v.for_user_id
               left join departments d on d.id = v.for_department_id ",
            $rest
        )
    };
}

statements! { Tenant;
    INSERT(UUID, UUID, UUID, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, UUID, UUID, TIMESTAMPTZ) =
        "insert into care_relations (id, patient_id, user_id, department_id, kind, since, until, note, source_id, added_by_id, added_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// The latest first.
    OF_PATIENT(UUID, INT8) = relations!("where c.patient_id = $1 order by c.since desc, c.id desc limit $2");
    ONE(UUID, UUID) = relations!("where c.id = $1 and c.patient_id = $2");
    /// What has not begun yet never will.
    FINISH(UUID, UUID, TIMESTAMPTZ, UUID) =
        "update care_relations set until = greatest(since, $3), ended_by_id = $4
          where id = $1 and patient_id = $2 and (until is null or until > $3)";
    IS_STAFF(UUID) = "select exists (select from staff where user_id = $1) as is_there";
    IS_DEPARTMENT(UUID) = "select exists (select from departments where id = $1) as is_there";
    /// Who may see patients, for a choice.
    PEOPLE() =
        "select s.user_id, trim(s.first_name || ' ' || s.last_name) as name, d.name as department
           from staff s join departments d on d.id = s.department_id
          where exists (select from user_roles u join roles r on r.id = u.role_id and r.is_active
                          join role_permissions p on p.role_id = r.id and p.permission_code = 'patients:view'
                         where u.user_id = s.user_id)
          order by s.first_name, s.last_name, s.user_id limit 1000";
    DEPARTMENTS() = "select id, name from departments where is_for_patients order by name limit 500";
    INSERT_COVER(UUID, UUID, UUID, UUID, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, UUID, TIMESTAMPTZ) =
        "insert into care_covers (id, user_id, for_user_id, for_department_id, starts_at, ends_at, note, made_by_id, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Those that end after `$1`, the last to end first.
    COVERS(TIMESTAMPTZ, INT8) = covers!("where v.ends_at > $1 order by v.ends_at desc, v.id desc limit $2");
    ONE_COVER(UUID) = covers!("where v.id = $1");
    FINISH_COVER(UUID, TIMESTAMPTZ, UUID) =
        "update care_covers set ended_at = $2, ended_by_id = $3 where id = $1 and ended_at is null and ends_at > $2";
    RULES() = "select row_rules, version, changed_by_id, changed_at from care_rules";
    LOCK_RULES() = "select row_rules, version, changed_by_id, changed_at from care_rules for update";
    SET_RULES(BOOL, UUID, TIMESTAMPTZ) =
        "update care_rules set row_rules = $1, changed_by_id = $2, changed_at = $3, version = version + 1";
    /// For how many people the rules hold, or would.
    RULED() =
        "select count(*) filter (where is_doctor) as doctors, count(*) filter (where not is_doctor) as nurses
           from (select u.user_id, bool_or(coalesce(r.works_as, r.system_key) = 'DOCTOR') as is_doctor,
                        coalesce(bool_or(r.system_key in ('HOSPITAL_ADMIN', 'RECEPTIONIST')), false) as sees_all
                   from user_roles u join roles r on r.id = u.role_id and r.is_active
                  where coalesce(r.works_as, r.system_key) in ('DOCTOR', 'NURSE', 'HOSPITAL_ADMIN', 'RECEPTIONIST')
                  group by u.user_id) as who
          where not sees_all";
}

pub(super) async fn insert(tx: &TenantTx, id: RelationId, tie: &Tie, by: UserId) -> Result<(), DbError> {
    let (kind, at) = (tie.kind.code(), tx.now());
    let params: [&(dyn ToSql + Sync); 11] = [
        &id,
        &tie.patient,
        &tie.user,
        &tie.department,
        &kind,
        &tie.since,
        &tie.until,
        &tie.note,
        &tie.source,
        &by,
        &at,
    ];
    tx.execute(&INSERT, &params).await.map(|_| ())
}

fn relation(row: &Row) -> Relation {
    Relation {
        id: row.get("id"),
        tie: Tie {
            patient: row.get("patient_id"),
            user: row.get("user_id"),
            department: row.get("department_id"),
            kind: Kind::from_code(row.get("kind")),
            since: row.get("since"),
            until: row.get("until"),
            note: row.get("note"),
            source: row.get("source_id"),
        },
        name: row.get("name"),
        added_by: row.get("added_by_id"),
        added_at: row.get("added_at"),
        added_by_name: row.get("added_by_name"),
    }
}

pub(super) async fn of_patient(
    tx: &TenantTx,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<Relation>, DbError> {
    Ok(tx.rows(&OF_PATIENT, &[&patient, &limit]).await?.iter().map(relation).collect())
}

pub(super) async fn one(
    tx: &TenantTx,
    id: RelationId,
    patient: PatientId,
) -> Result<Option<Relation>, DbError> {
    Ok(tx.row_opt(&ONE, &[&id, &patient]).await?.as_ref().map(relation))
}

/// False if it was over.
pub(super) async fn finish(
    tx: &TenantTx,
    id: RelationId,
    patient: PatientId,
    by: UserId,
) -> Result<bool, DbError> {
    Ok(tx.execute(&FINISH, &[&id, &patient, &tx.now(), &by]).await? == 1)
}

pub(super) async fn is_staff(tx: &TenantTx, id: UserId) -> Result<bool, DbError> {
    Ok(tx.row(&IS_STAFF, &[&id]).await?.get("is_there"))
}

pub(super) async fn is_department(tx: &TenantTx, id: DepartmentId) -> Result<bool, DbError> {
    Ok(tx.row(&IS_DEPARTMENT, &[&id]).await?.get("is_there"))
}

/// Id, name, department.
pub(super) async fn people(tx: &TenantTx) -> Result<Vec<(UserId, String, String)>, DbError> {
    let rows = tx.rows(&PEOPLE, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("user_id"), row.get("name"), row.get("department"))).collect())
}

pub(super) async fn departments(tx: &TenantTx) -> Result<Vec<(DepartmentId, String)>, DbError> {
    let rows = tx.rows(&DEPARTMENTS, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("name"))).collect())
}

pub(super) async fn insert_cover(
    tx: &TenantTx,
    id: CoverId,
    new: &NewCover,
    by: UserId,
) -> Result<(), DbError> {
    let (person, department) = match new.covered {
        Covered::Person(person) => (Some(person), None),
        Covered::Department(department) => (None, Some(department)),
    };
    let at = tx.now();
    let params: [&(dyn ToSql + Sync); 9] =
        [&id, &new.user, &person, &department, &new.starts_at, &new.ends_at, &new.note, &by, &at];
    tx.execute(&INSERT_COVER, &params).await.map(|_| ())
}

fn cover(row: &Row) -> Option<Cover> {
    let person = row.get::<_, Option<UserId>>("for_user_id").map(Covered::Person);
    let department = row.get::<_, Option<DepartmentId>>("for_department_id").map(Covered::Department);
    Some(Cover {
        id: row.get("id"),
        new: NewCover {
            user: row.get("user_id"),
            covered: person.or(department)?,
            starts_at: row.get("starts_at"),
            ends_at: row.get("ends_at"),
            note: row.get("note"),
        },
        names: (row.get("name"), row.get::<_, Option<String>>("covered_name").unwrap_or_default()),
        made_by: row.get("made_by_id"),
        made_at: row.get("made_at"),
        ended_at: row.get("ended_at"),
    })
}

pub(super) async fn covers(tx: &TenantTx, after: Timestamp, limit: i64) -> Result<Vec<Cover>, DbError> {
    Ok(tx.rows(&COVERS, &[&after, &limit]).await?.iter().filter_map(cover).collect())
}

pub(super) async fn one_cover(tx: &TenantTx, id: CoverId) -> Result<Option<Cover>, DbError> {
    Ok(tx.row_opt(&ONE_COVER, &[&id]).await?.as_ref().and_then(cover))
}

/// False if it was over.
pub(super) async fn finish_cover(tx: &TenantTx, id: CoverId, by: UserId) -> Result<bool, DbError> {
    Ok(tx.execute(&FINISH_COVER, &[&id, &tx.now(), &by]).await? == 1)
}

pub(super) async fn rules(tx: &TenantTx, lock: bool) -> Result<Rules, DbError> {
    let row = tx.row(if lock { &LOCK_RULES } else { &RULES }, &[]).await?;
    let by: Option<UserId> = row.get("changed_by_id");
    Ok(Rules {
        on: row.get("row_rules"),
        version: row.get("version"),
        changed: by.zip(row.get("changed_at")),
    })
}

pub(super) async fn set_rules(tx: &TenantTx, on: bool, by: UserId) -> Result<(), DbError> {
    tx.execute(&SET_RULES, &[&on, &by, &tx.now()]).await.map(|_| ())
}

/// Doctors and nurses.
pub(super) async fn ruled(tx: &TenantTx) -> Result<(i64, i64), DbError> {
    let row = tx.row(&RULED, &[]).await?;
    Ok((row.get("doctors"), row.get("nurses")))
}
