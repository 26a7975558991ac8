//! SQL of lists: narrowed and paged, of a day, of a doctor, of a patient.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::appointment;
use crate::access::TenantTx;
use crate::clinic::appointments::model::{Appointment, AppointmentId, Busy, Filter, Status};
use crate::clinic::patients::{PatientId, Viewer};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{MOST_COUNTED, PageRequest};
use crate::statements;

/// What a filter leaves. `$1`, `$2`: the period; `$3`: statuses; `$4`: one patient's, also those that were booked for a
/// record that was merged into it; `$5`, `$6`: doctor, department; `$7`: whom a search found; `$8`, `$9`: for whom the
/// reader stands, where a rule holds; `$10`, `$11`: `sight::Viewer`. Planned for its values, so what is null costs
/// nothing. Practice, and people of whom the reader may not know, are few: they are read once. The record that stands for
/// the patient decides, also of what stayed with one that was merged into it: a total counts what is shown, no more.
macro_rules! filtered {
    () => {
        "from appointments a
          where ($1::timestamptz is null or a.scheduled_at >= $1) and ($2::timestamptz is null or a.scheduled_at < $2)
            and ($3::text[] is null or a.status = any ($3))
            and ($4::uuid is null or a.patient_id = any (array(select m.id from patients m where m.id = $4 or m.merged_into = $4)))
            and ($5::uuid is null or a.doctor_user_id = $5) and ($6::uuid is null or a.department_id = $6)
            and ($7::uuid[] is null or a.patient_id = any ($7))
            and ($8::uuid[] is null or a.doctor_user_id = any ($8) or a.department_id = any ($9::uuid[]))
            and a.patient_id <> all (array(
                    select p.id from patients p where p.is_practice and $4::uuid is null
                    union all
                    select p.id from patients p
                     where p.confidentiality = 'V' and p.merged_into is null and not $10 and p.created_by_id <> $11
                    union all
                    select m.id from patients p join patients m on m.merged_into = p.id
                     where p.confidentiality = 'V' and not $10 and p.created_by_id <> $11)) "
    };
}
macro_rules! newest_first {
    () => {
        "order by a.scheduled_at desc, a.id desc "
    };
}

