//! PostgreSQL: where it is, who we are there, and which connection a request gets.
//!
//! Invariant: nothing here runs a hospital's SQL. A connection leaves this module without role and without
//! path (so without rights); only `access` gives it a context, and only for one transaction.

pub mod backup;
pub mod boot;
pub mod embedded;
pub mod lanes;
pub mod migrate;
pub mod pooler;
pub mod schemas;
pub mod statement;
pub mod target;
mod turns;

pub use boot::{BootReport, Isolation, Safeguard};
pub use lanes::{Conn, Lanes};
pub use pooler::Pooler;
pub use schemas::SchemaName;
pub use statement::{Platform, Scope, Stmt, StmtInfo, Tenant};
pub use target::Target;

use crate::config::Config;

/// The database of one running HMS.
#[derive(Debug)]
pub struct Db {
    pub target: Target,
    pub lanes: Lanes,
    pub report: BootReport,
}

impl Db {
    /// Check the database (roles, rights, extensions), change only what differs, and open the lanes.
    ///
    /// # Errors
    /// When it cannot be reached, or when an extension is missing and cannot be made.
    pub async fn open(config: &Config, target: Target) -> anyhow::Result<Self> {
        let report = boot::check(&target, config.tenant_roles).await?;
        let keeps = if report.pooler.keeps_statements() { config.statements } else { 0 };
        let lanes = Lanes::new(&target, config.lanes, keeps);
        Ok(Self { target, lanes, report })
    }

    /// By which login and way to hear what other instances announce: nothing is heard through a pooler.
    #[must_use]
    pub fn listener(&self) -> &tokio_postgres::Config {
        if self.report.pooler == Pooler::None { &self.target.app } else { &self.target.owner }
    }

    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.report.isolation
    }
}
