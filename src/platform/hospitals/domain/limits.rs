//! What a hospital may hold, and telling its administrators when that is nearly used up.

use serde_json::json;

use super::people;
use crate::access::{self, Audit, PlatformTx, SystemTask};
use crate::app::App;
use crate::identity::registry::Change;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, Ceiling};
use crate::platform::hospitals::model::{Hospital, HospitalError, Limit, Limits};
use crate::platform::hospitals::{find, store};

const TASK: SystemTask = SystemTask("hospitals.warn");

/// Set or lift a hospital's limits, or raise them for some hours; whoever is near a new one is told at once. Returns the hospital and the
/// audit row.
///
/// # Errors
/// [`HospitalError::NotFound`], `TooFewUsers`, `TooFewPatients`, `NotARaise` or `Changed`.
pub async fn set_limits(
    tx: &PlatformTx,
    id: TenantId,
    seen: Option<i64>,
    limits: Limits,
) -> Result<(Hospital, Audit), AppError> {
    let before = find(tx, id).await?;
    if limits == Limits::default() {
        return Ok((before, Audit::viewed(id)));
    }
    if !store::set_limits(tx, id, seen, limits).await? {
        return Err(refusal(&find(tx, id).await?, seen, limits).into());
    }
    tell(tx, id).await?;
    access::announce(tx, &Change::Tenant(id.0)).await?;
    let after = find(tx, id).await?;
    let audit = if limits.hours.is_some() {
        let raised = |limit: Limit, to: Ceiling| {
            let raise = to.raise_at(after.read_at).filter(|_| limit != Limit::Kept);
            raise.map(|raise| json!({ "from": to.most, "to": raise.to, "until": raise.until.to_string() }))
        };
        Audit::did("limits_raised", id).with(json!({
            "max_users": raised(limits.users, after.max_users),
            "max_patients": raised(limits.patients, after.max_patients),
        }))
    } else {
        Audit::did("limits_changed", id).with(json!({
            "max_users": { "from": before.max_users.most, "to": after.max_users.most },
            "max_patients": { "from": before.max_patients.most, "to": after.max_patients.most },
        }))
    };
    Ok((after, audit))
}

/// Why a limit was not set.
fn refusal(hospital: &Hospital, seen: Option<i64>, limits: Limits) -> HospitalError {
    let below = |limit: Limit, used: i64| matches!(limit, Limit::Set(most) if i64::from(most) < used);
    if seen.is_some_and(|seen| seen != i64::from(hospital.version)) {
        HospitalError::Changed
    } else if below(limits.users, hospital.users) {
        HospitalError::TooFewUsers { users: hospital.users }
    } else if below(limits.patients, hospital.patients) {
        HospitalError::TooFewPatients { patients: hospital.patients }
    } else if limits.hours.is_some() {
        HospitalError::NotARaise
    } else {
        HospitalError::Changed
    }
}

/// Tell each hospital that came near a limit since the last round, once for each stage, however many instances look.
/// One that fails does not keep the others waiting. How many were told or are not near one any more.
///
/// # Errors
/// When they cannot be looked for.
pub async fn warn(app: &App) -> Result<usize, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let due = store::due(&tx).await?;
    tx.done().await?;
    let mut told = 0;
    for id in due {
        match warn_one(app, id).await {
            Ok(true) => told += 1,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a hospital near its limit could not be told"),
        }
    }
    Ok(told)
}

async fn warn_one(app: &App, id: TenantId) -> Result<bool, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let told = tell(&tx, id).await?;
    if told {
        // Its pages say so too.
        access::announce(&tx, &Change::Tenant(id.0)).await?;
    }
    tx.done().await?;
    Ok(told)
}

/// Note the stages that this hospital is at, and mail those that it was not told of. False if nothing is new.
async fn tell(tx: &PlatformTx, id: TenantId) -> Result<bool, AppError> {
    let Some(told) = store::tell(tx, id).await? else { return Ok(false) };
    let hospital = find(tx, id).await?;
    let mut lines = Vec::new();
    for (stage, before, used, what) in [
        (told.users, told.users_before, hospital.accounts_used(), "accounts"),
        (told.patients, told.patients_before, hospital.patients_used(), "patients"),
    ] {
        if let Some(used) = used.filter(|_| stage > before) {
            lines.push(format!("{} of {} {what} are used: {} %.", used.used, used.limit, used.percent()));
        }
    }
    if !lines.is_empty() {
        lines.push(
            "At the limit no new ones are taken, but for emergencies and births. Ask the platform for more in time."
                .to_owned(),
        );
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        people::tell(tx, &hospital, ("is near its limit", &lines), None).await?;
    }
    Ok(true)
}
