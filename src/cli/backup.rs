//! `hms backup`

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use serde_json::json;

use super::start;
use crate::access::{self, Audit, SystemTask};
use crate::app::App;
use crate::clinic::{doctors, pictures, profile};
use crate::config::Config;
use crate::db::backup::{self, Dump, Manifest, Scope, Totals};
use crate::kernel::ids::TenantId;
use crate::web::NoContent;

/// Write everything, or one hospital, into a new folder, while all of them work; read it back.
///
/// The folder shows one instant. It holds every record and the hashes of passwords, readable for whoever may read the
/// files (0600): keep it as safe as the database, and encrypt it before it leaves the machine.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Backup {
    #[command(subcommand)]
    act: Option<Act>,
    /// A folder that is not there yet.
    #[arg(required = true)]
    folder: Option<PathBuf>,
    /// Only the hospital with this id or licence number.
    #[arg(long)]
    hospital: Option<String>,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Read a backup and compare it with its manifest. Needs no database.
    Verify {
        /// The folder of the backup.
        folder: PathBuf,
    },
}

impl Backup {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        if let Some(Act::Verify { folder }) = self.act {
            let manifest = Manifest::read(&folder)?;
            let totals = backup::verify(&folder, &manifest, &manifest.hospitals, true)?;
            println!("whole: {}", told(&manifest, &totals));
            return Ok(());
        }
        let Some(folder) = self.folder else { anyhow::bail!("name a folder") };
        let running = start::app(config).await?;
        let done = write(&running.app, &folder, self.hospital).await;
        running.stop().await;
        done
    }
}

async fn write(app: &App, folder: &Path, hospital: Option<String>) -> anyhow::Result<()> {
    let begun = Instant::now();
    let db = &app.db;
    let named_files =
        [pictures::named_files(), profile::named_files(), doctors::named_files()].join(" union ");
    let from = Dump {
        target: &db.target,
        isolation: db.isolation(),
        files: &app.config.files,
        named_files: &named_files,
    };
    let scope = hospital.map_or(Scope::Everything, Scope::Hospital);
    let bar = ProgressBar::new_spinner();
    let (manifest, totals) = backup::dump(&from, &scope, folder, |part| {
        bar.println(format!("  {}: {} rows, {} files", part.name, part.rows(), part.files.len()));
    })
    .await?;
    bar.finish_and_clear();
    for part in manifest.hospitals.iter().filter(|part| !part.missing_files.is_empty()) {
        let (lost, name) = (part.missing_files.len(), &part.name);
        eprintln!("note: {lost} files that rows of {name} name are not in FILE_STORAGE_ROOT");
    }
    record(app, &manifest, &scope, &totals).await?;
    println!("written and read back: {}, {:.1} s", told(&manifest, &totals), begun.elapsed().as_secs_f64());
    Ok(())
}

async fn record(app: &App, manifest: &Manifest, scope: &Scope, totals: &Totals) -> anyhow::Result<()> {
    let tx = access::system_platform(app, SystemTask("hms backup")).await?.audited();
    let audit = match (scope, manifest.hospitals.first()) {
        (Scope::Hospital(_), Some(part)) => Audit::did("backed_up", TenantId(part.id)),
        _ => Audit::exported("hospital", "backup", manifest.hospitals.len()),
    };
    let detail = json!({
        "operator": operator(), "as_of": manifest.as_of, "hospitals": manifest.hospitals.len(), "rows": totals.rows,
        "files": totals.files,
    });
    tx.commit(audit.with(detail), NoContent).await?;
    Ok(())
}

pub(super) fn told(manifest: &Manifest, totals: &Totals) -> String {
    let hospitals = manifest.hospitals.len();
    let platform = if manifest.platform.is_some() { " and the platform" } else { "" };
    let megabytes = totals.bytes as f64 / 1_000_000.0;
    format!(
        "{hospitals} {}{platform}, {} rows, {} files, {megabytes:.1} MB, as of {}",
        if hospitals == 1 { "hospital" } else { "hospitals" },
        totals.rows,
        totals.files,
        manifest.as_of
    )
}

/// Who is at the machine: whoever signed in there, even behind sudo, and as whom this process runs.
pub(super) fn operator() -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = |uid: u32| {
        let named = passwd.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()));
        named.and_then(|line| line.split(':').next()).map_or_else(|| format!("uid {uid}"), str::to_owned)
    };
    let own = rustix::process::getuid().as_raw();
    let login = std::fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
    match login {
        // All bits set: nobody signed in, a service started us.
        Some(login) if login != own && login != u32::MAX => format!("{} as {}", name(login), name(own)),
        _ => name(own),
    }
}
