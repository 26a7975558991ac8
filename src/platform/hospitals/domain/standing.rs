//! Restricting, suspending and activating a hospital. Its administrators have a mail about it in the same transaction.

use serde_json::json;

use super::people;
use crate::access::{self, Audit, PlatformTx};
use crate::identity::actor::TenantStatus;
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::platform::hospitals::{Asked, Hospital, HospitalError, find, store};

/// Suspend a hospital: its people are refused everywhere within a second of COMMIT. Nothing of its data changes.
/// Returns the hospital and the audit row to commit with.
///
/// # Errors
/// [`HospitalError::NotFound`], `AlreadySuspended`, `Inactive` or `Changed`.
pub async fn suspend(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    // Kept with the act: who suspended it could know how many patients were there.
    let here = store::patients_here(tx, id).await?;
    let Some(was) = store::suspend(tx, id, asked.seen).await? else {
        return Err(match find(tx, id).await?.status {
            TenantStatus::Suspended => HospitalError::AlreadySuspended,
            TenantStatus::Inactive => HospitalError::Inactive,
            _ => HospitalError::Changed,
        }
        .into());
    };
    let lines = &[
        "Nobody of the hospital can sign in until the platform activates it again.",
        "Nothing is deleted: everything is there as it was.",
    ];
    stands(
        tx,
        id,
        ("suspended", json!({ "from": was, "patients_here": here })),
        was,
        asked,
        ("is suspended", lines),
    )
    .await
}

/// Activate a hospital: a suspended one goes back to where it was, so an unconfirmed one stays unconfirmed. One that
/// is not suspended becomes active: the operator vouches for its address. Returns the hospital and the audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], [`HospitalError::AlreadyActive`] or [`HospitalError::Changed`].
pub async fn activate(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    let before = find(tx, id).await?;
    if before.status == TenantStatus::Active {
        return Err(HospitalError::AlreadyActive.into());
    }
    let seen_is_newest = asked.seen.is_none_or(|seen| seen == i64::from(before.version));
    if !seen_is_newest || !store::activate(tx, id, before.version).await? {
        return Err(match find(tx, id).await?.status {
            TenantStatus::Active => HospitalError::AlreadyActive,
            _ => HospitalError::Changed,
        }
        .into());
    }
    let lines = &["Its people can sign in with their passwords, and everything is there as before."];
    stands(
        tx,
        id,
        ("activated", json!({ "from": before.status })),
        before.status,
        asked,
        ("is active", lines),
    )
    .await
}

/// Restrict a hospital: it goes on with those who are there, and takes nobody and nothing new but emergencies and
/// births. Returns the hospital and the audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], `AlreadyRestricted`, `NotActive` or `Changed`.
pub async fn restrict(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    if !store::restrict(tx, id, asked.seen, asked.reason.as_deref()).await? {
        let found = find(tx, id).await?;
        return Err(match (found.status, found.restricted) {
            (TenantStatus::Active, Some(_)) => HospitalError::AlreadyRestricted,
            (TenantStatus::Active, None) => HospitalError::Changed,
            _ => HospitalError::NotActive,
        }
        .into());
    }
    let lines = &[
        "New patients, bookings, accounts, departments, roles and shares wait for the time. Emergencies and births are \
         registered as always.",
        "Everybody can sign in, read, chart, discharge and export.",
    ];
    restriction(tx, id, "restricted", asked, ("is restricted", lines)).await
}

/// Lift a restriction. Returns the hospital and the audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], `NotRestricted` or `Changed`.
pub async fn lift(tx: &PlatformTx, id: TenantId, asked: &Asked) -> Result<(Hospital, Audit), AppError> {
    if !store::lift(tx, id, asked.seen).await? {
        return Err(match find(tx, id).await?.restricted {
            None => HospitalError::NotRestricted,
            Some(_) => HospitalError::Changed,
        }
        .into());
    }
    let lines = &["New patients, bookings and accounts are possible again."];
    restriction(tx, id, "restriction_lifted", asked, ("is not restricted any more", lines)).await
}

/// What a mail says: the end of its subject, and its sentences.
type Told<'a> = (&'a str, &'a [&'a str]);

/// Tell every instance and the administrators, and describe what was done to the hospital's status.
async fn stands(
    tx: &PlatformTx,
    id: TenantId,
    (verb, mut detail): (&'static str, serde_json::Value),
    was: TenantStatus,
    asked: &Asked,
    told: Told<'_>,
) -> Result<(Hospital, Audit), AppError> {
    access::announce(tx, &Change::Tenant(id.0)).await?;
    let hospital = find(tx, id).await?;
    // An address that nobody confirmed may be a stranger's.
    if was == TenantStatus::Active || hospital.status == TenantStatus::Active {
        people::tell(tx, &hospital, told, asked.reason.as_deref()).await?;
    }
    detail["to"] = json!(hospital.status);
    Ok((hospital, audit(verb, id, detail, asked)))
}

async fn restriction(
    tx: &PlatformTx,
    id: TenantId,
    verb: &'static str,
    asked: &Asked,
    told: Told<'_>,
) -> Result<(Hospital, Audit), AppError> {
    access::announce(tx, &Change::Tenant(id.0)).await?;
    let hospital = find(tx, id).await?;
    if hospital.status == TenantStatus::Active {
        people::tell(tx, &hospital, told, asked.reason.as_deref()).await?;
    }
    Ok((hospital, audit(verb, id, json!({}), asked)))
}

fn audit(verb: &'static str, id: TenantId, mut detail: serde_json::Value, asked: &Asked) -> Audit {
    if let Some(reason) = &asked.reason {
        detail["reason"] = json!(reason);
    }
    Audit::did(verb, id).with(detail)
}
