//! `hms restore`

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use indicatif::ProgressBar;

use super::backup::{operator, told};
use super::start;
use crate::app::App;
use crate::config::Config;
use crate::db::backup::{self, Change, Manifest, Restore as Bring, Totals};
use crate::db::migrate;

/// Bring back what `hms backup` wrote: one hospital beside all others, or everything into an empty database.
///
/// The backup is checked before anything is touched, and read back after it was loaded; then one transaction puts it into
/// service. Nobody is signed in afterwards. What a hospital was before is kept until `hms restore drop-old`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Restore {
    #[command(subcommand)]
    act: Option<Act>,
    /// The folder of the backup.
    #[arg(required = true)]
    folder: Option<PathBuf>,
    /// Only the hospital with this id or licence number.
    #[arg(long)]
    hospital: Option<String>,
    /// The hospital is there: go back to what it was. What it recorded since is kept aside.
    #[arg(long, requires = "hospital")]
    replace: bool,
    /// Do everything but the last step, to know that it would work and how long it takes. Changes nothing.
    #[arg(long, requires = "hospital", conflicts_with = "replace")]
    rehearse: bool,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Go back to what a hospital was before its last restore.
    Undo {
        /// Id or licence number.
        hospital: String,
    },
    /// Drop for good what restores of a hospital kept aside.
    DropOld {
        /// Id or licence number.
        hospital: String,
    },
}

impl Restore {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let backup = match &self.folder {
            Some(folder) => Some(self.checked(folder)?),
            None => None,
        };
        let running = start::app(config).await?;
        let done = self.act(&running.app, backup.as_ref()).await;
        running.stop().await;
        done
    }

    /// Before the database is asked: is the backup whole?
    fn checked(&self, folder: &Path) -> anyhow::Result<(Manifest, Totals)> {
        let manifest = Manifest::read(folder)?;
        let totals = match &self.hospital {
            Some(named) => backup::verify(folder, &manifest, [manifest.hospital(named)?], false)?,
            None => backup::verify(folder, &manifest, &manifest.hospitals, true)?,
        };
        println!("the backup is whole: {} rows, {} files read", totals.rows, totals.files);
        Ok((manifest, totals))
    }

    async fn act(&self, app: &App, backup: Option<&(Manifest, Totals)>) -> anyhow::Result<()> {
        let operator = operator();
        let bring = Bring {
            target: &app.db.target,
            isolation: app.db.isolation(),
            files: &app.config.files,
            operator: &operator,
        };
        match (&self.act, &self.folder, backup) {
            (Some(Act::Undo { hospital }), ..) => {
                let change = bring.undo(hospital).await?;
                println!("{hospital} is what it was before its last restore");
                tell(hospital, &change);
                Ok(())
            }
            (Some(Act::DropOld { hospital }), ..) => {
                println!("{} old schemas of {hospital} dropped", bring.drop_old(hospital).await?);
                Ok(())
            }
            (None, Some(folder), Some(backup)) => self.bring_back(app, &bring, folder, backup).await,
            _ => bail!("name the folder of a backup"),
        }
    }

    async fn bring_back(
        &self,
        app: &App,
        bring: &Bring<'_>,
        folder: &Path,
        (manifest, totals): &(Manifest, Totals),
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        let Some(named) = &self.hospital else {
            let owner = app.db.target.connect(&app.db.target.owner).await?;
            if migrate::platform_status(&owner).await? == 0 {
                start::migrate_all(app, |_| {}).await?;
            }
            let bar = ProgressBar::new_spinner();
            bring
                .everything(manifest, folder, |part| {
                    bar.println(format!("  {}: {} rows, {} files", part.name, part.rows(), part.files.len()));
                })
                .await?;
            bar.finish_and_clear();
            println!("brought back: {}, {:.1} s", told(manifest, totals), begun.elapsed().as_secs_f64());
            return Ok(());
        };
        let part = manifest.hospital(named)?;
        let loaded = bring.hospital(manifest, part, folder, self.replace, self.rehearse).await?;
        println!(
            "{} {}: {} rows, {} files, as of {}, {:.1} s",
            loaded.name,
            if self.rehearse { "could be brought back (nothing was changed)" } else { "is back" },
            loaded.rows,
            loaded.files,
            manifest.as_of,
            begun.elapsed().as_secs_f64()
        );
        tell(&loaded.id.to_string(), &loaded.change);
        Ok(())
    }
}

/// What an operator has to look at.
fn tell(hospital: &str, change: &Change) {
    if change.kept {
        println!("what it was before is kept: `hms restore undo {hospital}` goes back to it,");
        println!("`hms restore drop-old {hospital}` drops it for good");
    }
    if change.suspended {
        println!("it was suspended, and is");
    }
    if change.gone > 0 {
        println!("{} people who came since then can no longer sign in", change.gone);
    }
    if !change.opened.is_empty() {
        println!(
            "these people may sign in again, and could not before; deactivate them if that still holds:"
        );
        change.opened.iter().for_each(|email| println!("  {email}"));
    }
}
