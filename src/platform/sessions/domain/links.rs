//! Links by which somebody chooses a password: invitations, and the answer to a forgotten one.
//!
//! Invariants: a link is stored hashed with its purpose, works once and for a limited time, and never for an account
//! that was switched off, or whose hospital was stopped, meanwhile. Following it proves that its mail arrived, so it confirms the hospital of that very
//! address, but it lifts nothing that the platform or an administrator stopped.

use secrecy::{ExposeSecret as _, SecretString};

use super::passwords;
use crate::access::{self, Audit, PlatformTx, Public};
use crate::app::App;
use crate::identity::password::check_rules;
use crate::identity::registry::Change;
use crate::identity::secret::{Purpose, SecretHash, SingleUse};
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::{AppError, DbError, FieldErrors};
use crate::mail::templates;
use crate::platform::messages;
use crate::platform::sessions::SessionError;
use crate::platform::sessions::model::Link;
use crate::platform::sessions::store;
use crate::web::NoContent;

/// Make a link by which a user chooses a password; older ones die.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn password_link(app: &App, tx: &PlatformTx, user: UserId) -> Result<String, AppError> {
    issue_link(app, tx, user, Purpose::SetPassword, "/set-password").await
}

/// Make a single-use link for one purpose; older ones of that purpose die.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn issue_link(
    app: &App,
    tx: &PlatformTx,
    user: UserId,
    purpose: Purpose,
    path: &str,
) -> Result<String, AppError> {
    let token = SingleUse::new(purpose);
    store::links::insert(tx, &token, user).await?;
    Ok(app.config.link(&format!("{path}?token={}", token.reveal())))
}

/// Mail somebody of a hospital (its id and name) a link to choose a password. Older ones die, so this also sends it
/// again.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn invite(
    app: &App,
    tx: &PlatformTx,
    (tenant, hospital): (TenantId, &str),
    user: UserId,
    email: &str,
) -> Result<(), AppError> {
    let link = password_link(app, tx, user).await?;
    let mail = templates::set_password(hospital, &link, Purpose::SetPassword.lifetime_hours())?;
    messages::queue(tx, Some(tenant), "set_password", email, &mail).await?;
    Ok(())
}

/// Links of this user that were sent and not followed open nothing any more, whatever they were for. (What confirms a
/// hospital stays.)
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn forget_links(tx: &PlatformTx, user: UserId) -> Result<(), DbError> {
    store::links::expire_all(tx, user).await
}

/// Whose password a link would set.
///
/// # Errors
/// [`SessionError::LinkInvalid`] if the link is unknown, used or expired, or its account switched off or its hospital
/// stopped.
pub async fn email_of_link(public: &Public, token: &str) -> Result<String, AppError> {
    Ok(found(public, token).await?.0.email)
}

/// The link and the passwords that its person had before.
async fn found(public: &Public, token: &str) -> Result<(Link, Vec<String>), AppError> {
    let hashes = hashes(token)?;
    let tx = public.platform().await?;
    let link = store::links::find(&tx, &hashes).await?.ok_or(SessionError::LinkInvalid)?;
    let former = store::passwords::former(&tx, link.user).await?;
    Ok((link, former))
}

/// A link to choose a password may be an invitation or the answer to a forgotten one.
fn hashes(token: &str) -> Result<[SecretHash; 2], AppError> {
    let of = |purpose| SingleUse::parse(purpose, token).map(|token| token.hash());
    match (of(Purpose::SetPassword), of(Purpose::ResetPassword)) {
        (Some(invitation), Some(reset)) => Ok([invitation, reset]),
        _ => Err(SessionError::LinkInvalid.into()),
    }
}

/// Set a password by link. All sessions of the user end, and with them every other link.
///
/// # Errors
/// [`SessionError::LinkInvalid`], or what is wrong with the new password.
pub async fn set_password_by_link(public: &Public, token: &str, new: &SecretString) -> Result<(), AppError> {
    let (link, former) = found(public, token).await?;
    let mut errors = FieldErrors::default();
    let about = format!("{} {}", link.email, link.hospital);
    check_rules("new_password", new.expose_secret(), &about, &mut errors);
    errors.finish()?;
    let hash = passwords::fit(&public.app, new, link.password_hash.as_deref(), former).await?;
    let tx = public.platform().await?;
    let used = store::links::use_up(&tx, &hashes(token)?).await?.ok_or(SessionError::LinkInvalid)?;
    passwords::replace(&tx, used.user, &hash, None, None).await?;
    if store::links::proven(&tx, &used).await?
        && let Some(tenant) = used.tenant
    {
        access::announce(&tx, &Change::Tenant(tenant.0)).await?;
    }
    tx.commit(Audit::did("password_set_by_link", used.user), NoContent).await?;
    Ok(())
}
