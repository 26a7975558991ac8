//! After a change of SECRET_KEY: secrets that an older key sealed are sealed with the newest, so that the older one can
//! be taken out of SECRET_KEY_PREVIOUS.

use super::{SECRET, store};
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::AppError;

const TASK: SystemTask = SystemTask("mfa.housekeeping");

/// One round, of at most 500. How many were sealed anew.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn run(app: &App) -> Result<usize, AppError> {
    let Some(newest) = app.seals.ids().first().copied() else { return Ok(0) };
    let tx = access::system_platform(app, TASK).await?;
    let (mut anew, mut lost) = (0, 0);
    for (user, before) in store::sealed_before(&tx, newest).await? {
        match app.seals.open(SECRET, user.0, &before) {
            Some(plain) => {
                store::seal_anew(&tx, user, &app.seals.seal(SECRET, user.0, &plain)?, &before).await?;
                anew += 1;
            }
            None => lost += 1,
        }
    }
    tx.done().await?;
    if lost > 0 {
        tracing::warn!(
            lost,
            "second steps are sealed with a key that is not in SECRET_KEY_PREVIOUS any more"
        );
    }
    Ok(anew)
}
