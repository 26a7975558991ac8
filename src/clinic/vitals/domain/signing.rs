//! A hospital's own tables, and who of its clinicians signed what.

use crate::access::TenantTx;
use crate::clinic::vitals::keeping::{Kept, NewTable, Standing};
use crate::clinic::vitals::model::VitalsError;
use crate::clinic::vitals::tables::Name;
use crate::clinic::vitals::{author, store};
use crate::kernel::{AppError, Problem};

/// Each table as it counts here.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn standings(tx: &TenantTx) -> Result<Vec<Standing>, AppError> {
    let kept = store::tables::all(tx).await?;
    let of = |name: Name| {
        let versions: Vec<Kept> = kept.iter().filter(|kept| kept.name == name).cloned().collect();
        let in_use = versions
            .iter()
            .filter(|kept| kept.signed.is_some())
            .max_by_key(|kept| kept.signed.map(|(at, _)| at));
        let own = in_use.and_then(|kept| {
            Some((kept.new.version.clone(), kept.new.source.clone(), kept.new.body.clone()?))
        });
        let signed = in_use.and_then(|kept| kept.signed);
        let (origin, body, is_built_in) = match own {
            Some((version, source, body)) => {
                (crate::clinic::vitals::tables::Origin { version, source }, body, false)
            }
            None => (name.built_in(), name.body(), true),
        };
        Standing { name, origin, body, is_built_in, signed, versions }
    };
    Ok(Name::ALL.map(of).into())
}

/// Keep a hospital's own version. It counts once somebody signs it.
///
/// # Errors
/// [`VitalsError::VersionTaken`].
pub(in crate::clinic::vitals) async fn keep(
    tx: &TenantTx,
    name: Name,
    new: &NewTable,
) -> Result<(), AppError> {
    store::tables::insert(tx, name, new, author(tx), false).await.map_err(|error| {
        match error.constraint() {
            Some("vitals_tables_version_unique") => AppError::from(VitalsError::VersionTaken),
            _ => error.into(),
        }
    })?;
    Ok(())
}

/// Sign a version: from now on it counts. The version that HMS comes with is signed by its name.
///
/// # Errors
/// 404, [`VitalsError::Signed`].
pub(in crate::clinic::vitals) async fn sign(
    tx: &TenantTx,
    name: Name,
    version: &str,
) -> Result<(), AppError> {
    let taken = |error: crate::kernel::DbError| match error.constraint() {
        Some("vitals_tables_version_unique") => AppError::from(VitalsError::Signed),
        _ => error.into(),
    };
    match store::tables::hold(tx, name, version).await? {
        // A later signature brings an older version back.
        Some(kept) => {
            let newest = standings(tx).await?.into_iter().find(|standing| standing.name == name);
            let counts = newest
                .is_some_and(|standing| standing.origin.version == version && standing.signed.is_some());
            if counts {
                return Err(VitalsError::Signed.into());
            }
            store::tables::sign(tx, kept.id, author(tx)).await?;
            Ok(())
        }
        None => {
            let built_in = name.built_in();
            if built_in.version != version {
                return Err(Problem::not_found("This version of the table").into());
            }
            let new = NewTable { version: built_in.version, source: built_in.source, body: None };
            store::tables::insert(tx, name, &new, author(tx), true).await.map_err(taken)?;
            Ok(())
        }
    }
}
