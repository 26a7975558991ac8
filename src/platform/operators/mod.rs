//! Super-admins: who runs the platform. A property of a platform user, never a role's name.
//!
//! Invariants: one who can sign in stays, even against two who deactivate each other at once (those who can are locked in
//! the order of their ids); nobody deactivates themselves; whoever is deactivated is refused on every instance within a
//! second. An operator chooses a password by a link and is never given one, but by whoever holds the machine: what was
//! open with the one before ends then. Whoever rests after wrong passwords is let in by another operator.

mod api;
mod model;
mod pages;
mod store;

pub use api::OperatorView;
pub use model::{Delivery, Operator, OperatorError};
pub use store::STATEMENTS;

use secrecy::SecretString;

use crate::access::{self, Audit, Module, PlatformTx, SystemTask};
use crate::app::App;
use crate::identity::Purpose;
use crate::identity::registry::Change;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::mail::templates;
use crate::permissions;
use crate::platform::{messages, mfa, sessions};
use crate::web::NoContent;
use crate::web::layout::Icon;
use crate::web::nav::{Console, NavEntry};
use crate::web::openapi::{Chapter, Part};

permissions! {
    Manage = "tenants:manage" "Manage hospitals";
}

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[STATEMENTS],
    problems: &[OperatorError::CODES],
    docs: Some(Chapter::new(
        Part::Platform,
        "Operators",
        "Who runs the platform. One is invited by mail and chooses a password; the last one who can sign in stays.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Platform,
        order: 70,
        group: "Control",
        label: "Operators",
        href: "/console/operators",
        icon: Icon("key"),
        key: "",
        permission: "tenants:manage",
    }],
    ..Module::named("operators")
};

/// What the mails call the place.
const PLACE: &str = "the HMS platform";

/// What `ensure` found or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensured {
    Created,
    /// Another one took the place of the one before: all sessions ended.
    PasswordSet,
    /// It was this one already.
    Kept,
}

const SETUP: SystemTask = SystemTask("setup super-admin");

/// Make the super-admin of this address, or give the one that is there this password.
///
/// # Errors
/// When the address belongs to a hospital's user, or the database fails.
pub async fn ensure(app: &App, email: &str, password: &SecretString) -> Result<Ensured, AppError> {
    let email = email.trim().to_lowercase();
    let tx = access::system_platform(app, SETUP).await?;
    let present = match store::find(&tx, &email).await? {
        Some((id, true)) => store::password_hash(&tx, id).await?,
        _ => None,
    };
    tx.done().await?;
    // argon2 runs with no transaction open.
    let is_this_one = match &present {
        Some(present) => app.passwords.verify(password, present).await?,
        None => false,
    };
    let hash = app.passwords.hash(password).await?;
    let tx = access::system_platform(app, SETUP).await?.audited();
    let (id, ensured) = match store::find(&tx, &email).await? {
        Some((_, false)) => {
            return Err(OperatorError::AddressTaken.into());
        }
        Some((id, true)) => {
            let ensured = if is_this_one && store::password_hash(&tx, id).await? == present {
                Ensured::Kept
            } else {
                sessions::put_password(&tx, id, &hash).await?;
                Ensured::PasswordSet
            };
            store::let_in(&tx, id).await?;
            access::announce(&tx, &Change::User(id.0)).await?;
            (id, ensured)
        }
        None => {
            let id = UserId::new();
            store::insert(&tx, id, &email, Some(&hash)).await?;
            (id, Ensured::Created)
        }
    };
    tx.commit(Audit::did("super_admin_ensured", id), NoContent).await?;
    Ok(ensured)
}

/// Is there any super-admin yet?
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn any(app: &App) -> Result<bool, AppError> {
    let tx = access::system_platform(app, SETUP).await?;
    let any = store::any(&tx).await?;
    tx.done().await?;
    Ok(any)
}

/// All operators, those who were made first first.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn list(tx: &PlatformTx) -> Result<Vec<Operator>, AppError> {
    Ok(store::list(tx).await?)
}

/// The operator with this id.
///
/// # Errors
/// [`OperatorError::NotFound`], also for a hospital's user.
pub async fn show(tx: &PlatformTx, id: UserId) -> Result<Operator, AppError> {
    Ok(store::show(tx, id).await?.ok_or(OperatorError::NotFound)?)
}

/// The operator with this address, in any case.
///
/// # Errors
/// [`OperatorError::NotFound`], also for a hospital's user.
pub async fn find_by_email(tx: &PlatformTx, email: &str) -> Result<Operator, AppError> {
    match store::find(tx, &email.trim().to_lowercase()).await? {
        Some((id, true)) => show(tx, id).await,
        _ => Err(OperatorError::NotFound.into()),
    }
}

