//! Super-admins: who runs the platform. A property of a platform user, never a role's name.

mod store;

pub use store::STATEMENTS;

use secrecy::SecretString;

use crate::access::{self, Audit, Module, SystemTask};
use crate::app::App;
use crate::identity::registry::Change;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::problem;
use crate::web::NoContent;

/// This capability, for the registry.
pub const MODULE: Module =
    Module { statements: &[STATEMENTS], problems: &[OperatorError::CODES], ..Module::named("operators") };

/// Why somebody does not become a super-admin.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("This address belongs to a hospital's user.")]
    AddressTaken,
}

problem!(OperatorError { AddressTaken => CONFLICT "operators.address_taken" });

/// What `ensure` found or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensured {
    Created,
    PasswordSet,
}

/// Make the super-admin of this address, or give the one that is there this password.
///
/// # Errors
/// When the address belongs to a hospital's user, or the database fails.
pub async fn ensure(app: &App, email: &str, password: &SecretString) -> Result<Ensured, AppError> {
    let email = email.trim().to_lowercase();
    let hash = app.passwords.hash(password).await?;
    let tx = access::system_platform(app, SystemTask("setup super-admin")).await?.audited();
    let (id, ensured) = match store::find(&tx, &email).await? {
        Some((_, false)) => {
            return Err(OperatorError::AddressTaken.into());
        }
        Some((id, true)) => {
            store::set_password(&tx, id, &hash).await?;
            access::announce(&tx, &Change::User(id.0)).await?;
            (id, Ensured::PasswordSet)
        }
        None => {
            let id = UserId::new();
            store::insert(&tx, id, &email, &hash).await?;
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
    let tx = access::system_platform(app, SystemTask("setup super-admin")).await?;
    let any = store::any(&tx).await?;
    tx.done().await?;
    Ok(any)
}
