//! The outbox: mails are rows, written in the transaction of the act and sent by a job afterwards.
//!
//! Invariant: a mail exists if and only if its act was committed; a failed transport never fails the act.

mod pages;
mod store;

pub use store::STATEMENTS;

use crate::access::Module;
use crate::access::{self, PlatformTx, SystemTask};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::ids::{MailId, TenantId};
use crate::mail::{MailError, Rendered};
use crate::observe::metrics;

/// Put a mail into the outbox and ask for its sending.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn queue(
    tx: &PlatformTx,
    tenant: Option<TenantId>,
    template: &'static str,
    to: &str,
    content: &Rendered,
) -> Result<MailId, AppError> {
    let id = MailId::new();
    store::insert(tx, id, tenant, template, to, content).await?;
    access::enqueue(tx, "mail.send", &serde_json::json!({ "id": id })).await?;
    Ok(id)
}

/// Send one mail. A permanent refusal is noted; a temporary one is an error, so that the queue tries again.
///
/// # Errors
/// When the transport failed for now, or the database did.
pub async fn send(app: &App, id: MailId) -> Result<(), AppError> {
    let tx = access::system_platform(app, SystemTask("mail.send")).await?;
    let waiting = store::pending(&tx, id).await?;
    // Nothing is awaited but the database while a transaction is open: the transport comes after.
    tx.done().await?;
    let Some(waiting) = waiting else { return Ok(()) };
    let mail = Rendered { subject: waiting.subject, text: waiting.text, html: waiting.html };
    let message = app.mailer.message(id, waiting.to, mail);
    let sent = app.mailer.send(&message).await;
    metrics::mail(match &sent {
        Ok(()) => "sent",
        Err(MailError::Temporary(_)) => "again",
        Err(MailError::Permanent(_)) => "failed",
    });
    let tx = access::system_platform(app, SystemTask("mail.send")).await?;
    match &sent {
        Ok(()) => store::mark_sent(&tx, id).await?,
        Err(error) => {
            store::mark_failed(&tx, id, &error.to_string(), matches!(error, MailError::Permanent(_))).await?
        }
    }
    tx.done().await?;
    match sent {
        Err(error @ MailError::Temporary(_)) => Err(AppError::internal(error)),
        _ => Ok(()),
    }
}

/// This capability, for the registry.
pub const MODULE: Module =
    Module { statements: &[STATEMENTS], pages: Some(pages::router), ..Module::named("messages") };
