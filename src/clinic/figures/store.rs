//! SQL of the day's numbers. Each statement reads one stretch of an index; who may know of what is as in the lists behind
//! the numbers (`appointments`, `patients`).

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::model::{Day, Trends};
use crate::access::TenantTx;
use crate::clinic::patients::{Rule, Viewer};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::MOST_COUNTED;
use crate::statements;

/// Of appointments whose patients the reader may know of: `$all` and `$user` are `sight::Viewer`. Practice, and people of
/// whom the reader may not know, are few: they are read once. `$people`, `$departments`: for whom the reader stands,
/// where a rule holds.
macro_rules! seen {
    ($all:literal, $user:literal, $people:literal, $departments:literal) => {
        concat!(
            "a.patient_id <> all (array(
                    select p.id from patients p where p.is_practice
                    union all
                    select p.id from patients p where p.confidentiality = 'V' and not ",
            $all,
            " and p.created_by_id <> ",
            $user,
            "))
               and (",
            $people,
            "::uuid[] is null or a.doctor_user_id = any (",
            $people,
            ") or a.department_id = any (",
            $departments,
            "::uuid[]))"
        )
    };
}

statements! { Tenant;
    /// `$1` to `$2` is the hospital's day, `$3` now. Twenty years of appointments cost no more: one day is read, and
    /// four hours beyond it. What is asked of a row is asked by its id and stops at the first, so that no plan reads a table
    /// whole for it.
    DAY(TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, UUID_ARRAY, UUID_ARRAY) = concat!(
        "with here as materialized (
           select a.id, a.patient_id, a.status, a.scheduled_at, a.checked_in_at, a.doctor_user_id, a.scheduled_at < $2 as is_today
             from appointments a
            where a.scheduled_at >= $1 and a.scheduled_at < greatest($2, $3::timestamptz + interval '4 hours') and ",
            seen!("$4", "$5", "$6", "$7"), ")
         select count(*) filter (where h.is_today) as booked,
                count(*) filter (where h.is_today and h.status = 'SCHEDULED') as scheduled,
                count(*) filter (where h.is_today and h.status = 'CHECKED_IN') as checked_in,
                count(*) filter (where h.is_today and h.status = 'IN_CONSULTATION') as in_consultation,
                count(*) filter (where h.is_today and h.status = 'COMPLETED') as completed,
                count(*) filter (where h.is_today and h.doctor_user_id = $5 and h.status not in ('CANCELLED', 'NO_SHOW')) as mine,
                count(*) filter (where h.is_today and h.doctor_user_id = $5 and h.status = 'CHECKED_IN') as mine_waiting,
                count(*) filter (where h.status = 'SCHEDULED' and h.scheduled_at >= $3
                                   and h.scheduled_at < $3::timestamptz + interval '4 hours') as to_check_in,
                count(*) filter (where h.status = 'CHECKED_IN' and h.checked_in_at >= $1
                                   and (select v.id from vitals v where v.appointment_id = h.id and v.error_at is null limit 1) is null
                                   and not (select p.is_deceased from patients p where p.id = h.patient_id))
                    as without_vitals,
                count(*) filter (where h.is_today and h.status = 'SCHEDULED'
                                   and h.scheduled_at < $3::timestamptz - interval '30 minutes') as late,
                count(*) filter (where h.is_today and h.status in ('CHECKED_IN', 'IN_CONSULTATION', 'COMPLETED')
                                   and h.checked_in_at < $3::timestamptz - interval '1 hour'
                                   and (select n.id from encounters e join notes n on n.encounter_id = e.id and n.status = 'SIGNED'
                                         where e.appointment_id = h.id and e.status <> 'ENTERED_IN_ERROR' limit 1) is null) as without_note
           from here h");
    /// Counted no further than `$6`.
    UPCOMING(TIMESTAMPTZ, BOOL, UUID, UUID_ARRAY, UUID_ARRAY, INT8) = concat!(
        "select count(*) as upcoming from (
           select 1 from appointments a where a.status = 'SCHEDULED' and a.scheduled_at > $1 and ",
            seen!("$2", "$3", "$4", "$5"), " limit $6) as counted");
    STATUSES(TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, UUID_ARRAY, UUID_ARRAY) = concat!(
        "select a.status, count(*) as appointments from appointments a
          where a.scheduled_at >= $1 and a.scheduled_at < $2 and ", seen!("$3", "$4", "$5", "$6"), " group by a.status");
    /// By the day in the zone `$3`, sex and age on `$4`. `$7`: of the reader's own registrations alone.
    REGISTERED(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, DATE, BOOL, UUID, BOOL) =
        "select (p.created_at at time zone $3)::date as day, coalesce(p.gender, 'UNKNOWN') as gender,
                case when p.dob is null then 'unknown'
                     when p.dob > $4::date - interval '5 years' then '0-4' when p.dob > $4::date - interval '15 years' then '5-14'
                     when p.dob > $4::date - interval '25 years' then '15-24' when p.dob > $4::date - interval '45 years' then '25-44'
                     when p.dob > $4::date - interval '65 years' then '45-64' else '65+' end as age,
                count(*) as patients
           from patients p
          where p.created_at >= $1 and p.created_at < $2 and p.merged_into is null and not p.is_practice
            and (p.confidentiality <> 'V' or $5 or p.created_by_id = $6) and (not $7 or p.created_by_id = $6)
          group by 1, 2, 3";
    ACTIVE_STAFF() = "select count(*) as people from staff where is_active";
}

/// For whom the reader stands, where a rule shows them their own alone.
pub(super) type Own = Option<(Vec<UserId>, Vec<Uuid>)>;

fn parts(own: &Own) -> (Option<&Vec<UserId>>, Option<&Vec<Uuid>>) {
    match own {
        Some((people, departments)) => (Some(people), Some(departments)),
        None => (None, None),
    }
}

pub(super) async fn day(
    tx: &TenantTx,
    (today, tomorrow): (Timestamp, Timestamp),
    own: &Own,
) -> Result<Day, DbError> {
    let (viewer, (people, departments)) = (Viewer::of(tx), parts(own));
    let row = tx
        .row(&DAY, &[&today, &tomorrow, &tx.now(), &viewer.all, &viewer.user, &people, &departments])
        .await?;
    Ok(Day {
        booked: row.get("booked"),
        scheduled: row.get("scheduled"),
        checked_in: row.get("checked_in"),
        in_consultation: row.get("in_consultation"),
        completed: row.get("completed"),
        mine: row.get("mine"),
        mine_waiting: row.get("mine_waiting"),
        to_check_in: row.get("to_check_in"),
        without_vitals: row.get("without_vitals"),
        late: row.get("late"),
        without_note: row.get("without_note"),
    })
}

/// At most [`MOST_COUNTED`].
pub(super) async fn upcoming(tx: &TenantTx, own: &Own) -> Result<i64, DbError> {
    let (viewer, (people, departments)) = (Viewer::of(tx), parts(own));
    let row = tx
        .row(&UPCOMING, &[&tx.now(), &viewer.all, &viewer.user, &people, &departments, &MOST_COUNTED])
        .await?;
    Ok(row.get("upcoming"))
}

/// Statuses of the appointments of some days, into `trends`.
pub(super) async fn statuses(
    tx: &TenantTx,
    (from, until): (Timestamp, Timestamp),
    own: &Own,
    trends: &mut Trends,
) -> Result<(), DbError> {
    let (viewer, (people, departments)) = (Viewer::of(tx), parts(own));
    let rows = tx.rows(&STATUSES, &[&from, &until, &viewer.all, &viewer.user, &people, &departments]).await?;
    trends.statuses.extend(rows.iter().map(|row| (row.get("status"), row.get("appointments"))));
    Ok(())
}

/// Who was registered on some days, into `trends`, whose days are there already.
pub(super) async fn registered(
    tx: &TenantTx,
    (from, until): (Timestamp, Timestamp),
    today: Date,
    trends: &mut Trends,
) -> Result<(), DbError> {
    let (viewer, zone) = (Viewer::of(tx), &tx.hospital().zone_name);
    let is_own = viewer.rule == Rule::Own;
    let rows =
        tx.rows(&REGISTERED, &[&from, &until, &zone, &today, &viewer.all, &viewer.user, &is_own]).await?;
    for row in &rows {
        let (day, patients): (Date, i64) = (row.get("day"), row.get("patients"));
        if let Some((_, count)) = trends.registered.iter_mut().find(|(of, _)| *of == day) {
            *count += patients;
        }
        *trends.genders.entry(row.get("gender")).or_default() += patients;
        *trends.ages.entry(row.get("age")).or_default() += patients;
    }
    Ok(())
}

pub(super) async fn active_staff(tx: &TenantTx) -> Result<i64, DbError> {
    Ok(tx.row(&ACTIVE_STAFF, &[]).await?.get("people"))
}
