//! Staff of a hospital: the person behind a sign-in.
//!
//! Invariant: a member of staff has a row here and a user of the same id on the platform; both are made in one
//! transaction (`access::Bridge`).

mod store;

pub use store::STATEMENTS;

use crate::access::{Bridge, Module};
use crate::clinic::departments;
use crate::clinic::roles::{self, SystemRole};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::platform::sessions::{self, NewUser};
use crate::problem;

/// A person who joins a hospital's staff.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub first_name: String,
    pub last_name: String,
    /// Signs in with it.
    pub email: String,
    pub phone: Option<String>,
    /// Name of a department.
    pub department: String,
    pub role: SystemRole,
    /// None: chooses a password by link.
    pub password_hash: Option<String>,
    pub must_change_password: bool,
}

/// Why somebody does not join the staff.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    #[error("There is no department of this name.")]
    DepartmentUnknown,
}

problem!(StaffError { DepartmentUnknown => BAD_REQUEST "staff.department_unknown" at "department" });

/// Make a person's sign-in and staff row, with one role.
///
/// # Errors
/// `users_email_unique` if the address has an account anywhere; 422 if the department is unknown.
pub async fn join(bridge: &mut Bridge, facts: &TenantFacts, new: &NewPerson) -> Result<UserId, AppError> {
    let id = UserId::new();
    let user = NewUser {
        id,
        tenant: facts.id,
        email: &new.email,
        password_hash: new.password_hash.as_deref(),
        must_change_password: new.must_change_password,
    };
    sessions::insert_user(bridge.platform(), &user).await?;
    let tx = bridge.tenant(facts);
    let department = departments::by_name(tx, &new.department).await?.ok_or(StaffError::DepartmentUnknown)?;
    store::insert(tx, id, new, department).await?;
    roles::assign(tx, id, new.role).await?;
    Ok(id)
}

/// This capability, for the registry.
pub const MODULE: Module =
    Module { statements: &[STATEMENTS], problems: &[StaffError::CODES], ..Module::named("staff") };
