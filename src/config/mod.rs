//! Configuration: the only reader of the environment.
//!
//! Invariants: every variable is in [`VARIABLES`]; a value that is out of range never reaches the
//! rest of the house; all faults are reported together; production never runs with a weak
//! signing secret; secrets are [`SecretString`]s, which `Debug` and `hms config` do not show.

mod edges;
mod mail;
mod read;
mod secret_key;
mod settings;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;

pub use edges::{Edges, Observers, Traces};
pub use mail::{MailBackend, MailSettings, SmtpSettings, SmtpTls};
pub use read::{ConfigFault, ConfigFaults, Setting};
pub use secret_key::{MIN_SECRET_BYTES, load_or_create_dev_secret};
pub use settings::{DemoSettings, Environment, LogFormat, OutpatientSettings, SuperAdmin, TenantRoles};
pub use variables::{Fallback, VARIABLES, Variable, readme_table};

use read::Reader;

/// The configuration of one process, checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub env: Environment,
    pub bind: IpAddr,
    /// 0 takes any free port.
    pub port: u16,
    /// Absolute.
    pub home: PathBuf,
    /// Absolute. Shared by all instances, and backed up with the database.
    pub files: PathBuf,
    /// `http` or `https`, without path, query or user.
    pub public_url: Url,
    /// Number of proxies whose X-Forwarded-For entry is believed.
    pub trusted_proxies: u8,
    /// Origins as a browser sends them (`https://app.example.org`).
    pub cors_origins: Vec<String>,
    /// Absent in development only: then use [`load_or_create_dev_secret`].
    pub secret_key: Option<SecretString>,
    pub previous_secret_keys: Vec<SecretString>,
    /// Absent: the built-in PostgreSQL.
    pub database_url: Option<SecretString>,
    pub database_owner_url: Option<SecretString>,
    pub pg_bin: Option<PathBuf>,
    pub pg_user: Option<String>,
    /// `PATH`, where PostgreSQL's programs may be.
    pub path: Option<OsString>,
    pub tenant_roles: TenantRoles,
    /// Connections for requests of hospitals.
    pub lanes: u16,
    /// Prepared statements kept by each of them; 0 for none.
    pub statements: u16,
    /// Empty schemas kept ready.
    pub warm_schemas: u16,
    pub access_token_minutes: u32,
    pub refresh_token_days: u32,
    /// Minutes without use after which a screen locks; 0 for never.
    pub idle_lock_minutes: u32,
    /// Per client address.
    pub signups_per_hour: u32,
    pub super_admin: Option<SuperAdmin>,
    /// Super-admins must have a second step of signing in.
    pub operator_mfa: bool,
    pub mail: MailSettings,
    pub outpatient: OutpatientSettings,
    pub demo: DemoSettings,
    pub edges: Edges,
    pub observers: Observers,
    pub log_format: LogFormat,
    /// A `tracing` filter.
    pub log_level: String,
    settings: BTreeMap<&'static str, Setting>,
    warnings: Vec<String>,
}

