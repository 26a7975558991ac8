//! Members of staff: who they are, where they stand, which of them are wanted, and what can be refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinic::departments::DepartmentId;
use crate::clinic::roles::RoleId;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::problem;

/// A member of staff, from both sides of the house.
#[derive(Debug, Clone)]
pub struct Member {
    pub profile: Profile,
    pub account: Account,
    /// By name. Disabled ones too: they grant nothing.
    pub roles: Vec<Role>,
}

/// The person, as their hospital keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub id: UserId,
    pub first_name: String,
    /// Blank for who has one name.
    pub last_name: String,
    /// Signs in with it. Changed by its owner alone, once they have come.
    pub email: String,
    pub phone: Option<String>,
    pub department_id: DepartmentId,
    pub department: String,
    pub specialization: Option<String>,
    /// Counts the changes of profile, roles and standing.
    pub version: i32,
    /// Nobody if nobody has changed it yet.
    pub changed_by: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The sign-in, as the platform keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub is_active: bool,
    pub status: Status,
    pub must_change_password: bool,
    pub email_verified: bool,
    pub has_password: bool,
    /// Signs in with a second step.
    pub second_factor: bool,
    /// Rests after too many wrong passwords.
    pub locked_until: Option<Timestamp>,
    /// As far as sessions are kept: a month after their end.
    pub last_sign_in_at: Option<Timestamp>,
}

/// What waits for somebody in their own name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StillOpen {
    /// Appointments to come.
    pub bookings: i64,
    /// Patients who are checked in.
    pub waiting: i64,
    pub consultations: i64,
    /// Notes that are not signed.
    pub drafts: i64,
}

impl StillOpen {
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A role with what it grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    pub description: Option<String>,
    /// The system role of administrators, of whom one stays.
    pub is_administrator: bool,
    /// Whoever holds it works as a doctor.
    pub is_doctor: bool,
    pub is_active: bool,
    pub codes: Vec<String>,
}

/// The contract's word for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "StaffStatus")]
pub enum Status {
    Active,
    Inactive,
    /// Stopped by hand until somebody sets it ACTIVE again.
    Locked,
    /// A new password has to be chosen.
    PasswordExpired,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Active, Self::Inactive, Self::Locked, Self::PasswordExpired];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Locked => "LOCKED",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// Where somebody stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "StaffState")]
pub enum State {
    Active,
    /// Has not chosen a password yet.
    Invited,
    /// Stopped by hand, or resting after too many wrong passwords.
    Locked,
    Inactive,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Active, Self::Invited, Self::Locked, Self::Inactive];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Invited => "INVITED",
            Self::Locked => "LOCKED",
            Self::Inactive => "INACTIVE",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

impl Account {
    /// May sign in, wrong passwords apart.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_active && !matches!(self.status, Status::Inactive | Status::Locked)
    }

    /// Waits for its person to choose a password.
    #[must_use]
    pub fn is_invited(&self) -> bool {
        !self.email_verified && (!self.has_password || self.must_change_password)
    }

    #[must_use]
    pub fn rests(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }

    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        if !self.is_active || self.status == Status::Inactive {
            State::Inactive
        } else if self.status == Status::Locked || self.rests(now) {
            State::Locked
        } else if self.is_invited() {
            State::Invited
        } else {
            State::Active
        }
    }
}

impl Member {
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.profile.first_name, self.profile.last_name).trim().to_owned()
    }

    /// What this person may do: only active roles grant.
    #[must_use]
    pub fn codes(&self) -> BTreeSet<&str> {
        let active = self.roles.iter().filter(|role| role.is_active);
        active.flat_map(|role| role.codes.iter().map(String::as_str)).collect()
    }

    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.roles.iter().any(|role| role.is_administrator && role.is_active)
    }
}

impl Role {
    /// The first code of it that is not in `held`.
    #[must_use]
    pub fn beyond(&self, held: &BTreeSet<String>) -> Option<&str> {
        self.codes.iter().find(|code| !held.contains(*code)).map(String::as_str)
    }
}

