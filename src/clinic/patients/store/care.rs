//! SQL of care: whose patients somebody's are, and lists of those alone. Asked only where a rule holds (`sight`).
//!
//! A [`Circle`] says for whom somebody stands now; all else takes it as values, so that what makes a patient somebody's
//! own is written once here, in `tied!` and `own!`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::access::TenantTx;
use crate::clinic::patients::filter::{PatientFilter, Search};
use crate::clinic::patients::model::{Gender, Patient, PatientId};
use crate::clinic::patients::rows::patient;
use crate::clinic::patients::sight::{Rule, Viewer};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// A row `c` of `care_relations` that ties its patient to a circle: to its people `$u`, to its departments `$d`, or to
/// the team of `$t`, the departments that its people belong to. What follows from an appointment is asked of the
/// appointment (`visits!`), so that it ends with it, whoever ends it.
macro_rules! tied {
    ($u:literal, $d:literal, $t:literal, $now:literal) => {
        concat!(
            "c.kind <> 'APPOINTMENT' and c.since <= ",
            $now,
            " and (c.until is null or c.until > ",
            $now,
            ") and (c.user_id = any (",
            $u,
            ") or c.department_id = any (",
            $d,
            ") or (c.kind = 'TEAM' and c.department_id = any (",
            $t,
            ")))"
        )
    };
}
/// An appointment `v` that is not off; by the indexes that V25 makes for these words.
macro_rules! is_on {
    () => {
        "v.status not in ('CANCELLED', 'NO_SHOW')"
    };
}
/// A consultation `v` that stands by itself: of no appointment, or with something in it that somebody answers for,
/// whatever became of its appointment.
macro_rules! is_alone {
    () => {
        "v.status <> 'ENTERED_IN_ERROR' and (v.appointment_id is null or v.status = 'IN_PROGRESS')
           and (v.appointment_id is null
                or exists (select from notes n where n.encounter_id = v.id and n.status = 'SIGNED')
                or exists (select from diagnoses g where g.encounter_id = v.id and g.status = 'ACTIVE'))"
    };
}
/// Ids of all patients with a visit `v` for which the condition on its doctor and department holds. A time that stayed
/// behind in a merge is the survivor's.
macro_rules! visits {
    ($($of:expr),+) => {
        concat!(
            "select v.patient_id from appointments v where ", $($of,)+ " and ", is_on!(),
            " union all select m.merged_into from patients m join appointments v on v.patient_id = m.id
                         where m.merged_into is not null and ", $($of,)+ " and ", is_on!(),
            " union all select v.patient_id from encounters v where ", $($of,)+ " and ", is_alone!()
        )
    };
}
/// Written by `$who` at `$at`, not while the record of `$patient` lay open to them for a reason alone: its hours would
/// never end. A reason stays with the record that it was given for, so one that became part of this one is asked too.
macro_rules! unforced {
    ($patient:literal, $who:literal, $at:literal) => {
        concat!(
            "not exists (select from break_glass b where b.patient_id = ",
            $patient,
            " and b.user_id = ",
            $who,
            " and b.opened_at <= ",
            $at,
            " and b.expires_at > ",
            $at,
            ")
             and not exists (select from patients m join break_glass b on b.patient_id = m.id
                              where m.merged_into = ",
            $patient,
            " and b.user_id = ",
            $who,
            " and b.opened_at <= ",
            $at,
            " and b.expires_at > ",
            $at,
            ")"
        )
    };
}
/// A note `n` of the circle's people that stands, or waits to be finished: whoever wrote it while covering, or before
/// somebody else took over, answers for it when the visit is no longer theirs.
macro_rules! wrote {
    ($u:literal) => {
        concat!(
            "n.author_id = any (", $u, ") and n.status <> 'ENTERED_IN_ERROR'
             and (n.status = 'SIGNED'
                  or (select e.status from encounters e where e.id = n.encounter_id) <> 'ENTERED_IN_ERROR')
             and ", unforced!("n.patient_id", "n.author_id", "n.created_at")
        )
    };
}
/// The same of a diagnosis `g` that holds.
macro_rules! found {
    ($u:literal) => {
        concat!(
            "g.recorded_by_id = any (",
            $u,
            ") and g.status = 'ACTIVE' and ",
            unforced!("g.patient_id", "g.recorded_by_id", "g.recorded_at")
        )
    };
}
/// Ids of all patients of a circle: registered by its people, also those whose record is part of another one now, tied
/// to it, visiting it, or written about by its people.
macro_rules! own {
    ($u:literal, $d:literal, $t:literal, $now:literal) => {
        concat!(
            "id in (select coalesce(r.merged_into, r.id) from patients r where r.created_by_id = any (",
            $u,
            ") union all select c.patient_id from care_relations c where ",
            tied!($u, $d, $t, $now),
            " union all ",
            visits!("v.doctor_user_id = any (", $u, ")"),
            " union all ",
            visits!("v.department_id = any (", $d, ")"),
            " union all select n.patient_id from notes n where ",
            wrote!($u),
            " union all select g.patient_id from diagnoses g where ",
            found!($u),
            ")"
        )
    };
}
/// A visit `v` to the circle, for asking about few patients.
macro_rules! to_circle {
    ($u:literal, $d:literal) => {
        concat!("(v.doctor_user_id = any (", $u, ") or v.department_id = any (", $d, "))")
    };
}
/// Those of them that a filter leaves. `$1` to `$5`: registered, sex, last visit; `$6`, `$7`: `sight::Viewer`; `$8` to
/// `$10`: the words; `$11` to `$14`: the circle, and when. Planned for its values, so what is null costs nothing. What is
/// withheld of a restricted record cannot be asked for, but for its whole code.
macro_rules! filtered {
    () => {
        concat!(
            "where merged_into is null and not is_practice
               and ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
               and ($3::text is null or gender = $3)
               and ($4::timestamptz is null or last_visited_at >= $4) and ($5::timestamptz is null or last_visited_at < $5)
               and (confidentiality = 'N' or $6 or created_by_id = $7
                    or (confidentiality = 'R' and $3::text is null and $4::timestamptz is null and $5::timestamptz is null
                        and ($8::text is null
                             or (patient_code = upper($8) and $9::text is null and $10::text[] = '{}'))))
               and ($8::text is null or search_text like ", holding!("$8"), ")
               and ($9::text is null or search_text like ", holding!("$9"), ")
               and ($10::text[] = '{}' or search_text like all (array(
                        select ", holding!("word"), " from unnest($10::text[]) as words (word))))
               and ", own!("$11", "$12", "$13", "$14")
        )
    };
}
/// A page with the number of all in each row: whoever the filter leaves is looked at once, and few are read whole.
macro_rules! page_of {
    ($filter:expr, $limit:literal) => {
        concat!(
            "with hits as materialized (select id, last_visited_at, created_at from patients ",
            $filter,
            ") select ",
            columns!(),
            ", total from (select id, (select count(*) from hits) as total from hits",
            ordered!(),
            $limit,
            ") as page join patients using (id)",
            ordered!()
        )
    };
}

pub(in crate::clinic::patients) mod children;
pub(in crate::clinic::patients) mod others;
pub(in crate::clinic::patients) mod visits;

statements! { Tenant;
    /// For whom somebody stands now: themselves and whom they cover, departments that they cover, and the departments
    /// of all these people.
    hot CIRCLE(UUID, TIMESTAMPTZ) =
        "with now_covered as (
             select v.for_user_id, v.for_department_id from care_covers v
              where v.user_id = $1 and v.ends_at > $2 and v.starts_at <= $2 and v.ended_at is null
         )
         select array(select $1::uuid union select v.for_user_id from now_covered v where v.for_user_id is not null) as people,
                array(select v.for_department_id from now_covered v where v.for_department_id is not null) as departments,
                array(select s.department_id from staff s
                       where s.user_id = $1 or s.user_id in (select v.for_user_id from now_covered v)) as teams";
    /// Which of these records are of the circle's patients; practice is everybody's.
    hot OWN_OF(UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) = concat!(
        "with asked as materialized (
             select p.id, coalesce(p.merged_into, p.id) as whole, p.is_practice from patients p where p.id = any ($1)
         )
         select a.id from asked a where a.is_practice
         union select a.id from asked a join patients r on r.id = a.whole where r.created_by_id = any ($2)
         union select a.id from asked a join patients r on r.merged_into = a.whole where r.created_by_id = any ($2)
         union select a.id from asked a join care_relations c on c.patient_id = a.whole where ", tied!("$2", "$3", "$4", "$5"), "
         union select a.id from asked a join appointments v on v.patient_id = a.whole where ", to_circle!("$2", "$3"), " and ", is_on!(), "
         union select a.id from asked a join patients r on r.merged_into = a.whole join appointments v on v.patient_id = r.id
                where ", to_circle!("$2", "$3"), " and ", is_on!(), "
         union select a.id from asked a join encounters v on v.patient_id = a.whole where ", to_circle!("$2", "$3"), " and ", is_alone!(), "
         union select a.id from asked a join notes n on n.patient_id = a.whole where ", wrote!("$2"), "
         union select a.id from asked a join diagnoses g on g.patient_id = a.whole where ", found!("$2"));
    OWN_PAGE(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ, INT8, INT8) =
        page_of!(filtered!(), "limit $15 offset $16");
    OWN_TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) =
        concat!("select count(*) as total from patients ", filtered!());
    /// A stretch in the order of ids, for reading all of them; `$15` is the last id of the one before.
    OWN_BATCH(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ, UUID, INT8) =
        select!("", filtered!(), " and id > $15 order by id limit $16");
    OWN_REGISTERED_LAST(BOOL, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ, INT8) =
        select!("", "where merged_into is null and not is_practice and ", not_hidden!("$1", "$2"), " and ",
                own!("$3", "$4", "$5", "$6"), " order by created_at desc, id desc limit $7");
    /// Registered in two following periods.
    OWN_REGISTERED(BOOL, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ) =
        concat!("select count(*) filter (where created_at < $8) as earlier, count(*) filter (where created_at >= $8) as later
                   from patients where merged_into is null and not is_practice and created_at >= $7 and created_at < $9 and ",
                not_hidden!("$1", "$2"), " and ", own!("$3", "$4", "$5", "$6"));
}

