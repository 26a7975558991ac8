//! The second step of signing in: codes of an app (RFC 6238), and recovery codes for who lost the device.
//!
//! Invariants: a secret is sealed at rest, shown while it is set up and never again; a step of thirty seconds is used once,
//! a recovery code is used once, whoever comes at the same time; who gave the right password and owes the code has no
//! session, five minutes and five tries, each counted before it is looked at; wrong codes count towards the rest of the
//! account as wrong passwords do. Whoever has a session and not the password changes nothing of it, so that nobody is
//! locked out of the own account by a stolen one. Who must have a second step and has none is let into nothing but its
//! set-up: by the gate (`access`), which asks the hospital's choice and `HMS_OPERATOR_MFA`.
//!
//! The password itself is asked in `platform::sessions`, which notes the sign-in that goes on here.

mod api;
mod enrolment;
mod housekeeping;
mod model;
mod pages;
mod store;
pub mod totp;

pub use enrolment::{Enrolment, Qr};
pub use housekeeping::run as seal_anew;
pub use model::{MfaError, RECOVERY_CODES};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::json;

use self::model::{RecoveryCode, Typed};
use crate::access::{self, Audit, Module, PlatformTx, Public, SignedIn};
use crate::app::App;
use crate::identity::actor::SessionKind;
use crate::identity::registry::Change;
use crate::identity::secret::Opaque;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::mail::templates;
use crate::platform::messages;
use crate::platform::sessions::{self, Device, Opened};
use crate::web::NoContent;

/// What a sealed secret is bound to, with its owner.
const SECRET: &str = "mfa secret";

/// How long after a sign-in its password counts as just given, for the set-up that the sign-in leads to.
const JUST_SIGNED_IN: SignedDuration = SignedDuration::from_mins(15);

/// This capability, for the registry.
pub const MODULE: Module = Module {
    statements: &[store::STATEMENTS],
    problems: &[MfaError::CODES],
    docs: sessions::MODULE.docs,
    api: Some(api::router),
    pages: Some(pages::router),
    ..Module::named("mfa")
};

/// How a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Since when a code is asked for.
    pub since: Option<Timestamp>,
    /// A set-up was begun and is not confirmed.
    pub begun: bool,
    pub codes_left: i64,
}

/// By what somebody who is signed in proves again who they are.
#[derive(Debug, Default)]
pub struct Proof {
    pub password: Option<SecretString>,
    /// Of the app, or a recovery code.
    pub code: Option<String>,
}

/// How the person who asks stands.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn standing(me: &SignedIn) -> Result<Standing, AppError> {
    let tx = me.platform().await?;
    let secret = store::secret(&tx, me.actor.user).await?;
    let codes_left = store::codes_left(&tx, me.actor.user).await?;
    let since = secret.as_ref().and_then(|secret| secret.confirmed_at);
    Ok(Standing { since, begun: secret.is_some() && since.is_none(), codes_left })
}

/// Make a secret for the app of the person who asks, in place of one that was never confirmed.
///
/// # Errors
/// [`MfaError::AlreadyOn`]
pub async fn begin(me: &SignedIn) -> Result<Enrolment, AppError> {
    let user = me.actor.user;
    let secret = totp::new_secret();
    let sealed = me.app.seals.seal(SECRET, user.0, &secret)?;
    let tx = me.platform().await?;
    if !store::begin(&tx, user, &sealed).await? {
        return Err(MfaError::AlreadyOn.into());
    }
    tx.commit(Audit::did("second_factor_begun", user), NoContent).await?;
    Enrolment::new(&secret, &me.actor.email)
}

/// The set-up that was begun and not confirmed, once more.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn begun(me: &SignedIn) -> Result<Option<Enrolment>, AppError> {
    let user = me.actor.user;
    let tx = me.platform().await?;
    let secret = store::secret(&tx, user).await?.filter(|secret| secret.confirmed_at.is_none());
    drop(tx);
    let opened = secret.and_then(|secret| me.app.seals.open(SECRET, user.0, &secret.sealed));
    opened.map(|secret| Enrolment::new(&secret, &me.actor.email)).transpose()
}

/// Is the password asked for when the set-up is confirmed? It is, but of somebody who gave it a moment ago and is let into
/// nothing else before.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn asks_password(me: &SignedIn) -> Result<bool, AppError> {
    if !me.actor.owes_second_factor {
        return Ok(true);
    }
    let tx = me.platform().await?;
    let opened = store::opened(&tx, me.actor.session).await?;
    Ok(opened.is_none_or(|at| tx.now().duration_since(at) > JUST_SIGNED_IN))
}

