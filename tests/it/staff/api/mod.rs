//! `/users` as the contract has it.

mod changing;
mod inviting;
mod stopping;
mod withdrawing;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{USERS, account, address, chooses_password, invited, joined, path_of, person, role, told};
use crate::harness::{PASSWORD, TestApp, eventually};

/// What the contract calls a user, and in the last line what we know beyond it.
const FIELDS: &str = "id tenant_id email first_name last_name phone department specialization status is_active is_deleted \
    must_change_password email_verified roles tenant_name created_at updated_at \
    department_id state locked_until last_sign_in_at version";
