//! How mail leaves: which transport, which sender, sandbox or not.

use secrecy::SecretString;

use super::read::Reader;
use super::settings::address;

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailSettings {
    pub backend: MailBackend,
    /// `Name <address>`, well formed.
    pub from: String,
    /// Sandbox mode: everything goes to this address.
    pub sandbox_recipient: Option<String>,
}

#[derive(Debug, Clone)]
pub enum MailBackend {
    /// Files below `HMS_HOME/mail`.
    File,
    Log,
    Smtp(SmtpSettings),
}

#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub credentials: Option<(String, SecretString)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    StartTls,
    Tls,
    None,
}

pub(super) fn read(r: &mut Reader<'_>) -> MailSettings {
    let backend = r.choice("EMAIL_BACKEND", &[("file", 'f'), ("log", 'l'), ("smtp", 's')]);
    let from = r.parsed("EMAIL_FROM", "an address such as HMS <no-reply@hospital.org>", |text| {
        text.parse::<lettre::message::Mailbox>().is_ok().then(|| text.to_owned())
    });
    let smtp = smtp(r, backend == Some('s'));
    let sandbox = r.flag("EMAIL_SANDBOX_MODE");
    let recipient = r.parsed("EMAIL_TEST_RECIPIENT", "an e-mail address", address);
    if sandbox && !r.is_set("EMAIL_TEST_RECIPIENT") {
        r.fault("EMAIL_TEST_RECIPIENT", "is needed with EMAIL_SANDBOX_MODE=true.");
    }
    MailSettings {
        backend: match (backend, smtp) {
            (Some('s'), Some(smtp)) => MailBackend::Smtp(smtp),
            (Some('l'), _) => MailBackend::Log,
            _ => MailBackend::File,
        },
        from: from.unwrap_or_default(),
        sandbox_recipient: recipient.filter(|_| sandbox),
    }
}

/// Read and checked even if another backend is chosen, so that a slip shows before the switch.
fn smtp(r: &mut Reader<'_>, chosen: bool) -> Option<SmtpSettings> {
    let tls = r
        .choice(
            "SMTP_TLS",
            &[("starttls", SmtpTls::StartTls), ("tls", SmtpTls::Tls), ("none", SmtpTls::None)],
        )
        .unwrap_or(SmtpTls::StartTls);
    let set = r.parsed("SMTP_PORT", "a port from 1 to 65535", |t| t.parse().ok().filter(|p| *p > 0));
    let port = set.unwrap_or(match tls {
        SmtpTls::StartTls => 587,
        SmtpTls::Tls => 465,
        SmtpTls::None => 25,
    });
    r.show("SMTP_PORT", port);
    let credentials = match (r.string("SMTP_USERNAME"), r.secret("SMTP_PASSWORD")) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => {
            r.fault("SMTP_PASSWORD", "is needed with SMTP_USERNAME.");
            None
        }
        (None, Some(_)) => {
            r.fault("SMTP_USERNAME", "is needed with SMTP_PASSWORD.");
            None
        }
    };
    let host = r.string("SMTP_HOST");
    if chosen && host.is_none() {
        r.fault("SMTP_HOST", "is needed with EMAIL_BACKEND=smtp.");
    }
    if chosen && !r.is_set("EMAIL_FROM") {
        r.fault("EMAIL_FROM", "is needed with EMAIL_BACKEND=smtp.");
    }
    Some(SmtpSettings { host: host?, port, tls, credentials })
}
