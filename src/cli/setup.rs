//! `hms setup`

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::start;
use crate::config::Config;
use crate::db::schemas;
use crate::platform::operators::{self, Ensured};

/// Prepare a new installation: schemas in store and, if asked, the super-admin.
#[derive(clap::Args)]
pub struct Setup {
    /// Make the super-admin of SUPER_ADMIN_EMAIL, or give it SUPER_ADMIN_PASSWORD anew. Another password than before ends
    /// its sessions.
    #[arg(long)]
    ensure_super_admin: bool,
}

impl Setup {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let running = start::app(config).await?;
        let done = self.steps(&running.app).await;
        running.stop().await;
        done
    }

    async fn steps(&self, app: &crate::app::App) -> anyhow::Result<()> {
        let wanted = usize::from(app.config.warm_schemas);
        let made = schemas::keep_warm(&app.db.target, app.db.isolation(), wanted).await?;
        println!("{made} schemas made; {wanted} are kept in store");
        if self.ensure_super_admin {
            let Some(admin) = &app.config.super_admin else {
                bail!("set SUPER_ADMIN_EMAIL and SUPER_ADMIN_PASSWORD");
            };
            match operators::ensure(app, &admin.email, &admin.password).await? {
                Ensured::Created => println!("super-admin made"),
                Ensured::PasswordSet => {
                    println!("super-admin was there; its password is set, and all its sessions ended");
                }
                Ensured::Kept => println!("super-admin was there, with this password"),
            }
        }
        Ok(())
    }
}

/// A file that only its owner can read.
pub(super) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    // With a database elsewhere, nothing else has made HMS_HOME yet.
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