/// Make an operator who chooses a password by the link. Returns the link too, for [`Delivery::AtTheTerminal`].
///
/// # Errors
/// 422 for an address that is none, [`OperatorError::AddressTaken`], [`OperatorError::AlreadyOperator`].
pub async fn invite(
    app: &App,
    tx: &PlatformTx,
    email: &str,
    delivery: Delivery,
) -> Result<(Operator, String, Audit), AppError> {
    let mut errors = FieldErrors::default();
    let email = text::email("email", Some(email), &mut errors);
    let email = errors.finish_with(email)?;
    match store::find(tx, &email).await? {
        Some((_, true)) => return Err(OperatorError::AlreadyOperator.into()),
        Some((_, false)) => return Err(OperatorError::AddressTaken.into()),
        None => {}
    }
    let id = UserId::new();
    let made = tx.attempt(async { Ok(store::insert(tx, id, &email, None).await?) }).await;
    made.map_err(|error| match error.constraint() {
        // Somebody was quicker.
        Some("users_email_unique") => OperatorError::AlreadyOperator.into(),
        _ => error,
    })?;
    let link = link(app, tx, id, &email, delivery).await?;
    Ok((show(tx, id).await?, link, Audit::did("operator_invited", id)))
}

/// Take the second step of signing in from an operator who lost the device. False if there was none.
///
/// # Errors
/// [`OperatorError::NotFound`].
pub async fn reset_second_factor(app: &App, tx: &PlatformTx, id: UserId) -> Result<(bool, Audit), AppError> {
    show(tx, id).await?;
    Ok((mfa::reset(app, tx, id).await?, Audit::did("second_factor_reset", id)))
}

/// Give an operator a link to choose a new password. The present one works until then. Returns the link too, for
/// [`Delivery::AtTheTerminal`].
///
/// # Errors
/// [`OperatorError::NotFound`], [`OperatorError::Inactive`].
pub async fn reset_password(
    app: &App,
    tx: &PlatformTx,
    id: UserId,
    delivery: Delivery,
) -> Result<(Operator, String, Audit), AppError> {
    let operator = show(tx, id).await?;
    if !operator.is_active {
        return Err(OperatorError::Inactive.into());
    }
    let link = link(app, tx, id, &operator.email, delivery).await?;
    Ok((operator, link, Audit::did("operator_password_reset", id)))
}

async fn link(
    app: &App,
    tx: &PlatformTx,
    id: UserId,
    email: &str,
    delivery: Delivery,
) -> Result<String, AppError> {
    let link = sessions::password_link(app, tx, id).await?;
    if delivery == Delivery::ByMail {
        let mail = templates::set_password(PLACE, &link, Purpose::SetPassword.lifetime_hours())?;
        messages::queue(tx, None, "set_password", email, &mail).await?;
    }
    Ok(link)
}

/// Deactivate an operator: all sessions end everywhere within a second of COMMIT.
///
/// # Errors
/// [`OperatorError::NotFound`], `Oneself`, `LastOne` or `AlreadyInactive`; 403 for whoever was deactivated meanwhile.
pub async fn deactivate(tx: &PlatformTx, id: UserId) -> Result<(Operator, Audit), AppError> {
    let by = tx.person().map(|person| person.user);
    if by == Some(id) {
        return Err(OperatorError::Oneself.into());
    }
    // Held until the transaction ends: of two who deactivate each other, the second one is not among them any more.
    let able = store::hold_able(tx).await?;
    if by.is_some_and(|by| !able.contains(&by)) {
        return Err(
            Problem::forbidden("auth.inactive", "This account is inactive. Ask your administrator.").into()
        );
    }
    if !show(tx, id).await?.is_active {
        return Err(OperatorError::AlreadyInactive.into());
    }
    if able == [id] {
        return Err(OperatorError::LastOne.into());
    }
    store::set_active(tx, id, false).await?;
    // Nobody comes back into an old session.
    sessions::end_sessions(tx, id, None).await?;
    Ok((show(tx, id).await?, Audit::did("operator_deactivated", id)))
}

/// End the rest that an operator's account takes after too many wrong passwords. Not one's own: whoever holds a session
/// has to know the password as well.
///
/// # Errors
/// [`OperatorError::NotFound`], `OwnAccount` or `NotResting`.
pub async fn unlock(tx: &PlatformTx, id: UserId) -> Result<(Operator, Audit), AppError> {
    if tx.person().is_some_and(|person| person.user == id) {
        return Err(OperatorError::OwnAccount.into());
    }
    if show(tx, id).await?.rests_until.is_none() {
        return Err(OperatorError::NotResting.into());
    }
    sessions::unlock(tx, id).await?;
    Ok((show(tx, id).await?, Audit::did("operator_unlocked", id)))
}

/// Let an operator back in, with the password of before.
///
/// # Errors
/// [`OperatorError::NotFound`], [`OperatorError::AlreadyActive`].
pub async fn activate(tx: &PlatformTx, id: UserId) -> Result<(Operator, Audit), AppError> {
    if show(tx, id).await?.is_active {
        return Err(OperatorError::AlreadyActive.into());
    }
    store::set_active(tx, id, true).await?;
    access::announce(tx, &Change::User(id.0)).await?;
    Ok((show(tx, id).await?, Audit::did("operator_activated", id)))
}
