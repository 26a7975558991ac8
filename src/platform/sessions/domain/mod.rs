//! What becomes of an account besides signing in: failures, passwords, links in mails, and the end of its sessions.

pub(super) mod failures;
pub(super) mod links;
pub(super) mod passwords;
pub(super) mod resets;

use crate::access::{self, PlatformTx};
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::kernel::ids::{SessionId, UserId};
use crate::platform::sessions::store;

/// End the sessions of a user, all but `keep`, everywhere within a second of COMMIT. How many there were.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn end_sessions(tx: &PlatformTx, user: UserId, keep: Option<SessionId>) -> Result<u64, AppError> {
    let ended = store::revoke_others(tx, user, keep).await?;
    access::announce(tx, &Change::User(user.0)).await?;
    Ok(ended)
}
