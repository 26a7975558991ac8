//! Opening a record with a reason ("break glass"): a confidential one, or one of somebody else's patient.
//!
//! Who sees what of such a record is decided in `patients` (`sight`), which reads what is written here. Whoever may see
//! patients may open one at once, so that nobody is shut out in an emergency; the reason, the person and the time are
//! kept for good, each look within the four hours is audited durably. A reason for somebody else's patient opens no
//! secret. Who may mark records reads who opened which, and why, is told how many wait for a word, and says one for each:
//! once (`break_glass_reviews_pkey`), and nobody about their own. Practice is left out. They have a mail about it too
//! (`domain::alerts`).

mod api;
mod domain;
mod model;
mod pages;
mod store;

pub use domain::alerts::tell_reviewers;
pub use model::{
    Glass, GlassId, NewReview, OPEN_HOURS, Opening, Outcome, Review, ReviewError, Which, code_of,
};

use jiff::ToSpan as _;

use crate::access::{Module, TenantTx};
use crate::clinic::patients::{
    self, Closed, Confidentiality, PatientError, PatientId, Period, Sealed, Viewer,
};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. Who may see patients may break the glass.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS, store::alerts::STATEMENTS],
    problems: &[ReviewError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Confidential records",
        "A record that is kept from somebody is opened with a reason, for four hours, and every look at it is kept; who may \
         mark records reads the reasons and reviews them.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 890,
        group: "Manage",
        label: "Opened records",
        href: "/patients/opened",
        icon: Icon("lock-open"),
        key: "",
        permission: "patients:restrict",
    }],
    ..Module::named("confidential")
};

/// Open a record to whoever is behind this transaction, for [`OPEN_HOURS`].
///
/// # Errors
/// 404, [`PatientError::NotRestricted`].
async fn open(tx: &TenantTx, id: PatientId, reason: &str) -> Result<(Glass, Sealed), AppError> {
    let sealed = patients::sealed(tx, id).await?;
    let why = match (sealed.why, sealed.level) {
        (Some(why), _) => why,
        (None, Confidentiality::Normal) => return Err(PatientError::NotRestricted.into()),
        (None, _) => Closed::Confidential,
    };
    let glass = Glass {
        id: GlassId::new(),
        patient: sealed.id,
        user: Viewer::of(tx).user,
        why,
        opened_at: tx.now(),
        expires_at: tx.now().checked_add(OPEN_HOURS.hours()).map_err(AppError::internal)?,
    };
    store::insert(tx, &glass, reason).await?;
    Ok((glass, sealed))
}

/// One page of the openings of a period, newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn list(
    tx: &TenantTx,
    period: Period,
    which: Which,
    page: PageRequest,
) -> Result<Page<Opening>, AppError> {
    let (openings, total) = store::page(tx, period, which, page).await?;
    Ok(page.envelope(openings, total))
}

/// Say a word about what somebody else opened.
///
/// # Errors
/// 404, [`ReviewError`].
async fn review(tx: &TenantTx, id: GlassId, new: &NewReview) -> Result<(), AppError> {
    let me = Viewer::of(tx).user;
    match store::whose(tx, id).await? {
        None => Err(Problem::not_found("The opening").into()),
        Some(opened_by) if opened_by == me => Err(ReviewError::Own.into()),
        Some(_) => store::review(tx, id, new, me).await.map_err(|error| match error.constraint() {
            Some("break_glass_reviews_pkey") => ReviewError::Reviewed.into(),
            _ => error.into(),
        }),
    }
}

/// How many openings of other people wait for a word.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn to_review(tx: &TenantTx) -> Result<i64, AppError> {
    Ok(store::to_review(tx, Viewer::of(tx).user).await?)
}
