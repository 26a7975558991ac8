//! What a failed sign-in leaves behind: a line in the log, one more on the account's count and, from the fifth on, a
//! rest of the account with a mail to its owner.
//!
//! Invariant: an address that nobody has takes the same statements as one with a wrong password. Only the one failure
//! that begins a rest does more, and it is the last one that is counted until the rest is over.

use jiff::Timestamp;

use crate::access::{Audit, PlatformTx, Public};
use crate::app::App;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, DbError};
use crate::mail::templates;
use crate::platform::messages;
use crate::platform::sessions::model::{Failure, FailureId, User};
use crate::platform::sessions::store::{failures as store, user as find};
use crate::web::NoContent;

/// Failures in a row after which an account rests.
const FREE_FAILURES: i32 = 5;

/// Put it on record, and count it if it was a guess.
pub(in crate::platform::sessions) async fn note(
    public: &Public,
    user: Option<&User>,
    why: Failure,
) -> Result<(), AppError> {
    let tx = public.platform().await?;
    let id = record(public, &tx, user, why).await?;
    let audit = match user {
        Some(user) => Audit::did("sign_in_failed", user.id),
        None => Audit::did("sign_in_failed", id),
    };
    tx.commit(audit, NoContent).await?;
    Ok(())
}

async fn record(
    public: &Public,
    tx: &PlatformTx,
    user: Option<&User>,
    why: Failure,
) -> Result<FailureId, AppError> {
    let id = FailureId::new();
    let whose = user.map(|user| user.id);
    store::log(tx, id, whose, why, &public.facts).await?;
    let guessed = whose.filter(|_| matches!(why, Failure::WrongPassword | Failure::WrongCode));
    let rests_until = store::count(tx, guessed, FREE_FAILURES).await?;
    if let (Some(user), Some(until)) = (user.filter(|user| user.is_active), rests_until) {
        tell_owner(&public.app, tx, user, until).await?;
    }
    Ok(id)
}

/// A wrong code after the right password counts as a wrong password does. The caller commits.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn count_wrong_code(public: &Public, tx: &PlatformTx, user: UserId) -> Result<(), AppError> {
    if let Some(user) = find(tx, user).await? {
        record(public, tx, Some(&user), Failure::WrongCode).await?;
    }
    Ok(())
}

/// Once for each rest: nothing is counted while it lasts.
async fn tell_owner(app: &App, tx: &PlatformTx, user: &User, until: Timestamp) -> Result<(), AppError> {
    let minutes = u32::try_from((until.as_second() - tx.now().as_second()).max(60) / 60).unwrap_or(60);
    let mail = templates::account_rests(minutes, &app.config.link("/forgot-password"))?;
    messages::queue(tx, user.tenant, "account_rests", &user.email, &mail).await?;
    Ok(())
}

/// End the rest of an account after failed sign-ins, for an administrator who vouches for its owner. It changes nothing
/// about an account that was switched off or locked by somebody. False if there was nothing to forget.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn unlock(tx: &PlatformTx, user: UserId) -> Result<bool, DbError> {
    store::forget(tx, user).await
}

/// The right password ends the counting of wrong ones.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn forget_failures(tx: &PlatformTx, user: UserId) -> Result<(), DbError> {
    store::forget(tx, user).await.map(|_| ())
}
