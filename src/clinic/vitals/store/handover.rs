//! SQL of the hand-over sheet: who is there, and what is known of them, for all of them at once.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::waiting::person;
use crate::access::TenantTx;
use crate::clinic::appointments::{AppointmentId, Status};
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::{PatientId, birth_of};
use crate::clinic::vitals::handover::{Line, There, Visit};
use crate::kernel::DbError;
use crate::statements;

statements! { Tenant;
    /// Arrived since `$1` and not gone; or to be looked at again from `$2` up to `$3`; or with an alarm that waits. Of the
    /// department `$4`, or of all. The most urgent first.
    THERE(TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, UUID, INT8) =
        "select t.patient_id,
                (array_agg(t.appointment_id order by t.rank) filter (where t.appointment_id is not null))[1] as appointment_id,
                (array_agg(t.department_id order by t.rank) filter (where t.department_id is not null))[1] as department_id
           from (select a.patient_id, a.id as appointment_id, a.department_id, 0 as rank, null::smallint as level,
                        null::timestamptz as due_at
                   from appointments a
                  where a.status in ('CHECKED_IN', 'IN_CONSULTATION') and a.checked_in_at >= $1
                    and ($4::uuid is null or a.department_id = $4)
                 union all
                 select v.patient_id, v.appointment_id, a.department_id, 1, null::smallint, v.next_due_at
                   from vitals v left join appointments a on a.id = v.appointment_id
                  where v.is_watched and v.next_due_at >= $2 and v.next_due_at < $3
                    and (a.id is null or a.status in ('CHECKED_IN', 'IN_CONSULTATION'))
                    and ($4::uuid is null or a.department_id = $4)
                 union all
                 select e.patient_id, v.appointment_id, e.department_id, 2, e.level, null::timestamptz
                   from escalations e join vitals v on v.id = e.vitals_id
                  where e.next_at is not null and ($4::uuid is null or e.department_id = $4)) t
          group by t.patient_id
          order by max(t.level) desc nulls last, min(t.due_at) nulls last, t.patient_id
          limit $5";
    /// What is known of these patients (`$1`) in these visits (`$2`) and departments (`$3`), in their order. A set that was due
    /// before `$4`, or belongs to a visit that is over, asks for nothing any more.
    FACTS(UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) =
        "select p.id as patient_id, p.patient_code, concat_ws(' ', p.first_name, p.middle_name, p.last_name) as patient_name,
                p.gender, p.confidentiality, p.created_by_id, p.dob, p.dob_precision, p.dob_unknown, p.age_only, p.age_told_on,
                p.known_allergies, p.chronic_conditions, d.name as department, a.id as appointment_id, a.status,
                a.checked_in_at, a.token_prefix, a.token_number, a.reason, concat_ws(' ', s.first_name, s.last_name) as doctor,
                w.next_due_at, e.level, e.raised_at
           from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as t(patient_id, appointment_id, department_id, n)
           join patients p on p.id = t.patient_id
           left join appointments a on a.id = t.appointment_id
           left join staff s on s.user_id = a.doctor_user_id
           left join departments d on d.id = t.department_id
           left join lateral (select v.next_due_at from vitals v left join appointments o on o.id = v.appointment_id
                               where v.patient_id = p.id and v.is_watched and v.next_due_at >= $4
                                 and (o.id is null or o.status in ('CHECKED_IN', 'IN_CONSULTATION'))
                               order by v.recorded_at desc, v.id desc limit 1) w on true
           left join lateral (select x.level, x.raised_at from escalations x where x.patient_id = p.id and x.next_at is not null
                               order by x.level desc, x.raised_at limit 1) e on true
          where not p.is_practice and not p.is_deceased
          order by t.n";
}

/// Who is there in a department, or in the house: since when somebody arrived, and between which instants a set is due.
pub(in crate::clinic::vitals) async fn there(
    tx: &TenantTx,
    arrived_since: Timestamp,
    (due_from, due_until): (Timestamp, Timestamp),
    department: Option<DepartmentId>,
    most: i64,
) -> Result<Vec<There>, DbError> {
    let rows = tx.rows(&THERE, &[&arrived_since, &due_from, &due_until, &department, &most]).await?;
    let of = |row: &Row| There {
        patient: row.get("patient_id"),
        appointment: row.get("appointment_id"),
        department: row.get("department_id"),
    };
    Ok(rows.iter().map(of).collect())
}

/// Their lines, without sets; in their order. Who died or is there for practice has none. `due_from`: what was due before is
/// over.
pub(in crate::clinic::vitals) async fn facts(
    tx: &TenantTx,
    there: &[There],
    due_from: Timestamp,
) -> Result<Vec<Line>, DbError> {
    let patients: Vec<PatientId> = there.iter().map(|one| one.patient).collect();
    let visits: Vec<Option<AppointmentId>> = there.iter().map(|one| one.appointment).collect();
    let departments: Vec<Option<DepartmentId>> = there.iter().map(|one| one.department).collect();
    Ok(tx.rows(&FACTS, &[&patients, &visits, &departments, &due_from]).await?.iter().map(line).collect())
}

fn line(row: &Row) -> Line {
    Line {
        person: person(row),
        birth: birth_of(row),
        department: row.get("department"),
        visit: row.get::<_, Option<AppointmentId>>("appointment_id").map(|id| visit(row, id)),
        allergies: row.get("known_allergies"),
        conditions: row.get("chronic_conditions"),
        due_at: row.get("next_due_at"),
        alarm: row.get::<_, Option<i16>>("level").zip(row.get("raised_at")),
        sets: Vec::new(),
    }
}

fn visit(row: &Row, appointment: AppointmentId) -> Visit {
    let number: Option<i32> = row.get("token_number");
    let prefix: Option<String> = row.get("token_prefix");
    let doctor: String = row.get("doctor");
    Visit {
        appointment,
        status: row.get::<_, Option<&str>>("status").and_then(Status::from_code),
        since: row.get("checked_in_at"),
        token: prefix.zip(number).map(|(prefix, number)| format!("{prefix}-{number:03}")),
        doctor: (!doctor.is_empty()).then_some(doctor),
        reason: row.get("reason"),
    }
}
