//! Signing in and out: users, sessions, refresh tokens, passwords by link.
//!
//! Invariants: an unknown address, a wrong password and a locked account get the same answer in the same time; a
//! refresh token works once, and its second use ends the session; what ends a session ends it on every instance
//! within a second (see `identity::registry`).

mod api;
mod model;
mod pages;
mod store;

pub use api::{Tokens, tokens};
pub use model::{Device, NewUser, Opened, SessionError};
pub use pages::arrive;
pub use store::STATEMENTS;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::access::Module;
use crate::access::{self, Audit, PlatformTx, Public, SignedIn};
use crate::app::App;
use crate::identity::actor::{SessionKind, TenantStatus};
use crate::identity::password::check_rules;
use crate::identity::registry::Change;
use crate::identity::secret::{Opaque, Purpose, SingleUse};
use crate::identity::token::Subject;
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::{AppError, DbError, FieldErrors, Problem};
use crate::web::NoContent;
use crate::web::openapi::{Chapter, Part};

/// Failures in a row after which an account rests, for 2, 4, 8 … minutes, at most an hour.
const FREE_FAILURES: i32 = 5;
/// A browser stays signed in for a shift; on a shared computer for a quarter of an hour.
const WEB_HOURS: i64 = 12;
const SHARED_MINUTES: i64 = 15;

/// This capability, for the registry.
pub const MODULE: Module = Module {
    statements: &[STATEMENTS],
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
    // argon2 runs with no transaction open, and for nobody's account as long as for somebody's.
    let Some(user) = user.filter(|u| !u.is_deleted && u.locked_until.is_none_or(|until| until <= now)) else {
        app.passwords.verify_dummy(password).await?;
        return Err(SessionError::WrongCredentials.into());
    };
    let right = match &user.password_hash {
        Some(hash) => app.passwords.verify(password, hash).await?,
        None => app.passwords.verify_dummy(password).await?,
    };
    if !right {
        let tx = public.platform().await?;
        let failures = user.failed_attempts + 1;
        let rest = rest_after(failures, now);
        store::failed_with(&tx, user.id, failures, rest, "wrong password", public).await?;
        tx.commit(Audit::did("sign_in_failed", user.id), NoContent).await?;
        return Err(SessionError::WrongCredentials.into());
    }
    Ok(user)
}

/// Is this the password of the person whose session it is? Asked again of somebody who is signed in.
///
/// # Errors
/// [`SessionError::WrongCredentials`], or 429.
pub async fn prove_again(public: &Public, me: &SignedIn, password: &SecretString) -> Result<(), AppError> {
    let user = proven(public, &me.actor.email, password).await?;
    if user.id == me.actor.user { Ok(()) } else { Err(SessionError::WrongCredentials.into()) }
}

/// The right password ends the counting of wrong ones.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn forget_failures(tx: &PlatformTx, user: UserId) -> Result<(), DbError> {
    store::succeeded(tx, user).await
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
    let tx = public.platform().await?;
    may_sign_in(&user)?;
    let rehash = user.password_hash.as_deref().is_some_and(|hash| app.passwords.needs_rehash(hash));
    let opened = if store::has_second_factor(&tx, user.id).await? {
        let owed = Opaque::new();
        store::insert_challenge(&tx, &owed, user.id, device).await?;
        tx.commit(Audit::did("password_accepted", user.id), NoContent).await?;
        Err(code_needed(&owed))
    } else {
        let opened = start(app, &tx, &user, device, public).await?;
        tx.commit(Audit::did("signed_in", opened.session), NoContent).await?;
        Ok(opened)
    };
    if rehash {
        let hash = app.passwords.hash(password).await?;
        let tx = public.platform().await?;
        store::set_password_hash(&tx, user.id, &hash).await?;
        tx.commit(Audit::did("password_rehashed", user.id), NoContent).await?;
    }
    opened
}

fn may_sign_in(user: &model::User) -> Result<(), SessionError> {
    if !user.is_active {
        return Err(SessionError::Inactive);
    }
    match user.tenant_status {
        None | Some(TenantStatus::Active) => Ok(()),
        Some(TenantStatus::Pending | TenantStatus::Verified) => Err(SessionError::NotVerified),
        Some(TenantStatus::Suspended) => Err(SessionError::Suspended),
        Some(TenantStatus::Inactive) => Err(SessionError::HospitalInactive),
    }
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
    let user = store::user_by_id(tx, user).await?.filter(|u| !u.is_deleted);
    let user = user.ok_or(SessionError::WrongCredentials)?;
    may_sign_in(&user)?;
    start(&public.app, tx, &user, device, public).await
}

/// One more failure of this account, whatever was guessed: too many, and it rests, as after wrong passwords. Those that
/// come at once are counted one by one. The caller commits.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn count_failure(
    tx: &PlatformTx,
    public: &Public,
    user: UserId,
    reason: &'static str,
) -> Result<(), DbError> {
    let failures = store::count_failure(tx, user).await?;
    store::failed_with(tx, user, failures, rest_after(failures, tx.now()), reason, public).await
}

