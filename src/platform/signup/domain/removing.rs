//! The end of a sign-up that nobody confirmed: by its age, by whoever reads the mail, or by an operator. Its licence number
//! and its address are free then. The platform's audit keeps what was removed; the schema, in which nobody has been, is
//! dropped by the job that makes schemas.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::access::{self, Audit, PlatformTx, SystemTask};
use crate::app::App;
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::platform::signup::{SignupError, store};
use crate::web::NoContent;

/// How many days a sign-up waits to be confirmed; longer than a link lives. A link that was asked for on the last of
/// them still works for its whole life.
pub(in crate::platform::signup) const WAITS_DAYS: i64 = 7;

const TASK: SystemTask = SystemTask("signup.unconfirmed");

/// What was removed.
pub(in crate::platform::signup) struct Gone {
    pub(in crate::platform::signup) name: String,
    pub(in crate::platform::signup) license_number: String,
}

impl Gone {
    /// For the audit: nothing else tells afterwards which hospital it was.
    pub(in crate::platform::signup) fn detail(&self) -> Value {
        json!({ "name": self.name, "license_number": self.license_number })
    }
}

/// What was signed up before it waits no longer.
pub(in crate::platform::signup) fn horizon(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(24 * WAITS_DAYS)
}

/// Remove a hospital that was never confirmed. None if it was. The caller commits.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::platform::signup) async fn remove(
    tx: &PlatformTx,
    id: TenantId,
) -> Result<Option<Gone>, AppError> {
    let Some(gone) = store::remove(tx, id).await? else { return Ok(None) };
    access::announce(tx, &Change::Tenant(id.0)).await?;
    access::enqueue(tx, "schemas.warm", &json!({})).await?;
    Ok(Some(gone))
}

/// An operator rejects a sign-up that waits for its confirmation, or was suspended before it came. The audit row to
/// commit with.
///
/// # Errors
/// [`SignupError::Confirmed`].
pub async fn reject(tx: &PlatformTx, id: TenantId, reason: &str) -> Result<Audit, AppError> {
    let gone = remove(tx, id).await?.ok_or(SignupError::Confirmed)?;
    let mut detail = gone.detail();
    detail["reason"] = json!(reason);
    Ok(Audit::did("sign_up_rejected", id).with(detail))
}

/// Remove sign-ups that nobody confirmed in time, each in a transaction of its own. How many there were.
///
/// # Errors
/// Whatever PostgreSQL answers; those before stay removed.
pub async fn forget_unconfirmed(app: &App) -> Result<usize, AppError> {
    let tx = access::system_platform(app, TASK).await?;
    let old = store::unconfirmed(&tx, horizon(tx.now())).await?;
    tx.done().await?;
    let mut removed = 0;
    for id in old {
        let tx = access::system_platform(app, TASK).await?;
        match remove(&tx, id).await? {
            // Confirmed in this moment.
            None => tx.done().await?,
            Some(gone) => {
                let audit = Audit::did("sign_up_expired", id).with(gone.detail());
                tx.audited().commit(audit, NoContent).await?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}