/// A first code of the app, and the password: from now on a code is asked for at each sign-in, and all other sessions
/// end. Its recovery codes, told once.
///
/// # Errors
/// [`MfaError::PasswordNeeded`], [`MfaError::WrongPassword`], [`MfaError::WrongCode`], [`MfaError::NotBegun`],
/// [`MfaError::AlreadyOn`], or 429.
pub async fn confirm(
    public: &Public,
    me: &SignedIn,
    code: &str,
    password: Option<&SecretString>,
) -> Result<Vec<String>, AppError> {
    let user = me.actor.user;
    // What is no code of an app is asked for again before a wrong password counts against the account.
    let Some(Typed::App(code)) = Typed::parse(code) else { return Err(MfaError::WrongCode.into()) };
    match password {
        Some(password) => prove_password(public, me, password).await?,
        None if asks_password(me).await? => return Err(MfaError::PasswordNeeded.into()),
        None => {}
    }
    let tx = me.platform().await?;
    let secret = store::secret(&tx, user).await?.ok_or(MfaError::NotBegun)?;
    if secret.confirmed_at.is_some() {
        return Err(MfaError::AlreadyOn.into());
    }
    let plain = me.app.seals.open(SECRET, user.0, &secret.sealed).ok_or(MfaError::NotBegun)?;
    let step = totp::step_of(&plain, code, tx.now()).ok_or(MfaError::WrongCode)?;
    if !store::confirm(&tx, user, step).await? {
        return Err(MfaError::AlreadyOn.into());
    }
    let codes = new_codes(&tx, user).await?;
    sessions::end_sessions(&tx, user, Some(me.actor.session)).await?;
    notify(&me.app, &tx, user, "A second step of signing in was switched on for your account.").await?;
    done(&me.app, tx, user, "second_factor_on").await?;
    Ok(codes)
}

/// Other recovery codes, in place of all before; told once.
///
/// # Errors
/// [`MfaError::NotOn`], or what is wrong with the proof.
pub async fn renew_codes(public: &Public, me: &SignedIn, proof: &Proof) -> Result<Vec<String>, AppError> {
    let user = me.actor.user;
    prove(public, me, proof).await?;
    let tx = me.platform().await?;
    let codes = new_codes(&tx, user).await?;
    tx.commit(Audit::did("recovery_codes_renewed", user), NoContent).await?;
    Ok(codes)
}

/// Sign in by password alone again. If a second step is demanded, nothing opens until another is set up.
///
/// # Errors
/// [`MfaError::NotOn`], or what is wrong with the proof.
pub async fn switch_off(public: &Public, me: &SignedIn, proof: &Proof) -> Result<(), AppError> {
    let user = me.actor.user;
    prove(public, me, proof).await?;
    let tx = me.platform().await?;
    store::forget(&tx, user).await?;
    notify(&me.app, &tx, user, "The second step of signing in was switched off for your account.").await?;
    done(&me.app, tx, user, "second_factor_off").await
}

/// Finish the sign-in that `owed` names.
///
/// # Errors
/// [`MfaError::SignInRefused`], [`MfaError::SignInOver`], or how the account stands.
pub async fn sign_in(
    public: &Public,
    owed: &Opaque,
    kind: SessionKind,
    code: &str,
) -> Result<Opened, AppError> {
    let app = &public.app;
    let tx = public.platform().await?;
    let tried = store::try_code(&tx, owed, kind).await?.ok_or(MfaError::SignInOver)?;
    // An account that rests lets nobody in, and says nothing of it.
    let used = if tried.resting { None } else { use_up(app, &tx, tried.user, code).await? };
    let Some(used) = used else {
        if !tried.resting {
            sessions::count_wrong_code(public, &tx, tried.user).await?;
        }
        tx.commit(Audit::did("second_factor_failed", tried.user), NoContent).await?;
        return Err(MfaError::SignInRefused.into());
    };
    store::finish(&tx, owed).await?;
    let device = match kind {
        SessionKind::Api => Device::Api,
        SessionKind::Web => Device::Browser { shared: tried.shared },
    };
    let opened = sessions::open_second(public, &tx, tried.user, device).await?;
    if used == "recovery_code" {
        let left = store::codes_left(&tx, tried.user).await?;
        let what = format!("One of your recovery codes was used to sign in. You have {left} left.");
        notify(app, &tx, tried.user, &what).await?;
    }
    let audit = Audit::did("signed_in", opened.session).by(tried.user).with(json!({ "second_factor": used }));
    tx.commit(audit, NoContent).await?;
    Ok(opened)
}

