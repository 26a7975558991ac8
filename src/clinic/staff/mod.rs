//! Staff of a hospital: the person behind a sign-in.
//!
//! Invariant: a member of staff has a row here and a user of the same id on the platform; both are made in one
//! transaction (`access::Bridge`).

mod store;

pub use store::STATEMENTS;

use crate::access::Module;
use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::clinic::roles::{self, SystemRole};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;

/// A person to be added to a hospital's staff.
#[derive(Debug, Clone)]
pub struct NewStaff {
    pub user: UserId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone: Option<String>,
    pub department: DepartmentId,
    pub role: SystemRole,
}

/// Add a person with one role. The user's row on the platform is the caller's to make, in the same transaction.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn add(tx: &TenantTx, new: &NewStaff) -> Result<(), AppError> {
    store::insert(tx, new).await?;
    roles::assign(tx, new.user, new.role).await
}

/// This capability, for the registry.
pub const MODULE: Module = Module { statements: &[STATEMENTS], ..Module::named("staff") };
