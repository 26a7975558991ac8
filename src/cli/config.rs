//! `hms config`

use crate::config::{Config, readme_table};

/// Show the configuration that holds; secrets are hidden.
#[derive(clap::Args)]
pub struct ShowConfig {
    /// The table of all variables, as the README has it.
    #[arg(long)]
    table: bool,
}

impl ShowConfig {
    pub(super) fn run(self, config: &Config) {
        if self.table {
            print!("{}", readme_table());
            return;
        }
        for (variable, setting) in config.report() {
            println!("{:<30} {}", variable.name, setting.value);
        }
        for warning in config.warnings() {
            eprintln!("note: {warning}");
        }
    }
}
