//! Registering: a place within the hospital's limit, the next code, the row, and all that is kept beside it.

use uuid::Uuid;

use super::kept;
use crate::access::TenantTx;
use crate::clinic::patients::model::{Confidentiality, Details, Origin, Patient, PatientError, PatientId};
use crate::clinic::patients::sight::{Seen, Viewer};
use crate::clinic::patients::why::Why;
use crate::clinic::patients::{author, lists, store};
use crate::kernel::AppError;

/// Register a patient: takes a place within the hospital's limit and the next code.
///
/// # Errors
/// [`PatientError::LimitReached`].
pub async fn register(tx: &TenantTx, details: Details) -> Result<Patient, AppError> {
    insert(tx, details, Origin::default(), None, &Why::default()).await
}

/// The same, with what belongs to it beside the fields.
///
/// # Errors
/// [`PatientError::LimitReached`], [`PatientError::MayNotRestrict`].
pub async fn register_with(tx: &TenantTx, details: Details, why: &Why) -> Result<Patient, AppError> {
    insert(tx, details, Origin::default(), None, why).await
}

/// Register somebody who does not come to the desk in the usual way: never refused for the hospital's limit, an
/// overrun is kept with the record. A practice patient is not counted at all.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn register_as(tx: &TenantTx, details: Details, origin: Origin) -> Result<Patient, AppError> {
    insert(tx, details, origin, None, &Why::default()).await
}

/// What became of a form that may have been sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    Now(PatientId),
    /// By the first of two equal forms.
    Before(PatientId),
}

/// Register the patient of a form that was given `key` when it was shown. Sent again, it finds the first one.
///
/// # Errors
/// [`PatientError::LimitReached`].
pub async fn register_once(
    tx: &TenantTx,
    details: Details,
    key: Uuid,
    why: &Why,
) -> Result<Registered, AppError> {
    register_as_once(tx, details, Origin::default(), key, why).await
}

/// The same for somebody who does not come to the desk in the usual way.
///
/// # Errors
/// [`PatientError::LimitReached`], for [`RegisteredAs::Desk`] only.
pub async fn register_as_once(
    tx: &TenantTx,
    details: Details,
    origin: Origin,
    key: Uuid,
    why: &Why,
) -> Result<Registered, AppError> {
    if let Some(id) = store::by_registration_key(tx, key).await? {
        return Ok(Registered::Before(id));
    }
    match tx.attempt(insert(tx, details, origin, Some(key), why)).await {
        Ok(patient) => Ok(Registered::Now(patient.id)),
        Err(error) if error.constraint() == Some("patients_registration_key_unique") => {
            let id = store::by_registration_key(tx, key).await?;
            id.map(Registered::Before).ok_or_else(|| AppError::internal("a registration key led nowhere"))
        }
        Err(error) => Err(error),
    }
}

/// Did this form register somebody already?
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn is_sent_again(tx: &TenantTx, key: Option<Uuid>) -> Result<bool, AppError> {
    let Some(key) = key else { return Ok(false) };
    Ok(store::by_registration_key(tx, key).await?.is_some())
}

async fn insert(
    tx: &TenantTx,
    mut details: Details,
    mut origin: Origin,
    key: Option<Uuid>,
    why: &Why,
) -> Result<Patient, AppError> {
    // A child is as confidential as its mother, whoever registers it.
    if details.confidentiality != Confidentiality::Normal && origin.mother.is_none() && !Viewer::of(tx).all {
        return Err(PatientError::MayNotRestrict.into());
    }
    let written = lists::begin(&mut details)?;
    let max = tx.hospital().max_patients.at(tx.now()).map(i64::from);
    let limit = max.filter(|_| !origin.registered_as.passes_limit());
    // One after the other: the second lock must not be taken before the first, or two racers could block each other.
    let total = match (origin.is_practice(), limit) {
        (true, _) => None,
        (false, limit) => match (store::take_place(tx, limit).await?, limit) {
            (Some(total), _) => Some(total),
            (None, Some(max)) => return Err(PatientError::LimitReached { max }.into()),
            (None, None) => return Err(AppError::internal("the hospital has no counter of patients")),
        },
    };
    origin.over_limit = total.zip(max).is_some_and(|(total, max)| total > max);
    let code = match origin.is_practice() {
        true => format!("PRACTICE-{}", store::next_practice_code(tx).await?),
        false => format!("P-{:05}", store::next_code(tx).await?),
    };
    let (id, by, at) = (PatientId::new(), author(tx), tx.now());
    store::insert(tx, &details, &store::NewRow { id, code: &code, by, at, key, origin: &origin }).await?;
    lists::keep(tx, id, written).await?;
    kept::note_created(tx, id, &details, why).await?;
    if let Some(total) = total {
        store::note_total(tx, total).await?;
    }
    Ok(Patient {
        id,
        code,
        details,
        origin,
        picture: None,
        last_visited_at: None,
        created_by: by,
        updated_by: by,
        created_at: at,
        updated_at: at,
        version: 1,
        seen: Seen::Whole,
    })
}
