//! A way back in for an administrator who lost the password. The link goes by mail; whoever asks does not see it.

use axum::extract::State;
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::access::PlatformAuthorized;
use crate::app::App;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors, text};
use crate::platform::hospitals::{self, Manage};
use crate::web::{OptionalJson, Path, Reply};

pub(super) const CODES: &[&str] = &["hospitals.no_administrator"];

/// Longest e-mail address, in characters.
const MAX_EMAIL: usize = 254;

/// Whose password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct ResetAdministrator {
    /// Address of one of the administrators; the one with the oldest account if absent.
    admin_email: Option<String>,
}

/// The address that is named, if one is.
pub(super) fn address(typed: Option<&str>, errors: &mut FieldErrors) -> Option<String> {
    text::optional("admin_email", typed, MAX_EMAIL, errors).ok().flatten()
}

/// To whom the link was mailed.
#[derive(Serialize, JsonSchema)]
pub(super) struct AdministratorReset {
    message: String,
    admin_email: String,
    /// Only in development and in the mail sandbox, where the mail may reach nobody; null otherwise.
    temp_password: Option<String>,
}

pub(super) async fn reset(
    tx: PlatformAuthorized<Manage>,
    State(app): State<App>,
    Path(id): Path<TenantId>,
    OptionalJson(body): OptionalJson<ResetAdministrator>,
) -> Result<Reply<AdministratorReset>, AppError> {
    let mut errors = FieldErrors::default();
    let email = address(body.unwrap_or_default().admin_email.as_deref(), &mut errors);
    errors.finish()?;
    let (reset, audit) = hospitals::reset_password(&app, &tx, id, email.as_deref()).await?;
    let is_told = reset.temporary_password.is_some();
    let reply = Reply::new(AdministratorReset {
        message: "A link to choose a new password is on its way to the administrator.".to_owned(),
        admin_email: reset.email,
        temp_password: reset.temporary_password.map(|password| password.expose_secret().to_owned()),
    });
    tx.commit(audit, if is_told { reply.secret() } else { reply }).await
}
