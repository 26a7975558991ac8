//! The settings that need more than "a number from 1 to 9": types, rules, computed defaults.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::mail::{MailBackend, SmtpTls};
use super::read::Reader;
use super::{Config, LOOPBACK, secret_key as key};
use crate::kernel::{FieldErrors, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

/// One database role per hospital: as the server allows, always, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantRoles {
    Auto,
    On,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

/// Rules of the outpatient day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutpatientSettings {
    /// So many minutes after its time an appointment is given up, if nobody has checked in.
    pub no_show_after_minutes: u16,
    /// Check-in opens so many minutes before the time.
    pub check_in_grace_minutes: u16,
}

pub(super) fn outpatient(r: &mut Reader<'_>) -> OutpatientSettings {
    OutpatientSettings {
        no_show_after_minutes: r.number("OPD_NO_SHOW_MINUTES_AFTER_SCHEDULED", 15, 1440),
        check_in_grace_minutes: r.number("OPD_CHECKIN_GRACE_MINUTES", 0, 1440),
    }
}

/// Hospitals to look around in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSettings {
    /// Their accounts are offered on the sign-in page, and operators may seed, freshen and reset them.
    pub mode: bool,
    /// Signing in asks for a job that makes their day today's.
    pub refresh_on_login: bool,
    /// Hours between two such jobs.
    pub refresh_hours: u16,
}

pub(super) fn demo(r: &mut Reader<'_>) -> DemoSettings {
    DemoSettings {
        mode: r.flag("DEMO_MODE"),
        refresh_on_login: r.flag("DEMO_AUTO_REFRESH_ON_LOGIN"),
        refresh_hours: r.number("DEMO_REFRESH_TTL_HOURS", 1, 720),
    }
}

#[derive(Debug, Clone)]
pub struct SuperAdmin {
    /// Lower case.
    pub email: String,
    pub password: SecretString,
}

pub(super) fn home(r: &mut Reader<'_>) -> PathBuf {
    let set = r.string("HMS_HOME").map(PathBuf::from);
    let base = |r: &Reader<'_>| {
        if rustix::process::geteuid().is_root() {
            return Some(PathBuf::from("/var/lib/hms"));
        }
        // The XDG standard: a relative path there is to be ignored.
        let xdg = r.system("XDG_DATA_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
        xdg.or_else(|| r.system("HOME").map(|h| PathBuf::from(h).join(".local/share"))).map(|p| p.join("hms"))
    };
    let Some(home) = set.or_else(|| base(r)).and_then(|p| std::path::absolute(p).ok()) else {
        r.fault("HMS_HOME", "is needed, because HOME is not set; use the path of a folder.");
        return PathBuf::new();
    };
    r.show("HMS_HOME", home.display());
    home
}

pub(super) fn files(r: &mut Reader<'_>, home: &Path) -> PathBuf {
    let set = r.string("FILE_STORAGE_ROOT").and_then(|path| std::path::absolute(path).ok());
    let files = set.unwrap_or_else(|| home.join("files"));
    r.show("FILE_STORAGE_ROOT", files.display());
    files
}

pub(super) fn bind(r: &mut Reader<'_>, production: bool) -> IpAddr {
    let allowed = "an IP address, for example 127.0.0.1 or ::";
    let set =
        r.parsed("HMS_BIND", allowed, |t| if t == "localhost" { Some(LOOPBACK) } else { t.parse().ok() });
    let bind = set.unwrap_or(if production { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { LOOPBACK });
    r.show("HMS_BIND", bind);
    bind
}

/// An `http(s)` URL that is nothing but an origin.
fn origin(typed: &str) -> Option<Url> {
    let url = Url::parse(typed).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && bare && nobody).then_some(url)
}

pub(super) fn public_url(r: &mut Reader<'_>, port: u16) -> Url {
    let local = || Url::parse(&format!("http://localhost:{port}")).expect("a port makes a valid URL");
    let allowed = "http:// or https:// and a host, without a path, for example https://hms.example.org";
    let url = r.parsed("PUBLIC_URL", allowed, origin).unwrap_or_else(local);
    r.show("PUBLIC_URL", url.origin().ascii_serialization());
    url
}

pub(super) fn cors_origins(r: &mut Reader<'_>) -> Vec<String> {
    let allowed = "origins such as https://app.example.org, comma between them or as a JSON list (no `*`)";
    let origins = r.parsed("BACKEND_CORS_ORIGINS", allowed, |text| {
        let list: Vec<String> = if text.starts_with('[') {
            serde_json::from_str(text).ok()?
        } else {
            text.split(',').map(|o| o.trim().to_owned()).filter(|o| !o.is_empty()).collect()
        };
        list.iter()
            .map(|o| origin(o).map(|url| url.origin().ascii_serialization()))
            .collect::<Option<Vec<_>>>()
    });
    origins.unwrap_or_default()
}

pub(super) fn secret_key(
    r: &mut Reader<'_>,
    production: bool,
    warnings: &mut Vec<String>,
) -> Option<SecretString> {
    let found = r.secret("SECRET_KEY");
    let advice = "use at least 32 random bytes, for example from `openssl rand -base64 48`.";
    match (&found, found.as_ref().and_then(key::weakness)) {
        (None, _) if production => r.fault("SECRET_KEY", format!("is needed in production; {advice}")),
        (Some(_), Some(why)) if production => r.fault("SECRET_KEY", format!("{why}; {advice}")),
        (Some(_), Some(why)) => warnings.push(format!("SECRET_KEY {why}; production would refuse it.")),
        _ => {}
    }
    found
}

