//! `hms roles`

use anyhow::Context as _;

use crate::clinic::roles;
use crate::modules::MODULES;

/// Write who may do what in a new hospital: each permission, and the roles that grant it.
#[derive(clap::Args)]
pub struct Roles {
    /// Write it to this file instead of standard output.
    #[arg(long)]
    out: Option<std::path::PathBuf>,
}

/// The page `docs/ROLES.md`.
#[must_use]
pub fn page() -> String {
    roles::table(|code| {
        MODULES.iter().flat_map(|module| module.permissions).any(|permission| permission.code == code)
    })
}

impl Roles {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.out {
            Some(path) => {
                std::fs::write(&path, page()).with_context(|| format!("cannot write {}", path.display()))
            }
            None => {
                print!("{}", page());
                Ok(())
            }
        }
    }
}
