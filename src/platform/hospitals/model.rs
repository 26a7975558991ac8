//! A hospital as the platform knows it, which of them are wanted, and what can be refused.

mod limits;

pub use limits::{Limit, Limits, MAX_RAISE_HOURS, Used, raise_hours};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::identity::actor::TenantStatus;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::paging::PageRequest;
use crate::kernel::{Ceiling, FieldErrors, text};
use crate::problem;

/// Longest search text, in characters.
const MAX_SEARCH: usize = 120;
/// Longest reason of a suspension, in characters.
const MAX_REASON: usize = 500;

/// A hospital with its counts. Operators see counts, never a patient.
#[derive(Debug, Clone)]
pub struct Hospital {
    pub id: TenantId,
    pub name: String,
    pub address: Option<String>,
    pub contact_email: String,
    pub contact_phone: Option<String>,
    pub license_number: String,
    pub status: TenantStatus,
    /// Where it stood before it was suspended.
    pub suspended_from: Option<TenantStatus>,
    pub time_zone: String,
    pub currency: String,
    /// ISO 3166 code; told, or proposed at the sign-up.
    pub country: Option<String>,
    pub max_users: Ceiling,
    pub max_patients: Ceiling,
    /// When it was read: whether a limit is raised is said as of then.
    pub read_at: Timestamp,
    /// It takes nobody and nothing new for the time.
    pub restricted: Option<Restriction>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Accounts that are not deleted.
    pub users: i64,
    pub patients: i64,
    /// Of every day and status.
    pub appointments: i64,
    /// Of its schema.
    pub schema_version: i32,
    /// When somebody of it was last seen, give or take a few minutes.
    pub last_active_at: Option<Timestamp>,
    /// As a job measured it; none until it did.
    pub storage: Option<Storage>,
}

/// Since when a hospital is restricted, and why.
#[derive(Debug, Clone)]
pub struct Restriction {
    pub since: Timestamp,
    pub reason: Option<String>,
}

/// What a hospital takes up, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Storage {
    pub data: i64,
    pub files: i64,
    pub measured_at: Timestamp,
}

impl Storage {
    #[must_use]
    pub fn bytes(&self) -> i64 {
        self.data + self.files
    }
}

impl Hospital {
    /// Where it will stand once activated.
    #[must_use]
    pub fn when_activated(&self) -> TenantStatus {
        self.suspended_from.unwrap_or(TenantStatus::Active)
    }

    #[must_use]
    pub fn accounts_used(&self) -> Option<Used> {
        Used::of(self.users, self.max_users.at(self.read_at))
    }

    #[must_use]
    pub fn patients_used(&self) -> Option<Used> {
        Used::of(self.patients, self.max_patients.at(self.read_at))
    }

    /// Its tables lack what this version of HMS added: it is answered with 503 until they have it.
    #[must_use]
    pub fn is_behind(&self, version: i32) -> bool {
        self.schema_version < version
    }
}

/// Order of a list; a leading `-` is descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
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
    #[serde(rename = "users")]
    Users,
    #[serde(rename = "-users")]
    UsersDown,
    #[serde(rename = "patients")]
    Patients,
    #[serde(rename = "-patients")]
    PatientsDown,
    /// Those that nobody used for longest first.
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "-active")]
    ActiveDown,
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
            Self::Users => "users",
            Self::UsersDown => "-users",
            Self::Patients => "patients",
            Self::PatientsDown => "-patients",
            Self::Active => "active",
            Self::ActiveDown => "-active",
        }
    }
}

/// Which hospitals are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub status: Option<TenantStatus>,
    /// Only those that are restricted, or only the others.
    pub restricted: Option<bool>,
    /// Part of the name, licence number or e-mail address, in any case or script.
    pub search: Option<String>,
    pub sort: Sort,
    pub page: PageRequest,
}

/// A search text as it may be looked for; blank is none.
pub fn search_text(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    text::optional("search", typed, MAX_SEARCH, errors).ok().flatten()
}

