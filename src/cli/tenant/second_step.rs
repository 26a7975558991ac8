//! `hms tenant reset-admin-mfa`

use clap::Args;

use super::named;
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::{self, Asked};
use crate::web::NoContent;

#[derive(Args)]
pub struct ResetAdminMfa {
    /// Id or licence number.
    hospital: String,
    /// Address of the administrator; may be left out where only one of them has two-step sign-in.
    #[arg(long)]
    email: Option<String>,
    /// Why: one line, mailed to the hospital's administrators and kept in both audits.
    #[arg(long)]
    reason: String,
}

impl ResetAdminMfa {
    pub(super) async fn run(self, app: &App) -> Result<String, AppError> {
        let mut errors = FieldErrors::default();
        let asked = Asked::with_reason(None, Some(&self.reason), &mut errors);
        errors.finish()?;
        let tx = access::system_platform(app, SystemTask("hms tenant reset-admin-mfa")).await?.audited();
        let id = named(&tx, &self.hospital).await?.id;
        let email = self.email.as_deref();
        let (email, audit) = hospitals::reset_second_factor(app, &tx, id, email, &asked).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{email} signs in by password alone now\n"))
    }
}