/// Until when an account rests after so many failures in a row.
fn rest_after(failures: i32, now: Timestamp) -> Option<Timestamp> {
    (failures >= FREE_FAILURES).then(|| {
        let doublings = u32::try_from(failures - FREE_FAILURES).unwrap_or(0).min(5);
        now + SignedDuration::from_mins((2i64 << doublings).min(60))
    })
}

/// Does this account rest after too many failures?
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn is_resting(tx: &PlatformTx, user: UserId) -> Result<bool, DbError> {
    let user = store::user_by_id(tx, user).await?;
    Ok(user.is_none_or(|user| user.locked_until.is_some_and(|until| until > tx.now())))
}

/// End the sessions of a user, all or all but one. The caller announces it and commits.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn end_all(tx: &PlatformTx, user: UserId, keep: Option<SessionId>) -> Result<(), DbError> {
    store::revoke_others(tx, user, keep).await
}

/// Write the session's rows.
async fn start(
    app: &App,
    tx: &PlatformTx,
    user: &model::User,
    device: Device,
    public: &Public,
) -> Result<Opened, AppError> {
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
    store::succeeded(tx, user.id).await?;
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
        tx.commit(Audit::did("refresh_reused", found.session), NoContent).await?;
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
    store::insert_token(tx, &token, user).await?;
    Ok(app.config.link(&format!("{path}?token={}", token.reveal())))
}

/// Make a user of a hospital. The person behind it is the caller's to make, in the same transaction.
///
/// # Errors
/// `users_email_unique` if the address has an account anywhere.
pub async fn insert_user(tx: &PlatformTx, new: &NewUser<'_>) -> Result<(), DbError> {
    store::insert_user(tx, new).await
}

/// Whose password a link would set.
///
/// # Errors
/// [`SessionError::LinkInvalid`] if the link is unknown, used or expired.
pub async fn email_of_link(public: &Public, token: &str) -> Result<String, AppError> {
    let token = SingleUse::parse(Purpose::SetPassword, token).ok_or(SessionError::LinkInvalid)?;
    let tx = public.platform().await?;
    let found = store::token(&tx, &token)
        .await?
        .filter(|t| t.is_usable(tx.now()))
        .ok_or(SessionError::LinkInvalid)?;
    Ok(found.email)
}

/// Set a password by link. All sessions of the user end.
///
/// # Errors
/// [`SessionError::LinkInvalid`], or what is wrong with the new password.
pub async fn set_password_by_link(public: &Public, token: &str, new: &SecretString) -> Result<(), AppError> {
    let email = email_of_link(public, token).await?;
    check_password("new_password", new, &email)?;
    let hash = public.app.passwords.hash(new).await?;
    let token = SingleUse::parse(Purpose::SetPassword, token).ok_or(SessionError::LinkInvalid)?;
    let tx = public.platform().await?;
    let user = store::use_token(&tx, &token).await?.ok_or(SessionError::LinkInvalid)?;
    store::change_password(&tx, user, &hash, None).await?;
    access::announce(&tx, &Change::User(user.0)).await?;
    tx.commit(Audit::did("password_set_by_link", user), NoContent).await?;
    Ok(())
}

/// Change one's own password. The old one is asked for unless it was a temporary one. All other sessions end.
///
/// # Errors
/// [`SessionError::OldPasswordWrong`], or what is wrong with the new one.
pub async fn change_password(
    me: &SignedIn,
    old: Option<&SecretString>,
    new: &SecretString,
) -> Result<(), AppError> {
    let app = &me.app;
    check_password("new_password", new, &me.actor.email)?;
    let tx = me.platform().await?;
    let user = store::user_by_email(&tx, &me.actor.email).await?.ok_or(SessionError::OldPasswordWrong)?;
    drop(tx);
    let stored = user.password_hash.as_deref().unwrap_or_default();
    let must_prove = !user.must_change_password;
    if must_prove {
        let given = old.ok_or(SessionError::OldPasswordWrong)?;
        if !app.passwords.verify(given, stored).await? {
            return Err(SessionError::OldPasswordWrong.into());
        }
    }
    if app.passwords.verify(new, stored).await? {
        return Err(SessionError::SamePassword.into());
    }
    let hash = app.passwords.hash(new).await?;
    let tx = me.platform().await?;
    store::change_password(&tx, user.id, &hash, Some(me.actor.session)).await?;
    access::announce(&tx, &Change::User(user.id.0)).await?;
    tx.commit(Audit::did("password_changed", user.id), NoContent).await?;
    Ok(())
}

fn check_password(field: &str, new: &SecretString, email: &str) -> Result<(), AppError> {
    use secrecy::ExposeSecret as _;
    let mut errors = FieldErrors::default();
    check_rules(field, new.expose_secret(), email, &mut errors);
    errors.finish()
}
