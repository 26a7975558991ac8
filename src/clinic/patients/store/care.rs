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
/// An appointment `v` that is not off; by the indexes that V27 makes for these words.
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
/// Ids of all patients of a circle: registered by its people, also those whose record is part of another one now, tied
/// to it, or visiting it.
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
/// Somebody else's, for the whole name: every word of `$2` is a word of it, and a single one is all of it.
macro_rules! by_whole_name {
    () => {
        concat!(
            " where merged_into is null and not is_practice and (confidentiality = 'N' or $3)
                and (cardinality($2::text[]) > 1 or strpos(",
            name!(),
            ", ' ') = 0)
                and string_to_array(",
            name!(),
            ", ' ') @> array(select extensions.fold(w.word) from unnest($2::text[]) as w (word))
                and not (",
            own!("$4", "$5", "$6", "$7"),
            ")"
        )
    };
}
macro_rules! name {
    () => {
        "extensions.fold(concat_ws(' ', first_name, middle_name, last_name, name_alternate))"
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
         union select a.id from asked a join encounters v on v.patient_id = a.whole where ", to_circle!("$2", "$3"), " and ", is_alone!());
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
    BY_CODE(TEXT) = select!("", "where patient_code = upper($1) and merged_into is null and not is_practice");
    /// Those of other people whose whole name this is: more than twenty would tell nobody apart.
    OTHERS_NAMED(TEXT, TEXT_ARRAY, BOOL, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) =
        select!("", by_whole_name!(), " and search_text like ", holding!("$1"), ordered!(), "limit 20");
    /// The same by the index for one or two letters: names of some scripts are no longer.
    OTHERS_NAMED_SHORT(TEXT, TEXT_ARRAY, BOOL, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) = concat!(
        "with asked as materialized (select array[left(extensions.fold($1), 2)] as grams)
         select ", columns!(), " from asked join patients on extensions.grams(search_text) @> asked.grams ",
        by_whole_name!(), ordered!(), "limit 20");
    /// Whoever cares for a mother cares for her newborn.
    INHERIT(UUID, UUID_ARRAY, UUID, TIMESTAMPTZ) =
        "insert into care_relations (id, patient_id, user_id, department_id, kind, since, until, source_id, added_by_id, added_at)
         select gen_random_uuid(), child.id, c.user_id, c.department_id, 'TEAM', $4, c.until, c.id, $3, $4
           from (select distinct on (r.user_id, r.department_id) r.id, r.user_id, r.department_id, r.until from care_relations r
                  where r.patient_id = $1 and r.kind = 'TEAM' and r.since <= $4 and (r.until is null or r.until > $4)
                  order by r.user_id, r.department_id, r.until desc nulls first) as c
          cross join unnest($2::uuid[]) as child (id)";
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

/// Whose code this is.
pub(in crate::clinic::patients) async fn by_code(
    tx: &TenantTx,
    code: &str,
) -> Result<Option<Patient>, DbError> {
    Ok(tx.row_opt(&BY_CODE, &[&code]).await?.as_ref().map(patient))
}

/// Those outside of the circle whose whole name was searched for, at most 20.
pub(in crate::clinic::patients) async fn others_named(
    tx: &TenantTx,
    search: &Search,
    viewer: Viewer,
    circle: &Circle,
) -> Result<Vec<Patient>, DbError> {
    let words = search.words();
    let is_short = search.first.chars().count() <= 2;
    let statement = if is_short { &OTHERS_NAMED_SHORT } else { &OTHERS_NAMED };
    let Circle { people, departments, teams, now } = circle;
    let params: [&(dyn ToSql + Sync); 7] =
        [&search.first, &words, &viewer.all, people, departments, teams, now];
    Ok(tx.rows(statement, &params).await?.iter().map(patient).collect())
}

pub(in crate::clinic::patients) async fn inherit(
    tx: &TenantTx,
    mother: PatientId,
    children: &[PatientId],
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&INHERIT, &[&mother, &children, &by, &tx.now()]).await.map(|_| ())
}
