//! The password that takes the place of another.
//!
//! Invariants: the present one and the five before it are refused, really compared; a change ends every other session
//! and every link that was still open, in the same transaction; of two changes at once that prove the same password,
//! one succeeds.

use secrecy::{ExposeSecret as _, SecretString};

use super::{end_sessions, links};
use crate::access::{Audit, PlatformTx, Public, SignedIn};
use crate::app::App;
use crate::identity::password::check_rules;
use crate::identity::registry::Change;
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::{AppError, FieldErrors};
use crate::platform::sessions::{SessionError, prove_again, store};
use crate::web::NoContent;

/// The hash of a password that may come next.
pub(super) async fn fit(
    app: &App,
    new: &SecretString,
    present: Option<&str>,
    former: Vec<String>,
) -> Result<String, AppError> {
    if let Some(present) = present
        && app.passwords.verify(new, present).await?
    {
        return Err(SessionError::SamePassword.into());
    }
    if app.passwords.is_one_of(new, former).await? {
        return Err(SessionError::UsedBefore.into());
    }
    app.passwords.hash(new).await
}

/// Put it in the place of the present one. `proven` is the hash that its owner knew the password of.
pub(super) async fn replace(
    tx: &PlatformTx,
    user: UserId,
    hash: &str,
    proven: Option<&str>,
    keep: Option<SessionId>,
) -> Result<(), AppError> {
    if !store::passwords::change(tx, user, hash, proven).await? {
        return Err(SessionError::OldPasswordWrong.into());
    }
    links::forget_links(tx, user).await?;
    end_sessions(tx, user, keep).await?;
    Ok(())
}

/// Give an account this password, for whoever holds the machine: the one before is kept among the former ones, and all
/// sessions and open links end. The caller commits.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn put_password(tx: &PlatformTx, user: UserId, hash: &str) -> Result<(), AppError> {
    replace(tx, user, hash, None, None).await
}

/// Change one's own password. The old one is asked for unless it was a temporary one; a wrong one counts like one at the
/// sign-in. All other sessions end.
///
/// # Errors
/// [`SessionError::OldPasswordWrong`], what is wrong with the new one, or 429.
pub async fn change_password(
    public: &Public,
    me: &SignedIn,
    old: Option<&SecretString>,
    new: &SecretString,
) -> Result<(), AppError> {
    let hospital = me.actor.tenant.as_ref().map_or("", |tenant| tenant.name.as_str());
    let about = format!("{} {} {hospital}", me.actor.email, me.actor.name());
    let mut errors = FieldErrors::default();
    check_rules("new_password", new.expose_secret(), &about, &mut errors);
    errors.finish()?;
    let tx = me.platform().await?;
    let user = store::user(&tx, me.actor.user).await?.ok_or(SessionError::OldPasswordWrong)?;
    let former = store::passwords::former(&tx, user.id).await?;
    drop(tx);
    if !user.must_change_password {
        let old = old.ok_or(SessionError::OldPasswordWrong)?;
        prove_again(public, me, old).await.map_err(as_old)?;
    }
    let present = user.password_hash.as_deref();
    let hash = fit(&me.app, new, present, former).await?;
    let tx = me.platform().await?;
    replace(&tx, user.id, &hash, present, Some(me.actor.session)).await?;
    tx.commit(Audit::did("password_changed", user.id), NoContent).await?;
    // The next click may come before the notification.
    me.app.registry.invalidate(&Change::User(user.id.0));
    Ok(())
}

/// Told at the field of the form that asked for it.
fn as_old(error: AppError) -> AppError {
    match error {
        AppError::Problem(problem) if problem.code == "auth.wrong_credentials" => {
            SessionError::OldPasswordWrong.into()
        }
        other => other,
    }
}
