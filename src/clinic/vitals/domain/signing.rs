//! A hospital's own tables, and who of its clinicians signed what.

use crate::access::TenantTx;
use crate::clinic::vitals::keeping::{Kept, NewTable, Standing};
use crate::clinic::vitals::model::{TableId, VitalsError};
use crate::clinic::vitals::store::tables::InUse;
use crate::clinic::vitals::tables::Name;
use crate::clinic::vitals::{author, store};
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, Problem};

/// So many versions of a table are told with it; older ones by [`versions`].
const NEWEST: i64 = 20;

fn of(name: Name, in_use: &[InUse]) -> Standing {
    let found = in_use.iter().find(|found| found.name == name);
    let own = found.and_then(|found| Some((found.origin.clone(), found.body.clone()?)));
    let is_built_in = own.is_none();
    let (origin, body) = own.unwrap_or_else(|| (name.built_in(), name.body()));
    // A signature is below the version that was read: of ours, a newer one waits for its own.
    let signed = found.filter(|found| found.origin.version == origin.version).map(|found| found.signed);
    Standing { name, origin, body, is_built_in, signed }
}

/// Each table as it counts here.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn standings(tx: &TenantTx) -> Result<Vec<Standing>, AppError> {
    let in_use = store::tables::in_use(tx).await?;
    Ok(Name::ALL.map(|name| of(name, &in_use)).into())
}

/// One of them.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn standing(tx: &TenantTx, name: Name) -> Result<Standing, AppError> {
    Ok(of(name, &store::tables::in_use(tx).await?))
}

/// The newest versions of each of these tables that this hospital wrote or signed.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn newest(tx: &TenantTx, names: &[Name]) -> Result<Vec<Kept>, AppError> {
    Ok(store::tables::newest(tx, names, NEWEST).await?)
}

/// Every version of one table, or of all, the newest first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn versions(
    tx: &TenantTx,
    name: Option<Name>,
    page: PageRequest,
) -> Result<Page<Kept>, AppError> {
    Ok(store::tables::versions(tx, name, page).await?)
}

/// Keep a hospital's own version. It counts once somebody signs it.
///
/// # Errors
/// [`VitalsError::VersionTaken`].
pub(in crate::clinic::vitals) async fn keep(
    tx: &TenantTx,
    name: Name,
    new: &NewTable,
) -> Result<TableId, AppError> {
    store::tables::insert(tx, name, new, author(tx), false).await.map_err(|error| match error.constraint() {
        Some("vitals_tables_version_unique") => AppError::from(VitalsError::VersionTaken),
        _ => error.into(),
    })
}

/// Sign a version: from now on it counts. The version that HMS comes with is signed by its name.
///
/// # Errors
/// 404, [`VitalsError::Signed`].
pub(in crate::clinic::vitals) async fn sign(
    tx: &TenantTx,
    name: Name,
    version: &str,
) -> Result<TableId, AppError> {
    let taken = |error: crate::kernel::DbError| match error.constraint() {
        Some("vitals_tables_version_unique") => AppError::from(VitalsError::Signed),
        _ => error.into(),
    };
    match store::tables::hold(tx, name, version).await? {
        // A later signature brings an older version back.
        // Its values are not here any more.
        Some(kept) if kept.is_built_in && name.built_in().version != version => {
            Err(Problem::not_found("This version of the table").into())
        }
        Some(kept) => {
            let counting = standing(tx, name).await?;
            if counting.signed.is_some() && counting.origin.version == version {
                return Err(VitalsError::Signed.into());
            }
            store::tables::sign(tx, kept.id, author(tx)).await?;
            Ok(kept.id)
        }
        None => {
            let built_in = name.built_in();
            if built_in.version != version {
                return Err(Problem::not_found("This version of the table").into());
            }
            let new = NewTable { version: built_in.version, source: built_in.source, body: None };
            store::tables::insert(tx, name, &new, author(tx), true).await.map_err(taken)
        }
    }
}