/// Take a user's second step away, for somebody who lost the device: all sessions end, the owner hears of it by mail. Was
/// there one? The caller has made sure that it may, commits with an audit of its own, and then tells this instance
/// (`registry.invalidate(&Change::User(…))`).
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn reset(app: &App, tx: &PlatformTx, user: UserId) -> Result<bool, AppError> {
    let had = store::forget(tx, user).await?;
    sessions::end_sessions(tx, user, None).await?;
    access::announce(tx, &Change::User(user.0)).await?;
    if had {
        let what = "The second step of signing in was reset for your account by an administrator.";
        notify(app, tx, user, what).await?;
    }
    Ok(had)
}

/// Is this proof one of the person whose session it is? What was used of it is used up, and what was wrong counts.
async fn prove(public: &Public, me: &SignedIn, proof: &Proof) -> Result<(), AppError> {
    let user = me.actor.user;
    if standing(me).await?.since.is_none() {
        return Err(MfaError::NotOn.into());
    }
    if let Some(password) = &proof.password {
        return prove_password(public, me, password).await;
    }
    let code = proof.code.as_deref().ok_or(MfaError::ProofNeeded)?;
    let tx = me.platform().await?;
    let resting = sessions::is_resting(&tx, user).await?;
    if !resting && use_up(&me.app, &tx, user, code).await?.is_some() {
        tx.commit(Audit::did("second_factor_proved", user), NoContent).await?;
        return Ok(());
    }
    if !resting {
        sessions::count_wrong_code(public, &tx, user).await?;
    }
    tx.commit(Audit::did("second_factor_failed", user), NoContent).await?;
    Err(MfaError::WrongCode.into())
}

/// The password of the person whose session it is; a wrong one counts as at the sign-in.
async fn prove_password(public: &Public, me: &SignedIn, password: &SecretString) -> Result<(), AppError> {
    match sessions::prove_again(public, me, password).await {
        Err(AppError::Problem(problem)) if problem.retry_after.is_none() => {
            Err(MfaError::WrongPassword.into())
        }
        other => other,
    }
}

/// Use up a code: what kind it was, or nothing if it is not good (any more).
async fn use_up(
    app: &App,
    tx: &PlatformTx,
    user: UserId,
    typed: &str,
) -> Result<Option<&'static str>, AppError> {
    match Typed::parse(typed) {
        None => Ok(None),
        Some(Typed::Recovery(code)) => Ok(store::use_code(tx, user, &code).await?.then_some("recovery_code")),
        Some(Typed::App(code)) => {
            let secret = store::secret(tx, user).await?.filter(|secret| secret.confirmed_at.is_some());
            let Some(secret) = secret else { return Ok(None) };
            let Some(plain) = app.seals.open(SECRET, user.0, &secret.sealed) else {
                tracing::error!(
                    "a second step is sealed with a key that is neither in SECRET_KEY nor in SECRET_KEY_PREVIOUS"
                );
                return Ok(None);
            };
            let Some(step) = totp::step_of(&plain, code, tx.now()) else { return Ok(None) };
            Ok(store::use_step(tx, user, step).await?.then_some("totp"))
        }
    }
}

async fn new_codes(tx: &PlatformTx, user: UserId) -> Result<Vec<String>, AppError> {
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::new()).collect();
    store::write_codes(tx, user, &codes).await?;
    Ok(codes.iter().map(RecoveryCode::written).collect())
}

/// Commit what changed a person's second step; this instance knows it at once.
async fn done(app: &App, tx: PlatformTx, user: UserId, what: &'static str) -> Result<(), AppError> {
    access::announce(&tx, &Change::User(user.0)).await?;
    tx.commit(Audit::did(what, user), NoContent).await?;
    app.registry.invalidate(&Change::User(user.0));
    Ok(())
}

/// Tell the owner by mail, after the commit.
async fn notify(app: &App, tx: &PlatformTx, user: UserId, what: &str) -> Result<(), AppError> {
    if let Some((tenant, email)) = store::owner(tx, user).await? {
        let mail = templates::second_factor(what, &app.config.link("/sign-in"))?;
        messages::queue(tx, tenant, "second_factor", &email, &mail).await?;
    }
    Ok(())
}
