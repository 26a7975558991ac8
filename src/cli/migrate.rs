//! `hms migrate`

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use super::start;
use crate::config::Config;
use crate::db::migrate;

/// Bring the platform's tables and every hospital's schema up to date.
///
/// Safe to run twice and at the same time: the second waits. What fails stays as it was, is named, and is tried again
/// by the next run.
#[derive(clap::Args)]
pub struct Migrate {
    /// Only show where everything stands.
    #[arg(long)]
    status: bool,
}

impl Migrate {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let running = start::app(config).await?;
        let app = &running.app;
        let owner =
            app.db.target.connect(&app.db.target.owner_with_path("extensions", app.db.isolation())).await?;
        let there = migrate::platform_status(&owner).await?;
        let result = if self.status {
            let behind = if there == 0 { Vec::new() } else { migrate::tenants_behind(&owner).await? };
            println!("platform   version {there} of {}", migrate::platform_version());
            println!("hospitals  {} schemas behind version {}", behind.len(), migrate::tenant_version());
            behind.iter().take(50).for_each(|schema| println!("  {schema}"));
            Ok(())
        } else {
            let total = if there == 0 { 0 } else { migrate::tenants_behind(&owner).await?.len() };
            drop(owner);
            let bar = ProgressBar::new(total as u64);
            if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} schemas, {eta} left") {
                bar.set_style(style);
            }
            let failed = start::migrate_all(app, |outcome| {
                if let Err(error) = &outcome.result {
                    bar.println(format!("{} failed: {error}", outcome.schema));
                }
                bar.inc(1);
            })
            .await;
            bar.finish_and_clear();
            match failed {
                Ok(0) => {
                    println!(
                        "platform at version {}, {total} schemas brought to version {}",
                        migrate::platform_version(),
                        migrate::tenant_version()
                    );
                    Ok(())
                }
                Ok(failed) => {
                    Err(anyhow::anyhow!("{failed} of {total} schemas failed; the others are up to date"))
                }
                Err(error) => Err(error),
            }
        };
        running.stop().await;
        if let Err(error) = result {
            bail!(error);
        }
        Ok(())
    }
}
