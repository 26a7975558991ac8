//! Outbound mail: one message in, one transport out.
//!
//! Invariants: nothing here logs an address or a word of content; a sandbox sends nothing to a real
//! person, whoever built the message; what people typed (a hospital's name) cannot become a header
//! or markup. Retrying and the delivery log belong to the job that calls [`Mailer::send`].

mod file;
mod log;
mod mime;
mod smtp;
pub mod templates;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

pub use file::FileTransport;
pub use log::LogTransport;
pub use smtp::SmtpTransport;
pub use templates::Rendered;

use crate::config::{Config, MailBackend, MailSettings};
use crate::kernel::AppError;
use crate::kernel::ids::MailId;

/// One mail to one person. `Debug` shows the id only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Also the Message-ID, so a receiver recognises a mail that was sent twice.
    pub id: MailId,
    /// Bare address.
    pub to: String,
    /// `Name <address>` or a bare address.
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// Whom it was for before the sandbox redirected it.
    #[serde(default)]
    pub original_to: Option<String>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a mail did not leave. The reason never holds an address, a server's words or content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Try again later.
    #[error("the mail could not be sent now: {0}")]
    Temporary(String),
    /// Trying again cannot help.
    #[error("the mail cannot be sent: {0}")]
    Permanent(String),
}

/// A way out of the house.
pub trait Transport: Send + Sync {
    /// Short name for logs: `file`, `log`, `smtp`.
    fn name(&self) -> &'static str;

    /// Hand `message` over; `Ok` means that the next station took responsibility.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>>;
}

/// Builds messages with our sender and sends them by the configured transport.
#[derive(Clone)]
pub struct Mailer {
    transport: Arc<dyn Transport>,
    files: Option<FileTransport>,
    from: String,
    sandbox_recipient: Option<String>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("transport", &self.transport.name()).finish_non_exhaustive()
    }
}

impl Mailer {
    /// The mailer that the configuration asks for. Call it inside the tokio runtime.
    ///
    /// # Errors
    /// TLS cannot be set up for SMTP (no certificates on this machine, or no valid host name).
    pub fn from_config(config: &Config) -> Result<Self, AppError> {
        let mut files = None;
        let transport: Arc<dyn Transport> = match &config.mail.backend {
            MailBackend::File => {
                let file = FileTransport::new(config.home.join("mail"));
                files = Some(file.clone());
                Arc::new(file)
            }
            MailBackend::Log => Arc::new(LogTransport),
            MailBackend::Smtp(smtp) => Arc::new(SmtpTransport::new(smtp)?),
        };
        Ok(Self { files, ..Self::new(transport, &config.mail) })
    }

    /// A mailer over any transport (tests, later providers).
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, settings: &MailSettings) -> Self {
        Self {
            transport,
            files: None,
            from: settings.from.clone(),
            sandbox_recipient: settings.sandbox_recipient.clone(),
        }
    }

    /// A message from us to `to`.
    #[must_use]
    pub fn message(&self, id: MailId, to: impl Into<String>, mail: Rendered) -> Message {
        Message {
            id,
            to: to.into(),
            from: self.from.clone(),
            subject: mail.subject,
            text: mail.text,
            html: Some(mail.html),
            original_to: None,
        }
    }

    /// Send, or in sandbox mode redirect and send.
    ///
    /// # Errors
    /// [`MailError::Temporary`] if the job should try again.
    pub async fn send(&self, message: &Message) -> Result<(), MailError> {
        let redirected = self.sandbox_recipient.as_ref().map(|sandbox| Message {
            to: sandbox.clone(),
            original_to: Some(message.original_to.clone().unwrap_or_else(|| message.to.clone())),
            ..message.clone()
        });
        self.transport.send(redirected.as_ref().unwrap_or(message)).await
    }

    /// Name of the transport.
    #[must_use]
    pub fn transport(&self) -> &'static str {
        self.transport.name()
    }

    /// True if every mail goes to the test recipient.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.sandbox_recipient.is_some()
    }

    /// The written mails, for the development page; absent with other transports.
    #[must_use]
    pub fn files(&self) -> Option<&FileTransport> {
        self.files.as_ref()
    }
}
