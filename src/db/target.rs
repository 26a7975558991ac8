//! Which database, by which logins, over which transport.

use std::sync::Arc;

use anyhow::Context as _;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config as PgConfig};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Isolation;
use super::embedded::Server;

/// The role that owns every schema and table when there is one login only.
pub const OWNER_ROLE: &str = "hms_owner";

/// The variables that name a database, for messages.
pub const APP_URL: &str = "DATABASE_URL";
pub const OWNER_URL: &str = "DATABASE_OWNER_URL";

/// How to reach one database.
#[derive(Clone)]
pub struct Target {
    /// Serves requests.
    pub app: PgConfig,
    /// Migrates and makes schemas.
    pub owner: PgConfig,
    /// Superuser, if we run the server ourselves.
    pub superuser: Option<PgConfig>,
    /// False if `app` and `owner` are the same login.
    pub two_logins: bool,
    tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("two_logins", &self.two_logins).finish_non_exhaustive()
    }
}

impl Target {
    /// An external database by URL. `sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`
    /// (from `require` on, the certificate is always verified); `sslrootcert` names a PEM file of a private CA.
    ///
    /// # Errors
    /// When a URL cannot be read. The message never repeats the URL, which holds a password.
    pub fn external(app_url: &SecretString, owner_url: Option<&SecretString>) -> anyhow::Result<Self> {
        let (app, root) = parse_url(app_url).context("DATABASE_URL cannot be read")?;
        let (owner, owner_root) = match owner_url {
            Some(url) => parse_url(url).context("DATABASE_OWNER_URL cannot be read")?,
            None => (app.clone(), None),
        };
        let two_logins = owner.get_user() != app.get_user();
        Ok(Self { app, owner, superuser: None, two_logins, tls: tls(root.or(owner_root).as_deref())? })
    }

    /// A database on our own server: unix socket, three logins with passwords of their own.
    ///
    /// # Errors
    /// When a secret file cannot be read or written.
    pub fn embedded(server: &Server, database: &str) -> anyhow::Result<Self> {
        let base = |user: &str, password: &str| {
            let mut config = PgConfig::new();
            config
                .host_path(server.socket_dir())
                .port(server.port())
                .dbname(database)
                .user(user)
                .password(password);
            config
        };
        Ok(Self {
            app: base("hms_app", &server.secret("hms_app")?),
            owner: base(OWNER_ROLE, &server.secret(OWNER_ROLE)?),
            superuser: Some(base(server.superuser(), server.password())),
            two_logins: true,
            tls: tls(None)?,
        })
    }

    /// The same logins on another database of the same server.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.app.dbname(name);
        other.owner.dbname(name);
        if let Some(superuser) = &mut other.superuser {
            superuser.dbname(name);
        }
        other
    }

    /// Name of the login that serves requests.
    #[must_use]
    pub fn app_login(&self) -> &str {
        self.app.get_user().unwrap_or_default()
    }

    /// True if the owner's connections need no TLS, whatever the server wants.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.owner.get_ssl_mode() == SslMode::Disable
            || self.owner.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)))
    }

    /// Whether nobody on the network can read what travels to PostgreSQL, or to the pooler before it.
    ///
    /// # Errors
    /// Why not.
    pub fn unheard(&self) -> Result<&'static str, &'static str> {
        let ways = [&self.app, &self.owner].map(unheard);
        ways.iter().find(|way| way.is_err()).copied().unwrap_or(ways[0])
    }

    #[must_use]
    pub fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }

    /// A dedicated connection; its driver task ends with the client.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers.
    #[expect(clippy::disallowed_methods, reason = "the one place that dials dedicated connections")]
    pub async fn connect(&self, config: &PgConfig) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = config.connect(self.tls()).await?;
        tokio::spawn(async move {
            // The client sees the failure itself; here it would be told twice.
            let _ = connection.await;
        });
        Ok(client)
    }

    /// The same for the boot, with an error that says what to do.
    ///
    /// # Errors
    /// As one sentence, without the URL.
    pub async fn reach(&self, config: &PgConfig, url: &'static str) -> anyhow::Result<Client> {
        self.connect(config).await.map_err(|error| explain(error, url))
    }

    /// The owner, with `path` as its search path. With one login only, its work is done as the owner role.
    #[must_use]
    pub fn owner_with_path(&self, path: &str, isolation: Isolation) -> PgConfig {
        let mut config = self.owner.clone();
        let takes_role = isolation == Isolation::Roles && !self.two_logins;
        let role = if takes_role { format!(" -c role={OWNER_ROLE}") } else { String::new() };
        let given = self.owner.get_options().unwrap_or_default();
        config.options(format!("{given} -c search_path={path}{role} -c statement_timeout=0"));
        config.application_name("hms-owner");
        config
    }
}

fn unheard(config: &PgConfig) -> Result<&'static str, &'static str> {
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
    };
    match config.get_ssl_mode() {
        _ if config.get_hosts().iter().all(here) => Ok("it never leaves this machine"),
        SslMode::Disable => Err("sslmode=disable: the network can read it; use sslmode=require"),
        SslMode::Prefer => Err("TLS is not insisted on; use sslmode=require"),
        _ => Ok("TLS, and the server's certificate is verified"),
    }
}

/// A connection that failed, told with what to do about it where that is known. Never with the URL, which holds a
/// password.
pub(super) fn explain(error: tokio_postgres::Error, url: &'static str) -> anyhow::Error {
    let error = anyhow::Error::from(error);
    let said = format!("{error:#}");
    let advice = [
        ("no encryption", "The server wants TLS: add sslmode=require."),
        (
            "does not support TLS",
            "The server has no TLS: switch it on there, or write sslmode=disable if nobody can listen in.",
        ),
        ("UnknownIssuer", "Nobody here knows the CA of its certificate: add sslrootcert=/path/to/ca.pem."),
        (
            "CaUsedAsEndEntity",
            "It shows a CA's own certificate: give it one that a CA has signed, and name that CA by sslrootcert.",
        ),
        ("not valid for name", "Its certificate is for another host name: use that name."),
        ("certificate expired", "Its certificate has expired: renew it there."),
    ];
    let advice = advice.iter().find(|(sign, _)| said.contains(sign)).map_or("", |(_, advice)| advice);
    let dot = if advice.is_empty() { "" } else { ". " };
    anyhow::anyhow!("the database of {url} cannot be reached: {said}{dot}{advice}")
}

fn parse_url(url: &SecretString) -> anyhow::Result<(PgConfig, Option<String>)> {
    let mut url =
        url::Url::parse(url.expose_secret()).map_err(|e| anyhow::anyhow!("it is not a URL: {e}"))?;
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let root = pairs.iter().find(|(k, _)| k == "sslrootcert").map(|(_, v)| v.clone());
    url.set_query(None);
    for (key, value) in pairs.iter().filter(|(k, _)| k != "sslrootcert") {
        let value = if key == "sslmode" && value.starts_with("verify-") { "require" } else { value };
        url.query_pairs_mut().append_pair(key, value);
    }
    let config =
        url.as_str().parse::<PgConfig>().map_err(|_| anyhow::anyhow!("it is not a PostgreSQL URL"))?;
    Ok((config, root))
}

fn tls(root: Option<&str>) -> anyhow::Result<MakeRustlsConnect> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = root {
        for certificate in CertificateDer::pem_file_iter(path).context("sslrootcert cannot be read")? {
            roots.add(certificate.context("sslrootcert is not a PEM certificate")?)?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
