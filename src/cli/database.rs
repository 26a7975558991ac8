//! `hms db`

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::bail;

use super::start;
use crate::config::Config;

/// Work with the database directly.
#[derive(clap::Subcommand)]
pub enum Database {
    /// Open psql as the owner (with a database of our own: as its superuser).
    Psql {
        /// Handed to psql, for example: -c 'select 1'.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

impl Database {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let Self::Psql { args } = self;
        let (target, server) = start::target(&config).await?;
        let login = target.superuser.as_ref().unwrap_or(&target.owner);
        let mut psql = match &server {
            Some(server) => Command::new(server.bin().join("psql")),
            None => Command::new("psql"),
        };
        let host = login.get_hosts().first().map(|host| match host {
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
        });
        // By environment, not by argument: arguments are visible to every user of the machine.
        psql.env("PGHOST", host.unwrap_or_default())
            .env("PGPORT", login.get_ports().first().unwrap_or(&5432).to_string())
            .env("PGUSER", login.get_user().unwrap_or_default())
            .env("PGDATABASE", login.get_dbname().unwrap_or_default())
            .env("PGPASSWORD", String::from_utf8_lossy(login.get_password().unwrap_or_default()).into_owned())
            .args(args);
        if server.as_ref().is_some_and(crate::db::embedded::Server::owned) {
            // We keep the server running for it, so we wait instead of becoming it.
            let status = tokio::task::spawn_blocking(move || psql.status()).await??;
            if !status.success() {
                bail!("psql ended with {status}");
            }
            return Ok(());
        }
        Err(psql.exec().into())
    }
}
