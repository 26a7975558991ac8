//! `hms tenant`
use crate::config::Config;

/// Look after hospitals.
#[derive(clap::Subcommand)]
pub enum Tenant {
    /// List hospitals.
    List,
}

impl Tenant {
    pub(super) async fn run(self, _config: Config) -> anyhow::Result<()> {
        Ok(())
    }
}
