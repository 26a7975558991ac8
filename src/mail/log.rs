//! Mails that go nowhere: only the fact is logged.

use futures_util::future::BoxFuture;

use super::{MailError, Message, Transport, mime};

/// Checks a mail as the others do, logs its id and drops it.
#[derive(Debug, Clone, Copy)]
pub struct LogTransport;

impl Transport for LogTransport {
    fn name(&self) -> &'static str {
        "log"
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            mime::build(message)?;
            tracing::info!(mail = %message.id, transport = "log", "mail dropped");
            Ok(())
        })
    }
}