pub(super) fn previous_secret_keys(r: &mut Reader<'_>) -> Vec<SecretString> {
    let found = r.secret("SECRET_KEY_PREVIOUS");
    let keys: Vec<SecretString> = found
        .iter()
        .flat_map(|list| list.expose_secret().split(','))
        .map(|k| SecretString::from(k.trim()))
        .filter(|k| !k.expose_secret().is_empty())
        .collect();
    if keys.iter().any(|k| key::weakness(k).is_some()) {
        r.fault("SECRET_KEY_PREVIOUS", "holds a weak key; leave it out (its tokens end at once).");
    }
    keys
}

pub(super) fn database_url(r: &mut Reader<'_>, name: &'static str) -> Option<SecretString> {
    let allowed = "a URL that begins with postgresql:// or postgres://";
    r.parsed(name, allowed, |text| {
        let text = text.trim();
        (text.starts_with("postgresql://") || text.starts_with("postgres://"))
            .then(|| SecretString::from(text))
    })
}

pub(super) fn super_admin(r: &mut Reader<'_>) -> Option<SuperAdmin> {
    let email = r.parsed("SUPER_ADMIN_EMAIL", "an e-mail address", address);
    match (email, r.secret("SUPER_ADMIN_PASSWORD")) {
        (Some(email), Some(password)) => Some(SuperAdmin { email, password }),
        (Some(_), None) => {
            r.fault("SUPER_ADMIN_PASSWORD", "is needed with SUPER_ADMIN_EMAIL.");
            None
        }
        (None, Some(_)) if !r.is_set("SUPER_ADMIN_EMAIL") => {
            r.fault("SUPER_ADMIN_EMAIL", "is needed with SUPER_ADMIN_PASSWORD.");
            None
        }
        _ => None,
    }
}

pub(super) fn operator_mfa(r: &mut Reader<'_>, production: bool) -> bool {
    let required =
        r.choice("HMS_OPERATOR_MFA", &[("required", true), ("optional", false)]).unwrap_or(production);
    r.show("HMS_OPERATOR_MFA", if required { "required" } else { "optional" });
    required
}

pub(super) fn address(typed: &str) -> Option<String> {
    text::email("", Some(typed), &mut FieldErrors::default())
}

pub(super) fn log_format(r: &mut Reader<'_>, production: bool) -> LogFormat {
    let set = r.choice("LOG_FORMAT", &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)]);
    let format = set.unwrap_or(if production { LogFormat::Json } else { LogFormat::Pretty });
    r.show("LOG_FORMAT", if format == LogFormat::Json { "json" } else { "pretty" });
    format
}

pub(super) fn log_level(r: &mut Reader<'_>) -> String {
    let allowed = "error, warn, info, debug, trace or a filter such as info,hms=debug";
    let level = r.parsed("LOG_LEVEL", allowed, |text| {
        text.parse::<tracing_subscriber::filter::Targets>().is_ok().then(|| text.to_owned())
    });
    level.unwrap_or_default()
}

/// What production allows but an operator should know.
pub(super) fn warn(config: &Config, r: &Reader<'_>, warnings: &mut Vec<String>) {
    if !config.is_production() {
        return;
    }
    let mut say = |text: &str| warnings.push(text.to_owned());
    if config.observers.traces.is_some() && cfg!(not(feature = "otel")) {
        say("OTEL_EXPORTER_OTLP_ENDPOINT is set, but this HMS was built without traces (feature `otel`).");
    }
    if !r.is_set("PUBLIC_URL") {
        say("PUBLIC_URL is not set, so links in mails point to localhost.");
    } else if config.public_url.scheme() != "https" {
        say("PUBLIC_URL is not https: passwords and records travel readable over the network.");
    } else if config.trusted_proxies == 0 {
        say("TRUST_PROXY is 0: all people who come through the proxy that ends https count as one address.");
    }
    if config.database_url.is_some() && !r.is_set("FILE_STORAGE_ROOT") {
        say("FILE_STORAGE_ROOT is not set: pictures stay on this machine's disk, in HMS_HOME/files.");
    }
    match &config.mail.backend {
        MailBackend::File => say("EMAIL_BACKEND=file: mails stay in HMS_HOME/mail, nobody receives them."),
        MailBackend::Log => say("EMAIL_BACKEND=log: mails are dropped, nobody receives them."),
        MailBackend::Smtp(smtp) if smtp.tls == SmtpTls::None && smtp.credentials.is_some() => {
            say("SMTP_TLS=none: the mail password travels readable over the network.");
        }
        MailBackend::Smtp(_) => {}
    }
    if config.demo.mode {
        say("DEMO_MODE=true: everybody can sign in to the demo hospitals, whose password is public.");
    }
    if config.mail.sandbox_recipient.is_some() {
        say("EMAIL_SANDBOX_MODE=true: every mail goes to EMAIL_TEST_RECIPIENT.");
    }
}