impl Config {
    /// Read the environment; what it does not set may come from `.env` in the working folder.
    ///
    /// # Errors
    /// Every fault at once.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn from_env() -> Result<Self, ConfigFaults> {
        let file = dot_env(Path::new(".env"))?;
        Self::read(|name| match std::env::var_os(name) {
            Some(value) => Some(value.to_string_lossy().into_owned()),
            None => file.get(name).cloned(),
        })
    }

    /// Read through `lookup` (tests, and [`Config::from_env`]).
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigFaults> {
        let mut r = Reader::new(&lookup);
        let environments =
            [("development", Environment::Development), ("production", Environment::Production)];
        let env = r.choice("HMS_ENV", &environments).unwrap_or(Environment::Production);
        let production = env == Environment::Production;
        let home = settings::home(&mut r);
        let files = settings::files(&mut r, &home);
        let port = r.number("PORT", 0, u16::MAX);
        let bind = settings::bind(&mut r, production);
        let mut warnings = Vec::new();
        let config = Self {
            env,
            bind,
            port,
            home,
            files,
            public_url: settings::public_url(&mut r, port),
            trusted_proxies: r.number("TRUST_PROXY", 0, 10),
            cors_origins: settings::cors_origins(&mut r),
            secret_key: settings::secret_key(&mut r, production, &mut warnings),
            previous_secret_keys: settings::previous_secret_keys(&mut r),
            database_url: settings::database_url(&mut r, "DATABASE_URL"),
            database_owner_url: settings::database_url(&mut r, "DATABASE_OWNER_URL"),
            pg_bin: r.string("HMS_PG_BIN").map(PathBuf::from),
            pg_user: r.string("HMS_PG_USER"),
            path: lookup("PATH").map(OsString::from),
            tenant_roles: r
                .choice(
                    "TENANT_ROLES",
                    &[("auto", TenantRoles::Auto), ("on", TenantRoles::On), ("off", TenantRoles::Off)],
                )
                .unwrap_or(TenantRoles::Auto),
            lanes: r.number("HMS_LANES", 1, 256),
            statements: r.number("HMS_STATEMENTS", 0, u16::MAX),
            warm_schemas: r.number("HMS_WARM_SCHEMAS", 0, 1000),
            access_token_minutes: r.number("ACCESS_TOKEN_EXPIRE_MINUTES", 1, 1440),
            refresh_token_days: r.number("REFRESH_TOKEN_EXPIRE_DAYS", 1, 90),
            idle_lock_minutes: r.number("IDLE_LOCK_MINUTES", 0, 480),
            signups_per_hour: r.number("SIGNUPS_PER_HOUR", 1, 1_000_000),
            super_admin: settings::super_admin(&mut r),
            operator_mfa: settings::operator_mfa(&mut r, production),
            mail: mail::read(&mut r),
            outpatient: settings::outpatient(&mut r),
            demo: settings::demo(&mut r),
            edges: edges::edges(&mut r),
            observers: edges::observers(&mut r),
            log_format: settings::log_format(&mut r, production),
            log_level: settings::log_level(&mut r),
            settings: BTreeMap::new(),
            warnings: Vec::new(),
        };
        if config.database_owner_url.is_some() && config.database_url.is_none() {
            r.fault("DATABASE_OWNER_URL", "needs DATABASE_URL beside it.");
        }
        if !r.faults.is_empty() {
            return Err(ConfigFaults(r.faults));
        }
        settings::warn(&config, &r, &mut warnings);
        Ok(Self { settings: r.settings, warnings, ..config })
    }

    /// What is allowed but deserves a look; one sentence each, no secrets.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    #[must_use]
    pub fn is_production(&self) -> bool {
        self.env == Environment::Production
    }

    /// Origin of [`Config::public_url`] as a browser sends it, for example `https://hms.example.org`.
    #[must_use]
    pub fn public_origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// An absolute link to `path` (begins with `/`), which may hold a query.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_origin())
    }

    /// Every variable with the value that holds, for `hms config`; secrets read `(set)`.
    pub fn report(&self) -> impl Iterator<Item = (&'static Variable, &Setting)> {
        VARIABLES.iter().filter_map(|v| self.settings.get(v.name).map(|setting| (v, setting)))
    }
}

/// A `.env` file as a map; none if there is no file. It never changes the process environment.
fn dot_env(path: &Path) -> Result<BTreeMap<String, String>, ConfigFaults> {
    let fault = |what: &str| ConfigFaults(vec![ConfigFault { name: ".env", what: what.to_owned() }]);
    match dotenvy::from_path_iter(path) {
        // The error's own text would show the line, and a line may hold a secret.
        Ok(lines) => lines.collect::<Result<_, _>>().map_err(|_| {
            fault("a line cannot be read; each is NAME=value, with quotes around values with spaces.")
        }),
        Err(e) if e.not_found() => Ok(BTreeMap::new()),
        Err(_) => Err(fault("the file is there but cannot be opened.")),
    }
}

/// Where only this machine may connect.
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