/// For whom somebody stands now.
#[derive(Debug, Clone)]
pub(in crate::clinic::patients) struct Circle {
    people: Vec<UserId>,
    departments: Vec<Uuid>,
    teams: Vec<Uuid>,
    now: Timestamp,
}

impl Circle {
    /// As the last parameters of a statement.
    fn params(&self) -> [&(dyn ToSql + Sync); 4] {
        let Self { people, departments, teams, now } = self;
        [people, departments, teams, now]
    }

    /// Is a visit to this doctor in this department one to the circle?
    pub(in crate::clinic::patients) fn stands_for(&self, doctor: UserId, department: Uuid) -> bool {
        self.people.contains(&doctor) || self.departments.contains(&department)
    }

    /// People and departments.
    pub(in crate::clinic::patients) fn acts_for(self) -> (Vec<UserId>, Vec<Uuid>) {
        (self.people, self.departments)
    }
}

pub(in crate::clinic::patients) async fn circle(tx: &TenantTx, viewer: Viewer) -> Result<Circle, DbError> {
    let now = tx.now();
    let row = tx.row(&CIRCLE, &[&viewer.user, &now]).await?;
    let (mut departments, teams): (Vec<Uuid>, Vec<Uuid>) = (row.get("departments"), row.get("teams"));
    if viewer.rule == Rule::Department {
        departments.extend(&teams);
    }
    Ok(Circle { people: row.get("people"), departments, teams, now })
}

