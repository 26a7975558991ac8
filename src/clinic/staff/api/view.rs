//! A member of staff as the contract writes one.

use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::shown_status;
use crate::clinic::departments::DepartmentId;
use crate::clinic::roles::RoleId;
use crate::clinic::staff::{Member, Role, State, Status, StillOpen};
use crate::identity::actor::TenantFacts;
use crate::kernel::ids::{TenantId, UserId};

/// A member of staff: the contract calls it a user.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StaffMember {
    id: UserId,
    tenant_id: TenantId,
    tenant_name: String,
    /// Changed by its owner alone.
    email: String,
    first_name: String,
    /// Blank for who has one name.
    last_name: String,
    phone: Option<String>,
    /// Name of the department.
    department: String,
    department_id: DepartmentId,
    specialization: Option<String>,
    status: Status,
    /// Where they stand, in one word.
    state: State,
    is_active: bool,
    /// Always false: nobody is deleted.
    is_deleted: bool,
    must_change_password: bool,
    email_verified: bool,
    /// Until when they are kept out after too many wrong passwords; null if they are not.
    locked_until: Option<Timestamp>,
    /// Null for never, or longer than a month ago.
    last_sign_in_at: Option<Timestamp>,
    roles: Vec<StaffRole>,
    /// After a change, of somebody who cannot sign in: what waits for them in their own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    still_open: Option<StaffStillOpen>,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What waits for somebody, and does not move by itself.
#[derive(Debug, Serialize, JsonSchema)]
struct StaffStillOpen {
    /// Appointments to come.
    future_bookings: i64,
    /// Who is checked in with them.
    waiting_patients: i64,
    open_consultations: i64,
    /// Notes that only their author can sign.
    unsigned_drafts: i64,
}

impl From<StillOpen> for StaffStillOpen {
    fn from(open: StillOpen) -> Self {
        Self {
            future_bookings: open.bookings,
            waiting_patients: open.waiting,
            open_consultations: open.consultations,
            unsigned_drafts: open.drafts,
        }
    }
}

/// A role that somebody holds.
#[derive(Debug, Serialize, JsonSchema)]
struct StaffRole {
    id: RoleId,
    name: String,
    /// A disabled one grants nothing.
    is_active: bool,
    permissions: Vec<StaffPermission>,
}

/// A right that a role grants.
#[derive(Debug, Serialize, JsonSchema)]
struct StaffPermission {
    code: String,
}

impl From<Role> for StaffRole {
    fn from(role: Role) -> Self {
        let granted = if role.is_active { role.codes } else { Vec::new() };
        let permissions = granted.into_iter().map(|code| StaffPermission { code }).collect();
        Self { id: role.id, name: role.name, is_active: role.is_active, permissions }
    }
}

impl StaffMember {
    pub(super) fn new(member: Member, hospital: &TenantFacts, now: Timestamp) -> Self {
        let (status, state) = (shown_status(&member), member.account.state(now));
        let Member { profile, account, roles } = member;
        Self {
            id: profile.id,
            tenant_id: hospital.id,
            tenant_name: hospital.name.clone(),
            email: profile.email,
            first_name: profile.first_name,
            last_name: profile.last_name,
            phone: profile.phone,
            department: profile.department,
            department_id: profile.department_id,
            specialization: profile.specialization,
            status,
            state,
            is_active: account.is_active,
            is_deleted: false,
            must_change_password: account.must_change_password,
            email_verified: account.email_verified,
            locked_until: account.locked_until.filter(|until| *until > now),
            last_sign_in_at: account.last_sign_in_at,
            roles: roles.into_iter().map(StaffRole::from).collect(),
            still_open: None,
            version: profile.version,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

impl StaffMember {
    /// With what they leave behind.
    pub(super) fn leaving(self, open: Option<StillOpen>) -> Self {
        Self { still_open: open.map(StaffStillOpen::from), ..self }
    }
}

/// Somebody who was just invited.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InvitedStaff")]
pub(super) struct InvitedView {
    #[serde(flatten)]
    member: StaffMember,
    /// Only where all mail goes to a test recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    temp_password: Option<String>,
}

impl InvitedView {
    pub(super) fn new(member: StaffMember, told: Option<SecretString>) -> Self {
        Self { member, temp_password: told.map(|password| password.expose_secret().to_owned()) }
    }
}

/// An invitation that was sent again.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StaffInvitation")]
pub(super) struct Invitation {
    first_name: String,
    last_name: String,
    email: String,
    message: &'static str,
    /// Only where all mail goes to a test recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    temp_password: Option<String>,
}

impl Invitation {
    pub(super) fn new(member: Member, told: Option<SecretString>) -> Self {
        Self {
            first_name: member.profile.first_name,
            last_name: member.profile.last_name,
            email: member.profile.email,
            message: "A new link to choose a password is on its way.",
            temp_password: told.map(|password| password.expose_secret().to_owned()),
        }
    }
}