/// What the caller of a change says about it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The version that the caller saw; another one by now refuses the change.
    pub seen: Option<i64>,
    pub reason: Option<String>,
}

impl Asked {
    /// Parse the reason: one line, at most [`MAX_REASON`] characters.
    pub fn parse(seen: Option<i64>, reason: Option<&str>, errors: &mut FieldErrors) -> Self {
        Self { seen, reason: text::optional("reason", reason, MAX_REASON, errors).ok().flatten() }
    }

    /// The same where a reason is needed: the hospital reads it.
    pub fn with_reason(seen: Option<i64>, reason: Option<&str>, errors: &mut FieldErrors) -> Self {
        Self { seen, reason: text::required("reason", reason, MAX_REASON, errors) }
    }
}

/// Somebody who administers a hospital. Operators know their address, because mails go there.
#[derive(Debug, Clone)]
pub struct Administrator {
    pub id: UserId,
    pub email: String,
    /// A code is asked for at each sign-in.
    pub second_factor: bool,
}

/// What was done on the platform to a hospital.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Timestamp,
    /// `suspended`
    pub kind: String,
    /// Address of the operator; none for a command or a job.
    pub by: Option<String>,
    pub reason: Option<String>,
}

/// What the platform holds in all.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    pub users: i64,
    pub patients: i64,
    /// Of every day and status.
    pub appointments: i64,
}

/// How many hospitals stand where.
#[derive(Debug, Clone, Default)]
pub struct Counts(pub Vec<(TenantStatus, bool, i64)>);

impl Counts {
    /// How many have this status and are restricted or not; all of them for none.
    #[must_use]
    pub fn of(&self, status: Option<TenantStatus>, restricted: Option<bool>) -> i64 {
        let wanted = |(of, is, _): &&(TenantStatus, bool, i64)| {
            status.is_none_or(|wanted| wanted == *of) && restricted.is_none_or(|wanted| wanted == *is)
        };
        self.0.iter().filter(wanted).map(|(_, _, hospitals)| hospitals).sum()
    }
}

/// Why a hospital's status is not changed.
#[derive(Debug, thiserror::Error)]
pub enum HospitalError {
    #[error("This hospital was not found.")]
    NotFound,
    #[error("This hospital is suspended already.")]
    AlreadySuspended,
    #[error("This hospital is active already.")]
    AlreadyActive,
    #[error("This hospital is inactive, so there is nothing to suspend.")]
    Inactive,
    #[error("This hospital is restricted already.")]
    AlreadyRestricted,
    #[error("This hospital is not restricted.")]
    NotRestricted,
    #[error("Only an active hospital can be restricted.")]
    NotActive,
    #[error("The hospital has {users} accounts already. Allow at least that many.")]
    TooFewUsers { users: i64 },
    #[error("The hospital has {patients} patients already. Allow at least that many.")]
    TooFewPatients { patients: i64 },
    #[error("Only a limit that there is can be raised, and only above what it is.")]
    NotARaise,
    #[error("This hospital has no active administrator with this address.")]
    NoAdministrator,
    #[error("Somebody changed this hospital in the meantime. Look at it again, then decide.")]
    Changed,
}

problem!(HospitalError {
    NotFound => NOT_FOUND "not_found",
    AlreadySuspended => BAD_REQUEST "hospitals.already_suspended",
    AlreadyActive => BAD_REQUEST "hospitals.already_active",
    Inactive => BAD_REQUEST "hospitals.inactive",
    AlreadyRestricted => BAD_REQUEST "hospitals.already_restricted",
    NotRestricted => BAD_REQUEST "hospitals.not_restricted",
    NotActive => BAD_REQUEST "hospitals.not_active",
    TooFewUsers => BAD_REQUEST "hospitals.max_users_below_use" at "max_users",
    TooFewPatients => BAD_REQUEST "hospitals.max_patients_below_use" at "max_patients",
    NotARaise => BAD_REQUEST "hospitals.not_a_raise",
    NoAdministrator => BAD_REQUEST "hospitals.no_administrator" at "admin_email",
    Changed => PRECONDITION_FAILED "precondition_failed",
});
