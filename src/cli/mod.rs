//! The command line. Doc comments are the help text. Exit codes: 0 done, 1 failed, 2 wrong use or configuration.

mod backup;
mod config;
mod database;
mod demo;
mod migrate;
mod openapi;
mod operator;
mod restore;
pub mod roles;
mod serve;
mod setup;
pub mod start;
mod tenant;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigFaults};
use crate::observe::logs;

/// HMS, the hospital management system.
#[derive(Parser)]
#[command(name = "hms", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the pages until stopped.
    Serve(serve::Serve),
    /// Bring the platform's tables and every hospital's schema up to date.
    Migrate(migrate::Migrate),
    /// Prepare a new installation.
    Setup(setup::Setup),
    /// Look after hospitals.
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Look after operators of the platform.
    #[command(subcommand)]
    Operator(operator::Operator),
    /// Look after the demo: two hospitals to look around in.
    #[command(subcommand)]
    Demo(demo::Demo),
    /// Write the API's description, or check the one in the repository.
    Openapi(openapi::Openapi),
    /// Write who may do what in a new hospital, as docs/ROLES.md has it.
    Roles(roles::Roles),
    /// Work with the database directly.
    #[command(subcommand)]
    Db(database::Database),
    /// Write everything, or one hospital, into a folder.
    Backup(backup::Backup),
    /// Bring back a hospital, or everything, from such a folder.
    Restore(restore::Restore),
    /// Show the configuration that holds; secrets are hidden.
    Config(config::ShowConfig),
}

/// Run the command that was asked for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        Command::Openapi(command) => return exit(command.run()),
        Command::Roles(command) => return exit(command.run()),
        _ => {}
    }
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(faults) => return refuse(&faults),
    };
    if let Command::Config(command) = cli.command {
        command.run(&config);
        return ExitCode::SUCCESS;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit(Err(error.into())),
    };
    let tracing = runtime.block_on(async { logs::install(&config) });
    crate::web::layers::log_panics();
    let code = exit(runtime.block_on(async {
        match cli.command {
            Command::Serve(command) => command.run(config).await,
            Command::Migrate(command) => command.run(config).await,
            Command::Setup(command) => command.run(config).await,
            Command::Tenant(command) => command.run(config).await,
            Command::Operator(command) => command.run(config).await,
            Command::Demo(command) => command.run(config).await,
            Command::Db(command) => command.run(config).await,
            Command::Backup(command) => command.run(config).await,
            Command::Restore(command) => command.run(config).await,
            Command::Openapi(_) | Command::Roles(_) | Command::Config(_) => Ok(()),
        }
    }));
    tracing.stop();
    // A thread that is still busy (a password, a file) does not keep a stopped process alive.
    runtime.shutdown_timeout(Duration::from_secs(2));
    code
}

fn refuse(faults: &ConfigFaults) -> ExitCode {
    eprintln!("{faults}");
    ExitCode::from(2)
}

fn exit(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hms: {error:#}");
            ExitCode::FAILURE
        }
    }
}