/// Which of these are the circle's.
pub(in crate::clinic::patients) async fn own_of(
    tx: &TenantTx,
    circle: &Circle,
    ids: &[PatientId],
) -> Result<BTreeSet<PatientId>, DbError> {
    let Circle { people, departments, teams, now } = circle;
    let rows = tx.rows(&OWN_OF, &[&ids, people, departments, teams, now]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// What `filtered!` is asked with.
struct Values<'a> {
    filter: &'a PatientFilter,
    gender: Option<&'static str>,
    first: Option<&'a str>,
    second: Option<&'a str>,
    rest: Vec<&'a str>,
    viewer: Viewer,
    circle: &'a Circle,
}

impl<'a> Values<'a> {
    fn of(filter: &'a PatientFilter, viewer: Viewer, circle: &'a Circle) -> Self {
        let words = filter.search.as_ref().map(Search::words).unwrap_or_default();
        Self {
            filter,
            gender: filter.gender.map(Gender::code),
            first: words.first().copied(),
            second: words.get(1).copied(),
            rest: words.into_iter().skip(2).collect(),
            viewer,
            circle,
        }
    }

    fn params(&'a self) -> Vec<&'a (dyn ToSql + Sync)> {
        let PatientFilter { registered, last_visit, .. } = self.filter;
        let Circle { people, departments, teams, now } = self.circle;
        vec![
            &registered.from,
            &registered.until,
            &self.gender,
            &last_visit.from,
            &last_visit.until,
            &self.viewer.all,
            &self.viewer.user,
            &self.first,
            &self.second,
            &self.rest,
            people,
            departments,
            teams,
            now,
        ]
    }
}

/// One page of the circle's patients that the filter leaves, and how many there are.
pub(in crate::clinic::patients) async fn page(
    tx: &TenantTx,
    filter: &PatientFilter,
    page: PageRequest,
    viewer: Viewer,
    circle: &Circle,
) -> Result<(Vec<Patient>, i64), DbError> {
    let values = Values::of(filter, viewer, circle);
    let (limit, offset) = (page.page_size, page.offset());
    let mut params = values.params();
    params.extend::<[&(dyn ToSql + Sync); 2]>([&limit, &offset]);
    let rows = tx.rows(&OWN_PAGE, &params).await?;
    let total = match rows.first() {
        Some(row) => row.get("total"),
        None if offset > 0 => total(tx, filter, viewer, circle).await?,
        None => 0,
    };
    Ok((rows.iter().map(patient).collect(), total))
}

/// How many of the circle's patients the filter leaves.
pub(in crate::clinic::patients) async fn total(
    tx: &TenantTx,
    filter: &PatientFilter,
    viewer: Viewer,
    circle: &Circle,
) -> Result<i64, DbError> {
    let values = Values::of(filter, viewer, circle);
    Ok(tx.row(&OWN_TOTAL, &values.params()).await?.get("total"))
}

/// At most `limit` of them with ids after `after`, in the order of ids.
pub(in crate::clinic::patients) async fn batch(
    tx: &TenantTx,
    filter: &PatientFilter,
    (after, limit): (PatientId, i64),
    viewer: Viewer,
    circle: &Circle,
) -> Result<Vec<Patient>, DbError> {
    let values = Values::of(filter, viewer, circle);
    let mut params = values.params();
    params.extend::<[&(dyn ToSql + Sync); 2]>([&after, &limit]);
    Ok(tx.rows(&OWN_BATCH, &params).await?.iter().map(patient).collect())
}

pub(in crate::clinic::patients) async fn registered_last(
    tx: &TenantTx,
    count: i64,
    viewer: Viewer,
    circle: &Circle,
) -> Result<Vec<Patient>, DbError> {
    let Circle { people, departments, teams, now } = circle;
    let params: [&(dyn ToSql + Sync); 7] =
        [&viewer.all, &viewer.user, people, departments, teams, now, &count];
    Ok(tx.rows(&OWN_REGISTERED_LAST, &params).await?.iter().map(patient).collect())
}

/// How many were registered from `start` to `middle`, and from there to `end`.
pub(in crate::clinic::patients) async fn registered(
    tx: &TenantTx,
    (start, middle, end): (Timestamp, Timestamp, Timestamp),
    viewer: Viewer,
    circle: &Circle,
) -> Result<(i64, i64), DbError> {
    let Circle { people, departments, teams, now } = circle;
    let params: [&(dyn ToSql + Sync); 9] =
        [&viewer.all, &viewer.user, people, departments, teams, now, &start, &middle, &end];
    let row = tx.row(&OWN_REGISTERED, &params).await?;
    Ok((row.get("earlier"), row.get("later")))
}
