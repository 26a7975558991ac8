//! The next booked time of each of many patients: what a list of them says of what is ahead.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::access::TenantTx;
use crate::clinic::patients::model::PatientId;
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    /// `$1`: patients, whose merged records count for them; `$2`: now.
    AHEAD(UUID_ARRAY, TIMESTAMPTZ) =
        "with records as (
             select n.id, n.id as record from unnest($1::uuid[]) as n (id)
              union all select m.merged_into, m.id from patients m where m.merged_into = any ($1)
         ), firsts as (
             select distinct on (r.id) r.id, a.scheduled_at, a.doctor_user_id, a.department_id
               from records r join appointments a on a.patient_id = r.record
              where a.status = 'SCHEDULED' and a.scheduled_at > $2
              order by r.id, a.scheduled_at, a.id
         )
         select f.id, f.scheduled_at, trim(s.first_name || ' ' || s.last_name) as doctor_name, d.name as department_name
           from firsts f join staff s on s.user_id = f.doctor_user_id join departments d on d.id = f.department_id";
}

/// A time that is booked.
#[derive(Clone, Debug)]
pub struct Ahead {
    pub at: Timestamp,
    pub doctor: String,
    pub department: String,
}

pub(in crate::clinic::patients) async fn ahead(
    tx: &TenantTx,
    patients: &[Uuid],
) -> Result<BTreeMap<PatientId, Ahead>, DbError> {
    let rows = tx.rows(&AHEAD, &[&patients, &tx.now()]).await?;
    let one = |row: &tokio_postgres::Row| {
        let (doctor, department) = (row.get("doctor_name"), row.get("department_name"));
        (PatientId(row.get("id")), Ahead { at: row.get("scheduled_at"), doctor, department })
    };
    Ok(rows.iter().map(one).collect())
}
