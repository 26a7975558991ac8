//! Roles of a hospital and the permissions that they grant.
//!
//! Names are just names: what a person may do comes from permission codes alone.

mod catalogue;
mod store;

pub use catalogue::{CATALOGUE, SystemRole};
pub use store::STATEMENTS;

use crate::access::Module;
use crate::access::TenantTx;
use crate::ids;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;

ids! {
    /// A role.
    RoleId = "role";
}

/// Make the system roles of a new hospital.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn seed(tx: &TenantTx) -> Result<(), AppError> {
    Ok(store::insert_system(tx, &SystemRole::ALL.map(|role| (RoleId::new(), role))).await?)
}

/// Give a person a system role.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn assign(tx: &TenantTx, user: UserId, role: SystemRole) -> Result<(), AppError> {
    Ok(store::assign_system(tx, user, role.key()).await?)
}

/// This capability, for the registry.
pub const MODULE: Module = Module { statements: &[STATEMENTS], ..Module::named("roles") };
