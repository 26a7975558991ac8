//! Signing in and out: users, sessions, refresh tokens, passwords by link.
//!
//! Invariants: an unknown address, a wrong password and a locked account get the same answer in the same time; a
//! refresh token works once, and its second use ends the session; what ends a session ends it on every instance
//! within a second (see `identity::registry`); a session is always a new one, whatever a browser brought along; whoever
//! signs in while the password changes is out again by that change.
//!
//! Failures, passwords and links are in `domain`.

mod api;
mod domain;
mod model;
mod pages;
mod store;

pub use api::{Tokens, tokens};
pub use domain::end_sessions;
pub use domain::failures::{count_wrong_code, forget_failures, unlock};
pub use domain::links::{
    email_of_link, forget_links, invite, issue_link, password_link, set_password_by_link,
};
pub use domain::passwords::{change_password, put_password};
pub use domain::resets::{answer_reset, ask_for_mail, take_request};
pub use model::{Device, MailRequest, MailRequestId, NewUser, Opened, SessionError};
pub use pages::arrive;

use jiff::SignedDuration;
use secrecy::SecretString;

use crate::access::Module;
use crate::access::{self, Audit, PlatformTx, Public, SignedIn};
use crate::app::App;
use crate::identity::actor::{SessionKind, TenantStatus};
use crate::identity::registry::Change;
use crate::identity::secret::Opaque;
use crate::identity::token::Subject;
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::{AppError, DbError, Problem};
use crate::platform::demo;
use crate::web::NoContent;
use crate::web::openapi::{Chapter, Part};
use model::Failure;

/// A browser stays signed in for a shift; on a shared computer for a quarter of an hour.
const WEB_HOURS: i64 = 12;
const SHARED_MINUTES: i64 = 15;

