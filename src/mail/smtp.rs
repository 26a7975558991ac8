//! Mail by SMTP: pooled connections, TLS by rustls, certificates of the machine.
//!
//! lettre's `tracing` feature stays off: at debug level it writes addresses, contents and the
//! sign-in at the mail server into the log.

use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::{MailError, Message, Transport, mime};
use crate::config::{SmtpSettings, SmtpTls};
use crate::kernel::AppError;

/// One answer of the server may take this long.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// The whole delivery: a server that answers each step late does not hold a worker for minutes.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Sends by a mail server.
pub struct SmtpTransport {
    inner: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpTransport {
    /// Does not connect yet. Call it inside the tokio runtime (the pool has a cleaner).
    ///
    /// # Errors
    /// TLS is asked for but cannot be set up.
    pub fn new(settings: &SmtpSettings) -> Result<Self, AppError> {
        let parameters = || {
            TlsParameters::new(settings.host.clone())
                .map_err(|_| AppError::internal("SMTP: TLS cannot be set up"))
        };
        let tls = match settings.tls {
            // Required, never "if offered": a meddler would simply not offer it.
            SmtpTls::StartTls => Tls::Required(parameters()?),
            SmtpTls::Tls => Tls::Wrapper(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(STEP_TIMEOUT))
            .pool_config(PoolConfig::new().max_size(4).idle_timeout(Duration::from_secs(30)));
        if let Some((user, password)) = &settings.credentials {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { inner: builder.build() })
    }
}

impl Transport for SmtpTransport {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let email = mime::build(message)?;
            match tokio::time::timeout(TOTAL_TIMEOUT, self.inner.send(email)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(classify(&error)),
                Err(_) => Err(MailError::Temporary("the mail server was too slow".into())),
            }
        })
    }
}

/// By kind and code only: the server's words often repeat the recipient's address.
fn classify(error: &SmtpError) -> MailError {
    if let Some(code) = error.status().map(u16::from) {
        let answer = format!("the mail server answered {code}");
        // A refused sign-in is our misconfiguration: keep the mail until it is mended.
        let ours = matches!(code, 530 | 534 | 535 | 538);
        return if error.is_permanent() && !ours {
            MailError::Permanent(answer)
        } else {
            MailError::Temporary(answer)
        };
    }
    let what = if error.is_timeout() {
        "the mail server was too slow"
    } else if error.is_tls() {
        "no secure connection to the mail server"
    } else if error.is_response() {
        "the mail server's answer was not understood"
    } else if error.is_client() {
        "the mail server does not offer what is needed"
    } else {
        "the mail server could not be reached"
    };
    MailError::Temporary(what.to_owned())
}
