//! SQL of narrowed lists: filters, searches, and all of either in stretches.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::{PAGE, total};
use crate::access::TenantTx;
use crate::clinic::patients::filter::{PatientFilter, Search};
use crate::clinic::patients::model::{Gender, Patient, PatientId};
use crate::clinic::patients::rows::patient;
use crate::clinic::patients::sight::Viewer;
use crate::kernel::DbError;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// What is withheld of a restricted record cannot be asked for either: it is left out where the list is narrowed by
/// it. `$6`, `$7`: `sight::Viewer`.
macro_rules! seen {
    ($withheld:literal) => {
        concat!(
            " and ($3::text is null or gender = $3)
               and ($4::timestamptz is null or last_visited_at >= $4) and ($5::timestamptz is null or last_visited_at < $5)
               and (confidentiality = 'N' or $6 or created_by_id = $7
                    or (confidentiality = 'R' and $3::text is null and $4::timestamptz is null and $5::timestamptz is null",
            $withheld,
            "))"
        )
    };
}
/// `created_at` is indexed, so its bounds are always there; the others only sieve.
macro_rules! narrowed {
    () => {
        concat!(
            "where merged_into is null and not is_practice and created_at >= $1 and created_at < $2",
            seen!("")
        )
    };
}
/// As `narrowed`, and each word of the search is in the text: `$8`, `$9` if there is a second one, all of `$10`. Planned
/// for its values, so what is null or empty costs nothing. Of what is withheld, the whole code alone finds anything.
macro_rules! searched {
    () => {
        searched!(concat!("search_text like ", holding!("$8")), concat!("search_text like ", holding!("$9")))
    };
    ($first:expr, $second:expr) => {
        concat!(
            "where merged_into is null and not is_practice and ($1::timestamptz is null or created_at >= $1)
               and ($2::timestamptz is null or created_at < $2)",
            seen!(" and patient_code = upper($8) and $9::text is null and $10::text[] = '{}'"),
            " and (",
            $first,
            ") and ($9::text is null or ",
            $second,
            ") and ($10::text[] = '{}' or search_text like all (array(
                       select ",
            holding!("word"),
            " from unnest($10::text[]) as words (word)))) "
        )
    };
}
/// The same by the index for one or two letters. It is asked by a join, because the planner, if it knew the letters,
/// would read the whole table for those that nearly everybody has, and work out the letters of each row.
macro_rules! by_letters {
    () => {
        concat!(
            "asked join patients on extensions.grams(search_text) @> asked.grams ",
            searched!(
                concat!("length(extensions.fold($8)) <= 2 or search_text like ", holding!("$8")),
                concat!("length(extensions.fold($9)) <= 2 or search_text like ", holding!("$9"))
            )
        )
    };
}
macro_rules! letters {
    () => {
        "with asked as materialized (
             select array[left(extensions.fold($8), 2), left(extensions.fold(coalesce($9::text, $8)), 2)] as grams) "
    };
}

statements! { Tenant;
    FILTERED(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, INT8, INT8) =
        select!("", narrowed!(), ordered!(), "limit $8 offset $9");
    FILTERED_TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID) =
        concat!("select count(*) as total from patients ", narrowed!());
    /// A page with the number of all in each row: whoever the index finds is looked at once. Who has all digits of a
    /// number (`$13`) stands before those in whom it only ends alike.
    SEARCHED(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, INT8, INT8, TEXT) = concat!(
        "with hits as materialized (
             select id, last_visited_at, created_at, coalesce(strpos(search_text, $13) > 0, false) as is_exact
               from patients ", searched!(), ")
         select ", columns!(), ", total
           from (select id, is_exact, (select count(*) from hits) as total
                   from hits order by is_exact desc, last_visited_at desc nulls last, created_at desc, id desc
                  limit $11 offset $12) as page
           join patients using (id)
          order by is_exact desc, last_visited_at desc nulls last, created_at desc, id desc");
    SEARCHED_TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY) =
        concat!("select count(*) as total from patients ", searched!());
    /// Of a search for one or two letters, which may leave half of all patients, by the list's order. Of a pattern the
    /// planner would think that it fits nobody.
    LETTERS_MANY(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, INT8, INT8) = select!(
        "",
        searched!("strpos(search_text, extensions.fold($8)) > 0", "strpos(search_text, extensions.fold($9)) > 0"),
        ordered!(),
        "limit $11 offset $12"
    );
    LETTERS_FEW(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, INT8, INT8) =
        concat!(letters!(), "select ", columns!(), " from ", by_letters!(), ordered!(), "limit $11 offset $12");
    LETTERS_TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY) =
        concat!(letters!(), "select count(*) as total from ", by_letters!());
    /// Who they are alone, for lists of something else.
    FOUND(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, INT8) =
        concat!("select id from patients ", searched!(), ordered!(), "limit $11");
    LETTERS_FOUND(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, INT8) =
        concat!(letters!(), "select id from ", by_letters!(), ordered!(), "limit $11");
    /// A stretch of the same, in the order of ids, for reading all of them; `$8` is the last id of the one before.
    BATCH(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, UUID, INT8) =
        select!("", narrowed!(), " and id > $8 order by id limit $9");
    SEARCHED_BATCH(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT, TEXT, TEXT_ARRAY, UUID, INT8) =
        select!("", searched!(), " and id > $11 order by id limit $12");
}

