//! Every environment variable that HMS knows: one table drives reading, `hms config`, help and README.

/// What holds when a variable is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This very text, read as if it had been set.
    Value(&'static str),
    /// Depends on other settings; the text describes how.
    Computed(&'static str),
    /// Nothing: the feature stays off, or another variable says that it is needed.
    Absent,
}

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub name: &'static str,
    pub default: Fallback,
    /// Never shown: `hms config` prints `(set)`.
    pub secret: bool,
    /// One line for the operator: meaning, unit, allowed values.
    pub help: &'static str,
}

use Fallback::{Absent, Computed, Value};

const fn open(name: &'static str, default: Fallback, help: &'static str) -> Variable {
    Variable { name, default, secret: false, help }
}

const fn secret(name: &'static str, default: Fallback, help: &'static str) -> Variable {
    Variable { name, default, secret: true, help }
}

/// All variables, in the order in which an operator meets them.
pub const VARIABLES: &[Variable] = &[
    open("HMS_ENV", Value("development"), "`development` or `production`; production refuses weak secrets"),
    open(
        "HMS_HOME",
        Computed("/var/lib/hms as root, else ~/.local/share/hms"),
        "Folder for the database, secrets and mail files",
    ),
    open(
        "FILE_STORAGE_ROOT",
        Computed("HMS_HOME/files"),
        "Folder for patients' pictures and other files; belongs into each backup of the database",
    ),
    open("PORT", Value("8000"), "TCP port to listen on (0: any free one)"),
    open("HMS_BIND", Computed("127.0.0.1 in development, 0.0.0.0 in production"), "IP address to listen on"),
    open(
        "PUBLIC_URL",
        Computed("http://localhost:PORT"),
        "Address that people type: used in mail links, cookies and origin checks",
    ),
    open(
        "TRUST_PROXY",
        Value("0"),
        "Number of reverse proxies in front whose X-Forwarded-For entry is believed",
    ),
    open(
        "BACKEND_CORS_ORIGINS",
        Absent,
        "Origins of other web clients that may call the API: JSON list or comma list",
    ),
    secret(
        "SECRET_KEY",
        Computed("made once in HMS_HOME/secrets (development only)"),
        "Signs access tokens and seals the secrets of second steps; at least 32 random bytes, for example `openssl rand -base64 48`",
    ),
    secret(
        "SECRET_KEY_PREVIOUS",
        Absent,
        "Old keys, comma list: tokens signed with them stay valid until they expire, what they sealed is sealed anew within an hour",
    ),
    secret(
        "DATABASE_URL",
        Computed("the built-in PostgreSQL"),
        "postgresql:// URL of the login that serves requests",
    ),
    secret(
        "DATABASE_OWNER_URL",
        Computed("DATABASE_URL"),
        "postgresql:// URL of the login that owns the schemas and migrates",
    ),
    open(
        "HMS_PG_BIN",
        Computed("searched for"),
        "Folder with `postgres` and `initdb` for the built-in PostgreSQL",
    ),
    open(
        "HMS_PG_USER",
        Computed("postgres, then nobody"),
        "User that the built-in PostgreSQL runs as when HMS is started as root",
    ),
    open("TENANT_ROLES", Value("auto"), "`auto`, `on` or `off`: one database role per hospital"),
    open("HMS_LANES", Value("8"), "Database connections for requests of hospitals (1 to 256)"),
    open(
        "HMS_STATEMENTS",
        Value("512"),
        "Prepared statements kept per connection, about 40 kB each in PostgreSQL (0: none, where a pooler forbids them)",
    ),
    open("HMS_WARM_SCHEMAS", Value("5"), "Empty hospital schemas kept ready for sign-ups (0 to 1000)"),
    open("ACCESS_TOKEN_EXPIRE_MINUTES", Value("60"), "Life of an access token in minutes (1 to 1440)"),
    open("REFRESH_TOKEN_EXPIRE_DAYS", Value("7"), "Life of an unused session in days (1 to 90)"),
    open(
        "IDLE_LOCK_MINUTES",
        Value("15"),
        "Minutes without use after which a signed-in screen locks itself (up to 480; 0: never)",
    ),
    open("SIGNUPS_PER_HOUR", Value("10"), "Hospital sign-ups allowed per client address and hour"),
    open(
        "SUPER_ADMIN_EMAIL",
        Absent,
        "E-mail of the super-admin that `hms setup --ensure-super-admin` makes",
    ),
    secret("SUPER_ADMIN_PASSWORD", Absent, "Password of that super-admin"),
    open(
        "HMS_OPERATOR_MFA",
        Computed("`optional` in development, `required` in production"),
        "`required` or `optional`: whether super-admins must sign in with a second step (codes of an app)",
    ),
    open(
        "EMAIL_BACKEND",
        Value("file"),
        "`file` (HMS_HOME/mail), `log` (nothing leaves, nothing kept) or `smtp`",
    ),
    open("EMAIL_FROM", Value("HMS <no-reply@localhost>"), "Sender of all mail; needed with `smtp`"),
    open("EMAIL_SANDBOX_MODE", Value("false"), "`true` sends all mail to EMAIL_TEST_RECIPIENT instead"),
    open("EMAIL_TEST_RECIPIENT", Absent, "Receiver of all mail in sandbox mode"),
    open("SMTP_HOST", Absent, "Mail server; needed with `smtp`"),
    open("SMTP_PORT", Computed("587 starttls, 465 tls, 25 none"), "Port of the mail server"),
    open("SMTP_TLS", Value("starttls"), "`starttls`, `tls` (from the first byte) or `none`"),
    open("SMTP_USERNAME", Absent, "Sign-in at the mail server, if it wants one"),
    secret("SMTP_PASSWORD", Absent, "Password at the mail server"),
    open(
        "OPD_NO_SHOW_MINUTES_AFTER_SCHEDULED",
        Value("180"),
        "Minutes after its time an appointment is marked as missed, if nobody has checked in (15 to 1440)",
    ),
    open(
        "OPD_CHECKIN_GRACE_MINUTES",
        Value("30"),
        "Check-in opens so many minutes before the time (0 to 1440)",
    ),
    open(
        "DEMO_MODE",
        Value("false"),
        "`true` offers the demo's accounts, whose password everybody knows, on the sign-in page, and its acts in the console",
    ),
    open(
        "DEMO_AUTO_REFRESH_ON_LOGIN",
        Value("false"),
        "`true` in demo mode: signing in to a demo hospital asks for a job that makes its day today's",
    ),
    open("DEMO_REFRESH_TTL_HOURS", Value("24"), "Hours between two such jobs (1 to 720)"),
    open("LOG_FORMAT", Computed("pretty in development, json in production"), "`pretty` or `json`"),
    open("LOG_LEVEL", Value("info"), "Level or filter, for example `info` or `info,hms=debug`"),
    open(
        "RATE_LIMIT_PER_ADDRESS",
        Value("6000"),
        "Requests a minute of one client address, which a whole hospital may share (0: no limit)",
    ),
    open("RATE_LIMIT_PER_USER", Value("600"), "Requests a minute of one signed-in person (0: no limit)"),
    open(
        "REQUEST_TIMEOUT_SECONDS",
        Value("30"),
        "Seconds that a request may take, its body included (1 to 600)",
    ),
    open(
        "HEADER_TIMEOUT_SECONDS",
        Value("10"),
        "Seconds in which a new connection has to send its first request's head",
    ),
    open(
        "KEEP_ALIVE_SECONDS",
        Value("75"),
        "Seconds that an idle connection is kept; more than the reverse proxy's own idle time",
    ),
    secret(
        "METRICS_TOKEN",
        Absent,
        "Bearer token that opens `/metrics`; without it, only this machine may read them",
    ),
    open(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        Absent,
        "OpenTelemetry collector (OTLP over http/protobuf) that gets a trace of each request",
    ),
    secret(
        "OTEL_EXPORTER_OTLP_HEADERS",
        Absent,
        "Headers for that collector: `name=value`, comma between them",
    ),
    open("OTEL_SERVICE_NAME", Value("hms"), "Name of this service in traces"),
];

/// The variable of this name.
///
/// # Panics
/// If the name is not in [`VARIABLES`]: a slip in this folder, found by any test.
#[must_use]
pub fn find(name: &str) -> &'static Variable {
    VARIABLES.iter().find(|v| v.name == name).expect("every variable that is read is in VARIABLES")
}

impl Fallback {
    /// The default as the operator reads it; empty if there is none.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Value(text) | Computed(text) => text,
            Absent => "",
        }
    }
}

/// The README's configuration table (markdown, ends with a newline); a test compares the two.
#[must_use]
pub fn readme_table() -> String {
    let mut table = String::from("| Variable | Fallback | Meaning |\n|---|---|---|\n");
    for v in VARIABLES {
        let default = match v.default {
            Value(text) => format!("`{text}`"),
            Computed(text) => text.to_owned(),
            Absent => "–".to_owned(),
        };
        table.push_str(&format!("| `{}` | {default} | {} |\n", v.name, v.help));
    }
    table
}
