//! Users as far as signing in goes, and what can be refused.

use jiff::Timestamp;

use crate::identity::actor::TenantStatus;
use crate::identity::secret::Opaque;
use crate::identity::token::Subject;
use crate::kernel::ids::{SessionId, TenantId, UserId};
use crate::{ids, problem};

ids! {
    /// One failed sign-in.
    FailureId = "failed_sign_in";
    /// Somebody who is not signed in asked for a mail.
    MailRequestId = "mail_request";
}

/// Where the session will live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A program: bearer token and refresh token.
    Api,
    /// A browser: cookie. On a shared computer it ends soon.
    Browser { shared: bool },
}

/// A session just opened or refreshed.
#[derive(Debug)]
pub struct Opened {
    pub session: SessionId,
    pub subject: Subject,
    /// The cookie's secret, or the refresh token.
    pub secret: Opaque,
    pub max_age_seconds: u32,
    pub must_change_password: bool,
    pub super_admin: bool,
}

/// A user of a hospital to be made.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub id: UserId,
    pub tenant: TenantId,
    pub email: &'a str,
    /// None: chooses a password by link.
    pub password_hash: Option<&'a str>,
    pub must_change_password: bool,
}

/// A user's row, as sign-in reads it.
#[derive(Debug)]
pub(super) struct User {
    pub id: UserId,
    pub email: String,
    pub tenant: Option<TenantId>,
    pub tenant_status: Option<TenantStatus>,
    pub password_hash: Option<String>,
    /// Neither switched off nor locked by an administrator.
    pub is_active: bool,
    pub must_change_password: bool,
    pub locked_until: Option<Timestamp>,
}

/// What mail somebody asks for without being signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailRequest {
    /// A link to choose a new password.
    ResetPassword,
    /// The link that confirms a hospital, again.
    VerifyHospital,
}

impl MailRequest {
    /// Stable word for the database.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyHospital => "verify_hospital",
        }
    }
}

/// Why a sign-in failed, as the log has it. Strangers are told none of it before the right password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    UnknownAddress,
    WrongPassword,
    /// The account rests after too many failures.
    Locked,
    Inactive,
    HospitalNotActive,
    /// The password was right, the code after it was not.
    WrongCode,
}

impl Failure {
    /// Stable word for the database.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::UnknownAddress => "unknown_address",
            Self::WrongPassword => "wrong_password",
            Self::Locked => "locked",
            Self::Inactive => "inactive",
            Self::HospitalNotActive => "hospital_not_active",
            Self::WrongCode => "wrong_code",
        }
    }
}

/// A refresh token that was presented.
#[derive(Debug)]
pub(super) struct Refresh {
    pub session: SessionId,
    pub expires_at: Timestamp,
    pub used_before: bool,
    pub revoked: bool,
    pub user: User,
}

/// A link in a mail that still works, with what is known of its person.
#[derive(Debug)]
pub(super) struct Link {
    pub user: UserId,
    pub email: String,
    pub hospital: String,
    pub password_hash: Option<String>,
}

/// Whose link was used, and where that person's hospital stood.
#[derive(Debug)]
pub(super) struct Used {
    pub user: UserId,
    pub email: String,
    pub tenant: Option<TenantId>,
}

/// Somebody who may be sent a link for a new password.
#[derive(Debug)]
pub(super) struct Forgetful {
    pub user: UserId,
    pub email: String,
    pub tenant: Option<TenantId>,
    /// Links sent within the last hour.
    pub sent_lately: i64,
}

/// Why a session is not opened, or a password not set.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("The e-mail address or the password is wrong.")]
    WrongCredentials,
    #[error("Enter the code of your app, or one of your recovery codes.")]
    CodeNeeded,
    #[error("This account is inactive. Ask your hospital's administrator.")]
    Inactive,
    #[error("This hospital is not verified yet. Open the link in the confirmation e-mail.")]
    NotVerified,
    #[error("This hospital is suspended. Contact the platform.")]
    Suspended,
    #[error("This hospital is inactive. Contact the platform.")]
    HospitalInactive,
    #[error("This session has ended. Sign in again.")]
    RefreshRefused,
    #[error("This link is not valid any more. Ask for a new one.")]
    LinkInvalid,
    #[error("The present password is wrong.")]
    OldPasswordWrong,
    #[error("The new password must differ from the present one.")]
    SamePassword,
    #[error("You had this password before. Choose one that is not among your last five.")]
    UsedBefore,
}

problem!(SessionError {
    WrongCredentials => UNAUTHORIZED "auth.wrong_credentials",
    CodeNeeded => UNAUTHORIZED "auth.mfa_required",
    Inactive => UNAUTHORIZED "auth.inactive",
    NotVerified => UNAUTHORIZED "auth.hospital_not_verified",
    Suspended => UNAUTHORIZED "auth.hospital_suspended",
    HospitalInactive => UNAUTHORIZED "auth.hospital_inactive",
    RefreshRefused => UNAUTHORIZED "auth.refresh_refused",
    LinkInvalid => BAD_REQUEST "auth.link_invalid" at "token",
    OldPasswordWrong => BAD_REQUEST "auth.old_password_wrong" at "old_password",
    SamePassword => BAD_REQUEST "auth.same_password" at "new_password",
    UsedBefore => BAD_REQUEST "auth.password_used_before" at "new_password",
});
