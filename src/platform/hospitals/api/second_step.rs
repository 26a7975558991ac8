//! A way back in for an administrator who lost phone and recovery codes, and has no colleague who could help.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reset::address;
use crate::access::PlatformAuthorized;
use crate::app::App;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::{self, Asked, Manage};
use crate::web::{Json, Path, Reply};

pub(super) const CODES: &[&str] = &["hospitals.no_administrator", "mfa.not_on"];

pub(super) const ABOUT: &str = "For somebody who lost the device and the recovery codes. All sessions of the account end, and the password alone signs \
     it in; where a second step is demanded, nothing opens until it is set up again. All administrators of the hospital \
     have a mail about it, with the reason, and it stands in the hospital's own audit too.";

/// Whose second step, and why.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ResetAdministratorMfa {
    /// Address of one of the administrators; may be left out where only one of them has a second step.
    admin_email: Option<String>,
    /// One line, at most 500 characters; mailed to the hospital's administrators, and kept in both audits.
    reason: String,
}

/// Who signs in by the password alone now.
#[derive(Serialize, JsonSchema)]
pub(super) struct AdministratorMfaReset {
    message: String,
    admin_email: String,
}

pub(super) async fn reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    Path(id): Path<TenantId>,
    Json(body): Json<ResetAdministratorMfa>,
) -> Result<Reply<AdministratorMfaReset>, AppError> {
    let mut errors = FieldErrors::default();
    let email = address(body.admin_email.as_deref(), &mut errors);
    let asked = Asked::with_reason(None, Some(&body.reason), &mut errors);
    errors.finish()?;
    let (admin_email, audit) =
        hospitals::reset_second_factor(&app, &tx, id, email.as_deref(), &asked).await?;
    let message = "Two-step sign-in was taken from the account, and all its sessions end.".to_owned();
    tx.commit(audit, Reply::new(AdministratorMfaReset { message, admin_email })).await
}
