//! One's own account: who one is here, the address one signs in with, and the devices that are signed in.
//!
//! Invariants: everything here is about the person who asks, found by the session and never by an id of a request; an id
//! of somebody else's session does not exist. A new address counts once its link was opened by the same person, signed
//! in: the link alone opens nothing, and neither does the session without the password. Until then the present address
//! has been told, and a new password stops it. Name, roles and department are the hospital's to change.

mod api;
mod model;
mod pages;
mod store;

pub use model::{Account, AccountError, OwnSession};

use secrecy::SecretString;

use crate::access::{self, Audit, Bridge, Module, Public, SignedIn};
use crate::identity::registry::Change;
use crate::identity::secret::{Purpose, SingleUse};
use crate::kernel::ids::SessionId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::mail::templates;
use crate::platform::{messages, sessions};
use crate::web::{NoContent, words};

/// This capability, for the registry.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS, store::of_hospital::STATEMENTS],
    problems: &[AccountError::CODES],
    docs: sessions::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("account")
};

/// Who is signed in, and which new address waits for its confirmation.
///
/// # Errors
/// While the password is a temporary one.
pub async fn show(me: &SignedIn) -> Result<Account, AppError> {
    me.sign_in_is_complete()?;
    let tx = me.platform().await?;
    let pending_email = store::pending_email(&tx, me.actor.user).await?;
    let actor = &me.actor;
    Ok(Account {
        id: actor.user,
        email: actor.email.clone(),
        pending_email,
        first_name: actor.first_name.clone(),
        last_name: actor.last_name.clone(),
        department: actor.department.clone(),
        tenant_name: actor.tenant.as_ref().map(|tenant| tenant.name.clone()),
    })
}

/// The person's live sessions, newest first.
///
/// # Errors
/// While the password is a temporary one.
pub async fn own_sessions(me: &SignedIn) -> Result<Vec<OwnSession>, AppError> {
    me.sign_in_is_complete()?;
    let tx = me.platform().await?;
    Ok(store::sessions(&tx, me.actor.user, me.actor.session).await?)
}

/// End one of the person's sessions, this one included, everywhere within a second.
///
/// # Errors
/// [`AccountError::SessionUnknown`] if it is somebody else's, ended, or nobody's.
pub async fn end_session(me: &SignedIn, session: SessionId) -> Result<(), AppError> {
    me.sign_in_is_complete()?;
    let tx = me.platform().await?;
    if !store::end(&tx, me.actor.user, session).await? {
        return Err(AccountError::SessionUnknown.into());
    }
    let change = Change::Session(session.0);
    access::announce(&tx, &change).await?;
    tx.commit(Audit::did("session_ended", session), NoContent).await?;
    me.app.registry.invalidate(&change);
    Ok(())
}

/// End all of the person's sessions but the one that asks. How many there were.
///
/// # Errors
/// While the password is a temporary one.
pub async fn end_others(me: &SignedIn) -> Result<u64, AppError> {
    me.sign_in_is_complete()?;
    let user = me.actor.user;
    let tx = me.platform().await?;
    let ended = sessions::end_sessions(&tx, user, Some(me.actor.session)).await?;
    let audit = Audit::did("other_sessions_ended", user).with(serde_json::json!({ "count": ended }));
    tx.commit(audit, NoContent).await?;
    me.app.registry.invalidate(&Change::User(user.0));
    Ok(ended)
}

/// Ask for another address. It gets a link, the present one is told. Whether it has an account already is told to its
/// owner only.
///
/// # Errors
/// What is no address or the present one, [`AccountError::PasswordWrong`], or 429.
pub async fn ask_email(
    public: &Public,
    me: &SignedIn,
    typed: &str,
    password: &SecretString,
) -> Result<(), AppError> {
    me.sign_in_is_complete()?;
    let (app, user) = (&me.app, me.actor.user);
    let mut errors = FieldErrors::default();
    let new = text::email("new_email", Some(typed), &mut errors);
    if new.as_deref().is_some_and(|new| new == me.actor.email.to_lowercase()) {
        errors.add("new_email", "This is your present address.");
    }
    let new = errors.finish_with(new)?;
    sessions::prove_again(public, me, password).await.map_err(at_password)?;
    let tx = me.platform().await?;
    sessions::forget_failures(&tx, user).await?;
    let tenant = me.actor.tenant.as_ref().map(|tenant| tenant.id);
    let purpose = Purpose::ChangeEmail;
    let (template, mail) = if store::is_taken(&tx, &new).await? {
        ("email_taken", templates::email_taken(&app.config.link("/sign-in"))?)
    } else {
        let token = SingleUse::new(purpose);
        store::insert_link(&tx, &token, user, &new).await?;
        let link = app.config.link(&format!("/confirm-email?token={}", token.reveal()));
        ("confirm_new_email", templates::confirm_new_email(&link, purpose.lifetime_hours())?)
    };
    messages::queue(&tx, tenant, template, &new, &mail).await?;
    let notice = templates::email_changes(&words::masked_email(&new), &app.config.link("/forgot-password"))?;
    messages::queue(&tx, tenant, "email_changes", &me.actor.email, &notice).await?;
    tx.commit(Audit::did("email_change_asked", user), NoContent).await?;
    Ok(())
}

/// The address that a link of this person would make theirs.
///
/// # Errors
/// [`AccountError::LinkInvalid`]
pub async fn email_of_link(me: &SignedIn, token: &str) -> Result<String, AppError> {
    me.sign_in_is_complete()?;
    let token = SingleUse::parse(Purpose::ChangeEmail, token).ok_or(AccountError::LinkInvalid)?;
    let tx = me.platform().await?;
    Ok(store::email_of_link(&tx, &token, me.actor.user).await?.ok_or(AccountError::LinkInvalid)?)
}

/// Follow that link: the person signs in with the new address from now on, on both sides of the wall.
///
/// # Errors
/// [`AccountError::LinkInvalid`], or [`AccountError::EmailTaken`] if somebody else has it by now.
pub async fn confirm_email(me: &SignedIn, token: &str) -> Result<(), AppError> {
    me.sign_in_is_complete()?;
    let token = SingleUse::parse(Purpose::ChangeEmail, token).ok_or(AccountError::LinkInvalid)?;
    let user = me.actor.user;
    // A request never holds two connections.
    let origin = me.platform().await?.origin().clone();
    let mut bridge = Bridge::open(&me.app, origin).await?;
    let tx = bridge.platform();
    let new = store::use_link(tx, &token, user).await?.ok_or(AccountError::LinkInvalid)?;
    store::set_email(tx, user, &new).await.map_err(|e| match e.constraint() {
        Some("users_email_unique") => AccountError::EmailTaken.into(),
        _ => AppError::from(e),
    })?;
    // Links that went to the old address lead nowhere now.
    sessions::forget_links(tx, user).await?;
    let change = Change::User(user.0);
    access::announce(tx, &change).await?;
    let audit = Audit::did("email_changed", user);
    match &me.actor.tenant {
        Some(facts) => {
            store::set_staff_email(bridge.tenant(facts), user, &new).await?;
            bridge.commit_in(facts, audit, NoContent).await?;
        }
        None => {
            bridge.commit(audit, NoContent).await?;
        }
    }
    me.app.registry.invalidate(&change);
    Ok(())
}

fn at_password(error: AppError) -> AppError {
    match error {
        AppError::Problem(problem) if problem.code == "auth.wrong_credentials" => {
            AccountError::PasswordWrong.into()
        }
        other => other,
    }
}
