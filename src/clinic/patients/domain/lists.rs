//! Lists and counts of patients, as far as whoever asks may know of them.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::care::{listed, narrows_to_own, own_list, visited_list};
use crate::access::TenantTx;
use crate::clinic::patients::filter::{PatientFilter, Search};
use crate::clinic::patients::model::{Patient, PatientId};
use crate::clinic::patients::sight::{Look, Rule, Viewer};
use crate::clinic::patients::store::ahead::Ahead;
use crate::clinic::patients::store::care::visits::Asked;
use crate::clinic::patients::{hospital_now, store};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};

/// One page of the patients that the filter leaves; last visited first, then newest.
///
/// # Errors
/// 403 for a filter by visits, without the right to see them.
pub async fn list(
    tx: &TenantTx,
    filter: &PatientFilter,
    page: PageRequest,
) -> Result<Page<Patient>, AppError> {
    may_ask(tx, filter)?;
    if filter.nobody {
        return Ok(page.envelope(Vec::new(), 0));
    }
    let viewer = Viewer::of(tx);
    let few = |found: Vec<Patient>| {
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let at = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let shown = found.into_iter().skip(at(page.offset())).take(at(page.page_size));
        page.envelope(shown.collect(), total)
    };
    // The code of a record that was merged names one person, of whatever longer code it may be a part.
    if let Some(search) = filter.search_alone().filter(|search| search.is_code())
        && let Some(survivor) = store::by_old_code(tx, &search.first).await?
        && let Some(survivor) = listed(tx, vec![survivor]).await?.pop()
    {
        return Ok(few(vec![survivor]));
    }
    let found = if filter.visits.are_asked() {
        visited_list(tx, filter, page, viewer).await?
    } else if narrows_to_own(viewer, filter) {
        own_list(tx, filter, page, viewer).await?
    } else {
        let (patients, total) = store::search::page(tx, filter, page, viewer).await?;
        page.envelope(listed(tx, patients).await?, total)
    };
    if found.total == 0
        && let Some(search) = filter.search_alone()
    {
        return Ok(few(store::practice_found(tx, search).await?));
    }
    Ok(found)
}

/// Children who were registered from this patient's chart, the latest birth first, at most 50.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn children(tx: &TenantTx, mother: PatientId) -> Result<Vec<Patient>, AppError> {
    Ok(listed(tx, store::children(tx, mother).await?).await?)
}

/// Id of the record with this code, as written on a wristband. It opens nothing: ask [`show`](super::super::show).
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn id_of_code(tx: &TenantTx, code: &str) -> Result<Option<PatientId>, AppError> {
    Ok(store::id_of_code(tx, code).await?)
}

/// Ids of those whom a search finds, at most `most` and the last visited first, for lists of something else. They open
/// nothing: show what [`look`](super::super::look) leaves of each.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn found(tx: &TenantTx, search: &Search, most: i64) -> Result<Vec<PatientId>, AppError> {
    if search.is_code()
        && let Some(survivor) = store::by_old_code(tx, &search.first).await?
    {
        return Ok(vec![survivor.id]);
    }
    Ok(store::search::found(tx, search, most, Viewer::of(tx)).await?)
}

/// The next time that is booked for each of these, for whoever may see appointments; for others of nobody.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn ahead(tx: &TenantTx, patients: &[Uuid]) -> Result<BTreeMap<PatientId, Ahead>, AppError> {
    if patients.is_empty() || !tx.person().is_some_and(|person| person.holds(APPOINTMENTS)) {
        return Ok(BTreeMap::new());
    }
    Ok(store::ahead::ahead(tx, patients).await?)
}

/// With the right that appointments ask of whoever reads them (`appointments::View`).
const APPOINTMENTS: &str = "appointments:view";

/// A list of who visits a doctor or a department tells of appointments, so it takes the right to see them.
fn may_ask(tx: &TenantTx, filter: &PatientFilter) -> Result<(), AppError> {
    let sees_visits = tx.person().is_none_or(|person| person.holds(APPOINTMENTS));
    if sees_visits || !filter.visits.are_asked() {
        return Ok(());
    }
    let detail = format!("Insufficient permissions. Required: {APPOINTMENTS}");
    Err(Problem::forbidden("auth.permission_missing", detail).into())
}

/// Rows of one statement: bounds the memory of a reading.
const BATCH: i64 = 2_000;