/// Has no word of three characters, which is what the index of words begins with.
fn is_letters(search: &Search) -> bool {
    search.first.chars().count() <= 2
}

/// What the statements of a narrowed list are asked with, from `$1` on.
struct Values<'a> {
    registered: (Option<Timestamp>, Option<Timestamp>),
    gender: Option<&'static str>,
    second: Option<&'a str>,
    viewer: Viewer,
}

impl<'a> Values<'a> {
    /// A list without a search has bounds in any case, so that one statement uses the index with and without them.
    fn of(filter: &'a PatientFilter, viewer: Viewer) -> Self {
        const EARLIEST: Timestamp = Timestamp::UNIX_EPOCH;
        let (from, until) = (filter.registered.from, filter.registered.until);
        let registered = match &filter.search {
            Some(_) => (from, until),
            None => (from.or(Some(EARLIEST)), until.or(Some(Timestamp::MAX))),
        };
        let second = filter.search.as_ref().filter(|search| search.second != search.first);
        Self {
            registered,
            gender: filter.gender.map(Gender::code),
            second: second.map(|search| search.second.as_str()),
            viewer,
        }
    }

    fn params(&'a self, filter: &'a PatientFilter) -> Vec<&'a (dyn ToSql + Sync)> {
        let visit = &filter.last_visit;
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![
            &self.registered.0,
            &self.registered.1,
            &self.gender,
            &visit.from,
            &visit.until,
            &self.viewer.all,
            &self.viewer.user,
        ];
        if let Some(search) = &filter.search {
            params.extend::<[&(dyn ToSql + Sync); 3]>([&search.first, &self.second, &search.rest]);
        }
        params
    }
}

/// One page and how many there are in all.
pub(in crate::clinic::patients) async fn page(
    tx: &TenantTx,
    filter: &PatientFilter,
    page: PageRequest,
    viewer: Viewer,
) -> Result<(Vec<Patient>, i64), DbError> {
    let (limit, offset) = (page.page_size, page.offset());
    if !filter.narrows() {
        let rows = tx.rows(&PAGE, &[&viewer.all, &viewer.user, &limit, &offset]).await?;
        return Ok((rows.iter().map(patient).collect(), total(tx, viewer).await?));
    }
    let values = Values::of(filter, viewer);
    let mut params = values.params(filter);
    params.extend::<[&(dyn ToSql + Sync); 2]>([&limit, &offset]);
    let (rows, total) = match &filter.search {
        None => (tx.rows(&FILTERED, &params).await?, matching(tx, filter, viewer).await?),
        Some(search) if is_letters(search) => {
            let total = matching(tx, filter, viewer).await?;
            // One by one down the list, they are met soon if there are many.
            let list = if total > 1_000 + offset { &LETTERS_MANY } else { &LETTERS_FEW };
            (if total > offset { tx.rows(list, &params).await? } else { Vec::new() }, total)
        }
        Some(search) => {
            params.push(&search.exact);
            let rows = tx.rows(&SEARCHED, &params).await?;
            let total = match rows.first() {
                Some(row) => row.get("total"),
                None if offset > 0 => matching(tx, filter, viewer).await?,
                None => 0,
            };
            (rows, total)
        }
    };
    Ok((rows.iter().map(patient).collect(), total))
}

/// How many the filter leaves.
pub(in crate::clinic::patients) async fn matching(
    tx: &TenantTx,
    filter: &PatientFilter,
    viewer: Viewer,
) -> Result<i64, DbError> {
    if !filter.narrows() {
        return total(tx, viewer).await;
    }
    let count = match &filter.search {
        None => &FILTERED_TOTAL,
        Some(search) if is_letters(search) => &LETTERS_TOTAL,
        Some(_) => &SEARCHED_TOTAL,
    };
    Ok(tx.row(count, &Values::of(filter, viewer).params(filter)).await?.get("total"))
}

/// Ids of at most `limit` whom the search finds, in the order of the list.
pub(in crate::clinic::patients) async fn found(
    tx: &TenantTx,
    search: &Search,
    limit: i64,
    viewer: Viewer,
) -> Result<Vec<PatientId>, DbError> {
    let list = if is_letters(search) { &LETTERS_FOUND } else { &FOUND };
    let filter = PatientFilter { search: Some(search.clone()), ..PatientFilter::default() };
    let values = Values::of(&filter, viewer);
    let mut params = values.params(&filter);
    params.push(&limit);
    Ok(tx.rows(list, &params).await?.iter().map(|row| row.get("id")).collect())
}

/// At most `limit` of them with ids after `after`, in the order of ids.
pub(in crate::clinic::patients) async fn batch(
    tx: &TenantTx,
    filter: &PatientFilter,
    after: PatientId,
    limit: i64,
    viewer: Viewer,
) -> Result<Vec<Patient>, DbError> {
    let list = if filter.search.is_some() { &SEARCHED_BATCH } else { &BATCH };
    let values = Values::of(filter, viewer);
    let mut params = values.params(filter);
    params.extend::<[&(dyn ToSql + Sync); 2]>([&after, &limit]);
    Ok(tx.rows(list, &params).await?.iter().map(patient).collect())
}
