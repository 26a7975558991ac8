//! `hms demo`

use clap::{Args, Subcommand};

use super::{start, tenant};
use crate::config::Config;
use crate::demo::{self, MAX_SCALE, Size};
use crate::platform::demo::Action;

/// Look after the demo: two hospitals to look around in, with made-up patients.
///
/// In production only with DEMO_MODE=true, because everybody knows the password of its accounts.
#[derive(Subcommand)]
pub enum Demo {
    /// Make the demo's hospitals and fill them. What is there stays as it is.
    Seed(Seed),
    /// Move the demo by whole days, so that its day is today's again.
    Freshen(Freshen),
    /// Remove what the demo made, and only that.
    Reset,
    /// Look through the demo's records: whether everything is as it must be.
    Check,
}

#[derive(Args)]
pub struct Seed {
    /// The same seed, the same demo.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// So many times a hundred patients and five hundred appointments for each hospital, to see how HMS bears it.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=MAX_SCALE))]
    scale: u64,
}

#[derive(Args)]
pub struct Freshen {
    /// Kept for those who give it: the demo is moved by as many whole days as have passed, whatever this says.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
    days: u16,
}

impl Demo {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let running = start::app(config).await?;
        let app = &running.app;
        let done = match self {
            Self::Seed(Seed { seed, scale }) => {
                demo::at_terminal(app, Action::Seed, Size { seed, scale }).await
            }
            Self::Freshen(Freshen { days: _ }) => {
                demo::at_terminal(app, Action::Freshen, Size::default()).await
            }
            Self::Reset => demo::at_terminal(app, Action::Reset, Size::default()).await,
            Self::Check => demo::check(app).await,
        };
        running.stop().await;
        let done = done.map_err(|error| error.downcast().map_or_else(|other| other, tenant::sentence))?;
        tenant::print(&(done + "\n"))
    }
}
