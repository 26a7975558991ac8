//! Whose patients somebody is shown, where a rule holds: the reading half of `sight`.

use uuid::Uuid;

use crate::access::TenantTx;
use crate::clinic::patients::filter::{PatientFilter, Whose};
use crate::clinic::patients::model::{Patient, PatientError, PatientId};
use crate::clinic::patients::sight::{Look, Rule, Seen, Viewer};
use crate::clinic::patients::store::care::visits::Asked;
use crate::clinic::patients::{author, store};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, DbError};

/// A look at these records: every decision who sees what of them is asked of it. Where no rule keeps records from
/// whoever looks, nothing is read.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn look(tx: &TenantTx, ids: &[PatientId]) -> Result<Look, DbError> {
    let viewer = Viewer::of(tx);
    if viewer.rule != Rule::Own || ids.is_empty() {
        return Ok(Look::at_own(viewer));
    }
    let circle = store::care::circle(tx, viewer).await?;
    Ok(Look::at_some(viewer, store::care::own_of(tx, &circle, ids).await?))
}

/// May whoever asks book this patient with this doctor in this department? Not where that would make a patient theirs for
/// a reason alone ([`outlasts_a_reason`]).
///
/// # Errors
/// [`PatientError::OpenedWithReason`].
pub async fn may_book(
    tx: &TenantTx,
    patient: &Patient,
    doctor: UserId,
    department: Uuid,
) -> Result<(), AppError> {
    match outlasts_a_reason(tx, patient, doctor, department).await? {
        true => Err(PatientError::OpenedWithReason.into()),
        false => Ok(()),
    }
}

/// Would a visit of this patient to this doctor in this department make them the patient of whoever asks, or of whomever
/// they cover, while the record lies open to them for a reason alone? Its hours would never end. Whose patient it is
/// anyway is booked, whatever reason a secret took.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn outlasts_a_reason(
    tx: &TenantTx,
    patient: &Patient,
    doctor: UserId,
    department: Uuid,
) -> Result<bool, AppError> {
    let viewer = Viewer::of(tx);
    if viewer.rule != Rule::Own || !matches!(patient.seen, Seen::Opened { .. }) {
        return Ok(false);
    }
    let circle = store::care::circle(tx, viewer).await?;
    let is_theirs = !store::care::own_of(tx, &circle, &[patient.id]).await?.is_empty();
    Ok(!is_theirs && circle.stands_for(doctor, department))
}

/// For whom somebody acts now: themselves and whom they cover, and departments that they cover.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn acts_for(tx: &TenantTx) -> Result<(Vec<UserId>, Vec<Uuid>), AppError> {
    Ok(store::care::circle(tx, Viewer::of(tx)).await?.acts_for())
}

/// These patients as a list shows them.
pub(in crate::clinic::patients) async fn listed(
    tx: &TenantTx,
    patients: Vec<Patient>,
) -> Result<Vec<Patient>, DbError> {
    let ids: Vec<PatientId> = patients.iter().map(|patient| patient.id).collect();
    let look = look(tx, &ids).await?;
    Ok(patients.into_iter().filter_map(|patient| look.listed(patient)).collect())
}

/// Does a list of this filter show somebody's own patients alone?
pub(in crate::clinic::patients) fn narrows_to_own(viewer: Viewer, filter: &PatientFilter) -> bool {
    match (viewer.rule, filter.whose) {
        (Rule::Everybody, _) | (Rule::Department, Whose::All) => false,
        (Rule::Department | Rule::Own, Whose::Mine) => true,
        // Lines that are withheld stand in the whole list; by what they do not tell they are not found.
        (Rule::Own, Whose::All) => filter.search.is_some() || filter.asks_for_facts(),
    }
}

/// One page of somebody's own patients; behind them, for a search, those whose whole name or code it is.
pub(in crate::clinic::patients) async fn own_list(
    tx: &TenantTx,
    filter: &PatientFilter,
    page: PageRequest,
    viewer: Viewer,
) -> Result<Page<Patient>, AppError> {
    let circle = store::care::circle(tx, viewer).await?;
    let (mut shown, own) = store::care::page(tx, filter, page, viewer, &circle).await?;
    let look = Look::at_own(viewer);
    shown = shown.into_iter().filter_map(|patient| look.listed(patient)).collect();
    let others = others(tx, filter, viewer, &circle).await?;
    let total = own + i64::try_from(others.len()).unwrap_or(0);
    let at = |number: i64| usize::try_from(number).unwrap_or(0);
    let room = at(page.page_size).saturating_sub(shown.len());
    shown.extend(others.into_iter().skip(at(page.offset() - own)).take(room));
    Ok(page.envelope(shown, total))
}

/// One page of those who visit a department or a doctor; of somebody's own patients where their list is of these.
pub(in crate::clinic::patients) async fn visited_list(
    tx: &TenantTx,
    filter: &PatientFilter,
    page: PageRequest,
    viewer: Viewer,
) -> Result<Page<Patient>, AppError> {
    let circle = match narrows_to_own(viewer, filter) {
        true => Some(store::care::circle(tx, viewer).await?),
        false => None,
    };
    let (patients, total) = Asked::new(filter, viewer, circle.as_ref()).page(tx, page).await?;
    let look = Look::at_own(viewer);
    Ok(page.envelope(patients.into_iter().filter_map(|patient| look.listed(patient)).collect(), total))
}

/// Somebody else's patients, for who holds their code or knows their whole name: nobody is shut out by a list.
async fn others(
    tx: &TenantTx,
    filter: &PatientFilter,
    viewer: Viewer,
    circle: &store::care::Circle,
) -> Result<Vec<Patient>, AppError> {
    let Some(search) = filter.search_alone() else { return Ok(Vec::new()) };
    if search.is_code() {
        let found = store::care::others::by_code(tx, &search.first).await?;
        let own = match &found {
            Some(found) => store::care::own_of(tx, circle, &[found.id]).await?,
            None => return Ok(Vec::new()),
        };
        let others = found.into_iter().filter(|found| !own.contains(&found.id));
        return listed(tx, others.collect()).await.map_err(AppError::from);
    }
    let found = store::care::others::others_named(tx, search, viewer, circle).await?;
    let ids: Vec<PatientId> = found.iter().map(|patient| patient.id).collect();
    let look = look(tx, &ids).await?;
    Ok(found.into_iter().filter_map(|patient| look.named(patient)).collect())
}

/// Tie newborns to the team that cares for their mother.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn inherit_care(tx: &TenantTx, mother: PatientId, children: &[PatientId]) -> Result<(), AppError> {
    Ok(store::care::children::inherit(tx, mother, children, author(tx)).await?)
}
