//! The first person of a hospital: made with it, before anybody has rights there.

use crate::access::Bridge;
use crate::clinic::departments;
use crate::clinic::roles::{self, SystemRole};
use crate::clinic::staff::model::StaffError;
use crate::clinic::staff::store;
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::platform::sessions::{self, NewUser};

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

/// Make a person's sign-in and staff row, with one role.
///
/// # Errors
/// `users_email_unique` if the address has an account anywhere; [`StaffError::DepartmentUnknown`].
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