/// Order of a list; a leading `-` is descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "StaffSort")]
pub enum Sort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "created")]
    Created,
    /// Newest first.
    #[default]
    #[serde(rename = "-created")]
    CreatedDown,
}

impl Sort {
    /// The word in `?sort=`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameDown => "-name",
            Self::Created => "created",
            Self::CreatedDown => "-created",
        }
    }
}

/// Who is wanted by standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// All but the inactive.
    #[default]
    Present,
    Everybody,
    Only(State),
}

/// Which members of staff are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Part of name or address, in any case or script.
    pub search: Option<String>,
    /// Name of a role.
    pub role: Option<String>,
    /// Name of a department.
    pub department: Option<String>,
    pub standing: Standing,
    pub sort: Sort,
    pub page: PageRequest,
}

/// Why somebody does not join the staff, or is not changed.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    #[error("This person was not found.")]
    NotFound,
    #[error("There is no department of this name.")]
    DepartmentUnknown,
    #[error("There is no role of this name.")]
    RoleUnknown,
    #[error("The role {0} is disabled: nobody can be given it.")]
    RoleDisabled(String),
    #[error("The role {role} grants the right {code}, which you do not hold, so you cannot give it.")]
    GrantsMore { role: String, code: String },
    #[error("This person holds rights that you do not hold, so you cannot change them.")]
    Outranked,
    #[error("Nobody changes their own roles, department or standing. Ask a colleague who may change staff.")]
    OwnAccount,
    #[error(
        "This is the hospital's last active administrator, who stays one. Make somebody else an administrator first."
    )]
    LastAdministrator,
    #[error("The hospital may have {0} accounts, and all of them are taken. Ask the platform for more.")]
    LimitReached(i32),
    #[error("This e-mail address has an account already. Use another one.")]
    EmailTaken,
    #[error("The e-mail address of somebody who has come is changed by that person, in their own account.")]
    EmailIsTheirs,
    #[error("You can make accounts for your own hospital only.")]
    OtherHospital,
    #[error("This person has chosen a password already, so there is nothing to invite them to.")]
    AlreadyJoined,
    #[error("This account is inactive. Activate it first.")]
    Inactive,
    #[error(
        "This person has been here already, so there is no invitation to withdraw. Deactivate the account instead: what they did keeps their name."
    )]
    HasCome,
    #[error(
        "Something is kept in this person's name already: bookings, hours or a care team. Deactivate the account instead, or correct its e-mail address."
    )]
    InUse,
    #[error(
        "Somebody else changed this person in the meantime. Nothing was saved; read the newest version and try again."
    )]
    VersionConflict,
}

problem!(StaffError {
    NotFound => NOT_FOUND "not_found",
    DepartmentUnknown => BAD_REQUEST "staff.department_unknown" at "department",
    RoleUnknown => BAD_REQUEST "staff.role_unknown" at "roles",
    RoleDisabled => BAD_REQUEST "staff.role_disabled" at "roles",
    GrantsMore => FORBIDDEN "staff.grants_more" at "roles",
    Outranked => FORBIDDEN "staff.outranked",
    OwnAccount => FORBIDDEN "staff.own_account",
    LastAdministrator => FORBIDDEN "staff.last_administrator",
    LimitReached => BAD_REQUEST "staff.limit_reached",
    EmailTaken => BAD_REQUEST "staff.email_taken" at "email",
    EmailIsTheirs => BAD_REQUEST "staff.email_is_theirs" at "email",
    OtherHospital => FORBIDDEN "staff.other_hospital" at "tenant_id",
    AlreadyJoined => BAD_REQUEST "staff.already_joined",
    Inactive => BAD_REQUEST "staff.inactive",
    HasCome => CONFLICT "staff.has_come",
    InUse => CONFLICT "staff.in_use",
    VersionConflict => PRECONDITION_FAILED "staff.version_conflict",
});
