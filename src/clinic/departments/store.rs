//! SQL of departments.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::DepartmentId;
use super::model::{Department, Facts, Wanted};
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Who has a visit there, as `patients` narrows its list by a department: an appointment that is neither cancelled nor
/// missed, or a consultation that stands without one. Records that are in no count are left out.
macro_rules! patients {
    () => {
        "(select count(*)
            from (select v.patient_id from appointments v
                   where v.department_id = d.id and v.status not in ('CANCELLED', 'NO_SHOW')
                  union
                  select m.merged_into from patients m join appointments v on v.patient_id = m.id
                   where m.merged_into is not null and v.department_id = d.id and v.status not in ('CANCELLED', 'NO_SHOW')
                  union
                  select v.patient_id from encounters v
                   where v.department_id = d.id and v.status <> 'ENTERED_IN_ERROR'
                     and (v.appointment_id is null or v.status = 'IN_PROGRESS')
                     and (v.appointment_id is null
                          or exists (select from notes n where n.encounter_id = v.id and n.status = 'SIGNED')
                          or exists (select from diagnoses g where g.encounter_id = v.id and g.status = 'ACTIVE'))) as seen
           where seen.patient_id not in (select x.id from patients x
                                          where x.merged_into is not null or x.is_practice or x.confidentiality = 'V'))"
    };
}
macro_rules! departments {
    ($rest:literal) => {
        concat!(
            "select d.id, d.name, d.description, d.is_for_staff, d.is_for_patients, d.is_system, d.version, d.created_at,
                    d.updated_at, (select count(*) from staff s where s.department_id = d.id) as users from departments d ",
            $rest
        )
    };
}

statements! { Tenant;
    /// All at once: a sign-up waits for each round trip.
    INSERT_ALL(UUID_ARRAY, TEXT_ARRAY, BOOL_ARRAY, BOOL_ARRAY) =
        "insert into departments (id, name, is_for_patients, is_system)
         select id, name, for_patients, is_system
           from unnest($1::uuid[], $2::text[], $3::bool[], $4::bool[]) as d (id, name, for_patients, is_system)";
    BY_NAME(TEXT) = "select id from departments where lower(name) = lower($1)";
    PAGE(BOOL, BOOL, INT8, INT8) = departments!(
        "where ($1::bool is null or d.is_for_staff = $1) and ($2::bool is null or d.is_for_patients = $2)
         order by lower(d.name), d.id limit $3 offset $4"
    );
    TOTAL(BOOL, BOOL) =
        "select count(*) as total from departments
          where ($1::bool is null or is_for_staff = $1) and ($2::bool is null or is_for_patients = $2)";
    FIND(UUID) = departments!("where d.id = $1");
    /// Until the transaction ends nobody else changes it; people may join it meanwhile. Read it after that: whoever waited
    /// here would count what was there before.
    HOLD(UUID) = "select id from departments where id = $1 for no key update";
    /// All visits of all time: for whoever asks for the number, and nobody else.
    PATIENTS(UUID_ARRAY) = concat!("select d.id, ", patients!(), " as patients from departments d where d.id = any ($1)");
    INSERT(UUID, TEXT, TEXT, BOOL, BOOL, TIMESTAMPTZ) =
        "insert into departments (id, name, description, is_for_staff, is_for_patients, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)";
    UPDATE(UUID, TEXT, TEXT, BOOL, BOOL, TIMESTAMPTZ) =
        "update departments
            set name = $2, description = $3, is_for_staff = $4, is_for_patients = $5, version = version + 1, updated_at = $6
          where id = $1";
    /// Whatever is recorded for it forbids it: each of them is a foreign key.
    DELETE(UUID) = "delete from departments where id = $1";
    /// For the checklist: one was added, changed or removed since the sign-up made the five of `DEFAULTS` at once.
    ARRANGED() =
        "select (select count(*) from departments) <> 5
             or exists (select from departments d where d.version > 1
                           or d.created_at <> (select min(o.created_at) from departments o)) as done";
}

pub(super) async fn insert_all(
    tx: &TenantTx,
    departments: &[(DepartmentId, &str, bool, bool)],
) -> Result<(), DbError> {
    let ids: Vec<DepartmentId> = departments.iter().map(|d| d.0).collect();
    let names: Vec<&str> = departments.iter().map(|d| d.1).collect();
    let for_patients: Vec<bool> = departments.iter().map(|d| d.2).collect();
    let protected: Vec<bool> = departments.iter().map(|d| d.3).collect();
    tx.execute(&INSERT_ALL, &[&ids, &names, &for_patients, &protected]).await.map(|_| ())
}

pub(super) async fn by_name(tx: &TenantTx, name: &str) -> Result<Option<DepartmentId>, DbError> {
    Ok(tx.row_opt(&BY_NAME, &[&name]).await?.map(|row| row.get("id")))
}

fn department(row: &Row) -> Department {
    Department {
        id: row.get("id"),
        name: row.get("name"),
        description: row.get("description"),
        is_for_staff: row.get("is_for_staff"),
        is_for_patients: row.get("is_for_patients"),
        is_system: row.get("is_system"),
        version: row.get("version"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        users: row.get("users"),
    }
}

pub(super) async fn page(
    tx: &TenantTx,
    wanted: Wanted,
    page: PageRequest,
) -> Result<(Vec<Department>, i64), DbError> {
    let Wanted { for_staff, for_patients } = wanted;
    let total = tx.row(&TOTAL, &[&for_staff, &for_patients]).await?.get("total");
    let rows = tx.rows(&PAGE, &[&for_staff, &for_patients, &page.page_size, &page.offset()]).await?;
    Ok((rows.iter().map(department).collect(), total))
}

pub(super) async fn find(tx: &TenantTx, id: DepartmentId) -> Result<Option<Department>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(department))
}

/// The same, held until the end.
pub(super) async fn hold(tx: &TenantTx, id: DepartmentId) -> Result<Option<Department>, DbError> {
    match tx.row_opt(&HOLD, &[&id]).await? {
        Some(_) => find(tx, id).await,
        None => Ok(None),
    }
}

/// How many patients visit each of these.
pub(super) async fn patients(
    tx: &TenantTx,
    ids: &[DepartmentId],
) -> Result<BTreeMap<DepartmentId, i64>, DbError> {
    let rows = tx.rows(&PATIENTS, &[&ids]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("patients"))).collect())
}

pub(super) async fn insert(tx: &TenantTx, id: DepartmentId, facts: &Facts) -> Result<(), DbError> {
    let Facts { name, description, is_for_staff, is_for_patients } = facts;
    tx.execute(&INSERT, &[&id, name, description, is_for_staff, is_for_patients, &tx.now()]).await.map(|_| ())
}

pub(super) async fn update(tx: &TenantTx, id: DepartmentId, facts: &Facts) -> Result<(), DbError> {
    let Facts { name, description, is_for_staff, is_for_patients } = facts;
    tx.execute(&UPDATE, &[&id, name, description, is_for_staff, is_for_patients, &tx.now()]).await.map(|_| ())
}

pub(super) async fn delete(tx: &TenantTx, id: DepartmentId) -> Result<(), DbError> {
    tx.execute(&DELETE, &[&id]).await.map(|_| ())
}
