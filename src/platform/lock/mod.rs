//! The lock of a browser's screen: the session lives on, and opens nothing before its person's password is given again.
//!
//! Invariants: a locked session is refused by the gate on every instance (`sessions.locked_at`, announced in the
//! transaction that writes it); it is opened by the password of the same person only, and a wrong one counts and is
//! throttled like a wrong one at the sign-in; programs, which have no screen, are never locked. When a screen locks by
//! itself is the page's business (`lock.js`).

mod pages;
mod store;

use secrecy::SecretString;

use crate::access::{self, Audit, Module, Public, SignedIn};
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::platform::sessions;
use crate::web::NoContent;

/// This capability, for the registry.
pub const MODULE: Module =
    Module { statements: &[store::STATEMENTS], pages: Some(pages::router), ..Module::named("lock") };

/// Lock the session that asks. One that is locked already, or has no screen, stays as it is.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn lock(me: &SignedIn) -> Result<(), AppError> {
    let (session, change) = (me.actor.session, Change::Session(me.actor.session.0));
    let tx = me.platform().await?;
    if store::lock(&tx, session).await? {
        access::announce(&tx, &change).await?;
        tx.commit(Audit::did("locked", session), NoContent).await?;
        // The browser's next request may be here before our own announcement is.
        me.app.registry.invalidate(&change);
    }
    Ok(())
}

/// Open it again with the password of the same person.
///
/// # Errors
/// [`sessions::SessionError::WrongCredentials`], or 429.
pub async fn unlock(public: &Public, me: &SignedIn, password: &SecretString) -> Result<(), AppError> {
    sessions::prove_again(public, me, password).await?;
    let (session, change) = (me.actor.session, Change::Session(me.actor.session.0));
    let tx = me.platform().await?;
    store::unlock(&tx, session).await?;
    sessions::forget_failures(&tx, me.actor.user).await?;
    access::announce(&tx, &change).await?;
    tx.commit(Audit::did("unlocked", session), NoContent).await?;
    me.app.registry.invalidate(&change);
    Ok(())
}

/// Is it locked at this moment? Asked of the database: another instance may have changed it just now.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn is_locked(me: &SignedIn) -> Result<bool, AppError> {
    let session = me.actor.session;
    let locked = store::is_locked(&me.platform().await?, session).await?;
    if locked != me.actor.locked {
        me.app.registry.invalidate(&Change::Session(session.0));
    }
    Ok(locked)
}

/// Where a browser with a locked session is sent, to come back to `next` afterwards.
#[must_use]
pub fn address(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    if next.is_empty() { "/lock".to_owned() } else { format!("/lock?next={next}") }
}
