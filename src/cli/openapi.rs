//! `hms openapi`

use anyhow::{Context as _, bail};

use crate::{server, web};

/// Where the repository keeps the description that clients are made from.
const KEPT: &str = "tests/it/snapshots/openapi.json";

/// Write the API's description, or check the one in the repository.
#[derive(clap::Args)]
pub struct Openapi {
    /// Fail if the description in the repository is not what the routes say.
    #[arg(long)]
    check: bool,
    /// Write it to this file instead of standard output.
    #[arg(long, conflicts_with = "check")]
    out: Option<std::path::PathBuf>,
}

impl Openapi {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let described = server::api();
        let text = web::openapi::to_json(&described.api);
        if self.check {
            if !described.faults.is_empty() {
                bail!("the description is not sound:\n{}", described.faults.join("\n"));
            }
            let kept = std::fs::read_to_string(KEPT).with_context(|| format!("cannot read {KEPT}"))?;
            if kept != text {
                bail!("{KEPT} is not up to date: run `hms openapi --out {KEPT}` and look at the difference");
            }
            println!("{KEPT} is up to date");
        } else if let Some(path) = self.out {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        } else {
            print!("{text}");
        }
        Ok(())
    }
}
