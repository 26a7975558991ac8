//! A hospital as the platform knows it, which of them are wanted, and what can be refused.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::identity::actor::TenantStatus;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{FieldErrors, text};
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
    pub max_users: Option<i32>,
    pub max_patients: Option<i32>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Accounts that are not deleted.
    pub users: i64,
    pub patients: i64,
}

impl Hospital {
    /// Where it will stand once activated.
    #[must_use]
    pub fn when_activated(&self) -> TenantStatus {
        self.suspended_from.unwrap_or(TenantStatus::Active)
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

/// Which hospitals are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub status: Option<TenantStatus>,
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
}

/// What the platform holds in all.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    pub users: i64,
    pub patients: i64,
}

/// How many hospitals stand where.
#[derive(Debug, Clone, Default)]
pub struct Counts(pub Vec<(TenantStatus, i64)>);

impl Counts {
    /// How many have this status; all of them for none.
    #[must_use]
    pub fn of(&self, status: Option<TenantStatus>) -> i64 {
        self.0.iter().filter(|(of, _)| status.is_none_or(|wanted| wanted == *of)).map(|(_, n)| n).sum()
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
    #[error("Somebody changed this hospital in the meantime. Look at it again, then decide.")]
    Changed,
}

problem!(HospitalError {
    NotFound => NOT_FOUND "not_found",
    AlreadySuspended => BAD_REQUEST "hospitals.already_suspended",
    AlreadyActive => BAD_REQUEST "hospitals.already_active",
    Inactive => BAD_REQUEST "hospitals.inactive",
    Changed => PRECONDITION_FAILED "precondition_failed",
});
