//! SQL of who waits: for the first vital signs of a visit, and for the next ones.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::patients::Confidentiality;
use crate::clinic::vitals::waiting::{Due, Person, Waiting};
use crate::kernel::DbError;
use crate::statements;

/// What is told of a patient, as far as `Look` allows it.
macro_rules! person {
    () => {
        "p.id as patient_id, p.patient_code, concat_ws(' ', p.first_name, p.middle_name, p.last_name) as patient_name,
         p.gender, p.confidentiality, p.created_by_id"
    };
}

statements! { Tenant;
    /// Arrived today, and nobody has taken vital signs for this visit: who is ahead by priority first, then who waits longest.
    hot QUEUE(TIMESTAMPTZ, INT8) = concat!("select a.id as appointment_id, a.checked_in_at, a.priority, a.token_prefix, a.token_number,
                concat_ws(' ', s.first_name, s.last_name) as doctor, ", person!(), "
           from appointments a
           join patients p on p.id = a.patient_id
           join staff s on s.user_id = a.doctor_user_id
          where a.status = 'CHECKED_IN' and a.checked_in_at >= $1 and not p.is_practice and not p.is_deceased
            and not exists (select from vitals v where v.appointment_id = a.id and v.error_at is null)
          order by case a.priority when 'EMERGENCY' then 0 when 'PRIORITY' then 1 else 2 end, a.checked_in_at, a.id
          limit $2");
    /// Whose next set is due before `$2`, and was not due before `$1`: nobody waits in the house for days.
    hot DUE(TIMESTAMPTZ, TIMESTAMPTZ, INT8) = concat!("select v.id as vitals_id, v.appointment_id, v.recorded_at, v.next_due_at,
                v.news2_total, v.news2_single_red, ", person!(), "
           from vitals v
           join patients p on p.id = v.patient_id
           left join appointments a on a.id = v.appointment_id
          where v.is_watched and v.next_due_at >= $1 and v.next_due_at < $2 and not p.is_practice and not p.is_deceased
            and (a.id is null or a.status in ('CHECKED_IN', 'IN_CONSULTATION'))
          order by v.next_due_at, v.id
          limit $3");
}

pub(in crate::clinic::vitals) async fn queue(
    tx: &TenantTx,
    since: Timestamp,
    most: i64,
) -> Result<Vec<Waiting>, DbError> {
    let rows = tx.rows(&QUEUE, &[&since, &most]).await?;
    let of = |row: &Row| {
        let number: Option<i32> = row.get("token_number");
        let prefix: Option<String> = row.get("token_prefix");
        Waiting {
            appointment: row.get("appointment_id"),
            since: row.get("checked_in_at"),
            priority: row.get("priority"),
            token: prefix.zip(number).map(|(prefix, number)| format!("{prefix}-{number:03}")),
            doctor: row.get("doctor"),
            person: person(row),
        }
    };
    Ok(rows.iter().map(of).collect())
}

pub(in crate::clinic::vitals) async fn due(
    tx: &TenantTx,
    (from, until): (Timestamp, Timestamp),
    most: i64,
) -> Result<Vec<Due>, DbError> {
    let rows = tx.rows(&DUE, &[&from, &until, &most]).await?;
    let of = |row: &Row| Due {
        vitals: row.get("vitals_id"),
        appointment: row.get("appointment_id"),
        taken_at: row.get("recorded_at"),
        due_at: row.get("next_due_at"),
        total: row.get::<_, Option<i16>>("news2_total"),
        single_red: row.get("news2_single_red"),
        person: person(row),
    };
    Ok(rows.iter().map(of).collect())
}

pub(super) fn person(row: &Row) -> Person {
    Person {
        id: row.get("patient_id"),
        code: row.get("patient_code"),
        name: row.get("patient_name"),
        gender: row.get("gender"),
        level: Confidentiality::from_code(row.get("confidentiality")),
        registered_by: row.get("created_by_id"),
    }
}
