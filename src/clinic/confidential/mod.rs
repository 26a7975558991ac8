//! Opening a confidential record with a reason ("break glass").
//!
//! Who sees what of such a record is decided in `patients` (`sight`), which reads what is written here. Whoever may see
//! patients may open one at once, so that nobody is shut out in an emergency; the reason, the person and the time are
//! kept for good, each look within the four hours is audited durably. Who may mark records reads who opened which, and
//! why: practice is left out.

mod api;
mod model;
mod pages;
mod store;

pub use model::{Glass, GlassId, OPEN_HOURS, Opening};

use jiff::ToSpan as _;

use crate::access::{Module, TenantTx};
use crate::clinic::patients::{self, Confidentiality, PatientError, PatientId, Period, Sealed, Viewer};
use crate::kernel::AppError;
use crate::kernel::paging::{Page, PageRequest};
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

/// This capability, for the registry. Who may see patients may break the glass.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[],
    docs: Some(Chapter::new(
        Part::Patients,
        "Confidential records",
        "A restricted record is opened with a reason, for four hours, and every look at it is kept; who may mark records \
         reads the reasons.",
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

/// Open a confidential record to whoever is behind this transaction, for [`OPEN_HOURS`].
///
/// # Errors
/// 404, [`PatientError::NotRestricted`].
async fn open(tx: &TenantTx, id: PatientId, reason: &str) -> Result<(Glass, Sealed), AppError> {
    let sealed = patients::sealed(tx, id).await?;
    if sealed.level == Confidentiality::Normal {
        return Err(PatientError::NotRestricted.into());
    }
    let glass = Glass {
        id: GlassId::new(),
        patient: sealed.id,
        user: Viewer::of(tx).user,
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
async fn list(tx: &TenantTx, period: Period, page: PageRequest) -> Result<Page<Opening>, AppError> {
    let (openings, total) = store::page(tx, period, page).await?;
    Ok(page.envelope(openings, total))
}
