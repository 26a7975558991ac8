//! The `hms` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything speaks TLS: two providers in the graph would make rustls refuse to choose.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    hms::cli::main()
}