statements! { Tenant;
    PAGE(TIMESTAMPTZ, TIMESTAMPTZ, TEXT_ARRAY, UUID, UUID, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, BOOL, UUID, INT8, INT8) = concat!(
        "with page as materialized (select a.id ", filtered!(), newest_first!(), "limit $12 offset $13)
         select ", columns!(), " from page join appointments a on a.id = page.id", joined!(), newest_first!());
    /// Counted no further than `$12`, from the latest on: in an order that an index has.
    TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT_ARRAY, UUID, UUID, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, BOOL, UUID, INT8) =
        concat!("select count(*) as total from (select 1 ", filtered!(), newest_first!(), "limit $12) as counted");
    /// In the order of the day, for a calendar; without those that are off.
    OF_DOCTORS(UUID_ARRAY, TIMESTAMPTZ, TIMESTAMPTZ, INT8) = concat!(
        "select ", columns!(), " from appointments a", joined!(),
        "where a.doctor_user_id = any ($1) and a.scheduled_at >= $2 and a.scheduled_at < $3
            and a.status not in ('CANCELLED', 'NO_SHOW')
          order by a.scheduled_at, a.id limit $4");
    /// Of all doctors.
    OF_ALL(TIMESTAMPTZ, TIMESTAMPTZ, INT8) = concat!(
        "with page as materialized (
             select a.id from appointments a
              where a.scheduled_at >= $1 and a.scheduled_at < $2 and a.status not in ('CANCELLED', 'NO_SHOW')
              order by a.scheduled_at, a.id limit $3)
         select ", columns!(), " from page join appointments a on a.id = page.id", joined!(), "order by a.scheduled_at, a.id");
    hot BUSY(UUID_ARRAY, TIMESTAMPTZ, TIMESTAMPTZ) =
        "select a.doctor_user_id, a.scheduled_at, a.ends_at from appointments a
          where a.doctor_user_id = any ($1) and a.holds_slot and tstzrange(a.scheduled_at, a.ends_at) && tstzrange($2, $3)
          order by a.scheduled_at, a.id";
    /// What is ahead of a patient, or under way, the next first; also if it was booked for a merged record.
    OPEN_OF_PATIENT(UUID) = concat!(
        "select ", columns!(), " from appointments a", joined!(),
        "where a.patient_id = any (array(select m.id from patients m where m.id = $1 or m.merged_into = $1))
            and a.status in ('SCHEDULED', 'CHECKED_IN', 'IN_CONSULTATION')
          order by a.scheduled_at, a.id limit 100");
    FOLLOW_UPS(UUID) = concat!(
        "select ", columns!(), " from appointments a", joined!(), "where a.follow_up_of = $1 order by a.scheduled_at, a.id limit 20");
}

/// For whom the reader stands, where a rule shows them their own alone.
pub(in crate::clinic::appointments) type Own = Option<(Vec<UserId>, Vec<Uuid>)>;

/// One page, newest first, and the count up to one above [`MOST_COUNTED`].
pub(in crate::clinic::appointments) async fn page(
    tx: &TenantTx,
    filter: &Filter,
    found: Option<&[PatientId]>,
    own: &Own,
    page: PageRequest,
) -> Result<(Vec<Appointment>, i64), DbError> {
    let viewer = Viewer::of(tx);
    let statuses: Option<Vec<&str>> =
        Some(filter.statuses.iter().map(|status| Status::code(*status)).collect::<Vec<_>>())
            .filter(|statuses| !statuses.is_empty());
    let (people, departments) = match own {
        Some((people, departments)) => (Some(people), Some(departments)),
        None => (None, None),
    };
    let narrowed: [&(dyn ToSql + Sync); 11] = [
        &filter.period.from,
        &filter.period.until,
        &statuses,
        &filter.patient,
        &filter.doctor,
        &filter.department,
        &found,
        &people,
        &departments,
        &viewer.all,
        &viewer.user,
    ];
    let (most, limit, offset) = (MOST_COUNTED + 1, page.page_size, page.offset());
    let mut counted = narrowed.to_vec();
    counted.push(&most);
    let total = tx.row(&TOTAL, &counted).await?.get("total");
    let mut paged = narrowed.to_vec();
    paged.extend::<[&(dyn ToSql + Sync); 2]>([&limit, &offset]);
    let rows = tx.rows(&PAGE, &paged).await?;
    Ok((rows.iter().map(appointment).collect(), total))
}

/// Of these doctors, or of all, in the order of time.
pub(in crate::clinic::appointments) async fn between(
    tx: &TenantTx,
    doctors: Option<&[UserId]>,
    (from, until): (Timestamp, Timestamp),
    most: i64,
) -> Result<Vec<Appointment>, DbError> {
    let rows = match doctors {
        Some(doctors) => tx.rows(&OF_DOCTORS, &[&doctors, &from, &until, &most]).await?,
        None => tx.rows(&OF_ALL, &[&from, &until, &most]).await?,
    };
    Ok(rows.iter().map(appointment).collect())
}

pub(in crate::clinic::appointments) async fn busy(
    tx: &TenantTx,
    doctors: &[UserId],
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Busy>, DbError> {
    let rows = tx.rows(&BUSY, &[&doctors, &from, &until]).await?;
    let busy = rows.iter().map(|row| Busy {
        doctor: row.get("doctor_user_id"),
        starts_at: row.get("scheduled_at"),
        ends_at: row.get("ends_at"),
    });
    Ok(busy.collect())
}

pub(in crate::clinic::appointments) async fn open_of_patient(
    tx: &TenantTx,
    patient: PatientId,
) -> Result<Vec<Appointment>, DbError> {
    Ok(tx.rows(&OPEN_OF_PATIENT, &[&patient]).await?.iter().map(appointment).collect())
}

pub(in crate::clinic::appointments) async fn follow_ups(
    tx: &TenantTx,
    id: AppointmentId,
) -> Result<Vec<Appointment>, DbError> {
    Ok(tx.rows(&FOLLOW_UPS, &[&id]).await?.iter().map(appointment).collect())
}
