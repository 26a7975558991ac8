//! Who is asking: a person, the session, the hospital, and what they may do. Pure data, cached by session.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::db::SchemaName;
use crate::kernel::Ceiling;
use crate::kernel::ids::{SessionId, TenantId, UserId};
use crate::kernel::manner::Manner;
use crate::kernel::phone::Country;

/// A signed-in person, as the database had it when the session was last looked up.
#[derive(Debug, Clone)]
pub struct Actor {
    pub session: SessionId,
    pub kind: SessionKind,
    /// SHA-256 of a web session's secret.
    pub secret_hash: Option<Vec<u8>>,
    pub expires_at: Timestamp,
    pub revoked: bool,
    /// The screen is locked: this session opens nothing but its lock.
    pub locked: bool,
    pub user: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub department: Option<String>,
    /// Patients are seen in their department.
    pub department_sees_patients: bool,
    /// Their hospital shows doctors and nurses their own patients first (`clinic::care`).
    pub row_rules: bool,
    /// Active roles with their permission codes.
    pub roles: Vec<Role>,
    pub standing: Standing,
    pub must_change_password: bool,
    /// Signs in with a second step.
    pub second_factor: bool,
    /// Must have one and has none: this session opens nothing but its enrolment.
    pub owes_second_factor: bool,
    pub super_admin: bool,
    /// The hospital; none for a super-admin.
    pub tenant: Option<TenantFacts>,
    pub permissions: BTreeSet<String>,
}

/// A role that a person holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    /// Of one that every hospital has: `DOCTOR`.
    pub system_key: Option<String>,
    /// Whose work is done by it: `DOCTOR` or `NURSE`, of those roles and of what a hospital made from them.
    pub works_as: Option<String>,
    pub permissions: Vec<String>,
}

/// How the session was opened and so how it must be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// `Authorization: Bearer`, a JWT that names the session.
    Api,
    /// The session cookie.
    Web,
}

/// May this user act at all?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    Inactive,
    Locked,
    Deleted,
}

/// Of whom a hospital demands a second step of signing in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MfaPolicy {
    /// Of nobody; who wants one may have it.
    #[default]
    Off,
    /// Of whoever may change settings, staff, roles or rights.
    Administrators,
    Everybody,
}

/// Whoever holds one of these runs a part of the hospital's account.
const ADMINISTERS: [&str; 7] = [
    "settings:update",
    "users:create",
    "users:update",
    "users:assign_roles",
    "roles:create",
    "roles:update",
    "roles:assign_permissions",
];

impl MfaPolicy {
    pub const ALL: [Self; 3] = [Self::Off, Self::Administrators, Self::Everybody];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Administrators => "ADMINISTRATORS",
            Self::Everybody => "EVERYBODY",
        }
    }

    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.code() == code)
    }

    /// Is it demanded of somebody with these permissions?
    #[must_use]
    pub fn demands(self, permissions: &BTreeSet<String>) -> bool {
        match self {
            Self::Off => false,
            Self::Administrators => ADMINISTERS.iter().any(|code| permissions.contains(*code)),
            Self::Everybody => true,
        }
    }
}

/// What every request of a hospital needs to know about it.
#[derive(Debug, Clone)]
pub struct TenantFacts {
    pub id: TenantId,
    pub name: String,
    pub status: TenantStatus,
    pub schema: SchemaName,
    /// Version of the schema's migrations.
    pub schema_version: i32,
    pub zone: TimeZone,
    pub zone_name: String,
    pub currency: String,
    /// How its phone numbers without a country code are read.
    pub country: Option<Country>,
    /// How it writes numbers and times of day.
    pub manner: Manner,
    /// Somebody of the hospital has looked at zone, currency and country and saved them.
    pub profile_confirmed: bool,
    pub max_users: Ceiling,
    pub max_patients: Ceiling,
    pub address: Option<String>,
    pub contact_phone: Option<String>,
    pub contact_email: String,
    /// The platform lets it take nobody and nothing new for the time.
    pub restricted: bool,
    /// The stage of each limit that it was told of, in per cent; 0 for none.
    pub users_told: i16,
    pub patients_told: i16,
    /// Name of the file with its logo.
    pub logo: Option<String>,
}

/// Where a hospital stands with the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TenantStatus {
    /// Signed up, e-mail not confirmed.
    Pending,
    Verified,
    Active,
    /// Stopped by the platform; may come back.
    Suspended,
    Inactive,
}

impl TenantStatus {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Verified, Self::Active, Self::Suspended, Self::Inactive];

    /// The word in the database and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Verified => "VERIFIED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Inactive => "INACTIVE",
        }
    }

    /// The status with this word; anything unknown is treated as inactive, so that it opens nothing.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|s| s.code() == code).unwrap_or(Self::Inactive)
    }
}

impl Actor {
    #[must_use]
    pub fn holds(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }

    /// Do they work as a `DOCTOR`, or as a `NURSE`, by any of their roles?
    #[must_use]
    pub fn works_as(&self, work: &str) -> bool {
        self.roles.iter().any(|role| role.works_as.as_deref() == Some(work))
    }

    /// First and last name, as shown.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}