/// This capability, for the registry.
pub const MODULE: Module = Module {
    statements: &[
        store::STATEMENTS,
        store::failures::STATEMENTS,
        store::links::STATEMENTS,
        store::passwords::STATEMENTS,
    ],
    problems: &[SessionError::CODES],
    docs: Some(Chapter::new(
        Part::Access,
        "Sign-up and sign-in",
        "A hospital signs up, confirms its e-mail address and is ready; its people sign in and choose their passwords. \
         An access token opens everything else.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("sessions")
};

/// The user with this address and this password. Each failure counts, whatever it was asked for.
async fn proven(public: &Public, email: &str, password: &SecretString) -> Result<model::User, AppError> {
    let app = &public.app;
    let email = email.trim().to_lowercase();
    app.throttles.sign_in(&email, public.facts.ip)?;
    let tx = public.platform().await?;
    let user = store::user_by_email(&tx, &email).await?;
    let now = tx.now();
    drop(tx);
    let refused = match &user {
        None => Some(Failure::UnknownAddress),
        Some(user) if user.locked_until.is_some_and(|until| until > now) => Some(Failure::Locked),
        Some(_) => None,
    };
    // argon2 runs with no transaction open, and for nobody's account as long as for somebody's.
    let stored = user.as_ref().filter(|_| refused.is_none()).and_then(|user| user.password_hash.as_deref());
    let right = match stored {
        Some(hash) => app.passwords.verify(password, hash).await?,
        None => app.passwords.verify_dummy(password).await?,
    };
    match (refused, user) {
        (None, Some(user)) if right => Ok(user),
        (refused, user) => {
            let why = refused.unwrap_or(Failure::WrongPassword);
            domain::failures::note(public, user.as_ref(), why).await?;
            Err(SessionError::WrongCredentials.into())
        }
    }
}

/// Is this the password of the person whose session it is? Asked again of somebody who is signed in.
///
/// # Errors
/// [`SessionError::WrongCredentials`], or 429.
pub async fn prove_again(public: &Public, me: &SignedIn, password: &SecretString) -> Result<(), AppError> {
    let user = proven(public, &me.actor.email, password).await?;
    if user.id == me.actor.user { Ok(()) } else { Err(SessionError::WrongCredentials.into()) }
}

/// Whose are this address and this password? Asked of somebody who is not signed in, without opening a session; a wrong
/// one counts like one at the sign-in.
///
/// # Errors
/// [`SessionError::WrongCredentials`], or 429.
pub async fn prove(public: &Public, email: &str, password: &SecretString) -> Result<UserId, AppError> {
    Ok(proven(public, email, password).await?.id)
}

/// Check e-mail and password and open a session on this device.
///
/// # Errors
/// [`SessionError::WrongCredentials`] for every reason that a stranger must not tell apart; the hospital's or user's
/// standing only after the right password.
pub async fn open(
    public: &Public,
    email: &str,
    password: &SecretString,
    device: Device,
) -> Result<Opened, AppError> {
    let app = &public.app;
    let user = proven(public, email, password).await?;
    if let Some(error) = stopped(&user) {
        let why = if user.is_active { Failure::HospitalNotActive } else { Failure::Inactive };
        domain::failures::note(public, Some(&user), why).await?;
        return Err(error.into());
    }
    let tx = public.platform().await?;
    let opened = if store::has_second_factor(&tx, user.id).await? {
        let owed = Opaque::new();
        store::insert_challenge(&tx, &owed, user.id, device).await?;
        tx.commit(Audit::did("password_accepted", user.id).by(user.id), NoContent).await?;
        Err(code_needed(&owed))
    } else {
        let opened = start(app, &tx, &user, device, public).await?;
        tx.commit(Audit::did("signed_in", opened.session).by(user.id), NoContent).await?;
        demo::signed_in(app, user.tenant);
        Ok(opened)
    };
    if let Some(stored) = user.password_hash.as_deref().filter(|hash| app.passwords.needs_rehash(hash)) {
        let hash = app.passwords.hash(password).await?;
        let tx = public.platform().await?;
        store::passwords::rehash(&tx, user.id, &hash, stored).await?;
        tx.commit(Audit::did("password_rehashed", user.id), NoContent).await?;
    }
    opened
}

/// The password was right and a code is owed: `owed` names this sign-in when the code comes (`platform::mfa`).
fn code_needed(owed: &Opaque) -> AppError {
    let mut problem = Problem::from_error(SessionError::CodeNeeded);
    problem.mfa_token = Some(SecretString::from(owed.reveal()));
    problem.into()
}

/// Open a session for somebody whose password and code were right. The caller commits.
///
/// # Errors
/// The hospital's or user's standing, as at the password.
pub async fn open_second(
    public: &Public,
    tx: &PlatformTx,
    user: UserId,
    device: Device,
) -> Result<Opened, AppError> {
    let user = store::user(tx, user).await?.ok_or(SessionError::WrongCredentials)?;
    if let Some(error) = stopped(&user) {
        return Err(error.into());
    }
    start(&public.app, tx, &user, device, public).await
}

/// Does this account rest after too many failures?
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn is_resting(tx: &PlatformTx, user: UserId) -> Result<bool, DbError> {
    let user = store::user(tx, user).await?;
    Ok(user.is_none_or(|user| user.locked_until.is_some_and(|until| until > tx.now())))
}

/// Why somebody with the right password does not get in.
fn stopped(user: &model::User) -> Option<SessionError> {
    if !user.is_active {
        return Some(SessionError::Inactive);
    }
    match user.tenant_status {
        None | Some(TenantStatus::Active) => None,
        Some(TenantStatus::Pending | TenantStatus::Verified) => Some(SessionError::NotVerified),
        Some(TenantStatus::Suspended) => Some(SessionError::Suspended),
        Some(TenantStatus::Inactive) => Some(SessionError::HospitalInactive),
    }
}

/// Write the session's rows, unless the password or the account changed since it was proven.
async fn start(
    app: &App,
    tx: &PlatformTx,
    user: &model::User,
    device: Device,
    public: &Public,
) -> Result<Opened, AppError> {
    if !store::still_so(tx, user).await? {
        return Err(SessionError::WrongCredentials.into());
    }
    let session = SessionId::new();
    let secret = Opaque::new();
    let (kind, lifetime) = match device {
        Device::Api => {
            (SessionKind::Api, SignedDuration::from_hours(24 * i64::from(app.config.refresh_token_days)))
        }
        Device::Browser { shared: true } => (SessionKind::Web, SignedDuration::from_mins(SHARED_MINUTES)),
        Device::Browser { shared: false } => (SessionKind::Web, SignedDuration::from_hours(WEB_HOURS)),
    };
    let expires_at = tx.now() + lifetime;
    store::insert_session(tx, session, user.id, kind, &secret, expires_at, public).await?;
    if kind == SessionKind::Api {
        store::insert_refresh(tx, &secret, session, expires_at).await?;
    }
    forget_failures(tx, user.id).await?;
    let subject = Subject { user: user.id, tenant: user.tenant, session };
    let max_age_seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
    Ok(Opened {
        session,
        subject,
        secret,
        max_age_seconds,
        must_change_password: user.must_change_password,
        super_admin: user.tenant.is_none(),
    })
}

/// Exchange a refresh token for a new one. Used twice, it ends the session: one of the two was a thief.
///
/// # Errors
/// [`SessionError::RefreshRefused`].
pub async fn refresh(public: &Public, token: &str) -> Result<Opened, AppError> {
    let token = Opaque::parse(token).ok_or(SessionError::RefreshRefused)?;
    let tx = public.platform().await?;
    let found = store::use_refresh(&tx, &token).await?.ok_or(SessionError::RefreshRefused)?;
    if found.used_before {
        store::revoke(&tx, found.session).await?;
        access::announce(&tx, &Change::Session(found.session.0)).await?;
        tx.commit(Audit::did("refresh_reused", found.session).by(found.user.id), NoContent).await?;
        return Err(SessionError::RefreshRefused.into());
    }
    if found.revoked || !found.user.is_active || found.expires_at <= tx.now() {
        return Err(SessionError::RefreshRefused.into());
    }
    match found.user.tenant_status {
        Some(TenantStatus::Suspended) => return Err(SessionError::Suspended.into()),
        Some(TenantStatus::Inactive) => return Err(SessionError::HospitalInactive.into()),
        _ => {}
    }
    let secret = Opaque::new();
    store::insert_refresh(&tx, &secret, found.session, found.expires_at).await?;
    tx.commit(Audit::did("refreshed", found.session), NoContent).await?;
    let user = found.user;
    let subject = Subject { user: user.id, tenant: user.tenant, session: found.session };
    Ok(Opened {
        session: found.session,
        subject,
        secret,
        max_age_seconds: 0,
        must_change_password: user.must_change_password,
        super_admin: user.tenant.is_none(),
    })
}

/// End the session that asks.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn close(me: &SignedIn) -> Result<NoContent, AppError> {
    let tx = me.platform().await?;
    store::revoke(&tx, me.actor.session).await?;
    access::announce(&tx, &Change::Session(me.actor.session.0)).await?;
    tx.commit(Audit::did("signed_out", me.actor.session), NoContent).await
}

/// Make a user of a hospital. The person behind it is the caller's to make, in the same transaction.
///
/// # Errors
/// `users_email_unique` if the address has an account anywhere.
pub async fn insert_user(tx: &PlatformTx, new: &NewUser<'_>) -> Result<(), DbError> {
    store::insert_user(tx, new).await
}