/// How many patients the filter leaves to be read: for a doctor whose hospital decided so, their own alone.
///
/// # Errors
/// As [`list`].
pub async fn count(tx: &TenantTx, filter: &PatientFilter) -> Result<i64, AppError> {
    may_ask(tx, filter)?;
    let viewer = Viewer::of(tx);
    if filter.nobody {
        return Ok(0);
    }
    let circle = circle_to_read(tx, viewer, filter).await?;
    Ok(match &circle {
        circle if filter.visits.are_asked() => Asked::new(filter, viewer, circle.as_ref()).total(tx).await?,
        Some(circle) => store::care::total(tx, filter, viewer, circle).await?,
        None => store::search::matching(tx, filter, viewer).await?,
    })
}

/// Whose patients are read. Lines of somebody else's patients say nothing, so no file is made of them.
async fn circle_to_read(
    tx: &TenantTx,
    viewer: Viewer,
    filter: &PatientFilter,
) -> Result<Option<store::care::Circle>, AppError> {
    let is_own = viewer.rule == Rule::Own || narrows_to_own(viewer, filter);
    Ok(if is_own { Some(store::care::circle(tx, viewer).await?) } else { None })
}

/// What `take` makes of each patient that the filter leaves, at most `most`, in the order of the list.
///
/// Read by id, which never changes, and ordered here: a visit that begins meanwhile moves a patient to the top of the
/// list, and must not make her be read twice or be left out.
///
/// # Errors
/// As [`list`].
pub async fn read<T>(
    tx: &TenantTx,
    filter: &PatientFilter,
    most: usize,
    mut take: impl FnMut(Patient) -> T,
) -> Result<Vec<T>, AppError> {
    may_ask(tx, filter)?;
    let viewer = Viewer::of(tx);
    let circle = circle_to_read(tx, viewer, filter).await?;
    let look = Look::at_own(viewer);
    let mut found = Vec::new();
    let mut after = PatientId(Uuid::nil());
    while !filter.nobody && found.len() < most {
        let batch = match &circle {
            circle if filter.visits.are_asked() => {
                Asked::new(filter, viewer, circle.as_ref()).batch(tx, (after, BATCH)).await?
            }
            Some(circle) => store::care::batch(tx, filter, (after, BATCH), viewer, circle).await?,
            None => store::search::batch(tx, filter, after, BATCH, viewer).await?,
        };
        let is_last = i64::try_from(batch.len()).is_ok_and(|rows| rows < BATCH);
        for patient in batch {
            after = patient.id;
            let key = (patient.last_visited_at, patient.created_at, patient.id);
            found.extend(look.listed(patient).map(|patient| (key, take(patient))));
        }
        if is_last {
            break;
        }
    }
    found.truncate(most);
    found.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
    Ok(found.into_iter().map(|(_, line)| line).collect())
}

/// Numbers for the head of a page, by the hospital's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Of the reader's own patients alone, because a rule holds for them.
    pub own: bool,
    pub total: i64,
    pub today: i64,
    pub yesterday: i64,
}

/// How many patients there are and were registered lately.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn counts(tx: &TenantTx) -> Result<Counts, AppError> {
    let today = hospital_now(tx).start_of_day().map_err(AppError::internal)?;
    let yesterday = today.yesterday().and_then(|day| day.start_of_day()).map_err(AppError::internal)?;
    let tomorrow = today.tomorrow().and_then(|day| day.start_of_day()).map_err(AppError::internal)?;
    let viewer = Viewer::of(tx);
    let days = (yesterday.timestamp(), today.timestamp(), tomorrow.timestamp());
    if viewer.rule == Rule::Everybody {
        let (earlier, later) = store::registered(tx, days, viewer).await?;
        let total = store::total(tx, viewer).await?;
        return Ok(Counts { own: false, total, today: later, yesterday: earlier });
    }
    let circle = store::care::circle(tx, viewer).await?;
    let (earlier, later) = store::care::registered(tx, days, viewer, &circle).await?;
    let total = store::care::total(tx, &PatientFilter::default(), viewer, &circle).await?;
    Ok(Counts { own: true, total, today: later, yesterday: earlier })
}

/// The patients registered last, newest first; of the reader's own where a rule holds for them.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn registered_last(tx: &TenantTx, count: i64) -> Result<Vec<Patient>, AppError> {
    let viewer = Viewer::of(tx);
    if viewer.rule == Rule::Everybody {
        return Ok(listed(tx, store::registered_last(tx, count, viewer).await?).await?);
    }
    let circle = store::care::circle(tx, viewer).await?;
    let patients = store::care::registered_last(tx, count, viewer, &circle).await?;
    Ok(listed(tx, patients).await?)
}

/// The patients whose records the person who asks has opened last, latest first. A merged one is left out: who opens it
/// is led to the other, and that is noted.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn viewed_last(tx: &TenantTx, count: i64) -> Result<Vec<Patient>, AppError> {
    Ok(listed(tx, store::viewed::viewed_last(tx, count, Viewer::of(tx)).await?).await?)
}
