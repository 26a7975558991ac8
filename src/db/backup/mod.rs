//! Backups: one hospital or everything, into a folder, and back.
//!
//! A backup is read in one snapshot, so it is the database at one instant however long it takes, and it holds nobody
//! up: each hospital is read in a transaction of its own that shares the snapshot, so few locks are held at a time. It
//! is a folder: `manifest.json`, a compressed file for each table (COPY's text), the stored files, `SHA256SUMS`. It is
//! made beside its name and gets it when all of it was read back and is on disk.
//!
//! A restore checks the files, builds a schema beside all others, loads it, reads every table back and compares it
//! with the manifest, migrates it to this version, and only then, in one transaction, puts it into service. What was
//! there before is kept ([`swap`]). A backup may come from anybody's hands: names in it are checked before they reach
//! SQL or the disk, and rows of other hospitals in it are refused.
//!
//! Deliberately left out: sessions, tokens of any kind, bodies of mails (they hold links that sign people in), stored
//! replies to Idempotency-Keys, the job queue.

mod dump;
mod load;
mod manifest;
mod rows;
mod stored;
mod swap;
mod table;

pub use dump::{Dump, Scope, dump};
pub use load::{Loaded, Restore};
pub use manifest::{HospitalPart, Manifest, StoredFile, TableFile, Totals, verify};
pub use swap::Change;

/// A hospital's tables that are not kept.
pub const NOT_KEPT: [&str; 2] = ["refinery_schema_history", "idempotency_keys"];

/// A table of the platform, and which of its rows belong to the hospital `{id}` (with the schema `{schema}`), or to
/// the platform itself. Loaded in this order.
pub struct PlatformTable {
    pub name: &'static str,
    pub of_hospital: Option<&'static str>,
    pub of_platform: Option<&'static str>,
}

const fn both(name: &'static str, of_hospital: &'static str, of_platform: &'static str) -> PlatformTable {
    PlatformTable { name, of_hospital: Some(of_hospital), of_platform: Some(of_platform) }
}

/// Every table of the platform that is in a backup.
pub const PLATFORM_TABLES: &[PlatformTable] = &[
    PlatformTable { name: "tenants", of_hospital: Some("id = '{id}'"), of_platform: None },
    PlatformTable { name: "tenant_usage", of_hospital: Some("schema_name = '{schema}'"), of_platform: None },
    both("users", "tenant_id = '{id}'", "tenant_id is null"),
    both(
        "password_history",
        "user_id in (select id from public.users where tenant_id = '{id}')",
        "user_id in (select id from public.users where tenant_id is null)",
    ),
    both(
        "mfa_secrets",
        "user_id in (select id from public.users where tenant_id = '{id}')",
        "user_id in (select id from public.users where tenant_id is null)",
    ),
    both(
        "mfa_recovery_codes",
        "user_id in (select id from public.users where tenant_id = '{id}')",
        "user_id in (select id from public.users where tenant_id is null)",
    ),
    both("mails", "tenant_id = '{id}'", "tenant_id is null"),
    both(
        "denied_attempts",
        "tenant_id = '{id}'",
        "tenant_id is null or tenant_id not in (select id from public.tenants)",
    ),
    both(
        "failed_sign_ins",
        "user_id in (select id from public.users where tenant_id = '{id}')",
        "user_id is null or user_id in (select id from public.users where tenant_id is null)",
    ),
    PlatformTable { name: "audit_events", of_hospital: None, of_platform: Some("true") },
];

/// Tables of the platform that are in no backup, and why.
pub const PLATFORM_TABLES_NOT_KEPT: &[(&str, &str)] = &[
    ("demo_tasks", "what was asked for the demo is asked for again"),
    ("idempotency_keys", "replies of the last day"),
    ("mail_requests", "answered within seconds; nobody waits for them after a restore"),
    ("mfa_challenges", "who owed a code signs in anew"),
    ("opening_mails", "when reviewers had their last mail: they are told anew"),
    ("refinery_schema_history", "which migrations ran: a fact about the database"),
    ("refresh_tokens", "nobody is signed in after a restore"),
    ("sessions", "nobody is signed in after a restore"),
    ("single_use_tokens", "links of before lead nowhere after a restore"),
    ("tenant_activity", "when somebody was last seen: noted anew with the next request"),
    ("tenant_schemas", "a restored hospital gets a schema of its own"),
];

/// This column says where the hospital lies: never kept, and filled in by the restore.
const SCHEMA_COLUMN: &str = "schema_name";

/// How a column of a platform table is kept: all as they are, but of a mail not what it says (links in it sign people
/// in), and one that waits is not sent by whoever restores it.
fn written(table: &str, column: &str) -> String {
    match (table, column) {
        ("mails", "body_text" | "body_html") => format!("null::text as {column}"),
        ("mails", "status") => {
            "case status when 'PENDING' then 'FAILED' else status end as status".to_owned()
        }
        _ => column.to_owned(),
    }
}
